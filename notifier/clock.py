"""The one place that looks at the wall clock.

``now()`` is the wall clock at start plus the monotonic clock, so that a step of the system's clock (NTP, an attacker)
moves nothing. ``speed`` is the demo's: it multiplies the time that the story sees (ladders, deadlines, roll calls). What is
real on the wire (deadlines of calls, leases, pace, a provider's retry_after) asks ``real()``.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

DIVERGENCE = timedelta(seconds=5)  # between the wall clock and ours, above which an alarm is raised


@dataclass(slots=True)
class Clock:
    """Story time and real time. Tests wind their own: any object with these methods serves."""

    speed: float = 1.0
    started: datetime = field(default_factory=lambda: datetime.now(UTC))  # the story's first instant
    _wall: datetime = field(default_factory=lambda: datetime.now(UTC))
    _origin: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The story's time, UTC, aware."""
        return self.started + timedelta(seconds=(time.monotonic() - self._origin) * self.speed)

    def real(self) -> float:
        """Monotonic seconds, never multiplied: for pace, leases and deadlines of calls."""
        return time.monotonic()

    def wall(self) -> datetime:
        """Real time, UTC: leases on SQLite, and dates on certificates. On PostgreSQL leases ask the database."""
        return self._wall + timedelta(seconds=time.monotonic() - self._origin)

    def story(self, real: timedelta) -> timedelta:
        """How much story time passes in a stretch of real time."""
        return real * self.speed

    def divergence(self) -> timedelta:
        """How far the wall clock has moved away from the monotonic one since the start."""
        return datetime.now(UTC) - self._wall - timedelta(seconds=time.monotonic() - self._origin)

    def seconds(self, story: timedelta) -> float:
        """How many real seconds a stretch of story time takes."""
        return max(0.0, story.total_seconds()) / self.speed


class Bell:
    """Rings when there is new work: whoever waits looks at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """There is something to do."""
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Until the bell rings or the time has passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._event.wait()
        self._event.clear()
