"""The disk fails at one call after the other (rows 7 and 8): no space, an error, the power gone; and nobody is lost.

SQLite only, whose file is ours; what PostgreSQL says of its own disk is in ``test_database``. ``make soak`` strikes at thousands.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults.disk import FailingDisk, Trouble, open_disk
from tests.faults.disk_night import DiskDriver, Outcome, run
from tests.simulation.night import Theatre, prepare
from tests.soak.effort import effort, tally

A_NIGHT = 40  # strikes at most in one and the same night


@dataclass
class Campaign:
    """Nights on one disk, struck at places that lie evenly over all its calls."""

    theatre: Theatre
    folder: Path
    disk: FailingDisk
    struck: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def strike(self, trouble: Trouble, seed: int, times: int) -> Iterator[Outcome]:
        """So many nights, each with the trouble at another call."""
        draw, driver = random.Random(f"strikes {seed}"), DiskDriver(self.disk)
        done = gone = 0
        while done < times:
            seed = draw.randrange(1 << 32)
            whole = run(self.theatre, self.folder, self.disk, trouble, 0, seed, driver=driver)
            assert whole.findings == [], f"a sound disk, seed {seed}"
            step = max(1, whole.calls // min(A_NIGHT, times - done))
            for at in range(draw.randrange(step) + 1, whole.calls + 1, step):
                outcome = run(self.theatre, self.folder, self.disk, trouble, at, seed, driver=driver)
                assert outcome.struck, (seed, at, whole.calls, outcome)
                assert outcome.findings == [], f"seed {seed}, {trouble.name} at call {at}: {outcome.struck}"
                self.struck[outcome.struck] += 1
                self.refused += outcome.refused
                done, gone = done + 1, gone + outcome.lost
                yield outcome
        tally(points=done, lost=gone)
        print(f"{done} strikes ({trouble}): {dict(self.struck)}; refused: {dict(self.refused)}")


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """Made once for all nights."""
    return prepare(tmp_path_factory.mktemp("theatre"))


@pytest.fixture
def campaign(theatre: Theatre, tmp_path: Path) -> Iterator[Campaign]:
    """A fresh one."""
    with open_disk() as disk:
        yield Campaign(theatre, tmp_path, disk)


TIMES = [pytest.param(8, id="few"), pytest.param(0, id="many", marks=pytest.mark.soak)]


def _times(few: int) -> int:
    return few or effort(test=8, short=15, full=3_334)


@pytest.mark.parametrize("few", TIMES)
def test_row_07_at_whichever_call_the_disk_fills_up_it_is_said_and_all_goes_on_by_itself_with_room(
    campaign: Campaign, seed: int, few: int
) -> None:
    for outcome in campaign.strike(Trouble.FULL, seed, _times(few)):
        assert outcome.ended == 0, "no restart"
    assert set(campaign.refused) == {"DiskFull"}, "whoever asks meanwhile is told"


@pytest.mark.parametrize("few", TIMES)
def test_row_08_at_whichever_call_the_disk_fails_the_process_ends_and_the_next_one_finds_everything(
    campaign: Campaign, seed: int, few: int
) -> None:
    """What fails while the WAL goes into the database is SQLite's to do again: the WAL stays until it is done."""
    for outcome in campaign.strike(Trouble.ERROR, seed, _times(few)):
        assert outcome.ended == 1 or outcome.struck != "write -wal"
    assert campaign.refused.keys() <= {"DatabaseBroken"}


@pytest.mark.parametrize("few", TIMES)
def test_row_08_at_whichever_call_the_power_goes_what_was_kept_is_there_again(campaign: Campaign, seed: int, few: int) -> None:
    for outcome in campaign.strike(Trouble.POWER, seed, _times(few)):
        assert outcome.ended == 1


def test_a_database_that_does_not_wait_for_the_disk_is_found_out(campaign: Campaign, seed: int) -> None:
    """The campaign's own proof: with synchronous=NORMAL the power takes what had been said to be kept."""
    driver = DiskDriver(campaign.disk, synchronous="NORMAL", checkpoints=(1000,))
    calls = run(campaign.theatre, campaign.folder, campaign.disk, Trouble.POWER, 0, seed, driver=driver).calls
    strikes = range(calls // 8, calls, calls // 8)
    nights = (run(campaign.theatre, campaign.folder, campaign.disk, Trouble.POWER, at, seed, driver=driver) for at in strikes)
    assert any(night.findings for night in nights)
