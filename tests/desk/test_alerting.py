"""An order becomes a durable alert for everybody at once, exactly as it was shown, or nothing happens at all."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from notifier.desk.alerting import preview_alert, send_alert, stop_alert
from notifier.desk.planning import Order
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.delivery import Accepted
from notifier.domain.errors import (
    BadValue,
    ChangedSince,
    EmptyAudience,
    Forbidden,
    MissingWords,
    NotApproved,
    UnknownAlert,
    UnknownIncident,
    UnknownTemplate,
    WouldOutlast,
)
from notifier.domain.people import Channel
from notifier.store import contacts, tables
from notifier.store.transaction import Tx, open_store
from tests.desk.house import ALLA, BORIS, OPERATOR, Member, Ward, fill_in, open_ward

FIRST = Order("first-alert", "HGX1", "all", {"suite": "23h30"})


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """The cast at 22h45."""
    opened = await open_ward(database_url, tmp_path)
    yield opened
    await opened.desk.store.close()


async def _count(ward: Ward) -> list[int]:
    def count(tx: Tx) -> list[int]:
        counted = (tables.alerts, tables.recipients, tables.outbox)
        return [tx.execute(select(func.count()).select_from(table)).scalar_one() for table in counted]

    return await ward.desk.store.read(count)


async def test_a_preview_says_who_is_called_and_who_is_woken_and_writes_nothing(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    assert sorted(each.person.given_name for each in preview.plan.called) == ["Alla", "Boris", "Relais bloc"]
    assert (preview.people, preview.woken, preview.held) == (3, 2, 0), "the first alert is vital: nobody waits"
    assert preview.by_channel == {Channel.TELEGRAM: 2, Channel.SMS: 3, Channel.EMAIL: 2}
    assert preview.refusal is None
    assert preview.unleased == ("telegram", "sms", "email")
    assert await _count(ward) == [0, 0, 0]


async def test_a_sent_alert_is_whole_in_one_transaction(ward: Ward) -> None:
    raised = await ward.send(suite="23h30")
    assert (raised.code, raised.people) == ("HGX1-01", 3)
    assert await ward.rows("Alla") == [(0, "sms", "queued"), (0, "telegram", "queued")], "red and woken: both at once"
    assert await ward.rows("Boris") == [(0, "telegram", "queued")], "not woken: one by one"
    assert await ward.rows("Clara") == [], "another clinic"


async def test_relay_posts_are_called_first(ward: Ward) -> None:
    await ward.send(suite="23h30")
    first = (await ward.turn("sms", room=1))[0]
    assert first.person == ward.people["Relais bloc"]


async def test_the_same_form_sent_twice_is_one_alert(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    order = Order(FIRST.template, FIRST.incident, FIRST.audience, FIRST.values, form_key="press-1")
    first = await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    again = await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    assert (again.code, again.again) == (first.code, True)
    assert (await _count(ward))[0] == 1


async def test_what_was_shown_is_what_is_sent_or_nothing_is(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    changed = Order("first-alert", "HGX1", "all", {"suite": "23h45"})
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, changed, at=preview.plan.at, expects=preview.plan.hash)
    ward.clock.pass_time(minutes=11)
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, FIRST, at=preview.plan.at, expects=preview.plan.hash)
    assert await _count(ward) == [0, 0, 0]


def _lose_boris(ward: Ward, tx: Tx) -> None:
    tx.execute(delete(tables.addresses).where(tables.addresses.c.person == ward.people["Boris"]))
    tx.execute(delete(tables.people).where(tables.people.c.id == ward.people["Boris"]))
    contacts.clear_plan(tx, [])


async def test_a_change_of_the_contacts_after_the_preview_is_seen(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    await ward.desk.store.write(partial(_lose_boris, ward))
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, FIRST, at=preview.plan.at, expects=preview.plan.hash)
    assert await _count(ward) == [0, 0, 0]


async def test_an_import_that_is_being_written_at_the_send_takes_away_no_address_that_is_kept(
    ward: Ward, database_url: str
) -> None:
    begun, seen = threading.Event(), threading.Event()
    mine = tables.addresses.c.person == ward.people["Boris"]

    def take_mail_away(tx: Tx) -> None:
        contacts.clear_plan(tx, [])
        tx.execute(delete(tables.addresses).where(mine, tables.addresses.c.channel == "email"))
        begun.set()
        seen.wait()

    async def import_elsewhere() -> None:
        store = open_store(database_url)
        await store.write(take_mail_away)
        await store.close()

    await ward.desk.store.write(lambda tx: contacts.clear_plan(tx, []))  # contacts always have been changed once
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    importing = asyncio.create_task(asyncio.to_thread(asyncio.run, import_elsewhere()))
    await asyncio.to_thread(begun.wait)
    sending = asyncio.create_task(send_alert(ward.desk, OPERATOR, FIRST, at=preview.plan.at, expects=preview.plan.hash))
    await asyncio.wait([sending], timeout=0.5)
    seen.set()
    await asyncio.gather(importing, sending)
    channels = (await ward.recipient("Boris"))["channels"]
    assert isinstance(channels, dict)
    assert sorted(channels) == ["sms", "telegram"]


async def test_an_address_that_has_died_since_the_preview_is_not_used(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    chats = update(tables.addresses).where(tables.addresses.c.channel == "telegram")
    await ward.desk.store.write(
        lambda tx: tx.execute(chats.where(tables.addresses.c.person == ward.people["Boris"]).values(dead_at=ward.clock.now()))
    )
    await send_alert(ward.desk, OPERATOR, FIRST, at=preview.plan.at, expects=preview.plan.hash)
    assert await ward.rows("Boris") == [(0, "sms", "queued")]


async def test_of_two_previews_with_one_number_one_is_sent(ward: Ward) -> None:
    first = await preview_alert(ward.desk, OPERATOR, FIRST)
    other = Order("first-alert", "HGX1", "clinic:KER", {"suite": "23h30"})
    second = await preview_alert(ward.desk, OPERATOR, other)
    await send_alert(ward.desk, OPERATOR, FIRST, at=first.plan.at, expects=first.plan.hash)
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, other, at=second.plan.at, expects=second.plan.hash)
    assert (await _count(ward))[0] == 1


async def test_a_preview_that_nobody_has_kept_is_planned_again_and_sent(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    at, expects = preview.plan.at, preview.plan.hash
    del preview
    gc.collect()
    raised = await send_alert(ward.desk, OPERATOR, FIRST, at=at, expects=expects)
    assert (raised.people, raised.queued) == (3, 4)


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (Order("first-alrt", "HGX1", "all"), UnknownTemplate),
        (Order("first-alert", "NOPE", "all", {"suite": "23h30"}), UnknownIncident),
        (Order("first-alert", "HGX1", "all"), MissingWords),
        (Order("first-alert", "HGX1", "all", {"suite": "bientôt"}), BadValue),
        (Order("first-alert", "HGX1", "clinic:SAG", {"suite": "23h30"}), EmptyAudience),
        (Order("first-alert", "HGX1", "name:Clara", {"suite": "23h30"}), EmptyAudience),
    ],
)
async def test_a_bad_order_is_refused_by_its_field_and_nothing_is_half_done(
    ward: Ward, order: Order, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await preview_alert(ward.desk, OPERATOR, order)
    assert await _count(ward) == [0, 0, 0]


async def test_free_text_and_templates_not_approved_beforehand_need_a_second_person(ward: Ward) -> None:
    order = Order("all-clear", "HGX1", "all", fill_in(ward.desk.library().template("all-clear")))
    preview = await preview_alert(ward.desk, OPERATOR, order)
    assert isinstance(preview.refusal, NotApproved)
    with pytest.raises(NotApproved):
        await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    assert await _count(ward) == [0, 0, 0]


async def test_whoever_may_not_send_cannot(ward: Ward) -> None:
    cadre = Actor("Eva", frozenset({Role.CADRE}), Face.CLI)
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    with pytest.raises(Forbidden):
        await send_alert(ward.desk, cadre, FIRST, at=preview.plan.at, expects=preview.plan.hash)


async def test_an_alert_that_would_leave_too_late_is_blocked_at_the_preview(ward: Ward) -> None:
    ward.desk.lanes = tuple(replace(lane, per_second=0.0001) for lane in ward.desk.lanes)
    with pytest.raises(WouldOutlast):
        await preview_alert(ward.desk, OPERATOR, FIRST)


async def test_stopping_cancels_what_waits_and_counts_what_left(ward: Ward) -> None:
    await ward.send(suite="23h30")
    wired = await ward.turn("telegram", room=1)
    left, kept = await stop_alert(ward.desk, OPERATOR, "hgx1-1")
    assert (left, kept) == (1, 3)
    assert not await ward.turn("sms")
    await ward.turn("telegram", (wired[0], Accepted("7")))
    assert "accepted" in {state for _, _, state in await ward.rows("Alla") + await ward.rows("Boris")}
    with pytest.raises(ChangedSince):
        await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    with pytest.raises(UnknownAlert):
        await stop_alert(ward.desk, OPERATOR, "HGX1-77")


async def test_in_band_mail_never_counts_and_is_never_sent_to(database_url: str, tmp_path: Path) -> None:
    lone = Member("Fanny", in_band_mail="fanny@hgx.example")
    ward = await open_ward(database_url, tmp_path, [ALLA, lone])
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    assert [(person.given_name, cause) for person, cause in preview.unreachable] == [("Fanny", "in_band")]
    await ward.send(suite="23h30")
    assert await ward.rows("Fanny") == []
    assert (await ward.recipient("Fanny"))["cause"] == "no_channel", "listed at once"
    await ward.desk.store.close()


async def test_a_stale_plan_wakes_relays_and_the_on_call_list_only(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, planned=False)
    preview = await preview_alert(ward.desk, OPERATOR, FIRST)
    assert preview.plan.duty.stale == {"KER"}
    assert [each.person.given_name for each in preview.plan.called if each.woken] == ["Relais bloc"]
    await ward.desk.store.close()


async def test_information_that_is_not_vital_waits_for_the_morning_of_those_off_duty(ward: Ward) -> None:
    order = Order("first-alert", "HGX1", "all", {"suite": "23h30"}, vital=False)
    preview = await preview_alert(ward.desk, OPERATOR, order)
    held = [each for each in preview.plan.called if each.release_at > preview.plan.at]
    assert [(each.person.given_name, each.release_at.hour) for each in held] == [(BORIS.name, 4)], "06h00 in Quimper"
    assert held[0].expires_at - held[0].release_at == preview.plan.template.life
