"""Who holds a lane, or the watch: one owner, one epoch, one lease.

A lease lasts 15 s and is renewed before 5 s have passed, while it still outlasts any call. A process that holds the file lock of
its home takes over what that home held at once (a restart sends again within 3 s); everybody else waits for the lease to run out
(30 s at most).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, insert, null, select, update

from notifier.domain.alarm import Freeze
from notifier.domain.delivery import MAX_COPIES, LaneFault, State
from notifier.store.prepared import Prepared
from notifier.store.tables import attempts, house, lanes, outbox
from notifier.store.transaction import database_clock, database_time

LEASE = timedelta(seconds=15)  # longer than any call's deadline (10 s), so a live lane never loses its own rows
RENEWED = timedelta(seconds=3)  # and the turns that see to it are a second apart at most
# Somebody puts a new token into its file and restarts: the first message tries it, without waiting for the block to end.
MENDED_BY_PEOPLE = (LaneFault.CREDENTIALS, LaneFault.CREDIT, LaneFault.SENDER)
WATCH = "watch"  # the lane-like row of the process that makes the rounds
FREEZE = "freeze"  # the row of ``house`` that stops every lane while it exists


@dataclass(frozen=True, slots=True)
class Holder:
    """A process: ``owner`` is new at each start, ``home`` (drawn once a home, no path) outlives it; ``locked`` when it holds
    the home's file lock."""

    owner: str
    home: str
    locked: bool


@dataclass(frozen=True, slots=True)
class LaneState:
    """What the database says of a lane."""

    name: str
    channel: str
    leased: bool
    owner: str | None
    blocked_until: datetime | None
    fault: LaneFault | None
    fault_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """A lane that is ours: how much of the lease is left, the account's fault, if any, and until when nothing starts by it."""

    left: timedelta
    fault: LaneFault | None
    blocked_until: datetime | None
    frozen: bool


def no_freeze() -> ColumnElement[bool]:
    """True while sending is not frozen as a whole, for any statement that must know."""
    return ~select(house.c.name).where(house.c.name == FREEZE).exists()


# The clock is read before the lock is had: what is left of the lease is told too long by the time that took, and whoever goes by
# it counts from before this statement.
_HELD = Prepared(
    lambda _: (
        select(
            lanes.c.owner,
            lanes.c.epoch,
            lanes.c.lease_until,
            database_clock().label("now"),
            lanes.c.fault,
            lanes.c.blocked_until,
            no_freeze().label("free"),
        )
        .where(lanes.c.name == bindparam("name"))
        .with_for_update(of=lanes)
    )
)


_OWNER = Prepared(
    lambda _: (
        select(lanes.c.owner, lanes.c.home, lanes.c.epoch, lanes.c.lease_until)
        .where(lanes.c.name == bindparam("name"))
        .with_for_update()
    )
)


def ensure_lanes(tx: Connection, channels: Mapping[str, str]) -> None:
    """Give every configured lane (name to channel) and the watch a row."""
    known = set(tx.execute(select(lanes.c.name)).scalars())
    for name, channel in {**channels, WATCH: WATCH}.items():
        if name not in known:
            tx.execute(insert(lanes).values(name=name, channel=channel, epoch=0))


def take_lease(tx: Connection, name: str, holder: Holder, wall: datetime, at: datetime) -> int | None:
    """Take over the lane if it is free, ours, or left by an earlier process of our home; gives the new epoch, or None.

    Take-over is one transaction: the epoch moves on, and what was on the wire under an older one is unsure (3 copies: exhausted).
    """
    [(owner, home, before, until)] = _OWNER.rows(tx, name=name)
    now = database_time(tx, wall)
    ours = owner == holder.owner or (holder.locked and home == holder.home)
    if until is not None and until > now and not ours:
        return None
    epoch: int = before + 1
    probed_at_once = case((lanes.c.fault.in_(MENDED_BY_PEOPLE), null()), else_=lanes.c.blocked_until)
    tx.execute(
        update(lanes)
        .where(lanes.c.name == name)
        .values(owner=holder.owner, home=holder.home, epoch=epoch, lease_until=now + LEASE, blocked_until=probed_at_once)
    )
    spent = outbox.c.copies >= MAX_COPIES
    tx.execute(
        update(outbox)
        .where(outbox.c.lane == name, outbox.c.state == State.ON_WIRE, outbox.c.epoch < epoch)
        .values(
            state=case((spent, State.EXHAUSTED.value), else_=State.UNSURE.value),
            reason=case((spent, "unsure"), else_=None),
            unswept=spent,
            due=at,
        )
    )
    return epoch


def hold_lease(tx: Connection, name: str, holder: Holder, epoch: int, wall: datetime) -> Held | None:
    """Lock the lane, renew its lease when it is due, and tell what holds for it; None when the lease is lost."""
    found = _HELD.rows(tx, name=name, wall=wall)
    if not found:
        return None
    owner, current, until, now, fault, blocked_until, free = found[0]
    if current != epoch or owner != holder.owner or until is None or until <= now:
        return None
    left: timedelta = until - now
    if left <= LEASE - RENEWED:
        tx.execute(update(lanes).where(lanes.c.name == name).values(lease_until=now + LEASE))
        left = LEASE
    return Held(left, LaneFault(fault) if fault else None, blocked_until, frozen=not free)


def give_back(tx: Connection, names: Iterable[str], holder: Holder) -> None:
    """End our leases at a graceful stop, so that another process need not wait."""
    tx.execute(
        update(lanes).where(lanes.c.name.in_(list(names)), lanes.c.owner == holder.owner).values(lease_until=None, owner=None)
    )


def block_lane(tx: Connection, name: str, fault: LaneFault, until: datetime, at: datetime) -> None:
    """The account cannot send: nothing starts before ``until``, when one message probes it."""
    tx.execute(
        update(lanes)
        .where(lanes.c.name == name)
        .values(blocked_until=until, fault=fault, fault_at=case((lanes.c.fault.is_(None), at), else_=lanes.c.fault_at))
    )


def clear_fault(tx: Connection, name: str) -> None:
    """A message got through again."""
    tx.execute(update(lanes).where(lanes.c.name == name).values(blocked_until=None, fault=None, fault_at=None))


def last_cause(tx: Connection, name: str, fault: LaneFault) -> str:
    """The room's own word for this fault (``certificate_untrusted``), as the last attempt that met it left it; empty for none."""
    query = select(attempts.c.detail).where(attempts.c.lane == name, attempts.c.event == "not_sent")
    newest = query.where(attempts.c.detail.startswith(f"{fault.value} ")).order_by(attempts.c.id.desc()).limit(1)
    words = (tx.execute(newest).scalar() or "").split()
    return str(words[1]) if len(words) > 1 else ""


def list_lanes(tx: Connection, wall: datetime) -> list[LaneState]:
    """Every lane, by name, without the watch."""
    now = database_time(tx, wall)
    rows = tx.execute(select(lanes).where(lanes.c.name != WATCH).order_by(lanes.c.name))
    return [
        LaneState(
            row.name,
            row.channel,
            row.lease_until is not None and row.lease_until > now,
            row.owner,
            row.blocked_until,
            LaneFault(row.fault) if row.fault else None,
            row.fault_at,
        )
        for row in rows
    ]


def read_freeze(tx: Connection) -> Freeze | None:
    """The freeze that stands, if one does."""
    kept = tx.execute(select(house.c.value).where(house.c.name == FREEZE)).scalar_one_or_none()
    if kept is None:
        return None
    told = json.loads(kept)
    return Freeze(datetime.fromisoformat(told["since"]), told["by"], told["reason"])


def freeze(tx: Connection, freeze: Freeze) -> None:
    """From this commit on no lane starts a call. The caller has seen that no freeze stands."""
    told = {"since": freeze.since.isoformat(), "by": freeze.by, "reason": freeze.reason}
    tx.execute(insert(house).values(name=FREEZE, value=json.dumps(told)))


def thaw(tx: Connection) -> None:
    """The lanes start calls again."""
    tx.execute(delete(house).where(house.c.name == FREEZE))
