from datetime import timedelta

import pytest

from notifier.domain.drain import Load, check_drain, estimate_drain
from notifier.domain.errors import CreditShort, WouldOutlast

BOT = Load("bot", messages=760, parts=760, per_second=30.0)
TEXTS = Load("ovh", messages=1_140, parts=1_500, per_second=10.0, cents=6.5, credit=2_000)
HOUR = timedelta(hours=1)


def test_the_slowest_lane_gives_the_time_and_all_lanes_the_price() -> None:
    drain = estimate_drain([BOT, TEXTS])
    assert drain.seconds == pytest.approx(114.0)
    assert drain.cents == pytest.approx(9_750.0)
    assert drain.parts == 2_260
    assert [lane.lane for lane in drain.lanes] == ["bot", "ovh"]


def test_what_already_waits_on_the_lane_leaves_first() -> None:
    assert estimate_drain([Load("bot", 30, 30, 30.0, waiting=3_000)]).seconds == pytest.approx(101.0)


def test_a_lane_with_nothing_to_carry_stops_nobody() -> None:
    assert check_drain([BOT, Load("ovh", 0, 0, 0.05, credit=0, waiting=9_000)], HOUR).seconds < 30


def test_nothing_to_send_takes_no_time() -> None:
    assert estimate_drain([]).seconds == 0.0
    assert not estimate_drain([]).outlasts(timedelta(0))


def test_a_drain_longer_than_the_words_are_true_is_refused_with_its_facts() -> None:
    phone = Load("android", 300, 300, 200 / 3_600)
    assert estimate_drain([BOT, phone]).outlasts(HOUR)
    with pytest.raises(WouldOutlast) as refused:
        check_drain([BOT, phone], HOUR)
    assert refused.value.lane == "android"
    assert refused.value.drain_seconds == pytest.approx(5_400.0)
    assert refused.value.life_seconds == 3_600.0
    assert check_drain([BOT, phone], 2 * HOUR).seconds == pytest.approx(5_400.0)


def test_a_credit_that_falls_short_is_refused_by_parts_and_not_by_messages() -> None:
    short = Load("ovh", messages=1_140, parts=1_500, per_second=10.0, credit=1_499)
    with pytest.raises(CreditShort) as refused:
        check_drain([BOT, short], HOUR)
    assert (refused.value.lane, refused.value.needed, refused.value.left) == ("ovh", 1_500, 1_499)
    assert check_drain([TEXTS], HOUR).parts == 1_500
