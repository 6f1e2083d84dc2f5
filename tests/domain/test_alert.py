from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.alert import QUIET_UNTIL, SENDS, AlertState, life_ends, local_instant, may_become, move_alert, release_at
from notifier.domain.errors import ChangedSince

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour of summer time
ALLOWED = {
    (AlertState.DRAFT, AlertState.APPROVED),
    (AlertState.DRAFT, AlertState.STOPPED),
    (AlertState.APPROVED, AlertState.MET),
    (AlertState.APPROVED, AlertState.STOPPED),
    (AlertState.APPROVED, AlertState.ENDED),
    (AlertState.MET, AlertState.STOPPED),
    (AlertState.MET, AlertState.ENDED),
}


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("wanted", AlertState)
def test_only_the_tables_ways_lead_from_state_to_state(state: AlertState, wanted: AlertState) -> None:
    assert may_become(state, wanted) is ((state, wanted) in ALLOWED)
    if may_become(state, wanted):
        assert move_alert("HGX1-03", state, wanted) is wanted
    else:
        with pytest.raises(ChangedSince):
            move_alert("HGX1-03", state, wanted)


def test_only_an_approved_alert_sends() -> None:
    assert frozenset({AlertState.APPROVED}) == SENDS


@pytest.mark.parametrize(
    ("at", "released"),
    [
        ("2026-10-04T22:45", "2026-10-05T06:00"),
        ("2026-10-05T03:12", "2026-10-05T06:00"),
        ("2026-10-05T06:00", "2026-10-05T06:00"),
        ("2026-10-05T06:00:01", "2026-10-06T06:00"),
        ("2026-12-31T23:59", "2027-01-01T06:00"),
        ("2027-03-27T23:00", "2027-03-28T06:00"),
        ("2027-10-30T23:00", "2027-10-31T06:00"),
    ],
)
def test_who_is_not_woken_is_told_at_six(at: str, released: str) -> None:
    found = release_at(paris(at), woken=False, vital=False, quiet_until=QUIET_UNTIL, zone=PARIS)
    assert found == paris(released)
    assert found.tzinfo is UTC


def test_alla_on_duty_and_a_vital_alert_wait_for_nothing() -> None:
    at = paris("2026-10-04T22:45")
    assert release_at(at, woken=True, vital=False, quiet_until=QUIET_UNTIL, zone=PARIS) == at
    assert release_at(at, woken=False, vital=True, quiet_until=QUIET_UNTIL, zone=PARIS) == at


@pytest.mark.parametrize(
    ("at", "released"),
    [
        ("2026-10-04T14:00", "2026-10-04T14:00"),
        ("2026-10-04T20:59", "2026-10-04T20:59"),
        ("2026-10-04T21:00", "2026-10-05T06:00"),
        ("2026-10-05T05:59", "2026-10-05T06:00"),
        ("2026-10-05T06:00", "2026-10-05T06:00"),
    ],
)
def test_with_a_beginning_the_quiet_hours_are_the_night_only(at: str, released: str) -> None:
    found = release_at(paris(at), woken=False, vital=False, quiet_until=time(6), zone=PARIS, quiet_from=time(21))
    assert found == paris(released)


def test_quiet_hours_may_lie_within_one_day() -> None:
    kept = {"woken": False, "vital": False, "quiet_until": time(14), "quiet_from": time(12)}
    assert release_at(paris("2026-10-04T13:00"), zone=PARIS, **kept) == paris("2026-10-04T14:00")  # type: ignore[arg-type]
    assert release_at(paris("2026-10-04T15:00"), zone=PARIS, **kept) == paris("2026-10-04T15:00")  # type: ignore[arg-type]


def test_a_skipped_time_gives_the_next_valid_instant() -> None:
    assert local_instant(date(2027, 3, 28), time(2, 30), PARIS) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert local_instant(date(2027, 3, 28), time(2, 0), PARIS) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert local_instant(date(2027, 10, 3), time(2, 10), LORD_HOWE) == datetime(2027, 10, 2, 15, 30, tzinfo=UTC)
    assert local_instant(date(2011, 12, 30), time(6), ZoneInfo("Pacific/Apia")) == datetime(2011, 12, 30, 10, tzinfo=UTC)


def test_a_repeated_time_gives_the_first_of_the_two() -> None:
    assert local_instant(date(2027, 10, 31), time(2, 30), PARIS) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert local_instant(date(2027, 4, 4), time(1, 45), LORD_HOWE) == datetime(2027, 4, 3, 14, 45, tzinfo=UTC)


@given(
    at=st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC)),
    wall=st.times().map(lambda wall: wall.replace(microsecond=0)),
    name=st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "America/St_Johns", "UTC"]),
)
def test_a_release_lies_within_the_next_day_and_its_hour(at: datetime, wall: time, name: str) -> None:
    zone = ZoneInfo(name)
    released = release_at(at, woken=False, vital=False, quiet_until=wall, zone=zone)
    assert at <= released <= at + timedelta(hours=25)
    local = released.astimezone(zone)
    gap = timedelta(hours=1)
    assert timedelta(0) <= local.replace(tzinfo=None) - datetime.combine(local.date(), wall) <= gap


def test_life_counts_from_the_release_and_not_from_the_alert() -> None:
    released = release_at(paris("2026-10-04T22:45"), woken=False, vital=False, quiet_until=time(6), zone=PARIS)
    assert life_ends(released, timedelta(hours=2)) == paris("2026-10-05T08:00")
