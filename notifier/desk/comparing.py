"""What sheets change: who is new, changed, moved to another clinic or absent; and what a careful reader would notice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifier.desk.contact_files import Found
from notifier.domain.folding import fold_words
from notifier.domain.people import Address, Channel
from notifier.domain.roster import Person
from notifier.domain.sheets import Entry, Row, Sheet, complete

Home = tuple[str, str]  # clinic and matricule


@dataclass(frozen=True, slots=True)
class Change:
    """One clinic's sheet against what is known. ``rows`` are all it tells, and what is known already where a column lacks."""

    clinic: str
    rows: tuple[Row, ...]
    new: tuple[Row, ...]
    changed: tuple[tuple[int, Row], ...]  # person and row
    absent: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every sheet's change. ``moved`` are people and the clinic and matricule under which they were known."""

    changes: tuple[Change, ...]
    moved: Mapping[int, Home]


def compare(found: Found, people: Iterable[Person]) -> Comparison:
    """The sheets against everybody known; what is worth noticing is remarked on the sheets."""
    known = {(person.clinic, person.matricule): person for person in people}
    moves = _find_moves(found, known)
    left = {(person.clinic, person.matricule) for person in moves.values()}
    changes = tuple(_compare_sheet(sheet, found, known, moves, left) for sheet in found.people)
    for sheet in found.shifts:
        for shift in sheet.shifts:
            if (shift.clinic, shift.matricule) in left:
                sheet.remark(shift.line, "matricule", "import.moved_shift")
    _remark_shared(found, changes, known, moves)
    return Comparison(changes, {person.id: (person.clinic, person.matricule) for person in moves.values()})


def _find_moves(found: Found, known: Mapping[Home, Person]) -> dict[Home, Person]:
    """New home → who was known elsewhere under the same matricule and name, and is no longer in that clinic's sheet.

    Where that sheet is not among the files, the person may work in both: two records, and a remark.
    """
    whole = {sheet.clinic: sheet for sheet in found.people if sheet.name not in found.again}
    namesakes: dict[str, list[Person]] = {}
    for person in known.values():
        namesakes.setdefault(person.matricule, []).append(person)
    moves: dict[Home, Person] = {}
    for sheet in found.people:
        for row in sheet.rows:
            if (sheet.clinic, row.matricule) in known:
                continue
            same = [person for person in namesakes.get(row.matricule, ()) if _name(person) == _name(row)]
            gone = [p for p in same if p.clinic in whole and p.matricule not in whole[p.clinic].matricules]
            if len(gone) == 1:
                moves[sheet.clinic, row.matricule] = gone[0]
                sheet.remark(row.line, "matricule", "import.moved", clinic=gone[0].clinic)
            elif same:
                sheet.remark(row.line, "matricule", "import.elsewhere", clinic=same[0].clinic)
    return moves


def _name(who: Person | Row) -> str:
    return fold_words(f"{who.family_name} {who.given_name}")


def _compare_sheet(
    sheet: Sheet, found: Found, known: Mapping[Home, Person], moves: Mapping[Home, Person], left: set[Home]
) -> Change:
    rows: list[Row] = []
    new: list[Row] = []
    changed: list[tuple[int, Row]] = []
    for told in sheet.rows:
        home = (sheet.clinic, told.matricule)
        person = known.get(home) or moves.get(home)
        row = told if person is None else complete(told, person, sheet.header)
        rows.append(row)
        if person is None:
            new.append(row)
        elif not _is_same(person, row):
            changed.append((person.id, row))
        if not any(_may_be_used(entry) for entry in row.entries):
            sheet.remark(row.line, "", "import.no_way")
    absent = 0
    if sheet.name not in found.again:
        absent = sum(home[0] == sheet.clinic and home[1] not in sheet.matricules and home not in left for home in known)
    return Change(sheet.clinic, tuple(rows), tuple(new), tuple(changed), absent)


def _may_be_used(entry: Entry) -> bool:
    return not entry.in_band and (entry.address.takes_sms or entry.address.channel is not Channel.SMS)


def _is_same(person: Person, row: Row) -> bool:
    facts = (person.clinic, person.kind, person.service, person.role, person.status, person.language)
    more = (person.family_name, person.given_name, person.travel, person.on_call, person.volunteer, person.tags)
    mine = {(contact.address, contact.in_band) for contact in person.contacts}
    return (
        facts == (row.clinic, row.kind, row.service, row.role, row.status, row.language)
        and more == (row.family_name, row.given_name, row.travel, row.on_call, row.volunteer, frozenset(row.tags))
        and mine == {(entry.address, entry.in_band) for entry in row.entries}
    )


def _remark_shared(found: Found, changes: Iterable[Change], known: Mapping[Home, Person], moves: Mapping[Home, Person]) -> None:
    """An address of two people is no fault (a couple, a doctor of two clinics), but more often a slip of the copying hand.

    People who are known and in none of the files count too: whoever gets a new matricule would be called twice.
    """
    sheets = {sheet.clinic: sheet for sheet in found.people}
    told = {(change.clinic, row.matricule) for change in changes for row in change.rows}
    gone = {(person.clinic, person.matricule) for person in moves.values()}
    owners: dict[Address, str] = {}
    for home, person in known.items():
        if home not in told and home not in gone:
            owners |= {c.address: " ".join(home) for c in person.contacts if c.usable}
    for change in changes:
        sheet = sheets[change.clinic]
        for row in change.rows:
            for entry in filter(_may_be_used, row.entries):
                other = owners.setdefault(entry.address, f"{change.clinic} {row.matricule}")
                if other != f"{change.clinic} {row.matricule}":
                    sheet.remark(row.line, _COLUMNS[entry.address.channel], "import.shared", other=other)


_COLUMNS = {Channel.TELEGRAM: "telegram", Channel.SMS: "mobile", Channel.EMAIL: "email"}
