"""The group and its people as the database keeps them: names and addresses sealed, found by blind index."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from notifier.domain.people import Address, Channel, Language
from notifier.domain.roster import Clinic, Contact, Group, Kind, Person, Service, Slot, SlotKind, Status, Travel
from notifier.domain.sheets import Row as SheetRow
from notifier.domain.sheets import ShiftRow
from notifier.store import schema
from notifier.store.ids import new_ids
from notifier.store.tables import addresses, clinics, people, recipients, services, slots

Open = Callable[[bytes, str], str]  # the vault's, given by the desk: sealed octets and what they are bound to
Seal = Callable[[str, str], bytes]
Blind = Callable[[str, str], bytes]
NAME_PARTS = "\x1f"  # between family and given name, which nobody can type
_GROUP_NAME = "group"  # the fact of the house that holds it
ASIDE = -1  # position of an address that is no longer anybody's way and stays for the record


def load_group(tx: Connection) -> Group:
    """The group's name and its clinics in its order, each with its services."""
    wards: dict[str, list[Service]] = {}
    for row in tx.execute(select(services).order_by(services.c.clinic, services.c.position)):
        wards.setdefault(row.clinic, []).append(Service(clinic=row.clinic, code=row.code, **row.facts))
    found = [_clinic(row, wards.get(row.code, [])) for row in tx.execute(select(clinics).order_by(clinics.c.position))]
    return Group(name=schema.read_fact(tx, _GROUP_NAME) or "", clinics=tuple(found))


def _clinic(row: Row[Any], wards: Sequence[Service]) -> Clinic:
    facts: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in row.facts.items()}
    return Clinic(code=row.code, services=tuple(wards), **facts)


def load_people(tx: Connection, open_text: Open, clinics: Iterable[str] | None = None) -> list[Person]:
    """Everybody of these clinics (all, when none are named), relay posts included, with usable and unusable addresses."""
    query = select(people).order_by(people.c.id)
    mine = select(addresses).where(addresses.c.position != ASIDE).order_by(addresses.c.person, addresses.c.position)
    if clinics is not None:
        wanted = list(clinics)
        query = query.where(people.c.clinic.in_(wanted))
        mine = mine.join(people, people.c.id == addresses.c.person).where(people.c.clinic.in_(wanted))
    contacts: dict[int, list[Contact]] = {}
    for row in tx.execute(mine):
        address = Address(Channel(row.channel), open_text(row.value_sealed, f"addresses:{row.id}:value"))
        contacts.setdefault(row.person, []).append(Contact(row.id, address, row.in_band, row.dead_at is not None))
    return [_person(row, contacts.get(row.id, []), open_text) for row in tx.execute(query)]


def _person(row: Row[Any], contacts: Sequence[Contact], open_text: Open) -> Person:
    family, _, given = open_text(row.name_sealed, f"people:{row.id}:name").partition(NAME_PARTS)
    return Person(
        id=row.id,
        matricule=row.matricule,
        kind=Kind(row.kind),
        clinic=row.clinic,
        service=row.service,
        role=row.role,
        status=Status(row.status),
        language=Language(row.language),
        family_name=family,
        given_name=given,
        travel=Travel(row.travel) if row.travel else None,
        on_call=row.on_call,
        volunteer=row.volunteer,
        tags=frozenset(row.tags),
        card=row.card,
        contacts=tuple(contacts),
    )


def load_slots(tx: Connection, at_from: datetime, at_to: datetime) -> list[Slot]:
    """Planned stretches that touch the time between the two instants."""
    rows = tx.execute(select(slots).where(slots.c.starts < at_to, slots.c.ends > at_from))
    return [Slot(row.person, SlotKind(row.kind), row.starts, row.ends) for row in rows]


def load_planned(tx: Connection) -> dict[str, datetime]:
    """Per clinic, when its duty plan was true; clinics without a plan are left out."""
    rows = tx.execute(select(clinics.c.code, clinics.c.planned_at).where(clinics.c.planned_at.is_not(None)))
    return {row.code: row.planned_at for row in rows}


def save_group(tx: Connection, group: Group) -> None:
    """Name, clinics and services as ``group.toml`` has them; a clinic that it no longer names stays, with its people."""
    schema.write_fact(tx, _GROUP_NAME, group.name)
    for place, clinic in enumerate(group.clinics):
        facts = {
            "name": clinic.name,
            "city": clinic.city,
            "kind": clinic.kind,
            "sms_name": clinic.sms_name,
            "in_band_domains": list(clinic.in_band_domains),
            "pbx_ranges": list(clinic.pbx_ranges),
            "staffed_number": clinic.staffed_number,
        }
        if not tx.execute(update(clinics).where(clinics.c.code == clinic.code).values(position=place, facts=facts)).rowcount:
            tx.execute(insert(clinics).values(code=clinic.code, position=place, facts=facts))
        tx.execute(delete(services).where(services.c.clinic == clinic.code))
        if clinic.services:
            tx.execute(insert(services), [_service_row(service, number) for number, service in enumerate(clinic.services)])


def _service_row(service: Service, place: int) -> dict[str, object]:
    facts = {
        "name": service.name,
        "sms_name": service.sms_name,
        "responsible_role": service.responsible_role,
        "need": service.need,
    }
    return {"clinic": service.clinic, "code": service.code, "position": place, "facts": facts}


def add_people(tx: Connection, rows: Sequence[SheetRow], seal: Seal, blind: Blind, at: datetime) -> None:
    """New people and relay posts, their names and addresses sealed."""
    if not rows:
        return
    ids = new_ids(len(rows))
    tx.execute(
        insert(people),
        [{"id": i, "matricule": row.matricule, "card": 1, **_facts(i, row, seal, at)} for i, row in zip(ids, rows, strict=True)],
    )
    _add_addresses(tx, [place for i, row in zip(ids, rows, strict=True) for place in _places(i, row, blind)], seal)


def change_people(tx: Connection, rows: Sequence[tuple[int, SheetRow]], seal: Seal, blind: Blind, at: datetime) -> None:
    """People whose row has changed; an address that stays keeps its id and whether it is dead.

    An address that goes is deleted, or put aside where the person was ever called.
    """
    new: list[_Place] = []
    for person, row in rows:
        tx.execute(update(people).where(people.c.id == person).values(**_facts(person, row, seal, at)))
        wanted = {(place.channel, place.blind): place for place in _places(person, row, blind)}
        old = tx.execute(select(addresses).where(addresses.c.person == person).order_by(addresses.c.position.desc())).all()
        for address in old:
            place = wanted.pop((address.channel, address.value_blind), None)
            if place is None:
                _put_away(tx, person, address.id)
            elif (place.position, place.in_band) != (address.position, address.in_band):
                kept = {"position": place.position, "in_band": place.in_band}  # what waits for it sees the flag in its turn
                tx.execute(update(addresses).where(addresses.c.id == address.id).values(kept))
        new += wanted.values()
    _add_addresses(tx, new, seal)


def _put_away(tx: Connection, person: int, address: int) -> None:
    """An alert that runs may have this address on its ladder still: who was ever called keeps it, aside."""
    if tx.execute(select(recipients.c.id).where(recipients.c.person == person).limit(1)).first() is None:
        tx.execute(delete(addresses).where(addresses.c.id == address))
    else:
        tx.execute(update(addresses).where(addresses.c.id == address).values(position=ASIDE))


@dataclass(frozen=True, slots=True)
class _Place:
    """An address of a row and where it stands among the person's."""

    person: int
    position: int
    channel: str
    value: str = field(repr=False)
    blind: bytes
    in_band: bool


def _places(person: int, row: SheetRow, blind: Blind) -> list[_Place]:
    return [
        _Place(person, position, channel, value, blind(channel, value), entry.in_band)
        for position, entry in enumerate(row.entries)
        for channel, value in [(entry.address.channel.value, entry.address.value)]
    ]


def _add_addresses(tx: Connection, places: Sequence[_Place], seal: Seal) -> None:
    if not places:
        return
    tx.execute(
        insert(addresses),
        [
            {
                "id": i,
                "person": place.person,
                "channel": place.channel,
                "position": place.position,
                "value_sealed": seal(place.value, f"addresses:{i}:value"),
                "value_blind": place.blind,
                "in_band": place.in_band,
            }
            for i, place in zip(new_ids(len(places)), places, strict=True)
        ],
    )


def _facts(person: int, row: SheetRow, seal: Seal, at: datetime) -> dict[str, object]:
    return {
        "clinic": row.clinic,
        "kind": row.kind.value,
        "service": row.service,
        "role": row.role,
        "status": row.status.value,
        "language": row.language.value,
        "name_sealed": seal(f"{row.family_name}{NAME_PARTS}{row.given_name}", f"people:{person}:name"),
        "travel": row.travel.value if row.travel else None,
        "on_call": row.on_call,
        "volunteer": row.volunteer,
        "tags": list(row.tags),
        "imported_at": at,
    }


def known_matricules(tx: Connection) -> dict[str, frozenset[str]]:
    """By clinic, the matricules of everybody known there."""
    found: dict[str, set[str]] = {}
    for row in tx.execute(select(people.c.clinic, people.c.matricule)):
        found.setdefault(row.clinic, set()).add(row.matricule)
    return {clinic: frozenset(those) for clinic, those in found.items()}


def replace_plan(tx: Connection, clinic: str, shifts: Sequence[ShiftRow], planned_at: datetime, *, more: bool = False) -> None:
    """A clinic's duty plan as a whole, and when it was true; ``more``: added to what is planned, which keeps its age."""
    ids = {row.matricule: row.id for row in tx.execute(select(people.c.id, people.c.matricule).where(people.c.clinic == clinic))}
    wanted = {(ids[shift.matricule], shift.kind.value, shift.starts, shift.ends) for shift in shifts}
    if more:
        mine = select(slots).join(people, people.c.id == slots.c.person).where(people.c.clinic == clinic)
        wanted -= {(row.person, row.kind, row.starts, row.ends) for row in tx.execute(mine)}
    else:
        tx.execute(delete(slots).where(slots.c.person.in_(select(people.c.id).where(people.c.clinic == clinic))))
    rows = [
        {"id": i, "person": person, "kind": kind, "starts": starts, "ends": ends}
        for i, (person, kind, starts, ends) in zip(new_ids(len(wanted)), sorted(wanted), strict=True)
    ]
    if rows:
        tx.execute(insert(slots), rows)
    since = update(clinics).where(clinics.c.code == clinic).values(planned_at=planned_at)
    tx.execute(since.where(clinics.c.planned_at.is_(None)) if more else since)


def clear_plan(tx: Connection, moved: Iterable[int]) -> None:
    """Nothing stays planned for people who have left their clinic for another."""
    tx.execute(delete(slots).where(slots.c.person.in_(list(moved))))


def out_of_band(tx: Connection, open_text: Open) -> list[Contact]:
    """Every address known as outside the hospital's own network, also those put aside: an alert may still have them."""
    rows = tx.execute(select(addresses).where(addresses.c.in_band.is_(False)))
    return [
        Contact(row.id, Address(Channel(row.channel), open_text(row.value_sealed, f"addresses:{row.id}:value"))) for row in rows
    ]


def flag_in_band(tx: Connection, ids: Sequence[int]) -> None:
    """These addresses stand or fall with the hospital's network: no turn sends to them from now on."""
    for address in ids:
        tx.execute(update(addresses).where(addresses.c.id == address).values(in_band=True))


def find_by_blind(tx: Connection, blind: bytes) -> list[int]:
    """Ids of the people who have this address."""
    return list(tx.execute(select(addresses.c.person).where(addresses.c.value_blind == blind).distinct()).scalars())
