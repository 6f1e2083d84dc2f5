"""Runs in turn, A B C A B C, each in a process of its own; then medians, and ratios taken round by round.

What runs in this environment is forked from this process, which has imported everything and started nothing. What runs in the
peers' environment is a command. Both give a flat JSON object of numbers.
"""

import asyncio
import json
import multiprocessing
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

import uvloop

Numbers = dict[str, float]
Run = Callable[[], Numbers]
PATIENCE = 240  # s: a run that takes longer is a defect


@dataclass(slots=True)
class Found:
    """What the rounds of one contender gave, by the number's name; in the order of the rounds."""

    rounds: list[Numbers] = field(default_factory=list)

    def all(self, name: str) -> list[float]:
        """One number of every round."""
        return [numbers[name] for numbers in self.rounds]

    def median(self, name: str) -> float:
        """The median of one number."""
        return statistics.median(self.all(name))


def compare(mine: Found, other: Found, name: str = "rate") -> list[float]:
    """Ratios round by round: both ran within the same few seconds."""
    return [a / b for a, b in zip(mine.all(name), other.all(name), strict=True)]


def interleave(rounds: int, contenders: Mapping[str, Run]) -> dict[str, Found]:
    """Every contender once a round, in turn."""
    found = {name: Found() for name in contenders}
    for number in range(rounds):
        for name, run in contenders.items():
            began = perf_counter()
            numbers = run()
            found[name].rounds.append(numbers)
            shown = "  ".join(f"{key} {value:,.3g}" for key, value in numbers.items())
            print(f"  round {number + 1}  {name:34} {perf_counter() - began:5.1f} s  {shown}", file=sys.stderr, flush=True)
    return found


def forked(work: Callable[..., Awaitable[Numbers]], *arguments: object) -> Run:
    """``work`` on a fresh uvloop in a child of this process."""
    return partial(_fork, work, arguments)


def _fork(work: Callable[..., Awaitable[Numbers]], arguments: Sequence[object]) -> Numbers:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_run_child, args=(work, arguments, theirs))
    child.start()
    theirs.close()
    try:
        if not ours.poll(PATIENCE):
            raise TimeoutError(f"{work.__qualname__} took over {PATIENCE} s")
        numbers: Numbers = ours.recv()
    except EOFError:
        raise RuntimeError(f"{work.__qualname__} failed, see above") from None
    finally:
        child.join(2)
        child.kill()
        child.join()
        ours.close()
    return numbers


def _run_child(work: Callable[..., Awaitable[Numbers]], arguments: Sequence[object], answer: Connection) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        numbers = runner.run(_call(work, arguments))
    answer.send(numbers | {"rss": peak_rss()})
    answer.close()


async def _call(work: Callable[..., Awaitable[Numbers]], arguments: Sequence[object]) -> Numbers:
    return await work(*arguments)


def peak_rss() -> float:
    """The most memory this process ever had, in MB."""
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def commanded(*command: str | Path) -> Run:
    """A command of another environment, whose last line is the JSON object."""
    return partial(_command, [str(part) for part in command])


def _command(command: Sequence[str]) -> Numbers:
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
    if told.returncode:
        raise RuntimeError(f"{' '.join(command[1:3])} failed, see above")
    numbers: Numbers = json.loads(told.stdout.splitlines()[-1])
    return numbers
