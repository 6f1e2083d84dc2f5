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
    WIRE_TAKEN: 12,
    WIRE_ANSWERED: 11,
    f"settle: {BEFORE}": 11,
    f"settle: {AFTER}": 4,
    **{f"{act}: {place}": 4 for act in ("turn", "receipt", "answer", "takeover", "sweep") for place in (BEFORE, AFTER)},
    **{f"{act}: {place}": 3 for act in ("send", "seal") for place in (BEFORE, AFTER)},
    **{f"{act}: {place}": 2 for act in ("offset", "stop") for place in (BEFORE, AFTER)},
}
POINTS = tuple(WEIGHTS)
AIMED_FOR = 1.6  # s, virtual: a point that is not passed in this time gives way to another,
RARE = 3.0  # and one that people must pass
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
_CALLING = {"take_lease": "takeover", "take_reports": "receipt", "seal": "seal"}


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
    """Aims at one point after the other, drawn by weight; a crash is due when the aimed point has been passed so often."""

    draw: random.Random
    most: int
    aimed: str = ""
    passes: int = 0
    since: float = 0.0
    crashes: Counter[str] = field(default_factory=Counter)

    @property
    def is_over(self) -> bool:
        return self.crashes.total() >= self.most

    def aim(self, now: float) -> None:
        """At the next point."""
        self.aimed = self.draw.choices(POINTS, list(WEIGHTS.values()))[0]
        self.passes = 1 if self.aimed.startswith(_BY_PEOPLE) else self.draw.choice((1, 1, 1, 2, 3))
        self.since = now

    def strikes(self, point: str, now: float) -> bool:
        """True where the process that passes this point dies at it."""
        if self.is_over:
            return False
        if not self.aimed or now - self.since > (RARE if self.aimed.startswith(_BY_PEOPLE) else AIMED_FOR):
            self.aim(now)
        if point != self.aimed:
            return False
        self.passes -= 1
        if self.passes > 0:
            return False
        self.crashes[point] += 1
        self.aimed = ""
        return True
