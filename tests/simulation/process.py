"""One process of the house as coroutines: real lanes, rounds, bot face and web face, which all die at one point and at once.

Every task that a process starts belongs to it, by a context variable that tasks inherit. When it dies its tasks are cancelled,
its store refuses everything, and nothing of its memory is used again: the next one is built from new objects. While it is stalled
the loop keeps its steps; it then goes on with a memory that the world has left behind.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from starlette.types import Message

from notifier.bot import TelegramFace
from notifier.channels.telegram import TelegramChannel
from notifier.clock import Bell
from notifier.desk.answering import Told, read_text
from notifier.desk.desk import Desk
from notifier.desk.listening import take_in
from notifier.domain.delivery import Report
from notifier.domain.errors import DatabaseAway
from notifier.domain.lane import LaneSettings
from notifier.lanes import Lane, Trade
from notifier.rendering import Library
from notifier.store.leases import Holder
from notifier.store.outbox import Wired
from notifier.sweeps import Watch
from notifier.vault import Vault
from notifier.web.app import make_app
from tests.simulation.crashes import WIRE_ANSWERED, Crash, Plan
from tests.simulation.database import MortalStore
from tests.simulation.virtual import OWNER, Step, VirtualClock, VirtualLoop
from tests.simulation.world import Down, SimulatedChannel, Stretch, World

T = TypeVar("T")
PATIENCE = 1_000  # turns of the loop until a process is between two transactions
ANSWERED_WITHIN = 3.0  # s, virtual: then whoever has asked gives up, and does not know what will become of it


@dataclass(frozen=True, slots=True)
class Intent:
    """A message that a process was about to send: the number of its alert, and for whom."""

    at: float
    lane: str
    number: int
    person: int


class Process:
    """``locked``: it holds its home's file lock, and takes over at once what an earlier holder of it held."""

    def __init__(
        self,
        number: int,
        *,
        world: World,
        plan: Plan,
        open_store: Callable[["Process"], MortalStore],
        vault: Vault,
        library: Callable[[], Library],
        lanes: tuple[LaneSettings, ...],
        locked: bool = True,
        took: Callable[["Process", str], None] = lambda _process, _lane: None,
    ) -> None:
        self.number = number
        self.locked = locked
        self.alive = True
        self.died_at: float | None = None
        self.stalled = self.cut = self.cutting = False
        self.stalls: list[Stretch] = []
        self.cuts: list[Stretch] = []
        self.held: list[Step] = []
        self.tasks: set[asyncio.Task[Any]] = set()
        self._took = took
        self.accused: list[str] = []
        self.intents: list[Intent] = []
        self._asked: set[asyncio.Task[Any]] = set()
        self.world = world
        self._plan = plan
        self._closing = asyncio.Event()  # of the door
        self._stopping = asyncio.Event()  # of lanes and rounds, once the door is closed
        self._context = copy_context()
        self._context.run(OWNER.set, self)
        clock: VirtualClock = world.clock
        self.store = open_store(self)
        self.desk = Desk(self.store, vault, clock, library, lanes, ring=self.ring)
        holder = Holder(f"process-{number}", "home" if locked else "", locked=locked)
        self.watch = Watch(self.desk, holder, Bell())
        trade = Trade(self.store, vault, clock, holder, "http://127.0.0.1:1", self.watch.bell.ring, point=self._point)
        self.channels = {lane.name: SimulatedChannel(world, self, lane) for lane in lanes}
        self.lanes = [Lane(trade, lane, cast(Any, self.channels[lane.name])) for lane in lanes]
        bot = TelegramFace(self.desk, self.lanes[0], cast(TelegramChannel, self.channels["telegram"]))
        self._app = make_app(self.desk)
        self._face = self._start(bot.work(self._closing))
        for act in (*(lane.work(self._stopping) for lane in self.lanes), self.watch.work(self._stopping)):
            self._start(act)

    @property
    def loop(self) -> VirtualLoop:
        return self.world.loop

    def ring(self) -> None:
        """Wake lanes and rounds."""
        for lane in self.lanes:
            lane.bell.ring()
        self.watch.bell.ring()

    @property
    def is_well(self) -> bool:
        """Alive, at work, and nothing is the matter with it."""
        return self.alive and not (self._closing.is_set() or self.stalled or self.cut or self.cutting)

    @property
    def is_calling(self) -> bool:
        """A call of its is under way."""
        return any(call.process is self and call.ended is None for call in self.world.calls[-30:])

    def took(self, lane: str) -> None:
        """It has taken a lane over, by the book."""
        self._took(self, lane)

    def accuse(self, finding: str) -> None:
        """It did what nobody may."""
        self.accused.append(finding)

    def intends(self, lane: str, rows: Sequence[Wired]) -> None:
        """It has put these on the wire, by the book, and is about to call."""
        self.intents += [Intent(self.loop.time(), lane, row.number, row.person) for row in rows]

    def _start(self, act: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        return self.loop.create_task(act, context=self._context.copy())

    def _point(self, name: str) -> None:
        if name == "wire":
            self.passes(WIRE_ANSWERED)

    def passes(self, point: str) -> None:
        """Raises Crash where the process dies at this point, or is dead already."""
        self.perishes(point)
        if not self.alive:
            raise Crash

    def perishes(self, point: str) -> None:
        """The process dies here if the plan says so. One that is stalled passes nothing."""
        if self.alive and not self.stalled and self._plan.strikes(point, self.loop.time()):
            self.die()

    def die(self) -> None:
        """At once: nothing of it runs any more."""
        self.alive = False
        self.died_at = self.loop.time()
        self.world.start(self.bury())

    async def stall(self) -> bool:
        """SIGSTOP, between two transactions: one that stands still on PostgreSQL holds its locks, and time here waits for it."""
        for _ in range(PATIENCE):
            if not self.is_well:
                return False
            if not self.store.out:
                self.stalled = True
                self.stalls.append(Stretch(self.loop.time()))
                return True
            await asyncio.sleep(0)
        return False

    def go_on(self) -> None:
        """SIGCONT."""
        self.stalls[-1].until = self.loop.time()
        self.loop.go_on(self)

    def lose_line(self, *, after_commit: bool) -> None:
        """To the database: at once, or after the next commit, whose news is lost."""
        self.cut, self.cutting = not after_commit, after_commit
        self.cuts.append(Stretch(self.loop.time()))

    def find_line(self) -> None:
        """The database answers again."""
        self.cut = self.cutting = False
        self.cuts[-1].until = self.loop.time()

    async def bury(self) -> None:
        """Until the last of its tasks has ended; connections are dropped."""
        while self.tasks:
            for task in list(self.tasks):
                task.cancel()
            await asyncio.wait(list(self.tasks))
        await self.store.close()

    async def stop(self) -> None:
        """A graceful stop: the door is closed, then what is on the wire ends and is settled."""
        self._closing.set()
        await asyncio.wait([self._face, *self._asked])
        self._stopping.set()
        self.ring()
        while self.tasks:
            await asyncio.wait(list(self.tasks))
        self.alive = False
        await self.store.close()

    async def ask(self, act: Callable[[Desk], Coroutine[Any, Any, T]], *, patience: float | None = ANSWERED_WITHIN) -> T:
        """What the house answers from outside. Raises Down where it is dead, dies before it has answered, or takes too long."""
        if not self.alive or self._closing.is_set():
            raise Down
        task = self._start(act(self.desk))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        done, _ = await asyncio.wait([task], timeout=patience)
        if not done:
            task.add_done_callback(_take_note)
        if not done or task.cancelled() or isinstance(task.exception(), (Crash, DatabaseAway)):
            raise Down
        return task.result()

    async def tell_report(self, lane: str, report: Report) -> None:
        """A gateway's receipt."""
        await self.ask(lambda desk: take_in(desk, lane, [report], []))

    async def tell_text(self, lane: str, sender: str, text: str, event: str) -> Told:
        """A text that came in."""
        return await self.ask(lambda desk: read_text(desk, sender, text, f"{lane}:{event}"))

    async def browse(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """What a browser gets, or a scanner."""
        return await self.ask(lambda _desk: self._browse(method, path, form or {}))

    async def _browse(self, method: str, path: str, form: dict[str, str]) -> tuple[int, str]:
        said: list[Message] = []
        body = urlencode(form).encode()

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "scheme": "http", "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        await self._app(scope, receive, send)
        text = b"".join(message.get("body", b"") for message in said).decode()
        return int(said[0]["status"]), text


def _take_note(task: asyncio.Task[Any]) -> None:
    """Nobody waits for what came of it any more."""
    if not task.cancelled():
        task.exception()


def read_seal(page: str) -> str | None:
    """What the form of a page carries; None where it has no form."""
    found = re.search(r'name="seal" value="([^"]+)"', page)
    return found[1] if found else None
