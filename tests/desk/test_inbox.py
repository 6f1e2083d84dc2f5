"""What no rule can read waits for a person, once and sealed; what somebody else notes counts at its real time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from notifier.desk.alerting import stop_alert
from notifier.desk.answering import Fate, read_text
from notifier.desk.erasing import erase_person
from notifier.desk.handling import Letter, close_letter, note_answer, read_inbox, take_letter
from notifier.desk.inbox import KEPT, purge_inbox
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.delivery import Accepted
from notifier.domain.errors import BadValue, Forbidden, UnknownAlert, UnknownPerson
from notifier.store import tables
from tests.desk.house import ALLA, BORIS, NIGHT, OPERATOR, Member, Ward, open_ward

ALLAS, BORISS, NOBODYS = "+33639980001", "+33639980002", "+33639989999"
HANA = Member("Hana", on_shift=True, phone="+33639980004")


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla and Hana are asked by text whether they are there, Boris is not."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS, HANA])
    await _ask(opened)
    yield opened
    await opened.desk.store.close()


async def _ask(ward: Ward, template: str = "roll-call", to: str = "service:BLOC on-duty") -> str:
    raised = await ward.send(template, to=to, avant="23h20")
    texted = await ward.turn("sms")
    await ward.turn("sms", *((row, Accepted(str(row.id))) for row in texted), room=0)
    return raised.code


async def _letters(ward: Ward) -> list[Letter]:
    return await read_inbox(ward.desk, OPERATOR)


async def _held(ward: Ward, name: str = "Alla") -> tuple[object, object, object]:
    row = await ward.recipient(name)
    return row["answer"], row["answered_by"], row["answered_at"]


async def test_a_digit_with_more_words_counts_and_is_read(ward: Ward) -> None:
    assert (await read_text(ward.desk, ALLAS, "1 mais apres 18h", "sms:1")).fate is Fate.COUNTED
    assert (await _held(ward))[:2] == ("present", "sms")
    assert [(one.name, one.text, one.alert) for one in await _letters(ward)] == [("Alla L.", "1 mais apres 18h", "HGX1-01")]


@pytest.mark.parametrize("text", ["1 pas avant 9h", "1 2", "pas dispo", "ok mais en route", "xyz", "nom", "4", "stop"])
async def test_what_no_rule_reads_waits_for_a_person_and_records_nothing(ward: Ward, text: str) -> None:
    assert (await read_text(ward.desk, ALLAS, text, "sms:1")).fate is Fate.UNREAD
    assert (await _held(ward))[0] is None
    (letter,) = await _letters(ward)
    assert (letter.text, letter.sender, letter.emergency) == (text, "sms:…001", False)


async def test_clinical_words_come_first_whoever_wrote_them(ward: Ward) -> None:
    for place, (sender, text) in enumerate(((ALLAS, "oui mais"), (NOBODYS, "arret cardiaque ch 12"), (BORISS, "1"))):
        await read_text(ward.desk, sender, text, f"sms:{place}")
        ward.clock.pass_time(minutes=1)
    found = [(one.emergency, one.name, one.alert, one.text) for one in await _letters(ward)]
    assert found == [
        (True, "", "", "arret cardiaque ch 12"),
        (False, "Alla L.", "HGX1-01", "oui mais"),
        (False, "Boris LE GOFF", "", "1"),
    ]


async def test_a_text_that_is_told_twice_waits_once_and_an_empty_one_not_at_all(ward: Ward) -> None:
    for event in ("sms:1", "sms:1", "sms:2"):
        await read_text(ward.desk, ALLAS, "je ne sais pas" if event == "sms:1" else " ", event)
    assert len(await _letters(ward)) == 1
    assert (await ward.recipient("Hana"))["by_hand_at"] is None


async def test_no_word_of_a_text_and_no_number_lies_open(ward: Ward) -> None:
    await read_text(ward.desk, ALLAS, "oui mais seulement demain", "sms:1")

    def everything(tx: object) -> str:
        return "".join(repr(tx.execute(select(table)).all()) for table in tables.metadata.sorted_tables)  # type: ignore[attr-defined]

    told = await ward.desk.store.read(everything)
    assert "seulement" not in told
    assert "39980001" not in told


async def test_an_operator_records_what_a_text_says_at_the_time_it_came_in(ward: Ward) -> None:
    await read_text(ward.desk, ALLAS, "oui mais", "sms:1")
    came, (letter,) = ward.clock.now(), await _letters(ward)
    ward.clock.pass_time(minutes=5)
    with pytest.raises(BadValue):
        await take_letter(ward.desk, OPERATOR, letter.number, "perhaps")
    noted = await take_letter(ward.desk, OPERATOR, letter.number, "present")
    assert (noted.fate, noted.name, noted.alert) == (Fate.COUNTED, "Alla L.", "HGX1-01")
    assert await _held(ward) == ("present", "by_hand", came)
    assert await _letters(ward) == []
    with pytest.raises(BadValue):
        await take_letter(ward.desk, OPERATOR, letter.number, "present")


async def test_a_text_that_may_be_about_two_questions_is_recorded_for_the_one_that_is_named(ward: Ward) -> None:
    second = await _ask(ward, to="name:Alla")
    await read_text(ward.desk, ALLAS, "présent", "sms:1")
    (letter,) = await _letters(ward)
    assert letter.alert == ""
    with pytest.raises(BadValue):
        await take_letter(ward.desk, OPERATOR, letter.number, "present")
    assert (await take_letter(ward.desk, OPERATOR, letter.number, "4", second)).alert == second


async def test_a_late_answer_to_an_older_alert_is_attached_to_that_alert(ward: Ward) -> None:
    ward.clock.pass_time(minutes=30)
    await _ask(ward, "paper-bloc", to="name:Alla")
    assert (await read_text(ward.desk, ALLAS, "3", "sms:1")).fate is Fate.COUNTED
    assert (await _held(ward))[0] is None, "the newest alert offers no 3"
    noted = await note_answer(ward.desk, OPERATOR, "HGX1-01", "KER", "Alla", "1", "23h01")
    assert noted.alert == "HGX1-01"
    assert (await _held(ward))[0] is None


async def test_the_words_are_gone_a_day_after_they_were_handled_and_not_before(ward: Ward) -> None:
    for place, text in enumerate(("oui mais", "non mais")):
        await read_text(ward.desk, ALLAS, text, f"sms:{place}")
    first, _ = await _letters(ward)
    await close_letter(ward.desk, OPERATOR, first.number)
    ward.clock.at += KEPT - timedelta(seconds=1)
    assert await purge_inbox(ward.desk) == 0
    ward.clock.pass_time(seconds=1)
    assert await purge_inbox(ward.desk) == 1
    table = tables.inbox
    gone = select(func.count()).where(
        table.c.text_sealed.is_(None), table.c.sender_sealed.is_(None), table.c.sender_blind.is_(None)
    )
    assert await ward.desk.store.read(lambda tx: tx.execute(gone).scalar_one()) == 1
    assert [one.text for one in await _letters(ward)] == ["non mais"], "what nobody handled stays"


async def test_whoever_is_erased_leaves_no_text(ward: Ward) -> None:
    await read_text(ward.desk, ALLAS, "oui mais", "sms:1")
    await read_text(ward.desk, BORISS, "hein", "sms:2")
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    await erase_person(ward.desk, OPERATOR, "KER", "Alla")
    await erase_person(ward.desk, OPERATOR, "KER", "Boris")
    assert await ward.desk.store.read(lambda tx: tx.execute(select(func.count()).select_from(tables.inbox)).scalar_one()) == 0


async def test_an_answer_by_telephone_counts_at_its_real_time(ward: Ward) -> None:
    ward.clock.pass_time(minutes=20)
    noted = await note_answer(ward.desk, OPERATOR, "hgx1-01", "ker", "Alla", "absent", "22h50")
    assert noted.fate is Fate.COUNTED
    assert await _held(ward) == ("absent", "by_hand", NIGHT + timedelta(minutes=5))
    assert {state for _, channel, state in await ward.rows("Alla") if channel != "sms"} <= {"cancelled"}


@pytest.mark.parametrize("given", ["22h44", "23h50", "05/10 22h50", "now"])
async def test_no_answer_is_noted_before_its_alert_or_in_the_future(ward: Ward, given: str) -> None:
    with pytest.raises(BadValue):
        await note_answer(ward.desk, OPERATOR, "HGX1-01", "KER", "Alla", "absent", given)
    assert (await _held(ward))[0] is None


async def test_an_answer_is_noted_only_for_whoever_was_asked_and_by_whoever_may(ward: Ward) -> None:
    for code, who, wrong in (
        ("HGX1-09", "Alla", UnknownAlert),
        ("HGX1-01", "Zoe", UnknownPerson),
        ("HGX1-01", "Boris", BadValue),
    ):
        with pytest.raises(wrong):
            await note_answer(ward.desk, OPERATOR, code, "KER", who, "absent")
    admin = Actor("Axel", frozenset({Role.ADMIN}), Face.CLI)
    with pytest.raises(Forbidden):
        await note_answer(ward.desk, admin, "HGX1-01", "KER", "Alla", "absent")
    with pytest.raises(Forbidden):
        await read_inbox(ward.desk, admin)


async def test_an_answer_given_before_the_alert_was_stopped_counts_also_when_it_is_noted_after(ward: Ward) -> None:
    ward.clock.pass_time(minutes=10)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    ward.clock.pass_time(minutes=10)
    assert (await note_answer(ward.desk, OPERATOR, "HGX1-01", "KER", "Alla", "absent", "23h00")).fate is Fate.LATE
    assert (await note_answer(ward.desk, OPERATOR, "HGX1-01", "KER", "Alla", "present", "22h50")).fate is Fate.COUNTED
    assert (await _held(ward))[0] == "present"


async def test_whatever_the_order_of_arrival_the_newest_by_real_time_holds(ward: Ward, seed: int) -> None:
    chance = Random(seed)
    given: list[tuple[int, str]] = []  # minute after the alert and choice, in order of arrival
    now = 0
    for arrival in range(40):
        span = chance.randrange(3)
        now += span
        ward.clock.pass_time(minutes=span)
        choice = chance.choice(("present", "absent"))
        if chance.random() < 0.3:
            await read_text(ward.desk, ALLAS, choice, f"sms:{arrival}")
            given.append((now, choice))
        else:
            minute = chance.randint(max(0, now - 10), now)
            await note_answer(
                ward.desk, OPERATOR, "HGX1-01", "KER", "Alla", choice, f"{22 + (45 + minute) // 60}h{(45 + minute) % 60:02}"
            )
            given.append((minute, choice))
        newest = max(minute for minute, _ in given)
        assert (await _held(ward))[0] == [choice for minute, choice in given if minute == newest][-1], (seed, given)
    kept = select(func.count()).select_from(tables.answers)
    assert await ward.desk.store.read(lambda tx: tx.execute(kept).scalar_one()) == len(given), "the history has every answer"
