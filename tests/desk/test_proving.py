"""An answer by text is of low assurance; where a template asks for the message's code, none counts without it."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.desk.alerting import stop_alert
from notifier.desk.answering import Fate, press_button, read_text
from notifier.desk.handling import read_inbox
from notifier.desk.proving import TRIES, TRIES_IN_ALL
from notifier.desk.shipped import shipped
from notifier.desk.showing import list_missing, show_board
from notifier.domain.codes import verification_code
from notifier.domain.delivery import Accepted
from notifier.domain.references import make_token
from notifier.rendering import load_library
from notifier.rendering.stamping import stamp_template
from notifier.store import journal, tables
from tests.desk.house import ALLA, CHAT, OPERATOR, Member, Ward, open_ward

ALLAS, HANAS = "+33639980001", "+33639980004"
HANA = Member("Hana", phone=HANAS)
MANY = tuple(Member(f"M{place}", phone=f"+336399801{place:02d}") for place in range(TRIES_IN_ALL // TRIES + 1))


async def _open(url: str, home: Path, cast: tuple[Member, ...], *, strict: bool = True) -> Ward:
    """A ward that has been texted a roll call; ``strict`` where its template asks for the code."""
    ward = await open_ward(url, home, cast)
    folder = home / "templates"
    shutil.copytree(shipped("templates"), folder)
    if strict:
        path = folder / "roll-call" / "template.toml"
        path.write_text(path.read_text(encoding="utf-8").replace("deadline =", "sms_code = true\ndeadline ="), encoding="utf-8")
        stamp_template(load_library(folder), "roll-call", by="Hélène Kervadec", on=date(2026, 10, 1))
    library = load_library(folder)
    ward.desk = replace(ward.desk, library=lambda: library)
    await ward.send("roll-call", avant="23h20")
    texted = await ward.turn("sms", room=500)
    await ward.turn("sms", *((row, Accepted(str(row.id))) for row in texted), room=0)
    return ward


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla and Hana have to prove that the text was theirs."""
    opened = await _open(database_url, tmp_path, (ALLA, HANA))
    yield opened
    await opened.desk.store.close()


def _code(ward: Ward, name: str = "Alla", number: int = 1) -> str:
    return verification_code(ward.desk.vault.derive("codes"), ward.people[name], 1, False, number)


def _wrong(code: str) -> str:
    return code[:3] + ("A" if code[3] != "A" else "B")


async def _held(ward: Ward, name: str = "Alla") -> tuple[object, object]:
    row = await ward.recipient(name)
    return row["answer"], row["answered_by"]


async def test_the_text_asks_for_the_code_and_other_ways_do_not(ward: Ward) -> None:
    query = select(tables.wordings.c.channel, tables.wordings.c.text)
    texts = dict(tuple(row) for row in await ward.desk.store.read(lambda tx: tx.execute(query).all()))
    assert re.search(r"3=absent, puis le code\. Code \ue002$", texts["sms"])
    assert not any("puis le code" in text for channel, text in texts.items() if channel != "sms")


@pytest.mark.parametrize("form", ["1 {}", "1{}", " 1 . {}.", "présent {}", "1-{}", "1\n{}"])
async def test_an_answer_with_the_code_of_the_message_counts(ward: Ward, form: str) -> None:
    assert (await read_text(ward.desk, ALLAS, form.format(_code(ward).lower()), "sms:1")).fate is Fate.COUNTED
    assert await _held(ward) == ("present", "sms_code")
    assert (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total.low == 0


async def test_an_answer_without_a_code_is_read_by_a_person_and_does_not_count(ward: Ward) -> None:
    assert (await read_text(ward.desk, ALLAS, "1", "sms:1")).fate is Fate.UNREAD
    assert (await _held(ward))[0] is None
    assert [letter.text for letter in await read_inbox(ward.desk, OPERATOR)] == ["1"]
    assert (await ward.recipient("Alla"))["wrong_codes"] == 0


async def test_the_code_of_somebody_else_or_of_another_message_does_not_count(ward: Ward) -> None:
    for place, code in enumerate((_code(ward, "Hana"), _code(ward, "Alla", 2), _wrong(_code(ward)))):
        assert (await read_text(ward.desk, ALLAS, f"1 {code}", f"sms:{place}")).fate is Fate.UNREAD
    assert (await _held(ward))[0] is None
    entries = [one for one in await ward.desk.store.read(journal.read_entries) if one.act == "answer.wrong_code"]
    assert sorted((one.facts["wrong"], one.facts["locked"]) for one in entries) == [(1, False), (2, False), (3, False)]
    assert [each.person.given_name for each in (await list_missing(ward.desk, OPERATOR, "HGX1-01")).by_hand] == ["Alla"]


async def test_after_five_wrong_codes_not_even_the_right_one_counts_and_no_button_is_locked(ward: Ward) -> None:
    for place in range(TRIES):
        await read_text(ward.desk, ALLAS, f"1 {_wrong(_code(ward))}", f"sms:{place}")
    assert (await read_text(ward.desk, ALLAS, f"1 {_code(ward)}", "sms:right")).fate is Fate.UNREAD
    assert (await _held(ward))[0] is None
    assert (await read_text(ward.desk, HANAS, f"1 {_code(ward, 'Hana')}", "sms:hana")).fate is Fate.COUNTED
    token = make_token(ward.desk.vault.derive("buttons"), int(str((await ward.recipient("Alla"))["id"])))
    assert (await press_button(ward.desk, f"{token}.1", CHAT + 1)).fate is Fate.COUNTED


async def test_wrong_codes_are_limited_in_all(database_url: str, tmp_path: Path) -> None:
    ward = await _open(database_url, tmp_path, MANY)
    for place in range(TRIES_IN_ALL):
        name = MANY[place // TRIES].name
        await read_text(ward.desk, str(MANY[place // TRIES].phone), f"1 {_wrong(_code(ward, name))}", f"sms:{place}")
    last = MANY[-1]
    assert (await read_text(ward.desk, str(last.phone), f"1 {_code(ward, last.name)}", "sms:last")).fate is Fate.UNREAD
    row = await ward.recipient(last.name)
    assert (row["answer"], row["by_hand_at"] is not None) == (None, True), "somebody calls whoever could not answer"
    await ward.desk.store.close()


async def test_a_code_that_is_played_again_after_the_alert_is_over_is_kept_and_does_not_count(ward: Ward) -> None:
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    assert (await read_text(ward.desk, ALLAS, f"1 {_code(ward)}", "sms:1")).fate is Fate.LATE
    assert (await _held(ward))[0] is None


async def test_the_board_says_how_many_answers_are_of_low_assurance_until_a_surer_way_confirms_them(
    database_url: str, tmp_path: Path
) -> None:
    ward = await _open(database_url, tmp_path, (ALLA, HANA), strict=False)

    async def low() -> int:
        return (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total.low

    await read_text(ward.desk, ALLAS, "1", "sms:1")
    await read_text(ward.desk, HANAS, f"1 {_code(ward, 'Hana')}", "sms:2")
    assert (await _held(ward), await _held(ward, "Hana"), await low()) == (("present", "sms"), ("present", "sms_code"), 1)
    token = make_token(ward.desk.vault.derive("buttons"), int(str((await ward.recipient("Alla"))["id"])))
    assert (await press_button(ward.desk, f"{token}.1", CHAT + 1)).fate is Fate.REPEATED
    assert (await _held(ward), await low()) == (("present", "telegram"), 0)
    assert (await read_text(ward.desk, ALLAS, "1", "sms:3")).fate is Fate.REPEATED
    assert (await _held(ward), await low()) == (("present", "telegram"), 0), "what was sure stays sure"
    await ward.desk.store.close()
