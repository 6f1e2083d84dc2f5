"""Taking contacts in: all or nothing, with a diff, and nothing deleted because a file does not mention it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from notifier.desk.comparing import compare
from notifier.desk.contact_files import Before, Found, leave_out_bad, list_files, read_files
from notifier.desk.corrections import write_corrections
from notifier.desk.desk import Desk
from notifier.desk.undoing import Former, keep_former, note_former
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import BadImport, Fault
from notifier.domain.roster import Group, Person
from notifier.domain.sheets import is_in_band
from notifier.store import contacts, journal
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Tally:
    """What one clinic's files change; ``shifts`` is None where they hold no plan."""

    clinic: str
    unchanged: int = 0
    changed: int = 0
    added: int = 0
    absent: int = 0
    shifts: int | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """The diff, clinic by clinic. ``skipped`` rows were bad and left out on demand; ``faults`` are theirs."""

    clinics: int
    tallies: tuple[Tally, ...]
    landlines: int
    in_band: int
    unreachable: int
    notices: tuple[Fault, ...] = ()
    skipped: int = 0
    corrections: tuple[Path, ...] = ()
    faults: tuple[Fault, ...] = ()
    written: bool = True

    @property
    def unchanged(self) -> int:
        return sum(tally.unchanged for tally in self.tallies)

    @property
    def changed(self) -> int:
        return sum(tally.changed for tally in self.tallies)

    @property
    def added(self) -> int:
        return sum(tally.added for tally in self.tallies)

    @property
    def absent(self) -> int:
        return sum(tally.absent for tally in self.tallies)

    @property
    def shifts(self) -> int:
        return sum(tally.shifts or 0 for tally in self.tallies)


async def import_contacts(
    desk: Desk, actor: Actor, paths: Sequence[Path], *, dry_run: bool = False, skip_bad: bool = False
) -> Imported:
    """Read files or folders and take them in, in one transaction. Raises BadImport with every fault, UnreadableFile.

    ``skip_bad`` takes the good rows and writes each sheet's bad ones, with the reasons, beside it as ``<name>-a-corriger.csv``.
    """
    require(actor, Act.IMPORT)
    group, matricules = await desk.store.read(lambda tx: (contacts.load_group(tx), contacts.known_matricules(tx)))
    before = Before(group, matricules, desk.clock.now(), desk.zone)
    found = read_files(list_files(paths), before)
    if found.fatal:
        raise BadImport(found.every_fault, "files")
    if found.spoilt and not skip_bad:
        raise BadImport(found.every_fault)
    leave_out_bad(found, before)
    if dry_run:
        return replace(await desk.store.read(partial(_save, desk, actor, found, dry_run=True)), written=False)
    corrections = write_corrections(found, desk.zone)  # first: rows that cannot be written down must not be left out
    return replace(await desk.store.write(partial(_save, desk, actor, found, dry_run=False), new=True), corrections=corrections)


def _save(desk: Desk, actor: Actor, found: Found, tx: Tx, *, dry_run: bool) -> Imported:
    at, vault = desk.clock.now(), desk.vault
    people = contacts.load_people(tx, desk.open_text)
    compared = compare(found, people)
    caught = _newly_in_band(desk, found.group, tx)
    plans = {sheet.clinic for sheet in found.shifts}
    changed = {person for change in compared.changes for person, _ in change.changed}
    noted = Former() if dry_run else note_former(tx, people, changed, plans, compared.moved)
    noted.caught = caught
    if not dry_run:
        if found.group is not None:
            contacts.save_group(tx, found.group)
            contacts.flag_in_band(tx, caught)
        for change in compared.changes:
            contacts.add_people(tx, change.new, vault.seal, vault.blind, at)
            contacts.change_people(tx, change.changed, vault.seal, vault.blind, at)
        contacts.clear_plan(tx, compared.moved)
    tallies = {
        change.clinic: Tally(
            clinic=change.clinic,
            unchanged=len(change.rows) - len(change.new) - len(change.changed),
            changed=len(change.changed),
            added=len(change.new),
            absent=change.absent,
        )
        for change in compared.changes
    }
    gone = set(compared.moved.values())
    for sheet in found.shifts:
        shifts = [shift for shift in sheet.shifts if (shift.clinic, shift.matricule) not in gone]
        tallies[sheet.clinic] = replace(tallies.get(sheet.clinic, Tally(sheet.clinic)), shifts=len(shifts))
        if not dry_run and sheet.planned_at is not None:
            contacts.replace_plan(tx, sheet.clinic, shifts, sheet.planned_at, more=sheet.name in found.again)
    told = {(change.clinic, row.matricule) for change in compared.changes for row in change.rows}
    untold = [person for person in people if (person.clinic, person.matricule) not in told and person.id not in compared.moved]
    notices = [*_name_orphans(found.group, untold), *(notice for sheet in found.sheets for notice in sheet.every_notice)]
    if caught:
        notices.insert(0, Fault("group.toml", "import.caught", (("count", str(len(caught))),)))
    rows = [row for change in compared.changes for row in change.rows]
    done = Imported(
        clinics=len(found.group.clinics) if found.group else len(tallies),
        tallies=tuple(tallies.values()),
        landlines=sum(row.landlines for row in rows),
        in_band=sum(entry.in_band for row in rows for entry in row.entries),
        unreachable=sum(fault.code == "import.no_way" for s in found.people for those in s.remarks.values() for fault in those),
        notices=tuple(notices),
        skipped=sum(len(sheet.bad_lines) for sheet in found.spoilt),
        faults=found.every_fault,
    )
    if not dry_run:
        names = ("clinics", "unchanged", "changed", "added", "absent", "shifts", "landlines", "in_band", "unreachable", "skipped")
        facts = {**{name: getattr(done, name) for name in names}, "files": sorted(found.paths)}
        journal.write(tx, at, actor.person, "contacts.import", facts)
        keep_former(desk, tx, noted, [(change.clinic, row.matricule) for change in compared.changes for row in change.new], at)
    return done


def _name_orphans(group: Group | None, people: Iterable[Person]) -> list[Fault]:
    """Services that people are known in and that this group no longer has: no ``service:`` finds these people, nobody answers."""
    if group is None:
        return []
    services = {(clinic.code, service.code) for clinic in group.clinics for service in clinic.services}
    lost = Counter((p.clinic, p.service) for p in people if (p.clinic, p.service) not in services)
    return [
        Fault("group.toml", "import.orphans", (("service", service), ("clinic", clinic), ("count", str(count))))
        for (clinic, service), count in sorted(lost.items())
    ]


def _newly_in_band(desk: Desk, group: Group | None, tx: Tx) -> list[int]:
    """Addresses known as outside ones that this group's domains and ranges now hold, people who are in no sheet included."""
    if group is None or _in_band_facts(group) <= _in_band_facts(contacts.load_group(tx)):
        return []
    return [
        contact.id
        for contact in contacts.out_of_band(tx, desk.open_text)
        if any(is_in_band(contact.address, clinic) for clinic in group.clinics)
    ]


def _in_band_facts(group: Group) -> set[str]:
    return {fact for clinic in group.clinics for fact in (*clinic.in_band_domains, *clinic.pbx_ranges)}
