"""The roster and the phone tree of each clinic on paper: what is called by when every screen is off, and the host is lost."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from notifier.desk.desk import Desk
from notifier.desk.paper import show_day
from notifier.desk.private_files import private_file
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import UnknownClinic, UnreadableFile
from notifier.domain.paper import Branch, Entry, PhoneTree
from notifier.domain.people import Channel, Language, show_number
from notifier.domain.roster import Clinic, Kind, Person, Service, Slot
from notifier.domain.template import show_clock
from notifier.printing import print_tree
from notifier.prose import say
from notifier.store import contacts, journal, schema
from notifier.store.transaction import Tx

HOLDS = timedelta(hours=24)  # then it is printed anew: somebody's number, or who is on duty, has changed
_PRINTED = "paper"  # the fact of the house that tells when each clinic's was printed
_WORDS = ("private", "tree", "roster", "staffed", "nobody", "name", "role", "duty", "numbers")


@dataclass(frozen=True, slots=True)
class Printed:
    """One clinic's file, and how many people and posts stand in it."""

    clinic: str
    path: Path
    people: int


@dataclass(frozen=True, slots=True)
class PaperState:
    """When the clinic that was printed longest ago was; None where one never was. ``known`` is False before there is any."""

    known: bool
    printed_at: datetime | None

    def is_late(self, at: datetime) -> bool:
        """True once some clinic has no paper, or one that is too old."""
        return self.known and (self.printed_at is None or at - self.printed_at > HOLDS)


@dataclass(frozen=True, slots=True)
class _Read:
    """What stands on paper, of one clinic."""

    clinic: Clinic
    people: Sequence[Person]
    slots: Mapping[int, Sequence[Slot]]
    planned: datetime | None


async def print_phone_trees(
    desk: Desk, actor: Actor, folder: Path, clinics: Sequence[str], language: Language
) -> tuple[Printed, ...]:
    """A PDF a clinic (all, where none is named) for its owner's eyes, with numbers in clear, which the journal tells first.

    Raises Forbidden, UnknownClinic, UnreadableFile where the folder takes no file.
    """
    require(actor, Act.REVEAL)
    at = desk.clock.now()
    read = await desk.store.write(partial(_read, desk, actor, clinics, at))
    printed = []
    for one in read:
        path = folder / f"{one.clinic.code}-annuaire.pdf"
        _write(path, print_tree(_draw(desk, one, at, language)))
        printed.append(Printed(one.clinic.code, path, len(one.people)))
    await desk.store.write(partial(_note, [one.clinic for one in printed], desk.clock.wall()))
    return tuple(printed)


async def look_printed(desk: Desk) -> PaperState:
    """How old the paper is."""
    return await desk.store.read(read_paper)


def read_paper(tx: Tx) -> PaperState:
    """How old the paper is, of the clinics that have people."""
    printed = _printed(tx)
    times = [printed.get(clinic) for clinic in contacts.peopled(tx)]
    found = [at for at in times if at is not None]
    return PaperState(bool(times), min(found) if found and len(found) == len(times) else None)


def _printed(tx: Tx) -> dict[str, datetime]:
    told = json.loads(schema.read_fact(tx, _PRINTED) or "{}")
    return {clinic: datetime.fromisoformat(at) for clinic, at in told.items()}


def _note(clinics: Iterable[str], at: datetime, tx: Tx) -> None:
    printed = {**_printed(tx), **dict.fromkeys(clinics, at)}
    schema.write_fact(tx, _PRINTED, json.dumps({clinic: then.isoformat() for clinic, then in printed.items()}))


def _read(desk: Desk, actor: Actor, wanted: Sequence[str], at: datetime, tx: Tx) -> list[_Read]:
    group, planned, slots = contacts.load_group(tx), contacts.load_planned(tx), dict[int, list[Slot]]()
    known = tuple(clinic.code for clinic in group.clinics)
    codes = [code.strip().upper() for code in wanted]
    for code in codes:
        if code not in known:
            raise UnknownClinic(code, known)
    for slot in contacts.load_slots(tx, at, at + HOLDS):
        slots.setdefault(slot.person, []).append(slot)
    people: dict[str, list[Person]] = {}
    for person in contacts.People(tx, desk.open_text, tuple(codes) or None):
        people.setdefault(person.clinic, []).append(person)
    read = [_Read(one, people[one.code], slots, planned.get(one.code)) for one in group.clinics if one.code in people]
    facts = {"clinics": [one.clinic.code for one in read], "people": sum(len(one.people) for one in read)}
    journal.write(tx, at, actor.person, "paper.print", {**facts, "face": actor.face.value})
    return read


def _draw(desk: Desk, read: _Read, at: datetime, language: Language) -> PhoneTree:
    clinic = read.clinic
    moment, until = (show_day(then.astimezone(desk.zone), language) for then in (at, at + HOLDS))
    plan = show_day(read.planned.astimezone(desk.zone), language) if read.planned else ""
    named = {service.code for service in clinic.services}
    lost = sorted({person.service for person in read.people} - named)  # services that the group no longer has
    services = [*clinic.services, *(Service(clinic.code, code, "", code, "") for code in lost)]
    branches = [_branch(desk, service, read, language) for service in services]
    return PhoneTree(
        title=say("tree.title", language, clinic=clinic.code, name=clinic.name),
        at=say("tree.at", language, at=moment),
        until=say("tree.until", language, until=until),
        plan=say("tree.plan", language, at=plan) if plan else say("tree.no_plan", language),
        staffed=show_number(clinic.staffed_number),
        branches=tuple(branch for branch in branches if branch.entries),
        words={
            **{word: say(f"tree.{word}", language) for word in _WORDS},
            "page": say("paper.page", language),
            "lang": language.value,
        },
    )


def _branch(desk: Desk, service: Service, read: _Read, language: Language) -> Branch:
    entries = [
        Entry(
            name=person.shown,
            role=person.role,
            first=person.kind is Kind.RELAY or person.role == service.responsible_role,
            duty=tuple(_stretch(desk, slot, language) for slot in sorted(read.slots.get(person.id, ()), key=lambda s: s.starts)),
            numbers=tuple(_numbers(person, language)),
        )
        for person in read.people
        if person.service == service.code
    ]
    entries.sort(key=lambda entry: (not entry.first, not entry.duty, entry.name))
    return Branch(f"{service.code} · {service.name}" if service.name else service.code, tuple(entries))


def _stretch(desk: Desk, slot: Slot, language: Language) -> str:
    starts, ends = slot.starts.astimezone(desk.zone), slot.ends.astimezone(desk.zone)
    clocks = f"{starts:%d/%m} {show_clock(starts, language)}\u2013{ends:%d/%m} {show_clock(ends, language)}"
    return f"{say(f'tree.slot.{slot.kind}', language)} {clocks}"


def _numbers(person: Person, language: Language) -> list[str]:
    """Numbers as people dial them; one of the attacked network's own exchange says so."""
    found = []
    for contact in person.contacts:
        if contact.address.channel is Channel.SMS:
            inside = f" ({say('tree.inside', language)})" if contact.in_band else ""
            found.append(show_number(contact.address.value) + inside)
    return found


def _write(path: Path, octets: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with private_file(path) as file:
            file.write(octets)
    except OSError:
        raise UnreadableFile(path=str(path), reason="unwritable") from None
