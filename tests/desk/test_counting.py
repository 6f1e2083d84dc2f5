"""A relay post or the person responsible speaks for a service; nobody of it is reminded any more, and nobody has answered."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Connection, select

from notifier.cli.board import draw
from notifier.desk.alerting import stop_alert
from notifier.desk.answering import Fate, read_text
from notifier.desk.escalating import sweep
from notifier.desk.handling import close_letter, note_team, read_inbox
from notifier.desk.showing import list_missing, show_board
from notifier.domain.board import ServiceLine, Standing
from notifier.domain.delivery import Accepted, Refused, RefusedFor
from notifier.domain.errors import BadValue
from notifier.domain.headcount import TeamCount
from notifier.store import headcounts, journal, tables
from tests.desk.house import ALLA, OPERATOR, RELAY, Member, Ward, open_ward

ALLAS, HANAS, POSTS = "+33639980001", "+33639980004", "+33639980009"
HANA = Member("Hana", phone=HANAS, mail="hana@example.org")
SILENT = Member("Ilan", phone="+33639980005", mail="ilan@example.org")


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """The theatre's post, Alla who answers for it, Hana and Ilan, all asked by text whether they are there."""
    opened = await open_ward(database_url, tmp_path, [ALLA, HANA, SILENT, RELAY])
    await _ask(opened)
    yield opened
    await opened.desk.store.close()


async def _ask(ward: Ward, template: str = "roll-call", to: str = "service:BLOC") -> str:
    raised = await ward.send(template, to=to, **{"suite" if template == "first-alert" else "avant": "23h20"})
    await _settle(ward, "telegram")
    await _settle(ward, "sms")
    return raised.code


async def _settle(ward: Ward, lane: str) -> int:
    wired = await ward.turn(lane)
    await ward.turn(lane, *((row, Accepted(str(row.id))) for row in wired), room=0)
    return len(wired)


async def _line(ward: Ward, code: str = "HGX1-01") -> ServiceLine:
    return (await show_board(ward.desk, OPERATOR, code)).board.clinics[0].services[0]


async def _say(ward: Ward, text: str, event: str, sender: str = POSTS) -> Fate:
    return (await read_text(ward.desk, sender, text, event)).fate


async def test_a_relay_post_answers_for_its_service_and_nobody_has_answered_for_himself(ward: Ward) -> None:
    before = await _line(ward)
    assert (before.unheard, before.standing) == (True, Standing.WAITING)
    told = await read_text(ward.desk, POSTS, "3/4", "sms:1")
    assert (told.fate, told.label, told.at) == (Fate.COUNTED, "3/4", ward.clock.now())
    line = await _line(ward)
    counted = line.headcount
    assert counted is not None
    assert (counted.said, counted.source, counted.at) == (TeamCount(3, 4), "sms", ward.clock.now())
    assert counted.said_by.startswith("Relais bloc")
    assert (line.unheard, line.standing) == (False, Standing.DONE)
    assert (line.tally.answers, line.tally.silent) == (0, 4)
    assert [(await ward.recipient(name))["answer"] for name in ("Alla", "Hana", "Ilan", "Relais bloc")] == [None] * 4


async def test_whoever_is_responsible_may_speak_for_the_service_and_an_x_is_trouble(ward: Ward) -> None:
    assert await _say(ward, "3/4 X", "sms:1", ALLAS) is Fate.COUNTED
    assert (await _line(ward)).standing is Standing.TROUBLE
    assert (await ward.recipient("Alla"))["answer"] is None


async def test_nobody_else_speaks_for_the_service(ward: Ward) -> None:
    for place, text in enumerate(("3/4", "1/4", "3/4 X")):
        assert await _say(ward, text, f"sms:{place}", HANAS) is Fate.UNREAD
    assert await _say(ward, "3/4", "sms:9", "+33639989999") is Fate.FOREIGN
    assert (await _line(ward)).headcount is None
    assert (await ward.recipient("Hana"))["answer"] is None, "1/4 is no digit one"
    assert len(await read_inbox(ward.desk, OPERATOR)) == 4


async def test_a_service_that_is_spoken_for_is_reminded_no_more_and_called_by_nobody(ward: Ward) -> None:
    ward.clock.pass_time(minutes=6)
    await sweep(ward.desk)
    assert (await ward.rows("Hana"))[-1] == (1, "email", "queued")
    await _say(ward, "3/4", "sms:1")
    assert (await ward.rows("Hana"))[-1] == (1, "email", "cancelled")
    for _ in range(5):
        ward.clock.pass_time(minutes=6)
        await sweep(ward.desk)
        assert not await _settle(ward, "email")
    assert (await list_missing(ward.desk, OPERATOR, "HGX1-01")).by_hand == ()
    assert await _say(ward, "1", "sms:2", HANAS) is Fate.COUNTED, "and each may still answer for himself"
    assert (await _line(ward)).tally.silent == 3


async def test_whoever_was_on_the_list_to_be_called_need_not_be_called(ward: Ward) -> None:
    for _ in range(4):
        ward.clock.pass_time(minutes=6)
        await sweep(ward.desk)
        await _settle(ward, "email")
    assert (await ward.recipient("Hana"))["by_hand_at"] is not None
    await _say(ward, "3/4", "sms:1")
    assert (await list_missing(ward.desk, OPERATOR, "HGX1-01")).by_hand == ()


async def test_whom_nothing_has_reached_is_still_tried(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [HANA, RELAY])
    await ward.send("roll-call", to="service:BLOC", avant="23h20")
    post, hana = sorted(await ward.turn("sms"), key=lambda row: row.person != ward.people["Relais bloc"])
    refused = Refused(RefusedFor.BLOCKED, dead=True, detail="21")
    await ward.turn("sms", (post, Accepted("1")), room=0)
    assert await _say(ward, "1/2", "sms:1") is Fate.COUNTED
    await ward.turn("sms", (hana, refused), room=0)
    await sweep(ward.desk)
    assert await ward.rows("Hana") == [(0, "sms", "refused"), (1, "email", "queued")]
    await ward.desk.store.close()


async def test_a_second_text_corrects_the_first_and_the_history_keeps_both(ward: Ward) -> None:
    for minute, (text, fate) in enumerate((("3/4", "counted"), ("3/4", "repeated"), ("2/4 X", "changed"))):
        ward.clock.pass_time(minutes=1)
        assert await _say(ward, text, f"sms:{minute}") == fate
    assert await _say(ward, "4/4", "sms:2") is Fate.REPEATED, "the gateway told it twice"
    counted = (await _line(ward)).headcount
    assert counted is not None
    assert counted.said == TeamCount(2, 4, trouble=True)
    kept = await ward.desk.store.read(lambda tx: tx.execute(tables.headcounts.select()).all())
    assert sorted(row.present for row in kept) == [2, 3, 3]
    facts = [entry.facts for entry in await ward.desk.store.read(journal.read_entries) if entry.act == "headcount"]
    assert [fact["said"] for fact in reversed(facts)] == ["3/4", "3/4", "2/4 X"]


async def test_a_headcount_that_says_more_counts_and_is_read(ward: Ward) -> None:
    assert await _say(ward, "3/4 une aide-soignante arrive", "sms:1") is Fate.COUNTED
    (letter,) = await read_inbox(ward.desk, OPERATOR)
    assert (letter.alert, letter.text) == ("HGX1-01", "3/4 une aide-soignante arrive")
    entries = await ward.desk.store.read(journal.read_entries)
    assert "arrive" not in repr([entry.facts for entry in entries])


async def test_a_headcount_goes_to_the_roll_call_and_between_two_to_the_one_nobody_has_counted(ward: Ward) -> None:
    await _ask(ward, "first-alert")
    assert await _say(ward, "3/4", "sms:1") is Fate.COUNTED
    assert (await _line(ward)).headcount is not None
    again = await _ask(ward)
    assert await _say(ward, "4/4", "sms:2") is Fate.COUNTED
    counted = (await _line(ward, again)).headcount
    assert counted is not None
    assert counted.said == TeamCount(4, 4)
    assert await _say(ward, "2/4", "sms:3") is Fate.UNREAD, "which of the two does it correct?"
    await stop_alert(ward.desk, OPERATOR, again)
    assert await _say(ward, "2/4", "sms:4") is Fate.CHANGED


async def test_nobody_says_for_a_team_that_an_instruction_is_done(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA, RELAY])
    await _ask(ward, "paper-bloc")
    assert await _say(ward, "3/4", "sms:1", ALLAS) is Fate.UNREAD
    assert (await _line(ward)).headcount is None
    assert not await ward.desk.store.read(lambda tx: headcounts.counted_teams(tx, []))
    await ward.desk.store.close()


async def test_what_was_said_by_telephone_is_noted_at_its_real_time_under_the_operators_name(ward: Ward) -> None:
    ward.clock.pass_time(minutes=10)
    await _say(ward, "3/4", "sms:1")
    ward.clock.pass_time(minutes=10)
    earlier = await note_team(ward.desk, OPERATOR, "HGX1-01", "ker", "bloc", "1/4 X", "22h50")
    assert (earlier.fate, earlier.name, earlier.label) == (Fate.OLDER, "KER BLOC", "1/4 X")
    later = await note_team(ward.desk, OPERATOR, "HGX1-01", "KER", "BLOC", "4/4", "23h00")
    assert later.fate is Fate.CHANGED
    counted = (await _line(ward)).headcount
    assert counted is not None
    assert (counted.said, counted.source, counted.said_by) == (TeamCount(4, 4), "by_hand", "Diane")
    assert "noté par Diane" in await _shown(ward)


async def test_an_operator_notes_counts_only_of_a_service_that_was_called_while_the_alert_lasted(ward: Ward) -> None:
    async def refusal(service: str, said: str, at: str = "") -> str:
        with pytest.raises(BadValue) as refused:
            await note_team(ward.desk, OPERATOR, "HGX1-01", "KER", service, said, at)
        return refused.value.reason

    for said in ("tous là", "3/4 sauf Hana", "3/4 et Hana", "3/4 12 oui non"):
        assert await refusal("BLOC", said) == "headcount"
    assert await refusal("PUI", "3/4") == "not_called"
    ward.clock.pass_time(minutes=1)
    assert await refusal("BLOC", "3/4", "22h30") == "before_alert"
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    ward.clock.pass_time(minutes=20)
    assert await refusal("BLOC", "3/4", "23h00") == "after_alert"
    assert (await note_team(ward.desk, OPERATOR, "HGX1-01", "KER", "BLOC", "3/4", "22h46")).fate is Fate.COUNTED


@pytest.fixture
async def reporting(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla and the theatre's post are asked for their service's report, Hana is not called."""
    opened = await open_ward(database_url, tmp_path, [ALLA, HANA, RELAY])
    await _ask(opened, "service-report", "")
    yield opened
    await opened.desk.store.close()


async def _reported(ward: Ward) -> TeamCount:
    counted = (await _line(ward)).headcount
    assert counted is not None
    return counted.said


async def test_a_service_reports_by_one_text_and_is_no_longer_listed_first(reporting: Ward) -> None:
    board = (await show_board(reporting.desk, OPERATOR, "HGX1-01")).board
    assert ([line.service for line in board.unheard], board.total.total) == (["BLOC"], 2)
    assert await _say(reporting, "12/14 23 oui non", "sms:1") is Fate.COUNTED
    assert await _reported(reporting) == TeamCount(12, 14, patients=23, folder=True, phones=False)
    assert (await show_board(reporting.desk, OPERATOR, "HGX1-01")).board.unheard == ()
    assert await read_inbox(reporting.desk, OPERATOR) == []
    reporting.clock.pass_time(minutes=1)
    assert await _say(reporting, "12/14 23 oui oui", "sms:2", ALLAS) is Fate.CHANGED, "she was asked on Telegram"
    assert await _reported(reporting) == TeamCount(12, 14, patients=23, folder=True, phones=True)
    reporting.clock.pass_time(minutes=12)
    await sweep(reporting.desk)
    assert not await _settle(reporting, "email")


async def test_what_blocks_is_sealed_and_waits_for_a_person_and_a_half_read_report_counts(reporting: Ward) -> None:
    assert await _say(reporting, "12/14 23", "sms:1") is Fate.COUNTED
    reporting.clock.pass_time(minutes=1)
    assert await _say(reporting, "12/14 23 oui non plus d'oxygene", "sms:2") is Fate.CHANGED
    half, blocked = await read_inbox(reporting.desk, OPERATOR)
    assert (half.text, blocked.text, blocked.alert) == ("12/14 23", "12/14 23 oui non plus d'oxygene", "HGX1-01")
    line = await _line(reporting)
    assert line.headcount is not None
    assert (line.standing, line.headcount.said.blocked, line.headcount.letter) == (Standing.TROUBLE, True, blocked.number)
    assert f"blocage\u00a0: texte {blocked.number}" in await _shown(reporting)

    def everything(tx: Connection) -> str:
        return "".join(repr(tx.execute(select(table)).all()) for table in tables.metadata.sorted_tables)

    assert "oxygene" not in await reporting.desk.store.read(everything)
    await close_letter(reporting.desk, OPERATOR, blocked.number)
    assert "blocage, lu" in await _shown(reporting)


async def test_a_report_answers_no_roll_call_and_a_bare_headcount_the_roll_call_first(reporting: Ward) -> None:
    second = await _ask(reporting)
    assert await _say(reporting, "12/14 23 oui non", "sms:1") is Fate.COUNTED
    assert (await _line(reporting, second)).headcount is None
    assert await _say(reporting, "13/14", "sms:2") is Fate.COUNTED
    assert await _reported(reporting) == TeamCount(12, 14, patients=23, folder=True, phones=False)
    counted = (await _line(reporting, second)).headcount
    assert counted is not None
    assert counted.said == TeamCount(13, 14)


async def _shown(ward: Ward) -> str:
    screen = Console(width=120)
    with screen.capture() as told:
        screen.print(draw(ward.desk, await show_board(ward.desk, OPERATOR, "HGX1-01")))
    return told.get()


async def test_the_board_names_the_services_without_news_and_who_spoke_for_the_others(ward: Ward) -> None:
    assert "Services sans nouvelles (1)\u00a0: KER\u00a0BLOC" in await _shown(ward)
    await _say(ward, "3/4 X", "sms:1")
    board = await _shown(ward)
    assert "sans nouvelles" not in board
    (line,) = (line.split() for line in board.splitlines() if "3/4" in line)
    assert line[:6] == ["▲", "KER", "BLOC", "3/4", "Relais", "bloc"]
