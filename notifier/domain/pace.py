"""How fast an account may be used: never more than the limit in any second, never much less.

Two rules together. A window over the starts that really happened keeps the promise: the start ``limit`` places back lies a full
second behind. An even beat keeps the traffic smooth and lets late starts catch up, so that a timer's lateness costs nothing.
All times are real seconds (``Clock.real``), given by the caller.

A call counts from when it left, not from when it was let go: the first ones wait for their connections, and would else arrive
together with those of a second later.
"""

from collections import deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
WINDOW = 1.006  # s: a second and 6 ms, since what starts here arrives there a little unevenly
BEAT = 1.015  # 1.5 % below the limit: the slack against the window in which lateness is made good again
CATCH_UP = 0.2  # s: how late the beat may run and still catch up, about two hiccups of an event loop
STEP = 0.1  # of the limit: an account that comes back starts with so much, and gains as much with each good second
LOOK = 0.02  # s until the pace looks again whether the call that it waits for has left
SLOWEST = 1.0  # a second: no return is slower than this, or than the account's own limit


@dataclass(slots=True, eq=False)
class Start:
    """One call that the pace let go."""

    at: float
    left: bool  # False: it counts as if it left only now

    def leaves(self, at: float) -> None:
        """Its first octet goes out."""
        self.at, self.left = at, True

    def counted(self, now: float) -> float:
        """When it left, for the window."""
        return self.at if self.left else max(self.at, now)


class Pace:
    """One account's pace. It starts empty: nothing is saved up, so a take-over brings no burst.

    Limits below one a second (200 an hour is 0.055) give one start every ``1 / limit`` seconds. Between whole numbers the whole
    one holds: 2.5 a second is 2, for three starts in some second would break the promise.
    """

    def __init__(self, per_second: float) -> None:
        if not per_second > 0:
            raise ValueError("a pace needs a limit above zero")
        self._most = max(1, int(per_second))
        second = max(1.0, 1.0 / per_second)
        self._window = WINDOW * second
        self._full_gap = self._gap = BEAT * second / self._most
        self._share = 1.0  # of the limit: below 1 while the account comes back
        self._stepped = float("-inf")
        self._starts: deque[Start] = deque(maxlen=self._most)
        self._beat: float | None = None  # when the next start is due if all ran on time; None until first asked
        self._blocked = float("-inf")

    def next_start(self, now: float) -> float:
        """The earliest time, not before ``now``, at which one more call may start."""
        oldest = self._starts[0] if self._is_full else None
        if oldest is not None and not oldest.left:
            return self._earliest(now + LOOK, self._wind(now), None)
        return self._earliest(now, self._wind(now), None if oldest is None else oldest.at)

    def started(self, at: float, *, left: bool = True) -> Start:
        """One call is let go at ``at``. Every one must be told, also one that was not waited for.

        One that has not ``left`` yet must be told when it leaves, or when it is over.
        """
        self._beat = max(self._wind(at), at) + self._gap
        start = Start(at, left)
        self._starts.append(start)
        return start

    def begin(self, now: float) -> None:
        """Nobody waited until now: no start was late, and none is to be caught up."""
        self._beat = max(self._wind(now), now + CATCH_UP)

    def room_within(self, now: float, horizon: float = 0.5, most: int | None = None) -> int:
        """How many calls could start between ``now`` and ``now + horizon``, counted up to ``most``."""
        beat, known, coming = self._wind(now), len(self._starts), list[float]()
        if most and known + most <= self._most:  # no start lies so far back that it counts: the beat alone decides
            last = max(beat, self._earliest(now, beat, None)) + (most - 1) * self._gap
            if self._earliest(now, last, None) <= now + horizon:
                return most
        while most is None or len(coming) < most:
            place = known + len(coming) - self._most  # of the start that must lie a window back; none while below zero
            oldest = None if place < 0 else self._starts[place].counted(now) if place < known else coming[place - known]
            start = self._earliest(now, beat, oldest)
            if start > now + horizon:
                break
            beat = max(beat, start) + self._gap
            coming.append(start)
        return len(coming)

    def block_until(self, real: float) -> None:
        """Nothing starts before ``real`` (a provider's ``retry_after``), and nothing is saved up meanwhile."""
        self._blocked = max(self._blocked, real)
        self._beat = self._blocked + CATCH_UP if self._beat is None else max(self._beat, self._blocked + CATCH_UP)

    def is_blocked(self, now: float) -> bool:
        """True while a wait that the provider asked for is not over."""
        return now < self._blocked

    def hold_back(self, now: float) -> None:
        """The account could not send: whenever it comes back, it comes back slowly."""
        self._take_share(min(1.0, max(STEP, SLOWEST / self._most)), now)

    def went_well(self, now: float) -> None:
        """Calls got through: one step more of the limit, at most once a second, until the whole of it is used again."""
        if self._share < 1.0 and now - self._stepped >= 1.0:
            self._take_share(min(1.0, self._share + STEP), now)

    def _take_share(self, share: float, now: float) -> None:
        self._share, self._stepped = share, now
        self._gap = self._full_gap / share

    @property
    def _is_full(self) -> bool:
        return len(self._starts) == self._most

    def _wind(self, now: float) -> float:
        """The beat begins when it is first asked for: one call may start at once, the next one a gap later."""
        if self._beat is None:
            self._beat = now + CATCH_UP
        return self._beat

    def _earliest(self, now: float, beat: float, oldest: float | None) -> float:
        start = max(now, self._blocked, beat - CATCH_UP)
        return start if oldest is None else max(start, oldest + self._window)


class AddressPace(Generic[Key]):
    """The gap between two messages to one address (Telegram: a second a chat), for any number of addresses, each named by a key.

    Only addresses used within the last gap are remembered, so memory is bounded by what the lane starts in one gap.
    """

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._used: dict[Key, float] = {}  # in the order of their last start

    def __len__(self) -> int:
        return len(self._used)

    def next_start(self, address: Key, now: float) -> float:
        """The earliest time, not before ``now``, for this address."""
        last = self._used.get(address)
        return now if last is None else max(now, last + self._gap)

    def started(self, address: Key, at: float) -> None:
        """A message to this address has started."""
        if self._gap <= 0:
            return
        self._forget(at)
        self._used.pop(address, None)
        self._used[address] = at

    def resting(self, now: float, coming: Iterable[Key] = ()) -> AbstractSet[Key]:
        """Addresses whose gap has not passed yet, or begins soon: ``coming`` are those of messages that are about to start."""
        self._forget(now)
        return self._used.keys() if self._gap <= 0 else self._used.keys() | coming

    def _forget(self, now: float) -> None:
        while self._used:
            oldest = next(iter(self._used))
            if self._used[oldest] + self._gap > now:
                return
            del self._used[oldest]
