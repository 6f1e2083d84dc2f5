"""A campaign on whichever ``notifier`` comes first on the path: ends at the first night that finds anything, and says it as JSON.

``python -m tests.simulation SEED,SEED,… [INVARIANT …]``; with invariants, nights go on until one of them is named.
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
    listed, *wanted = sys.argv[1:]
    seeds = [int(seed) for seed in listed.split(",")]
    report, seed = Report(), seeds[0]
    with tempfile.TemporaryDirectory() as folder:
        theatre = prepare(Path(folder))
        for seed in seeds:
            night = run_one(theatre, seed)
            report.add(night)
            named = {invariant for found in night.findings.values() for invariant in names_of(found)}
            if named and (not wanted or named & set(wanted)):
                break
    told = {
        "package": str(Path(notifier.__file__).parent),
        "points": report.points,
        "last": seed,
        "names": sorted({name for found in report.findings.values() for name in names_of(found)}),
        "findings": {seed: found[:5] for seed, found in report.findings.items()},
    }
    print(json.dumps(told))


main()
