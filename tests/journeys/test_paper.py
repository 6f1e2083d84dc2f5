"""The theatre goes to paper: the responsible person says done or trouble, the others have read it."""

import re
from pathlib import Path

from notifier.domain.board import Standing
from tests.journeys.night import ALLA, CAST, CHAT, Member, Night, open_night
from tests.journeys.reckoning import reckon

DINA = Member("Dina", role="IBODE", on_shift=True, chat=CHAT + 4)
UWE = Member("Uwe", service="URG", role="CADRE", on_shift=True, chat=CHAT + 6)
NINA = Member("Nina", service="URG", role="IDE", on_shift=True, phone="+33639980007")
PAPER = {"avant": "23h10"}


async def test_the_responsible_person_is_asked_done_or_trouble_and_the_others_whether_they_read_it(
    database_url: str, tmp_path: Path
) -> None:
    async with open_night(database_url, tmp_path, [*CAST, DINA]) as night:
        code = await night.send("paper-bloc", "", PAPER)
        assert sorted(night.rang()) == ["Alla sms", "Alla telegram", "Dina telegram", "Relais sms"], "Boris is off duty"
        assert "1=fait 2=souci" in night.got("Alla", "sms")[0]
        assert "1=lu" in night.got("Relais", "sms")[0]
        await night.press("Dina", "J’ai lu")
        assert (await night.service(code, "BLOC")).standing is Standing.WAITING, "the responsible person's word is what counts"
        await night.press("Alla", "C’est fait")
        assert (await night.service(code, "BLOC")).standing is Standing.DONE
        await night.press("Alla", "J’ai un souci")
        line = await night.service(code, "BLOC")
        assert (line.standing, line.responsible_answer) == (Standing.TROUBLE, "trouble"), "the newest word holds"
        await reckon(night)


async def test_a_service_whose_responsible_person_cannot_be_reached_stands_out(database_url: str, tmp_path: Path) -> None:
    async with open_night(database_url, tmp_path, [*CAST, UWE, NINA]) as night:
        night.break_device("Uwe", "telegram")
        code = await night.send("paper-urgences", "", PAPER)
        assert night.rang() == ["Nina sms"]
        assert (await night.service(code, "URG")).standing is Standing.NOBODY
        assert (await night.lists(code))[0] == {"Uwe": "refused"}
        await reckon(night)


async def test_a_service_without_anybody_responsible_on_duty_stands_out_as_well(database_url: str, tmp_path: Path) -> None:
    async with open_night(database_url, tmp_path, [*CAST, NINA]) as night:
        code = await night.send("paper-urgences", "", PAPER)
        assert (await night.service(code, "URG")).standing is Standing.NOBODY
        await reckon(night)


async def test_the_theatres_instruction_goes_to_no_other_service_however_wide_the_order_is(
    database_url: str, tmp_path: Path
) -> None:
    async with open_night(database_url, tmp_path, [*CAST, UWE, NINA]) as night:
        await night.send("paper-bloc", "clinic:KER", PAPER)
        assert night.owners() == {"Alla", "Relais"}
        await reckon(night)


async def test_a_digit_answers_what_the_text_asked(night: Night) -> None:
    code = await night.send("paper-bloc", "", PAPER)
    await night.text("Alla", "« 2. »")
    assert await night.answer_of("Alla", code) == "trouble"
    await night.text("Relais", "1")
    assert await night.answer_of("Relais", code) == "read"
    await night.text("Relais", "7")
    assert await night.answer_of("Relais", code) == "read", "nothing is guessed"
    assert (await night.board(code)).board.total.answered == {"trouble": 1, "read": 1}


async def test_a_text_that_is_no_answer_puts_its_sender_on_the_list_to_call(night: Night) -> None:
    code = await night.send("paper-bloc", "", PAPER)
    assert await night.lists(code) == ({}, [])
    await night.text("Alla", "il y a de la fumée au sous-sol")
    assert await night.answer_of("Alla", code) is None
    assert await night.lists(code) == ({}, ["Alla"])
    await night.text("Alla", "1")
    assert await night.lists(code) == ({}, []), "an answer that can be read takes her off again"


async def test_two_questions_on_one_phone_are_answered_by_digits_of_their_own(night: Night) -> None:
    first, second = await night.send("first-alert"), await night.send("paper-bloc", "", PAPER)
    assert ["1=lu" in night.got("Relais", "sms")[0], "2=lu" in night.got("Relais", "sms")[1]] == [True, True]
    await night.text("Relais", "1")
    assert (await night.answer_of("Relais", first), await night.answer_of("Relais", second)) == ("read", None)
    await night.text("Relais", "2")
    assert await night.answer_of("Relais", second) == "read"


async def test_a_word_that_two_questions_offer_is_left_to_a_human(night: Night) -> None:
    first, second = await night.send("first-alert"), await night.send("paper-bloc", "", PAPER)
    await night.text("Relais", "lu")
    assert (await night.answer_of("Relais", first), await night.answer_of("Relais", second)) == (None, None)
    assert "Relais" in (await night.lists(second))[1]


async def test_the_letters_page_shows_by_get_and_counts_by_post(night: Night) -> None:
    code = await night.send("paper-bloc", "", PAPER)
    await night.pass_time(minutes=6)
    link = night.link("Alla")
    for _ in range(3):  # a mail scanner follows every link
        status, page = await night.open_page(link)
        assert status == 200
        assert not re.search(r"<input[^>]*checked", page), "nothing is chosen for her"
    async with night.session.head(link) as seen:
        assert seen.status == 200
    assert await night.answer_of("Alla", code) is None
    status, page = await night.send_page(link, "done")
    assert status == 200
    assert "Bien reçu" in page
    assert await night.answer_of("Alla", code) == "done"
    night.rang()
    await night.pass_time(minutes=20)
    assert night.rang() == []
    assert ALLA.name not in (await night.lists(code))[1]
