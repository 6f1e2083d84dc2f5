"""A house that is frozen in the middle of sending: no phone rings until the thaw, then each of them once."""

import asyncio
import json
import signal
from pathlib import Path

import aiohttp

from tests.journeys.night import CLARA, Member
from tests.journeys.office import end, open_office

# 13 s of texts at the pace of the lane: the command that freezes takes some of them on a busy machine
STAFF = [Member(f"Agent {n:02d}", on_shift=True, phone=f"+336399802{n:02d}") for n in range(40)]
SEND = ("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30", "--yes")
UNDER_WAY = 1.5  # s: by then the practice gateway has answered every call that had started
QUIET = 3.0  # s: nine calls at the lane's pace


async def test_no_call_starts_after_a_freeze_and_each_phone_rings_once_after_the_thaw(database_url: str, tmp_path: Path) -> None:
    async with open_office(tmp_path, database_url, [*STAFF, CLARA]) as office:
        serving = await office.serve()
        code, printed = await office.run(*SEND)
        assert code == 0, printed
        await office.texts(4)
        code, printed = await office.run("freeze", "--reason", "compte volé")
        assert code == 0, printed
        await asyncio.sleep(UNDER_WAY)
        rung = len(office.network.ledger.entries)
        assert rung < len(STAFF), "it was in the middle"
        await asyncio.sleep(QUIET)
        assert len(office.network.ledger.entries) == rung
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{office.port}/health/engine") as told:
            health = json.loads(await told.text())
        assert told.status == 200, "frozen on purpose is not ill"
        assert health["frozen_seconds"] > 0
        code, printed = await office.run("thaw", "--yes")
        assert code == 0, printed
        await office.texts(len(STAFF))
        assert await end(serving, signal.SIGTERM) == 0
        assert set(office.copies().values()) == {1}
        assert len(office.copies()) == len(STAFF)
