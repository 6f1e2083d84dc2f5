"""A workbook's first sheet as JSON, read in a process of its own: ``python -m notifier.desk.workbook < KER.xlsx``.

A small file can describe a sheet of 17 thousand million cells, which the reader would lay out in memory, or say one long word
60,000 times. Here it fails alone: memory, processor time and what is told are limited before the first octet is looked at.
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import IntEnum

from python_calamine import CalamineError, CalamineWorkbook

from notifier.domain.columns import HEADER_WITHIN

MEMORY = 256 << 20  # octets of address space: 75,000 people in 5 MB take less than 200 MB
SECONDS = 5  # of processor time; those people take one
MOST_TOLD = 32 << 20  # characters of JSON; those people are 11 million
MOST_COLUMNS = 1_000
MOST_ROWS = 100_000  # besides the header and what stands above it
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


class Why(IntEnum):
    """The exit code where nothing could be told; any other one means that a limit of the machine's was met."""

    UNREADABLE = 3
    ROWS = 4
    COLUMNS = 5
    TOO_MUCH = 6


class Untold(Exception):
    """The rows cannot be told; ``why`` says it to the process that asked."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.name)
        self.why = why


def read_first_sheet(octets: bytes) -> Iterator[list[str]]:
    """Every row from row 1, every cell as text. Raises Untold, CalamineError, IndexError, OverflowError, BadZipFile."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(octets)).get_sheet_by_index(0)
    if sheet.total_width > MOST_COLUMNS:
        raise Untold(Why.COLUMNS)
    if sheet.total_height > MOST_ROWS + HEADER_WITHIN:
        raise Untold(Why.ROWS)
    failed, (_, left) = set(failed_cells(octets)), sheet.start or (0, 0)
    for number, row in enumerate(sheet.iter_rows()):  # from row 1, and from the first column that is used
        cells = enumerate(row, start=left)
        yield [""] * left + [FAILED if (number, place) in failed else as_text(cell) for place, cell in cells]


def tell_rows(octets: bytes) -> str:
    """The rows as JSON. Raises Untold."""
    lines: list[str] = []
    told = 0
    try:
        for row in read_first_sheet(octets):
            lines.append(json.dumps(row))
            told += len(lines[-1])
            if told > MOST_TOLD:
                raise Untold(Why.TOO_MUCH)
    except (CalamineError, IndexError, OverflowError, zipfile.BadZipFile):  # a duration of millions of years overflows
        raise Untold(Why.UNREADABLE) from None
    return f"[{','.join(lines)}]"


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
    """The exit code: 0 with the rows on stdout, else why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sys.stdout.write(tell_rows(sys.stdin.buffer.read()))
    except Untold as untold:
        return untold.why
    return 0


if __name__ == "__main__":
    sys.exit(main())
