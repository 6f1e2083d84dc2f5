"""The campaign finds every planted bug, and names what it breaks (RELIABILITY 4.4, rung 6)."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SEED
from tests.house.tree import ROOT
from tests.simulation.planted import BUGS, Bug
from tests.soak.effort import effort

NIGHTS = 30  # seeds that are tried, the one that has found this bug before first
NAMES = [bug.name for bug in BUGS]
QUICK = ("approval unread", "calls not journalled", "no channel, no list")


def hunt(bug: Bug, folder: Path) -> tuple[set[str], str]:
    """The invariants that a campaign on a copy with this bug names, and all that it said."""
    shutil.copytree(ROOT / "notifier", folder / "notifier", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("templates", "contacts"):
        (folder / name).symlink_to(ROOT / name)
    bug.plant(folder / "notifier")
    seeds = ",".join(str(seed) for seed in (bug.seed, *range(1, NIGHTS)))
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation", seeds, *bug.breaks],
        env={**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert Path(told["package"]) == folder / "notifier", "the campaign ran on the sound package"
    return set(told["names"]), done.stdout


def _check(name: str, folder: Path) -> None:
    bug = next(bug for bug in BUGS if bug.name == name)
    named, told = hunt(bug, folder)
    assert named & set(bug.breaks), f"not found in {NIGHTS} nights: {told[-1000:]}"


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found_and_named(name: str, tmp_path: Path) -> None:
    _check(name, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("name", random.Random(SEED).sample(NAMES, effort(test=len(NAMES), short=2, full=len(NAMES))))
def test_every_planted_bug_is_found_and_named(name: str, tmp_path: Path) -> None:
    _check(name, tmp_path)


def test_every_planted_line_is_still_there(tmp_path: Path) -> None:
    for number, bug in enumerate(BUGS):
        shutil.copytree(ROOT / "notifier", tmp_path / str(number), ignore=shutil.ignore_patterns("__pycache__"))
        bug.plant(tmp_path / str(number))
