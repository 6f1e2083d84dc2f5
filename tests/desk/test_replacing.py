"""A cancellation, as a correction, stops what it is about in the same instant, and goes to everybody whom that called."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.desk.alerting import preview_alert, send_alert, stop_alert
from notifier.desk.escalating import sweep
from notifier.desk.incidents import open_incident
from notifier.desk.planning import Order
from notifier.domain.alert import AlertState
from notifier.domain.delivery import Accepted
from notifier.domain.errors import BadValue, MissingWords
from notifier.store import alerts, journal
from tests.desk.house import OPERATOR, Ward, open_ward


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """A first alert to everybody, of which Boris's message has left."""
    opened = await open_ward(database_url, tmp_path)
    await opened.send(suite="23h30")
    for row in await opened.turn("telegram"):
        if row.person == opened.people["Boris"]:
            await opened.turn("telegram", (row, Accepted("1")), room=0)
    yield opened
    await opened.desk.store.close()


def _cancel(number: str = "1", to: str = "") -> Order:
    return Order("cancel", "HGX1", to, {"message": number, "cause": "erreur"})


async def _state(ward: Ward, code: str) -> str:
    alert = await ward.desk.store.read(lambda tx: alerts.find_alert(tx, code=code))
    assert alert is not None
    return alert.state


async def test_a_cancellation_goes_to_everybody_whom_the_alert_called_and_stops_it(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, _cancel())
    assert {each.person.given_name for each in preview.plan.called} == {"Alla", "Boris", "Relais bloc"}
    assert (preview.plan.replaces, preview.plan.left_out) == ("HGX1-01", 0)
    assert await _state(ward, "HGX1-01") == AlertState.APPROVED, "a preview stops nothing"
    raised = await send_alert(ward.desk, OPERATOR, _cancel(), at=preview.plan.at, expects=preview.plan.hash)
    assert (raised.code, raised.people) == ("HGX1-02", 3)
    assert (await _state(ward, "HGX1-01"), await _state(ward, "HGX1-02")) == (AlertState.STOPPED, AlertState.APPROVED)
    waiting = await ward.rows("Relais bloc")
    assert waiting == [(0, "sms", "cancelled"), (0, "sms", "queued")]
    acts = await ward.desk.store.read(lambda tx: [entry for entry in journal.read_entries(tx) if entry.act == "alert.stop"])
    assert [(entry.facts["alert"], entry.facts["replaced_by"]) for entry in acts] == [("HGX1-01", "HGX1-02")]


async def test_nobody_of_it_climbs_any_more(ward: Ward) -> None:
    await ward.send("cancel", to="", message="HGX1-1", cause="perime")
    ward.clock.pass_time(minutes=30)
    await sweep(ward.desk)
    first = [row for row in await ward.rows("Boris") if row[2] == "accepted"]
    assert first == [(0, "telegram", "accepted")]
    assert {step for step, _, state in await ward.rows("Relais bloc") if state == "cancelled"} == {0}


async def test_who_is_left_out_is_counted_before_it_is_sent(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, _cancel(to="on-duty"))
    assert (preview.people, preview.plan.left_out) == (2, 1)


async def test_what_was_stopped_already_can_still_be_cancelled_in_words(ward: Ward) -> None:
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    await ward.send("cancel", to="", message="1", cause="erreur")
    assert await _state(ward, "HGX1-02") == AlertState.APPROVED


@pytest.mark.parametrize("number", ["2", "HGX2-01", "999", "EXO1-01"])
async def test_only_a_message_of_this_incident_that_was_sent_can_be_cancelled(ward: Ward, number: str) -> None:
    await open_incident(ward.desk, OPERATOR, "EXO1", ["KER"], exercise=True)
    with pytest.raises(BadValue) as refused:
        await preview_alert(ward.desk, OPERATOR, _cancel(number, "all"))
    assert (refused.value.field, refused.value.reason) == ("message", "message")


async def test_a_cancellation_of_nothing_is_refused(ward: Ward) -> None:
    with pytest.raises(MissingWords):
        await preview_alert(ward.desk, OPERATOR, Order("cancel", "HGX1", "all", {"cause": "erreur"}))
