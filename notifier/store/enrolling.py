"""Tokens that bind a private chat to a person, chats that wait for an operator, and the binding itself."""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, or_, select, update

from notifier.domain.enrolment import Invite
from notifier.domain.people import Address, Channel
from notifier.domain.roster import Contact
from notifier.store.contacts import ASIDE, Blind, Open, Seal
from notifier.store.ids import new_id, new_ids
from notifier.store.tables import addresses, claims, clinics, incidents, invitations, people

_BLIND_SIZE = 32  # octets, as a blind index has them; a random one is found by no chat


class Invitation(NamedTuple):
    """A token as it is kept."""

    id: int
    person: int
    kind: str
    expires_at: datetime
    used_at: datetime | None
    used_blind: bytes | None
    revoked_at: datetime | None


class Claim(NamedTuple):
    """A chat that waits to become a person's."""

    id: int
    person: int
    chat_sealed: bytes
    chat_blind: bytes
    claimed_at: datetime


class Who(NamedTuple):
    """Of whom a token speaks."""

    clinic: str
    clinic_name: str
    name_sealed: bytes
    language: str


def hold_clinic(tx: Connection, clinic: str) -> None:
    """Nobody else gives cards out in this clinic until this transaction ends."""
    tx.execute(select(clinics.c.code).where(clinics.c.code == clinic).with_for_update(key_share=True))


def invite(tx: Connection, hashes: Sequence[tuple[int, bytes]], kind: Invite, at: datetime, expires_at: datetime) -> None:
    """A token for each of these people, as its hash."""
    if not hashes:
        return
    fixed = {"kind": kind.value, "issued_at": at, "expires_at": expires_at}
    rows = zip(new_ids(len(hashes)), hashes, strict=True)
    tx.execute(insert(invitations), [{"id": i, "person": person, "token_hash": hashed, **fixed} for i, (person, hashed) in rows])


def revoke(tx: Connection, ids: Collection[int], at: datetime, kind: Invite | None = None) -> int:
    """What these people have not used, of one kind or of all, is worth nothing any more; gives how many might still have been."""
    ended = update(invitations).values(revoked_at=at).where(invitations.c.person.in_(ids))
    ended = ended.where(invitations.c.used_at.is_(None), invitations.c.revoked_at.is_(None))
    if kind is not None:
        ended = ended.where(invitations.c.kind == kind.value)
    live: int = tx.execute(ended.where(invitations.c.expires_at > at)).rowcount
    tx.execute(ended)
    return live


def have_card(tx: Connection, clinic: str, at: datetime) -> set[int]:
    """Those of a clinic who have used a card, or can still use theirs."""
    good = or_(invitations.c.used_at.is_not(None), invitations.c.expires_at > at)
    query = select(invitations.c.person).join(people, people.c.id == invitations.c.person).where(people.c.clinic == clinic)
    own = query.where(invitations.c.kind == Invite.CARD.value, invitations.c.revoked_at.is_(None), good)
    return set(tx.execute(own).scalars())


def find_invitation(tx: Connection, hashed: bytes, *, lock: bool = False) -> Invitation | None:
    """The token of this hash."""
    query = select(*(invitations.c[name] for name in Invitation._fields)).where(invitations.c.token_hash == hashed)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Invitation(*row) if row else None


def use(tx: Connection, invitation: int, chat: bytes, at: datetime) -> None:
    """This token is spent, on the chat of this blind index."""
    tx.execute(update(invitations).where(invitations.c.id == invitation).values(used_at=at, used_blind=chat))


def end(tx: Connection, hashed: bytes, at: datetime) -> None:
    """The token of this hash is worth nothing any more, unless it was used."""
    mine = invitations.c.token_hash == hashed, invitations.c.used_at.is_(None)
    tx.execute(update(invitations).where(*mine).values(revoked_at=at))


def tell_who(tx: Connection, person: int) -> Who:
    """Clinic, name and language of a person."""
    query = select(people.c.clinic, clinics.c.facts, people.c.name_sealed, people.c.language)
    row = tx.execute(query.join(clinics, clinics.c.code == people.c.clinic).where(people.c.id == person)).one()
    return Who(row.clinic, row.facts["name"], row.name_sealed, row.language)


def whose(tx: Connection, chat: bytes) -> set[int]:
    """The people who have this chat now; who had it once is none of them."""
    query = select(addresses.c.person).where(addresses.c.value_blind == chat, addresses.c.position != ASIDE)
    return set(tx.execute(query).scalars())


def bind(
    tx: Connection, person: int, chat: Address, open_text: Open, seal: Seal, blind: Blind, at: datetime
) -> tuple[Contact, ...]:
    """This chat is the person's one way by Telegram from now on. Gives those that were: they stay aside, to be told.

    The address keeps its id, so that a ladder which runs already goes to the new chat; no press in the old one finds anybody.
    """
    chat_blind = blind(chat.channel, chat.value)
    mine = (addresses.c.person == person, addresses.c.channel == Channel.TELEGRAM.value, addresses.c.position != ASIDE)
    rows = tx.execute(select(addresses).where(*mine).order_by(addresses.c.value_blind != chat_blind, addresses.c.position)).all()
    address = rows[0].id if rows else new_id()
    aside = tuple(
        Contact(
            row.id if row.id != address else new_id(),
            Address(Channel.TELEGRAM, open_text(row.value_sealed, f"addresses:{row.id}:value")),
        )
        for row in rows
        if row.value_blind != chat_blind
    )
    facts = {
        "value_sealed": seal(chat.value, f"addresses:{address}:value"), "value_blind": chat_blind, "enrolled_at": at,
        "dead_at": None, "dead_why": None,
    }  # fmt: skip
    fixed = {"person": person, "channel": Channel.TELEGRAM.value, "in_band": False}
    if rows:
        tx.execute(update(addresses).where(addresses.c.id == address).values(facts))
    else:
        tx.execute(insert(addresses).values(id=address, position=0, **fixed, **facts))
    for contact in aside:
        nobody = {"value_blind": secrets.token_bytes(_BLIND_SIZE), "position": ASIDE}
        if not tx.execute(update(addresses).where(addresses.c.id == contact.id).values(nobody)).rowcount:
            sealed = seal(contact.address.value, f"addresses:{contact.id}:value")
            tx.execute(insert(addresses).values(id=contact.id, value_sealed=sealed, **fixed, **nobody))
    return aside


def incident_is_open(tx: Connection) -> bool:
    """Real or exercise, anywhere in the group."""
    return tx.execute(select(incidents.c.code).where(incidents.c.closed_at.is_(None)).limit(1)).first() is not None


def find_claim(tx: Connection, *, person: int | None = None, chat: bytes | None = None, lock: bool = False) -> Claim | None:
    """What waits for this person, or of this chat."""
    wanted = claims.c.person == person if chat is None else claims.c.chat_blind == chat
    query = select(*(claims.c[name] for name in Claim._fields)).where(wanted)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return Claim(*row) if row else None


def list_claims(tx: Connection) -> list[tuple[Claim, str]]:
    """All that wait, the oldest first, each with the person's matricule."""
    query = select(*(claims.c[name] for name in Claim._fields), people.c.matricule)
    rows = tx.execute(query.join(people, people.c.id == claims.c.person).order_by(claims.c.claimed_at, claims.c.id))
    return [(Claim(*row[:-1]), row[-1]) for row in rows]


def claim(tx: Connection, person: int, chat: Address, seal: Seal, blind: Blind, at: datetime) -> int:
    """This chat waits to become the person's; gives the claim's id."""
    made = new_id()
    sealed, found = seal(chat.value, f"claims:{made}:chat"), blind(chat.channel, chat.value)
    tx.execute(insert(claims).values(id=made, person=person, chat_sealed=sealed, chat_blind=found, claimed_at=at))
    return made


def drop_claim(tx: Connection, claimed: int) -> None:
    """It waits no more."""
    tx.execute(delete(claims).where(claims.c.id == claimed))
