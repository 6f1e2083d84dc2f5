"""The rounds: who is tried by which channel next, and how everybody ends reached or listed, with no third end."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.util import await_only

from notifier.desk.answering import press_button
from notifier.desk.escalating import sweep
from notifier.domain.delivery import Accepted, LaneFault, NotSent, Outcome, Refused, RefusedFor, Unsure
from notifier.domain.lane import Role
from notifier.domain.references import make_token
from notifier.store import alerts, leases, rounds
from notifier.store.outbox import Wired
from notifier.store.rounds import RowState
from tests.desk.house import ALLA, BORIS, CHAT, LANES, Member, Ward, fill_in, open_ward

BLOCKED = Refused(RefusedFor.BLOCKED, dead=True, detail="403")


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla on duty, Boris off duty, the first alert sent to both."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    await opened.send(suite="23h30")
    yield opened
    await opened.desk.store.close()


async def _settle(ward: Ward, lane: str, outcome: Outcome) -> tuple[Wired, ...]:
    wired = await ward.turn(lane)
    await ward.turn(lane, *((row, outcome) for row in wired), room=0)
    return wired


async def test_silence_of_somebody_on_duty_leads_to_the_next_channel_after_the_patience(ward: Ward) -> None:
    for lane in ("telegram", "sms"):
        await _settle(ward, lane, Accepted("id"))
    ward.clock.pass_time(minutes=4)
    await sweep(ward.desk)
    assert len(await ward.rows("Alla")) == 2
    ward.clock.pass_time(minutes=2)
    await sweep(ward.desk)
    assert (await ward.rows("Alla"))[-1] == (1, "email", "queued")


async def test_somebody_off_duty_is_never_chased_for_silence(ward: Ward) -> None:
    await _settle(ward, "telegram", Accepted("id"))
    for _ in range(5):
        ward.clock.pass_time(hours=1)
        await sweep(ward.desk)
    assert await ward.rows("Boris") == [(0, "telegram", "accepted")]
    boris = await ward.recipient("Boris")
    assert (boris["cause"], boris["by_hand_at"], boris["look_at"]) == (None, None, None)


async def test_a_failure_leads_to_the_next_channel_at_once_and_marks_the_address(ward: Ward) -> None:
    await _settle(ward, "telegram", BLOCKED)
    await sweep(ward.desk)
    assert await ward.rows("Boris") == [(0, "telegram", "refused"), (1, "sms", "queued")]
    again = await ward.send("roll-call", to="name:Boris", avant="23h15")
    assert again.queued == 1
    assert (await ward.rows("Boris"))[-1] == (0, "sms", "queued"), "the dead chat is not tried again"


async def test_a_failure_that_crosses_a_round_is_seen_by_the_next(postgres_url: str, tmp_path: Path) -> None:
    """Only PostgreSQL lets a turn commit in the middle of a round; a turn takes no lock of a recipient."""
    ward = await open_ward(postgres_url, tmp_path, [ALLA])
    await ward.send(suite="23h30")
    await _settle(ward, "telegram", BLOCKED)
    texts = await ward.turn("sms")
    read = rounds.rows_of

    def read_and_be_crossed(tx: Connection, ids: Sequence[int]) -> dict[int, list[RowState]]:
        found = read(tx, ids)
        await_only(ward.turn("sms", *((row, BLOCKED) for row in texts), room=0))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "rows_of", read_and_be_crossed)
        await sweep(ward.desk)
    await sweep(ward.desk)
    assert await ward.rows("Alla") == [(0, "sms", "refused"), (0, "telegram", "refused"), (1, "email", "queued")]
    await ward.desk.store.close()


async def test_whoever_no_channel_takes_is_listed_with_the_cause(ward: Ward) -> None:
    for lane in ("telegram", "sms", "email"):
        await _settle(ward, lane, BLOCKED)
        await sweep(ward.desk)
    await sweep(ward.desk)
    boris = await ward.recipient("Boris")
    assert (boris["cause"], boris["look_at"]) == ("refused", None)


async def test_doubt_is_told_apart_from_refusal(ward: Ward) -> None:
    for lane in ("telegram", "sms", "email"):
        for _ in range(3):
            await _settle(ward, lane, Unsure("cut"))
            ward.clock.pass_time(seconds=3)
        await sweep(ward.desk)
    await sweep(ward.desk)
    assert (await ward.recipient("Boris"))["cause"] == "doubtful"


async def test_expired_words_end_on_the_list_and_are_not_sent(ward: Ward) -> None:
    ward.clock.pass_time(hours=4)
    await sweep(ward.desk)
    await sweep(ward.desk)
    assert {state for _, _, state in await ward.rows("Alla") + await ward.rows("Boris")} == {"expired"}
    assert [(await ward.recipient(name))["cause"] for name in ("Alla", "Boris")] == ["expired", "expired"]
    assert not await ward.turn("telegram")


async def test_an_answer_stops_the_ladder_and_what_waits(ward: Ward) -> None:
    await _settle(ward, "telegram", Accepted("id"))
    alla = await ward.recipient("Alla")
    token = make_token(ward.desk.vault.derive("buttons"), int(str(alla["id"])))
    await press_button(ward.desk, f"{token}.1", CHAT + 1)
    assert (0, "sms", "cancelled") in await ward.rows("Alla")
    ward.clock.pass_time(hours=1)
    await sweep(ward.desk)
    assert len(await ward.rows("Alla")) == 2
    assert (await ward.recipient("Alla"))["by_hand_at"] is None


async def test_silence_to_the_end_puts_those_on_duty_on_the_list_to_call(ward: Ward) -> None:
    for lane in ("telegram", "sms"):
        await _settle(ward, lane, Accepted("id"))
    ward.clock.pass_time(minutes=6)
    await sweep(ward.desk)
    await _settle(ward, "email", Accepted("id"))
    ward.clock.pass_time(minutes=6)
    await sweep(ward.desk)
    alla = await ward.recipient("Alla")
    assert alla["by_hand_at"] is not None
    assert alla["cause"] is None, "reached, and silent: two lists, not one"


async def test_rows_on_an_account_without_credit_go_to_the_next_channel_and_none_ends_by_it(ward: Ward) -> None:
    await _settle(ward, "telegram", NotSent(LaneFault.CREDENTIALS))
    at = ward.clock.now()
    await ward.desk.store.write(lambda tx: leases.block_lane(tx, "telegram", LaneFault.CREDENTIALS, at, at))
    ward.clock.pass_time(seconds=2)
    await sweep(ward.desk)
    assert await ward.rows("Boris") == [(0, "telegram", "queued"), (1, "sms", "queued")]
    for _ in range(3):
        await sweep(ward.desk)
    assert len(await ward.rows("Boris")) == 2, "passed over once, not at each round"


async def test_a_backup_account_of_the_same_channel_takes_the_rows_over(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    backup = replace(LANES[1], name="sms-2", role=Role.BACKUP)
    ward.desk.lanes = (*LANES, backup)
    await ward.desk.store.write(lambda tx: leases.ensure_lanes(tx, {"sms-2": "sms"}))
    await ward.send(suite="23h30")
    at = ward.clock.now()
    await ward.desk.store.write(lambda tx: leases.block_lane(tx, "sms", LaneFault.CREDIT, at, at))
    await sweep(ward.desk)
    assert not await ward.turn("sms")
    assert [row.person for row in await ward.turn("sms-2")] == [ward.people["Alla"]]
    await ward.desk.store.close()


async def test_a_recall_asks_once_and_chases_nobody(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA, replace(BORIS, volunteer=True)])
    shown = fill_in(ward.desk.library().template("recall"))
    await ward.send("recall", to="name:Boris", **shown)
    boris = await ward.recipient("Boris")
    assert (boris["woken"], boris["question"]) == (True, "choices")
    await _settle(ward, "telegram", Accepted("id"))
    await _settle(ward, "sms", Accepted("id"))
    before = await ward.rows("Boris")
    ward.clock.pass_time(hours=2)
    await sweep(ward.desk)
    assert await ward.rows("Boris") == before
    assert (await ward.recipient("Boris"))["by_hand_at"] is None
    await ward.desk.store.close()


async def test_a_round_costs_nothing_when_nothing_is_due(ward: Ward) -> None:
    await _settle(ward, "telegram", Accepted("id"))
    swept = await sweep(ward.desk)
    assert (swept.queued, swept.more) == (0, False)
    assert swept.next_look is not None


async def test_somebody_whose_only_channel_has_lost_its_lane_is_listed_in_the_end(database_url: str, tmp_path: Path) -> None:
    only = Member("Gaëlle", phone="+33639980044")
    ward = await open_ward(database_url, tmp_path, [ALLA, only])
    await ward.send(suite="23h30")
    ward.desk.lanes = LANES[:1]
    for _ in range(40):
        ward.clock.pass_time(minutes=6)
        await sweep(ward.desk)
    gaelle = await ward.recipient("Gaëlle")
    assert (gaelle["cause"], gaelle["look_at"]) == ("expired", None)
    await ward.desk.store.close()


async def test_a_restart_takes_answers_in_before_anybody_is_held_silent(ward: Ward) -> None:
    for lane in ("telegram", "sms"):
        await _settle(ward, lane, Accepted("id"))
    ward.clock.pass_time(hours=2)
    began = ward.clock.now()
    assert (await sweep(ward.desk, began=began)).queued == 0, "her answer may be waiting at the provider"
    token = make_token(ward.desk.vault.derive("buttons"), int(str((await ward.recipient("Alla"))["id"])))
    await press_button(ward.desk, f"{token}.1", CHAT + 1)
    ward.clock.pass_time(minutes=10)
    assert (await sweep(ward.desk, began=began)).queued == 0
    assert len(await ward.rows("Alla")) == 2


async def test_steps_overdue_after_a_restart_are_one_and_the_next_has_its_whole_patience(ward: Ward) -> None:
    for lane in ("telegram", "sms"):
        await _settle(ward, lane, Accepted("id"))
    ward.clock.pass_time(hours=2)
    began = ward.clock.now()
    await sweep(ward.desk, began=began)
    ward.clock.pass_time(seconds=31)
    for _ in range(3):
        await sweep(ward.desk, began=began)
    assert (await ward.rows("Alla"))[2:] == [(1, "email", "queued")]
    await _settle(ward, "email", Accepted("id"))
    ward.clock.pass_time(minutes=4)
    await sweep(ward.desk, began=began)
    assert (await ward.recipient("Alla"))["by_hand_at"] is None
    ward.clock.pass_time(minutes=2)
    await sweep(ward.desk, began=began)
    assert (await ward.recipient("Alla"))["by_hand_at"] is not None


async def test_what_fails_while_answers_are_taken_in_is_followed_at_once(ward: Ward) -> None:
    await _settle(ward, "telegram", BLOCKED)
    ward.clock.pass_time(seconds=1)
    await sweep(ward.desk, began=ward.clock.now())
    assert await ward.rows("Boris") == [(0, "telegram", "refused"), (1, "sms", "queued")]


async def test_an_alert_is_over_half_a_day_after_its_words_ran_out(ward: Ward) -> None:
    ward.clock.pass_time(hours=14)
    await sweep(ward.desk)
    assert [alert.state for alert in await ward.desk.store.read(alerts.list_alerts)] == ["approved"]
    ward.clock.pass_time(hours=2)
    await sweep(ward.desk)
    assert [alert.state for alert in await ward.desk.store.read(alerts.list_alerts)] == ["ended"]
    assert (await ward.recipient("Alla"))["cause"] == "expired", "the record keeps its cause"


async def _ward_with_a_backup(url: str, home: Path) -> Ward:
    """Alla and Boris, and a second SMS account."""
    ward = await open_ward(url, home, [ALLA, BORIS])
    ward.desk.lanes = (*LANES, replace(LANES[1], name="sms-2", role=Role.BACKUP))
    await ward.desk.store.write(lambda tx: leases.ensure_lanes(tx, {"sms-2": "sms"}))
    return ward


async def test_a_text_that_may_have_arrived_changes_account_only_once_it_is_dead(database_url: str, tmp_path: Path) -> None:
    ward = await _ward_with_a_backup(database_url, tmp_path)
    await ward.send(suite="23h30")
    doubtful = await _settle(ward, "sms", Unsure("cut"))
    at = ward.clock.now()
    await ward.desk.store.write(lambda tx: leases.block_lane(tx, "sms", LaneFault.UNREACHABLE, at, at))
    ward.clock.pass_time(seconds=20)
    await sweep(ward.desk)
    assert not await ward.turn("sms-2"), "one probe has not failed yet"
    ward.clock.pass_time(seconds=15)
    await sweep(ward.desk)
    again = await ward.turn("sms-2")
    assert [(row.person, row.copies) for row in again] == [(row.person, 2) for row in doubtful], "the change costs a copy"
    await ward.desk.store.close()


async def test_a_lane_that_nobody_works_any_more_leaves_its_people_to_the_next_channel(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    await ward.send(suite="23h30")
    for lane in ("sms", "email"):
        await ward.turn(lane, room=0)  # somebody holds these two
    await sweep(ward.desk)
    assert await ward.rows("Boris") == [(0, "telegram", "queued")], "just started: whoever will work it is about to take it"
    await sweep(ward.desk, settled_in=True)
    assert await ward.rows("Boris") == [(0, "telegram", "queued"), (1, "sms", "queued")]
    await ward.desk.store.close()
