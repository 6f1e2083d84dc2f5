"""The group and its people as the database keeps them: names and addresses sealed, found by blind index."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, and_, cast, delete, func, insert, select, update

from notifier.domain.people import Address, Channel, Language
from notifier.domain.roster import Clinic, Contact, Group, Kind, Person, Service, Slot, SlotKind, Status, Travel
from notifier.domain.sheets import Row as SheetRow
from notifier.domain.sheets import ShiftRow
from notifier.store import schema
from notifier.store.ids import new_id, new_ids
from notifier.store.tables import addresses, clinics, house, people, recipients, services, slots

Open = Callable[[bytes, str], str]  # the vault's, given by the desk: sealed octets and what they are bound to
Seal = Callable[[str, str], bytes]
Blind = Callable[[str, str], bytes]
NAME_PARTS = "\x1f"  # between family and given name, which nobody can type
_GROUP_NAME = "group"  # the fact of the house that holds it
ERASED = "erased"  # the kind of somebody who is no longer known: a number in past alerts
_VERSION = "contacts"  # the fact that is another one after every change
ASIDE = -1  # position of an address that is no longer anybody's way and stays for the record
AT_ONCE = 1000  # rows fetched together
_NOBODY = (1 << 63, Contact(0, Address(Channel.SMS, "")))  # stands after every person
_WHO = (
    people.c.id, people.c.name_sealed, people.c.card, people.c.matricule, cast(people.c.tags, Text), people.c.clinic,
    people.c.kind, people.c.service, people.c.role, people.c.status, people.c.language, people.c.travel, people.c.on_call,
    people.c.volunteer,
)  # fmt: skip
# Looked up 50,000 times a plan: an enumeration's own call takes five times as long.
_KINDS: dict[str, Kind] = {**{kind.value: kind for kind in Kind}, ERASED: Kind.PERSON}
_STATUSES: dict[str, Status] = {status.value: status for status in Status}
_LANGUAGES: dict[str, Language] = {language.value: language for language in Language}
_CHANNELS: dict[str, Channel] = {channel.value: channel for channel in Channel}


def read_version(tx: Connection) -> tuple[str | None, int]:
    """Equal for as long as nobody and nothing in the contacts has changed; read before what is to be compared."""
    dead: int = tx.execute(select(func.count(addresses.c.dead_at))).scalar_one()  # lanes find them, and touch nothing else
    return schema.read_fact(tx, _VERSION), dead


def hold(tx: Connection) -> None:
    """Nobody changes the contacts until this transaction ends: who is about to be called keeps the addresses he is called by."""
    fact = select(house.c.value).where(house.c.name == _VERSION)
    tx.execute(fact.with_for_update(read=True))  # shared with whoever sends; on SQLite one writes at a time anyhow


def mark_changed(tx: Connection) -> None:
    """Whoever compares versions is told; first in a change, as every change does, so that two of them wait and do not cross."""
    schema.write_fact(tx, _VERSION, str(new_id()))


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


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of these clinics (all, when none are named), relay posts included, with usable and unusable addresses.

    They are read anew each time one goes through them, so that 50,000 need not be in memory at once.
    """

    tx: Connection
    open_text: Open
    clinics: tuple[str, ...] | None = None
    erased: bool = False  # also those who are numbers without a name by now

    def __iter__(self) -> Iterator[Person]:
        query = select(*_WHO).order_by(people.c.id)
        if not self.erased:
            query = query.where(people.c.kind != ERASED)
        if self.clinics is not None:
            query = query.where(people.c.clinic.in_(self.clinics))
        contacts = self._contacts()
        owner, contact = next(contacts, _NOBODY)
        same: dict[Any, Any] = {}  # the few words that all share, once in memory
        tagged: dict[str, frozenset[str]] = {}
        for row in self.tx.execute(query.execution_options(yield_per=AT_ONCE)):
            ident, sealed, card, matricule, tags, *words = row
            mine = []
            while owner <= ident:
                if owner == ident:
                    mine.append(contact)
                owner, contact = next(contacts, _NOBODY)
            clinic, kind, service, role, status, language, travel, on_call, volunteer = (same.setdefault(w, w) for w in words)
            if tags not in tagged:
                tagged[tags] = frozenset(json.loads(tags))
            family, _, given = self.open_text(sealed, f"people:{ident}:name").partition(NAME_PARTS)
            yield Person(
                ident, matricule, _KINDS[kind], clinic, service, role, _STATUSES[status], _LANGUAGES[language],
                family, given, Travel(travel) if travel else None, on_call, volunteer, tagged[tags], card, tuple(mine),
            )  # fmt: skip

    def _contacts(self) -> Iterator[tuple[int, Contact]]:
        """Every address with its owner, in order of owner and position."""
        dead = addresses.c.dead_at.is_not(None)
        own = addresses.c.enrolled_at.is_not(None)
        facts = (addresses.c.person, addresses.c.id, addresses.c.channel, addresses.c.value_sealed, addresses.c.in_band)
        query = select(*facts, dead, own).where(addresses.c.position != ASIDE).order_by(addresses.c.person, addresses.c.position)
        if self.clinics is not None:
            query = query.join(people, people.c.id == addresses.c.person).where(people.c.clinic.in_(self.clinics))
        for row in self.tx.execute(query.execution_options(yield_per=AT_ONCE)):
            owner, ident, channel, sealed, in_band, gone, enrolled = row
            value = self.open_text(sealed, f"addresses:{ident}:value")
            yield owner, Contact(ident, Address(_CHANNELS[channel], value), in_band, gone, enrolled)


def count_people(tx: Connection) -> int:
    """How many are known, whether anything reaches them or not."""
    known: int = tx.execute(select(func.count()).select_from(people).where(people.c.kind != ERASED)).scalar_one()
    return known


def load_people(tx: Connection, open_text: Open, *, erased: bool = False) -> list[Person]:
    """Everybody, at once; for past alerts also those who are ``erased``."""
    return list(People(tx, open_text, erased=erased))


@dataclass(frozen=True, slots=True)
class Known:
    """What the people of some clinics bring with them: the clinics that have any, their roles and tags."""

    clinics: frozenset[str]
    roles: frozenset[str]
    tags: frozenset[str]


def load_known(tx: Connection, among: Sequence[str]) -> Known:
    """For the people of these clinics."""
    mine = and_(people.c.clinic.in_(among), people.c.kind != ERASED)
    places = tx.execute(select(people.c.clinic, people.c.role).where(mine).distinct()).all()
    tags = tx.execute(select(cast(people.c.tags, Text)).where(mine).distinct())
    return Known(
        frozenset(place.clinic for place in places),
        frozenset(place.role for place in places),
        frozenset(tag for told in tags.scalars() for tag in json.loads(told)),
    )


def load_slots(tx: Connection, at_from: datetime, at_to: datetime) -> list[Slot]:
    """Planned stretches that touch the time from the one instant to the other."""
    query = select(slots.c.person, people.c.clinic, slots.c.kind, slots.c.starts, slots.c.ends)
    query = query.join(people, people.c.id == slots.c.person).where(slots.c.starts <= at_to, slots.c.ends > at_from)
    return [Slot(person, clinic, SlotKind(kind), starts, ends) for person, clinic, kind, starts, ends in tx.execute(query)]


def load_planned(tx: Connection) -> dict[str, datetime]:
    """Per clinic, when its duty plan was true; clinics without a plan are left out."""
    rows = tx.execute(select(clinics.c.code, clinics.c.planned_at).where(clinics.c.planned_at.is_not(None)))
    return {row.code: row.planned_at for row in rows}


def save_group(tx: Connection, group: Group) -> None:
    """Name, clinics and services as ``group.toml`` has them; a clinic that it no longer names stays, with its people."""
    mark_changed(tx)
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
    mark_changed(tx)
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
    mark_changed(tx)
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
    called = tx.execute(select(recipients.c.id).where(recipients.c.person == person).limit(1)).first() is not None
    mine = addresses.c.id == address
    if called or not tx.execute(delete(addresses).where(mine, addresses.c.dead_at.is_(None))).rowcount:  # a no is not forgotten
        tx.execute(update(addresses).where(mine).values(position=ASIDE))


@dataclass(frozen=True, slots=True)
class _Place:
    """An address of a row and where it stands among the person's."""

    person: int
    position: int
    channel: str
    value: str = field(repr=False)
    blind: bytes
    in_band: bool
    landline: bool


def _places(person: int, row: SheetRow, blind: Blind) -> list[_Place]:
    return [
        _Place(person, position, channel.value, value, blind(channel.value, value), entry.in_band, landline)
        for position, entry in enumerate(row.entries)
        for channel, value in [(entry.address.channel, entry.address.value)]
        for landline in [channel is Channel.SMS and not entry.address.takes_sms]
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
                "landline": place.landline,
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


def peopled(tx: Connection) -> list[str]:
    """The clinics that anybody is known in."""
    anybody = select(people.c.id).where(people.c.clinic == clinics.c.code, people.c.kind != ERASED).exists()
    return list(tx.execute(select(clinics.c.code).where(anybody).order_by(clinics.c.position)).scalars())


def known_matricules(tx: Connection) -> dict[str, frozenset[str]]:
    """By clinic, the matricules of everybody known there."""
    found: dict[str, set[str]] = {}
    for row in tx.execute(select(people.c.clinic, people.c.matricule).where(people.c.kind != ERASED)):
        found.setdefault(row.clinic, set()).add(row.matricule)
    return {clinic: frozenset(those) for clinic, those in found.items()}


def replace_plan(tx: Connection, clinic: str, shifts: Sequence[ShiftRow], planned_at: datetime, *, more: bool = False) -> None:
    """A clinic's duty plan as a whole, and when it was true; ``more``: added to what is planned, which keeps its age."""
    mark_changed(tx)
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
    mark_changed(tx)
    tx.execute(delete(slots).where(slots.c.person.in_(list(moved))))


def out_of_band(tx: Connection, open_text: Open) -> list[Contact]:
    """Every address known as outside the hospital's own network, also those put aside: an alert may still have them."""
    rows = tx.execute(select(addresses).where(addresses.c.in_band.is_(False)))
    return [
        Contact(row.id, Address(Channel(row.channel), open_text(row.value_sealed, f"addresses:{row.id}:value"))) for row in rows
    ]


def flag_in_band(tx: Connection, ids: Sequence[int]) -> None:
    """These addresses stand or fall with the hospital's network: no turn sends to them from now on."""
    mark_changed(tx)
    for address in ids:
        tx.execute(update(addresses).where(addresses.c.id == address).values(in_band=True))


def find_by_blind(tx: Connection, blind: bytes) -> list[int]:
    """Ids of the people who have this address."""
    return list(tx.execute(select(addresses.c.person).where(addresses.c.value_blind == blind).distinct()).scalars())


def names_of(tx: Connection, ids: Collection[int], open_text: Open) -> list[str]:
    """Given and family name of these people, in order of id."""
    query = select(people.c.id, people.c.name_sealed).where(people.c.id.in_(list(ids))).order_by(people.c.id)
    parts = [open_text(sealed, f"people:{ident}:name").partition(NAME_PARTS) for ident, sealed in tx.execute(query)]
    return [f"{given} {family}".strip() for family, _, given in parts]


def ways_of(tx: Connection, person: int, open_text: Open) -> list[Contact]:
    """One person's addresses in their order."""
    query = select(addresses).where(addresses.c.person == person, addresses.c.position != ASIDE)
    return [
        Contact(
            row.id,
            Address(_CHANNELS[row.channel], open_text(row.value_sealed, f"addresses:{row.id}:value")),
            row.in_band,
            row.dead_at is not None,
            row.enrolled_at is not None,
        )
        for row in tx.execute(query.order_by(addresses.c.position))
    ]


def set_language(tx: Connection, person: int, language: Language) -> None:
    """What this person is written to in from now on."""
    mark_changed(tx)
    tx.execute(update(people).where(people.c.id == person).values(language=language.value))


def mute(tx: Connection, blind: bytes, at: datetime, why: str) -> bool:
    """Nothing goes to this address any more; False where nothing did. Who is told so is on the next channel at once."""
    mine = addresses.c.value_blind == blind, addresses.c.dead_at.is_(None), addresses.c.position != ASIDE
    return bool(tx.execute(update(addresses).where(*mine).values(dead_at=at, dead_why=why)).rowcount)


def unmute(tx: Connection, blind: bytes, whys: Collection[str]) -> bool:
    """It takes messages again, where it was silent for one of these reasons."""
    mine = addresses.c.value_blind == blind, addresses.c.dead_why.in_(list(whys)), addresses.c.position != ASIDE
    return bool(tx.execute(update(addresses).where(*mine).values(dead_at=None, dead_why=None)).rowcount)


def find_owners(tx: Connection, blinds: Collection[bytes]) -> dict[bytes, set[int]]:
    """By address: ids of the people who have it."""
    found: dict[bytes, set[int]] = {}
    query = select(addresses.c.value_blind, addresses.c.person).where(addresses.c.value_blind.in_(list(blinds)))
    for blind, person in tx.execute(query):
        found.setdefault(blind, set()).add(person)
    return found


def staffed_numbers(tx: Connection, codes: Collection[str]) -> dict[str, str]:
    """By clinic: the number that is answered day and night, where there is one."""
    rows = tx.execute(select(clinics.c.code, clinics.c.facts).where(clinics.c.code.in_(list(codes))))
    return {code: facts.get("staffed_number", "") for code, facts in rows}
