"""Virtual time: an event loop that jumps to the next timer when nothing is ready, and the clock that reads it.

Time never jumps while a database call is under way, so that a real PostgreSQL takes no virtual time at all.
"""

import asyncio
import selectors
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.clock import Clock

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Quimper
PATIENCE = 30.0  # s, real: a database call that takes longer is a defect


class NothingLeft(AssertionError):
    """Nobody waits for anything but a bell that nobody will ring."""


class _Jumping(selectors.DefaultSelector):
    """Looks at sockets without waiting, and moves the clock instead."""

    def __init__(self, loop: "VirtualLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        if self._loop.outside:
            found = super().select(PATIENCE)
            assert found, "the database does not answer"
            return found
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

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self.now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> "asyncio.Future[Any]":  # type: ignore[override]
        """At once and here: a transaction on SQLite takes no virtual time, and threads have no say in what comes first."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - as an executor hands it on
            done.set_exception(error)
        return done


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

    def divergence(self) -> timedelta:
        """None."""
        return timedelta(0)
