"""The whole house with its faces: up within moments, well, and down without losing what is under way."""

import asyncio
import time
from dataclasses import replace
from datetime import time as hour
from pathlib import Path

import aiohttp

from notifier.bot import hear_staff
from notifier.channels.telegram import LONGEST_POLL
from notifier.settings import Settings
from notifier.web.serving import serve_web
from notifier.wiring import open_house, run_house
from tests.channels.services import free_ports, until
from tests.channels.sinks import serve
from tests.conftest import sqlite_url
from tests.desk.house import LANES
from tests.web.bot_api import BotApi


async def test_a_house_with_its_faces_is_ready_turns_and_stops_in_time(tmp_path: Path) -> None:
    api, [port] = BotApi(), free_ports(1)
    async with serve(api) as sink:
        bot = replace(LANES[0], address=sink.url, secrets={"token": "1:" + "a" * 35})
        settings = Settings(
            home=tmp_path, database_url=sqlite_url(tmp_path), key_file=tmp_path / "key", public_url=f"http://127.0.0.1:{port}",
            host="127.0.0.1", port=port, time_zone="Europe/Paris", duty_fresh_hours=48, rest_hours=11, quiet_until=hour(6, 0),
            metrics_token="", lanes=(bot,), source=None,
        )  # fmt: skip
        async with open_house(settings) as house, run_house(house), hear_staff(house) as faces, serve_web(house) as opened:
            assert (opened, list(faces)) == (port, [bot.name])
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                async with session.get("/readyz") as told:
                    assert told.status == 200
                await until(lambda: len(api.offsets) == 1, "the bot's first poll")
                for _ in range(100):
                    async with session.get("/health/engine") as told:
                        if told.status == 200:
                            break
                    await asyncio.sleep(0.1)
                assert told.status == 200
            begun = time.monotonic()
        assert time.monotonic() - begun < LONGEST_POLL.total_seconds() / 2
