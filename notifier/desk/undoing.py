"""One step back: the roster as it was before the newest import, for as long as nothing else has changed it."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from notifier.desk.desk import Desk
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import NotUndone
from notifier.domain.people import Address, Channel, Language
from notifier.domain.roster import Clinic, Group, Kind, Person, Service, Status, Travel
from notifier.domain.sheets import Entry, Row
from notifier.store import contacts, erasing, former, journal
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Undone:
    """How many people are as they were, and how many are known no longer."""

    changed: int
    removed: int


@dataclass(slots=True)
class Former:
    """What an import finds, noted before it writes: of the people whom it changes, and of the plans that it replaces."""

    group: Group | None = None
    people: list[Person] = field(default_factory=list)
    planned: dict[str, datetime | None] = field(default_factory=dict)
    moved: list[int] = field(default_factory=list)
    stretches: list[former.Stretch] = field(default_factory=list)
    caught: list[int] = field(default_factory=list)


def note_former(
    tx: Tx, people: Iterable[Person], changed: Collection[int], plans: Collection[str], moved: Collection[int]
) -> Former:
    """Before anything is written."""
    planned = contacts.load_planned(tx)
    return Former(
        group=contacts.load_group(tx),
        people=[person for person in people if person.id in changed],
        planned={clinic: planned.get(clinic) for clinic in plans},
        moved=list(moved),
        stretches=former.stretches_of(tx, plans, moved),
    )


def keep_former(desk: Desk, tx: Tx, noted: Former, added: Iterable[tuple[str, str]], at: datetime) -> None:
    """Last in an import; ``added`` are clinic and matricule of those whom nobody knew before."""
    told = {
        "group": None if noted.group is None else asdict(noted.group),
        "people": [_tell(person) for person in noted.people],
        "planned": {clinic: since and since.isoformat() for clinic, since in noted.planned.items()},
        "moved": noted.moved,
        "stretches": [[person, kind, starts.isoformat(), ends.isoformat()] for person, kind, starts, ends in noted.stretches],
        "caught": noted.caught,
        "added": former.ids_of(tx, added),
    }
    former.keep(tx, json.dumps(told, ensure_ascii=False), desk.vault.seal, at)


async def undo_import(desk: Desk, actor: Actor) -> Undone:
    """The roster as it was before the newest import, all of it or nothing.

    Raises NotUndone: nothing is kept, the contacts have changed since, or somebody whom it brought has been called; Forbidden.
    """
    require(actor, Act.IMPORT)
    return await desk.store.write(partial(_undo, desk, actor))


def _undo(desk: Desk, actor: Actor, tx: Tx) -> Undone:
    taken = former.take(tx, desk.open_text)
    if taken is None:
        raise NotUndone(reason="none")
    text, unchanged = taken
    if not unchanged:
        raise NotUndone(reason="changed")
    told = json.loads(text)
    if former.any_called(tx, told["added"]):
        raise NotUndone(reason="called")
    at = desk.clock.now()
    if told["group"] is not None and told["group"]["clinics"]:
        contacts.save_group(tx, _group(told["group"]))
    former.unflag(tx, told["caught"])
    rows = [(person, _row(facts)) for person, facts in told["people"]]
    contacts.change_people(tx, rows, desk.vault.seal, desk.vault.blind, at)
    planned = {clinic: since and datetime.fromisoformat(since) for clinic, since in told["planned"].items()}
    stretches = [
        (person, kind, datetime.fromisoformat(starts), datetime.fromisoformat(ends))
        for person, kind, starts, ends in told["stretches"]
    ]
    former.put_back_plan(tx, planned, told["moved"], stretches)
    for person in told["added"]:
        erasing.erase(tx, person, desk.vault.seal, at)
    done = Undone(len(rows), len(told["added"]))
    facts = {"changed": done.changed, "removed": done.removed, "plans": sorted(planned), "face": actor.face.value}
    journal.write(tx, at, actor.person, "contacts.undo", facts)
    return done


def _tell(person: Person) -> tuple[int, dict[str, object]]:
    facts: dict[str, object] = {
        name: getattr(person, name)
        for name in (
            *("clinic", "matricule", "kind", "service", "role", "status", "language"),
            *("family_name", "given_name", "travel", "on_call", "volunteer"),
        )
    }
    entries = [(one.address.channel, one.address.value, one.in_band) for one in person.contacts]
    return person.id, {**facts, "tags": sorted(person.tags), "entries": entries}


def _row(told: dict[str, Any]) -> Row:
    kinds = {
        "kind": Kind(told["kind"]),
        "status": Status(told["status"]),
        "language": Language(told["language"]),
        "travel": Travel(told["travel"]) if told["travel"] else None,
        "tags": tuple(told["tags"]),
        "entries": tuple(Entry(Address(Channel(channel), value), in_band) for channel, value, in_band in told["entries"]),
    }
    return Row(line=0, **{**told, **kinds})


def _group(told: dict[str, Any]) -> Group:
    return Group(told["name"], tuple(_clinic(clinic) for clinic in told["clinics"]))


def _clinic(told: dict[str, Any]) -> Clinic:
    lists = {
        "in_band_domains": tuple(told["in_band_domains"]),
        "pbx_ranges": tuple(told["pbx_ranges"]),
        "services": tuple(Service(**service) for service in told["services"]),
    }
    return Clinic(**{**told, **lists})
