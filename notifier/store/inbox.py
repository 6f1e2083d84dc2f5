"""Texts that a person has to read, each under the number by which operators name it."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, select, text, update

from notifier.store.tables import alerts, inbox, recipients

_NEXT = text(
    "INSERT INTO cursors (name, value) VALUES ('inbox', 1)"
    " ON CONFLICT (name) DO UPDATE SET value = cursors.value + 1 RETURNING value"
)  # whoever enters waits here for the one before: the last thing that a transaction does


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One text, sealed. ``recipient`` where it is clear whose question it is about."""

    id: int
    number: int
    event: str
    lane: str
    channel: str
    recipient: int | None
    sender_sealed: bytes | None = field(repr=False)
    sender_blind: bytes | None = field(repr=False)
    text_sealed: bytes | None = field(repr=False)
    emergency: bool
    at: datetime
    handled_at: datetime | None = None


_WHOLE = select(*(inbox.c[name] for name in InboxRow.__slots__))


def enter(tx: Connection, row: InboxRow) -> int:
    """Write one text under the next number, whatever ``row`` has; gives it. One event enters once (0: it is there already)."""
    if tx.execute(select(inbox.c.id).where(inbox.c.event == row.event)).first() is not None:
        return 0
    number = int(tx.execute(_NEXT).scalar_one())
    tx.execute(insert(inbox).values({name: getattr(row, name) for name in InboxRow.__slots__} | {"number": number}))
    return number


def open_rows(tx: Connection) -> list[InboxRow]:
    """What nobody has handled: emergencies first, and of each the oldest first."""
    query = _WHOLE.where(inbox.c.handled_at.is_(None)).order_by(inbox.c.emergency.desc(), inbox.c.at, inbox.c.number)
    return [InboxRow(*row) for row in tx.execute(query)]


def lock_row(tx: Connection, number: int) -> InboxRow | None:
    """One that nobody has handled yet, locked."""
    query = _WHOLE.where(inbox.c.number == number, inbox.c.handled_at.is_(None)).with_for_update()
    row = tx.execute(query).one_or_none()
    return None if row is None else InboxRow(*row)


def whose(tx: Connection, recipient: int) -> tuple[str, int, bytes]:
    """Of a recipient: the alert's number that shows, the person, and the frozen name, bound to ``recipients:<id>:name``."""
    query = (
        select(alerts.c.code, recipients.c.person, recipients.c.name_sealed)
        .join(alerts, alerts.c.id == recipients.c.alert)
        .where(recipients.c.id == recipient)
    )
    code, person, name = tx.execute(query).one()
    return code, person, name


def close(tx: Connection, row: int, at: datetime, by: str, how: str) -> None:
    """It was handled."""
    tx.execute(update(inbox).where(inbox.c.id == row).values(handled_at=at, handled_by=by, handled_how=how))


def any_to_purge(tx: Connection, before: datetime) -> bool:
    """True where something handled at or before ``before`` still has its words."""
    query = select(inbox.c.id).where(inbox.c.handled_at <= before, inbox.c.text_sealed.is_not(None)).limit(1)
    return tx.execute(query).first() is not None


def purge(tx: Connection, before: datetime) -> int:
    """Of what was handled at or before ``before``, forget the words and who sent them; gives how many."""
    gone = {"text_sealed": None, "sender_sealed": None, "sender_blind": None}
    return tx.execute(update(inbox).where(inbox.c.handled_at <= before, inbox.c.text_sealed.is_not(None)).values(gone)).rowcount
