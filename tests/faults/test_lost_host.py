"""The server burns in the middle of an alert: on another machine, from the key in the safe and the newest copy, it goes on."""

import asyncio
import json
import os
import shutil
import signal
import time
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from notifier.domain.delivery import TAKEN
from notifier.store import tables
from notifier.store.transaction import open_store
from tests.conftest import sqlite_url
from tests.journeys.night import CLARA, Member
from tests.journeys.office import Office, end, open_office
from tests.soak.effort import report

STAFF = [Member(f"Agent {n:02d}", on_shift=True, phone=f"+336399803{n:02d}") for n in range(40)]
SEND = ("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30", "--yes")
COPIES = 3  # at most, of one step on one channel
SETTLE = 2.0  # s: what rang in this time may not have been written down yet when the backup was made
QUIET = 2.0  # s: twenty calls at the lane's pace
RPO = 60.0  # s: what the schedule of a minute promises
RTO = 600.0  # s: from an empty home and a file to messages that leave
CARRY = """
if [ -e "{burning}" ]; then
    echo $$ > "{begun}.draft"
    mv "{begun}.draft" "{begun}"
    exec sleep 60
fi
cp "$1" "{second}"
"""
CROWD = [Member(f"Agent {n}", on_shift=True, phone=f"+3363998{n}") for n in range(2_000, 3_900)]
BACKUP = """
[backup]
every_minutes = 1
copy = ["cp", "{{file}}", "{second}"]
"""


async def test_row_39_a_host_that_is_lost_while_sending_is_restored_elsewhere_and_nobody_is_lost(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    second = tmp_path / "second place"
    second.mkdir()
    async with open_office(tmp_path, database_url, [*STAFF, CLARA]) as office:
        told = (tmp_path / "notifier.toml").read_text() + BACKUP.format(second=second)
        (tmp_path / "notifier.toml").write_text(told.replace("per_second = 3", "per_second = 1"))
        serving = await office.serve()
        assert (await office.run(*SEND))[0] == 0
        await office.texts(6)
        code, printed = await office.run("backup")
        assert code == 0, printed
        at_backup = len(office.copies())
        await office.texts(at_backup + 3)
        told_age = await _copied_age(office)
        assert told_age < RPO
        assert await end(serving, signal.SIGKILL) == -signal.SIGKILL
        killed, rung = time.monotonic(), office.copies()
        assert at_backup + 3 <= len(rung) < len(STAFF), "it was in the middle"

        _burn(tmp_path)
        (tmp_path / "notifier.toml").write_text(told.replace("per_second = 3", "per_second = 10"))
        if database_url.startswith("postgresql"):
            office.environ["NOTIFIER_DATABASE_URL"] = str(request.getfixturevalue("other_postgres"))
        code, printed = await office.run("restore", str(max(second.iterdir())))
        assert code == 0, printed
        assert "Les envois sont gelés" in printed
        serving = await office.serve()
        await asyncio.sleep(QUIET)
        assert office.copies() == rung, "nothing leaves before the thaw"
        assert 0 < await _lost(office, killed) <= told_age + SETTLE, "a loss costs what /health/engine said"
        code, printed = await office.run("thaw", "--yes")
        assert code == 0, printed
        async with asyncio.timeout(120):
            while len(office.copies()) < len(STAFF) or await _waiting(office):
                await asyncio.sleep(0.2)
        copies = office.copies()
        assert set(copies) == {member.phone for member in STAFF}
        assert max(copies.values()) <= COPIES - 1, "once before the loss, once after"
        assert len([phone for phone, count in copies.items() if count == 1]) >= len(STAFF) - len(rung)
        code, printed = await office.run("journal", "verify")
        assert code == 0, printed
        code, printed = await office.run("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h45", "--dry-run")
        assert "HGX1-12" in printed, "a number that may be on phones is not given out again"
        assert await end(serving, signal.SIGTERM) == 0


async def test_a_service_makes_its_backups_by_itself_and_copies_them_to_the_second_place(tmp_path: Path) -> None:
    second = tmp_path / "second place"
    second.mkdir()
    async with open_office(tmp_path, sqlite_url(tmp_path), [*STAFF[:2], CLARA]) as office:
        told = (tmp_path / "notifier.toml").read_text() + BACKUP.format(second=second)
        (tmp_path / "notifier.toml").write_text(told)
        serving = await office.serve()
        async with asyncio.timeout(RPO):
            while not any(second.iterdir()):
                await asyncio.sleep(0.2)
        async with asyncio.timeout(RPO):  # the copy is there before the book knows of it
            while not isinstance(kept := (await _health(office))["backup"], dict) or kept["copied_age_seconds"] is None:
                await asyncio.sleep(0.2)
        assert kept["copied_age_seconds"] < RPO
        assert await end(serving, signal.SIGTERM) == 0


@pytest.mark.soak
async def test_row_39_a_host_lost_at_the_worst_instant_costs_a_minute_and_1900_people_stand_again_within_ten(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The schedule's next copy is on its way and has not arrived; with the service its carrier dies."""
    second, burning, begun = (tmp_path / name for name in ("second place", "burning", "begun"))
    second.mkdir()
    (tmp_path / "carry").write_text(CARRY.format(burning=burning, begun=begun, second=second))
    async with open_office(tmp_path, database_url, [*CROWD, CLARA]) as office:
        told = (tmp_path / "notifier.toml").read_text().replace("per_second = 3", "per_second = 10")
        carry = f'[backup]\nevery_minutes = 1\ncopy = ["sh", "{tmp_path / "carry"}", "{{file}}"]\n'
        (tmp_path / "notifier.toml").write_text(told + carry)
        serving = await office.serve()
        assert (await office.run(*SEND))[0] == 0
        await office.texts(50)
        code, printed = await office.run("backup")
        assert code == 0, printed
        burning.touch()
        async with asyncio.timeout(2 * RPO):
            while not begun.exists():
                await asyncio.sleep(0.05)
        told_age = await _copied_age(office)
        assert await end(serving, signal.SIGKILL) == -signal.SIGKILL
        killed = time.monotonic()
        os.kill(int(begun.read_text()), signal.SIGKILL)

        _burn(tmp_path)
        if database_url.startswith("postgresql"):
            office.environ["NOTIFIER_DATABASE_URL"] = str(request.getfixturevalue("other_postgres"))
        code, printed = await office.run("restore", str(max(second.iterdir())))
        restored = time.monotonic() - killed
        assert code == 0, printed
        lost = await _lost(office, killed)
        serving, rung = await office.serve(), len(office.network.ledger.entries)
        code, printed = await office.run("thaw", "--yes")
        assert code == 0, printed
        await office.texts(rung + 1)
        took = time.monotonic() - killed
        report(f"lost host, {len(CROWD):,} people: {lost:.0f} s lost, restored in {restored:.1f} s, sending after {took:.1f} s")
        assert RPO / 2 < lost <= min(RPO, told_age + SETTLE)
        assert took < RTO
        assert await end(serving, signal.SIGTERM) == 0


async def _lost(office: Office, killed: float) -> float:
    """How long before the loss the first phone rang of which the restored house does not know, by the phones' own ledger; s."""
    store = open_store(office.environ["NOTIFIER_DATABASE_URL"])
    taken = select(tables.outbox.c.id).where(tables.outbox.c.state.in_([state.value for state in TAKEN]))
    known = await store.read(lambda tx: {str(number) for number in tx.execute(taken).scalars()})
    await store.close()
    rang = [entry for entry in office.network.ledger.entries if entry.real < killed]
    assert known & {entry.ref for entry in rang}, "something was saved"
    return max((killed - entry.real for entry in rang if entry.ref not in known), default=0.0)


def _burn(machine: Path) -> None:
    shutil.rmtree(machine / "home")
    for path in machine.glob("notifier.db*"):
        path.unlink()


async def _health(office: Office) -> dict[str, object]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{office.port}/health/engine") as told:
        health: dict[str, object] = json.loads(await told.text())
        return health


async def _copied_age(office: Office) -> float:
    kept = (await _health(office))["backup"]
    assert isinstance(kept, dict)
    return float(kept["copied_age_seconds"])


async def _waiting(office: Office) -> bool:
    lanes = (await _health(office))["lanes"]
    assert isinstance(lanes, dict)
    return any(lane["waiting"] for lane in lanes.values())
