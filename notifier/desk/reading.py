"""Contact files into rows of text: CSV as French Excel writes it, UTF-8, and XLSX, within limits on the real inflated octets."""

import csv
import io
import itertools
import json
import stat
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

from notifier.desk import workbook
from notifier.desk.workbook import MOST_COLUMNS, MOST_ROWS, Why
from notifier.domain.columns import COLUMNS, HEADER_WITHIN, SHIFT_COLUMNS, name_columns
from notifier.domain.errors import UnreadableFile

LARGEST = 5 << 20  # octets of a file, and of a CSV
INFLATED = 50 << 20  # octets of a workbook once inflated, counted while inflating, never taken from its headers
ENTRIES = 200  # files in a workbook
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what ECMA-376 allows in a workbook
RATIO = 100  # inflated to packed: sample bombs reach 1,025
DEADLINE = 30  # s for a workbook to be read: six times its processor time, the machine may be busy
REASONS: dict[int, str] = {Why.UNREADABLE: "kind", Why.ROWS: "rows", Why.COLUMNS: "columns"}
SHEET_TYPES = (".csv", ".xlsx", ".xlsm", ".xls", ".ods")  # what is no CSV or XLSX is named, never passed over
DELIMITERS = (";", "\t", ",")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # what Excel calls "Texte Unicode"


def read_octets(path: Path) -> bytes:
    """A regular file's content. Raises UnreadableFile: missing, permission, kind, large."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableFile(path.name, "kind")  # a device or a pipe never ends
        with path.open("rb") as file:
            octets = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise UnreadableFile(path.name, "missing") from None
    except OSError:
        raise UnreadableFile(path.name, "permission") from None
    if len(octets) > LARGEST:
        raise UnreadableFile(path.name, "large")
    return octets


def read_lines(path: Path) -> list[list[str]]:
    """The rows of a sheet, cells as text.

    Raises UnreadableFile: missing, permission, large, bomb, kind, encoding, rows, columns.
    """
    octets = read_octets(path)
    lines = _read_workbook(path.name, octets) if octets[:4] == b"PK\x03\x04" else _read_csv(path.name, octets)
    if len(lines) > MOST_ROWS + HEADER_WITHIN:
        raise UnreadableFile(path.name, "rows")
    if any(len(cells) > MOST_COLUMNS for cells in lines):
        raise UnreadableFile(path.name, "columns")
    return lines


def _read_csv(name: str, octets: bytes) -> list[list[str]]:
    text = _decode(name, octets)
    try:
        delimiter = max(DELIMITERS, key=lambda sign: _known_columns(text, sign))
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise UnreadableFile(name, "kind") from None


def _known_columns(text: str, delimiter: str) -> int:
    """How many columns of a header are known when the first lines are cut at this sign."""
    lines = list(itertools.islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), HEADER_WITHIN + 1))
    heads = [[], *(cells[:MOST_COLUMNS] for cells in lines)]
    return max(len(set(name_columns(cells, names)) - {""}) for cells in heads for names in (COLUMNS, SHIFT_COLUMNS))


def _decode(name: str, octets: bytes) -> str:
    """UTF-8, UTF-16 with its mark, else Windows-1252, which French Excel writes."""
    marked = octets[:2] in _UTF16
    if not marked and b"\x00" in octets:
        raise UnreadableFile(name, "kind")  # an old .xls, a picture
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return octets.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(name, "encoding")


def _read_workbook(name: str, octets: bytes) -> list[list[str]]:
    _refuse_bomb(name, octets)
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", workbook.__name__], input=octets, capture_output=True, timeout=DEADLINE, check=False
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(name, "bomb") from None
    if done.returncode:
        raise UnreadableFile(name, REASONS.get(done.returncode, "bomb"))
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def _refuse_bomb(name: str, octets: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as packed:
            entries = packed.infolist()
            if len(entries) > ENTRIES:
                raise UnreadableFile(name, "bomb")
            total = 0
            for entry in entries:
                if entry.compress_type not in PACKINGS:
                    raise UnreadableFile(name, "kind")
                with packed.open(entry) as stream:
                    while chunk := stream.read(1 << 16):
                        total += len(chunk)
                        if total > INFLATED or total > max(1 << 20, RATIO * len(octets)):
                            raise UnreadableFile(name, "bomb")
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OSError,
    ):
        raise UnreadableFile(name, "kind") from None
