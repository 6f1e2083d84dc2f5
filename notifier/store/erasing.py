"""Taking a person out of the book: what is needed to count a past alert stays, who it was does not."""

import secrets
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from notifier.domain.alert import LISTENS
from notifier.store.contacts import ASIDE, ERASED, NAME_PARTS, Open, Seal
from notifier.store.tables import (
    addresses,
    alerts,
    claims,
    former,
    inbox,
    invitations,
    notices,
    outbox,
    people,
    recipients,
    slots,
)

_BLIND_SIZE = 32  # octets, as a blind index has them; a random one is found by no address


def find_person(tx: Connection, clinic: str, matricule: str, open_text: Open) -> tuple[int, str] | None:
    """Id and name, family and given, of one person known there."""
    row = tx.execute(
        select(people).where(people.c.clinic == clinic, people.c.matricule == matricule, people.c.kind != ERASED)
    ).first()
    return None if row is None else (row.id, open_text(row.name_sealed, f"people:{row.id}:name"))


def running_alert(tx: Connection, person: int) -> str | None:
    """The newest alert that this person is still a recipient of."""
    query = (
        select(alerts.c.code)
        .join(recipients, recipients.c.alert == alerts.c.id)
        .where(recipients.c.person == person, alerts.c.state.in_(sorted(LISTENS)))
        .order_by(alerts.c.raised_at.desc())
    )
    found: str | None = tx.execute(query).scalars().first()
    return found


def erase(tx: Connection, person: int, seal: Seal, at: datetime) -> int:
    """Forget who this is. Gives in how many past alerts the person is now a number without a name.

    Whoever was never called goes altogether. Else the rows stay that an alert is counted by, with nothing in them: name and
    addresses are overwritten, and neither a blind index nor a matricule leads to anybody.
    """
    tx.execute(delete(former))  # the person may stand in it; an import before this is not undone any more
    for table in (slots, invitations, claims):
        tx.execute(delete(table).where(table.c.person == person))
    called = list(tx.execute(select(recipients.c.id).where(recipients.c.person == person).order_by(recipients.c.id)).scalars())
    used = select(outbox.c.address).join(recipients, recipients.c.id == outbox.c.recipient).where(recipients.c.person == person)
    mine = select(addresses.c.value_blind).where(addresses.c.person == person)
    spoken = or_(notices.c.recipient.in_(called), notices.c.to_blind.in_(mine))
    about = select(outbox.c.id).where(outbox.c.recipient.in_(called))
    tx.execute(delete(notices).where(or_(spoken, notices.c.row.in_(about))))
    tx.execute(delete(inbox).where(or_(inbox.c.recipient.in_(called), inbox.c.sender_blind.in_(mine))))
    tx.execute(delete(addresses).where(addresses.c.person == person, addresses.c.id.not_in(used)))
    if not called:
        tx.execute(delete(people).where(people.c.id == person))
        return 0
    for address in tx.execute(select(addresses.c.id).where(addresses.c.person == person)).scalars().all():
        nothing = {
            "value_sealed": seal("", f"addresses:{address}:value"),
            "value_blind": secrets.token_bytes(_BLIND_SIZE),
            "position": ASIDE,
            "in_band": True,  # no turn sends there
            "landline": False,
            "dead_at": at,
        }
        tx.execute(update(addresses).where(addresses.c.id == address).values(nothing))
    for recipient in called:
        tx.execute(
            update(recipients).where(recipients.c.id == recipient).values(name_sealed=seal("", f"recipients:{recipient}:name"))
        )
    nobody = {
        "kind": ERASED,
        "matricule": secrets.token_hex(8),
        "name_sealed": seal(f"—{NAME_PARTS}", f"people:{person}:name"),
        "on_call": False,
        "volunteer": False,
        "tags": [],
        "travel": None,
    }
    tx.execute(update(people).where(people.c.id == person).values(nobody))
    return len(called)
