"""The process that sends is killed, stopped, or has company: nobody is lost, and nobody is told more often than promised."""

import signal
from pathlib import Path

from notifier.practice import Fault
from tests.conftest import sqlite_url
from tests.journeys.night import CLARA, Member
from tests.journeys.office import end, open_office

STAFF = [Member(f"Agent {n:02d}", on_shift=True, phone=f"+336399802{n:02d}") for n in range(20)]
SEND = ("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30", "--yes")
WINDOW = 8  # calls in flight: the most copies that one crash may cost


async def test_a_service_killed_in_mid_sending_and_started_again_loses_nobody(database_url: str, tmp_path: Path) -> None:
    async with open_office(tmp_path, database_url, [*STAFF, CLARA]) as office:
        serving = await office.serve()
        code, printed = await office.run(*SEND)
        assert code == 0, printed
        await office.texts(4)
        assert await end(serving, signal.SIGKILL) == -signal.SIGKILL
        assert len(office.copies()) < len(STAFF), "it was in the middle"
        serving = await office.serve()
        await office.texts(len(STAFF))
        while len(office.copies()) < len(STAFF):
            await office.texts(len(office.network.ledger.entries) + 1)
        copies = office.copies()
        assert set(copies) == {member.phone for member in STAFF}
        assert sum(copies.values()) - len(STAFF) <= WINDOW
        assert max(copies.values()) <= 2
        assert await end(serving, signal.SIGTERM) == 0


async def test_a_graceful_stop_finishes_what_is_on_the_wire(database_url: str, tmp_path: Path) -> None:
    async with open_office(tmp_path, database_url, [*STAFF, CLARA]) as office:
        office.network.faults.late = 3.0
        office.network.faults.switch(1.0, only=[Fault.LATENCY])  # taken at once, and the answer comes seconds later
        serving = await office.serve()
        assert (await office.run(*SEND))[0] == 0
        await office.texts(3)
        assert await end(serving, signal.SIGTERM) == 0
        office.network.faults.switch(0.0)
        at_stop = len(office.network.ledger.entries)
        assert at_stop < len(STAFF)
        serving = await office.serve()
        await office.texts(len(STAFF))
        assert await end(serving, signal.SIGTERM) == 0
        assert set(office.copies().values()) == {1}, "what was on the wire had been settled"


async def test_a_second_worker_takes_over_what_the_first_leaves_and_nobody_rings_twice(postgres_url: str, tmp_path: Path) -> None:
    async with open_office(tmp_path, postgres_url, [*STAFF, CLARA]) as office:
        serving, helping = await office.serve(), await office.work(home="other")
        assert (await office.run(*SEND))[0] == 0
        await office.texts(4)
        assert await end(serving, signal.SIGTERM) == 0
        left = len(office.network.ledger.entries)
        assert left < len(STAFF)
        await office.texts(len(STAFF))
        assert await end(helping, signal.SIGTERM) == 0
        assert set(office.copies().values()) == {1}


async def test_a_worker_is_refused_on_sqlite_with_the_cure(tmp_path: Path) -> None:
    async with open_office(tmp_path, sqlite_url(tmp_path), [*STAFF[:1], CLARA]) as office:
        code, printed = await office.run("work")
        assert code == 1
        assert "PostgreSQL" in printed
