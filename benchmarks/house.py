"""The house itself under measure: database, leases, encryption, rounds, sealer and all, as ``notifier serve`` runs it."""

import asyncio
import ctypes
import os
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import aiohttp
import asyncpg
from sqlalchemy import func, select

from benchmarks.postgres import database_on
from benchmarks.roster import INCIDENT, OPERATOR, create_database, fresh_home, lane, settings_for
from benchmarks.series import Numbers
from notifier.desk.alerting import Raised, preview_alert, send_alert
from notifier.desk.planning import Order
from notifier.desk.showing import show_board
from notifier.domain.lane import LaneSettings
from notifier.domain.people import Channel
from notifier.store import tables
from notifier.wiring import House, open_house, run_house

# Put into words by hand: whoever watches a drain takes part of its processor.
WAITING = "SELECT 1 FROM outbox WHERE lane = '{}' AND state IN ('queued', 'unsure', 'on_wire') LIMIT 1"
GLANCE = 0.025  # s between two looks whether a drain is over
ORDER = Order("first-alert", INCIDENT, "all", {"suite": "23h30"})


@dataclass(frozen=True, slots=True)
class Base:
    """A prepared roster: its home, and where it lies on PostgreSQL if it does (server's address, database's name)."""

    home: Path
    server: str = ""
    database: str = ""


@asynccontextmanager
async def open_copy(base: Base, lanes: Sequence[LaneSettings]) -> AsyncIterator[House]:
    """A house on a copy of the roster, not yet at work."""
    with fresh_home(base.home) as home:
        url = ""
        if base.server:
            await create_database(base.server, "run", base.database)
            url = database_on(base.server, "run")
        async with open_house(settings_for(home, url, *lanes)) as house:
            yield house


async def raise_alert(house: House) -> tuple[Raised, float]:
    """Show, confirm, send; gives what was raised and how long the sending took, words and all, until it was durable."""
    preview = await preview_alert(house.desk, OPERATOR, ORDER)
    began = perf_counter()
    raised = await send_alert(house.desk, OPERATOR, ORDER, at=preview.plan.at, expects=preview.plan.hash)
    return raised, perf_counter() - began


async def wait_until_sent(house: House, messages: int) -> None:
    """Until the first lane has nothing left to send. Raises RuntimeError where so many were not accepted."""
    name, box = house.settings.lanes[0].name, tables.outbox
    while await house.desk.store.read(lambda tx: tx.exec_driver_sql(WAITING.format(name)).first()):
        await asyncio.sleep(GLANCE)
    done = select(func.count()).select_from(box).where(box.c.state == "accepted")
    taken = await house.desk.store.read(lambda tx: tx.execute(done).scalar_one())
    if taken != messages:
        raise RuntimeError(f"{taken} of {messages} messages were accepted")


async def _wait_until_taken(house: House, messages: int) -> None:
    box = tables.outbox
    taken = select(box.c.id).where(box.c.lane == "bot", box.c.state == "accepted").limit(1).offset(messages - 1)
    while not await house.desk.store.read(lambda tx: tx.execute(taken).first()):
        await asyncio.sleep(GLANCE * 4)


async def drain(base: Base, channel: Channel, sink: str, window: int) -> Numbers:
    """One alert to everybody, from the confirmation until every message is accepted and settled.

    ``rate`` counts from when the alert is durable, ``whole`` from the click. ``cpu`` is seconds of this process per 1,000
    messages while they drain, all threads.
    """
    async with open_copy(base, [lane(channel, sink, window)]) as house, run_house(house):
        raised, took = await raise_alert(house)
        began, worked = perf_counter(), process_time()
        await wait_until_sent(house, raised.queued)
        passed, worked = perf_counter() - began, process_time() - worked
        return {"rate": raised.queued / passed, "whole": raised.queued / (passed + took), "cpu": worked * 1000 / raised.queued}


async def keep_pace(base: Base, sink: str, per_second: float) -> Numbers:
    """An alert at the account's limit, as the provider sees it: what arrived a second of the time between first and last."""
    lanes = [lane(Channel.TELEGRAM, sink, max(8, int(per_second * 0.25)), per_second)]
    async with open_copy(base, lanes) as house, aiohttp.ClientSession() as session:
        await _arrivals(session, sink)
        async with run_house(house):
            raised, _ = await raise_alert(house)
            await wait_until_sent(house, raised.queued)
        told = await _arrivals(session, sink)
    if told["count"] != raised.queued:
        raise RuntimeError(f"{told['count']} of {raised.queued} messages arrived")
    return {"of_limit": (told["count"] - 1) / told["span"] / per_second, "most": told["most"] / per_second}


async def _arrivals(session: aiohttp.ClientSession, sink: str) -> Numbers:
    async with session.get(f"http://{sink}/arrivals") as answer:
        told: Numbers = await answer.json()
        return told


async def fan_out(base: Base, sink: str = "", then_send: int = 0) -> Numbers:
    """Seconds from the click to everybody's durable row, words rendered, and then to a board of them.

    ``then_send``: lanes and rounds then start, and ``cpu`` is what the first so many messages take while the others wait.
    """
    lanes = [lane(Channel.TELEGRAM, sink or "127.0.0.1:9", 64)]
    async with open_copy(base, lanes) as house:
        raised, took = await raise_alert(house)
        began = perf_counter()
        view = await show_board(house.desk, OPERATOR, raised.code)
        drawn = perf_counter() - began
        if view.board.total.total != raised.people:
            raise RuntimeError(f"the board shows {view.board.total.total} of {raised.people} people")
        if not then_send:
            return {"seconds": took, "board": drawn}
        worked = process_time()
        async with run_house(house):
            await _wait_until_taken(house, then_send)
            worked = process_time() - worked
        return {"seconds": took, "board": drawn, "cpu": worked * 1000 / then_send}


SETTLED = 1.2  # s until PostgreSQL's own counters show what was done
PR_SET_PTRACER, ANYBODY = 0x59616D61, -1  # prctl(2): strace may look at this process even where only parents may


async def count_syncs(base: Base, sink: str, window: int) -> Numbers:
    """fsync and fdatasync calls per 1,000 messages while an alert drains: this process by strace, PostgreSQL by its own count."""
    async with open_copy(base, [lane(Channel.TELEGRAM, sink, window)]) as house:
        raised, _ = await raise_alert(house)
        if base.server:
            before = await _wal_syncs(base, house)
            async with run_house(house):
                await wait_until_sent(house, raised.queued)
            return {"syncs": (await _wal_syncs(base, house) - before) * 1000 / raised.queued}
        async with run_house(house):
            with _traced(house.settings.home / "syncs") as calls:
                await wait_until_sent(house, raised.queued)
        return {"syncs": len(calls) * 1000 / raised.queued}


async def _wal_syncs(base: Base, house: House) -> float:
    """A server's process may keep its counts to itself as long as it lives: ours are sent home first."""
    await house.desk.store.close()
    await asyncio.sleep(SETTLED)
    connection = await asyncpg.connect(base.server)
    found = await connection.fetchval("SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal'")
    await connection.close()
    return float(found or 0)


@contextmanager
def _traced(log: Path) -> Iterator[list[str]]:
    """The syncs of this process; the list is full once the context has ended."""
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANYBODY)
    command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(log), "-p", str(os.getpid())]
    calls: list[str] = []
    tracer = subprocess.Popen(command)
    try:
        yield calls
    finally:
        tracer.terminate()
        tracer.wait()
        calls += [line for line in log.read_text().splitlines() if "sync(" in line]
