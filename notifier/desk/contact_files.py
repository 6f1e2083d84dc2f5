"""Which file is what in a folder of contacts, read whole, with every fault of every file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from notifier.desk.reading import SHEET_TYPES, read_lines, read_octets
from notifier.domain.errors import Fault, UnreadableFile
from notifier.domain.folding import fold
from notifier.domain.group_sheet import read_group
from notifier.domain.roster import Clinic, Group
from notifier.domain.sheets import Sheet, flag_in_band, read_people, read_shifts

CORRECTION = "-a-corriger"
_STEM = re.compile(rf"(?P<clinic>.+?)(?P<shifts>-shifts)?(?P<again>{CORRECTION}(?:-\d+)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Before:
    """What is known before the import."""

    group: Group
    matricules: Mapping[str, frozenset[str]]  # by clinic
    at: datetime
    zone: tzinfo


@dataclass(slots=True)
class Found:
    """Everything that the files tell. ``again``: names of sheets that hold some rows of a clinic, not all."""

    group: Group | None = None
    people: list[Sheet] = field(default_factory=list)
    shifts: list[Sheet] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)  # of no row: nothing can be taken
    paths: dict[str, Path] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        return (*self.people, *self.shifts)

    @property
    def spoilt(self) -> tuple[Sheet, ...]:
        """Those with bad rows."""
        return tuple(sheet for sheet in self.sheets if sheet.bad_lines)

    @property
    def every_fault(self) -> tuple[Fault, ...]:
        return (*self.faults, *(fault for sheet in self.sheets for fault in sheet.faults))

    @property
    def fatal(self) -> bool:
        """True where leaving out the bad rows does not help."""
        return bool(self.faults) or any(sheet.spoilt for sheet in self.sheets)


def list_files(paths: Sequence[Path]) -> list[Path]:
    """The files that were named, and those of folders, correction files left out. Raises UnreadableFile: missing, no_sheet."""
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UnreadableFile(str(path), "missing")
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in (*SHEET_TYPES, ".toml"))
            files += [p for p in inside if not p.name.startswith((".", "~$")) and not _split(p)["again"]]
        else:
            files.append(path)
    if not files:
        raise UnreadableFile(", ".join(str(path) for path in paths), "no_sheet")
    return list(dict.fromkeys(files))


def read_files(files: Sequence[Path], before: Before) -> Found:
    """All of them, the group first: sheets are read by what it says of their clinic. Raises UnreadableFile."""
    found = Found()
    for path in (path for path in files if path.suffix.lower() == ".toml"):
        if found.group is not None:
            found.faults.append(Fault(path.name, "import.second", (("other", "group.toml"),)))
            continue
        try:
            text = read_octets(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UnreadableFile(path.name, "encoding") from None
        found.group, faults = read_group(text, path.name)
        found.faults += faults
    group = found.group or before.group
    if not group.clinics and not found.faults:
        found.faults.append(Fault("group.toml", "import.no_group"))
    if not group.clinics:
        return found
    taken: dict[tuple[str, bool], str] = {}
    for path in (path for path in files if path.suffix.lower() != ".toml"):
        named = _split(path)
        clinic = next((clinic for clinic in group.clinics if fold(clinic.code) == fold(named["clinic"] or "")), None)
        if clinic is None:
            known = ", ".join(clinic.code for clinic in group.clinics)
            found.faults.append(Fault(path.name, "import.file_name", (("known", known),)))
            continue
        first = taken.setdefault((clinic.code, bool(named["shifts"])), path.name)
        if first != path.name or path.name in found.paths:
            found.faults.append(Fault(path.name, "import.second", (("other", first),)))
            continue
        found.paths[path.name] = path
        if named["again"]:
            found.again.add(path.name)
        _read_sheet(found, path, clinic, group, before, is_shifts=bool(named["shifts"]))
    order = [clinic.code for clinic in group.clinics]
    for sheets in (found.people, found.shifts):
        sheets.sort(key=lambda sheet: order.index(sheet.clinic))
    _name_strangers(found, before)
    return found


def _split(path: Path) -> dict[str, str | None]:
    named = _STEM.fullmatch(path.stem)
    return named.groupdict() if named else {"clinic": path.stem, "shifts": None, "again": None}


def _read_sheet(found: Found, path: Path, clinic: Clinic, group: Group, before: Before, *, is_shifts: bool) -> None:
    lines = read_lines(path)
    if not is_shifts:
        sheet = read_people(path.name, clinic, lines)
        sheet.rows = [flag_in_band(row, group) for row in sheet.rows]
        found.people.append(sheet)
        return
    sheet = read_shifts(path.name, clinic.code, lines, before.zone)
    planned = sheet.planned_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if planned > before.at:
        # A date ahead would keep the plan fresh until then: it counts from the import.
        sheet.notices.append(Fault(path.name, "import.ahead"))
    sheet.planned_at = min(planned, before.at)
    found.shifts.append(sheet)


def _name_strangers(found: Found, before: Before) -> None:
    """Shifts of nobody, and matricules whose zeros Excel ate: another person would be made, and called twice."""
    told = {sheet.clinic: sheet for sheet in found.people}
    for sheet in found.people:
        known = before.matricules.get(sheet.clinic, frozenset())
        bare = {matricule.lstrip("0"): matricule for matricule in known}
        for matricule, line in sheet.matricules.items():
            if matricule.isdigit() and matricule not in known and bare.get(matricule.lstrip("0"), matricule) != matricule:
                sheet.blame(line, "matricule", "import.zeros")
        sheet.drop_bad()
    for sheet in found.shifts:
        people = told.get(sheet.clinic)
        if people is not None and people.spoilt:
            continue  # nobody could be read: everybody would be a stranger
        known = before.matricules.get(sheet.clinic, frozenset()) | (people.matricules.keys() if people else set())
        for shift in sheet.shifts:
            if shift.matricule not in known:
                sheet.blame(shift.line, "matricule", "import.stranger")
        sheet.drop_bad()


def leave_out_bad(found: Found, before: Before) -> None:
    """The shifts of people who are new and whose own row is bad are left out with them."""
    for sheet in found.shifts:
        people = next((other for other in found.people if other.clinic == sheet.clinic), None)
        if people is None:
            continue
        bad = {matricule for matricule, line in people.matricules.items() if line in people.bad_lines}
        bad -= before.matricules.get(sheet.clinic, frozenset())
        for shift in sheet.shifts:
            if shift.matricule in bad:
                sheet.blame(shift.line, "matricule", "import.with_person")
        sheet.drop_bad()
