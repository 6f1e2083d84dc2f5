"""Files as clinics save them, and as somebody would build them to break the import: each is rows, or refused by name."""

import io
import os
import random
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from notifier.desk import workbook
from notifier.desk.reading import ENTRIES, LARGEST, read_lines
from notifier.domain.errors import UnreadableFile

FRENCH = "matricule;prénom;mobile\r\nK1;Anaïs;639980012\r\n"
ROWS = [["matricule", "prénom", "mobile"], ["K1", "Anaïs", "639980012"]]


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_lines(path)
    assert refused.value.path == path.name
    return refused.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_csv_is_read_however_it_was_saved(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "KER.csv"
    path.write_bytes(FRENCH.replace(";", delimiter).encode(encoding))
    assert read_lines(path) == ROWS


def test_quotes_hold_separators_and_line_breaks_in_one_row(tmp_path: Path) -> None:
    path = tmp_path / "KER.csv"
    path.write_text('matricule;nom\nK1;"Le; ""Goff""\nAlla"\nK2;X\n', encoding="utf-8")
    assert read_lines(path) == [["matricule", "nom"], ["K1", 'Le; "Goff"\nAlla'], ["K2", "X"]]


def test_the_separator_is_the_header_s_not_the_stamp_s(tmp_path: Path) -> None:
    path = tmp_path / "KER-shifts.csv"
    path.write_text("# établi, vu, relu le 23/11/2026 07:00\nmatricule;type\n", encoding="utf-8")
    assert read_lines(path)[1] == ["matricule", "type"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512, "kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "kind"),
        (b"nom;pr\x81nom\n", "encoding"),
        (b"\xff\xfea", "encoding"),
        (b"a" * 140_000, "kind"),
        (b"matricule;nom\n" + b";" * 1_000, "columns"),
        (b"a\n" * 100_011, "rows"),
        (b"a" * (LARGEST + 1), "large"),
        (b"PK\x03\x04 not a zip at all", "kind"),
    ],
)
def test_what_cannot_be_read_is_told_apart(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "KER.csv"
    path.write_bytes(content)
    assert refusal(path) == reason


def test_a_file_that_is_not_there_or_never_ends_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "KER.csv") == "missing"
    (tmp_path / "SAG.csv").symlink_to("/dev/zero")
    assert refusal(tmp_path / "SAG.csv") == "kind"
    os.mkfifo(tmp_path / "BEL.csv")
    assert refusal(tmp_path / "BEL.csv") == "kind"
    assert refusal(tmp_path) == "kind"


def save(path: Path, *rows: list[object]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_is_read_cell_by_cell_as_text(tmp_path: Path) -> None:
    path = save(
        tmp_path / "KER.xlsx",
        ["matricule", "nom", "mobile", "telegram", "astreinte", "début"],
        [12, "Évenou", 639980012.0, 4503599627370495, True, datetime(2026, 11, 23, 19, 0)],  # noqa: DTZ001 - a cell has no zone
        [None, None, None, None, None, None],
        ["00012", " x ", "06 39 98 00 12", 1.5, False, datetime(2026, 11, 23, 6, 59, 59)],  # noqa: DTZ001
    )
    assert read_lines(path) == [
        ["matricule", "nom", "mobile", "telegram", "astreinte", "début"],
        ["12", "Évenou", "639980012", "4503599627370495", "oui", "23/11/2026 19:00"],
        ["", "", "", "", "", ""],
        ["00012", " x ", "06 39 98 00 12", "1.5", "non", "23/11/2026 07:00"],
    ]


def test_a_look_up_that_found_nobody_is_seen_in_a_workbook(tmp_path: Path) -> None:
    """calamine gives it as an empty cell, and an empty cell takes a number away."""
    book = Workbook()
    assert book.active is not None
    for row in (["matricule", "mobile"], ["K1", "#N/A"], ["K2", "06 39 98 00 12"]):
        book.active.append(row)
    other = book.create_sheet("Autre")
    other["B3"] = "#REF!"
    book.save(tmp_path / "KER.xlsx")
    assert read_lines(tmp_path / "KER.xlsx") == [["matricule", "mobile"], ["K1", "#N/A"], ["K2", "06 39 98 00 12"]]


def test_the_separator_is_the_one_that_makes_columns_known(tmp_path: Path) -> None:
    path = tmp_path / "KER.csv"
    path.write_text("Liste, à jour, au 3 mars, avec étiquettes\nmatricule;étiquettes\nK1;a,b,c,d,e\n", encoding="utf-8")
    assert read_lines(path)[1:] == [["matricule", "étiquettes"], ["K1", "a,b,c,d,e"]]


def test_a_workbook_under_the_name_of_a_csv_is_still_one(tmp_path: Path) -> None:
    assert read_lines(save(tmp_path / "KER.csv", ["matricule"])) == [["matricule"]]


def test_rows_keep_the_sheet_s_numbers_when_it_begins_further_down(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["B3"] = "nom"
    book.save(tmp_path / "KER.xlsx")
    assert read_lines(tmp_path / "KER.xlsx") == [["", ""], ["", ""], ["", "nom"]]


def rebuild(path: Path, change: dict[str, bytes], compress: int = zipfile.ZIP_DEFLATED) -> Path:
    """The same workbook with some of its files replaced or added."""
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", compress) as packed:
        for name, content in {**files, **change}.items():
            packed.writestr(name, content)
    return path


def sheet_of(*cells: str, before: str = "") -> dict[str, bytes]:
    xml = f'<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return {"xl/worksheets/sheet1.xml": f"{xml}{''.join(cells)}</sheetData></worksheet>".encode()}


def test_fifty_megabytes_in_forty_eight_kilobytes_are_refused(tmp_path: Path) -> None:
    path = rebuild(save(tmp_path / "KER.xlsx", ["a"]), {"xl/media/image1.png": b"\x00" * (50 << 20)})
    assert path.stat().st_size < 100_000
    assert refusal(path) == "bomb"


def test_what_inflates_too_much_is_refused_although_its_header_lies(tmp_path: Path) -> None:
    path = rebuild(save(tmp_path / "KER.xlsx", ["a"]), {"xl/media/image1.png": b"\x00" * (20 << 20)})
    octets = path.read_bytes()
    lie = (20 << 20).to_bytes(4, "little")
    assert lie in octets
    path.write_bytes(octets.replace(lie, (100).to_bytes(4, "little")))
    assert refusal(path) in ("bomb", "kind")


def test_more_than_fifty_inflated_megabytes_are_refused_at_any_ratio(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(1 << 20)
    path = rebuild(save(tmp_path / "KER.xlsx", ["a"]), {f"xl/media/{n}.bin": noise + b"\x00" * (15 << 20) for n in range(4)})
    assert path.stat().st_size < LARGEST
    assert refusal(path) == "bomb"


def test_a_workbook_of_hundreds_of_files_is_refused(tmp_path: Path) -> None:
    path = rebuild(save(tmp_path / "KER.xlsx", ["a"]), {f"xl/media/{n}.png": b"x" for n in range(ENTRIES + 1)})
    assert refusal(path) == "bomb"


def test_one_cell_in_the_last_corner_does_not_lay_out_the_whole_sheet(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refusal(rebuild(save(tmp_path / "KER.xlsx", ["a"]), sheet_of(cells))) == "bomb"


def test_entities_are_not_multiplied(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    laughs = f'<!DOCTYPE w [<!ENTITY l0 "ha">{levels}]>'
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&l8;</t></is></c></row>'
    path = rebuild(save(tmp_path / "KER.xlsx", ["a"]), sheet_of(cell, before=laughs))
    try:
        shown = str(read_lines(path))
    except UnreadableFile:
        shown = ""
    assert len(shown) < 100


def test_a_broken_or_locked_workbook_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "KER.xlsx", ["a"])
    assert refusal(rebuild(path, {"xl/workbook.xml": b"<workbook"})) == "kind"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("readme.txt", "no workbook")
    assert refusal(path) == "kind"


def test_a_spoilt_workbook_never_breaks_the_import(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    rows: list[list[object]] = [[f"K{n}", "Évenou", "639980012"] for n in range(20)]
    whole = save(tmp_path / "KER.xlsx", *rows).read_bytes()
    for _ in range(25):
        octets = bytearray(whole)
        for _ in range(draw.randrange(1, 12)):
            octets[draw.randrange(len(octets))] = draw.randrange(256)
        path = tmp_path / "SAG.xlsx"
        path.write_bytes(octets[: draw.randrange(100, len(octets))] if draw.random() < 0.3 else octets)
        try:
            assert isinstance(read_lines(path), list)
        except UnreadableFile:
            continue


def test_a_spoilt_csv_never_breaks_the_import(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    path = tmp_path / "KER.csv"
    for _ in range(300):
        octets = bytearray(FRENCH.encode(draw.choice(["utf-8", "cp1252", "utf-16"])))
        for _ in range(draw.randrange(1, 6)):
            octets[draw.randrange(len(octets))] = draw.randrange(256)
        path.write_bytes(octets)
        try:
            assert all(isinstance(cell, str) for row in read_lines(path) for cell in row)
        except UnreadableFile:
            continue


def test_the_reading_process_says_when_it_is_given_no_workbook() -> None:
    buffer = io.BytesIO()
    Workbook().save(buffer)
    assert list(workbook.read_first_sheet(buffer.getvalue())) == []


def test_a_duration_beyond_all_years_makes_a_sheet_unreadable_and_not_a_bomb() -> None:
    """Found by ``tests.fuzz workbooks 4000 --seed 1326525000``."""
    book, file = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active["A1"] = 1e15
    book.active["A1"].number_format = "[h]:mm"
    book.save(file)
    with pytest.raises(workbook.Untold) as untold:
        workbook.tell_rows(file.getvalue())
    assert untold.value.why is workbook.Why.UNREADABLE
