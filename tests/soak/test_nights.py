"""Whole nights with the whole roster and a network in bad order; ``make soak`` runs them, ``make test`` leaves them out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.soak.effort import effort

COMMAND = "from notifier.cli import main; main()"


@pytest.mark.soak
@pytest.mark.parametrize("faults", [0.3, 0.0, 0.1][: effort(test=3, short=2, full=3)])
def test_nobody_is_lost_in_a_whole_night(database_url: str, tmp_path: Path, seed: int, faults: float) -> None:
    options = ["--once", "--json", "--seed", str(seed % 1000), "--faults", str(faults)]
    if staff := effort(test=0, short=200, full=0):  # 0: the whole roster
        options += ["--staff", str(staff)]
    if database_url.startswith("postgresql"):
        options += ["--database", database_url]
    environ = {**os.environ, "NOTIFIER_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "demo", *options], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["lost"] == 0
    assert told["alerts"][0]["people"] == told["staff"]
    if not faults:
        assert sum(alert["listed_though_reachable"] for alert in told["alerts"]) == 0
        assert told["duplicates"] == 0
