"""Answers as they came, the newest of which holds; and the events by which they came, so that none counts twice."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from notifier.domain.message import Choice, WayBack, Wording
from notifier.store.alerts import RecipientRow, wordings_for
from notifier.store.ids import new_id
from notifier.store.tables import answers, cursors, receipts


def insert_answer(tx: Connection, recipient: int, choice: str, source: str, at: datetime, *, held: bool) -> None:
    """One answer, kept even when it changes nothing."""
    tx.execute(insert(answers).values(id=new_id(), recipient=recipient, choice=choice, source=source, at=at, held=held))


def choices_of(tx: Connection, row: RecipientRow) -> tuple[Choice, ...]:
    """What this recipient was asked: the choices of his question, in his language."""
    mine = [w for w in wordings_for(tx, row) if w.choices]
    return mine[0].choices if mine else ()


def page_wording(tx: Connection, row: RecipientRow) -> Wording | None:
    """The words that the page without login shows: those of the e-mail."""
    mine = wordings_for(tx, row)
    return next((w for w in mine if w.way_back is WayBack.LINK), mine[0] if mine else None)


def is_new(tx: Connection, event: str, at: datetime) -> bool:
    """True the first time this event is seen; it is remembered in the same transaction."""
    key = event[:160]
    if tx.execute(select(receipts.c.event).where(receipts.c.event == key)).first() is not None:
        return False
    lane = key.partition(":")[0]
    tx.execute(insert(receipts).values(event=key, at=at, lane=lane[:40], provider_id=None, evidence="text", known=True))
    return True


def read_cursor(tx: Connection, name: str) -> int:
    """How far an incoming stream has been taken in; 0 at first."""
    found: int | None = tx.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar_one_or_none()
    return found or 0


def move_cursor(tx: Connection, name: str, value: int) -> None:
    """The effects up to ``value`` are committed with this."""
    changed = tx.execute(cursors.update().where(cursors.c.name == name).values(value=value))
    if not changed.rowcount:
        tx.execute(insert(cursors).values(name=name, value=value))
