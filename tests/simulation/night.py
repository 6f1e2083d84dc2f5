"""One seed, one night: a storm in which processes die at named points, and the calm after it, in which everything must end."""

import asyncio
import logging
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from notifier.desk.answering import Fate, press_button
from notifier.desk.showing import BoardView, Lists, count_open, list_missing, show_board
from notifier.domain.delivery import LaneFault
from notifier.domain.lane import LaneSettings
from notifier.practice.faults import Fault, Faults
from notifier.rendering import Library
from notifier.store import ids, journal, leases, tables
from notifier.store.journal import Entry, Verdict
from notifier.store.transaction import Tx
from notifier.vault import Vault
from tests.desk.house import CHAT, OPERATOR, Member, open_ward
from tests.simulation.cell import Cell
from tests.simulation.crashes import Crash, Plan
from tests.simulation.database import MortalStore, SqliteDriver
from tests.simulation.process import Process, tag_task
from tests.simulation.staff import Staff
from tests.simulation.virtual import NIGHT, VirtualClock, VirtualLoop
from tests.simulation.world import World, make_lanes

SPEEDS = (40.0, 120.0, 300.0)  # story seconds a second: ladders of minutes, lives of hours
STORM = 30.0  # s, virtual, at most
CALM = 400.0  # s, virtual: faults have stopped, and everything must have ended by then

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
    """What nights have in common: a database to copy, the key and the library."""

    template: Path
    vault: Vault
    library: Callable[[], Library]
    people: dict[str, int]
    sqlite: SqliteDriver = field(default_factory=SqliteDriver)


def prepare(folder: Path) -> Theatre:
    """Made once: the cast, an open incident, and no alert."""

    async def make() -> Theatre:
        ward = await open_ward(f"sqlite:///{folder / 'template.db'}", folder, CAST)
        await ward.desk.store.close()
        return Theatre(folder / "template.db", ward.desk.vault, ward.desk.library, ward.people)

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
    processes: list[Process]
    boards: dict[str, BoardView] = field(default_factory=dict)
    lists: dict[str, Lists] = field(default_factory=dict)
    verdict: Verdict | None = None
    entries: list[Entry] = field(default_factory=list)
    pressed_again: dict[tuple[str, str], Fate] = field(default_factory=dict)
    settled: bool = False
    ended_at: datetime = NIGHT
    accidents: list[str] = field(default_factory=list)

    @property
    def house(self) -> Process:
        """The process that lives, or died last."""
        return self.processes[-1]


class _Accidents(logging.Handler):
    """What the house says at level error, that no fault of the world explains."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = record.getMessage()
        if "cannot send" not in told:
            self.said.append(told)


def run_night(seed: int, theatre: Theatre, folder: Path, crashes: int) -> Night:
    """The whole night; the same again for the same seed."""
    loop = VirtualLoop()
    accidents = _Accidents()
    draw = random.Random(f"night {seed}")
    told = logging.getLogger("notifier")
    told.addHandler(accidents)
    propagate, told.propagate = told.propagate, False
    loop.set_task_factory(tag_task)  # type: ignore[arg-type]
    loop.set_exception_handler(lambda _loop, context: _note(accidents, context))
    path = folder / f"{seed}.db"
    shutil.copy(theatre.template, path)
    try:
        with seeded_ids(str(seed)):
            night = loop.run_until_complete(_play(seed, loop, draw, theatre, path, crashes))
        night.accidents = accidents.said
        return night
    finally:
        told.removeHandler(accidents)
        told.propagate = propagate
        close(loop)
        for rest in folder.glob(f"{seed}.db*"):
            rest.unlink()


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


async def _play(seed: int, loop: VirtualLoop, draw: random.Random, theatre: Theatre, path: Path, crashes: int) -> Night:
    clock = VirtualClock(speed=draw.choice(SPEEDS), hands=loop.time)
    faults = Faults(
        seed, draw.choice((0.0, 0.1, 0.3)), only=frozenset(Fault) if draw.random() < 0.3 else frozenset(Fault) - {Fault.SILENT}
    )
    world = World(loop, clock, random.Random(f"world {seed}"), faults)
    plan = Plan(random.Random(f"crashes {seed}"), crashes)
    lanes = make_lanes(draw)
    processes: list[Process] = []

    def house() -> Process:
        return processes[-1]

    def start() -> None:
        def store(process: Process) -> MortalStore:
            return theatre.sqlite.open(path, process)

        parts = {"vault": theatre.vault, "library": theatre.library, "lanes": lanes}
        processes.append(Process(len(processes) + 1, world=world, plan=plan, open_store=store, **parts))  # type: ignore[arg-type]

    world.tell = lambda lane, report: house().tell_report(lane, report)
    staff = Staff(world, CAST, random.Random(f"staff {seed}"), house)
    cell = Cell(world, random.Random(f"cell {seed}"), house)
    night = Night(seed, theatre, world, cell, staff, plan, processes)
    _break_devices(world, draw)
    await write(theatre.sqlite.open(path, Auditor()), partial(ensure, lanes))
    start()
    troubled = draw.random() < 0.4
    storm = [
        loop.create_task(act) for act in (_keep_alive(night, draw, start), _command(night, draw), _trouble(world, draw, troubled))
    ]
    while not (plan.is_over or loop.time() > STORM):
        await asyncio.sleep(0.1)
    plan.most = 0
    storm[2].cancel()
    await storm[1]
    faults.switch(0.0)
    world.account.clear()
    await calm(night, storm[0])
    await audit(night, theatre.sqlite.open(path, Auditor()))
    return night


async def write(store: MortalStore, work: Callable[[Tx], None]) -> None:
    await store.write(work)
    await store.close()


def ensure(lanes: tuple[LaneSettings, ...], tx: Tx) -> None:
    tx.execute(tables.lanes.delete().where(tables.lanes.c.name != leases.WATCH))
    leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in lanes})


def _break_devices(world: World, draw: random.Random) -> None:
    """Some have blocked the bot, some have lost their SIM."""
    for member in CAST:
        for channel, value in (("telegram", member.chat), ("sms", member.phone), ("email", member.mail)):
            if value is not None and draw.random() < 0.08:
                world.blocked.add((channel, str(value)))
        if member.phone is not None and draw.random() < 0.12:
            world.dead.add(member.phone)


async def _keep_alive(night: Night, draw: random.Random, start: Callable[[], None]) -> None:
    """Whoever watches over the process starts it again; now and then it is stopped for an update, or stays away for long."""
    while True:
        await asyncio.sleep(0.05)
        if not night.house.alive:
            await asyncio.sleep(draw.choice((0.0, 0.0, 0.05, 0.3)) if draw.random() < 0.97 else 20.0)
            start()
        elif draw.random() < 0.002 and not night.plan.is_over:
            await night.house.stop()
            start()


async def _command(night: Night, draw: random.Random) -> None:
    """The cell at work for as long as the storm lasts."""
    cell, loop, plan = night.cell, night.world.loop, night.plan
    while True:
        code = await cell.send(cell.draw_order())
        await asyncio.sleep(draw.uniform(0.1, 2.0))
        if code is not None and (draw.random() < 0.15 or plan.aimed.startswith("stop")):
            await cell.stop(code)
        if draw.random() < 0.15:
            await cell.try_what_is_refused()
        if draw.random() < 0.1:
            await cell.freeze(draw.uniform(0.2, 2.0))
        if plan.is_over or loop.time() > STORM or len(cell.alerts) >= 16:
            return


async def _trouble(world: World, draw: random.Random, troubled: bool) -> None:
    """Outages, and accounts that cannot send, in some nights."""
    while troubled:
        await asyncio.sleep(draw.uniform(1.0, 10.0))
        provider = draw.choice(("telegram", "android", "ovh", "smtp"))
        if draw.random() < 0.5:
            world.faults.cut_off(provider)
        else:
            world.account[provider] = draw.choice((LaneFault.CREDENTIALS, LaneFault.CREDIT))
        await asyncio.sleep(draw.uniform(0.5, 6.0))
        world.faults.restore(provider)
        world.account.pop(provider, None)


async def calm(night: Night, keeper: asyncio.Task[None]) -> None:
    """Until every board is settled and every act sealed, or for as long as anybody could want."""
    cell, loop = night.cell, night.world.loop
    until = loop.time() + CALM
    night.world.faults.restore()
    while loop.time() < until and not night.settled:
        await asyncio.sleep(1.0)
        night.settled = not night.world.untold and await cell.insist(count_open) == 0
    await asyncio.sleep(3.0)
    night.ended_at = night.world.clock.now()
    night.staff.settle_presses()
    for code in cell.alerts:
        night.boards[code] = await cell.insist(lambda desk, code=code: show_board(desk, OPERATOR, code))  # type: ignore[misc]
        night.lists[code] = await cell.insist(lambda desk, code=code: list_missing(desk, OPERATOR, code))  # type: ignore[misc]
    for (code, name), given in sorted(night.staff.given.items()):
        if given.last_button:
            night.pressed_again[code, name] = await _press_again(night, name, given.last_button)
    keeper.cancel()
    await night.house.stop()


async def _press_again(night: Night, name: str, data: str) -> Fate:
    chat = next(member.chat for member in CAST if member.name == name)
    told = await night.cell.insist(lambda desk: press_button(desk, data, chat or 0))
    return told.fate


class Auditor:
    """Reads when all is over."""

    alive = True

    def passes(self, point: str) -> None:
        """Nothing dies any more."""


async def audit(night: Night, store: MortalStore) -> None:
    night.verdict = await store.read(journal.verify)
    night.entries = await store.read(lambda tx: journal.read_entries(tx, 100_000))
    await store.close()
