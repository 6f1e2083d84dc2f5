"""What a campaign has seen: how many inputs, how slow the slowest was, how large the process grew, and what broke.

Processes that the product starts count: their processor time with that of the input they are started for, their size with ours.
"""

import base64
import logging
import os
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

SLOW = 2.0  # s of processor time for one input
STUCK = 60  # s by the clock on the wall, whatever else the machine has to do: it waits for what never comes
LARGE = 300  # MB
KEPT = 20  # failures that are told in full


class Errors(logging.Handler):
    """What the product logs as an error is a crash that it survived."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Kept until somebody looks."""
        self.said.append(record.getMessage())


@dataclass
class Watch:
    """One campaign's eyes."""

    kind: str
    inputs: int = 0
    slowest: float = 0.0
    slow_input: str = ""
    failures: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    _errors: Errors = field(default_factory=Errors)

    def __post_init__(self) -> None:
        logging.getLogger("notifier").addHandler(self._errors)
        signal.signal(signal.SIGALRM, _give_up)

    @contextmanager
    def one(self, name: str, octets: bytes) -> Iterator[None]:
        """One input under way. Whatever comes out of it is a failure."""
        before = spent()
        signal.alarm(STUCK)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a campaign goes on, whatever it has found
            self.fail(name, octets, f"{type(error).__name__}: {error}"[:300])
        finally:
            signal.alarm(0)
        took = spent() - before
        self.inputs += 1
        if took > self.slowest:
            self.slowest, self.slow_input = took, f"{name} {len(octets)} octets"
        if took > SLOW:
            self.fail(name, octets, f"took {took:.1f} s")
        if self._errors.said:
            self.fail(name, octets, f"logged: {self._errors.said[:3]}")
            self._errors.said.clear()

    def saw(self, outcome: str) -> None:
        """How an input ended, for the sum."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def fail(self, name: str, octets: bytes, why: str) -> None:
        """An input that becomes a fixed case (``test_fixed.py``)."""
        if len(self.failures) < KEPT:
            self.failures.append(f"{name}: {why}\n    {base64.b85encode(octets[:4000]).decode()}")

    def verdict(self) -> list[str]:
        """What is wrong, size included."""
        wrong = list(self.failures)
        if (size := self.size) >= LARGE:
            wrong.append(f"the process grew to {size} MB")
        return wrong

    @property
    def size(self) -> int:
        """MB that this process, or the largest of those that it started, has had in memory at most.

        The kernel's own account of this program: ``getrusage`` counts what had been there before it, whoever started it.
        """
        mine = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
        assert mine is not None
        return max(int(mine[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) // 1024

    def __str__(self) -> str:
        ends = ", ".join(f"{name} {count:,}" for name, count in sorted(self.outcomes.items()))
        return f"{self.kind}: {self.inputs:,} inputs, slowest {self.slowest:.3f} s ({self.slow_input}), {self.size} MB ({ends})"


def spent() -> float:
    """Seconds of processor time of this process and of those that it started, gone or still there."""
    used = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    for child in Path("/proc/self/task").glob("*/children"):
        for number in child.read_text(encoding="ascii").split():
            with suppress(FileNotFoundError, ProcessLookupError):  # gone in this instant, and not waited for yet
                told = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                used += sum(map(int, told[11:15])) / _TICKS
    return used


_TICKS = os.sysconf("SC_CLK_TCK")


def _give_up(_sign: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"stuck for {STUCK} s")
