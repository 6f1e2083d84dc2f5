from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.domain.errors import BadValue, UnknownClinic
from notifier.domain.incident import (
    alert_code,
    check_clinics,
    check_code,
    close_incident,
    open_incident,
    read_past,
    split_alert_code,
)
from tests.domain.cast import GROUP, NIGHT


@pytest.mark.parametrize(("text", "code"), [("HGX1", "HGX1"), (" hgx1 ", "HGX1"), ("A", "A"), ("2026", "2026")])
def test_a_code_is_one_to_four_capitals_and_digits(text: str, code: str) -> None:
    assert check_code(text) == code


@pytest.mark.parametrize("text", ["", "HGX12", "HG-1", "HGÉ1", "H X", "١٢"])
def test_any_other_code_is_refused(text: str) -> None:
    with pytest.raises(BadValue) as refused:
        check_code(text)
    assert refused.value.reason == "incident_code"


def test_clinics_are_kept_in_the_groups_order_and_none_means_all() -> None:
    assert check_clinics(["sag", "KER", "KER"], GROUP) == ("KER", "SAG")
    assert check_clinics([], GROUP) == ("KER", "SAG")
    with pytest.raises(UnknownClinic) as refused:
        check_clinics(["KER", "XYZ"], GROUP)
    assert refused.value.known == ("KER", "SAG")


def test_an_incident_is_known_before_it_is_opened_never_after() -> None:
    earlier = NIGHT - timedelta(minutes=40)
    incident = open_incident("hgx1", ["KER"], GROUP, exercise=True, aware_at=earlier, at=NIGHT, by="Dina")
    assert (incident.code, incident.exercise, incident.aware_at, incident.is_open) == ("HGX1", True, earlier, True)
    assert open_incident("hgx1", [], GROUP, exercise=False, aware_at=None, at=NIGHT, by="Dina").aware_at == NIGHT
    with pytest.raises(BadValue) as refused:
        open_incident("hgx1", [], GROUP, exercise=False, aware_at=NIGHT + timedelta(seconds=1), at=NIGHT, by="Dina")
    assert refused.value.reason == "aware_future"


def test_closing_twice_keeps_the_first_time() -> None:
    incident = open_incident("hgx1", [], GROUP, exercise=False, aware_at=None, at=NIGHT, by="Dina")
    closed = close_incident(incident, NIGHT + timedelta(hours=1))
    assert not closed.is_open
    assert close_incident(closed, NIGHT + timedelta(hours=2)).closed_at == NIGHT + timedelta(hours=1)


def test_an_alerts_code_names_its_incident_and_its_number() -> None:
    incident = open_incident("hgx1", [], GROUP, exercise=False, aware_at=None, at=NIGHT, by="Dina")
    assert alert_code(incident, 3) == "HGX1-03"
    assert alert_code("HGX1", 120) == "HGX1-120"
    for number in (0, 1_000):
        with pytest.raises(BadValue):
            alert_code(incident, number)


@pytest.mark.parametrize("number", [1, 9, 10, 99, 100, 999])
def test_a_code_that_was_made_can_be_split_again(number: int) -> None:
    assert split_alert_code(alert_code("HGX1", number).lower()) == ("HGX1", number)


@pytest.mark.parametrize("text", ["HGX1", "HGX1-", "HGX1-00", "HGX12-01", "HGX1-01-02", "-01"])
def test_what_is_no_alerts_code_is_not_split(text: str) -> None:
    assert split_alert_code(text) is None


PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("typed", "local"),
    [("22h10", "03/10 22:10"), ("21:30", "04/10 21:30"), ("04/10 21h", "04/10 21:00"), ("31/12 23h59", "31/12 23:59")],
)
def test_a_time_of_awareness_is_the_last_such_instant(typed: str, local: str) -> None:
    at = datetime(2026, 10, 4, 21, 45, tzinfo=PARIS)
    found = read_past(typed, at=at, zone=PARIS, name="aware")
    assert f"{found.astimezone(PARIS):%d/%m %H:%M}" == local
    assert found <= at


@pytest.mark.parametrize("typed", ["", "25h00", "bientôt", "31/02 10h00"])
def test_a_time_that_is_none_is_refused_by_its_field(typed: str) -> None:
    with pytest.raises(BadValue) as refused:
        read_past(typed, at=datetime(2026, 10, 4, 21, 45, tzinfo=PARIS), zone=PARIS, name="aware")
    assert (refused.value.field, refused.value.reason) == ("aware", "time")
