"""Contact sheets as clinics write them: headers by their letters, every fault by its cell, nothing of what it held."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.columns import COLUMNS, plain, tidy
from notifier.domain.people import Channel, Language
from notifier.domain.roster import Clinic, Contact, Group, Kind, Person, Service, SlotKind, Status, Travel
from notifier.domain.sheets import Row, Sheet, complete, flag_in_band, read_people, read_shifts

PARIS = ZoneInfo("Europe/Paris")
BLOC = Service("KER", "BLOC", "Bloc opératoire", "BLOC", "CADRE")
KER = Clinic("KER", "Kerlic", "Quimper", "mco", "Kerlic", ("kerlic.hgx.example",), ("+333530101",), "", (BLOC,))
SAG = Clinic("SAG", "La Sagesse", "Rennes", "mco", "Sagess", ("sagess.hgx.example",), ("+333530102",))
HEADER = (
    "matricule;nom;prénom;service;fonction;statut;mobile;e-mail;e-mail pro;telegram;langue;bande de trajet;astreinte;"
    "volontaire;étiquettes"
)
ALLA = (
    "K1;LE GOFF;Alla;BLOC;IBODE;salarié;06 39 98 00 12;alla@example.org;alla@kerlic.hgx.example;9000000000000001;fr;<30;oui;;nuit"
)


def lines(*rows: str) -> list[list[str]]:
    return [row.split(";") for row in rows]


def read(*rows: str, header: str = HEADER) -> Sheet:
    return read_people("KER.csv", KER, lines(header, *rows))


def told(sheet: Sheet) -> list[tuple[str, str]]:
    return [(fault.where, fault.code) for fault in sheet.faults]


def with_cell(column: str, value: str) -> str:
    cells = dict(zip(HEADER.split(";"), ALLA.split(";"), strict=True))
    return ";".join({**cells, column: value}.values())


def test_a_row_is_read_whole() -> None:
    sheet = read(ALLA)
    assert sheet.faults == sheet.every_notice == []
    row = sheet.rows[0]
    assert (row.clinic, row.line, row.matricule, row.kind, row.service, row.role) == (
        "KER",
        2,
        "K1",
        Kind.PERSON,
        "BLOC",
        "IBODE",
    )
    assert (row.status, row.language, row.travel) == (Status.EMPLOYEE, Language.FR, Travel.UNDER_30)
    assert (row.on_call, row.volunteer, row.tags) == (True, False, ("nuit",))
    assert (row.family_name, row.given_name) == ("LE GOFF", "Alla")
    assert [(entry.address.channel, entry.in_band) for entry in row.entries] == [
        (Channel.TELEGRAM, False),
        (Channel.SMS, False),
        (Channel.EMAIL, False),
        (Channel.EMAIL, True),
    ]


@pytest.mark.parametrize(
    "header",
    [HEADER.upper(), HEADER.replace("e-mail", "E Mail"), HEADER.replace("prénom", "Prenom"), HEADER.replace(";", " ; "),
     HEADER.replace("bande de trajet", "Bande-de-trajet :"), HEADER.replace("mobile", "Téléphone portable"),
     "\ufeff" + HEADER],
)  # fmt: skip
def test_headers_are_known_by_their_letters(header: str) -> None:
    sheet = read(ALLA, header=header)
    assert sheet.faults == []
    assert len(sheet.rows[0].entries) == 4


def test_columns_may_stand_in_any_order() -> None:
    assert read("BLOC;K1;IDE;LE GOFF", header="service;matricule;fonction;nom").rows[0].matricule == "K1"


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("matricule", "", "import.empty"),
        ("matricule", "K" * 25, "import.long"),
        ("nom", "", "import.empty"),
        ("service", "", "import.empty"),
        ("service", "CANTINE", "import.service"),
        ("fonction", "", "import.empty"),
        ("statut", "retraité", "import.status"),
        ("mobile", "06 39 98 00", "import.phone"),
        ("e-mail", "alla(at)example.org", "import.mail"),
        ("e-mail pro", "alla@", "import.mail"),
        ("telegram", "@alla", "import.chat"),
        ("langue", "br", "import.language"),
        ("bande de trajet", "12 km", "import.travel"),
        ("astreinte", "parfois", "import.yes_no"),
        ("volontaire", "?", "import.yes_no"),
    ],
)
def test_each_fault_is_named_by_its_cell(column: str, value: str, code: str) -> None:
    sheet = read(ALLA.replace("K1", "K0"), with_cell(column, value))
    assert told(sheet) == [(f"KER.csv, ligne 3, {column}", code)]
    assert [row.line for row in sheet.rows] == [2]
    assert not value or len(value) < 5 or value not in repr(sheet.faults)


def test_every_fault_of_a_row_and_of_all_rows_is_named_at_once() -> None:
    sheet = read("K1;;;CANTINE;IDE;;15;;;;;;;;", "K2;X;;BLOC;IDE;;;nobody;;;;;;;")
    assert told(sheet) == [
        ("KER.csv, ligne 2, service", "import.service"),
        ("KER.csv, ligne 2, nom", "import.empty"),
        ("KER.csv, ligne 2, mobile", "import.phone"),
        ("KER.csv, ligne 3, e-mail", "import.mail"),
    ]


def test_empty_rows_are_passed_over_and_counted() -> None:
    sheet = read("", ";;;;", "  ;\u00a0;", "K1;;;BLOC;IDE")
    assert told(sheet) == [("KER.csv, ligne 5, nom", "import.empty")]


def test_a_matricule_stands_once() -> None:
    sheet = read(ALLA, "", ALLA.replace("K1", "k1"))
    assert told(sheet) == [("KER.csv, ligne 4, matricule", "import.twice")]
    assert sheet.faults[0].facts[1] == ("first", "2")
    assert len(sheet.rows) == 1


def test_the_cell_is_named_as_the_sheet_names_its_column() -> None:
    assert told(read("K1;X;BLOC;IDE;15", header="N°;NOM;Service;Fonction;Tél. mobile"))[0][0] == "KER.csv, ligne 1"
    header = "Matricule;NOM;Service;Fonction;Tél. mobile"
    assert told(read("K1;X;BLOC;IDE;15", header=header)) == [("KER.csv, ligne 2, Tél. mobile", "import.phone")]


def test_missing_and_double_columns_are_named_once() -> None:
    sheet = read("K1;X", header="matricule;NOM;nom")
    assert [(fault.code, dict(fault.facts)["column"]) for fault in sheet.faults] == [
        ("import.column_twice", "nom"),
        ("import.no_column", "service"),
        ("import.no_column", "fonction"),
    ]
    assert sheet.rows == []
    assert sheet.notices == []


def test_an_unknown_column_is_left_aside_and_told() -> None:
    sheet = read(ALLA + ";rouge", header=HEADER + ";couleur")
    assert sheet.faults == []
    assert [(notice.code, dict(notice.facts)["column"]) for notice in sheet.notices] == [("import.ignored", "couleur")]


def test_a_separator_in_a_cell_does_not_move_the_values_unseen() -> None:
    sheet = read("K1;LE GOFF;Alla;" + ALLA.partition(";")[2])
    assert told(sheet) == [("KER.csv, ligne 2", "import.cells")]


@pytest.mark.parametrize("above", [["Personnel de Kerlic au 3 octobre", ""], ["sep=;"], ["", "", ";;"]])
def test_the_header_may_stand_under_a_title_and_rows_keep_their_numbers(above: list[str]) -> None:
    sheet = read_people("KER.csv", KER, lines(*above, HEADER, ALLA, with_cell("mobile", "06").replace("K1", "K2")))
    assert told(sheet) == [(f"KER.csv, ligne {len(above) + 3}, mobile", "import.phone")]
    assert [row.line for row in sheet.rows] == [len(above) + 2]


def test_the_same_fault_in_many_rows_is_told_once_with_all_of_them() -> None:
    good, bad = (
        [ALLA.replace("K1", f"G{n}") for n in range(2)],
        [with_cell("statut", "retraité").replace("K1", f"B{n}") for n in range(4)],
    )
    sheet = read(bad[0], *good, *bad[1:], with_cell("mobile", "06"))
    assert told(sheet) == [("KER.csv, lignes 2, 5 à 7, statut", "import.status"), ("KER.csv, ligne 8, mobile", "import.phone")]
    assert sorted(sheet.bad_lines) == [2, 5, 6, 7, 8]


@pytest.mark.parametrize("column", ["nom", "mobile", "telegram", "statut"])
@pytest.mark.parametrize("value", ["#N/A", "#REF!", "#NOM?"])
def test_a_formula_that_failed_is_a_fault_and_erases_nothing(column: str, value: str) -> None:
    assert told(read(with_cell(column, value))) == [(f"KER.csv, ligne 2, {column}", "import.formula")]


@pytest.mark.parametrize(
    ("column", "value", "attribute", "meant"),
    [
        ("statut", "CDI", "status", Status.EMPLOYEE),
        ("statut", "Vacataire", "status", Status.TEMP),
        ("statut", "stagiaire", "status", Status.STUDENT),
        ("langue", "Français", "language", Language.FR),
        ("langue", "anglais", "language", Language.EN),
        ("bande de trajet", "< 30 min", "travel", Travel.UNDER_30),
        ("bande de trajet", "30–60 mn", "travel", Travel.UNDER_60),
        ("bande de trajet", "plus de 60 minutes", "travel", Travel.OVER_60),
    ],
)
def test_what_an_office_writes_is_understood(column: str, value: str, attribute: str, meant: object) -> None:
    sheet = read(with_cell(column, value))
    assert told(sheet) == []
    assert getattr(sheet.rows[0], attribute) is meant


def test_a_role_that_is_no_code_is_told_how_to_be_one() -> None:
    assert told(read(with_cell("fonction", "Infirmière diplômée d'État"))) == [("KER.csv, ligne 2, fonction", "import.role")]


@pytest.mark.parametrize("rows", [[], [HEADER], [HEADER, "", ";;"]])
def test_an_empty_sheet_is_refused(rows: list[str]) -> None:
    sheet = read_people("KER.csv", KER, lines(*rows))
    assert "import.no_rows" in {code for _, code in told(sheet)} or not rows
    assert sheet.faults


def test_a_landline_is_kept_and_flagged() -> None:
    sheet = read(with_cell("mobile", "02 61 91 00 12"))
    assert sheet.rows[0].landlines == 1
    assert [(notice.where, notice.code) for notice in sheet.every_notice] == [("KER.csv, ligne 2, mobile", "import.landline")]


@pytest.mark.parametrize(
    ("column", "value", "in_band"),
    [
        ("e-mail", "alla@kerlic.hgx.example", True),
        ("e-mail", "alla@mail.KERLIC.hgx.example", True),
        ("e-mail", "alla@notkerlic.hgx.example", False),
        ("e-mail", "alla@sagess.hgx.example", True),
        ("e-mail pro", "alla@cabinet.example", True),
        ("mobile", "03 53 01 01 44", True),
        ("mobile", "03 53 01 02 44", True),
        ("mobile", "03 53 01 03 44", False),
    ],
)
def test_in_band_addresses_are_flagged_wherever_they_stand(column: str, value: str, in_band: bool) -> None:
    names = HEADER.split(";")
    cells = {**dict.fromkeys(names, ""), **dict(zip(names[:5], ALLA.split(";")[:5], strict=True)), column: value}
    alone = ";".join(cells.values())
    row = flag_in_band(read(alone).rows[0], Group("", (KER, SAG)))
    assert [entry.in_band for entry in row.entries] == [in_band]


def test_an_address_in_two_columns_is_one_and_judged_by_its_domain() -> None:
    row = read(with_cell("e-mail pro", "alla@example.org")).rows[0]
    assert [entry.in_band for entry in row.entries if entry.address.channel is Channel.EMAIL] == [False]


def test_a_relay_post_is_known_by_its_function() -> None:
    row = read("K9;Mobile partagé;;Bloc opératoire;Relais;;06 39 98 00 19;;;;;;;;").rows[0]
    assert (row.kind, row.service, row.role) == (Kind.RELAY, "BLOC", "RELAIS")


@pytest.mark.parametrize(
    ("cell", "clean"),
    [
        ("  Le  Goff ", "Le Goff"),
        ("Le\u00a0Goff\u200b", "Le Goff"),
        ("Anne\r\nBcc: x", "Anne Bcc: x"),
        ("a\x1fb\x00c", "a bc"),
        ("\u202eanna", "anna"),
        ("e\u0301", "é"),
        ('="0639980012"', "0639980012"),
        ("'+33639980012", "+33639980012"),
        ("'t Hart", "'t Hart"),
    ],
)
def test_a_cell_holds_nothing_that_nobody_sees(cell: str, clean: str) -> None:
    assert tidy(cell) == clean


@given(rows=st.lists(st.lists(st.text(max_size=12), max_size=17), max_size=6))
def test_whatever_a_sheet_holds_is_rows_or_faults(rows: list[list[str]]) -> None:
    sheet = read_people("KER.csv", KER, [HEADER.split(";"), *rows])
    full = [line for line, row in enumerate(rows, 2) if any(tidy(cell) for cell in row)]
    assert sorted([row.line for row in sheet.rows] + list(sheet.bad_lines)) == full


def test_a_row_shows_no_name_and_no_address() -> None:
    shown = repr(read(ALLA))
    assert not any(secret in shown for secret in ("GOFF", "Alla", "alla@", "998001", "9000000000000001"))


def person(*entries: Contact, **facts: object) -> Person:
    known: dict[str, object] = {
        "id": 1, "matricule": "K1", "kind": Kind.PERSON, "clinic": "KER", "service": "BLOC", "role": "IDE",
        "status": Status.LIBERAL, "language": Language.EN, "family_name": "LE GOFF", "given_name": "Alla",
        "travel": Travel.OVER_60, "on_call": True, "volunteer": True, "tags": frozenset({"nuit"}), "contacts": entries,
    }  # fmt: skip
    return Person(**{**known, **facts})  # type: ignore[arg-type]


def contacts_of(row: Row) -> tuple[Contact, ...]:
    return tuple(Contact(number, entry.address, entry.in_band) for number, entry in enumerate(row.entries))


def test_a_column_that_is_not_there_erases_nothing() -> None:
    whole = read(ALLA).rows[0]
    known = person(*contacts_of(whole))
    short = read("K1;LE GOFF;BLOC;IDE;06 39 98 00 13", header="matricule;nom;service;fonction;mobile")
    row = complete(short.rows[0], known, short.header)
    assert (row.status, row.language, row.travel, row.on_call, row.volunteer) == (
        Status.LIBERAL,
        Language.EN,
        Travel.OVER_60,
        True,
        True,
    )
    assert row.given_name == "Alla"
    assert row.tags == ("nuit",)
    assert {entry.address.channel: entry.in_band for entry in row.entries if entry.address.channel is not Channel.EMAIL} == {
        Channel.SMS: False,
        Channel.TELEGRAM: False,
    }
    assert sorted(entry.in_band for entry in row.entries if entry.address.channel is Channel.EMAIL) == [False, True]
    assert [entry.address.value for entry in row.entries if entry.address.channel is Channel.SMS] == ["+33639980013"]


def test_an_empty_cell_of_a_column_that_is_there_takes_the_address_away() -> None:
    whole = read(ALLA)
    row = complete(read(with_cell("telegram", "")).rows[0], person(*contacts_of(whole.rows[0])), whole.header)
    assert Channel.TELEGRAM not in {entry.address.channel for entry in row.entries}


SHIFTS = "matricule;type;début;fin"


def shifts(*rows: str, head: Sequence[str] = (SHIFTS,)) -> Sheet:
    return read_shifts("KER-shifts.csv", "KER", lines(*head, *rows), PARIS)


def test_shifts_are_read_on_the_local_clock() -> None:
    sheet = shifts("k1;poste;23/11/2026 19:00;24/11/2026 07:00", "K1;Astreinte;01/07/2026 8h00;02/07/2026 08:00:00")
    assert sheet.faults == []
    assert [(shift.matricule, shift.kind, shift.starts) for shift in sheet.shifts] == [
        ("K1", SlotKind.SHIFT, datetime(2026, 11, 23, 18, tzinfo=UTC)),
        ("K1", SlotKind.ON_CALL, datetime(2026, 7, 1, 6, tzinfo=UTC)),
    ]


def test_a_night_with_the_change_of_clocks_has_its_real_length() -> None:
    shift = shifts("K1;garde;24/10/2026 19:00;25/10/2026 07:00").shifts[0]
    assert (shift.ends - shift.starts).total_seconds() == 13 * 3600


@pytest.mark.parametrize(
    "head", ["# établi le 23/11/2026 07:00", "#Etabli le 23/11/2026 7h00;;;", "  # ÉTABLI LE 23/11/2026 07:00"]
)
def test_the_first_line_says_when_the_plan_was_true(head: str) -> None:
    sheet = shifts("K1;poste;hier;24/11/2026 07:00", head=(head, SHIFTS))
    assert sheet.planned_at == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert told(sheet) == [("KER-shifts.csv, ligne 3, début", "import.moment")]


@pytest.mark.parametrize("head", ["# établi le 23-11-2026", "# établi le 31/02/2026 07:00", "# planning de novembre", "#"])
def test_a_date_of_the_plan_that_cannot_be_read_spoils_it(head: str) -> None:
    sheet = shifts("K1;poste;23/11/2026 19:00;24/11/2026 07:00", head=(head, SHIFTS))
    assert told(sheet) == [("KER-shifts.csv, ligne 1", "import.stamp")]
    assert sheet.shifts == []


@pytest.mark.parametrize(
    ("row", "where", "code"),
    [
        (";poste;23/11/2026 19:00;24/11/2026 07:00", "matricule", "import.empty"),
        ("K1;congé payé;23/11/2026 19:00;24/11/2026 07:00", "type", "import.slot"),
        ("K1;poste;23/11/2026;24/11/2026 07:00", "début", "import.moment"),
        ("K1;poste;23/11/2026 19:00;31/11/2026 07:00", "fin", "import.moment"),
        ("K1;poste;23/11/2026 19:00;23/11/2026 25:00", "fin", "import.moment"),
        ("K1;poste;23/11/2026 19:00;23/11/2026 07:00", "fin", "import.order"),
        ("K1;poste;23/11/2026 19:00;23/11/2026 19:00", "fin", "import.order"),
        ("K1;poste;23/11/0000 19:00;23/11/2026 19:00", "début", "import.moment"),
    ],
)
def test_each_fault_of_a_plan_is_named_by_its_cell(row: str, where: str, code: str) -> None:
    sheet = shifts(row)
    assert told(sheet) == [(f"KER-shifts.csv, ligne 2, {where}", code)]
    assert sheet.shifts == []


def test_an_empty_plan_is_refused_because_it_would_wake_nobody() -> None:
    assert told(shifts()) == [("KER-shifts.csv", "import.no_rows")]


def test_every_column_is_told_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "contacts.md").read_text(encoding="utf-8")
    told = {plain(cell) for cell in re.findall(r"^\| ([^|]+) \|", guide, re.MULTILINE)}
    assert set(COLUMNS) <= told


def test_a_header_is_plain_letters() -> None:
    assert plain(" E-mail Pro : ") == "emailpro"
