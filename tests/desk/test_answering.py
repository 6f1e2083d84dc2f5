"""No answer counts that the person did not give, and none is told before it is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.desk.alerting import stop_alert
from notifier.desk.answering import Fate, answer_page, press_button, read_text, show_page
from notifier.domain.delivery import Accepted, Unsure
from notifier.domain.references import make_token
from notifier.store import journal
from tests.desk.house import ALLA, BORIS, CHAT, OPERATOR, Ward, open_ward


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is asked, Boris is only informed."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    texted = await opened.turn("sms")
    await opened.turn("sms", *((row, Accepted(str(row.id))) for row in texted), room=0)
    yield opened
    await opened.desk.store.close()


async def _token(ward: Ward, purpose: str, name: str = "Alla") -> str:
    return make_token(ward.desk.vault.derive(purpose), int(str((await ward.recipient(name))["id"])))


async def _fate(ward: Ward, token: str, choice: str) -> Fate | None:
    answered = await answer_page(ward.desk, token, choice)
    return answered and answered[0].fate


async def test_a_button_counts_only_from_the_chat_it_was_sent_to(ward: Ward) -> None:
    token = await _token(ward, "buttons")
    assert (await press_button(ward.desk, f"{token}.1", CHAT + 2)).fate is Fate.FOREIGN
    assert (await ward.recipient("Alla"))["answer"] is None
    told = await press_button(ward.desk, f"{token}.1", CHAT + 1)
    assert (told.fate, told.label[-4:]) == (Fate.COUNTED, "fait")
    assert ((await ward.recipient("Alla"))["answer"], (await ward.recipient("Alla"))["answered_by"]) == ("done", "telegram")


@pytest.mark.parametrize("data", ["", ".", "x.1", "A" * 22, "A" * 22 + ".1", "A" * 22 + ".12", "é" * 22 + ".1", "1"])
async def test_any_other_reference_is_nobodys(ward: Ward, data: str) -> None:
    assert (await press_button(ward.desk, data, CHAT + 1)).fate is Fate.FOREIGN


async def test_a_digit_that_is_not_on_offer_does_not_count(ward: Ward) -> None:
    token = await _token(ward, "buttons")
    assert (await press_button(ward.desk, f"{token}.3", CHAT + 1)).fate is Fate.FOREIGN


async def test_a_second_press_changes_nothing_and_another_choice_changes_the_answer(ward: Ward) -> None:
    token = await _token(ward, "buttons")
    first = await press_button(ward.desk, f"{token}.1", CHAT + 1)
    ward.clock.pass_time(minutes=1)
    again = await press_button(ward.desk, f"{token}.1", CHAT + 1)
    assert (again.fate, again.at) == (Fate.REPEATED, first.at)
    changed = await press_button(ward.desk, f"{token}.2", CHAT + 1)
    assert changed.fate is Fate.CHANGED
    assert (await ward.recipient("Alla"))["answer"] == "trouble"


@pytest.mark.parametrize("text", ["1", " 1 ", "1.", '"1"', "n°1"])
async def test_a_lone_digit_by_text_counts_for_the_number_it_came_from(ward: Ward, text: str) -> None:
    told = await read_text(ward.desk, "0639980001", text, "sms:1")
    assert told.fate is Fate.COUNTED
    assert ((await ward.recipient("Alla"))["answer"], (await ward.recipient("Alla"))["answered_by"]) == ("done", "sms")


@pytest.mark.parametrize("text", ["", "oui", "1 2", "pas 1", "3", "9", "un", "arret cardiaque ch 12"])
async def test_any_other_text_is_left_to_a_human(ward: Ward, text: str) -> None:
    assert (await read_text(ward.desk, "+33639980001", text, "sms:1")).fate is Fate.UNREAD
    assert (await ward.recipient("Alla"))["answer"] is None


async def test_a_digit_answers_no_question_that_has_not_been_texted_yet(ward: Ward) -> None:
    await ward.send("roll-call", to="name:Alla", avant="23h20")
    assert (await read_text(ward.desk, "+33639980001", "1", "sms:1")).fate is Fate.COUNTED
    assert (await ward.recipient("Alla"))["answer"] is None, "the roll call is still in the queue"


async def test_a_word_that_two_open_questions_offer_is_left_to_a_human(ward: Ward) -> None:
    for before in ("23h20", "23h40"):
        await ward.send("roll-call", to="name:Alla", avant=before)
        heard = await ward.turn("sms")
        await ward.turn("sms", *((row, Accepted(str(row.id))) for row in heard), room=0)
    assert (await read_text(ward.desk, "+33639980001", "absent", "sms:1")).fate is Fate.UNREAD
    assert (await read_text(ward.desk, "+33639980001", "7", "sms:2")).fate is Fate.COUNTED, "only the newest asks under a 7"
    assert (await read_text(ward.desk, "+33639980001", "absent", "sms:3")).fate is Fate.COUNTED, "now one question is left"
    assert (await ward.recipient("Alla"))["answer"] == "help"


async def test_a_word_is_no_answer_to_a_text_that_may_never_have_arrived_while_another_one_offers_it(ward: Ward) -> None:
    await ward.send("roll-call", to="name:Alla", avant="23h20")
    heard = await ward.turn("sms")
    await ward.turn("sms", *((row, Accepted(str(row.id))) for row in heard), room=0)
    await read_text(ward.desk, "+33639980001", "3", "sms:0")
    await ward.send("roll-call", to="name:Alla", avant="23h40")
    (asked,) = await ward.turn("sms")
    lost = (asked, Unsure("cut"))
    await ward.turn("sms", lost, room=0)
    assert (await read_text(ward.desk, "+33639980001", "absent", "sms:1")).fate is Fate.UNREAD, (
        "her change of mind, or the second?"
    )
    assert (await read_text(ward.desk, "+33639980001", "8", "sms:2")).fate is Fate.COUNTED, "only the second asks under an 8"


async def test_a_text_from_an_unknown_number_is_nobodys(ward: Ward) -> None:
    for sender in ("+33639989999", "Clinique", ""):
        assert (await read_text(ward.desk, sender, "1", f"sms:{sender}")).fate is Fate.FOREIGN


async def test_the_same_text_delivered_twice_counts_once(ward: Ward) -> None:
    await read_text(ward.desk, "+33639980001", "1", "sms:77")
    assert (await read_text(ward.desk, "+33639980001", "2", "sms:77")).fate is Fate.REPEATED
    assert (await ward.recipient("Alla"))["answer"] == "done"


async def test_whoever_was_not_asked_cannot_answer(ward: Ward) -> None:
    await ward.send(suite="23h30")
    assert (await read_text(ward.desk, "+33639980002", "1", "sms:2")).fate is Fate.UNREAD
    token = await _token(ward, "buttons", "Boris")
    assert (await press_button(ward.desk, f"{token}.1", CHAT + 2)).fate is Fate.FOREIGN


async def test_the_page_shows_whose_it_is_and_changes_nothing_by_being_looked_at(ward: Ward) -> None:
    token = await _token(ward, "links")
    pages = [await show_page(ward.desk, token) for _ in range(10)]
    page = pages[-1]
    assert page is not None
    assert (page.shown, page.alert, [choice.key for choice in page.choices]) == ("Alla L.", "HGX1-01", ["done", "trouble"])
    assert page.answer is None
    assert await _fate(ward, token, "nonsense") is Fate.FOREIGN
    assert await _fate(ward, token, "done") is Fate.COUNTED
    assert await _fate(ward, "x" * 22, "done") is None
    assert await show_page(ward.desk, "x" * 22) is None


async def test_an_answer_after_the_alert_was_stopped_is_kept_and_does_not_count(ward: Ward) -> None:
    token = await _token(ward, "links")
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    assert await _fate(ward, token, "done") is Fate.LATE
    assert (await ward.recipient("Alla"))["answer"] is None


async def test_answers_that_come_at_once_count_in_their_order_and_each_for_its_own_person(ward: Ward) -> None:
    token = await _token(ward, "links")
    choices = [(token, "done"), (token, "trouble"), ("x" * 22, "done"), (token, "nonsense"), (token, "trouble")]
    fates = await asyncio.gather(*(_fate(ward, whose, choice) for whose, choice in choices))
    assert fates == [Fate.COUNTED, Fate.CHANGED, None, Fate.FOREIGN, Fate.REPEATED]
    assert (await ward.recipient("Alla"))["answer"] == "trouble"
    entries = await ward.desk.store.read(journal.read_entries)
    assert [entry.facts["choice"] for entry in reversed(entries) if entry.act == "answer"] == ["done", "trouble"]


async def test_a_press_that_is_told_twice_at_once_counts_once(ward: Ward) -> None:
    token = await _token(ward, "buttons")
    told = await asyncio.gather(*(press_button(ward.desk, f"{token}.{digit}", CHAT + 1, "bot:7") for digit in (1, 2)))
    assert [one.fate for one in told] == [Fate.COUNTED, Fate.REPEATED]
    assert (await ward.recipient("Alla"))["answer"] == "done"
