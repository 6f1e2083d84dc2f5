"""How much of a campaign is run, and what it adds to the sum that ``make soak`` prints.

``SOAK`` is ``full`` or ``short`` under ``make soak``, and not set under ``make test``. ``NOTIFIER_SOAK_TALLY`` names a file of
JSON lines ``{"points": N, "lost": M}``, or ``{"said": …}`` for a line that is to be read.
"""

import json
import os
from pathlib import Path


def effort(*, test: int, short: int, full: int) -> int:
    """How many times, for this run."""
    return {"full": full, "short": short}.get(os.environ.get("SOAK", ""), test)


def tally(*, points: int, lost: int) -> None:
    """Add what a campaign has gone through and whom it lost; without ``make soak`` nobody sums up."""
    _tell({"points": points, "lost": lost})


def report(line: str) -> None:
    """What ``make soak`` shows above its sum; elsewhere it stands in the test's own output."""
    print(line)
    _tell({"said": line})


def _tell(told: dict[str, object]) -> None:
    if path := os.environ.get("NOTIFIER_SOAK_TALLY"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
