"""Service texts that wait, and the edits of messages that have been sent. Nothing here waits for a network.

A lane takes them in its own turn, texts before the alerts' rows and edits behind them. What was on the wire when a process died
is not sent again, but for edits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, func, insert, or_, select, text, update

from notifier.domain.alert import LISTENS
from notifier.domain.delivery import TAKEN, Outcome, State
from notifier.domain.notice import EDIT_LIFE, NoticeKind, Stage, what_next
from notifier.domain.people import Channel
from notifier.store.contacts import Blind, Seal
from notifier.store.ids import new_id, new_ids
from notifier.store.leases import no_freeze
from notifier.store.outbox import Wired
from notifier.store.prepared import Prepared
from notifier.store.tables import Instant, addresses, alerts, notices, outbox, recipients


class NewText(NamedTuple):
    """One text to queue. ``recipient`` where it is about a question of his; ``buttons`` are labels and their references."""

    key: str
    kind: NoticeKind
    lane: str
    channel: Channel
    to: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()
    recipient: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """The message that an edit is about, as it was sent, and what has become of it since."""

    row: Wired
    message: str  # the provider's id of it
    answer: str | None
    answered_at: datetime | None
    stopped_at: datetime | None
    over: bool  # no answer counts any more
    reopened: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A service text on the wire: sealed words and where they go, or the message it edits."""

    id: int
    epoch: int
    tries: int
    kind: NoticeKind
    expires_at: datetime
    to_sealed: bytes | None = field(default=None, repr=False)
    to_blind: bytes = field(default=b"", repr=False)
    text_sealed: bytes | None = field(default=None, repr=False)
    buttons: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    shown: Shown | None = None


class Told(NamedTuple):
    """An attempt at a service text that has ended."""

    notice: Notice
    outcome: Outcome


_TAKEN = tuple(state.value for state in TAKEN)
_DUE = (
    notices.c.lane == bindparam("lane"),
    notices.c.stage == Stage.QUEUED.value,
    notices.c.due <= bindparam("at"),
    notices.c.expires_at > bindparam("at"),
)
_TEXTS = Prepared(
    lambda resting: (
        select(
            notices.c.id, notices.c.tries, notices.c.kind, notices.c.expires_at, notices.c.to_sealed, notices.c.text_sealed,
            notices.c.buttons, notices.c.to_blind,
        )
        .where(
            *_DUE, notices.c.row.is_(None),
            *([notices.c.to_blind.not_in(resting)] if resting else []),  # here, and not later: a busy chat holds nobody else up
        )
        .order_by(notices.c.due, notices.c.id)
        .limit(bindparam("room"))
        .with_for_update(of=notices, skip_locked=True)
    )
)  # fmt: skip
_EDITS = Prepared(
    lambda _: (
        select(
            notices.c.id, notices.c.tries, notices.c.expires_at, notices.c.reopened,
            outbox.c.provider_id, recipients.c.answer, recipients.c.answered_at, alerts.c.state, alerts.c.stopped_at,
            outbox.c.id, outbox.c.alert, alerts.c.number, alerts.c.exercise, alerts.c.protect, outbox.c.recipient,
            recipients.c.person, recipients.c.card, recipients.c.name_sealed, outbox.c.address, addresses.c.value_sealed,
            addresses.c.in_band, outbox.c.wording, outbox.c.copies, recipients.c.expires_at,
        )
        .join(outbox, outbox.c.id == notices.c.row)
        .join(alerts, alerts.c.id == outbox.c.alert)
        .join(recipients, recipients.c.id == outbox.c.recipient)
        .join(addresses, addresses.c.id == outbox.c.address)
        .where(
            *_DUE, notices.c.row.is_not(None)
        )
        .order_by(notices.c.due, notices.c.id)
        .limit(bindparam("room"))
        .with_for_update(of=notices, skip_locked=True)
    )
)  # fmt: skip
_PUT_ON_WIRE = Prepared(
    lambda ids: (
        update(notices)
        .where(notices.c.id.in_(ids))
        .values(stage=Stage.ON_WIRE.value, epoch=bindparam("epoch"), tries=notices.c.tries + 1)
    )
)
_STILL = Prepared(lambda ids: select(notices.c.id).where(notices.c.id.in_(ids), notices.c.stage == "on_wire", no_freeze()))
# A message that is still on the wire has no id yet by which it could be edited.
_UNSHOWN = select(recipients.c.id).where(
    text("recipients.unshown"),  # in the words of its index
    ~select(outbox.c.id)
    .where(
        outbox.c.recipient == recipients.c.id,
        outbox.c.channel == Channel.TELEGRAM.value,
        outbox.c.state == State.ON_WIRE.value,
    )
    .exists(),
)
_OVER = select(alerts.c.id).where(alerts.c.unshown).order_by(alerts.c.id)
_ANY_UNSHOWN = Prepared(lambda _: select(or_(_UNSHOWN.exists(), _OVER.exists())))
# An edit that is asked for again while it waits or is on the wire is the same edit: what it shows is read when it leaves.
_AGAIN = text(
    "INSERT INTO notices (id, key, kind, lane, row, buttons, reopened, stage, epoch, tries, made_at, due, expires_at)"
    " VALUES (:id, :key, 'edit', :lane, :row, '[]', :reopened, 'queued', 0, 0, :at, :at, :until)"
    " ON CONFLICT (key) DO UPDATE SET stage = 'queued', reopened = :reopened, tries = 0, due = :at, expires_at = :until,"
    " ended_at = NULL"
).bindparams(bindparam("at", type_=Instant()), bindparam("until", type_=Instant()))


def queue_text(tx: Connection, new: NewText, seal: Seal, blind: Blind, at: datetime, expires_at: datetime) -> bool:
    """Queue it; False where the same cause has had its text already."""
    if tx.execute(select(notices.c.id).where(notices.c.key == new.key[:80])).first() is not None:
        return False
    made = new_id()
    tx.execute(
        insert(notices).values(
            id=made,
            key=new.key[:80],
            kind=new.kind.value,
            lane=new.lane,
            recipient=new.recipient,
            to_sealed=seal(new.to, f"notices:{made}:to"),
            to_blind=blind(new.channel, new.to),
            text_sealed=seal(new.text, f"notices:{made}:text"),
            buttons=[list(button) for button in new.buttons],
            reopened=False,
            stage=Stage.QUEUED.value,
            epoch=0,
            tries=0,
            made_at=at,
            due=at,
            expires_at=expires_at,
        )
    )
    return True


def count_since(tx: Connection, to_blind: bytes, since: datetime) -> int:
    """How many texts this address has been sent or is about to be, since then."""
    query = select(func.count()).select_from(notices).where(notices.c.to_blind == to_blind, notices.c.made_at > since)
    return int(tx.execute(query).scalar_one())


def count_help(tx: Connection, recipient: int) -> int:
    """How many words of help this recipient's question has brought him."""
    mine = notices.c.recipient == recipient, notices.c.kind == NoticeKind.HELP.value
    return int(tx.execute(select(func.count()).select_from(notices).where(*mine)).scalar_one())


def reopen(tx: Connection, recipient: int, at: datetime) -> None:
    """The messages by Telegram that this recipient, who is locked, has got show him his choices once more."""
    tx.execute(update(recipients).where(recipients.c.id == recipient).values(unshown=False))
    _queue_edits(tx, [recipient], at, reopened=True)


def any_unshown(tx: Connection) -> bool:
    """True where show_changes has something to do."""
    return bool(_ANY_UNSHOWN.rows(tx)[0][0])


def show_changes(tx: Connection, at: datetime, room: int) -> None:
    """Queue the edits of those whose messages do not show yet how they stand, of ``room`` people at most.

    Those of an alert that is over are marked first, whose end itself locks none of them: recipients come before alerts.
    """
    if over := list(tx.execute(_OVER).scalars()):
        theirs = select(recipients.c.id).where(recipients.c.alert.in_(over)).order_by(recipients.c.id).with_for_update()
        tx.execute(theirs).all()
        tx.execute(update(recipients).where(recipients.c.alert.in_(over)).values(unshown=True))
        tx.execute(update(alerts).where(alerts.c.id.in_(over)).values(unshown=False))
    query = _UNSHOWN.order_by(recipients.c.id).limit(room).with_for_update(of=recipients, skip_locked=True)
    found = list(tx.execute(query).scalars())
    if found:
        tx.execute(update(recipients).where(recipients.c.id.in_(found)).values(unshown=False))
        _queue_edits(tx, found, at, reopened=False)


def _queue_edits(tx: Connection, recipient_ids: Sequence[int], at: datetime, *, reopened: bool) -> None:
    sent = (outbox.c.channel == Channel.TELEGRAM.value, outbox.c.provider_id.is_not(None))
    mine = select(outbox.c.id, outbox.c.lane).where(outbox.c.recipient.in_(recipient_ids), *sent).order_by(outbox.c.id)
    rows = tx.execute(mine.with_for_update(read=True, key_share=True)).all()  # before the edits, as a turn locks them
    if rows:
        fixed = {"reopened": reopened, "at": at, "until": at + EDIT_LIFE}
        told = zip(new_ids(len(rows)), rows, strict=True)
        tx.execute(
            _AGAIN, [{"id": made, "key": f"edit:{row.id}", "lane": row.lane, "row": row.id, **fixed} for made, row in told]
        )


class CalledBy(NamedTuple):
    """By which account, channel and address somebody has been called, or may have been."""

    lane: str
    channel: Channel
    address: int
    value_sealed: bytes


def called_by(tx: Connection, recipient_ids: Collection[int]) -> dict[int, CalledBy]:
    """By recipient: one way that a short text can go back by; those that a provider has taken before those in doubt."""
    if not recipient_ids:
        return {}
    query = (
        select(outbox.c.recipient, outbox.c.state, outbox.c.channel, outbox.c.lane, outbox.c.address, addresses.c.value_sealed)
        .join(addresses, addresses.c.id == outbox.c.address)
        .where(outbox.c.recipient.in_(list(recipient_ids)), outbox.c.channel != Channel.EMAIL.value, outbox.c.copies > 0)
    )
    found: dict[int, tuple[bool, bool, CalledBy]] = {}
    for recipient, state, channel, lane, address, sealed in tx.execute(query):
        way = state not in _TAKEN, channel != Channel.TELEGRAM.value, CalledBy(lane, Channel(channel), address, sealed)
        found[recipient] = min(found.get(recipient, way), way, key=lambda one: one[:2])
    return {recipient: way for recipient, (_, _, way) in found.items()}


def take_texts(
    tx: Connection, lane: str, epoch: int, *, at: datetime, room: int, resting: Collection[bytes] = ()
) -> tuple[Notice, ...]:
    """The texts that go on the wire now, the oldest first. The caller has locked the lane and checked lease and freeze.

    None to an address that is ``resting``, and one at a time to every other. Both by their blind indexes.
    """
    rows = _TEXTS.rows(tx, list(resting), lane=lane, at=at, room=room) if room > 0 else []
    found: dict[bytes, Notice] = {}
    for row, tries, kind, expires_at, to_sealed, text_sealed, buttons, blind in rows:
        if blind not in found:
            told = tuple((label, data) for label, data in buttons)
            found[blind] = Notice(row, epoch, tries + 1, NoticeKind(kind), expires_at, to_sealed, blind, text_sealed, told)
    return _wire(tx, list(found.values()), epoch)


def take_edits(tx: Connection, lane: str, epoch: int, *, at: datetime, room: int) -> tuple[Notice, ...]:
    """The edits that go on the wire now."""
    rows = _EDITS.rows(tx, lane=lane, at=at, room=room) if room > 0 else []
    found = []
    for ident, tries, expires_at, reopened, message, answer, answered_at, state, stopped_at, *facts, copies, until in rows:
        row = Wired(epoch, copies, tries + 1, *_as_wired(facts, expires_at))
        shown = Shown(row, message, answer, answered_at, stopped_at, state not in LISTENS or until <= at, bool(reopened))
        found.append(Notice(ident, epoch, tries + 1, NoticeKind.EDIT, expires_at, shown=shown))
    return _wire(tx, found, epoch)


def _as_wired(facts: Sequence[Any], expires_at: datetime) -> tuple[Any, ...]:
    row, alert, number, exercise, protect, recipient, person, card, name, address, value, in_band, wording = facts
    return (
        row, alert, number, exercise, protect, False, recipient, person, card, name, address, value, in_band, wording, expires_at
    )  # fmt: skip


def _wire(tx: Connection, found: Sequence[Notice], epoch: int) -> tuple[Notice, ...]:
    if found:
        _PUT_ON_WIRE.run(tx, [notice.id for notice in found], epoch=epoch)
    return tuple(found)


def still_due(tx: Connection, ids: Sequence[int]) -> frozenset[int]:
    """Which of these may still leave, read again just before the call: nothing does while sending is frozen."""
    return frozenset(found for [found] in _STILL.rows(tx, ids)) if ids else frozenset()


def settle(tx: Connection, told: Sequence[Told], *, at: datetime, story: float) -> None:
    """Attempts have ended; ``story`` is how many seconds of story time a real second takes."""
    for notice, outcome in told:
        then = what_next(notice.kind, outcome, notice.tries)
        over = then.stage in (Stage.DONE, Stage.ENDED)
        mine = notices.c.id == notice.id, notices.c.stage == Stage.ON_WIRE.value, notices.c.epoch == notice.epoch
        waits = at + then.wait * story
        tx.execute(update(notices).where(*mine).values(stage=then.stage.value, due=waits, ended_at=at if over else None))


def recover(tx: Connection, lane: str, epoch: int, at: datetime) -> None:
    """At a takeover: what was on the wire may have left. An edit is made again, a text is not."""
    is_edit = notices.c.row.is_not(None)
    left = notices.c.lane == lane, notices.c.stage == Stage.ON_WIRE.value, notices.c.epoch < epoch
    stage = case((is_edit, Stage.QUEUED.value), else_=Stage.ENDED.value)
    tx.execute(update(notices).where(*left).values(stage=stage, ended_at=case((is_edit, None), else_=at), due=at))


def any_to_purge(tx: Connection, before: datetime) -> bool:
    """True where one has ended by ``before``, or has run out by then."""
    return tx.execute(select(notices.c.id).where(_past(before)).limit(1)).first() is not None


def purge(tx: Connection, before: datetime) -> int:
    """Delete what any_to_purge found; gives how many."""
    return int(tx.execute(delete(notices).where(_past(before))).rowcount)


def _past(before: datetime) -> ColumnElement[bool]:
    return or_(notices.c.ended_at <= before, notices.c.expires_at <= before)


def count_waiting(tx: Connection, at: datetime) -> int:
    """How many are still to leave, or are on the wire."""
    waiting = notices.c.stage.in_([Stage.QUEUED.value, Stage.ON_WIRE.value]), notices.c.expires_at > at
    return int(tx.execute(select(func.count()).select_from(notices).where(*waiting)).scalar_one())


def count_stages(tx: Connection) -> dict[tuple[str, str], int]:
    """By kind and stage, for the metrics."""
    rows = tx.execute(select(notices.c.kind, notices.c.stage, func.count()).group_by(notices.c.kind, notices.c.stage))
    return {(kind, stage): int(count) for kind, stage, count in rows}
