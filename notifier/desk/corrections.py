"""Correction files: the bad rows as they were, with the reasons in a last column, ready to be mended and imported."""

import csv
import itertools
import os
import re
from datetime import tzinfo
from pathlib import Path

from notifier.desk.contact_files import CORRECTION, Found
from notifier.desk.reading import read_lines
from notifier.domain.columns import REASONS
from notifier.domain.errors import UnreadableFile
from notifier.domain.people import Language
from notifier.domain.sheets import Sheet
from notifier.prose import fault_line

_SHORTENED = re.compile(r"0[0-9]+|[1-9][0-9]{11,}")  # Excel takes zeros away and rounds 9000000000000001 to 9E+15
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def write_corrections(found: Found, zone: tzinfo) -> tuple[Path, ...]:
    """One file a sheet with bad rows, beside it; none is ever replaced. Raises UnreadableFile: permission."""
    written: list[Path] = []
    try:
        for sheet in found.spoilt:
            written.append(_name(found.paths[sheet.name]))
            _write(written[-1], sheet, found.paths[sheet.name], zone)
    except OSError as refused:
        for path in written:
            path.unlink(missing_ok=True)
        raise UnreadableFile(Path(str(refused.filename)).name, "folder") from None
    return tuple(written)


def _name(source: Path) -> Path:
    stem = source.stem.partition(CORRECTION)[0]
    for number in itertools.count(1):
        path = source.with_name(f"{stem}{CORRECTION}{'' if number == 1 else f'-{number}'}.csv")
        if not path.exists():
            return path
    raise AssertionError("unreachable")


def _write(path: Path, sheet: Sheet, source: Path, zone: tzinfo) -> None:
    lines = read_lines(source)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # names and numbers: for its owner only
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        if sheet.planned_at is not None:  # the corrected rows are as old as their plan, not as this file
            writer.writerow([f"# établi le {sheet.planned_at.astimezone(zone):%d/%m/%Y %H:%M}"])
        header = _cut(lines[sheet.header_line - 1])
        if REASONS in header:
            header = header[: header.index(REASONS)]
        writer.writerow([*header, REASONS])
        for line, faults in sorted(sheet.bad_lines.items()):
            cells = [*lines[line - 1], *[""] * len(header)]
            reasons = " ".join(fault_line(fault, Language.FR) for fault in faults)
            kept, rest = cells[: len(header)], [cell for cell in cells[len(header) :] if cell]
            writer.writerow([*map(_disarm, kept), reasons, *map(_disarm, rest)])


def _cut(header: list[str]) -> list[str]:
    while header and not header[-1].strip():
        header = header[:-1]
    return header


def _disarm(cell: str) -> str:
    """A cell that Excel would run is kept from it by an apostrophe, digits that it would shorten by ``="…"``.

    The import takes both off again.
    """
    if _SHORTENED.fullmatch(cell):
        return f'="{cell}"'
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
