"""Contact files: however a sheet is laid out it says the same people; one cell that changes is that cell's affair only."""

import csv
import io
import tempfile
import unicodedata
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.desk.reading import read_lines
from notifier.domain.columns import COLUMNS, LABELS
from notifier.domain.roster import Clinic, Service
from notifier.domain.sheets import Row, Sheet, read_people
from tests.properties.examples import examples

pytestmark = pytest.mark.grows

BLOC = Service("KER", "BLOC", "Bloc opératoire", "BLOC", "CADRE")
URG = Service("KER", "URG", "Urgences", "URG", "MED")
KER = Clinic("KER", "Kerlic", "Quimper", "mco", "Kerlic", ("kerlic.hgx.example",), ("+333530101",), "", (BLOC, URG))
# What of a row each column tells.
TELLS = {
    "matricule": {"matricule"}, "nom": {"family_name"}, "prenom": {"given_name"}, "service": {"service"}, "fonction": {"role",
    "kind"},
    "statut": {"status"}, "langue": {"language"}, "bandedetrajet": {"travel"}, "astreinte": {"on_call"},
    "volontaire": {"volunteer"},
    "etiquettes": {"tags"}, "mobile": set(), "email": set(), "emailpro": set(), "telegram": set(),
}  # fmt: skip
ADDRESSED = {"mobile", "email", "emailpro", "telegram"}
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30) | st.sampled_from(
    ["", "K2", "k 2", "#N/A", "RELAIS", "oui", "06 39 98 00 02", "02 61 91 00 12", "b@kerlic.hgx.example", '="0639980012"',
    "a;b", 'a"b', "a\r\nb"]
)  # fmt: skip


@st.composite
def rosters(draw: st.DrawFn) -> list[dict[str, str]]:
    """Up to five people without a fault, each column filled or not."""

    def maybe(*cells: str) -> str:
        return draw(st.sampled_from(("", *cells)))

    return [
        {
            "matricule": f"K{number}",
            "nom": draw(st.sampled_from(["LE GOFF", "L’Hostis", "Jégou", "Œuvrard"])),
            "prenom": maybe("Alla", "Anne-Françoise"),
            "service": draw(st.sampled_from(["BLOC", "urg", "Bloc opératoire"])),
            "fonction": draw(st.sampled_from(["IDE", "cadre", "RELAIS"])),
            "statut": maybe("Salariée", "libéral"),
            "mobile": maybe(f"06 39 98 00 1{number}", f"63998001{number}", f"+33 6 39 98 00 1{number}"),
            "email": maybe(f"p{number}@example.org"),
            "emailpro": maybe(f"p{number}@kerlic.hgx.example"),
            "telegram": maybe(f"900000000000000{number}"),
            "langue": maybe("fr", "Anglais"),
            "bandedetrajet": maybe("<30", "30-60", "plus de 60 min"),
            "astreinte": maybe("oui", "X", "non"),
            "volontaire": maybe("Oui", "0"),
            "etiquettes": maybe("nuit", "nuit, renfort"),
        }
        for number in range(1, draw(st.integers(1, 5)) + 1)
    ]


def as_csv(header: list[str], rows: list[list[str]], delimiter: str = ";", line: str = "\r\n", quote_all: bool = False) -> str:
    """A sheet as a spreadsheet saves it."""
    file = io.StringIO(newline="")
    dialect = csv.unix_dialect if quote_all else csv.excel
    csv.writer(file, dialect, delimiter=delimiter, lineterminator=line).writerows([header, *rows])
    return file.getvalue()


def read(octets: bytes) -> Sheet:
    """What the import makes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "KER.csv")
        path.write_bytes(octets)
        return read_people(path.name, KER, read_lines(path))


def plainly(roster: list[dict[str, str]]) -> Sheet:
    """The same people, laid out as the manual shows."""
    return read(as_csv(list(COLUMNS), [[person[column] for column in COLUMNS] for person in roster]).encode())


def facts(row: Row) -> dict[str, object]:
    """A row without its place."""
    return {field.name: getattr(row, field.name) for field in fields(Row) if field.name != "line"}


@examples(3_000)
@given(roster=rosters(), data=st.data())
def test_however_a_sheet_is_laid_out_it_says_the_same_people(roster: list[dict[str, str]], data: st.DataObject) -> None:
    wanted = plainly(roster)
    assert wanted.faults == []
    order = data.draw(st.permutations([*COLUMNS, "badge", "remarque"]))
    names = {
        column: data.draw(st.sampled_from([*COLUMNS.get(column, (column,)), LABELS.get(column, column)])) for column in order
    }
    dress = data.draw(
        st.sampled_from([str.upper, str.title, lambda text: f" {text} :", lambda text: unicodedata.normalize("NFD", text)])
    )
    around = data.draw(st.sampled_from(["", " ", "\u00a0", "\u200b", "\t "]))
    rows = [[around + person.get(column, "x") + around for column in order] for person in roster]
    for _ in range(data.draw(st.integers(0, 2))):
        rows.insert(data.draw(st.integers(0, len(rows))), [""] * data.draw(st.integers(0, 20)))
    delimiter, line = data.draw(st.sampled_from([";", "\t", ","])), data.draw(st.sampled_from(["\r\n", "\n"]))
    text = as_csv(
        [dress(names[column]) for column in order],
        rows,
        delimiter,
        line,
        quote_all=data.draw(st.booleans()),
    )
    titles = data.draw(st.integers(0, 3))
    text = f"Personnel de Kerlic{line}" * titles + text
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    octets = text.encode(encoding if _fits(text, encoding) else "utf-8")
    found = read(octets)
    assert found.faults == []
    assert [facts(row) for row in found.rows] == [facts(row) for row in wanted.rows]


def _fits(text: str, encoding: str) -> bool:
    return text.encode(encoding, "ignore").decode(encoding) == text


@examples(6_000)
@given(roster=rosters(), column=st.sampled_from(list(COLUMNS)), cell=CELLS, data=st.data())
def test_one_cell_that_changes_is_taken_or_named_and_touches_no_other(
    roster: list[dict[str, str]], column: str, cell: str, data: st.DataObject
) -> None:
    before = {row.line: row for row in plainly(roster).rows}
    at = data.draw(st.integers(0, len(roster) - 1))
    changed = [person | ({column: cell} if place == at else {}) for place, person in enumerate(roster)]
    found = plainly(changed)
    assert found.spoilt == []
    after = {row.line: row for row in found.rows}
    mine = at + 2
    for line, row in before.items():
        if line not in (mine, *found.bad_lines):
            assert facts(after[line]) == facts(row), "nobody else has changed"
    for line, faults in found.bad_lines.items():
        for fault in faults:
            label = LABELS.get(column, column)
            assert fault.where == f"KER.csv, ligne {line}, {found.header.get(column, label)}"
            assert line == mine or (column == "matricule" and fault.code == "import.twice")
    assert (mine in after) is (mine not in found.bad_lines), "taken or named: no third way"
    if mine in after:
        _check_changed(before[mine], after[mine], column)


def _check_changed(was: Row, row: Row, column: str) -> None:
    untold = facts(was).keys() - TELLS[column] - {"entries"}
    assert {name: getattr(row, name) for name in untold} == {name: getattr(was, name) for name in untold}
    if column not in ADDRESSED:
        assert row.entries == was.entries
    else:
        kept = {entry.address for entry in row.entries}
        assert len({entry.address for entry in was.entries} - kept) <= 1, "one address at most has gone"
        assert len(kept - {entry.address for entry in was.entries}) <= 1, "one address at most is new"
