"""Until enough have answered: the alert stops for all, nobody is chased any more, and whoever is not needed is stood down."""

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.util import await_only

from notifier.desk.alerting import preview_alert, send_alert, stop_alert
from notifier.desk.answering import Fate, Told, press_button
from notifier.desk.escalating import sweep
from notifier.desk.planning import Order
from notifier.desk.showing import show_board
from notifier.domain.delivery import Accepted, NotSent
from notifier.domain.errors import BadValue, ChangedSince
from notifier.domain.references import make_token
from notifier.store import alerts, journal
from notifier.store.alerts import AlertRow
from tests.desk.house import ALLA, CHAT, OPERATOR, Member, Ward, open_ward

CREW = [Member(f"Ida{place}", on_shift=False, volunteer=True, chat=CHAT + 10 + place) for place in range(6)]
NEED = {"metier": "ibode", "nombre": "2", "lieu": "Accueil", "debut": "23h30", "fin": "07h00"}
SOON, LATER, NO = 1, 3, 4  # the recall's digits
CALL_UP = {"lieu": "Salle 2", "heure": "23h30", "niveau": "site"}


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Six volunteers, two of whom are wanted."""
    opened = await open_ward(database_url, tmp_path, CREW)
    await opened.send("recall", to="", **NEED)
    yield opened
    await opened.desk.store.close()


async def _press(ward: Ward, name: str, digit: int) -> Told:
    recipient = int(str((await ward.recipient(name))["id"]))
    token = make_token(ward.desk.vault.derive("buttons"), recipient)
    chat = next(member.chat for member in (*CREW, ALLA) if member.name == name)
    return await press_button(ward.desk, f"{token}.{digit}", chat or 0)


async def _state(ward: Ward) -> str:
    return (await ward.desk.store.read(alerts.list_alerts))[0].state


async def test_the_second_yes_of_two_stops_the_recall_for_all(ward: Ward) -> None:
    took = await ward.turn("telegram", room=3)
    await ward.turn("telegram", *((row, Accepted("id")) for row in took), room=0)
    assert await _state(ward) == "approved"
    for name in ("Ida0", "Ida1"):
        told = await _press(ward, name, SOON)
        assert (told.fate, told.covered) == (Fate.COUNTED, False)
    assert await _state(ward) == "met"
    assert not await ward.turn("telegram"), "what had not left never will"
    await sweep(ward.desk)
    others = [await ward.recipient(f"Ida{place}") for place in range(2, 6)]
    assert all(other["stood_down_at"] == ward.clock.now() and other["look_at"] is None for other in others)
    assert [(await ward.recipient(name))["stood_down_at"] for name in ("Ida0", "Ida1")] == [None, None]
    view = await show_board(ward.desk, OPERATOR, "HGX1-01")
    assert (view.yes, view.board.total.stood_down, view.board.total.in_progress) == (2, 4, 0)
    entries = await ward.desk.store.read(journal.read_entries)
    assert [entry.facts["wanted"] for entry in entries if entry.act == "alert.met"] == [2]


async def test_a_no_is_counted_by_nobody_as_one_of_those_wanted(ward: Ward) -> None:
    for place, digit in enumerate((NO, NO, LATER)):
        await _press(ward, f"Ida{place}", digit)
    assert await _state(ward) == "approved"
    await _press(ward, "Ida0", SOON)
    assert await _state(ward) == "met", "a change of mind counts"
    await sweep(ward.desk)
    assert (await ward.recipient("Ida1"))["stood_down_at"] is None, "who has said no is told nothing more"


async def test_a_yes_too_many_is_kept_and_told_that_nobody_waits_for_it(ward: Ward) -> None:
    for name in ("Ida0", "Ida1"):
        await _press(ward, name, SOON)
    before = await _press(ward, "Ida2", SOON)
    await sweep(ward.desk)
    after = await _press(ward, "Ida3", SOON)
    assert [(told.fate, told.covered) for told in (before, after)] == [(Fate.COUNTED, True)] * 2
    assert (await show_board(ward.desk, OPERATOR, "HGX1-01")).yes == 4, "the board hides no answer"
    again = await _press(ward, "Ida0", LATER)
    assert (again.fate, again.covered) == (Fate.CHANGED, False), "one of the two that are counted on"


async def test_who_takes_a_yes_back_is_seen_and_the_next_one_is_needed(ward: Ward) -> None:
    for name in ("Ida0", "Ida1"):
        await _press(ward, name, SOON)
    await _press(ward, "Ida0", NO)
    assert (await show_board(ward.desk, OPERATOR, "HGX1-01")).yes == 1
    assert not (await _press(ward, "Ida2", SOON)).covered


async def test_six_who_say_yes_at_once_meet_the_need_once(ward: Ward) -> None:
    took = await ward.turn("telegram", room=4)
    told = await asyncio.gather(*(_press(ward, member.name, SOON) for member in CREW))
    assert sum(not one.covered for one in told) == 2
    stood_down = [(await ward.recipient(member.name))["stood_down_at"] for member in CREW]
    assert [one.covered for one in told] == [instant is not None for instant in stood_down]
    entries = await ward.desk.store.read(journal.read_entries)
    assert len([entry for entry in entries if entry.act == "alert.met"]) == 1
    await ward.turn("telegram", *((row, NotSent()) for row in took), room=0)
    await sweep(ward.desk)
    ward.clock.pass_time(minutes=10)
    assert not await ward.turn("telegram")
    rows = [row for member in CREW for row in await ward.rows(member.name)]
    assert {state for _, _, state in rows} == {"cancelled"}


async def test_a_step_that_crosses_the_last_answer_never_leaves(postgres_url: str, tmp_path: Path) -> None:
    """Only PostgreSQL lets an answer commit in the middle of a round."""
    silent = Member("Ida1", chat=CHAT + 11, phone="+33639980011", mail="ida@example.org")
    ward = await open_ward(postgres_url, tmp_path, [Member("Ida0", chat=CHAT + 10), silent])
    await _call_up(ward, until=1)
    await _press(ward, "Ida0", 3)  # no: her mind changes in the middle of the round
    await sweep(ward.desk)  # nobody is her deputy: the round below does not lock her
    for lane in ("telegram", "sms"):
        took = await ward.turn(lane)
        await ward.turn(lane, *((row, Accepted("id")) for row in took), room=0)
    ward.clock.pass_time(minutes=6)
    read = alerts.load_alerts

    def read_and_be_crossed(tx: Connection, ids: Collection[int]) -> dict[int, AlertRow]:
        found = read(tx, ids)
        patch.undo()
        await_only(_press(ward, "Ida0", SOON))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alerts, "load_alerts", read_and_be_crossed)
        assert (await sweep(ward.desk)).queued == 1
    assert not await ward.turn("email")
    await sweep(ward.desk)
    assert (await ward.rows("Ida1"))[-1] == (1, "email", "cancelled")
    await ward.desk.store.close()


async def _call_up(ward: Ward, until: int | None) -> Order:
    order = Order("cell-call-up", "HGX1", "all", CALL_UP, until=until)
    preview = await preview_alert(ward.desk, OPERATOR, order)
    await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    return order


async def test_who_is_chased_is_left_in_peace_once_enough_have_answered(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA, Member("Ida0", chat=CHAT + 10)])
    await _call_up(ward, until=1)
    for _ in range(4):
        for lane in ("telegram", "sms", "email"):
            took = await ward.turn(lane)
            await ward.turn(lane, *((row, Accepted("id")) for row in took), room=0)
        ward.clock.pass_time(minutes=6)
        await sweep(ward.desk)
    assert (await ward.recipient("Alla"))["by_hand_at"] is not None
    await _press(ward, "Ida0", SOON)
    await sweep(ward.desk)
    alla = await ward.recipient("Alla")
    assert (alla["by_hand_at"], alla["look_at"]) == (None, None)
    total = (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total
    assert (total.silent, total.by_hand, total.stood_down) == (0, 0, 1)
    await ward.desk.store.close()


async def test_an_alert_that_has_been_met_can_still_be_stopped_and_ends_by_itself(ward: Ward) -> None:
    for name in ("Ida0", "Ida1"):
        await _press(ward, name, SOON)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    assert (await _press(ward, "Ida2", SOON)).fate is Fate.LATE
    await sweep(ward.desk)
    assert await _state(ward) == "stopped"


async def test_how_many_are_enough_is_part_of_what_was_shown(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA])
    order = Order("cell-call-up", "HGX1", "all", CALL_UP)
    preview = await preview_alert(ward.desk, OPERATOR, order)
    other = Order("cell-call-up", "HGX1", "all", CALL_UP, until=1)
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, other, at=preview.plan.at, expects=preview.plan.hash)
    with pytest.raises(BadValue) as refused:
        await preview_alert(ward.desk, OPERATOR, Order("cell-call-up", "HGX1", "all", CALL_UP, until=0))
    assert refused.value.reason == "until"
    await ward.desk.store.close()
