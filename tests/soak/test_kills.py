"""Everything that sends is killed, in mid-call and at any instant, again and again: nobody is lost, copies stay bounded."""

import os
import signal
import sqlite3
import statistics
from contextlib import closing
from pathlib import Path

import pytest

from tests.soak.effort import effort, tally
from tests.soak.siege import ENDING, Siege, besiege

PEOPLE = 60
ELSEWHERE = 30.0  # s until another worker of another home calls
AGAIN = 3.0  # s from a kill and a start to the first call, on a machine that has a processor free


def last_a_night(siege: Siege, kills: int) -> list[str]:
    """So many kills, half of them while a call is open, alerts going out all the time; then faults stop. What does not hold."""
    siege.send()
    siege.begin_again()
    for number in range(kills):
        if siege.waiting() < PEOPLE // 2:
            siege.send()
        siege.strike(mid_call=number % 2 == 0)
        siege.begin_again()
    siege.outside.ask("faults", {"probability": 0.0})
    siege.wait(lambda: not siege.lost(), ENDING, look=1.0)
    siege.stop()
    return siege.reckon()


def check_delays(delays: list[tuple[float, float]]) -> None:
    """Restart to sending again: told as it was, and held to its bound without what other programs took of the processors."""
    alone = [whole - in_line for whole, in_line in delays]
    for name, values in (("as it was", [whole for whole, _ in delays]), ("with a processor free", alone)):
        low, middle, high = min(values), statistics.median(values), max(values)
        print(f"from a start to the first call, {name}: median {middle:.2f} s, from {low:.2f} to {high:.2f} s")
    assert statistics.median(alone) <= AGAIN * busy()


def busy() -> float:
    """Programs for each processor, at least 1: what a bound in seconds is worth here and now."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.mark.parametrize("kills", [5, pytest.param(500, marks=pytest.mark.soak)])
def test_nobody_is_lost_when_everything_that_sends_is_killed_again_and_again(
    database_url: str, tmp_path: Path, seed: int, kills: int
) -> None:
    kills = effort(test=kills, short=50, full=kills)
    with besiege(tmp_path, seed, people=PEOPLE, url=database_url) as siege:
        wrong = last_a_night(siege, kills)
        tally(points=siege.kills, lost=sum(sentence.startswith("lost") for sentence in wrong))
        assert wrong == []
        check_delays(siege.delays)
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.partition(":///")[2])) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_another_worker_takes_over_from_one_that_sleeps_and_from_one_that_is_killed(
    postgres_url: str, tmp_path: Path, seed: int
) -> None:
    with besiege(tmp_path, seed, people=PEOPLE, url=postgres_url) as siege:
        siege.workers = ("serve",)
        siege.send()
        siege.begin_again()
        siege.start("work")
        serving, helping = siege.running
        siege.wait((siege.shell.home.with_name("other") / "notifier.lock").exists)
        asleep = siege.hand_over(serving, signal.SIGSTOP)
        serving.send_signal(signal.SIGCONT)  # its lease is long over: what it had on the wire is evidence, and it calls nobody
        siege.outside.ask("faults", {"probability": 0.0})
        siege.wait(lambda: not siege.lost(), ENDING, look=1.0)  # some have lost their SIM or blocked the bot: they are listed
        killed = siege.hand_over(helping, signal.SIGKILL)
        siege.wait(lambda: not siege.lost(), ENDING, look=1.0)
        siege.stop()
        assert siege.reckon() == []
        print(f"until another worker called: {asleep:.1f} s after SIGSTOP, {killed:.1f} s after SIGKILL")
        assert max(asleep, killed) <= ELSEWHERE * busy()
