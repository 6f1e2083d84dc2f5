"""The rounds' verb: draw the consequence of every failure and of every silence, one recipient at a time, under his lock.

A step is decided by ``domain.escalation.next_move``; here it is carried out. Lock order: recipients by id, then outbox.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial

from notifier.desk.counting import spoken_for
from notifier.desk.desk import Desk, choose_lane
from notifier.desk.queueing import WayFinder, queue_step
from notifier.desk.standing_down import stand_down
from notifier.desk.standing_in import Relief, Wanted, asks_deputy, call_in
from notifier.domain.delivery import State
from notifier.domain.escalation import (
    LOOK_AGAIN,
    AddStep,
    CallIn,
    Ladder,
    Listed,
    Move,
    Reached,
    RowFacts,
    TakenOver,
    WaitUntil,
    next_move,
)
from notifier.domain.message import Question
from notifier.domain.people import Channel
from notifier.store import alerts, outbox, rounds
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.rounds import RowState
from notifier.store.transaction import Tx

ANSWERS_LATE = timedelta(hours=12)  # after the words ran out, an answer still counts: a shift's length
DEAD_AFTER = timedelta(seconds=30)  # real: an account that cannot send for so long, its first probe included, is dead
GRACE = timedelta(seconds=30)  # real: answers that came while nobody listened are taken in before anybody is held silent
AT_ONCE = 300  # recipients a transaction: answers wait no longer than this takes


@dataclass(frozen=True, slots=True)
class Swept:
    """What a round did: rows queued, whether more recipients wait, and when the next one is due."""

    queued: int
    more: bool
    next_look: datetime | None


async def sweep(desk: Desk, *, settled_in: bool = False, began: datetime | None = None) -> Swept:
    """One round. Some transactions, each of which locks recipients, if any, in order of id, and only then the outbox.

    ``settled_in`` once the workers have had the time to take their lanes: from then on a lane that nobody holds is a dead one.
    ``began`` is when these rounds began: whoever got his message before is not held silent before answers have been taken in.
    """
    met = await desk.store.write(partial(_close_rows, desk.clock.now()))
    await desk.store.write(partial(_use_backups, desk, settled_in))
    while met:
        met = await desk.store.write(partial(stand_down, desk, desk.clock.now()))
    swept, wanted = await desk.store.write(partial(_sweep, desk, settled_in, began))
    if wanted:  # after the round: whoever stands by is locked in order of id, and not after those whom he stands in for
        await desk.store.write(partial(call_in, wanted, desk.clock.now()))
        return replace(swept, more=True)
    return swept


def _close_rows(at: datetime, tx: Tx) -> bool:
    """True where somebody may have to be stood down."""
    outbox.cancel_moot(tx, at)
    outbox.expire_rows(tx, at)
    outbox.rematch_quarantine(tx, at)
    alerts.end_past(tx, at - ANSWERS_LATE)
    return alerts.any_met(tx)


def _faulty(desk: Desk, settled_in: bool, tx: Tx) -> dict[str, datetime]:
    """Lanes that cannot send, by fault of the account or because nobody works them, and since when."""
    gone = rounds.deserted_lanes(tx, desk.clock.wall()) if settled_in else []
    return rounds.faulty_lanes(tx) | dict.fromkeys(gone, desk.clock.now() - desk.clock.story(DEAD_AFTER))


def _sweep(desk: Desk, settled_in: bool, began: datetime | None, tx: Tx) -> tuple[Swept, dict[Wanted, set[int]]]:
    at = desk.clock.now()
    faulty = _faulty(desk, settled_in, tx)
    due = rounds.due_recipients(tx, at, AT_ONCE)
    ids = sorted({*due, *rounds.stuck_recipients(tx, list(faulty), at, AT_ONCE)})
    if not ids:
        return Swept(0, more=False, next_look=rounds.next_look(tx)), {}
    locked = alerts.lock_recipients(tx, ids)
    rounds.mark_swept(tx, ids)  # before they are read: what fails from now on, under no lock of ours, is marked anew
    rows = rounds.rows_of(tx, ids)
    raised = alerts.load_alerts(tx, {row.alert for row in locked})
    ways = cache(lambda alert: WayFinder(desk, alerts.wordings_of(tx, alert)))
    spoken, relief = spoken_for(tx, locked), Relief(tx, raised.values(), at)
    heard = None if began is None else _Heard(began, began + desk.clock.story(GRACE))
    queued: list[outbox.NewRow] = []
    for recipient in locked:
        alert, mine = raised[recipient.alert], rows.get(recipient.id, [])
        move = _decide(alert, recipient, mine, faulty, at, spoken_for=recipient.id in spoken, heard=heard)
        if recipient.id in spoken and isinstance(move, Reached):
            outbox.cancel_waiting(tx, [recipient.id], at, "headcount")  # a reminder that was on the wire, and came back unsent
        queued += _carry_out(desk, tx, ways, alert, recipient, move, at, faulty, relief)
    alerts.keep_course(tx, locked)
    outbox.put(tx, queued)
    return Swept(len(queued), len(due) >= AT_ONCE, rounds.next_look(tx)), relief.wanted


def _decide(
    alert: AlertRow,
    recipient: RecipientRow,
    rows: Sequence[RowState],
    faulty: Mapping[str, datetime],
    at: datetime,
    *,
    spoken_for: bool,
    heard: "_Heard | None",
) -> Move:
    """The next move; a row that sits on an account that cannot send is passed over only where another channel is left.

    Whoever is spoken for still gets what has not reached him, and is no longer asked again.
    """

    plan = Ladder.from_json(alert.ladder)

    def ask(*, stuck: bool) -> Move:
        return next_move(
            plan,
            [_facts(row, stuck=stuck and row.lane in faulty, heard=heard, plan=plan) for row in rows],
            woken=recipient.woken,
            asked=recipient.question != Question.NONE and not spoken_for,
            answered=recipient.answer is not None,
            stopped=alert.state != "approved",
            expires=recipient.expires_at,
            reachable=[Channel(channel) for channel in recipient.channels],
            at=at,
        )

    passing = ask(stuck=True)
    return passing if isinstance(passing, AddStep) else ask(stuck=False)


@dataclass(frozen=True, slots=True)
class _Heard:
    """Since when we listen, and when what had been said before has been taken in."""

    since: datetime
    all_by: datetime


def _facts(row: RowState, *, stuck: bool, heard: _Heard | None, plan: Ladder) -> RowFacts:
    told = row.settled_at if row.state in (State.ACCEPTED, State.SENT, State.DELIVERED) else row.wired_at
    since = told or row.due
    if heard is not None and since < heard.since:
        since = max(since, heard.all_by - plan.patience_with(Channel(row.channel)))
    return RowFacts(row.step, Channel(row.channel), row.state, row.copies, since, stuck=stuck)


def _carry_out(
    desk: Desk,
    tx: Tx,
    ways: Callable[[int], WayFinder],
    alert: AlertRow,
    recipient: RecipientRow,
    move: Move,
    at: datetime,
    faulty: Mapping[str, datetime],
    relief: Relief,
) -> list[outbox.NewRow]:
    match move:
        case AddStep(step, channels):
            found = queue_step(desk, ways(alert.id), alert, recipient, step, channels, at, frozenset(faulty))
            if found:
                recipient.look_at = _patience_ends(alert, recipient, at)
            else:  # no lane or no words for these channels any more: the next round looks past them
                left = {name: address for name, address in recipient.channels.items() if Channel(name) not in channels}
                alerts.update_recipient(tx, recipient.id, channels=left)
                recipient.look_at = at
            return found
        case WaitUntil(until, by_hand):
            recipient.look_at = max(at, min(until, _patience_ends(alert, recipient, at)))
            _call_somebody(relief, alert, recipient, by_hand, at)
        case Reached(by_hand):
            if not recipient.woken or alert.state != "approved":
                outbox.cancel_waiting(tx, [recipient.id], at, "reached")  # left on a lane that has healed since
            recipient.look_at = recipient.cause = None
            if asks_deputy(alert, recipient):
                _stood_in_for(relief, alert, recipient, at)  # where nobody does, the board says so
            else:
                _call_somebody(relief, alert, recipient, by_hand, at)
        case Listed(cause, by_hand):
            if alert.state != "approved":
                outbox.cancel_waiting(tx, [recipient.id], at, "stopped")  # was on the wire at the stop, and came back unsent
            recipient.look_at, recipient.cause, recipient.listed_at = None, cause.value, recipient.listed_at or at
            _call_somebody(relief, alert, recipient, by_hand, at)
    return []


def _call_somebody(relief: Relief, alert: AlertRow, recipient: RecipientRow, by_hand: bool, at: datetime) -> None:
    """Whoever stands in, and once nobody is left of those, by hand."""
    by_hand = by_hand and (recipient.by_hand_at is not None or not _stood_in_for(relief, alert, recipient, at))
    if by_hand and recipient.by_hand_at is None:
        recipient.by_hand_at = at


def _stood_in_for(relief: Relief, alert: AlertRow, recipient: RecipientRow, at: datetime) -> bool:
    match relief.next_for(alert, recipient):
        case CallIn():
            recipient.look_at = at + LOOK_AGAIN
        case WaitUntil(until):
            recipient.look_at = min(until, recipient.expires_at, recipient.look_at or until)
        case TakenOver():
            pass
        case None:
            return False
    return True


def _patience_ends(alert: AlertRow, recipient: RecipientRow, at: datetime) -> datetime:
    return min(recipient.expires_at, max(at, recipient.release_at) + Ladder.from_json(alert.ladder).soonest)


def _use_backups(desk: Desk, settled_in: bool, tx: Tx) -> None:
    """Rows leave a lane that cannot send for another one of their channel, those that may have arrived only once it is dead."""
    faulty = _faulty(desk, settled_in, tx)
    healthy = {lane.channel.value for lane in desk.lanes if lane.name not in faulty}
    waiting: list[RowState] = []
    for name, since in faulty.items():
        dead = desk.clock.now() - since >= desk.clock.story(DEAD_AFTER)
        waiting += [row for row in rounds.rows_on(tx, name, AT_ONCE, dead=dead) if row.channel in healthy]
    people = {row.id: row for row in alerts.lock_recipients(tx, sorted({row.recipient for row in waiting}))}
    ways = {alert: WayFinder(desk, alerts.wordings_of(tx, alert)) for alert in {row.alert for row in people.values()}}
    moves = []
    for row in waiting:
        recipient = people[row.recipient]
        other = choose_lane(desk.lanes, Channel(row.channel), recipient.id, faulty)
        wording = None if other is None else ways[recipient.alert].wording_for(recipient, other)
        if other is not None and wording is not None:
            moves.append((row.id, other.name, wording))
    outbox.move_rows(tx, moves)
