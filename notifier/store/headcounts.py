"""What a relay post or the person responsible said of a whole service: every word is kept, the newest by real time holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, insert, select, update

from notifier.domain.delivery import TAKEN
from notifier.domain.roster import Kind
from notifier.store.alerts import CALLED, RecipientRow
from notifier.store.prepared import Prepared
from notifier.store.tables import headcounts, inbox, outbox, recipients, seen

Team = tuple[int, str, str]  # alert, clinic, service


@dataclass(frozen=True, slots=True)
class HeadcountRow:
    """One word on one service. ``recipient`` said it, ``noted_by`` is the operator who wrote it down, where one did; ``event`` is
    that of its text in the inbox, where a person reads it."""

    id: int
    alert: int
    clinic: str
    service: str
    recipient: int
    source: str
    at: datetime
    present: int
    needed: int
    trouble: bool
    patients: int | None
    folder: bool | None
    phones: bool | None
    blocked: bool
    event: str | None
    noted_by: str | None


_WHOLE = [headcounts.c[name] for name in HeadcountRow.__slots__]
_TEAMS = Prepared(
    lambda ids: (
        select(headcounts.c.alert, headcounts.c.clinic, headcounts.c.service).where(headcounts.c.alert.in_(ids)).distinct()
    )
)


def insert_headcount(tx: Connection, row: HeadcountRow, named: Sequence[int] = ()) -> None:
    """As it came; ``named`` are the recipients who were seen there."""
    tx.execute(insert(headcounts).values({name: getattr(row, name) for name in HeadcountRow.__slots__}))
    if named:
        tx.execute(insert(seen), [{"headcount": row.id, "recipient": recipient} for recipient in named])


def seen_of(tx: Connection, alert: int) -> dict[int, set[int]]:
    """By headcount, where its speaker has named those he saw: the recipients."""
    query = select(seen.c.headcount, seen.c.recipient).join(headcounts, headcounts.c.id == seen.c.headcount)
    found: dict[int, set[int]] = {}
    for headcount, recipient in tx.execute(query.where(headcounts.c.alert == alert)):
        found.setdefault(headcount, set()).add(recipient)
    return found


def mates_of(tx: Connection, alert: int) -> dict[tuple[str, str], dict[int, bytes]]:
    """By clinic and service, those on duty: recipient and frozen name, bound to ``recipients:<id>:name``. No relay posts."""
    columns = recipients.c.clinic, recipients.c.service, recipients.c.id, recipients.c.name_sealed
    on_duty = recipients.c.alert == alert, recipients.c.woken, CALLED, recipients.c.kind == Kind.PERSON.value
    found: dict[tuple[str, str], dict[int, bytes]] = {}
    for clinic, service, recipient, name in tx.execute(select(*columns).where(*on_duty)):
        found.setdefault((clinic, service), {})[recipient] = name
    return found


def counted_teams(tx: Connection, alert_ids: Sequence[int]) -> set[Team]:
    """For whom of these alerts somebody has spoken."""
    return {(alert, clinic, service) for alert, clinic, service in _TEAMS.rows(tx, alert_ids)} if alert_ids else set()


def newest_of(tx: Connection, alert: int) -> dict[tuple[str, str], tuple[HeadcountRow, bytes, int | None]]:
    """By clinic and service, the word that holds; with the frozen name of who said it, bound to ``recipients:<id>:name``, and the
    number under which its text waits for a person."""
    query = (
        select(*_WHOLE, recipients.c.name_sealed, inbox.c.number)
        .join(recipients, recipients.c.id == headcounts.c.recipient)
        .outerjoin(inbox, and_(inbox.c.event == headcounts.c.event, inbox.c.handled_at.is_(None)))
        .where(headcounts.c.alert == alert)
        .order_by(headcounts.c.at, headcounts.c.id)
    )
    rows = ((HeadcountRow(*found[:-2]), found.name_sealed, found.number) for found in tx.execute(query))
    return {(row.clinic, row.service): (row, name, letter) for row, name, letter in rows}


def likely_speaker(tx: Connection, alert: int, clinic: str, service: str) -> RecipientRow | None:
    """Of those called in a service whom one would telephone: its relay post, who is responsible, anybody on duty. Not locked."""
    query = select(*(recipients.c[name] for name in RecipientRow.__slots__)).where(
        recipients.c.alert == alert, recipients.c.clinic == clinic, recipients.c.service == service, recipients.c.woken, CALLED
    )
    first = (recipients.c.kind != Kind.RELAY.value, recipients.c.responsible.desc(), recipients.c.id)
    found = tx.execute(query.order_by(*first).limit(1)).one_or_none()
    return None if found is None else RecipientRow(*found)


def lock_team(tx: Connection, row: RecipientRow) -> list[int]:
    """Whom the ladder chases in the service of ``row``, locked in order of id."""
    query = select(recipients.c.id).where(
        recipients.c.alert == row.alert,
        recipients.c.clinic == row.clinic,
        recipients.c.service == row.service,
        recipients.c.woken,
        CALLED,
        recipients.c.answer.is_(None),
    )
    return list(tx.execute(query.order_by(recipients.c.id).with_for_update()).scalars())


def who_has_it(tx: Connection, recipient_ids: Sequence[int]) -> set[int]:
    """Those of these recipients for whom a provider has taken the message: what still waits for them is a reminder."""
    if not recipient_ids:
        return set()
    taken = outbox.c.state.in_([state.value for state in TAKEN])
    query = select(outbox.c.recipient).where(outbox.c.recipient.in_(list(recipient_ids)), taken).distinct()
    return set(tx.execute(query).scalars())


def spare_the_call(tx: Connection, recipient_ids: Sequence[int]) -> None:
    """Nobody needs to call these recipients, who are locked by the caller."""
    tx.execute(update(recipients).where(recipients.c.id.in_(list(recipient_ids))).values(by_hand_at=None))
