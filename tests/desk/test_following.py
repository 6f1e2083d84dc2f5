"""An alert is followed up: sent again to whoever is silent, was not reached, or has answered something, as its board has it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.answering import press_button
from notifier.desk.escalating import sweep
from notifier.desk.incidents import open_incident
from notifier.desk.planning import Order
from notifier.desk.showing import show_board
from notifier.domain.delivery import Accepted, Refused, RefusedFor
from notifier.domain.errors import BadAudience, EmptyAudience
from notifier.domain.people import Language
from notifier.domain.references import make_token
from notifier.prose import explain
from tests.desk.house import ALLA, CHAT, OPERATOR, Member, Ward, open_ward

DINA = Member("Dina", chat=CHAT + 4)
EMIL = Member("Emil", chat=CHAT + 5)
FANNY = Member("Fanny", on_shift=False, chat=CHAT + 6)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """A roll call that is out: Alla and Dina have answered, Emil has it and is silent, Fanny sleeps, Boris was not reached."""
    boris = Member("Boris", chat=CHAT + 2)
    opened = await open_ward(database_url, tmp_path, [ALLA, boris, DINA, EMIL, FANNY])
    await opened.send("roll-call", to="all", avant="23h20")
    for lane in ("telegram", "sms", "email"):
        for row in await opened.turn(lane):
            lost = row.person == opened.people["Boris"]
            await opened.turn(lane, (row, Refused(RefusedFor.BLOCKED, dead=True) if lost else Accepted("1")))
    await sweep(opened.desk)
    await _press(opened, ALLA, 1)
    await _press(opened, DINA, 2)
    yield opened
    await opened.desk.store.close()


async def _press(ward: Ward, who: Member, digit: int) -> None:
    recipient = await ward.recipient(who.name)
    token = make_token(ward.desk.vault.derive("buttons"), int(str(recipient["id"])))
    assert who.chat is not None
    await press_button(ward.desk, f"{token}.{digit}", who.chat)


async def _meant(ward: Ward, audience: str) -> set[str]:
    order = Order("first-alert", "HGX1", audience, {"suite": "23h30"})
    return {each.person.given_name for each in (await preview_alert(ward.desk, OPERATOR, order)).plan.called}


MEANT = {
    "silent:HGX1-01": {"Emil"},
    "muets:hgx1-1": {"Emil"},
    "non-joints:HGX1-01": {"Boris"},
    "answered:HGX1-01": {"Alla", "Dina"},
    "répondu:HGX1-01=present": {"Alla"},
    "answered:HGX1-01=2": {"Dina"},
    'répondu:"HGX1-01=présent et en sécurité"': {"Alla"},
    "answered:HGX1-01=present,HGX1-01=help": {"Alla", "Dina"},
    "called:HGX1-01 not silent:HGX1-01": {"Alla", "Dina", "Boris", "Fanny"},
    "silent:HGX1-01 or failed:HGX1-01": {"Emil", "Boris"},
    "called:HGX1-01 role:CADRE": {"Alla"},
}
REFUSED = {
    "silent:HGX1-09": "unknown_alert",
    "silent:nothing": "unknown_alert",
    "silent:HGX2-01": "unknown_alert",
    "silent:HGX1-01=1": "unknown_alert",
    "answered:HGX1-01=perhaps": "unknown_answer",
    "answered:HGX1-01=": "unknown_answer",
}


async def test_who_is_meant_is_who_the_board_counts(ward: Ward) -> None:
    assert {audience: await _meant(ward, audience) for audience in MEANT} == MEANT


async def test_the_silent_are_as_many_as_the_board_says(ward: Ward) -> None:
    total = (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total
    assert total.silent == len(await _meant(ward, "silent:HGX1-01"))
    assert total.listed == len(await _meant(ward, "failed:HGX1-01"))
    assert total.answers == len(await _meant(ward, "answered:HGX1-01"))


async def test_who_sleeps_is_never_silent(ward: Ward) -> None:
    with pytest.raises(EmptyAudience) as nobody:
        await _meant(ward, "silent:HGX1-01 name:Fanny")
    assert "tableau de l'alerte" in explain(nobody.value, Language.FR), "nobody silent is no fault of the contacts"


async def test_an_answer_between_preview_and_send_does_not_undo_what_was_shown(ward: Ward) -> None:
    order = Order("first-alert", "HGX1", "silent:HGX1-01", {"suite": "23h30"})
    preview = await preview_alert(ward.desk, OPERATOR, order)
    await _press(ward, EMIL, 1)
    raised = await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    assert raised.people == 1
    with pytest.raises(EmptyAudience):
        await _meant(ward, "silent:HGX1-01")


async def test_what_names_no_alert_or_no_answer_of_it_is_refused_where_it_stands(ward: Ward) -> None:
    await open_incident(ward.desk, OPERATOR, "HGX2", ["KER"], exercise=False)
    for audience, reason in REFUSED.items():
        with pytest.raises(BadAudience) as refused:
            await _meant(ward, audience)
        assert refused.value.reason == reason
        assert audience[refused.value.position - 1 :] == audience.partition(":")[2]


async def test_an_alert_of_another_incident_is_not_followed_up_here(ward: Ward) -> None:
    """Its people may be at other clinics, and exercise and real never mix."""
    await open_incident(ward.desk, OPERATOR, "EXO1", ["KER"], exercise=True)
    with pytest.raises(BadAudience):
        await preview_alert(ward.desk, OPERATOR, Order("first-alert", "EXO1", "silent:HGX1-01", {"suite": "23h30"}))
