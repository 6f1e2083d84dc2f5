"""No hour of anybody brings more messages than are allowed, and none waits longer than it must."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.load import HOUR, leaves_at

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)


def minute(number: int) -> datetime:
    return NIGHT + timedelta(minutes=number)


def test_one_more_than_the_limit_leaves_an_hour_after_the_oldest() -> None:
    others = [minute(0), minute(10), minute(20)]
    assert leaves_at(minute(25), others[:2], 3) == minute(25)
    assert leaves_at(minute(25), others, 3) == minute(60)
    assert leaves_at(minute(61), others, 3) == minute(61), "the oldest is an hour old"


def test_what_waits_already_counts_in_the_hour_in_which_it_will_leave() -> None:
    held = [minute(60), minute(60)]
    assert leaves_at(minute(30), held, 2) == minute(120), "at once it would make three in the hour to minute 60"
    assert leaves_at(minute(0), held, 2) == minute(0)


@given(wanted=st.lists(st.integers(0, 240), max_size=25), limit=st.integers(1, 4))
def test_no_hour_gets_more_than_the_limit_however_messages_come(wanted: list[int], limit: int) -> None:
    leaving: list[datetime] = []
    for number in sorted(wanted):
        at = leaves_at(minute(number), leaving, limit)
        assert at >= minute(number)
        leaving.append(at)
        assert all(sum(end - HOUR < other <= end for other in leaving) <= limit for end in leaving)
