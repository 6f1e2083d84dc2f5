"""Two open questions to one person are told apart by their digits: a late answer to the older one is never the newer one's."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.desk.alerting import preview_alert, send_alert, stop_alert
from notifier.desk.answering import Fate, press_button, read_text
from notifier.desk.handling import note_answer
from notifier.desk.planning import Order
from notifier.domain.delivery import Accepted
from notifier.domain.errors import ChangedSince
from notifier.domain.lane import LaneSettings
from notifier.domain.references import make_token
from notifier.store import alerts, tables
from tests.desk.house import ALLA, CHAT, LANES, OPERATOR, Member, Ward, open_ward

ALLAS, HANAS = "+33639980001", "+33639980004"
HANA = Member("Hana", phone=HANAS)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla has been asked on paper (fait, souci) and is then asked whether she is there; Hana is asked the second only."""
    opened = await open_ward(database_url, tmp_path, [ALLA, HANA])
    await _ask(opened, "paper-bloc", "name:Alla", "23h10")
    await _ask(opened, "roll-call", "all", "23h20")
    yield opened
    await opened.desk.store.close()


async def _ask(ward: Ward, template: str, to: str, before: str) -> None:
    await ward.send(template, to=to, avant=before)
    texted = await ward.turn("sms")
    await ward.turn("sms", *((row, Accepted(str(row.id))) for row in texted), room=0)


async def _texts(ward: Ward, name: str) -> list[str]:
    """The frozen words that one of the cast was texted, the oldest first."""
    query = (
        select(tables.wordings.c.text)
        .join(tables.outbox, tables.outbox.c.wording == tables.wordings.c.id)
        .join(tables.recipients, tables.recipients.c.id == tables.outbox.c.recipient)
        .join(tables.alerts, tables.alerts.c.id == tables.recipients.c.alert)
        .where(tables.recipients.c.person == ward.people[name], tables.outbox.c.channel == "sms")
        .order_by(tables.alerts.c.number)
    )
    return list(await ward.desk.store.read(lambda tx: tx.execute(query).scalars().all()))


async def _answers(ward: Ward, name: str = "Alla") -> list[str | None]:
    """What somebody has answered, the oldest question first."""
    rows = await ward.desk.store.read(lambda tx: alerts.asked_of(tx, [ward.people[name]]))
    return [row.answer for row in reversed(rows)]


async def test_the_words_sent_tell_the_digits_that_count(ward: Ward) -> None:
    first, second = await _texts(ward, "Alla")
    assert "1=fait 2=souci" in first
    assert "3=présent 4=besoin d'aide 5=absent" in second
    assert "1=présent 2=besoin d'aide 3=absent" in (await _texts(ward, "Hana"))[0]


async def test_what_is_sent_is_one_of_the_wordings_that_were_previewed_and_approved(ward: Ward) -> None:
    order = Order("roll-call", "HGX1", "all", {"avant": "23h30"})
    plan = (await preview_alert(ward.desk, OPERATOR, order)).plan
    await send_alert(ward.desk, OPERATOR, order, at=plan.at, expects=plan.hash)
    await ward.turn("sms")
    frozen = {wording.text for wording in plan.wordings}
    assert {(await _texts(ward, name))[-1] for name in ("Alla", "Hana")} <= frozen
    assert {each.person.id: each.digits for each in plan.called} == {ward.people["Alla"]: "678", ward.people["Hana"]: "456"}


async def test_each_digit_answers_its_own_question_in_any_order(ward: Ward) -> None:
    assert (await read_text(ward.desk, ALLAS, "5", "sms:1")).label == "Absent du site"
    assert await _answers(ward) == [None, "absent"]
    assert (await read_text(ward.desk, ALLAS, "2", "sms:2")).fate is Fate.COUNTED
    assert await _answers(ward) == ["trouble", "absent"]
    assert (await read_text(ward.desk, HANAS, "3", "sms:3")).label == "Absent du site"
    assert (await read_text(ward.desk, HANAS, "4", "sms:4")).fate is Fate.UNREAD, "nobody asked Hana under a 4"


async def test_a_late_answer_to_the_older_alert_goes_to_it_though_the_newer_one_waits(ward: Ward) -> None:
    ward.clock.pass_time(minutes=50)
    assert (await read_text(ward.desk, ALLAS, "1", "sms:1")).fate is Fate.COUNTED
    assert await _answers(ward) == ["done", None]


async def test_an_answer_to_an_alert_that_was_stopped_is_kept_with_it_and_is_no_answer_to_the_newest(ward: Ward) -> None:
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    assert (await read_text(ward.desk, ALLAS, "1", "sms:1")).fate is Fate.LATE
    assert await _answers(ward) == [None, None]
    kept = await ward.desk.store.read(lambda tx: tx.execute(select(tables.answers.c.choice, tables.answers.c.held)).all())
    assert [tuple(row) for row in kept] == [("done", False)]


@pytest.mark.parametrize("lanes", [LANES, LANES[:2], LANES[1::-1]])
async def test_buttons_do_not_mind_the_digits_of_texts(ward: Ward, lanes: tuple[LaneSettings, ...]) -> None:
    ward.desk = replace(ward.desk, lanes=lanes)
    await _ask(ward, "roll-call", "name:Alla", "23h40")
    alla = await ward.recipient("Alla")
    token = make_token(ward.desk.vault.derive("buttons"), int(str(alla["id"])))
    assert (await press_button(ward.desk, f"{token}.3", CHAT + 1)).fate is Fate.COUNTED
    assert await _answers(ward) == [None, None, "absent"]


async def test_whoever_notes_an_answer_by_its_digit_means_the_one_that_the_person_was_shown(ward: Ward) -> None:
    noted = await note_answer(ward.desk, OPERATOR, "HGX1-02", "KER", "Alla", "5")
    assert (noted.fate, noted.label) == (Fate.COUNTED, "Absent du site")


async def test_an_alert_that_left_in_between_by_another_incident_makes_it_another_plan(ward: Ward) -> None:
    order = Order("roll-call", "HGX1", "name:Hana", {"avant": "23h30"})
    plan = (await preview_alert(ward.desk, OPERATOR, order)).plan
    await ward.desk.store.write(
        lambda tx: tx.execute(
            tables.recipients.update().where(tables.recipients.c.person == ward.people["Hana"]).values(digits="456")
        )
    )
    await ward.send("paper-bloc", to="name:Alla", avant="23h40")
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, order, at=plan.at, expects=plan.hash)
