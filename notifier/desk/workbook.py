"""A workbook's first sheet as JSON, read in a process of its own: ``python -m notifier.desk.workbook < KER.xlsx``.

A small file can describe a sheet of 17 thousand million cells, which the reader would lay out in memory. Here it fails alone:
memory and processor time are limited before the first octet is looked at.
"""

import io
import json
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

MEMORY = 1 << 30  # octets of address space; the interpreter takes about 150 MB of it
SECONDS = 10  # of processor time
UNREADABLE = 3  # exit code: no workbook
FAILED = "#N/A"  # a cell whose formula failed; calamine gives it as empty, which would erase what is known
_HALF_MINUTE = timedelta(seconds=30)
_LAST = datetime(9999, 12, 31, 23, 59)  # noqa: DTZ001 - a cell has no zone; and many a tool writes "for ever" so
_FIRST_SHEET = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?\b\w+:id="([^"]+)"')
_PART = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_FAILED_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\bt=[\"']e[\"'][^>]*>")
_PLACE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")


def as_text(cell: object) -> str:
    """A workbook's number has no zero in front and may have grown a fraction: ``639980012.0`` is ``639980012``."""
    match cell:
        case bool():
            return "oui" if cell else "non"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return f"{cell if cell >= _LAST else cell + _HALF_MINUTE:%d/%m/%Y %H:%M}"  # Excel's 07:00 may be 06:59:59.999
        case date():
            return f"{cell:%d/%m/%Y} 00:00"
        case time():
            return f"{cell:%H:%M}"
        case None:
            return ""
    return str(cell)


def read_first_sheet(octets: bytes) -> list[list[str]]:
    """Every row from row 1, every cell as text. Raises CalamineError, IndexError, BadZipFile."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(octets))
    rows = [[as_text(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]
    for row, column in failed_cells(octets):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = FAILED
    return rows


def tell_rows(octets: bytes) -> str:
    """The rows as JSON; nothing where this is no workbook."""
    try:
        return json.dumps(read_first_sheet(octets))
    except (CalamineError, IndexError, zipfile.BadZipFile):
        return ""


def failed_cells(octets: bytes) -> list[tuple[int, int]]:
    """Row and column, from 0, of the first sheet's cells whose formula failed."""
    with zipfile.ZipFile(io.BytesIO(octets)) as packed:
        names = set(packed.namelist())
        if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
            return []  # an OpenDocument sheet
        first = _FIRST_SHEET.search(packed.read("xl/workbook.xml"))
        parts = _PART.findall(packed.read("xl/_rels/workbook.xml.rels"))
        mine = next((part for part in parts if first and b'Id="' + first[1] + b'"' in part), b"")
        target = re.search(rb'\bTarget="/?(?:xl/)?([^"]+)"', mine)
        path = f"xl/{target[1].decode(errors='replace')}" if target else ""
        cells = _FAILED_CELL.findall(packed.read(path)) if path in names else []
    return [_count_from_zero(place) for cell in cells if (place := _PLACE.search(cell))]


def _count_from_zero(place: re.Match[bytes]) -> tuple[int, int]:
    """``G9`` → (8, 6)."""
    column = 0
    for letter in place[1]:
        column = column * 26 + letter - ord("A") + 1
    return int(place[2]) - 1, column - 1


def main() -> int:
    """The exit code: 0 with the rows on stdout, UNREADABLE; anything else means that a limit was met."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    told = tell_rows(sys.stdin.buffer.read())
    sys.stdout.write(told)
    return 0 if told else UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
