"""Contact sheets as clinics write them: headers without case, accents or spaces; every fault named by its cell, with the cure.

Pure: rows of text in, people, posts and duty out. Row numbers are the sheet's own (the header of a CSV is row 1).
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

from notifier.domain.columns import (
    COLUMNS,
    FAILED_FORMULA,
    LABELS,
    REASONS,
    REQUIRED,
    SHIFT_COLUMNS,
    find_header,
    name_columns,
    plain,
    tidy,
)
from notifier.domain.errors import BadAddress, Fault
from notifier.domain.folding import fold
from notifier.domain.people import Address, Channel, Language, parse_chat, parse_mail, parse_phone
from notifier.domain.roster import Clinic, Contact, Group, Kind, Person, SlotKind, Status, Travel

RELAY = "relais"  # the fonction of a relay post
_YES = frozenset({"oui", "o", "x", "1", "yes", "vrai", "true"})
_NO = frozenset({"", "non", "n", "0", "no", "faux", "false"})
_STATUSES = {fold(status.value): status for status in Status} | {
    "": Status.EMPLOYEE,
    **dict.fromkeys(("salariee", "cdi", "cdd"), Status.EMPLOYEE),
    "liberale": Status.LIBERAL,
    **dict.fromkeys(("interimaire", "vacataire"), Status.TEMP),
    **dict.fromkeys(("etudiante", "stagiaire"), Status.STUDENT),
}
_KNOWN_STATUSES = "salarié, libéral, intérim, étudiant, prestataire"
_LANGUAGES = {
    **dict.fromkeys(("", "fr", "francais", "french"), Language.FR),
    **dict.fromkeys(("en", "anglais", "english"), Language.EN),
}
_TRAVELS: dict[str, Travel | None] = {
    "": None, "moinsde30": Travel.UNDER_30, "plusde60": Travel.OVER_60, **{travel.value: travel for travel in Travel},
}  # fmt: skip
_SLOTS = {kind.value: kind for kind in SlotKind} | dict.fromkeys(("conge", "conges", "repos"), SlotKind.LEAVE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One address of a row, with what keeps it from use."""

    address: Address
    in_band: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One person or relay post as the sheet tells it; ``line`` is its row in the sheet."""

    clinic: str
    line: int
    matricule: str
    kind: Kind
    service: str
    role: str
    status: Status
    language: Language
    family_name: str = field(repr=False)
    given_name: str = field(repr=False)
    travel: Travel | None
    on_call: bool
    volunteer: bool
    tags: tuple[str, ...]
    entries: tuple[Entry, ...] = ()

    @property
    def landlines(self) -> int:
        """Numbers that are kept and take no SMS."""
        return sum(e.address.channel is Channel.SMS and not e.address.takes_sms for e in self.entries)


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One planned stretch of a matricule."""

    clinic: str
    line: int
    matricule: str
    kind: SlotKind
    starts: datetime
    ends: datetime


@dataclass(slots=True)
class Sheet:
    """One file's rows, its faults, and the lines that are bad."""

    name: str
    clinic: str
    rows: list[Row] = field(default_factory=list)
    shifts: list[ShiftRow] = field(default_factory=list)
    spoilt: list[Fault] = field(default_factory=list)  # of the sheet as a whole: nothing of it can be taken
    bad_lines: dict[int, list[Fault]] = field(default_factory=dict)  # by row, for the correction file
    remarks: dict[int, list[Fault]] = field(default_factory=dict)  # by row: taken in, and worth knowing
    notices: list[Fault] = field(default_factory=list)  # the same, of the sheet as a whole
    matricules: dict[str, int] = field(default_factory=dict)  # all that it names, bad rows too, with the row
    header: dict[str, str] = field(default_factory=dict)  # the column as the sheet writes it
    header_line: int = 1
    planned_at: datetime | None = None

    @property
    def faults(self) -> list[Fault]:
        """Every fault, in the order of the rows; the same one in many rows is told once, with all of them."""
        return [*self.spoilt, *self._gather(self.bad_lines)]

    @property
    def every_notice(self) -> list[Fault]:
        """The same of what is only worth knowing."""
        return [*self.notices, *self._gather(self.remarks)]

    def blame(self, line: int, column: str, code: str, **facts: str) -> None:
        """A fault in one cell; its row is bad. Of one cell the first fault is told."""
        found = self._fault(line, column, code, facts)
        if found.where not in [fault.where for fault in self.bad_lines.get(line, ())]:
            self.bad_lines.setdefault(line, []).append(found)

    def remark(self, line: int, column: str, code: str, **facts: str) -> None:
        """Something worth knowing about one cell, told once however often it is found; its row is taken."""
        found = self._fault(line, column, code, facts)
        if found not in self.remarks.get(line, ()):
            self.remarks.setdefault(line, []).append(found)

    def drop_bad(self) -> None:
        """Only the rows without fault stay."""
        self.rows = [row for row in self.rows if row.line not in self.bad_lines]
        self.shifts = [shift for shift in self.shifts if shift.line not in self.bad_lines]

    def _fault(self, line: int, column: str, code: str, facts: Mapping[str, str]) -> Fault:
        label = self.header.get(column) or LABELS.get(column, column)
        return Fault(self._place([line], label), code, (("column", label), *facts.items()))

    def _place(self, lines: Sequence[int], label: str) -> str:
        rows = f"lignes {spell_lines(lines)}" if len(lines) > 1 else f"ligne {lines[0]}"
        return ", ".join(part for part in (self.name, rows, label) if part)

    def _gather(self, by_line: Mapping[int, Sequence[Fault]]) -> list[Fault]:
        lines: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = {}
        for line in sorted(by_line):
            for fault in by_line[line]:
                lines.setdefault((fault.code, fault.facts), []).append(line)
        return [Fault(self._place(those, dict(facts)["column"]), code, facts) for (code, facts), those in lines.items()]


def spell_lines(lines: Iterable[int]) -> str:
    """``3, 5 à 9, 12``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], line]
        else:
            runs.append([line])
    return ", ".join(" à ".join(str(end) for end in run) for run in runs)


def read_people(name: str, clinic: Clinic, lines: Sequence[Sequence[str]]) -> Sheet:
    """A clinic's people. ``lines`` are the sheet's own from row 1; the header is among the first."""
    sheet = Sheet(name, clinic.code)
    services = {fold(label): s.code for s in clinic.services for label in (s.code, s.name, s.sms_name)}
    for line, cells in _body(sheet, lines, 1, COLUMNS, REQUIRED):
        row = _read_row(_Reader(sheet, line, cells), clinic, services)
        if row.matricule and (twice := sheet.matricules.setdefault(row.matricule, line)) != line:
            sheet.blame(line, "matricule", "import.twice", first=str(twice))
        if line not in sheet.bad_lines:
            sheet.rows.append(row)
            if row.landlines:
                sheet.remark(line, "mobile", "import.landline")
    return sheet


def _body(
    sheet: Sheet, lines: Sequence[Sequence[str]], first: int, columns: Mapping[str, tuple[str, ...]], required: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number and cells by column, for every line that is not empty. ``first`` is the row number of the first of ``lines``.

    Without a sound header there are none.
    """
    start = find_header(lines, columns)
    sheet.header_line = first + start
    header = _read_header(sheet, lines[start] if lines else (), columns, required)
    if sheet.spoilt:
        return
    empty = True
    for line, raw in enumerate(lines[start + 1 :], sheet.header_line + 1):
        cells = [tidy(cell) for cell in raw]
        if not any(cells):
            continue
        empty = False
        if any(cells[len(header) :]):
            sheet.blame(line, "", "import.cells")  # a separator in a cell without quotes has moved every value after it
            continue
        named = {column: cell for column, cell in zip(header, cells, strict=False) if column}
        for column, cell in named.items():
            if cell.startswith("#") and FAILED_FORMULA.fullmatch(cell):
                sheet.blame(line, column, "import.formula")
        yield line, named
    if empty:
        sheet.spoilt.append(Fault(sheet.name, "import.no_rows"))


def _read_header(
    sheet: Sheet, cells: Sequence[str], columns: Mapping[str, tuple[str, ...]], required: Sequence[str]
) -> list[str]:
    """The column behind each cell, empty where there is none."""
    place = f"{sheet.name}, ligne {sheet.header_line}"
    header = name_columns(cells, columns)
    for column in columns:
        code = "import.no_column" if column in required and column not in header else "import.column_twice"
        if header.count(column) > 1 or code == "import.no_column":
            sheet.spoilt.append(Fault(place, code, (("column", LABELS.get(column, column)),)))
    sheet.header = {column: tidy(cell) for column, cell in zip(header, cells, strict=True) if column}
    strange = [tidy(cell)[:40] for column, cell in zip(header, cells, strict=True) if not column and plain(cell)]
    if not sheet.spoilt:
        sheet.notices += [
            Fault(place, "import.ignored", (("column", label),)) for label in strange if plain(label) != plain(REASONS)
        ]
    while header and not header[-1] and not plain(cells[len(header) - 1]):
        header.pop()
    return header


@dataclass(slots=True)
class _Reader:
    """One row while it is read; faults are noted and reading goes on, so that all are named at once."""

    sheet: Sheet
    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, code: str, **facts: str) -> None:
        self.sheet.blame(self.line, column, code, **facts)

    def text(self, column: str, longest: int, *, required: bool = False, long: str = "import.long") -> str:
        value = self.cells.get(column, "")
        if required and not value:
            self.fault(column, "import.empty")
        if len(value) > longest:
            self.fault(column, long, longest=str(longest))
        return value

    def flag(self, column: str) -> bool:
        value = fold(self.cells.get(column, ""))
        if value not in _YES | _NO:
            self.fault(column, "import.yes_no")
        return value in _YES


def _read_row(reader: _Reader, clinic: Clinic, services: Mapping[str, str]) -> Row:
    role = reader.text("fonction", 16, required=True, long="import.role")
    relay = fold(role) == RELAY
    service = services.get(fold(reader.text("service", 60, required=True)), "")
    if not service and reader.cells.get("service"):
        known = ", ".join(s.code for s in clinic.services)
        reader.fault("service", "import.service", known=known)  # not what it holds: columns that slipped put names there
    status = _STATUSES.get(fold(reader.cells.get("statut", "")))
    if status is None:
        reader.fault("statut", "import.status", known=_KNOWN_STATUSES)
    travel = re.sub(r" |mi?n(?:utes)?$", "", fold(reader.cells.get("bandedetrajet", "")))
    if travel not in _TRAVELS:
        reader.fault("bandedetrajet", "import.travel")
    language = _LANGUAGES.get(fold(reader.cells.get("langue", "")))
    if language is None:
        reader.fault("langue", "import.language")
    tags = tuple(tag.strip() for tag in reader.cells.get("etiquettes", "").split(",") if tag.strip())
    return Row(
        clinic=clinic.code,
        line=reader.line,
        matricule=reader.text("matricule", 24, required=True).upper(),
        kind=Kind.RELAY if relay else Kind.PERSON,
        service=service,
        role=role.upper(),
        status=status or Status.EMPLOYEE,
        language=language or Language.FR,
        family_name=reader.text("nom", 80, required=True),
        given_name=reader.text("prenom", 80),
        travel=_TRAVELS.get(travel),
        on_call=reader.flag("astreinte"),
        volunteer=reader.flag("volontaire"),
        tags=tags,
        entries=tuple(_read_entries(reader, clinic)),
    )


def _read_entries(reader: _Reader, clinic: Clinic) -> Iterator[Entry]:
    """Telegram, mobile, e-mail, professional e-mail: the order in which they are tried; in-band ones are flagged.

    An address that stands in two columns is one, judged by its domain.
    """
    seen = set()
    for column, code, parse in (
        ("telegram", "import.chat", parse_chat),
        ("mobile", "import.phone", parse_phone),
        ("email", "import.mail", parse_mail),
        ("emailpro", "import.mail", parse_mail),
    ):
        value = reader.cells.get(column, "")
        if not value:
            continue
        try:
            address = parse(value)
        except BadAddress:
            reader.fault(column, code)
            continue
        if address not in seen:
            yield Entry(address, is_in_band(address, clinic) or column == "emailpro")
        seen.add(address)


def is_in_band(address: Address, clinic: Clinic) -> bool:
    """True for what stands or falls with the attacked network: the clinic's mail domains and its exchange's numbers."""
    if address.channel is Channel.EMAIL:
        domain = address.value.rpartition("@")[2].lower()
        return any(domain == mine or domain.endswith("." + mine) for mine in clinic.in_band_domains)
    return address.channel is Channel.SMS and any(address.value.startswith(block) for block in clinic.pbx_ranges)


def flag_in_band(row: Row, group: Group) -> Row:
    """A colleague's hospital address of another clinic of the group is in-band as well."""
    return replace(
        row,
        entries=tuple(
            replace(entry, in_band=entry.in_band or any(is_in_band(entry.address, clinic) for clinic in group.clinics))
            for entry in row.entries
        ),
    )


def complete(row: Row, known: Person, header: Container[str]) -> Row:
    """The row, with what is known already where the sheet has no such column: an absent column erases nothing.

    Nor does any sheet undo what the person did: whoever has enrolled keeps that chat, whatever the sheet says of Telegram.
    """
    enrolled = any(c.enrolled for c in known.contacts)
    kept = [Entry(c.address, c.in_band) for c in known.contacts if c.enrolled or _column_of(c) not in header]
    said = [entry for entry in row.entries if not (enrolled and entry.address.channel is Channel.TELEGRAM)]
    told = {entry.address for entry in said}
    return replace(
        row,
        entries=(*said, *(entry for entry in kept if entry.address not in told)),
        given_name=row.given_name if "prenom" in header else known.given_name,
        status=row.status if "statut" in header else known.status,
        language=row.language if "langue" in header else known.language,
        travel=row.travel if "bandedetrajet" in header else known.travel,
        on_call=row.on_call if "astreinte" in header else known.on_call,
        volunteer=row.volunteer if "volontaire" in header else known.volunteer,
        tags=row.tags if "etiquettes" in header else tuple(sorted(known.tags)),
    )


def _column_of(contact: Contact) -> str:
    match contact.address.channel:
        case Channel.TELEGRAM:
            return "telegram"
        case Channel.SMS:
            return "mobile"
        case Channel.EMAIL:
            return "emailpro" if contact.in_band else "email"


_STAMP = re.compile(r"#\s*etabli le (\d{1,2}/\d{1,2}/\d{4} \d{1,2}[:h]\d{2})")


def read_shifts(name: str, clinic: str, lines: Sequence[Sequence[str]], zone: tzinfo) -> Sheet:
    """A clinic's duty plan. A first line ``# établi le 23/11/2026 07:00`` says when it was true."""
    sheet, first = Sheet(name, clinic), 1
    if lines and lines[0] and lines[0][0].lstrip().startswith("#"):
        stamp = _STAMP.match(fold(tidy(lines[0][0])))
        sheet.planned_at = _read_moment(stamp[1], zone) if stamp else None
        if sheet.planned_at is None:
            sheet.spoilt.append(Fault(f"{name}, ligne 1", "import.stamp"))
        lines, first = lines[1:], 2
    for line, cells in _body(sheet, lines, first, SHIFT_COLUMNS, tuple(SHIFT_COLUMNS)):
        reader = _Reader(sheet, line, cells)
        matricule = reader.text("matricule", 24, required=True).upper()
        kind = _SLOTS.get(fold(cells.get("type", "")))
        if kind is None:
            reader.fault("type", "import.slot", known=", ".join(kind.value for kind in SlotKind))
        starts, ends = _read_moment(cells.get("debut", ""), zone), _read_moment(cells.get("fin", ""), zone)
        for column, moment in (("debut", starts), ("fin", ends)):
            if moment is None:
                reader.fault(column, "import.moment")
        if starts is None or ends is None or kind is None:
            continue
        if starts >= ends:
            reader.fault("fin", "import.order")
        elif line not in sheet.bad_lines:
            sheet.shifts.append(ShiftRow(clinic, line, matricule, kind, starts, ends))
    return sheet


@lru_cache(maxsize=4096)  # a plan of a thousand rows has some forty moments
def _read_moment(text: str, zone: tzinfo) -> datetime | None:
    """``23/11/2026 07:00`` on the local clock, as an instant; None for anything else."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2})[:hH](\d{2})(?::\d{2})?", text.strip(), re.ASCII)
    if found is None:
        return None
    day, month, year, hour, minute = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
