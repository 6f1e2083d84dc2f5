"""Pace: never more than the limit in any second, whatever happens to a lane; and no starvation once nothing happens."""

from bisect import bisect_left
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.pace import AddressPace, Pace
from tests.properties.examples import examples

pytestmark = pytest.mark.grows

LIMITS = st.one_of(st.sampled_from([0.055, 0.5, 1.0, 2.5, 20.0, 30.0]), st.floats(0.05, 60))
SPANS = st.one_of(st.just(0.0), st.floats(0, 0.05), st.floats(0, 3))
# What befalls a lane: a burst of work, a rest, a provider that asks to wait, an account that fails, calls that succeed.
EVENTS = st.one_of(
    st.tuples(st.just("burst"), st.integers(1, 40)),
    st.tuples(st.just("rest"), SPANS),
    st.tuples(st.just("block"), SPANS),
    st.tuples(st.just("fail"), st.just(0)),
    st.tuples(st.just("well"), st.just(0)),
)


@dataclass
class LanesDay:
    """A lane, hour by hour, with timers that fire late."""

    limit: float
    now: float
    late: list[float]
    starts: list[float] = field(default_factory=list)
    blocked: float = 0.0

    def __post_init__(self) -> None:
        self.pace = Pace(self.limit)

    def live(self, what: str, much: float) -> None:
        """One thing happens."""
        match what:
            case "burst":
                for _ in range(int(much)):
                    self.start()
            case "rest":
                self.now += much
            case "block":
                self.blocked = max(self.blocked, self.now + much)
                self.pace.block_until(self.now + much)
            case "fail":
                self.pace.hold_back(self.now)
            case "well":
                self.pace.went_well(self.now)

    def start(self) -> None:
        """The next call, as soon as the pace and a late timer let it."""
        due = self.pace.next_start(self.now)
        assert due >= self.now
        assert due >= self.blocked, "nothing starts while the provider asks to wait"
        waited = due > self.now
        self.now = due + (self.late[len(self.starts) % len(self.late)] if waited else 0.0)
        self.pace.started(self.now)
        self.starts.append(self.now)

    def busy(self, seconds: float, *, well: bool = True) -> int:
        """Work without end for so long; gives how many started."""
        until, before = self.now + seconds, len(self.starts)
        while self.pace.next_start(self.now) < until:
            self.start()
            if well:
                self.pace.went_well(self.now)
        return len(self.starts) - before


def most_within(starts: list[float], second: float) -> int:
    """The most starts in any half-open stretch of that length."""
    return max((bisect_left(starts, start + second) - place for place, start in enumerate(starts)), default=0)


@examples(12_000)
@given(
    limit=LIMITS,
    born=st.sampled_from([0.0, 100.0, 1e6]),
    late=st.lists(st.floats(0, 0.3), min_size=1, max_size=7),
    events=st.lists(EVENTS, max_size=25),
)
def test_no_second_holds_more_than_the_limit_whatever_happens(
    limit: float, born: float, late: list[float], events: list[tuple[str, float]]
) -> None:
    lane = LanesDay(limit, born, late)
    for what, much in events:
        lane.live(what, much)
    assert most_within(lane.starts, 1.0) <= max(1, int(limit))
    if limit < 1:
        assert most_within(lane.starts, 1 / limit) <= 1


@examples(4_000)
@given(limit=st.floats(1, 60), events=st.lists(EVENTS, max_size=20))
def test_nothing_starves_a_lane_once_its_troubles_are_over(limit: float, events: list[tuple[str, float]]) -> None:
    lane = LanesDay(limit, 100.0, [0.0])
    for what, much in events:
        lane.live(what, much)
    lane.now = max(lane.now, lane.blocked)
    lane.busy(12.0)  # a tenth more of the limit each second
    seconds = max(20.0, 100 / limit)
    assert 0.97 * int(limit) * seconds - 1 <= lane.busy(seconds) <= int(limit) * seconds + 1


@examples(4_000)
@given(limit=st.floats(1, 60), late=st.lists(st.floats(0, 0.015), min_size=1, max_size=9))
def test_timers_that_are_late_by_a_hundredth_of_a_second_cost_no_more_than_a_thirtieth(limit: float, late: list[float]) -> None:
    lane = LanesDay(limit, 100.0, late)
    lane.busy(2.0)
    seconds = max(20.0, 100 / limit)
    assert 0.97 * int(limit) * seconds - 1 <= lane.busy(seconds) <= int(limit) * seconds + 1


@examples(4_000)
@given(limit=LIMITS, events=st.lists(EVENTS, max_size=15), horizon=st.floats(0, 2), most=st.integers(0, 9))
def test_the_room_foretold_after_any_day_is_the_room_there_is(
    limit: float, events: list[tuple[str, float]], horizon: float, most: int
) -> None:
    lane = LanesDay(limit, 100.0, [0.0])
    for what, much in events:
        lane.live(what, much)
    now = lane.now
    room = lane.pace.room_within(now, horizon)
    assert lane.pace.room_within(now, horizon, most=most) == min(room, most)
    started = 0
    while lane.pace.next_start(lane.now) <= now + horizon:
        lane.start()
        started += 1
    assert started == room


@examples(6_000)
@given(gap=st.floats(0, 3), wanted=st.lists(st.tuples(st.integers(1, 4), st.floats(0, 1)), max_size=40))
def test_two_messages_to_one_chat_never_stand_closer_than_its_gap(gap: float, wanted: list[tuple[int, float]]) -> None:
    pace, now, last = AddressPace[int](gap), 100.0, dict[int, float]()
    for address, rest in wanted:
        due = pace.next_start(address, now)
        assert due >= now
        if address in last:
            assert due >= last[address] + gap
        assert address in last or due == now, "nobody waits for somebody else"
        resting = set(pace.resting(now))
        assert resting == {each for each, at in last.items() if gap > 0 and at + gap > now}
        if due == now:
            pace.started(address, now)
            last[address] = now
        now += rest
