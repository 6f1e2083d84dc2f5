"""A call for volunteers leaves alone whoever ought to rest, says so before it is sent, and calls them only for a reason."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.answering import press_button
from notifier.desk.planning import Order
from notifier.desk.showing import list_compensations
from notifier.domain.errors import BadAudience, ChangedSince, EverybodyRests, GuardedWords, UnknownIncident
from notifier.domain.references import make_token
from notifier.domain.rest import Spared
from notifier.store import journal, tables
from notifier.store.ids import new_id
from notifier.store.transaction import Tx
from tests.desk.house import ALLA, CHAT, NIGHT, OPERATOR, Member, Ward, open_ward

NEED = {"metier": "ibode", "nombre": "2", "lieu": "Accueil", "debut": "23h30", "fin": "07h00"}
TIRED = Member("Tino", on_shift=False, volunteer=True, chat=CHAT + 7)
NEXT = Member("Nora", on_shift=False, volunteer=True, chat=CHAT + 8)
FREE = Member("Fanny", on_shift=False, volunteer=True, chat=CHAT + 9)
SLOTS = {"Tino": ("poste", -9, -1), "Nora": ("poste", 9, 17)}  # hours from 22h45


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla works tonight, Tino worked until 21h45, Nora begins at 7h45, Fanny is free; all have volunteered."""
    opened = await open_ward(database_url, tmp_path, [replace(ALLA, volunteer=True), TIRED, NEXT, FREE])

    def plan(tx: Tx) -> None:
        for name, (kind, first, last) in SLOTS.items():
            slot = {"kind": kind, "starts": NIGHT + timedelta(hours=first), "ends": NIGHT + timedelta(hours=last)}
            tx.execute(insert(tables.slots).values(id=new_id(), person=opened.people[name], **slot))

    await opened.desk.store.write(plan)
    yield opened
    await opened.desk.store.close()


def _recall(reason: str = "", to: str = "") -> Order:
    return Order("recall", "HGX1", to, NEED, despite_rest=reason)


async def test_who_ought_to_rest_is_left_alone_and_told_of_before(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, _recall())
    assert {each.person.given_name for each in preview.plan.called} == {"Alla", "Fanny"}
    spared = {person.given_name: why for person, why in preview.plan.spared}
    assert spared == {"Tino": Spared.RESTING, "Nora": Spared.NEXT_SHIFT}
    raised = await send_alert(ward.desk, OPERATOR, _recall(), at=preview.plan.at, expects=preview.plan.hash)
    assert raised.people == 2
    assert await list_compensations(ward.desk, OPERATOR, "HGX1") == ()


async def test_a_reason_calls_them_all_and_stands_in_the_journal_and_in_the_report(ward: Ward) -> None:
    order = _recall("plan blanc, deux blocs ouverts")
    preview = await preview_alert(ward.desk, OPERATOR, order)
    assert preview.people == 4
    raised = await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    recipient = await ward.recipient("Tino")
    token = make_token(ward.desk.vault.derive("buttons"), int(str(recipient["id"])))
    await press_button(ward.desk, f"{token}.1", CHAT + 7)
    owed = await list_compensations(ward.desk, OPERATOR, "hgx1")
    assert [(line.alert.code, line.person.given_name, line.rest, line.answer) for line in owed] == [
        (raised.code, "Nora", Spared.NEXT_SHIFT, None), (raised.code, "Tino", Spared.RESTING, "within_30"),
    ]  # fmt: skip
    assert {(line.alert.raised_by, line.alert.despite_rest) for line in owed} == {(OPERATOR.person, order.despite_rest)}
    entries = await ward.desk.store.read(journal.read_entries)
    sent = next(entry for entry in entries if entry.act == "alert.send")
    assert (sent.facts["spared"], sent.facts["despite_rest"]) == (2, order.despite_rest)


async def test_the_reason_is_part_of_what_was_shown(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, _recall())
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, _recall("autre"), at=preview.plan.at, expects=preview.plan.hash)


async def test_a_call_to_nobody_but_those_who_rest_is_refused_with_their_number(ward: Ward) -> None:
    with pytest.raises(EverybodyRests) as refused:
        await preview_alert(ward.desk, OPERATOR, _recall(to="name:Tino"))
    assert refused.value.people == 1


async def test_a_reason_says_nothing_that_must_not_be_kept(ward: Ward) -> None:
    with pytest.raises(GuardedWords):
        await preview_alert(ward.desk, OPERATOR, _recall("la rançon est de 2 millions"))


async def test_an_incident_that_never_was_has_no_report(ward: Ward) -> None:
    with pytest.raises(UnknownIncident):
        await list_compensations(ward.desk, OPERATOR, "HGX9")


async def test_a_call_for_volunteers_goes_by_waves(database_url: str, tmp_path: Path) -> None:
    """On site, on call, then by the way to work."""
    ways = {"Loin": ">60", "Près": "<30", "Milieu": "30-60", "Sans": None, "Astreinte": ">60", "Sur place": ">60"}
    cast = [
        Member(name, on_shift=name == "Sur place", volunteer=True, chat=CHAT + place) for place, name in enumerate(ways, start=10)
    ]
    ward = await open_ward(database_url, tmp_path, cast)

    def plan(tx: Tx) -> None:
        people = tables.people
        for name, way in ways.items():
            tx.execute(update(people).where(people.c.id == ward.people[name]).values(travel=way))
        call = {"kind": "astreinte", "starts": NIGHT - timedelta(hours=1), "ends": NIGHT + timedelta(hours=9)}
        tx.execute(insert(tables.slots).values(id=new_id(), person=ward.people["Astreinte"], **call))

    await ward.desk.store.write(plan)
    preview = await preview_alert(ward.desk, OPERATOR, _recall())
    assert [each.person.given_name for each in preview.plan.called] == [
        "Sur place", "Astreinte", "Près", "Milieu", "Loin", "Sans",
    ]  # fmt: skip
    near = await preview_alert(ward.desk, OPERATOR, _recall(to="trajet:<30,30-60"))
    assert {each.person.given_name for each in near.plan.called} == {"Près", "Milieu"}
    with pytest.raises(BadAudience):
        await preview_alert(ward.desk, OPERATOR, _recall(to="trajet:10"))
    await ward.desk.store.close()


async def test_other_messages_ask_nobody_to_rest(ward: Ward) -> None:
    preview = await preview_alert(ward.desk, OPERATOR, Order("first-alert", "HGX1", "all", {"suite": "23h30"}))
    assert (preview.people, preview.plan.spared) == (4, ())
