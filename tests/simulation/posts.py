"""The processes of one night: one to three posts, each with a process that is started again when it dies, and what befalls them.

Whoever starts while nobody holds the home's file lock gets it, and takes over at once what an earlier holder held; the others
wait until leases run out (RELIABILITY 4.2). In some nights processes are stopped (SIGSTOP) and go on when their lanes are long
somebody else's, or lose their line to the database.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.simulation.crashes import Plan
from tests.simulation.process import Process
from tests.simulation.virtual import VirtualLoop

STALL = (5.0, 40.0)  # s, virtual: shorter and longer than a lease
IN_THE_ACT = 60  # looks, 0.05 s apart, for a process that is calling: what is under way when it stops is what it can spoil
RIGHT_AFTER = (0.5, 2.5)  # s after a takeover: when a process that goes on does the most harm
CUT = (0.5, 25.0)  # s without a database


@dataclass(frozen=True, slots=True)
class Takeover:
    """A process has taken a lane over, by the book."""

    lane: str
    process: Process
    at: float


class Posts:
    """``make`` builds a process from its number and whether it has the lock; ``draw`` decides what befalls them."""

    def __init__(self, count: int, loop: VirtualLoop, plan: Plan, draw: random.Random, make: "Maker") -> None:
        self.all: list[Process] = []
        self.takeovers: list[Takeover] = []
        self._loop = loop
        self._plan = plan
        self._draw = draw
        self._make = make
        self._at: dict[int, Process] = {}  # by post: the newest process
        for post in range(count):
            self.start(post)
        self.works: list[asyncio.Task[None]] = [loop.create_task(self._keep(post)) for post in range(count)]
        self._trouble: asyncio.Task[None] | None = None
        self._calm = False

    def __iter__(self) -> Iterator[Process]:
        """Those that live."""
        return (process for process in self._at.values() if process.alive)

    def one(self) -> Process:
        """Whichever a client reaches: a dead one only where none lives."""
        living = list(self) or list(self._at.values())
        return living[0] if len(living) == 1 else self._draw.choice(living)

    def start(self, post: int) -> None:
        """A new process at this post."""
        locked = not any(process.alive and process.locked for process in self.all)
        process = self._make(len(self.all) + 1, locked, self._took)
        self.all.append(process)
        self._at[post] = process

    def _took(self, process: Process, lane: str) -> None:
        self.takeovers.append(Takeover(lane, process, self._loop.time()))

    async def _keep(self, post: int) -> None:
        """Whoever watches over a process starts it again; now and then it is stopped for an update, or stays away for long."""
        draw = self._draw
        while True:
            await asyncio.sleep(0.05)
            process = self._at[post]
            if not process.alive:
                await asyncio.sleep(draw.choice((0.0, 0.0, 0.05, 0.3)) if draw.random() < 0.97 else 20.0)
                self.start(post)
            elif draw.random() < 0.002 and process.is_well and not self._plan.is_over:
                await process.stop()
                self.start(post)

    def disturb(self) -> None:
        """Until ``leave_alone``, and it begins soon: a stall that costs a lane takes longer than many a storm."""
        self._trouble = self._loop.create_task(self._disturb())

    async def _disturb(self) -> None:
        draw = self._draw
        while not self._calm:
            await asyncio.sleep(draw.uniform(0.5, 3.0))
            process = draw.choice(list(self._at.values()))
            for _ in range(IN_THE_ACT):
                if process.is_calling:
                    break
                await asyncio.sleep(0.05)
            if not process.is_well:
                continue
            if draw.random() < 0.7:
                if await process.stall():
                    await self._hold_still(process)
                    process.go_on()
            else:
                process.lose_line(after_commit=draw.random() < 0.5)
                await asyncio.sleep(draw.uniform(*CUT))
                process.find_line()

    async def _hold_still(self, process: Process) -> None:
        """For so long, or until shortly after somebody else has taken a lane of it."""
        seen, until = len(self.takeovers), self._loop.time() + self._draw.uniform(*STALL)
        eager = self._draw.random() < 0.6
        while self._loop.time() < until:
            await asyncio.sleep(0.1)
            if eager and any(each.process is not process for each in self.takeovers[seen:]):
                await asyncio.sleep(self._draw.uniform(*RIGHT_AFTER))
                return

    async def leave_alone(self) -> None:
        """What has begun ends: whoever was stopped goes on, and every line is whole."""
        self._calm = True
        if self._trouble is not None:
            await self._trouble

    async def stop(self) -> None:
        """Gracefully, one after the other, and for good."""
        for work in self.works:
            work.cancel()
        for process in list(self):
            await process.stop()


Maker = Callable[[int, bool, Callable[[Process, str], None]], Process]
