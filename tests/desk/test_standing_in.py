"""Whoever stays silent is stood in for: deputies of the service, then the cadre of a named one, then somebody calls by hand."""

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from notifier.desk import escalating
from notifier.desk.alerting import Raised, preview_alert, send_alert, stop_alert
from notifier.desk.answering import Fate, press_button
from notifier.desk.escalating import sweep
from notifier.desk.planning import Order
from notifier.desk.showing import list_missing, show_board
from notifier.desk.standing_in import DEPUTIES, Deputies, Wanted, call_in
from notifier.domain.delivery import Accepted, Refused, RefusedFor
from notifier.domain.errors import BadAudience, BadValue, ChangedSince, EmptyAudience
from notifier.domain.people import Channel
from notifier.domain.references import make_token
from notifier.store import alerts, journal, tables
from notifier.store.transaction import Tx
from tests.desk.house import ALLA, BORIS, CHAT, LIBRARY, OPERATOR, Member, Ward, fill_in, open_ward

DINA = Member("Dina", role="IDE", chat=CHAT + 21, language="en")
OFF = Member("Olaf", role="IDE", chat=CHAT + 22, on_shift=False)
ELSEWHERE = Member("Eva", role="IDE", service="URG", chat=CHAT + 23)
CHIEF = Member("Chloé", role="CADRE", service="URG", chat=CHAT + 24)
ORDER = Order("first-alert", "HGX1", "name:Alla", {"suite": "23h30"}, deputies="role:IDE", cadre="URG")
WHOLE = 11  # minutes: Telegram and SMS together, then e-mail, five minutes each, and what a round takes


async def _open(url: str, home: Path, *cast: Member) -> Ward:
    """Alla's service, and another one of her clinic."""
    ward = await open_ward(url, home, cast)
    facts = {"name": "Urgences", "sms_name": "URG", "responsible_role": "CADRE", "need": {}}

    def add(tx: Tx) -> None:
        tx.execute(insert(tables.services).values(clinic="KER", code="URG", position=1, facts=facts))

    await ward.desk.store.write(add)
    return ward


async def _send(ward: Ward, order: Order = ORDER) -> Raised:
    preview = await preview_alert(ward.desk, OPERATOR, order)
    return await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is called; Dina of her service and Chloé of the emergency ward stand by. Olaf sleeps, Eva belongs elsewhere."""
    opened = await _open(database_url, tmp_path, ALLA, BORIS, DINA, OFF, ELSEWHERE, CHIEF)
    await _send(opened)
    yield opened
    await opened.desk.store.close()


async def _deliver(ward: Ward) -> None:
    for lane in ("telegram", "sms", "email"):
        took = await ward.turn(lane)
        await ward.turn(lane, *((row, Accepted("id")) for row in took), room=0)


async def _pass(ward: Ward, minutes: int) -> None:
    """Everything arrives, and nobody answers."""
    for _ in range(minutes):
        await _deliver(ward)
        ward.clock.pass_time(minutes=1)
        while (await sweep(ward.desk)).more:
            pass
    await _deliver(ward)


async def _press(ward: Ward, member: Member) -> Fate:
    recipient = int(str((await ward.recipient(member.name))["id"]))
    token = make_token(ward.desk.vault.derive("buttons"), recipient)
    return (await press_button(ward.desk, f"{token}.1", member.chat or 0)).fate


async def _by_hand(ward: Ward) -> set[str]:
    lists = await list_missing(ward.desk, OPERATOR, "HGX1-01")
    return {line.person.given_name for line in lists.by_hand}


async def test_deputies_then_the_cadre_then_the_list_to_be_called_by_hand(ward: Ward) -> None:
    await _pass(ward, WHOLE - 2)
    assert await ward.rows("Dina") == [], "Alla still has time"
    await _pass(ward, 2)
    assert (await ward.rows("Dina"), await ward.rows("Chloé")) == ([(0, "telegram", "accepted")], [])
    assert await _by_hand(ward) == set()
    await _pass(ward, WHOLE)
    assert await ward.rows("Chloé") == [(0, "telegram", "accepted")]
    assert "Alla" not in await _by_hand(ward), "the cadre has not stayed silent yet"
    await _pass(ward, 2 * WHOLE)
    assert await _by_hand(ward) == {"Alla", "Dina", "Chloé"}
    assert await ward.rows("Dina") == [(0, "telegram", "accepted")], "each is called once"


async def test_who_stands_by_is_shown_before_and_counted_only_once_called(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, ORDER)
    assert (preview.people, [(each.person.given_name, each.rank) for each in preview.plan.standing_by]) == (
        1, [("Dina", 1), ("Chloé", 2)],
    )  # fmt: skip
    before = await show_board(ward.desk, OPERATOR, "HGX1-01")
    assert (before.board.total.total, before.board.total.asked, before.delivery.people) == (1, 1, 1)
    with pytest.raises(EmptyAudience):
        await preview_alert(ward.desk, OPERATOR, replace(ORDER, audience="called:HGX1-01 name:Dina"))
    await _pass(ward, WHOLE)
    after = await show_board(ward.desk, OPERATOR, "HGX1-01")
    assert (after.board.total.total, after.board.total.asked, after.delivery.people) == (2, 2, 2)
    again = await preview_alert(ward.desk, OPERATOR, replace(ORDER, audience="called:HGX1-01"))
    assert {each.person.given_name for each in again.plan.called} == {"Alla", "Dina"}


async def test_the_words_of_whoever_stands_in_were_frozen_when_the_alert_was_raised(ward: Ward) -> None:
    alert = (await ward.desk.store.read(alerts.list_alerts))[0]
    frozen = await ward.desk.store.read(lambda tx: alerts.wordings_of(tx, alert.id))
    await _pass(ward, WHOLE)
    sent = select(tables.outbox.c.wording).join(tables.recipients, tables.recipients.c.id == tables.outbox.c.recipient)
    dinas = sent.where(tables.recipients.c.person == ward.people["Dina"])
    [wording] = await ward.desk.store.read(lambda tx: tx.execute(dinas).scalars().all())
    assert frozen[wording].language == "en"


async def test_a_deputys_answer_spares_the_cadre_and_the_call(ward: Ward) -> None:
    await _pass(ward, WHOLE)
    assert await _press(ward, DINA) is Fate.COUNTED
    await _pass(ward, 4 * WHOLE)
    assert (await ward.rows("Chloé"), await _by_hand(ward)) == ([], set())
    total = (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total
    assert (total.answers, total.silent) == (1, 1), "Alla has not answered, and the board does not say so"


async def test_an_answer_in_time_calls_nobody_else(ward: Ward) -> None:
    await _pass(ward, WHOLE - 3)
    assert await _press(ward, ALLA) is Fate.COUNTED
    await _pass(ward, 3 * WHOLE)
    assert (await ward.rows("Dina"), await ward.rows("Chloé"), await _by_hand(ward)) == ([], [], set())


async def test_a_stop_calls_nobody_who_stands_by(ward: Ward) -> None:
    await _deliver(ward)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    await _pass(ward, 3 * WHOLE)
    assert (await ward.rows("Dina"), await _by_hand(ward)) == ([], set())


async def test_whoever_no_channel_takes_is_listed_and_stood_in_for_at_once(ward: Ward) -> None:
    for _ in range(3):
        for lane in ("telegram", "sms", "email"):
            took = await ward.turn(lane)
            ended = [(row, Refused(RefusedFor.BLOCKED, dead=True)) for row in took if row.person == ward.people["Alla"]]
            await ward.turn(lane, *ended, room=0)
        while (await sweep(ward.desk)).more:
            pass
    assert (await ward.recipient("Alla"))["cause"] == "refused"
    assert [(step, channel) for step, channel, _ in await ward.rows("Dina")] == [(0, "telegram")]


async def test_whoever_has_no_channel_at_all_is_stood_in_for_at_once(database_url: str, tmp_path: Path) -> None:
    ward = await _open(database_url, tmp_path, Member("Alla", role="CADRE"), DINA)
    await _send(ward, replace(ORDER, cadre=""))
    while (await sweep(ward.desk)).more:
        pass
    assert [(step, channel) for step, channel, _ in await ward.rows("Dina")] == [(0, "telegram")]
    assert (await ward.recipient("Alla"))["cause"] == "no_channel"
    await _pass(ward, WHOLE)
    assert await _by_hand(ward) == {"Alla", "Dina"}
    await ward.desk.store.close()


async def test_a_crash_before_they_are_called_only_delays_them(ward: Ward) -> None:
    def die(_wanted: Mapping[Wanted, Collection[int]], _at: datetime, _tx: Tx) -> None:
        raise RuntimeError("the process dies here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(escalating, "call_in", die)
        with pytest.raises(RuntimeError):
            await _pass(ward, WHOLE)
    assert await ward.rows("Dina") == []
    await _pass(ward, 1)
    assert await ward.rows("Dina") == [(0, "telegram", "accepted")]


async def test_an_answer_between_the_round_and_the_call_calls_nobody(ward: Ward) -> None:
    await _pass(ward, WHOLE - 2)
    alla, dina = [int(str((await ward.recipient(name))["id"])) for name in ("Alla", "Dina")]
    alert = (await ward.desk.store.read(alerts.list_alerts))[0].id
    wanted = {(alert, DEPUTIES, "KER", "BLOC"): {alla}}
    await _press(ward, ALLA)
    await ward.desk.store.write(partial(call_in, wanted, ward.clock.now()))
    assert (await ward.recipient("Dina"))["called_at"] is None
    await ward.desk.store.write(partial(call_in, {key: {alla, dina} for key in wanted}, ward.clock.now()))
    assert (await ward.recipient("Dina"))["called_at"] == ward.clock.now(), "somebody else of hers is silent"


async def test_who_stands_by_is_part_of_what_was_shown(database_url: str, tmp_path: Path) -> None:
    ward = await _open(database_url, tmp_path, replace(ALLA, volunteer=True), DINA, CHIEF)
    preview = await preview_alert(ward.desk, OPERATOR, ORDER)
    other = replace(ORDER, cadre="")
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, other, at=preview.plan.at, expects=preview.plan.hash)
    for wrong in (replace(ORDER, deputies="role:NOBODY"), replace(ORDER, cadre="XXX")):
        with pytest.raises(BadAudience):
            await preview_alert(ward.desk, OPERATOR, wrong)
    recall = fill_in(ward.desk.library().template("recall"))
    with pytest.raises(BadValue) as refused:
        await preview_alert(ward.desk, OPERATOR, Order("recall", "HGX1", "all", recall, deputies="role:IDE"))
    assert refused.value.reason == "not_chased"
    await ward.desk.store.close()


async def test_the_templates_own_steps_are_climbed_with_their_own_patience(database_url: str, tmp_path: Path) -> None:
    ward = await _open(database_url, tmp_path, ALLA, DINA)
    shipped = LIBRARY()
    steps = (((Channel.SMS,), timedelta(minutes=2)), ((Channel.TELEGRAM,), timedelta(minutes=8)))
    other = replace(shipped.template("first-alert"), steps=steps, deputies="role:IDE")
    ward.desk.library = lambda: replace(shipped, templates={**shipped.templates, "first-alert": other})
    await _send(ward, Order("first-alert", "HGX1", "name:Alla", {"suite": "23h30"}))
    assert await ward.rows("Alla") == [(0, "sms", "queued")]
    await _pass(ward, 2)
    assert await ward.rows("Alla") == [(0, "sms", "accepted"), (1, "telegram", "accepted")]
    await _pass(ward, 12)  # and by e-mail, which the steps do not name, with the template's patience
    assert (len(await ward.rows("Alla")), await ward.rows("Dina")) == (3, [])
    await _pass(ward, 1)
    assert await ward.rows("Dina") == [(0, "telegram", "accepted")]
    await ward.desk.store.close()


CELL = Order("cell-call-up", "HGX1", "name:Alla", {"lieu": "Salle 2", "heure": "23h30", "niveau": "site"})
DEPUTY = replace(DINA, tags=("Suppléant",))
COMING, NO = 1, 3


async def _answer(ward: Ward, member: Member, digit: int) -> Fate:
    recipient = int(str((await ward.recipient(member.name))["id"]))
    token = make_token(ward.desk.vault.derive("buttons"), recipient)
    return (await press_button(ward.desk, f"{token}.{digit}", member.chat or 0)).fate


async def _call_up(url: str, home: Path, *cast: Member, order: Order = CELL) -> Ward:
    """Alla has been called to the cell, and her message has arrived."""
    ward = await _open(url, home, ALLA, *cast)
    await _send(ward, order)
    await _deliver(ward)
    return ward


async def _round(ward: Ward) -> None:
    while (await sweep(ward.desk)).more:
        pass


async def test_no_call_my_deputy_has_him_called_at_once_and_not_those_of_others(database_url: str, tmp_path: Path) -> None:
    ward = await _call_up(database_url, tmp_path, DEPUTY, BORIS, replace(ELSEWHERE, tags=("suppléant",)))
    await _round(ward)
    assert await ward.rows("Dina") == [], "nobody has asked for her yet"
    mine = await ward.rows("Alla")
    assert await _answer(ward, ALLA, NO) is Fate.COUNTED
    await _round(ward)
    assert await ward.rows("Dina") == [(0, "telegram", "queued")]
    await _pass(ward, 4 * WHOLE)
    assert len(await ward.rows("Alla")) == len(mine), "whoever has answered gets no copy more"
    assert await _by_hand(ward) == {"Dina"}, "and is not called by hand"
    view = await show_board(ward.desk, OPERATOR, "HGX1-01")
    assert view.deputies == Deputies(asked=1, missing=0)
    told = [entry.facts for entry in await ward.desk.store.read(journal.read_entries) if entry.act == "alert.called_in"]
    assert told == [{"alert": "HGX1-01", "rank": 1, "clinic": "KER", "service": "BLOC", "people": 1}]
    await ward.desk.store.close()


async def test_a_deputy_who_is_prevented_too_has_the_cadre_called_at_once(database_url: str, tmp_path: Path) -> None:
    ward = await _call_up(database_url, tmp_path, DEPUTY, CHIEF, order=replace(CELL, cadre="URG"))
    await _answer(ward, ALLA, NO)
    await _round(ward)
    assert await ward.rows("Chloé") == []
    await _answer(ward, DEPUTY, NO)
    await _round(ward)
    assert len(await ward.rows("Chloé")) == 1
    await ward.desk.store.close()


async def test_whoever_comes_after_all_before_the_round_has_nobody_called(database_url: str, tmp_path: Path) -> None:
    ward = await _call_up(database_url, tmp_path, DEPUTY)
    await _answer(ward, ALLA, NO)
    assert await _answer(ward, ALLA, COMING) is Fate.CHANGED
    await _pass(ward, 2 * WHOLE)
    assert await ward.rows("Dina") == []
    await ward.desk.store.close()


async def test_a_deputy_who_comes_spares_the_cadre(database_url: str, tmp_path: Path) -> None:
    ward = await _call_up(database_url, tmp_path, DEPUTY, CHIEF, order=replace(CELL, cadre="URG"))
    await _answer(ward, ALLA, NO)
    await _pass(ward, 1)
    await _answer(ward, DEPUTY, COMING)
    await _pass(ward, 3 * WHOLE)
    assert await ward.rows("Chloé") == []
    await ward.desk.store.close()


async def test_where_nobody_is_a_deputy_the_board_says_so(database_url: str, tmp_path: Path) -> None:
    ward = await _call_up(database_url, tmp_path, DINA)
    await _answer(ward, ALLA, NO)
    await _pass(ward, 1)
    view = await show_board(ward.desk, OPERATOR, "HGX1-01")
    assert (view.deputies, await ward.rows("Dina")) == (Deputies(asked=1, missing=1), [])
    await ward.desk.store.close()


async def test_a_stopped_alert_calls_no_deputy(database_url: str, tmp_path: Path) -> None:
    ward = await _call_up(database_url, tmp_path, DEPUTY)
    await _answer(ward, ALLA, NO)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    await _pass(ward, WHOLE)
    assert await ward.rows("Dina") == []
    await ward.desk.store.close()
