"""The delivery protocol of RELIABILITY 4.2 on a real database: turn, settle, takeover, receipts."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from notifier.domain.delivery import (
    Accepted,
    Deferred,
    Evidence,
    LaneFault,
    NotSent,
    Outcome,
    Refused,
    RefusedFor,
    Report,
    Unsure,
)
from notifier.store import leases, outbox, tables
from notifier.store.leases import Holder
from notifier.store.outbox import Finished
from notifier.store.transaction import Tx
from tests.store.scene import LANE, Scene, open_scene


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """Three recipients, one row each, nothing sent yet."""
    opened = await open_scene(database_url, people=3)
    yield opened
    await opened.store.close()


async def _wire(scene: Scene, epoch: int, count: int = 1) -> list[Finished]:
    turn = await scene.turn(epoch, room=count)
    return [Finished(row.id, epoch, row.copies, Unsure()) for row in turn.wired]


def _ended(call: Finished, outcome: Outcome) -> Finished:
    return Finished(call.row, call.epoch, call.copy, outcome)


async def test_a_turn_counts_the_copy_before_the_wire_and_accepts_after_it(scene: Scene) -> None:
    epoch = await scene.take()
    assert epoch == 1
    call = (await _wire(scene, epoch))[0]
    assert await scene.states() == ["on_wire", "queued", "queued"]
    assert (await scene.rows())[0]["copies"] == 1
    await scene.turn(epoch, _ended(call, Accepted("msg-1")), room=0)
    row = (await scene.rows())[0]
    assert (row["state"], row["copies"], row["provider_id"]) == ("accepted", 1, "msg-1")
    assert await scene.attempts() == [(1, "wire"), (1, "accepted")]


async def test_a_row_that_cannot_be_is_refused_by_its_database_under_one_name(scene: Scene) -> None:
    nobody = outbox.NewRow(scene.alert, 1, 1, 1, LANE, "telegram", 0, 0, scene.at, scene.at)
    with pytest.raises(IntegrityError):
        await scene.store.write(lambda tx: outbox.put(tx, [nobody]))
    assert await scene.states() == ["queued", "queued", "queued"]


async def test_a_turn_puts_no_more_on_the_wire_than_there_is_room(scene: Scene) -> None:
    epoch = await scene.take() or 0
    assert len((await scene.turn(epoch, room=2)).wired) == 2
    assert len((await scene.turn(epoch, room=0)).wired) == 0
    assert len((await scene.turn(epoch, room=2)).wired) == 1


@pytest.mark.parametrize(
    ("outcome", "state", "copies"),
    [
        (Deferred(timedelta(seconds=7)), "queued", 0),
        (NotSent(), "queued", 0),
        (NotSent(LaneFault.CREDIT), "queued", 0),
        (Refused(RefusedFor.BLOCKED), "refused", 0),
        (Unsure("cut"), "unsure", 1),
    ],
)
async def test_an_outcome_decides_what_the_row_becomes(scene: Scene, outcome: Outcome, state: str, copies: int) -> None:
    epoch = await scene.take() or 0
    call = (await _wire(scene, epoch))[0]
    turn = await scene.turn(epoch, _ended(call, outcome), room=0)
    row = (await scene.rows())[0]
    assert (row["state"], row["copies"], row["tries"]) == (state, copies, 1)
    assert turn.failed is (state == "refused")


async def test_a_deferred_row_waits_as_long_as_the_provider_asked(scene: Scene) -> None:
    epoch = await scene.take() or 0
    calls = await _wire(scene, epoch, 3)
    await scene.turn(epoch, *(_ended(call, Deferred(timedelta(seconds=7))) for call in calls), room=8)
    assert await scene.states() == ["queued"] * 3
    scene.pass_time(seconds=6.9)
    assert not (await scene.turn(epoch)).wired
    scene.pass_time(seconds=0.2)
    assert len((await scene.turn(epoch)).wired) == 3


async def test_three_ambiguous_copies_exhaust_a_row_and_never_four(scene: Scene) -> None:
    epoch = await scene.take() or 0
    for copy in (1, 2, 3):
        call = (await _wire(scene, epoch))[0]
        assert call.copy == copy
        await scene.turn(epoch, _ended(call, Unsure()), room=0)
        scene.pass_time(seconds=3)
        await scene.store.write(
            lambda tx: tx.execute(
                update(tables.outbox).where(tables.outbox.c.copies == 0).values(due=scene.at + timedelta(hours=9))
            )
        )
    row = (await scene.rows())[0]
    assert (row["state"], row["reason"], row["unswept"]) == ("exhausted", "unsure", True)


async def test_a_takeover_makes_what_was_on_the_wire_unsure_and_sends_it_again_at_once(scene: Scene) -> None:
    await scene.take("one")
    await _wire(scene, 1, 2)
    assert await scene.take("two") is None, "the lease of a living owner holds"
    await scene.let_lease_run_out()
    assert await scene.take("two") == 2
    assert await scene.states() == ["unsure", "unsure", "queued"]
    again = await scene.turn(2)
    assert sorted(row.copies for row in again.wired) == [1, 2, 2]


async def test_whoever_holds_the_lock_of_the_home_takes_over_at_once(scene: Scene) -> None:
    await scene.take("one")
    assert await scene.take("two", locked=True) == 2


async def test_a_deposed_worker_leaves_evidence_and_starts_nothing(scene: Scene) -> None:
    await scene.take("one")
    accepted, refused = await _wire(scene, 1, 2)
    await scene.let_lease_run_out()
    await scene.take("two")
    done = [_ended(accepted, Accepted("late")), _ended(refused, Refused(RefusedFor.BLOCKED))]
    await scene.store.write(lambda tx: outbox.record(tx, LANE, -1, done, at=scene.at, story=1.0))
    assert await scene.states() == ["accepted", "unsure", "queued"], "accepted is never undone, the rest decides nothing"
    assert [event for _, event in await scene.attempts()] == ["wire", "wire", "accepted", "refused"]


@pytest.mark.parametrize("older_first", [True, False])
async def test_of_two_copies_that_end_in_one_turn_the_accepted_one_is_evidence(scene: Scene, older_first: bool) -> None:
    (old,) = await _wire(scene, await scene.take() or 0)
    epoch = await scene.take() or 0  # the lease was lost and had again while the call was under way
    new = next(call for call in await _wire(scene, epoch, 3) if call.row == old.row)
    ended = [_ended(old, Accepted("msg-1")), _ended(new, NotSent())]
    await scene.turn(epoch, *(ended if older_first else reversed(ended)), room=0)
    row = next(row for row in await scene.rows() if row["id"] == old.row)
    assert (row["state"], row["provider_id"]) == ("accepted", "msg-1")


async def test_a_lost_lease_is_told_and_a_kept_one_is_renewed(scene: Scene) -> None:
    await scene.take("one")
    holder = Holder("one", "home", locked=False)

    async def hold() -> timedelta | None:
        held = await scene.store.write(lambda tx: leases.hold_lease(tx, LANE, holder, 1, scene.wall))
        return None if held is None else held.left

    if scene.store.is_sqlite:  # PostgreSQL reads its own clock, which no test winds
        scene.pass_time(seconds=6)
        assert await hold() == leases.LEASE
        scene.pass_time(seconds=16)
        assert await hold() is None
    else:
        left = await hold()
        assert left is not None
        assert left > timedelta(seconds=10)


async def test_nothing_of_a_stopped_alert_goes_on_the_wire(scene: Scene) -> None:
    epoch = await scene.take() or 0
    await scene.store.write(lambda tx: tx.execute(update(tables.alerts).values(state="stopped")))
    assert not (await scene.turn(epoch)).wired
    people = [int(str(row["recipient"])) for row in await scene.rows()]
    assert await scene.store.read(lambda tx: outbox.still_awaiting(tx, people)) == frozenset()
    assert await scene.store.write(lambda tx: outbox.cancel_alert(tx, scene.alert, scene.at)) == 3


async def test_a_message_that_was_on_the_wire_at_a_stop_is_not_tried_again_and_its_person_is_looked_at(scene: Scene) -> None:
    epoch = await scene.take() or 0
    calls = await _wire(scene, epoch, 3)
    await scene.store.write(lambda tx: tx.execute(update(tables.alerts).values(state="stopped")))
    ended = [_ended(calls[0], NotSent()), _ended(calls[1], Unsure()), _ended(calls[2], Accepted("p"))]
    turn = await scene.turn(epoch, *ended, room=0)
    assert turn.failed
    rows = {row["id"]: (row["state"], row["reason"], row["unswept"], row["copies"]) for row in await scene.rows()}
    assert rows[calls[0].row] == ("cancelled", "stopped", True, 0)
    assert rows[calls[1].row] == ("cancelled", "stopped", True, 1), "doubtful: a copy may have arrived"
    assert rows[calls[2].row][0] == "accepted"


async def test_expired_words_are_never_put_on_the_wire(scene: Scene) -> None:
    epoch = await scene.take() or 0
    scene.pass_time(hours=1)
    assert not (await scene.turn(epoch)).wired
    assert await scene.store.write(lambda tx: outbox.expire_rows(tx, scene.at)) == 3
    assert await scene.states() == ["expired"] * 3


def _wording(tx: Tx, row: int) -> int:
    found: int = tx.execute(select(tables.outbox.c.wording).where(tables.outbox.c.id == row)).scalar_one()
    return found


async def test_receipts_in_any_order_end_in_the_same_place_and_count_once(scene: Scene) -> None:
    epoch = await scene.take() or 0
    call = (await _wire(scene, epoch))[0]
    await scene.turn(epoch, _ended(call, Accepted("p1")), room=0)

    async def report(evidence: Evidence, event: str) -> int:
        told = [Report(evidence, provider_id="p1", event_id=event)]
        return await scene.store.write(lambda tx: outbox.take_reports(tx, LANE, told, scene.at))

    assert await report(Evidence.DELIVERED, "e2") == 1
    assert await report(Evidence.SENT, "e1") == 0
    assert await report(Evidence.UNDELIVERED, "e3") == 0
    assert await report(Evidence.DELIVERED, "e2") == 0
    assert (await scene.states())[0] == "delivered"


async def test_a_receipt_ahead_of_its_settle_waits_in_quarantine(scene: Scene) -> None:
    epoch = await scene.take() or 0
    call = (await _wire(scene, epoch))[0]
    early = [Report(Evidence.UNDELIVERED, provider_id="p1", event_id="e1")]
    assert await scene.store.write(lambda tx: outbox.take_reports(tx, LANE, early, scene.at)) == 0
    turn = await scene.turn(epoch, _ended(call, Accepted("p1")), room=0)
    assert turn.failed
    assert (await scene.states())[0] == "undelivered"


async def test_a_receipt_by_our_own_id_needs_no_provider_id(scene: Scene) -> None:
    epoch = await scene.take() or 0
    call = (await _wire(scene, epoch))[0]
    told = [Report(Evidence.SENT, our_id=str(call.row), event_id="e1")]
    assert await scene.store.write(lambda tx: outbox.take_reports(tx, LANE, told, scene.at)) == 1
    await scene.turn(epoch, _ended(call, Unsure("cut")), room=0)
    assert (await scene.states())[0] == "sent", "the receipt proved what the cut line left open"


async def test_a_receipt_by_our_own_id_finds_its_row_on_whichever_lane_that_waits_by_now(scene: Scene) -> None:
    epoch = await scene.take() or 0
    call = (await _wire(scene, epoch))[0]
    await scene.turn(epoch, _ended(call, Unsure("cut")), room=0)
    await scene.store.write(lambda tx: outbox.move_rows(tx, [(call.row, "another", _wording(tx, call.row))]))
    told = [Report(Evidence.DELIVERED, our_id=str(call.row), event_id="e1")]
    assert await scene.store.write(lambda tx: outbox.take_reports(tx, LANE, told, scene.at)) == 1
    assert (await scene.states())[0] == "delivered"


async def test_a_dead_address_is_marked_by_the_settle_that_learnt_it(scene: Scene) -> None:
    epoch = await scene.take() or 0
    call = (await _wire(scene, epoch))[0]
    await scene.turn(epoch, _ended(call, Refused(RefusedFor.BLOCKED, dead=True)), room=0)
    dead = await scene.store.read(
        lambda tx: tx.execute(tables.addresses.select().where(tables.addresses.c.dead_at.is_not(None))).all()
    )
    assert [(row.dead_why, row.dead_at) for row in dead] == [("blocked", scene.at)]


async def test_an_answer_that_came_while_the_message_was_on_the_wire_keeps_it_from_going_again(scene: Scene) -> None:
    epoch = await scene.take() or 0
    calls = await _wire(scene, epoch, 3)
    answered = next(row["recipient"] for row in await scene.rows() if row["id"] == calls[0].row)
    people = tables.recipients
    await scene.store.write(
        lambda tx: tx.execute(update(people).where(people.c.id == answered).values(answer="read", answered_at=scene.at))
    )
    await scene.turn(epoch, _ended(calls[0], NotSent()), _ended(calls[1], NotSent()), _ended(calls[2], Unsure()), room=0)
    assert sorted(await scene.states()) == ["cancelled", "queued", "unsure"]
    scene.pass_time(minutes=1)
    assert {row.id for row in (await scene.turn(epoch)).wired} == {calls[1].row, calls[2].row}


async def test_an_answer_that_crossed_the_settle_of_its_own_row_still_keeps_it_from_going(scene: Scene) -> None:
    epoch = await scene.take() or 0
    await scene.store.write(lambda tx: tx.execute(update(tables.recipients).values(answer="read", answered_at=scene.at)))
    await scene.store.write(lambda tx: tx.execute(update(tables.outbox).values(tries=1)))
    assert (await scene.turn(epoch)).wired == ()
    assert await scene.store.write(lambda tx: outbox.cancel_moot(tx, scene.at)) == len(await scene.rows())
    assert set(await scene.states()) == {"cancelled"}, "nor does a story wait for it until it expires"
    assert (await scene.turn(epoch)).next_due is None
