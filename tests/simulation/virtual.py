"""Virtual time: an event loop that jumps to the next timer when nothing is ready, and the clock that reads it.

Time does not jump while a database call is under way and answered, so that a real PostgreSQL takes no virtual time. Every step
of a process passes a gate: one that is stopped (SIGSTOP) keeps its steps, timers included, until it goes on.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

from notifier.clock import Clock

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Quimper
PATIENCE = 3.0  # s, real: then only a timer can help a database call on
HANGING_UP = 2.5  # s, virtual: asyncpg waits 2 s for the end of a connection whose query was cancelled, and then hangs up
SILENCES = 5  # in a row: the database does not answer, which is a defect


class NothingLeft(AssertionError):
    """Nobody waits for anything but a bell that nobody will ring."""


class Owner(Protocol):
    """A process, as the loop sees it."""

    alive: bool
    tasks: set[asyncio.Task[Any]]
    stalled: bool
    held: "list[Step]"


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)


@dataclass(eq=False, slots=True)
class Step:
    """One callback of the loop, which a stalled process keeps for later. Whoever cancels its handle cancels it, held or not."""

    callback: Callable[..., object]
    args: tuple[Any, ...]
    context: Context
    handle: asyncio.Handle = field(init=False)

    def __call__(self) -> None:
        owner = OWNER.get()
        if owner is not None and owner.stalled:
            owner.held.append(self)
        elif not self.handle.cancelled():
            self.callback(*self.args)


class _Jumping(selectors.DefaultSelector):
    """Looks at sockets without waiting, and moves the clock instead."""

    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop
        self._silences = 0  # in a row
        self._goes_until = 0.0  # virtual: time goes on until then although a call is under way

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self._loop.outside and self._loop.now >= self._goes_until:
            if found := super().select(PATIENCE):
                self._silences = 0
                return found
            self._silences += 1
            assert self._silences < SILENCES, "the database does not answer"
            self._goes_until = self._loop.now + HANGING_UP
        found = super().select(0)
        if not found:
            if timeout is None:
                raise NothingLeft
            self._loop.now += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """``outside`` counts what is under way in the real world; ``now`` stands still meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        self.outside = 0
        super().__init__(_Jumping(self))
        self.set_task_factory(_tag_task)  # type: ignore[arg-type]

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self.now

    def call_soon(self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None) -> asyncio.Handle:
        """Through the gate."""
        step = Step(callback, args, copy_context() if context is None else context)
        step.handle = super().call_soon(step, context=step.context)
        return step.handle

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Through the gate."""
        step = Step(callback, args, copy_context() if context is None else context)
        step.handle = handle = super().call_at(when, step, context=step.context)
        return handle

    def go_on(self, owner: Owner) -> None:
        """Everything that a stalled process would have done comes now, in the same order."""
        owner.stalled = False
        for step in owner.held:
            super().call_soon(step, context=step.context)
        owner.held.clear()

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """At once and here: a transaction on SQLite takes no virtual time, and threads have no say in what comes first."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - as an executor hands it on
            done.set_exception(error)
        return done


def _tag_task(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, T], context: Context | None = None) -> "asyncio.Task[T]":
    """A process knows all that runs in it. What a dead one still starts only gives its connections back."""
    task = asyncio.Task(coro, loop=loop, context=context)
    owner = OWNER.get() if context is None else context.get(OWNER)
    if owner is not None and owner.alive:
        owner.tasks.add(task)
        task.add_done_callback(owner.tasks.discard)
    return task


@dataclass(slots=True)
class VirtualClock(Clock):
    """Real time is the loop's; the story runs ``speed`` times as fast."""

    hands: Callable[[], float] = field(default=lambda: 0.0)

    def now(self) -> datetime:
        """The story's time."""
        return NIGHT + timedelta(seconds=self.hands() * self.speed)

    def real(self) -> float:
        """The loop's."""
        return self.hands()

    def wall(self) -> datetime:
        """The loop's, as a date."""
        return NIGHT + timedelta(seconds=self.hands())

    def hands_at(self, story: datetime) -> float:
        """The loop's time when the story has come so far."""
        return (story - NIGHT).total_seconds() / self.speed

    def divergence(self) -> timedelta:
        """None."""
        return timedelta(0)
