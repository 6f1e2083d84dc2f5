"""A campaign on whichever ``notifier`` comes first on the path: ends at the first night that finds anything, and says it as JSON.

``python -m tests.simulation FIRST NIGHTS [INVARIANT …]``; with invariants, nights go on until one of them is named.
"""

import json
import sys
import tempfile
from pathlib import Path

import notifier
from tests.simulation.campaign import Report, run_one
from tests.simulation.checker import names_of
from tests.simulation.night import prepare


def main() -> None:
    """See above."""
    first, nights, *wanted = sys.argv[1:]
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        theatre = prepare(folder)
        for seed in range(int(first), int(first) + int(nights)):
            report.add(run_one(theatre, folder, seed))
            named = {invariant for found in report.findings.values() for invariant in names_of(found)}
            if named and (not wanted or named & set(wanted)):
                break
    told = {
        "package": str(Path(notifier.__file__).parent),
        "points": report.points,
        "names": sorted({name for found in report.findings.values() for name in names_of(found)}),
        "findings": {seed: found[:5] for seed, found in report.findings.items()},
    }
    print(json.dumps(told))


main()
