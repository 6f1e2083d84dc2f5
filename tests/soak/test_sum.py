"""The last line of a soak is the sum of what its campaigns told, and its exit code says whether that is good."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.soak.__main__ import sum_up
from tests.soak.effort import report, tally

CAMPAIGN = """
import pytest
from tests.soak.effort import effort, tally

@pytest.mark.soak
@pytest.mark.parametrize("lost", {lost})
def test_a_small_campaign(lost):
    tally(points=effort(test=1, short=2, full=3), lost=lost)
    assert lost < 9
"""


def test_a_soak_ends_with_its_sum_and_fails_with_its_tests(tmp_path: Path) -> None:
    campaign = tmp_path / "test_campaign.py"
    campaign.write_text(CAMPAIGN.format(lost=[0, 9]))
    command = (sys.executable, "-m", "tests.soak", "--short", str(campaign))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.splitlines()[-1] == "crash points 4, lost 9", done.stdout
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("told", "code", "line", "exit_code"),
    [
        ([(3, 0), (3, 0)], 0, "crash points 6, lost 0", 0),
        ([(3, 0), (3, 1)], 0, "crash points 6, lost 1", 1),
        ([(3, 0)], 2, "crash points 3, lost 0", 1),
        ([], 0, "crash points 0, lost 0", 1),
    ],
)
def test_the_exit_code_says_whether_the_sum_is_good(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    told: list[tuple[int, int]],
    code: int,
    line: str,
    exit_code: int,
) -> None:
    path = tmp_path / "tally"
    path.touch()
    monkeypatch.setenv("NOTIFIER_SOAK_TALLY", str(path))
    for points, lost in told:
        tally(points=points, lost=lost)
        report("seen on the way")
    capsys.readouterr()
    assert sum_up(path, code) == exit_code
    assert capsys.readouterr().out.splitlines() == [*["seen on the way"] * len(told), line]
