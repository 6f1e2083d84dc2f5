"""Service texts and edits in a lane: behind the alerts, at a pace of their own, one at a time to each chat."""

from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from notifier.desk.answering import Fate, press_button
from notifier.desk.noticing import show_changes, tell_chat
from notifier.domain.delivery import Accepted
from notifier.domain.notice import NoticeKind
from notifier.domain.people import Language
from notifier.domain.references import make_token
from notifier.lanes import EDITS, HORIZON, SAID_LOOK, Said
from notifier.store import alerts, notices, tables
from notifier.store.notices import Notice, Shown
from notifier.store.outbox import Wired
from notifier.store.transaction import Tx
from tests.desk.house import CHAT, LANES, Member, Ward, open_ward

CAST = [Member(f"Agent {number}", chat=CHAT + number) for number in range(1, 13)]


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Twelve people with Telegram, and the first alert queued for all of them."""
    opened = await open_ward(database_url, tmp_path, CAST)
    await opened.send(suite="23h30")
    yield opened
    await opened.desk.store.close()


async def _edited(ward: Ward) -> list[int]:
    """The rows whose messages have an edit waiting."""
    query = select(tables.notices.c.row).where(tables.notices.c.kind == NoticeKind.EDIT.value, tables.notices.c.stage == "queued")
    return sorted(await ward.desk.store.read(lambda tx: tx.execute(query).scalars().all()))


async def _press(ward: Ward, row: Wired) -> None:
    who = CAST[[int(str((await ward.recipient(one.name))["id"])) for one in CAST].index(row.recipient)]
    token = make_token(ward.desk.vault.derive("buttons"), row.recipient)
    assert (await press_button(ward.desk, f"{token}.1", who.chat or 0)).fate is Fate.COUNTED


async def test_an_answer_is_shown_by_the_next_round_and_only_once(ward: Ward) -> None:
    wired = await ward.turn("telegram")
    await ward.turn("telegram", *((row, Accepted(str(row.id))) for row in wired), room=0)
    await _press(ward, wired[0])
    assert await _edited(ward) == [], "an answer does not wait for it"
    await show_changes(ward.desk)
    assert await _edited(ward) == [wired[0].id]
    await ward.desk.store.write(lambda tx: tx.execute(update(tables.notices).values(stage="done")))
    await show_changes(ward.desk)
    assert await _edited(ward) == []


async def test_an_answer_that_overtakes_the_settle_of_its_own_message_is_shown_once_that_has_an_id(ward: Ward) -> None:
    wired = await ward.turn("telegram")
    await _press(ward, wired[0])
    await show_changes(ward.desk)
    assert await _edited(ward) == [], "nothing names the message yet"
    await ward.turn("telegram", *((row, Accepted(str(row.id))) for row in wired), room=0)
    await show_changes(ward.desk)
    assert await _edited(ward) == [wired[0].id]


async def test_choices_that_were_asked_for_again_are_not_taken_away_by_the_round(ward: Ward) -> None:
    wired = await ward.turn("telegram")
    await ward.turn("telegram", *((row, Accepted(str(row.id))) for row in wired), room=0)
    await _press(ward, wired[0])
    await ward.desk.store.write(lambda tx: notices.reopen(tx, wired[0].recipient, ward.clock.now()))
    await show_changes(ward.desk)
    reopened = select(tables.notices.c.reopened)
    assert await ward.desk.store.read(lambda tx: tx.execute(reopened).scalars().all()) == [True]


async def test_one_text_at_a_time_goes_to_a_chat_and_none_while_it_rests(ward: Ward) -> None:
    desk, at = ward.desk, ward.clock.now() + timedelta(seconds=1)

    def say(tx: Tx) -> None:
        for key, chat in (("a", "1"), ("b", "1"), ("c", "2")):
            tell_chat(desk, tx, "telegram", chat, key, [("bot.stopped", {})], Language.FR)

    async def take(resting: Collection[bytes] = ()) -> tuple[Notice, ...]:
        return await desk.store.write(lambda tx: notices.take_texts(tx, "telegram", 1, at=at, room=10, resting=resting))

    await desk.store.write(say)
    first = await take()
    assert len(first) == len({one.to_blind for one in first}) == 2
    assert await take([one.to_blind for one in first]) == ()
    assert len(await take()) == 1


async def test_a_chat_that_has_much_to_be_told_holds_nobody_else_up(ward: Ward) -> None:
    desk = ward.desk

    def say(tx: Tx, chat: str, times: int) -> None:
        for key in range(times):
            tell_chat(desk, tx, "telegram", chat, f"{chat}:{key}", [("bot.stopped", {})], Language.FR)

    async def take(resting: Collection[bytes] = ()) -> Notice:
        at = ward.clock.now()
        [one] = await desk.store.write(lambda tx: notices.take_texts(tx, "telegram", 1, at=at, room=2, resting=resting))
        return one

    await desk.store.write(partial(say, chat="1", times=20))
    ward.clock.pass_time(seconds=1)
    await desk.store.write(partial(say, chat="2", times=1))
    first = await take()
    assert (await take([first.to_blind])).to_blind != first.to_blind, "nineteen older ones wait, and none of them may go"


def _edit(number: int) -> Notice:
    wired = Wired(1, 1, 1, number, 1, 1, False, False, False, number, 1, 1, b"", number, b"", False, 1, None)  # type: ignore[arg-type]
    shown = Shown(wired, str(number), None, None, None, over=False, reopened=False)
    return Notice(number, 1, 1, NoticeKind.EDIT, None, shown=shown)  # type: ignore[arg-type]


def test_edits_keep_to_the_free_pace_of_a_bot_whatever_its_account_may_send() -> None:
    said, real, made = Said(replace(LANES[0], per_second=1000.0, window=64), 1.0), 100.0, list[float]()
    while real < 110.0:
        most = said.look(real, (), busy=False)
        taken = [_edit(number) for number in range(most or 0)]
        for edit in taken:
            said.started(edit, real)
            made.append(real)
        real += min(1.0, said.rest(real, taken, most))
    assert 0.9 * EDITS * 10 <= len(made) <= (10 + HORIZON) * EDITS + 1


def test_a_busy_lane_looks_for_texts_ten_times_a_second_and_an_idle_one_whenever_it_wakes() -> None:
    said = Said(replace(LANES[0], window=64), 1.0)
    assert said.look(100.0, (), busy=True) is not None
    assert said.look(100.0 + SAID_LOOK / 2, (), busy=True) is None
    assert said.rest(100.0 + SAID_LOOK / 2, (), None) <= SAID_LOOK + 1e-9, "what came meanwhile waits no longer"
    assert said.look(100.0 + SAID_LOOK / 2, (), busy=False) is not None
    assert said.look(100.1 + SAID_LOOK, (), busy=True) is not None


async def test_a_replacement_marks_the_alert_alone_and_the_round_everybody_of_it(ward: Ward) -> None:
    wired = await ward.turn("telegram")
    await ward.turn("telegram", *((row, Accepted(str(row.id))) for row in wired), room=0)
    await ward.desk.store.write(lambda tx: alerts.mark_unshown(tx, wired[0].alert))
    unshown = select(tables.recipients.c.id).where(tables.recipients.c.unshown)
    assert await ward.desk.store.read(lambda tx: tx.execute(unshown).all()) == [], "whoever answers now waits for nobody"
    await show_changes(ward.desk)
    assert await _edited(ward) == sorted(row.id for row in wired)
    await ward.desk.store.write(lambda tx: tx.execute(update(tables.notices).values(stage="done")))
    await show_changes(ward.desk)
    assert await _edited(ward) == [], "once"
