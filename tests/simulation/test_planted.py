"""The campaign finds every planted bug, and names what it breaks (RELIABILITY 4.4, rung 6).

Each hunt begins with the night that found its bug before, which takes two seconds of processor; where the house has changed so
that this night shows nothing any more, the hunt goes on, and says which night to store instead.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.simulation.planted import BUGS, Bug
from tests.soak.effort import effort, report

NIGHTS = effort(test=30, short=150, full=400)  # seeds that are tried, the stored one first
BY_NAME = {bug.name: bug for bug in BUGS}
QUICK = (  # of each kind one, whose night takes a second
    "marked before sent",
    "window counted without the calls under way",
    "time to live unread",
    "receipt regressing",
    "calls not journalled",
    "settle without epoch",
    "nobody is told to call",
    "nine copies",
)


@dataclass(frozen=True, slots=True)
class Hunt:
    """The invariants that a campaign on a copy with a bug names, the night at which it ended, and all that it said."""

    named: set[str]
    last: int
    told: str


def hunt(bug: Bug, folder: Path) -> Hunt:
    """Until a night names what this bug breaks, or there are no more."""
    shutil.copytree(ROOT / "notifier", folder / "notifier")
    for name in ("templates", "contacts"):
        (folder / name).symlink_to(ROOT / name)
    bug.plant(folder / "notifier")
    seeds = ",".join(str(seed) for seed in (bug.seed, *(each for each in range(1, NIGHTS) if each != bug.seed)))
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
    return Hunt(set(told["names"]), told["last"], done.stdout)


def check(bug: Bug, found: Hunt) -> None:
    """It was found and named; a stored night that no longer shows it is told, so that another one is stored."""
    assert found.named & set(bug.breaks), f"not found in {NIGHTS} nights: {found.told[-1000:]}"
    if found.last != bug.seed:
        report(f"planted bug {bug.name!r}: night {bug.seed} does not show it any more, night {found.last} does: store that")


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found_and_named(name: str, tmp_path: Path) -> None:
    check(BY_NAME[name], hunt(BY_NAME[name], tmp_path))


@pytest.mark.soak
@pytest.mark.parametrize("name", BY_NAME)
def test_every_planted_bug_is_found_and_named(name: str, tmp_path: Path) -> None:
    check(BY_NAME[name], hunt(BY_NAME[name], tmp_path))


def test_a_stored_night_that_shows_its_bug_no_more_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    bug = Bug("marked before sent", "lanes.py", "old", "new", ("lost",), seed=4)
    check(bug, Hunt({"lost"}, last=4, told=""))
    assert capsys.readouterr().out == ""
    check(bug, Hunt({"lost"}, last=7, told=""))
    assert "night 4 does not show it any more, night 7 does" in capsys.readouterr().out


def test_a_bug_that_no_night_shows_is_a_failure() -> None:
    bug = Bug("marked before sent", "lanes.py", "old", "new", ("lost",), seed=4)
    with pytest.raises(AssertionError, match=f"not found in {NIGHTS} nights"):
        check(bug, Hunt({"journal"}, last=30, told=""))


def test_every_planted_line_is_still_there(tmp_path: Path) -> None:
    for number, bug in enumerate(BUGS):
        module = tmp_path / str(number) / bug.module
        module.parent.mkdir(parents=True)
        shutil.copy(ROOT / "notifier" / bug.module, module)
        bug.plant(tmp_path / str(number))
