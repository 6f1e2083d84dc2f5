"""The ladder: which channel a person is tried on next, and when a person's case ends (RELIABILITY 4.2).

A step is left when all its rows have failed. Only a woken person who was asked something climbs on silence as well, after the
template's patience; everybody else gets one information, and the next channel only on failure. A recall asks once and never
climbs on silence. A committed answer ends everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.delivery import FAILED, TAKEN, WAITING, State
from notifier.domain.people import Channel

LOOK_AGAIN = timedelta(seconds=10)  # a call under way ends within its deadline (10 s) and wakes the sweep

Steps = tuple[tuple[Channel, ...], ...]
ONE_BY_ONE: Steps = ((Channel.TELEGRAM,), (Channel.SMS,), (Channel.EMAIL,))
TOGETHER: Steps = ((Channel.TELEGRAM, Channel.SMS), (Channel.EMAIL,))


class Level(StrEnum):
    """How much an alert may disturb. Red rings on two channels at once."""

    RED = "red"
    ORANGE = "orange"
    INFO = "info"


class Cause(StrEnum):
    """Why a person stands on the list of those not reached."""

    NO_CHANNEL = "no_channel"
    REFUSED = "refused"  # a provider would not take it, or said that it did not arrive
    EXPIRED = "expired"  # it could not leave in time
    STOPPED = "stopped"
    DOUBTFUL = "doubtful"  # it may have arrived, nobody can tell


@dataclass(frozen=True, slots=True)
class Until:
    """How many are enough: the alert stops for all once ``count`` people have given one of the answers ``keys``."""

    count: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Then:
    """Who is called when a chased person has been tried by every channel in vain: rank after rank, as audience expressions.

    ``keys`` are the answers by which one of them takes over, ``asks`` those by which a person asks for them himself: they are
    then called at once.
    """

    who: tuple[str, ...]
    keys: tuple[str, ...]
    asks: tuple[str, ...] = ()

    def to_json(self) -> dict[str, list[str]]:
        """What the alert's row keeps of it."""
        return {"who": list(self.who), "keys": list(self.keys), **({"asks": list(self.asks)} if self.asks else {})}


@dataclass(frozen=True, slots=True)
class Ladder:
    """The plan of one alert, copied onto it when it is raised, so that a later edit of the template changes nothing under way.

    ``waits``: the patience of each step for those who are woken, where it is not the same for all.
    ``until``: how many answers are enough; None where each person must answer. ``then``: who stands in before somebody has to
    call by hand.
    """

    woken: Steps
    others: Steps
    patience: timedelta
    once: bool = False
    until: Until | None = None
    then: Then | None = None
    waits: tuple[timedelta, ...] = ()

    def patience_with(self, channel: Channel) -> timedelta:
        """How long silence is borne after the step that this channel belongs to."""
        steps = zip(self.woken, self.waits, strict=False)
        return next((wait for step, wait in steps if channel in step), self.patience)

    @property
    def soonest(self) -> timedelta:
        """The shortest time after which silence may have a consequence."""
        return min((self.patience, *self.waits))

    @property
    def whole_patience(self) -> timedelta:
        """How long one person, or those of one rank, are tried before the next."""
        return sum(self.waits, timedelta()) or self.patience * max(1, len(self.woken))

    @property
    def channels(self) -> frozenset[Channel]:
        """All by which somebody may be tried."""
        return frozenset(channel for step in (*self.woken, *self.others) for channel in step)

    def to_json(self) -> dict[str, object]:
        """What the alert's row keeps."""
        return {
            "woken": [list(step) for step in self.woken],
            "others": [list(step) for step in self.others],
            "patience": self.patience.total_seconds(),
            "once": self.once,
            **({"waits": [wait.total_seconds() for wait in self.waits]} if self.waits else {}),
            **({"until": [self.until.count, *self.until.keys]} if self.until else {}),
            **({"then": self.then.to_json()} if self.then else {}),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> "Ladder":
        """The same ladder again. Raises ValueError for anything ``to_json`` did not make."""
        patience = kept.get("patience")
        if not isinstance(patience, int | float):
            raise ValueError("a ladder without patience")
        woken, others = _read_steps(kept.get("woken")), _read_steps(kept.get("others"))
        once, waits = kept.get("once") is True, _read_waits(kept.get("waits", []))
        return cls(woken, others, timedelta(seconds=patience), once, read_until(kept), read_then(kept), waits)


def read_until(kept: Mapping[str, object]) -> Until | None:
    """How many answers are enough, of a ladder as an alert's row keeps it."""
    match kept.get("until"):
        case None:
            return None
        case [int(count), *keys] if keys and all(isinstance(key, str) for key in keys):
            return Until(count, tuple(map(str, keys)))
    raise ValueError("a ladder that ends with no number of answers")


def _read_waits(kept: object) -> tuple[timedelta, ...]:
    if not isinstance(kept, list) or not all(isinstance(seconds, int | float) for seconds in kept):
        raise ValueError("a ladder whose patience is no number")
    return tuple(timedelta(seconds=seconds) for seconds in kept)


def read_then(kept: Mapping[str, object]) -> Then | None:
    """Who stands in, of a ladder as an alert's row keeps it."""
    match kept.get("then"):
        case None:
            return None
        case {"who": list(who), "keys": list(keys), **more} if who and all(isinstance(word, str) for word in (*who, *keys)):
            asks = more.get("asks", [])
            if isinstance(asks, list) and all(isinstance(word, str) for word in asks):
                return Then(tuple(map(str, who)), tuple(map(str, keys)), tuple(map(str, asks)))
    raise ValueError("a ladder that goes on with nobody")


def _read_steps(kept: object) -> Steps:
    if not isinstance(kept, list) or not all(isinstance(step, list) for step in kept):
        raise ValueError("a ladder without steps")
    return tuple(tuple(Channel(channel) for channel in step) for step in kept)


def build_ladder(
    level: Level,
    patience: timedelta,
    channels: Sequence[Channel] = tuple(Channel),
    *,
    once: bool = False,
    until: Until | None = None,
    then: Then | None = None,
    steps: Sequence[tuple[Sequence[Channel], timedelta]] = (),
) -> Ladder:
    """The ladder of an alert. ``channels`` are those that the template has words for; ``once`` is a recall's.

    ``steps`` are the template's own for those who are woken, each with its patience; channels that they do not
    name come last, lest somebody who has no other be left out. Without steps the level says which.
    """

    def kept(steps: Steps) -> Steps:
        return tuple(left for step in steps if (left := tuple(channel for channel in step if channel in channels)))

    own = [(left, wait) for step, wait in steps if (left := tuple(channel for channel in step if channel in channels))]
    if own:
        named = {channel for step, _ in own for channel in step}
        own += [((channel,), patience) for channel in channels if channel not in named]
    woken = tuple(step for step, _ in own) if own else kept(TOGETHER if level is Level.RED else ONE_BY_ONE)
    return Ladder(woken, kept(ONE_BY_ONE), patience, once, until, then, tuple(wait for _, wait in own))


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One outbox row as the ladder sees it.

    ``since`` is when its silence began: when a provider took it, or, until then, when it was due. ``copies`` above zero in a row
    that failed means that it may have arrived. ``stuck``: its lane is blocked by a fault and no backup lane takes over.
    """

    step: int
    channel: Channel
    state: State
    copies: int
    since: datetime
    stuck: bool = False

    @property
    def is_open(self) -> bool:
        """It may still become accepted by itself."""
        return self.state in WAITING or self.state is State.ON_WIRE

    @property
    def has_failed(self) -> bool:
        """The step need not wait for it."""
        return self.state in FAILED or self.state is State.CANCELLED or (self.stuck and self.state in WAITING)

    @property
    def is_doubtful(self) -> bool:
        known_lost = 1 if self.state is State.UNDELIVERED else 0  # a receipt speaks of one copy, and not of those before it
        return self.copies > known_lost and self.state not in TAKEN


@dataclass(frozen=True, slots=True)
class AddStep:
    """Put rows for these channels in the outbox, as step ``step``."""

    step: int
    channels: tuple[Channel, ...]


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Look again then, or as soon as a row of this person fails. ``by_hand``: meanwhile somebody should call."""

    at: datetime
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Reached:
    """Nothing more to send. ``by_hand``: a provider has it, the woken person stays silent, somebody should call."""

    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """On the list of those not reached. A receipt that comes later may still show the person as reached."""

    cause: Cause
    by_hand: bool = False


Move = AddStep | WaitUntil | Reached | Listed


def next_move(
    plan: Ladder,
    rows: Sequence[RowFacts],
    *,
    woken: bool,
    asked: bool,
    answered: bool,
    stopped: bool,
    expires: datetime,
    reachable: Sequence[Channel],
    at: datetime,
) -> Move:
    """What to do for one recipient now. Pure; the sweep asks under the recipient's lock and writes what it says.

    ``reachable`` are the channels with a usable address, in any order; a channel is tried once, and one whose message was
    cancelled before it was ever on the wire, because another channel had it, has not been tried.
    """
    if answered:
        return Reached()
    chased = woken and asked and not plan.once
    if not rows and not reachable:
        return Listed(Cause.NO_CHANNEL, by_hand=chased and not stopped)
    if stopped or at >= expires:
        return _close(rows, Cause.STOPPED if stopped else Cause.EXPIRED, by_hand=chased and not stopped, at=at)
    if not chased and any(row.state in TAKEN for row in rows):
        return Reached()
    channels = _next_channels(plan.woken if woken else plan.others, rows, reachable)
    if not rows:
        return AddStep(0, channels) if channels else Listed(Cause.NO_CHANNEL, by_hand=chased)
    last = max(row.step for row in rows)
    current = [row for row in rows if row.step == last]
    if all(row.has_failed for row in current):
        return AddStep(last + 1, channels) if channels else _finish(rows, expires, by_hand=chased)
    if chased:
        silent_at = min(row.since + plan.patience_with(row.channel) for row in current if not row.has_failed)
        if at < silent_at:
            return WaitUntil(min(silent_at, expires))
        return AddStep(last + 1, channels) if channels else _finish(rows, expires, by_hand=True)
    return _finish(rows, expires, by_hand=False)


@dataclass(frozen=True, slots=True)
class StandIns:
    """Those of one rank who stand in for a person: since when they have been called, and whether one of them has taken over."""

    rank: int
    called_at: datetime | None
    took_over: bool


@dataclass(frozen=True, slots=True)
class CallIn:
    """Call those of this rank."""

    rank: int


@dataclass(frozen=True, slots=True)
class TakenOver:
    """Somebody has answered in the person's stead."""


def call_next(plan: Ladder, standing_in: Sequence[StandIns], at: datetime) -> CallIn | WaitUntil | TakenOver | None:
    """What is left to do for a person whom every channel has been tried for in vain; None: somebody has to call by hand. Pure.

    Ranks are called in their order, each after the whole patience of the one before.
    """
    if any(each.took_over for each in standing_in):
        return TakenOver()
    for each in sorted(standing_in, key=lambda one: one.rank):
        if each.called_at is None:
            return CallIn(each.rank)
        if at < each.called_at + plan.whole_patience:
            return WaitUntil(each.called_at + plan.whole_patience)
    return None


def _next_channels(steps: Steps, rows: Sequence[RowFacts], reachable: Sequence[Channel]) -> tuple[Channel, ...]:
    used = {row.channel for row in rows if row.state is not State.CANCELLED or row.copies}
    for step in steps:
        left = tuple(channel for channel in step if channel in reachable and channel not in used)
        if left:
            return left
    return ()


def _finish(rows: Sequence[RowFacts], expires: datetime, *, by_hand: bool) -> Move:
    """The ladder is at its end: what stands decides, else what may still come, else why nothing came."""
    if any(row.state in TAKEN for row in rows):
        return Reached(by_hand)
    if any(row.is_open for row in rows):
        return WaitUntil(expires, by_hand)
    return Listed(_cause(rows), by_hand)


def _close(rows: Sequence[RowFacts], cause: Cause, *, by_hand: bool, at: datetime) -> Move:
    """Stopped or expired: nothing starts any more, but what is on the wire is waited for."""
    if any(row.state in TAKEN for row in rows):
        return Reached(by_hand)
    if any(row.state is State.ON_WIRE for row in rows):
        return WaitUntil(at + LOOK_AGAIN, by_hand)
    if any(row.is_doubtful for row in rows):
        return Listed(Cause.DOUBTFUL, by_hand)
    if rows and not any(row.state in WAITING or row.state in (State.CANCELLED, State.EXPIRED) for row in rows):
        return Listed(_cause(rows), by_hand)
    return Listed(cause, by_hand)


def _cause(rows: Sequence[RowFacts]) -> Cause:
    """Doubt first: whoever calls by hand must know that the message may have arrived."""
    if any(row.is_doubtful for row in rows):
        return Cause.DOUBTFUL
    if any(row.state in (State.REFUSED, State.UNDELIVERED) for row in rows):
        return Cause.REFUSED
    return Cause.STOPPED if all(row.state is State.CANCELLED for row in rows) else Cause.EXPIRED
