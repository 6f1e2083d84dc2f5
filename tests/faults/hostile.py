"""Contact files that somebody built to break the import, and a process that tries them all and tells what they cost it.

``python -m tests.faults.hostile URL HOME FOLDER`` imports each of the folder's folders by itself into a house that has its
contacts already, and prints one line of JSON for each.
"""

import asyncio
import io
import itertools
import json
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import select

from notifier.desk.desk import Desk
from notifier.desk.importing import import_contacts
from notifier.domain.errors import NotifierError
from notifier.store import tables
from notifier.store.transaction import open_store
from notifier.vault import read_key
from tests.desk.house import LANES, LIBRARY, NIGHT, OPERATOR, WoundClock
from tests.desk.office import GROUP, HEADER
from tests.faults import hostile_rows

SHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
GOOD = "H1;LE GOFF;Alla;BLOC;CADRE;salarié;{phone};{mail};;{chat};fr"
# What looks like a number of ours and is none: letters for digits, other scripts' digits, extensions, two numbers in one.
OURS = "0639980012"
SCRIPTS = (0x660, 0x6F0, 0x966, 0xFF10, 0x1D7D6)  # where the digits of other scripts begin
NUMBERS = (
    "O6 39 98 00 12", "06 39 98 OO I2", "06 39 98 00 1l", OURS[:-1] + chr(0xFF12), OURS[:3] + chr(0x1D7D7) + OURS[4:],
    *(OURS.translate({ord("0") + digit: zero + digit for digit in range(10)}) for zero in SCRIPTS),
    f"{OURS};ext=4", f"{OURS} x4", f"{OURS},,1", f"{OURS} / {OURS}", f"tel:{OURS}", f"={OURS}", "+33 6 39 98 00 12 12 12 12",
    "06 39 98 00", "1e10", "0x26fb8",
)  # fmt: skip
MAILS = (
    "alla@example.org\r\nBcc: x@example.org", "alla@example.org,boris@example.org", "<alla@example.org>",
    "alla@[127.0.0.1]", "alla@localhost", "alla", "a@b@example.org", "alla@example.org\x00", "alla @example.org",
    "a" * 300 + "@example.org", "alla@example.org?cc=x@example.org", "=alla@example.org()",
)  # fmt: skip
CHATS = ("-1001234567890", "0", "9" * 19, "9" * 400, "1e9", "@alla", "١٢٣٤٥", "12 34", "0x1F", "=1+1")


def pack(change: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook with a header, some of whose parts are replaced or added."""
    book, whole, built = Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    book.active.append(HEADER.split(";"))
    book.save(whole)
    with zipfile.ZipFile(whole) as packed, zipfile.ZipFile(built, "w", method) as changed:
        for name, content in {**{name: packed.read(name) for name in packed.namelist()}, **change}.items():
            changed.writestr(name, content)
    return built.getvalue()


def _sheet(cells: str, *, before: str = "") -> dict[str, bytes]:
    return {SHEET: f'<?xml version="1.0"?>{before}<worksheet {SPREADSHEET}><sheetData>{cells}</sheetData></worksheet>'.encode()}


def _strings(*items: str, before: str = "") -> dict[str, bytes]:
    told = "".join(f"<si><t>{item}</t></si>" for item in items)
    return {"xl/sharedStrings.xml": f'<?xml version="1.0"?>{before}<sst {SPREADSHEET}>{told}</sst>'.encode()}


def _laughs(of: str) -> str:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE {of} [<!ENTITY l0 "ha">{levels}]>'


def _workbooks() -> Iterator[tuple[str, bytes]]:
    inline = '<row r="1"><c r="A1" t="inlineStr"><is><t>{}</t></is></c></row>'
    corner = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    yield "50 MB in 48 KB", pack({"xl/media/a.png": bytes(50 << 20)})
    yield "a sheet of 50 MB", pack({SHEET: b"<worksheet>" + b" " * (50 << 20)})
    lie = pack({"xl/media/a.png": bytes(20 << 20)})
    yield "a header that lies", lie.replace((20 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    yield "two hundred files", pack({f"xl/media/{n}.png": b"x" for n in range(220)})
    inner = {"xl/media/a.zip": pack({"xl/media/a.png": bytes(5 << 20)})}
    yield "one zip in another, and a cell far out", pack(inner | _sheet(corner.format(9, "ZZZZ")))
    yield "the last corner", pack(_sheet(corner.format(1_048_576, "XFD")))
    yield "a wide and deep corner", pack(_sheet(corner.format(2_000, "XFD")))
    yield "a narrower corner", pack(_sheet(corner.format(3_000, "CZZ")))
    wide = "".join(f'<c r="{_letters(n)}1"><v>1</v></c>' for n in range(0, 1_000_000, 50))
    yield "a million columns", pack(_sheet(f'<row r="1">{wide}</row>'))
    many = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 60_000))
    yield "one long word 60,000 times", pack(_sheet(many) | _strings("x" * 100_000))
    yield "a million laughs in the sheet", pack(_sheet(inline.format("&l9;"), before=_laughs("worksheet")))
    first = _sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    yield "a million laughs in the words", pack(first | _strings("&l9;", before=_laughs("sst")))
    yield (
        "a file of the machine",
        pack(_sheet(inline.format("&f;"), before='<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]>')),
    )
    elsewhere = '<!DOCTYPE w [<!ENTITY % f SYSTEM "http://127.0.0.1:9/x"> %f;]>'
    yield "an entity of another machine", pack(_sheet(inline.format("&f;"), before=elsewhere))
    deep = "<a>" * 100_000
    yield "a deep nest", pack({SHEET: f"<worksheet {SPREADSHEET}><sheetData>{deep}".encode()})
    yield "no sheet", pack({SHEET: b""})
    yield "no workbook", pack({"xl/workbook.xml": b"<workbook"})
    out = b'<Relationships><Relationship Id="rId1" Target="/../../../etc/passwd"/></Relationships>'
    yield "relations that lead out", pack({"xl/_rels/workbook.xml.rels": out})
    yield "a name that climbs", pack({"../../../../tmp/climbed.txt": b"x"} | _sheet(inline.format("x")))
    yield "packed with lzma", pack({}, method=zipfile.ZIP_LZMA)
    spoilt = bytearray(pack({"xl/media/a.bin": os.urandom(4_000)}, method=zipfile.ZIP_LZMA))
    spoilt[len(spoilt) // 2] ^= 0xFF
    yield "spoilt lzma", bytes(spoilt)
    huge = pack({"xl/media/a.bin": bytes(100)}, method=zipfile.ZIP_LZMA)
    yield "lzma that wants 4 GB", huge.replace(b"\x05\x00\x5d\x00\x00\x80\x00", b"\x05\x00\x5d\xff\xff\xff\xff")
    yield "packed with bzip2", pack({"xl/media/a.bin": bytes(20 << 20)}, method=zipfile.ZIP_BZIP2)
    whole = pack({})
    yield "cut in half", whole[: len(whole) // 2]
    yield "a wrong check sum", whole.replace(b"PK\x01\x02", b"PK\x01\x03", 1)
    yield "twice the same part", whole + whole
    yield "locked with a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_096)
    yield "nothing but a mark", b"PK\x03\x04"


def _letters(number: int) -> str:
    found = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _tables() -> Iterator[tuple[str, bytes]]:
    head = HEADER.encode()
    yield "six megabytes", head + b"\r\n" + b"x" * (6 << 20)
    yield "a million columns", b";" * 1_000_000
    yield "a million empty lines", b"\r\n" * 1_000_000
    yield "a field without end", head + b'\r\n"' + b"x;\r\n" * 200_000
    yield "a line without end", b"a" * (4 << 20)
    yield "nothing but quotes", b'"' * (4 << 20)
    yield "nothing but separators and quotes", b'";' * (2 << 20)
    yield "zeros", head + b"\r\nH1;\x00\x00"
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
    yield "utf-16 without its mark", HEADER.encode("utf-16-le")
    yield "half of a utf-16 sign", b"\xff\xfe" + HEADER.encode("utf-16-le")[:-1]
    yield "lone halves", b"\xff\xfe" + b"\x00\xd8" * 1_000
    yield "what no code page has", head + b"\r\n\x81\x8d\x8f\x90\x9d"
    yield "utf-7", b"+AG0-atricule;nom\r\nH1;+ADw-script+AD4-"
    yield "an empty file", b""
    yield "a header alone that is none", b"a;b;c\r\n1;2;3\r\n"
    for number, phone in enumerate(NUMBERS):
        yield f"a number that is none {number}", _row(phone=phone)
    for number, mail in enumerate(MAILS):
        yield f"an address that is none {number}", _row(mail=mail)
    for number, chat in enumerate(CHATS):
        yield f"a chat that is none {number}", _row(chat=chat)


def _row(phone: str = "06 39 98 00 12", mail: str = "alla@example.org", chat: str = "") -> bytes:
    values = {"phone": f'"{phone}"', "mail": f'"{mail}"', "chat": f'"{chat}"'}
    return f"{HEADER}\r\n{GOOD.format(**values)}\r\n".encode()


def _groups() -> Iterator[tuple[str, bytes]]:
    yield "a nest of brackets", b"a=" + b"[" * 100_000
    yield "a nest of tables", b"a=" + b"{a=" * 100_000
    yield "a path of 50,000 names", b".".join([b"a"] * 50_000) + b"=1"
    yield "a number of a million digits", b"a=" + b"9" * 1_000_000
    yield "a date that is none", b"a=9999-99-99T99:99:99Z"
    yield "no utf-8", GROUP.encode("utf-16")
    yield "zeros", b"\x00" * 1_000
    yield "clinics that are words", b'clinic = ["a", "b"]\nname = "x"'
    yield "a tower of names", b"".join(b"[%s]\n" % b".".join([b"a"] * n) for n in range(1, 1_500))


def write_corpus(folder: Path) -> list[str]:
    """A folder for each of them; gives their names."""
    told: list[tuple[str, Iterator[tuple[str, bytes]]]] = [
        ("KER.xlsx", _workbooks()),
        ("KER.csv", itertools.chain(_tables(), hostile_rows.sheets())),
        ("KER-shifts.csv", hostile_rows.plans()),
        ("group.toml", itertools.chain(_groups(), hostile_rows.groups())),
        *((name, iter([("a name of nobody's", content)])) for name, content in hostile_rows.others()),
    ]
    for file, made in told:
        for name, content in made:
            place = folder / f"{file}, {name}"
            place.mkdir(parents=True)
            (place / file).write_bytes(content)
    links = (("a device", "/dev/zero"), ("itself", "KER.csv"), ("the machine's accounts", "/etc/passwd"), ("nothing", "/no/such"))
    for name, target in links:
        (folder / f"a link to {name}").mkdir()
        (folder / f"a link to {name}" / "KER.csv").symlink_to(target)
    (folder / "a pipe").mkdir()
    os.mkfifo(folder / "a pipe" / "KER.csv")
    return sorted(path.name for path in folder.iterdir())


async def _try_all(url: str, home: Path, files: list[Path]) -> None:
    store = open_store(url)
    desk = Desk(store, read_key(home / "key"), WoundClock(started=NIGHT), LIBRARY, LANES)
    before = await _content(desk)
    for file in files:
        begun = _spent()
        told = {"name": file.parent.name, "refused": "", "reasons": ""}
        try:
            await import_contacts(desk, OPERATOR, [file])
        except NotifierError as refused:
            told |= {"refused": type(refused).__name__, "reasons": str(refused)[:400]}
        except Exception as crashed:  # noqa: BLE001 - told as what it is
            told |= {"refused": f"crash: {type(crashed).__name__}"}
        spent, former, before = _spent() - begun, before, await _content(desk)
        print(json.dumps({**told, "changed": before != former, "seconds": spent, "octets": _largest()}), flush=True)
    await store.close()


async def _content(desk: Desk) -> list[object]:
    wanted = (tables.clinics, tables.services, tables.people, tables.addresses, tables.slots, tables.journal)
    return await desk.store.read(lambda tx: [sorted(map(repr, tx.execute(select(table)).all())) for table in wanted])


def _spent() -> float:
    """Seconds of processor time, of this process and of those that it started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _largest() -> int:
    """Octets that this process, or any that it started, had in memory at the most."""
    own = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert own is not None
    return 1024 * max(int(own[1]), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


if __name__ == "__main__":
    asyncio.run(_try_all(sys.argv[1], Path(sys.argv[2]), sorted(Path(sys.argv[3]).glob("*/*"))))
