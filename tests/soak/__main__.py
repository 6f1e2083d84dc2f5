"""``make soak``: every campaign marked ``soak`` or ``grows``; at last ``crash points N, lost 0``, from what each has told.

``--short`` is meant for a quarter of an hour on two cores. The exit code is not 0 where a test failed, somebody was lost,
or nobody has told anything.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

KNOWN = "1326525000"  # the short soak's seed: it says whether something was broken, and the long one looks further
WORKERS = "3"  # campaigns compute, kills mostly wait


def read_tally(path: Path) -> tuple[int, int]:
    """Points gone through and people lost, summed over all campaigns; what they had to say is printed."""
    told = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for each in told:
        if "said" in each:
            print(each["said"])
    return sum(each.get("points", 0) for each in told), sum(each.get("lost", 0) for each in told)


def main() -> int:
    """Run them, sum up, give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("tests", nargs="*", default=["tests"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = Path(folder, "tally")
        tally.touch()
        environ = {**os.environ, "SOAK": "short" if asked.short else "full", "NOTIFIER_SOAK_TALLY": str(tally)}
        if asked.short:
            environ.setdefault("PYTEST_SEED", KNOWN)
        one_by_one = ("--dist", "load", "--maxschedchunk", "1")  # the longest first, and each worker takes what is next
        command = (sys.executable, "-m", "pytest", "-m", "soak or grows", "-n", WORKERS, *one_by_one, *asked.tests)
        code = subprocess.run(command, env=environ, check=False).returncode
        return sum_up(tally, code)


def sum_up(tally: Path, code: int) -> int:
    """Print the last line; gives the exit code, ``code`` being that of the tests."""
    points, lost = read_tally(tally)
    print(f"crash points {points}, lost {lost}", flush=True)
    return 1 if code or lost or not points else 0


if __name__ == "__main__":
    sys.exit(main())
