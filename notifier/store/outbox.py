"""The outbox: who is still to be sent what, by which lane, and what became of it (RELIABILITY 4.2).

``take_turn`` is the heart: one transaction that settles what has finished and puts the next rows on the wire. Nothing here waits
for a network, and nothing here touches a recipient.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from notifier.domain.delivery import (
    FAILED,
    TAKEN,
    WAITING,
    Accepted,
    Deferred,
    Evidence,
    NotSent,
    Outcome,
    Refused,
    Report,
    Settled,
    State,
    advance,
    settle,
)
from notifier.store.ids import new_ids
from notifier.store.inserting import insert_rows, to_database
from notifier.store.tables import addresses, alerts, outbox, receipts, recipients
from notifier.store.turning import (
    ADDRESS,
    AWAITING,
    CANCEL_ANSWERED,
    CANCEL_STOPPED,
    CROSSED,
    EARLIEST,
    EARLY,
    EXPIRE,
    KNOWN,
    NEXT,
    NOTE,
    PUT_ON_WIRE,
    SETTLE,
    Known,
)

_WAITING = tuple(state.value for state in WAITING)
_TAKEN = tuple(state.value for state in TAKEN)


class NewRow(NamedTuple):
    """One message to queue."""

    alert: int
    recipient: int
    wording: int
    address: int
    lane: str
    channel: str
    step: int
    priority: int
    due: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wired:
    """A row that is on the wire: all that the lane needs to fill the words and call."""

    epoch: int
    copies: int
    tries: int
    id: int
    alert: int
    number: int
    exercise: bool
    protect: bool
    urgent: bool
    recipient: int
    person: int
    card: int
    name_sealed: bytes = field(repr=False)
    address: int
    address_sealed: bytes = field(repr=False)
    in_band: bool  # found to belong to the hospital's own network since the row was queued
    wording: int
    expires_at: datetime


class Moved(NamedTuple):
    """An address's new value: sealed for its row, and blind."""

    value_sealed: bytes
    value_blind: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that has ended: the row, the epoch it was started under, what came of it, and where its address has moved."""

    row: int
    epoch: int
    copy: int
    outcome: Outcome
    moved: Moved | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn did. ``next_due`` is when the earliest row that waits becomes due (story time); None where none waits."""

    wired: tuple[Wired, ...]
    failed: bool  # some row failed: the sweep is to be woken
    next_due: datetime | None


def put(tx: Connection, rows: Sequence[NewRow]) -> None:
    """Queue rows; the caller's transaction also holds the alert, the timers and the journal entry."""
    instant = to_database(tx)
    columns = (
        "id", "alert", "recipient", "wording", "address", "lane", "channel", "step", "state", "epoch", "copies", "tries",
        "priority", "due", "expires_at", "unswept",
    )  # fmt: skip
    told = (
        (
            row_id, row.alert, row.recipient, row.wording, row.address, row.lane, row.channel, row.step, State.QUEUED.value,
            0, 0, 0, row.priority, instant(row.due), instant(row.expires_at), False,
        )
        for row_id, row in zip(new_ids(len(rows)), rows, strict=True)
    )  # fmt: skip
    insert_rows(tx, outbox, columns, told)


def take_turn(
    tx: Connection,
    lane: str,
    epoch: int,
    finished: Sequence[Finished],
    *,
    at: datetime,
    story: float,
    room: int,
    resting: Collection[int] = (),
    receipts: bool = True,
) -> Turn:
    """Settle, then put on the wire at most ``room`` rows. The caller has locked the lane and checked lease and freeze.

    ``story`` is how many seconds of story time a real second takes (the demo's speed); ``resting`` are addresses that were
    called less than the provider's gap ago; ``receipts`` whether the provider sends any, which may be ahead of their settle.
    """
    failed, notes = _settle(tx, lane, epoch, finished, at=at, story=story)
    wired: tuple[Wired, ...] = ()
    if room > 0:
        wired = _put_on_wire(tx, lane, epoch, at=at, room=room, resting=resting)
        notes += [_attempt(row.id, lane, epoch, row.copies, None, at) for row in wired]
    NOTE.run(tx, notes)
    if receipts:
        failed |= _match_quarantine(tx, lane, finished, at)
    return Turn(wired, failed, _next_due(tx, lane) if len(wired) < room else at)


def record(tx: Connection, lane: str, epoch: int, finished: Sequence[Finished], *, at: datetime, story: float) -> bool:
    """Write outcomes down. Under the current epoch they also decide what is next; from an older one Accepted is still evidence.

    Gives True when some row failed.
    """
    failed, notes = _settle(tx, lane, epoch, finished, at=at, story=story)
    NOTE.run(tx, notes)
    return _match_quarantine(tx, lane, finished, at) or failed


def _settle(
    tx: Connection, lane: str, epoch: int, finished: Sequence[Finished], *, at: datetime, story: float
) -> tuple[bool, list[dict[str, object]]]:
    """Whether some row failed, and what is to be noted of the attempts."""
    if not finished:
        return False, []
    rows = {row[0]: Known(*row) for row in KNOWN.rows(tx, [end.row for end in finished])}
    moot = _moot(tx, [end.row for end in finished if not isinstance(end.outcome, Accepted | Refused)])
    changes: dict[int, dict[str, object]] = {}
    failed = False
    for end in finished:
        row = rows[end.row]
        current = row.state == State.ON_WIRE and row.epoch == end.epoch == epoch
        if current:
            settled = settle(end.outcome, copies=row.copies, tries=row.tries)
            if settled.state in WAITING and end.row in moot:  # an answer or a stop came while it was on the wire: not again
                settled = Settled(State.CANCELLED, settled.copies, reason=moot[end.row])
        elif isinstance(end.outcome, Accepted) and row.state not in (*_TAKEN, State.UNDELIVERED.value):
            settled = Settled(State.ACCEPTED, row.copies, provider_id=end.outcome.provider_id)
        else:
            continue
        # A lane that lost its lease and has it again may bring two copies of a row: the second meets what the first has proved.
        rows[end.row] = row._replace(state=settled.state.value, copies=settled.copies)
        unswept = settled.state in FAILED or settled.reason == "stopped"
        failed |= unswept
        changes[end.row] = {
            "id": end.row,
            "state": settled.state.value,
            "copies": settled.copies,
            "due": at + settled.wait * story,
            "provider_id": settled.provider_id,
            "reason": settled.reason,
            "settled_at": at,
            "unswept": unswept,
        }
    SETTLE.run(tx, list(changes.values()))
    dead = {
        rows[end.row].address: end.outcome.reason.value
        for end in finished
        if isinstance(end.outcome, Refused) and end.outcome.dead
    }
    for address, why in dead.items():
        tx.execute(update(addresses).where(addresses.c.id == address).values(dead_at=at, dead_why=why))
    for end in finished:
        if end.moved is not None:
            tx.execute(update(addresses).where(addresses.c.id == rows[end.row].address).values(**end.moved._asdict()))
    return failed, [_attempt(end.row, lane, end.epoch, end.copy, end.outcome, at) for end in finished]


def _moot(tx: Connection, row_ids: Sequence[int]) -> dict[int, str]:
    """Those of these rows that nobody needs any more, and why: answered, stopped. A turn locks no recipient for it."""
    if not row_ids:
        return {}
    found = tx.execute(
        select(outbox.c.id, recipients.c.answer)
        .join(recipients, recipients.c.id == outbox.c.recipient)
        .join(alerts, alerts.c.id == outbox.c.alert)
        .where(outbox.c.id.in_(list(row_ids)), or_(recipients.c.answer.is_not(None), alerts.c.state != "approved"))
    )
    return {row.id: "stopped" if row.answer is None else "answered" for row in found}


def _attempt(row: int, lane: str, epoch: int, copy: int, outcome: Outcome | None, at: datetime) -> dict[str, object]:
    event, detail = "wire", ""
    provider_id: str | None = None
    match outcome:
        case Accepted(given, moved):
            event, provider_id, detail = "accepted", given, "moved" if moved else ""
        case Deferred(wait):
            event, detail = "deferred", f"{wait.total_seconds():g} s"
        case Refused(reason, _, code):
            event, detail = "refused", f"{reason} {code}".strip()
        case NotSent(fault, code):
            event, detail = "not_sent", f"{fault or ''} {code}".strip()
        case None:
            pass
        case unsure:
            event, detail = "unsure", unsure.detail
    return {
        "row": row,
        "lane": lane,
        "epoch": epoch,
        "copy": copy,
        "event": event,
        "at": at,
        "provider_id": provider_id,
        "detail": detail,
    }


def _put_on_wire(
    tx: Connection, lane: str, epoch: int, *, at: datetime, room: int, resting: Collection[int]
) -> tuple[Wired, ...]:
    # State by state: one index then gives each in order, and a fan-out of 50,000 rows is not sorted at every turn.
    asked = {"lane": lane, "at": at, "room": room}
    rows = [row for state in _WAITING for row in NEXT.rows(tx, state=state, **asked)]
    if any(row[ADDRESS] in resting for row in rows):  # hundreds of addresses rest in a drain, and seldom is one wanted again
        rows = [row for state in _WAITING for row in NEXT.rows(tx, list(resting), state=state, **asked)]
    rows.sort(key=itemgetter(0, 1, 2))
    picked: dict[int, Wired] = {}  # by address: one at a time to one address
    for _priority, _due, *facts, copies, tries in rows[:room]:
        wired = Wired(epoch, copies + 1, tries + 1, *facts)
        picked.setdefault(wired.address, wired)
    if picked:
        PUT_ON_WIRE.run(tx, [row.id for row in picked.values()], epoch=epoch, at=at)
    return tuple(picked.values())


def _next_due(tx: Connection, lane: str) -> datetime | None:
    """When the lane has something to do again. Rows that an answer or a stop is about to cancel may be among it."""
    [earliest] = EARLIEST.rows(tx, lane=lane)
    return min((due for due in earliest if due is not None), default=None)


def still_awaiting(tx: Connection, recipient_ids: Sequence[int]) -> frozenset[int]:
    """Which of these recipients may still be sent their message, read again just before the call.

    Their alert is approved and not stopped, they have not answered, and no freeze stands.
    """
    return frozenset(recipient for [recipient] in AWAITING.rows(tx, recipient_ids))


def take_reports(tx: Connection, lane: str, reports: Sequence[Report], at: datetime) -> int:
    """Receipts, in any order and any number of times; gives how many moved a row.

    A receipt that names no row of ours yet (it may be ahead of its settle) waits in quarantine for that provider id.
    """
    moved = 0
    for report in reports:
        event = f"{lane}:{report.event_id or f'{report.provider_id or report.our_id}:{report.evidence}:{report.part}'}"[:160]
        if tx.execute(select(receipts.c.event).where(receipts.c.event == event)).first() is not None:
            continue
        known = _find_row(tx, lane, report)
        tx.execute(
            insert(receipts).values(
                event=event,
                at=at,
                lane=lane,
                provider_id=report.provider_id,
                evidence=report.evidence.value,
                known=known is not None,
            )
        )
        if known is not None:
            moved += _advance(tx, known, report.evidence, at)
            if report.dead is not None:
                mine = select(outbox.c.address).where(outbox.c.id == known).scalar_subquery()
                dead = update(addresses).where(addresses.c.id == mine, addresses.c.dead_at.is_(None))
                tx.execute(dead.values(dead_at=at, dead_why=report.dead.value))
    return moved


def recipient_of(tx: Connection, row: int) -> int | None:
    """Whose message this row is."""
    found: int | None = tx.execute(select(outbox.c.recipient).where(outbox.c.id == row)).scalar_one_or_none()
    return found


def _find_row(tx: Connection, lane: str, report: Report) -> int | None:
    ours = report.our_id or ""
    if ours.isascii() and ours.isdigit() and len(ours) < 20 and int(ours) < 1 << 63:  # what the column holds
        where = outbox.c.id == int(ours)  # on whichever lane it waits by now: the first account's copy may have arrived
    elif report.provider_id is not None:
        where = and_(outbox.c.lane == lane, outbox.c.provider_id == report.provider_id)
    else:
        return None
    found: int | None = tx.execute(select(outbox.c.id).where(where).limit(1)).scalar_one_or_none()
    return found


def _advance(tx: Connection, row: int, evidence: Evidence, at: datetime) -> int:
    state = State(tx.execute(select(outbox.c.state).where(outbox.c.id == row).with_for_update()).scalar_one())
    new = advance(state, evidence)
    if new is state:
        return 0
    tx.execute(
        update(outbox)
        .where(outbox.c.id == row)
        .values(state=new.value, settled_at=func.coalesce(outbox.c.settled_at, at), unswept=new in FAILED)
    )
    return 1


def _match_quarantine(tx: Connection, lane: str, finished: Sequence[Finished], at: datetime) -> bool:
    given = {
        end.outcome.provider_id: end.row
        for end in finished
        if isinstance(end.outcome, Accepted) and end.outcome.provider_id is not None
    }
    if not given:
        return False
    early = EARLY.rows(tx, list(given), lane=lane)
    for event, provider_id, evidence in early:
        _advance(tx, given[provider_id], Evidence(evidence), at)
        tx.execute(update(receipts).where(receipts.c.event == event).values(known=True))
    return any(evidence == Evidence.UNDELIVERED for _event, _provider_id, evidence in early)


def rematch_quarantine(tx: Connection, at: datetime) -> int:
    """Receipts that crossed their own settle on PostgreSQL: matched by the rounds, a second later."""
    late = CROSSED.rows(tx)
    for event, evidence, row in late:
        _advance(tx, row, Evidence(evidence), at)
        tx.execute(update(receipts).where(receipts.c.event == event).values(known=True))
    return len(late)


def cancel_waiting(tx: Connection, recipient_ids: Sequence[int], at: datetime, reason: str) -> int:
    """Rows of these recipients that are not on the wire will not be sent. The recipients are locked by the caller."""
    done = tx.execute(
        update(outbox)
        .where(outbox.c.recipient.in_(list(recipient_ids)), outbox.c.state.in_(_WAITING))
        .values(state=State.CANCELLED.value, settled_at=at, reason=reason)
    )
    return done.rowcount


def texted(tx: Connection, recipient_ids: Sequence[int]) -> dict[int, bool]:
    """Those of these recipients to whom a text may have arrived, and whether the gateway has said that it took it."""
    if not recipient_ids:
        return {}
    found: dict[int, bool] = {}
    sms = and_(outbox.c.recipient.in_(list(recipient_ids)), outbox.c.channel == "sms", outbox.c.copies > 0)
    for recipient, state in tx.execute(select(outbox.c.recipient, outbox.c.state).where(sms)):
        found[recipient] = found.get(recipient, False) or state in (*_TAKEN, State.UNDELIVERED.value)
    return found


def cancel_moot(tx: Connection, at: datetime) -> int:
    """Rows that came back from the wire although an answer or a stop had crossed them: no lane takes them any more."""
    return CANCEL_ANSWERED.run(tx, at=at) + CANCEL_STOPPED.run(tx, at=at)


def cancel_alert(tx: Connection, alert: int, at: datetime) -> int:
    """A stopped alert: what waits is cancelled; what is on the wire settles by itself."""
    done = tx.execute(
        update(outbox)
        .where(outbox.c.alert == alert, outbox.c.state.in_(_WAITING))
        .values(state=State.CANCELLED.value, settled_at=at, reason="stopped", unswept=True)
    )
    return done.rowcount


def count_left(tx: Connection, alert: int) -> int:
    """How many messages of an alert have left, or may have: before this house was restored, too."""
    found: int = tx.execute(
        select(func.count()).select_from(outbox).where(outbox.c.alert == alert, outbox.c.copies > 0)
    ).scalar_one()
    return found


def expire_rows(tx: Connection, at: datetime) -> int:
    """Words that are no longer true are never sent."""
    return EXPIRE.run(tx, at=at)


def move_rows(tx: Connection, moves: Sequence[tuple[int, str, int]]) -> None:
    """Rows to another lane of their channel: (row, lane, wording), for rows that wait."""
    for row, lane, wording in moves:
        tx.execute(update(outbox).where(outbox.c.id == row, outbox.c.state.in_(_WAITING)).values(lane=lane, wording=wording))


def waiting_by_lane(tx: Connection, at: datetime) -> dict[str, tuple[int, timedelta]]:
    """Per lane: how many rows wait and how old the oldest due one is; for the metrics and the engine's health."""
    rows = tx.execute(
        select(outbox.c.lane, func.count(), func.min(outbox.c.due))
        .where(outbox.c.state.in_(_WAITING), outbox.c.expires_at > at)
        .group_by(outbox.c.lane)
    ).all()
    return {lane: (count, max(timedelta(0), at - due)) for lane, count, due in rows}
