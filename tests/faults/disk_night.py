"""A short night of the simulation on a disk that fails at one call: what the house does, and what the phones and the file say.

The process is the simulation's; here it ends by itself, as ``serve`` does, when its database cannot be believed any more, and
answers its callers with 503 while there is no room. Time is virtual.
"""

import asyncio
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from notifier.desk.desk import Desk
from notifier.domain.delivery import Report
from notifier.domain.errors import DatabaseBroken, NotReady
from notifier.practice.faults import Faults
from notifier.store.transaction import _begin_sqlite, _prepare_sqlite
from tests.faults.disk import FailingDisk, Trouble
from tests.simulation import night as nights
from tests.simulation.cell import Cell
from tests.simulation.checker import judge, lost
from tests.simulation.crashes import Plan
from tests.simulation.database import Mortal, MortalStore, SqliteStage
from tests.simulation.night import Night, Theatre
from tests.simulation.posts import Posts
from tests.simulation.process import ANSWERED_WITHIN, Process
from tests.simulation.staff import Staff
from tests.simulation.virtual import VirtualClock, VirtualLoop
from tests.simulation.world import Call, Down, World, make_lanes

T = TypeVar("T")
STORM = 6.0  # s, virtual
ROOM_AFTER = 2.5  # s, virtual: how long the disk stays full
CHECKPOINTS = (6, 60, 1000)  # pages: how often the WAL goes into the database


@dataclass
class Outcome:
    """What one night on the disk came to. ``ended`` processes went down by themselves, and ``refused`` callers were told why."""

    struck: str = ""
    calls: int = 0
    ended: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    lost: int = 0


class DiskStore(MortalStore):
    """Its connection goes with it: one that outlives a power cut would write."""

    async def close(self) -> None:
        """Drop it."""
        self.engine.dispose()


class DiskDriver:
    """Connections whose files lie on the failing disk, as the product opens them: WAL, synchronous=FULL."""

    def __init__(self, disk: FailingDisk, *, synchronous: str = "FULL", checkpoints: Sequence[int] = CHECKPOINTS) -> None:
        self._path = Path()
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=StaticPool)
        event.listen(self._engine, "begin", _begin_sqlite)
        self._disk, self._synchronous = disk, synchronous
        self.checkpoints, self.checkpoint = checkpoints, checkpoints[0]

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self._path}?vfs={self._disk.vfs}", uri=True)
        _prepare_sqlite(cast(DBAPIConnection, connection), cast(ConnectionPoolEntry, None))
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute(f"PRAGMA wal_autocheckpoint={self.checkpoint}")
        return connection

    def close(self) -> None:
        """While there still is such a disk."""
        self._engine.dispose()

    def open(self, path: Path, process: Mortal) -> DiskStore:
        """A store of one process on this file."""
        self._path = path
        self._engine.dispose()
        return DiskStore(self._engine, process)


class Mindful(Process):
    """Ends when its database is broken; whoever asks meanwhile is told 503."""

    def __init__(self, *arguments: Any, told: Counter[str], **parts: Any) -> None:
        super().__init__(*arguments, **parts)
        self._told = told
        self._main = list(self.tasks)
        for task in self._main:
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or not isinstance(task.exception(), DatabaseBroken) or not self.alive:
            return
        self.alive = False
        self.died_at = self.loop.time()
        self.world.start(self._leave())

    async def _leave(self) -> None:
        """What is on the wire ends; nothing that it comes to can be written down any more."""
        self._closing.set()
        self._stopping.set()
        self.ring()
        await asyncio.wait(self._main)
        await self.bury()

    async def ask(self, act: Callable[[Desk], Coroutine[Any, Any, T]], *, patience: float | None = ANSWERED_WITHIN) -> T:
        """As the web faces answer: 503, and the caller tries again."""
        try:
            return await super().ask(act, patience=patience)
        except NotReady as refused:
            self._told[type(refused).__name__] += 1
            raise Down from None


def run(
    theatre: Theatre, folder: Path, disk: FailingDisk, trouble: Trouble, at: int, seed: int, *, driver: DiskDriver | None = None
) -> Outcome:
    """One night with the trouble at the ``at``-th call; the same again for the same numbers."""
    loop = VirtualLoop()
    loop.set_exception_handler(lambda _loop, _context: None)  # what a process leaves behind is judged by what it did
    path = folder / "night.db"
    assert isinstance(theatre.stage, SqliteStage)
    path.write_bytes(theatre.stage.template)
    driver = driver or DiskDriver(disk)
    disk.forget()
    try:
        with nights.seeded_ids(f"disk {seed}"):
            return loop.run_until_complete(_play(theatre, path, disk, trouble, at, seed, driver))
    finally:
        nights.close(loop)
        driver.close()
        disk.forget()
        for rest in folder.glob("night.db*"):
            rest.unlink()


async def _play(
    theatre: Theatre, path: Path, disk: FailingDisk, trouble: Trouble, at: int, seed: int, driver: DiskDriver
) -> Outcome:
    loop = cast(VirtualLoop, asyncio.get_running_loop())
    draw, outcome = random.Random(f"disk {seed}"), Outcome()
    driver.checkpoint = draw.choice(driver.checkpoints)
    clock = VirtualClock(speed=300.0, hands=loop.time)
    world, plan = World(loop, clock, random.Random(f"world {seed}"), Faults(seed, 0.0)), Plan(random.Random(0), 0)
    lanes = make_lanes(draw)

    def make(number: int, locked: bool, took: Callable[[Process, str], None]) -> Process:
        parts: dict[str, Any] = {"vault": theatre.vault, "library": theatre.library, "lanes": lanes, "told": outcome.refused}
        store = partial(driver.open, path)
        return Mindful(number, world=world, plan=plan, open_store=store, locked=locked, took=took, **parts)

    posts = Posts(0, loop, plan, draw, make)

    async def tell(lane: str, report: Report) -> None:
        await posts.one().tell_report(lane, report)

    world.tell = tell
    staff = Staff(world, nights.CAST, random.Random(f"staff {seed}"), posts.one)
    cell = Cell(world, random.Random(f"cell {seed}"), posts.one)
    night = Night(seed, theatre, world, cell, staff, plan, lanes, posts)
    await driver.open(path, nights.Auditor()).write(partial(nights.ensure, lanes))
    posts.start(0)
    disk.arm(trouble, at)
    commanding = loop.create_task(_command(night))
    keeper = loop.create_task(_keep(night, path, disk, draw, outcome))
    posts.works.append(keeper)
    try:
        await commanding
        while loop.time() < STORM:
            await asyncio.sleep(0.2)
        outcome.calls, outcome.struck = disk.calls, disk.struck
        disk.arm(trouble, 0)
        disk.make_room()
        await nights.calm(night)
        outcome.ended = len(posts.all) - 1
        await nights.audit(night, driver.open(path, nights.Auditor()))
    except Exception as error:  # noqa: BLE001 - a file that has lost what it had said is kept is a finding, however it shows
        outcome.findings.append(f"kept: {type(error).__name__}: {error}")
        keeper.cancel()
        return outcome
    outcome.findings += [*judge(night), *_look_into(path, world.calls)]
    outcome.lost = lost(night) if outcome.findings else 0
    return outcome


async def _command(night: Night) -> None:
    for _ in range(2):
        await night.cell.send(night.cell.draw_order())
        await asyncio.sleep(1.5)


async def _keep(night: Night, path: Path, disk: FailingDisk, draw: random.Random, outcome: Outcome) -> None:
    """Makes room after a while; starts the house again when it has gone down, or when there is power again."""
    struck_at: float | None = None
    while True:
        await asyncio.sleep(0.05)
        now = night.world.loop.time()
        if disk.struck and struck_at is None:
            struck_at = now
        if struck_at is not None and now - struck_at > ROOM_AFTER:
            disk.make_room()
        house = night.posts.one()
        if disk.is_off and house.alive:
            house.die()
        if house.alive or house.tasks:
            continue
        await asyncio.sleep(0.5)
        if disk.is_off:
            disk.power_on(draw)
        outcome.findings += _look_into(path, [call for call in night.world.calls if call.started < now])
        night.posts.start(0)


def _look_into(path: Path, calls: list[Call]) -> list[str]:
    """The file is whole, and holds the intent of every call that was ever made for an alert."""
    with closing(sqlite3.connect(path)) as database:
        found = [f"file: {row[0]}" for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
        query = "SELECT row, count(*) FROM attempts WHERE event = 'wire' GROUP BY row"
        intended = {str(row): count for row, count in database.execute(query)}
    made = Counter(call.ref for call in calls if call.alert)
    return found + [
        f"intent: {count} calls for {ref}, {intended.get(ref, 0)} intents"
        for ref, count in made.items()
        if count > intended.get(ref, 0)
    ]
