"""Frozen: nothing leaves, nobody sends, everybody is told; thawed: what waits leaves."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.desk.alerting import preview_alert, stop_alert
from notifier.desk.freezing import freeze, look_frozen, thaw
from notifier.desk.planning import Order
from notifier.desk.recording import verify_journal
from notifier.desk.showing import list_alarms, show_board
from notifier.desk.watching import engine_health
from notifier.domain.alarm import Freeze
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.errors import Forbidden, Frozen
from notifier.store import journal
from tests.desk.house import OPERATOR, Ward, open_ward

CADRE = Actor("Paule", frozenset({Role.CADRE}), Face.WEB)
CELL = Actor("Yann", frozenset({Role.CELL}), Face.CLI)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """The fixed cast; nothing sent yet."""
    opened = await open_ward(database_url, tmp_path)
    yield opened
    await opened.desk.store.close()


async def test_a_frozen_house_sends_nothing_new_and_says_since_when_and_by_whom(ward: Ward) -> None:
    begun, ours = await freeze(ward.desk, OPERATOR, " compte volé ")
    assert ours
    assert (begun.by, begun.reason) == (OPERATOR.person, "compte volé")
    preview = await preview_alert(ward.desk, OPERATOR, Order("first-alert", "HGX1", "all", {"suite": "23h30"}))
    assert isinstance(preview.refusal, Frozen)
    with pytest.raises(Frozen) as refused:
        await ward.send(suite="23h30")
    assert (refused.value.by, refused.value.since) == (OPERATOR.person, "04/10 22:45")


async def test_a_freeze_stands_until_it_is_lifted_and_shows_everywhere(ward: Ward) -> None:
    raised = await ward.send(suite="23h30")
    first, _ = await freeze(ward.desk, OPERATOR, "compte volé")
    ward.clock.pass_time(minutes=3)
    again, ours = await freeze(ward.desk, CELL, "encore")
    assert (again, ours) == (first, False)
    assert await list_alarms(ward.desk) == (first,)
    assert (await show_board(ward.desk, OPERATOR, raised.code)).alarms == (first,)
    assert (await engine_health(ward.desk)).frozen == ward.clock.now() - first.since
    _, waiting = await look_frozen(ward.desk)
    assert waiting == raised.queued
    assert await thaw(ward.desk, OPERATOR) == first
    assert await thaw(ward.desk, OPERATOR) is None
    assert await list_alarms(ward.desk) == ()
    assert (await engine_health(ward.desk)).frozen is None
    assert (await ward.send("paper-bloc", to="service:BLOC", avant="23h10")).queued


async def test_an_alert_is_stopped_while_the_house_is_frozen(ward: Ward) -> None:
    raised = await ward.send(suite="23h30")
    await freeze(ward.desk, OPERATOR, "")
    left, kept = await stop_alert(ward.desk, CELL, raised.code)
    assert (left, kept) == (0, raised.queued)


async def test_who_may_send_may_freeze_and_only_who_approves_may_thaw(ward: Ward) -> None:
    with pytest.raises(Forbidden):
        await freeze(ward.desk, CADRE, "")
    await freeze(ward.desk, CELL, "")
    with pytest.raises(Forbidden):
        await thaw(ward.desk, CELL)
    (standing,) = await list_alarms(ward.desk)
    assert isinstance(standing, Freeze)


async def test_both_acts_are_in_the_journal_with_who_did_them(ward: Ward) -> None:
    await freeze(ward.desk, CELL, "compte volé")
    await thaw(ward.desk, OPERATOR)
    entries = await ward.desk.store.read(journal.read_entries)
    told = {entry.act: (entry.actor, dict(entry.facts)) for entry in entries}
    assert told["house.freeze"] == ("Yann", {"reason": "compte volé", "face": "cli"})
    by, facts = told["house.thaw"]
    assert (by, facts["frozen_by"]) == ("Diane", "Yann")
    assert json.dumps(facts)
    await ward.desk.store.write(lambda tx: journal.seal(tx, ward.clock.now()))
    assert (await verify_journal(ward.desk, OPERATOR)).bad_seq is None
