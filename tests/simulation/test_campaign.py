"""Processes die at every named point, night after night, and nobody is lost (RELIABILITY 4.4, rung 1)."""

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.simulation.campaign import Report, run_campaign, run_one, run_share, tally
from tests.simulation.night import Theatre, prepare

POINTS = 60
SOAK = {"short": 2_000, "full": 100_000}  # points by the environment's SOAK; a core does 3 to 8 a second
APART = 1_000_000  # seeds between the shares of two processes
# Seeds that once found something: each stays sound.
FIXED = (1, 776_395)


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Theatre:
    """Made once for all nights."""
    return prepare(tmp_path_factory.mktemp("theatre"))


def test_nobody_is_lost_wherever_a_process_dies(theatre: Theatre, tmp_path: Path, seed: int) -> None:
    report = run_campaign(theatre, tmp_path, first=seed % 1_000_000, points=POINTS)
    assert sound(report), f"\n{report}"


@pytest.mark.soak
def test_nobody_is_lost_in_a_long_campaign(seed: int) -> None:
    workers = os.cpu_count() or 1
    points = SOAK[os.environ.get("SOAK", "full")] // workers + 1
    report = Report()
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for share in pool.map(run_share, [seed % APART + APART * worker for worker in range(workers)], [points] * workers):
            report.add(share)
    tally(report)
    assert sound(report), f"\n{report}"


@pytest.mark.parametrize("fixed", FIXED)
def test_a_seed_that_once_found_something_finds_nothing_any_more(theatre: Theatre, tmp_path: Path, fixed: int) -> None:
    report = run_one(theatre, tmp_path, fixed)
    assert not report.findings, f"\n{report}"


def test_the_same_seed_is_the_same_night(theatre: Theatre, tmp_path: Path) -> None:
    first, again = run_one(theatre, tmp_path, 3), run_one(theatre, tmp_path, 3)
    assert (first.crashes, first.calls, first.duplicates) == (again.crashes, again.calls, again.duplicates)


def sound(report: Report) -> bool:
    """Nothing was found, and the campaign looked where it had to; it is printed either way."""
    print(report)
    return not report.findings and not report.blind_spots
