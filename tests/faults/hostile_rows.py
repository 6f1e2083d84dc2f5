"""Rows, headers, plans, groups and names of files that look like contacts and are none: each wrong in a way of its own."""

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Iterator

from tests.desk.office import GROUP, HEADER, SHIFTS

ROW = ("H1", "LE GOFF", "Alla", "BLOC", "CADRE", "salarié", "06 39 98 00 12", "alla@example.org", "", "", "fr")
COLUMNS = HEADER.split(";")
CELLS = (
    ("matricule", ""), ("matricule", " \t\u00a0\u2003"), ("matricule", "\u200b\u2060\ufeff"), ("matricule", "H" * 25),
    ("matricule", "\U0001f600" * 30), ("matricule", "#REF!"), ("nom", ""), ("nom", "\u202e\u2066"), ("nom", "N" * 81),
    ("nom", "#NOM?"), ("nom", "e" + "\u0301x" * 90), ("nom", "\ufdfa" * 81), ("prénom", "P" * 200), ("prénom", "#N/A"),
    ("service", ""), ("service", "BL0C"), ("service", "BLOC OR 1=1"), ("service", "..\\BLOC"), ("service", "\u0412LOC"),
    ("service", "B" * 61), ("service", "bloc'--"), ("service", "{{ service }}"), ("service", "%s%n"), ("service", "*"),
    ("fonction", ""), ("fonction", "F" * 17), ("fonction", "#DIV/0!"), ("statut", "admin"), ("statut", "salarié|admin"),
    ("statut", "1"), ("statut", "interim|etudiant"), ("langue", "x" * 5_000), ("langue", "fr-FR"), ("langue", "\u0440\u0443"),
    ("langue", "__proto__"), ("mobile", "\u066039980012"), ("mobile", "+"), ("mobile", "00"), ("mobile", "112"),
    ("mobile", "3639"), ("mobile", "+33639980012;0639980013"), ("mobile", "+1 900 555 0100 ext 0"), ("mobile", "06.39.98"),
    ("mobile", "#VALEUR!"), ("mobile", "6,39980012E8"), ("mobile", "0" * 400), ("mobile", "+339" * 90),
    ("e-mail", "alla@example"), ("e-mail", "alla@" + "-example.org"), ("e-mail", "alla@example..org"), ("e-mail", "@"),
    ("e-mail", ".@."), ("e-mail", "alla@example.org;rcpt to:<x@example.org>"), ("e-mail", "mailto:alla@example.org"),
    ("e-mail", "alla@" + "xn--.org"), ("e-mail", "alla@" + "a." * 200 + "org"), ("e-mail pro", "alla"),
    ("e-mail pro", "a@b c.org"),
    ("telegram", "-5"), ("telegram", "9" * 20), ("telegram", "1.0"), ("telegram", "@" * 64), ("telegram", "t.me/alla"),
    ("telegram", "\u0967\u0968\u0969\u096a\u096b"), ("telegram", "NaN"),
)  # fmt: skip
PLANS = (
    "K1;poste;31/02/2026 19:00;01/03/2026 07:00", "K1;poste;04/10/2026 25:00;05/10/2026 07:00",
    "K1;poste;04/10/2026 19:60;05/10/2026 07:00", "K1;poste;05/10/2026 07:00;04/10/2026 19:00",
    "K1;poste;04/10/2026 19:00;04/10/2026 19:00", "K1;poste;2026-10-04T19:00;2026-10-05T07:00", "K1;poste;demain;hier",
    "K1;poste;04/10/26 19:00;05/10/26 07:00", "K1;poste;04/10/0000 19:00;05/10/2026 07:00",
    "K1;poste;-4/10/2026 19:00;05/10/2026 07:00",
    "K1;poste;46299,8;46300,3", "K1;poste;10/04/20266 19:00;05/10/2026 07:00", "K1;;04/10/2026 19:00;05/10/2026 07:00",
    "K1;vacances?;04/10/2026 19:00;05/10/2026 07:00", ";poste;04/10/2026 19:00;05/10/2026 07:00",
    "K1;poste;;05/10/2026 07:00", "K1;poste;04/10/2026 19:00", "K1;poste;04/10/2026 19:00;05/10/2026 07:00;K2;poste",
    "NOBODY;poste;04/10/2026 19:00;05/10/2026 07:00", "K1;poste;\u0664/10/2026 19:00;05/10/2026 07:00",
    "K1;poste;01/01/0001 00:00;05/10/2026 07:00",
)  # fmt: skip
GOOD = "K1;poste;04/10/2026 19:00;05/10/2026 07:00"
STAMPS = ("# établi le 31/02/2026 20:00", "# établi hier", "#", "# établi le 04/10/2026 99:00", "# établi le 04/10/99999 20:00")
HEADS = (
    "matricule;nom;prénom;service", "nom;service;fonction;mobile", HEADER + ";mobile", HEADER + ";matricule",
    HEADER.replace("nom;", "n\u043em;"), HEADER.replace("matricule", "matr\u0456cule"), HEADER.replace(";", "\u037e"),
    HEADER.replace(";", "^"), HEADER.replace(";", "\u00a6"), HEADER + ";téléphone", HEADER + ";courriel", HEADER[::-1],
    "\n" * 30 + HEADER, "sep=^\n" + HEADER.replace(";", "^"),
)  # fmt: skip


def sheets() -> Iterator[tuple[str, bytes]]:
    """``KER.csv``."""
    for number, (column, value) in enumerate(CELLS):
        cells = [value if label == column else cell for label, cell in zip(COLUMNS, ROW, strict=True)]
        yield f"a cell of {column} {number}", _table(HEADER, cells)
    for number, head in enumerate(HEADS):
        yield f"a header that is none {number}", _table(head, ROW)
    yield "the same person twice", _table(HEADER, ROW, ROW)
    yield "the same person in another case", _table(HEADER, ROW, ["h1", *ROW[1:]])
    yield "a row that is too long", _table(HEADER, [*ROW, "", "", "x"])
    yield "a row that slipped by one", _table(HEADER, ["", *ROW])
    yield "a header and nothing", HEADER.encode()
    yield "a header and spaces", HEADER.encode() + b"\r\n" + b" ;" * 9 + b"\r\n"
    yield from _foreign()


def _foreign() -> Iterator[tuple[str, bytes]]:
    """Files of other kinds under a sheet's name."""
    whole = _table(HEADER, ROW)
    packed, taped = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("KER.csv", whole)
    with tarfile.open(fileobj=taped, mode="w") as tape:
        entry = tarfile.TarInfo("../../KER.csv")
        entry.size = len(whole)
        tape.addfile(entry, io.BytesIO(whole))
    yield "packed with gzip", gzip.compress(whole)
    yield "a zip with a sheet of text", packed.getvalue()
    yield "a tar that climbs", taped.getvalue()
    yield "utf-32", b"\xff\xfe\x00\x00" + whole.decode().encode("utf-32-le")
    yield "a mainframe's letters", whole.decode().encode("cp500")
    yield "utf-16 the other way round", b"\xfe\xff" + whole.decode().encode("utf-16-le")
    yield "longer than it must be", whole.replace(b";", b"\xc0\xbb")
    yield "json", json.dumps([dict(zip(COLUMNS, ROW, strict=True))]).encode()
    yield "a page", b"<html><table><tr><td>matricule</td><td>nom</td></tr></table></html>"
    yield "an external entity", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    yield "a program", b"#!/bin/sh\nrm -rf /\n"
    yield "a machine's program", b"\x7fELF\x02\x01\x01" + bytes(400)
    yield "a letter", b"From: x@example.org\r\nSubject: contacts\r\n\r\nmatricule nom service fonction\r\n"
    yield "a document", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"
    yield "a rich text", rb"{\rtf1\ansi matricule;nom;service;fonction\par}"
    yield "a link file", b"[InternetShortcut]\r\nURL=http://169.254.169.254/latest\r\n"
    yield "a database", b"SQLite format 3\x00" + bytes(100)
    yield "escapes of a terminal", b"\x1b]0;owned\x07\x1b[2J" + HEADER.encode().replace(b"nom", b"\x1b[31mnom2")
    yield "a thousand nested quotes", HEADER.encode() + b"\r\n" + b'"""' * 1_000 + b";"
    yield "carriage returns in quotes without end", HEADER.encode() + b'\r\n"' + b"\r" * 500_000


def plans() -> Iterator[tuple[str, bytes]]:
    """``KER-shifts.csv``."""
    for number, row in enumerate(PLANS):
        yield f"a stretch that is none {number}", f"{SHIFTS}{row}\r\n".encode()
    for number, stamp in enumerate(STAMPS):
        yield (
            f"a stamp that is none {number}",
            (stamp + SHIFTS[SHIFTS.index("\r") :] + "K1;poste;04/10/2026 19:00;05/10/2026 07:00\r\n").encode(),
        )
    yield "a plan without its columns", b"matricule;debut\r\nK1;04/10/2026 19:00\r\n"


def groups() -> Iterator[tuple[str, bytes]]:
    """``group.toml``."""
    changes = (
        ('code = "KER"', 'code = ""'), ('code = "KER"', 'code = "KERLICKERLIC"'), ('code = "KER"', "code = 7"),
        ('code = "KER"', 'code = "SAG"'), ('sms_name = "Kerlic"', 'sms_name = "\u041aerlic"'),
        ('sms_name = "Kerlic"', 'sms_name = "[[[[]]]]"'), ('sms_name = "Kerlic"', 'sms_name = "Sagess"'),
        ('sms_name = "BLOC"', 'sms_name = "BLOC\\nSTOP"'), ('city = "Quimper"', f'city = "{"Q" * 41}"'),
        ('city = "Quimper"', "city = 1979-05-27"), ('name = "Clinique Kerlic"', 'name = ["Clinique"]'),
        ('name = "Clinique Kerlic"', 'name = "  "'), ('["kerlic.hgx.example"]', '"kerlic.hgx.example"'),
        ('["kerlic.hgx.example"]', '["*.example"]'), ('["kerlic.hgx.example"]', '["kerlic.hgx.example\\n"]'),
        ('["kerlic.hgx.example"]', "[1, 2]"), ('["kerlic.hgx.example"]', '["http://kerlic.hgx.example/"]'),
        ('["kerlic.hgx.example"]', '["10.0.0.1"]'), ('["+333530101"]', '["+"]'), ('["+333530101"]', '["0353010100"]'),
        ('["+333530101"]', "[[[]]]"), ('["+333530101"]', '["+33.*"]'), ('responsible_role = "CADRE"', "responsible_role = true"),
        ('responsible_role = "CADRE"', f'responsible_role = "{"C" * 17}"'), ('responsible_role = "CADRE"', ""),
        ('responsible_role = "CADRE"', 'responsible_role = "CADRE"\nneed = -1'),
        ('responsible_role = "CADRE"', 'responsible_role = "CADRE"\nneed = {nuit = -1}'),
        ('responsible_role = "CADRE"', 'responsible_role = "CADRE"\nneed = {nuit = true}'),
        ('responsible_role = "CADRE"', 'responsible_role = "CADRE"\nneed = {nuit = 1e3}'),
        ('city = "Quimper"', 'city = "Quimper"\ncity = "Brest"'), ('city = "Quimper"', 'city = "Quimper"\nstaffed_number = "x"'),
        ('city = "Quimper"', 'city = "Quimper"\nstaffed_number = "+33353010155"'),
        ("[[clinic.service]]", "[clinic.service]\n[clinic.service]"),
        ("[[clinic]]", "[clinic]"), ("[[clinic]]", "[[clinic]"), ("[[clinic]]", "[['clinic\x00']]"), ("\n", "\r"),
    )  # fmt: skip
    for number, (good, bad) in enumerate(changes):
        assert good in GROUP
        yield f"a group that is none {number}", GROUP.replace(good, bad, -1 if good == "\n" else 1).encode()
    service = GROUP[GROUP.index("[[clinic.service]]") : GROUP.index('[[clinic]]\ncode = "SAG"')]
    yield "a service twice", GROUP.replace(service, service * 2, 1).encode()


def others() -> Iterator[tuple[str, bytes]]:
    """Whole files under names that are nobody's."""
    for name in (
        "XXX.csv",
        "KER .CSV.csv",
        "KER-shifts-shifts.csv",
        "KER.SAG.csv",
        "KER%00.csv",
        "\u202evsc.REK.csv",
        "-rf.csv",
        "*.csv",
    ):
        yield f"{name}.csv", _table(HEADER, ROW)


def _table(head: str, *rows: object) -> bytes:
    told = [";".join(f'"{cell}"' for cell in row) for row in rows if isinstance(row, list | tuple)]
    return "\r\n".join([head, *told, ""]).encode()
