"""Spoilt messages and files by the hundred thousand: nothing breaks, nothing is slow, nothing grows.

Each campaign has a process of its own, whose size is its own. What it finds becomes a fixed case (``test_fixed.py``);
``python -m tests.fuzz KIND COUNT --seed N`` repeats it.
"""

import subprocess
import sys

import pytest

from tests.fuzz.watch import spent
from tests.house.tree import ROOT
from tests.soak.effort import effort, report

# Inputs of a full soak: a million together. ``imports`` go through the whole command's path, a process for each workbook.
FULL = {"webhooks": 430_000, "updates": 300_000, "fetched": 20_000, "sheets": 200_000, "workbooks": 48_000, "imports": 2_000}
SHORT, TEST = 24, 200  # parts of it


@pytest.mark.grows
@pytest.mark.parametrize("kind", FULL)
def test_nothing_that_comes_in_breaks_stops_or_swells_the_house(kind: str, seed: int) -> None:
    full = FULL[kind]
    count = effort(test=full // TEST, short=full // SHORT, full=full)
    command = (sys.executable, "-m", "tests.fuzz", kind, str(count), "--seed", str(seed))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command[1:])}\n{done.stdout[-8000:]}\n{done.stderr[-4000:]}"
    report(done.stdout.splitlines()[-1])


def test_a_process_that_an_input_starts_is_counted_while_it_works_and_when_it_has_ended() -> None:
    works = "import time\nwhile time.process_time() < 0.2: pass\nprint('done', flush=True)\ninput()"
    before = spent()
    with subprocess.Popen([sys.executable, "-c", works], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "done\n"
        assert spent() - before > 0.15
        child.communicate("\n")
    assert 0.15 < spent() - before < 10
