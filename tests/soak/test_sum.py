"""The last line of a soak is the sum of what its campaigns told, and its exit code says whether that is good."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

CAMPAIGN = """
import pytest
from tests.soak.effort import effort, tally

@pytest.mark.soak
@pytest.mark.parametrize("lost", {lost})
def test_a_small_campaign(lost):
    tally(points=effort(test=1, short=2, full=3), lost=lost)
    assert lost < 9
"""


@pytest.mark.parametrize(
    ("lost", "options", "line", "code"),
    [
        ([0, 0], (), "crash points 6, lost 0", 0),
        ([0, 0], ("--short",), "crash points 4, lost 0", 0),
        ([0, 1], (), "crash points 6, lost 1", 1),
        ([9], (), "crash points 3, lost 9", 1),
        ([], (), "crash points 0, lost 0", 1),
    ],
)
def test_a_soak_ends_with_its_sum(tmp_path: Path, lost: list[int], options: tuple[str, ...], line: str, code: int) -> None:
    campaign = tmp_path / "test_campaign.py"
    campaign.write_text(CAMPAIGN.format(lost=lost))
    command = (sys.executable, "-m", "tests.soak", *options, str(campaign))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout.splitlines()[-1] == line, done.stdout
    assert done.returncode == code
