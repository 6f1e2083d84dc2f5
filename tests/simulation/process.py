"""One process of the house as coroutines: real lanes, rounds, bot face and web face, which all die at one point and at once.

Every task that a process starts belongs to it, by a context variable that tasks inherit. When it dies its tasks are cancelled,
its store refuses everything, and nothing of its memory is used again: the next one is built from new objects.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
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
from notifier.domain.lane import LaneSettings
from notifier.lanes import Lane, Trade
from notifier.rendering import Library
from notifier.store.leases import Holder
from notifier.sweeps import Watch
from notifier.vault import Vault
from notifier.web.app import make_app
from tests.simulation.crashes import WIRE_ANSWERED, Crash, Plan
from tests.simulation.database import MortalStore
from tests.simulation.virtual import VirtualClock, VirtualLoop
from tests.simulation.world import Down, SimulatedChannel, World

T = TypeVar("T")
OWNER: ContextVar["Process | None"] = ContextVar("owner", default=None)


def tag_task(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, T], context: Context | None = None) -> "asyncio.Task[T]":
    """The loop's task factory: a process knows all that runs in it."""
    task = asyncio.Task(coro, loop=loop, context=context)
    owner = OWNER.get() if context is None else context.get(OWNER)
    if owner is not None:
        owner.tasks.add(task)
        task.add_done_callback(owner.tasks.discard)
    return task


class Process:
    """``home`` is its file lock's: a process of the same home takes over at once."""

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
        home: str = "home",
    ) -> None:
        self.number = number
        self.alive = True
        self.died_at: float | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
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
        holder = Holder(f"process-{number}", home, locked=True)
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
        """The process dies here if the plan says so."""
        if self.alive and self._plan.strikes(point, self.loop.time()):
            self.die()

    def die(self) -> None:
        """At once: nothing of it runs any more."""
        self.alive = False
        self.died_at = self.loop.time()
        self.world.start(self.bury())

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

    async def ask(self, act: Callable[[Desk], Coroutine[Any, Any, T]]) -> T:
        """What the house answers from outside. Raises Down where it is dead, or dies before it has answered."""
        if not self.alive or self._closing.is_set():
            raise Down
        task = self._start(act(self.desk))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        await asyncio.wait([task])
        if task.cancelled() or isinstance(task.exception(), Crash):
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


def read_seal(page: str) -> str | None:
    """What the form of a page carries; None where it has no form."""
    found = re.search(r'name="seal" value="([^"]+)"', page)
    return found[1] if found else None
