from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.pace import STEP, AddressPace, Pace, Start

LATE = st.lists(st.floats(0, 0.4), min_size=1, max_size=50)


def run(pace: Pace, seconds: float, late: list[float], born: float = 100.0) -> list[float]:
    """Starts of a lane that always has work and whose timers are late by these amounts, in turn."""
    starts: list[float] = []
    now, count = born, 0
    while True:
        now = max(now, pace.next_start(now)) + late[count % len(late)]
        if now >= born + seconds:
            return starts
        pace.started(now)
        starts.append(now)
        count += 1


def most_in_a_second(starts: list[float], second: float = 1.0) -> int:
    """The most starts in any half-open stretch of that length."""
    return max((bisect_left(starts, start + second) - place for place, start in enumerate(starts)), default=0)


@pytest.mark.parametrize("limit", [1.0, 20.0, 30.0, 1_000.0])
@pytest.mark.parametrize("late", [[0.0], [0.0, 0.0005, 0.002], [0.0] * 99 + [0.15]])
def test_a_busy_lane_runs_at_its_limit_and_never_above_it(limit: float, late: list[float]) -> None:
    late = late if limit < 1_000 else [lag / 1_000 for lag in late]
    starts = run(Pace(limit), 30.0, late)
    assert most_in_a_second(starts) <= limit
    assert 0.97 * limit * 29 <= len([start for start in starts if start >= 101.0]) <= limit * 29


def test_a_thousand_a_second_is_kept_when_the_event_loop_hiccups() -> None:
    late = [0.0] * 4_999 + [0.05]
    starts = run(Pace(1_000.0), 30.0, late)
    assert most_in_a_second(starts) <= 1_000
    assert len(starts) >= 0.97 * 30_000


@given(limit=st.floats(0.02, 60), late=LATE)
def test_no_second_ever_holds_more_than_the_limit(limit: float, late: list[float]) -> None:
    starts = run(Pace(limit), max(10.0, 5 / limit), late)
    assert most_in_a_second(starts) <= max(1, int(limit))
    if limit < 1:
        assert most_in_a_second(starts, 1 / limit) <= 1


@given(limit=st.integers(1, 60), slow=st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_whatever_calls_wait_for_no_second_sees_more_of_them_leave_than_the_limit(limit: int, slow: list[float]) -> None:
    pace, now, waiting, left = Pace(limit), 100.0, list[tuple[float, Start]](), list[float]()
    for number in range(5 * limit):
        while (at := pace.next_start(now)) > now or (waiting and min(leaves for leaves, _ in waiting) <= now):
            now = min([at, *(leaves for leaves, _ in waiting)])
            for pair in [pair for pair in waiting if pair[0] <= now]:
                waiting.remove(pair)
                pair[1].leaves(now)
                left.append(now)
        waiting.append((now + slow[number % len(slow)], pace.started(now, left=False)))
    assert most_in_a_second(sorted([*left, *(leaves for leaves, _ in waiting)])) <= limit


def test_a_call_that_never_left_holds_up_nobody_once_it_is_over() -> None:
    pace = Pace(1.0)
    start = pace.started(100.0, left=False)
    assert 105.0 < pace.next_start(105.0) < 105.1, "it may leave any moment"
    assert pace.room_within(105.0) == 0
    start.left = True
    assert pace.next_start(105.0) == 105.0


def test_nothing_is_caught_up_of_a_time_when_nobody_waited() -> None:
    pace = Pace(100.0)
    run(pace, 2.0, [0.0])
    pace.begin(500.0)
    assert len(run(pace, 1.0, [0.0], born=500.0)) <= 100


def test_two_hundred_an_hour_are_one_each_eighteen_seconds() -> None:
    starts = run(Pace(200 / 3_600), 36_000.0, [0.0])
    assert 0.97 * 2_000 <= len(starts) <= 2_000
    assert most_in_a_second(starts, 3_600.0) <= 200


@pytest.mark.parametrize(("limit", "first"), [(30.0, 3), (1_000.0, 100), (4.0, 1)])
def test_an_account_that_comes_back_gains_a_tenth_of_its_limit_each_second(limit: float, first: int) -> None:
    pace, now, starts = Pace(limit), 100.0, []
    pace.hold_back(now)
    while now < 120.0:
        now = pace.next_start(now)
        pace.started(now)
        pace.went_well(now)
        starts.append(now)
    each = [sum(second <= start - 100.0 < second + 1 for start in starts) for second in range(20)]
    assert each[0] <= first + 1  # what CATCH_UP lets start early
    assert all(count <= min(limit, first + 2 + STEP * limit * second) for second, count in enumerate(each))
    assert each[-1] >= 0.97 * int(limit), "and is whole again"
    assert most_in_a_second(starts) <= limit


def test_an_account_that_fails_while_it_comes_back_begins_again_and_a_slow_one_is_not_slowed() -> None:
    pace = Pace(10.0)
    pace.hold_back(100.0)
    pace.went_well(101.0)
    pace.hold_back(101.5)
    pace.went_well(101.6)  # too soon after it
    assert pace.room_within(102.0, 5.0) <= 6
    slow = Pace(0.5)
    slow.hold_back(100.0)
    assert len(run(slow, 60.0, [0.0])) == len(run(Pace(0.5), 60.0, [0.0]))


def test_a_new_pace_starts_empty_so_that_a_take_over_brings_no_burst() -> None:
    pace = Pace(30.0)
    pace.block_until(50.0)
    starts = run(pace, 1.0, [0.0], born=50.0)
    assert starts[0] == 50.0
    assert len([start for start in starts if start < 50.1]) <= 4
    assert len(run(Pace(30.0), 0.1, [0.0])) <= 4


def test_after_a_rest_no_more_than_a_fifth_of_a_second_is_caught_up() -> None:
    pace = Pace(30.0)
    run(pace, 2.0, [0.0])
    starts = run(pace, 0.05, [0.0], born=500.0)
    assert 1 <= len(starts) <= 9


def test_a_retry_after_is_waited_out_and_nothing_is_saved_up_meanwhile() -> None:
    pace = Pace(30.0)
    run(pace, 1.0, [0.0])
    pace.block_until(140.0)
    assert pace.next_start(105.0) == 140.0
    assert pace.room_within(105.0) == 0
    pace.block_until(120.0)
    assert pace.next_start(105.0) == 140.0
    assert len([start for start in run(pace, 40.1, [0.0]) if start < 140.1]) <= 4


@given(limit=st.floats(0.1, 200), warm=st.floats(0, 3), horizon=st.floats(0, 2))
def test_the_room_foretold_is_the_room_there_is(limit: float, warm: float, horizon: float) -> None:
    pace = Pace(limit)
    run(pace, warm, [0.003])
    now = 100.0 + warm
    room = pace.room_within(now, horizon)
    assert pace.room_within(now, horizon, most=3) == min(room, 3)
    started = 0
    while (at := pace.next_start(now)) <= 100.0 + warm + horizon:
        pace.started(at)
        now, started = at, started + 1
    assert started == room


def test_half_a_second_of_room_is_about_half_the_limit() -> None:
    pace = Pace(1_000.0)
    run(pace, 3.0, [0.0])
    assert 400 <= pace.room_within(103.0) <= 700


def test_a_pace_without_a_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Pace(0.0)


def test_a_chat_rests_for_a_second_and_others_do_not_wait_for_it() -> None:
    pace = AddressPace[int](1.0)
    pace.started(7, 10.0)
    assert pace.next_start(7, 10.2) == 11.0
    assert pace.next_start(8, 10.2) == 10.2
    assert pace.resting(10.9) == {7}
    assert pace.resting(10.9, [8]) == {7, 8}, "what is about to start rests too"
    assert pace.resting(11.0) == set()


def test_the_gaps_of_a_million_addresses_take_little_memory() -> None:
    pace = AddressPace[int](1.0)
    for number in range(50_000):
        pace.started(number, number / 1_000)
    assert len(pace) <= 1_001
    assert pace.next_start(49_999, 50.0) == pytest.approx(50.999)


def test_an_address_used_twice_is_remembered_by_its_last_use() -> None:
    pace = AddressPace[int](1.0)
    pace.started(7, 10.0)
    pace.started(8, 10.5)
    pace.started(7, 11.0)
    assert pace.resting(11.6) == {7}


def test_without_a_gap_nothing_is_remembered() -> None:
    pace = AddressPace[int](0.0)
    pace.started(7, 10.0)
    assert len(pace) == 0
    assert pace.next_start(7, 10.0) == 10.0
    assert pace.resting(10.0, [7]) == set()


def test_a_wait_that_was_asked_for_is_over_at_its_end() -> None:
    pace = Pace(10.0)
    assert not pace.is_blocked(100.0)
    pace.block_until(105.0)
    assert pace.is_blocked(104.9)
    assert not pace.is_blocked(105.0)
