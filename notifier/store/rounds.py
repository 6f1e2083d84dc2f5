"""What the rounds look for: whose next step is due, whose row has failed, and which rows sit on an account that cannot send."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, or_, select, text, update

from notifier.domain.delivery import MAX_COPIES, WAITING, State
from notifier.store.leases import LEASE, WATCH
from notifier.store.prepared import Prepared
from notifier.store.tables import lanes, outbox, recipients
from notifier.store.transaction import database_time

_WAITING = tuple(state.value for state in WAITING)


@dataclass(frozen=True, slots=True)
class RowState:
    """One outbox row as the next step is decided from it."""

    id: int
    recipient: int
    step: int
    channel: str
    lane: str
    wording: int
    address: int
    state: State
    copies: int
    due: datetime
    wired_at: datetime | None
    settled_at: datetime | None
    reason: str | None
    unswept: bool


_WHOLE = select(*(outbox.c[name] for name in RowState.__slots__))
_TIMED = Prepared(
    lambda _: (
        select(recipients.c.id)
        .where(recipients.c.look_at <= bindparam("at"))
        .order_by(recipients.c.look_at)
        .limit(bindparam("room"))
    )
)
_FAILED = Prepared(
    lambda _: select(outbox.c.recipient).where(text("outbox.unswept")).limit(bindparam("room"))  # in the words of its index
)
_FAILED_OF = Prepared(
    lambda ids: select(outbox.c.id).where(outbox.c.recipient.in_(ids), outbox.c.unswept).order_by(outbox.c.id).with_for_update()
)
_SWEPT = Prepared(lambda ids: update(outbox).where(outbox.c.id.in_(ids)).values(unswept=False))
_ROWS_OF = Prepared(lambda ids: _WHOLE.where(outbox.c.recipient.in_(ids)).order_by(outbox.c.step, outbox.c.id))
_FAULTY = Prepared(lambda _: select(lanes.c.name, lanes.c.fault_at).where(lanes.c.fault.is_not(None)))
_NEXT_LOOK = Prepared(
    lambda _: select(recipients.c.look_at).where(recipients.c.look_at.is_not(None)).order_by(recipients.c.look_at).limit(1)
)


def due_recipients(tx: Connection, at: datetime, limit: int) -> list[int]:
    """Recipients whose time has come or one of whose rows has failed, in order of id."""
    return sorted({found for [found] in [*_TIMED.rows(tx, at=at, room=limit), *_FAILED.rows(tx, room=limit)]})


def stuck_recipients(tx: Connection, faulty: Sequence[str], at: datetime, limit: int) -> list[int]:
    """Recipients whose newest step waits on an account that cannot send, however long the provider asked one of them to wait."""
    if not faulty:
        return []
    later = outbox.alias()
    query = (
        select(outbox.c.recipient)
        .where(
            outbox.c.lane.in_(list(faulty)),
            outbox.c.state.in_(_WAITING),
            or_(outbox.c.due <= at, outbox.c.wired_at.is_not(None)),
            outbox.c.expires_at > at,
            ~exists().where(later.c.recipient == outbox.c.recipient, later.c.step > outbox.c.step),
        )
        .distinct()
        .limit(limit)
    )
    return sorted(tx.execute(query).scalars())


def rows_of(tx: Connection, recipient_ids: Sequence[int]) -> dict[int, list[RowState]]:
    """All outbox rows of these recipients, by recipient, in order of step."""
    found: dict[int, list[RowState]] = {}
    for row in map(_read, _ROWS_OF.rows(tx, recipient_ids)):
        found.setdefault(row.recipient, []).append(row)
    return found


def _read(row: Sequence[Any]) -> RowState:
    read = RowState(*row)
    return replace(read, state=State(read.state))


def mark_swept(tx: Connection, recipient_ids: Sequence[int]) -> None:
    """The consequence of what has failed so far is about to be drawn. Rows are locked in order of id, as a turn locks them."""
    if failed := [row for [row] in _FAILED_OF.rows(tx, recipient_ids)]:
        _SWEPT.run(tx, failed)


def faulty_lanes(tx: Connection) -> dict[str, datetime]:
    """Lanes whose account cannot send, and since when."""
    return dict(_FAULTY.rows(tx))


def deserted_lanes(tx: Connection, wall: datetime) -> list[str]:
    """Lanes that nobody has held for twice a lease: taken out of the settings, or set up on no running worker."""
    long_ago = database_time(tx, wall) - 2 * LEASE
    left = or_(lanes.c.lease_until.is_(None), lanes.c.lease_until < long_ago)
    return list(tx.execute(select(lanes.c.name).where(lanes.c.name != WATCH, left)).scalars())


def rows_on(tx: Connection, lane: str, limit: int, *, dead: bool) -> list[RowState]:
    """Rows that wait on a lane and may change it: those without a copy that may have arrived; from a dead lane the others too."""
    query = (
        _WHOLE.where(outbox.c.lane == lane, outbox.c.state.in_(_WAITING), outbox.c.copies < (MAX_COPIES if dead else 1))
        .order_by(outbox.c.priority, outbox.c.due)
        .limit(limit)
    )
    return [_read(row) for row in tx.execute(query)]


def next_look(tx: Connection) -> datetime | None:
    """When the earliest recipient is to be looked at."""
    return next((found for [found] in _NEXT_LOOK.rows(tx)), None)
