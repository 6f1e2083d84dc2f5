"""Contact files as clinics save them, spoilt: whatever is in them, the import takes them or says what is wrong, in words."""

import io
import json
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook

from notifier.desk import reading
from notifier.desk.importing import import_contacts
from notifier.desk.workbook import MOST_ROWS
from notifier.domain.errors import BadImport, UnreadableFile
from notifier.domain.people import Language
from notifier.domain.roster import Clinic, Service
from notifier.domain.sheets import read_people
from notifier.prose import explain, fault_line
from tests.conftest import sqlite_url
from tests.desk.house import OPERATOR
from tests.desk.office import ALLA, BORIS, CLARA, HEADER, ON_SHIFT, RELAY, SHIFTS, Office, open_office
from tests.fuzz.mutation import Mutator
from tests.fuzz.watch import Watch

PLAIN = f"{HEADER}\r\n{ALLA}\r\n{BORIS}\r\n{RELAY}\r\n".encode()
MORE = "\r\n".join(
    [
        HEADER + ";bande de trajet;astreinte;volontaire;étiquettes",
        f"{ALLA};<30;oui;x;nuit,renfort",
        f"{BORIS};;;;",
        f"{CLARA};>60;non;;",
        "",
    ]
).encode()
PLAN = f"{SHIFTS}{ON_SHIFT}\r\nK2;astreinte;04/10/2026 20:00;05/10/2026 08:00\r\n".encode()
SEEDS = (("KER.csv", PLAIN), ("KER.csv", MORE), ("KER-shifts.csv", PLAN))
KER = Clinic("KER", "Kerlic", "Quimper", "mco", "Kerlic", services=(Service("KER", "BLOC", "Bloc opératoire", "BLOC", "CADRE"),))
FRESH = 2_000  # imports into one office
_SERVER = """
import struct, sys
from notifier.desk import workbook
workbook.resource.setrlimit(workbook.resource.RLIMIT_AS, (workbook.MEMORY, workbook.MEMORY))
while head := sys.stdin.buffer.read(4):
    octets = sys.stdin.buffer.read(struct.unpack("!I", head)[0])
    try:
        told = workbook.tell_rows(octets).encode()
    except workbook.Untold as untold:
        told = b"" if untold.why is workbook.Why.UNREADABLE else b"~" + untold.why.name.encode()
    except Exception as error:
        told = b"!" + repr(error).encode()
    sys.stdout.buffer.write(struct.pack("!I", len(told)) + told)
    sys.stdout.buffer.flush()
"""


@dataclass
class Desk:
    """An office that knows everybody, and a file on its way in."""

    office: Office
    mutator: Mutator
    watch: Watch
    told: str = ""  # what the user read of the newest file

    async def sheet(self) -> None:
        """One CSV."""
        name, octets = self.mutator.rng.choice(SEEDS)
        await self.take(name, self.mutator.spoil_csv(octets))

    async def take(self, name: str, octets: bytes) -> None:
        """Import it, dry: taken or refused, and either way it can be told."""
        path = self.office.folder / name
        path.write_bytes(octets)
        with self.watch.one(name, octets):
            try:
                done = await import_contacts(
                    self.office.desk, OPERATOR, [path], dry_run=True, skip_bad=self.mutator.rng.random() < 0.3
                )
            except (BadImport, UnreadableFile) as refused:
                self.watch.saw(refused.reason)
                self.told = explain(refused, Language.FR) + explain(refused, Language.EN)
            else:
                self.told = "\n".join(fault_line(notice, Language.FR) for notice in (*done.notices, *done.faults))
                self.watch.saw("taken" if not done.skipped else "taken in part")
        path.unlink()


@asynccontextmanager
async def open_desk(home: Path, seed: int, watch: Watch) -> AsyncIterator[Desk]:
    """A fresh office whose contacts have been taken in once."""
    async for office in open_office(sqlite_url(home), home):
        await office.take()
        yield Desk(office, Mutator(seed), watch)


def make_workbook() -> bytes:
    """The people as Excel keeps them: texts, whole numbers, dates, a truth and a formula."""
    book = Workbook()
    assert book.active is not None
    for row in (HEADER + ";depuis;badge;quotité;somme", ALLA, BORIS, RELAY):
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row.split(";")])
    since = datetime(2026, 10, 4, 19)  # noqa: DTZ001 - a cell has no zone
    book.active.append(["K7", "DATE", "Dora", "BLOC", "IDE", None, 639980007, *[None] * 4, since, True, 0.5, "=1/0"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@dataclass
class Reader:
    """``notifier.desk.workbook`` in a process that reads one workbook after another, under the limits of the real one.

    It may die of them; an exception would be told to the user as a bomb, which it is not.
    """

    mutator: Mutator
    watch: Watch
    seed: bytes
    process: subprocess.Popen[bytes]

    def workbook(self) -> None:
        """One XLSX, by every step of ``read_lines`` but the start of the process."""
        octets = self.mutator.spoil_workbook(self.seed)
        with self.watch.one("KER.xlsx", octets):
            self.watch.saw(self._read(octets))

    def _read(self, octets: bytes) -> str:
        if octets[:4] != b"PK\x03\x04":
            return "no archive"
        try:
            reading._refuse_bomb("KER.xlsx", octets)
        except UnreadableFile as refused:
            return refused.reason
        told = self._ask(octets)
        if told is None:
            return "over the limits"
        if told[:1] == b"!":
            raise AssertionError(told.decode())
        if told[:1] == b"~":
            return told[1:].decode().lower()
        if told == b"":
            return "kind"
        rows: list[list[str]] = json.loads(told)
        sheet = read_people("KER.xlsx", KER, rows[:MOST_ROWS])
        assert all(fault_line(fault, Language.FR) for fault in sheet.faults)
        return "refused" if sheet.faults else "taken"

    def _ask(self, octets: bytes) -> bytes | None:
        """The rows as JSON, nothing for no workbook, None where the reader died of its limits."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(struct.pack("!I", len(octets)) + octets)
        self.process.stdin.flush()
        head = self.process.stdout.read(4)
        if len(head) == 4:
            return self.process.stdout.read(struct.unpack("!I", head)[0])
        self.close()
        self.process = start_reader()
        return None

    def close(self) -> None:
        """No more of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def start_reader() -> subprocess.Popen[bytes]:
    """The reader's process."""
    return subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


@contextmanager
def open_reader(seed: int, watch: Watch) -> Iterator[Reader]:
    """A reader, for as long as the context lives."""
    reader = Reader(Mutator(seed), watch, make_workbook(), start_reader())
    try:
        yield reader
    finally:
        reader.close()
