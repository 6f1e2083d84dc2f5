"""Where a process can die, and the plan that decides when it does.

A point is an act and a place in it. ``before commit`` and ``after commit`` lie around the act's transaction; the call on the wire
has three: nothing has left, the provider has taken it and its answer is under way, and the answer is there but not yet settled.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from inspect import getclosurevars
from typing import Any

from notifier.desk import batching

BEFORE, AFTER = "before commit", "after commit"
WIRE_BEFORE, WIRE_TAKEN, WIRE_ANSWERED = "wire: before", "wire: taken", "wire: answered"
IN_THE_WINDOW = frozenset({WIRE_TAKEN, WIRE_ANSWERED, f"settle: {BEFORE}"})  # after the wire, before the commit that knows of it
# How often each is aimed at. The window is what at-least-once is about.
WEIGHTS = {
    WIRE_BEFORE: 3,
    WIRE_TAKEN: 26,
    WIRE_ANSWERED: 26,
    f"settle: {BEFORE}": 30,
    f"settle: {AFTER}": 6,
    **{f"{act}: {place}": 4 for act in ("receipt", "answer", "offset") for place in (BEFORE, AFTER)},
    **{f"{act}: {place}": 3 for act in ("send", "turn") for place in (BEFORE, AFTER)},
    **{f"{act}: {place}": 2 for act in ("stop", "takeover", "sweep", "seal") for place in (BEFORE, AFTER)},
}
POINTS = tuple(WEIGHTS)
AIMED_FOR = 2.0  # s, virtual: when nothing dies for so long, other points are aimed at
AT_ONCE = (1, 3, 3, 3, 4, 4, 5, 5)  # points that are aimed at: processes that live for seconds, or hardly get to work
_BY_PEOPLE = ("answer", "receipt", "send", "offset", "stop")

# The store's functions by name, and for unnamed ones what they call: which act a transaction is.
_NAMED = {
    "_send": "send",
    "_stop": "stop",
    "_press": "answer",
    "_read": "answer",
    "_answer_page": "answer",
    "_close_rows": "sweep",
    "_use_backups": "sweep",
    "_sweep": "sweep",
    "Lane._turn.<locals>.work": "turn",
    "taken_up_to.<locals>.work": "offset",
}
_CALLING = {"take_lease": "takeover", "take_reports": "receipt", "seal": "seal", "record": "evidence"}


def is_group(work: Callable[..., Any]) -> bool:
    """True where answers of several people share this transaction."""
    return isinstance(work, partial) and work.func is batching._run_all and len(work.args[0]) > 1


class Crash(BaseException):
    """The process dies here. No ``except Exception`` may hold it up."""


def act_of(work: Callable[..., Any]) -> str:
    """Which act a transaction's function is; empty for the others."""
    while isinstance(work, partial):
        if work.func is batching._run_all:
            first = work.args[0][0]
            return act_of(first.question if first.work is batching._one_by_one else first.work)
        work = work.func
    named = _NAMED.get(work.__qualname__)
    if named == "turn":
        return "settle" if getclosurevars(work).nonlocals["finished"] else "turn"
    return named or next((act for called, act in _CALLING.items() if called in work.__code__.co_names), "")


@dataclass
class Plan:
    """Aims at ``at_once`` points, drawn by weight; a crash is due when one of them has been passed so often."""

    draw: random.Random
    most: int
    at_once: int = 1
    aimed: dict[str, int] = field(default_factory=dict)  # how often each is still to be passed
    since: float = 0.0
    crashes: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        return self.crashes.total() >= self.most

    def strikes(self, point: str, now: float) -> bool:
        """True where the process that passes this point dies at it."""
        if self.is_over:
            return False
        if now - self.since > AIMED_FOR:
            self.aimed.clear()
            self.since = now
        while len(self.aimed) < self.at_once:
            self._aim()
        if point not in self.aimed:
            return False
        self.aimed[point] -= 1
        if self.aimed[point] > 0:
            return False
        del self.aimed[point]
        self.crashes[point] += 1
        self.since = now
        return True

    def _aim(self) -> None:
        point = self.draw.choices(POINTS, list(WEIGHTS.values()))[0]
        if point not in self.aimed:
            self.aimed[point] = 1 if point.startswith(_BY_PEOPLE) else self.draw.choice((1, 1, 1, 2, 3))
