"""How long an alert takes to leave and what it costs, asked before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from notifier.domain.errors import CreditShort, WouldOutlast


@dataclass(frozen=True, slots=True)
class Load:
    """What one lane would have to carry: ``messages`` of ``parts`` billed parts in all, behind ``waiting`` already queued.

    ``cents`` is the price of one part; ``credit`` the parts left on the account, None where the gateway does not tell.
    """

    lane: str
    messages: int
    parts: int
    per_second: float
    cents: float = 0.0
    credit: int | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class LaneDrain:
    """What one lane carries, and what that takes."""

    lane: str
    messages: int
    parts: int
    seconds: float
    cents: float

    def outlasts(self, life: timedelta) -> bool:
        """The last message would leave after the words have stopped being true."""
        return self.seconds > life.total_seconds()


@dataclass(frozen=True, slots=True)
class Drain:
    """All lanes side by side: the slowest gives the time, all together the price."""

    lanes: tuple[LaneDrain, ...]

    @property
    def seconds(self) -> float:
        return max((lane.seconds for lane in self.lanes), default=0.0)

    @property
    def cents(self) -> float:
        return sum(lane.cents for lane in self.lanes)

    @property
    def parts(self) -> int:
        return sum(lane.parts for lane in self.lanes)

    def outlasts(self, life: timedelta) -> bool:
        """True where any lane does."""
        return any(lane.outlasts(life) for lane in self.lanes)


def estimate_drain(loads: Iterable[Load]) -> Drain:
    """The estimate, lane by lane; lanes with nothing to carry are left out."""
    return Drain(
        tuple(
            LaneDrain(
                load.lane, load.messages, load.parts, (load.messages + load.waiting) / load.per_second, load.parts * load.cents
            )
            for load in loads
            if load.messages
        )
    )


def check_drain(loads: Iterable[Load], life: timedelta) -> Drain:
    """The estimate, or WouldOutlast for the slowest lane, or CreditShort for the first account that cannot pay."""
    loads = list(loads)
    drain = estimate_drain(loads)
    slowest = max(drain.lanes, key=lambda lane: lane.seconds, default=None)
    if slowest is not None and slowest.outlasts(life):
        raise WouldOutlast(slowest.lane, slowest.seconds, life.total_seconds())
    for load in loads:
        needed = load.parts + load.waiting  # what waits has one part at least
        if load.messages and load.credit is not None and needed > load.credit:
            raise CreditShort(load.lane, needed, load.credit)
    return drain
