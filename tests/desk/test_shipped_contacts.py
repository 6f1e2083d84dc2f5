"""The contacts that are shipped: nine clinics of real size, made by the script beside them, on numbers that reach nobody."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from notifier.desk.contact_files import Before, Found, list_files, read_files
from notifier.desk.shipped import shipped
from notifier.domain.roster import Group, Kind, SlotKind

SCRIPT = Path(__file__).parents[2] / "contacts" / "make_roster.py"
MADE = datetime(2026, 11, 23, 7, tzinfo=UTC)
PAPER = {"URG", "BLOC", "REA", "PUI", "LABO", "IMAG", "ADM", "MAT", "DIAL", "ONCO", "SMR", "HAD", "BRANC", "STAND", "RESTO"}


def make(folder: Path, *options: str) -> dict[str, bytes]:
    """What the script writes, by file name."""
    subprocess.run([sys.executable, SCRIPT, folder, *options], check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def found() -> Found:
    """The shipped folder, read as the import reads it."""
    before = Before(Group("", ()), {}, MADE, ZoneInfo("Europe/Paris"))
    return read_files(list_files([shipped("contacts")]), before)


@pytest.fixture(scope="module")
def group(found: Found) -> Group:
    """Its group."""
    assert found.group is not None
    return found.group


def test_the_script_makes_the_shipped_files_byte_for_byte(tmp_path: Path) -> None:
    assert make(tmp_path / "again") == {
        path.name: path.read_bytes() for path in shipped("contacts").iterdir() if path.suffix in (".csv", ".toml")
    }


def test_another_seed_makes_other_people_of_the_same_clinics(tmp_path: Path) -> None:
    one, other = make(tmp_path / "one"), make(tmp_path / "other", "--seed", "2")
    assert one["group.toml"] == other["group.toml"]
    assert one["KER.csv"] != other["KER.csv"]


def test_they_are_read_without_a_fault(found: Found) -> None:
    assert found.every_fault == ()
    codes = Counter(notice.code for sheet in found.sheets for notice in sheet.every_notice)
    assert set(codes) == {"import.landline"}


def test_nine_clinics_have_short_names_of_their_own(group: Group) -> None:
    assert [(clinic.city, clinic.name) for clinic in group.clinics[:2]] == [
        ("Quimper", "Clinique Kerlic"),
        ("Rennes", "La Sagesse"),
    ]
    assert len({clinic.code for clinic in group.clinics}) == len({clinic.sms_name for clinic in group.clinics}) == 9
    assert all(clinic.in_band_domains and clinic.pbx_ranges and clinic.staffed_number for clinic in group.clinics)
    assert {service.code for clinic in group.clinics for service in clinic.services} >= PAPER
    assert group.name == "Groupe HGX"


def test_about_nineteen_hundred_people_fit_their_clinic(found: Found, group: Group) -> None:
    roles = {sheet.clinic: Counter(row.role for row in sheet.rows) for sheet in found.people}
    assert 1_800 <= sum(row.kind is Kind.PERSON for sheet in found.people for row in sheet.rows) <= 2_000
    services = {clinic.code: {service.code for service in clinic.services} for clinic in group.clinics}
    assert all(("MAT" in services[code]) == (count["SF"] > 0) for code, count in roles.items()), "midwives where there are births"
    assert all("REA" in mine for mine in services.values() if "BLOC" in mine), "no theatre without a recovery room"
    assert not services["HAD"] & {"BLOC", "URG", "RESTO"}
    assert max(sum(count.values()) for count in roles.values()) < 400


def test_every_number_and_address_reaches_nobody(found: Found, group: Group) -> None:
    entries = [entry for sheet in found.people for row in sheet.rows for entry in row.entries]
    assert len(entries) > 5_000
    assert [entry.address for entry in entries if not entry.address.is_fiction] == []
    assert len({entry.address for entry in entries}) == len(entries), "nobody shares a device by accident"
    assert all(any(domain.endswith(".example") for domain in clinic.in_band_domains) for clinic in group.clinics)


def test_every_service_has_somebody_responsible_and_every_ward_a_relay_post(found: Found, group: Group) -> None:
    people = {sheet.clinic: sheet.rows for sheet in found.people}
    for clinic in group.clinics:
        for service in clinic.services:
            mine = [row for row in people[clinic.code] if row.service == service.code]
            assert any(row.role == service.responsible_role and row.kind is Kind.PERSON for row in mine), (
                clinic.code,
                service.code,
            )
            assert service.code == "DIR" or any(row.kind is Kind.RELAY for row in mine), (clinic.code, service.code)


def test_the_planned_nights_cover_their_need(found: Found, group: Group) -> None:
    """A board that cries of shortage everywhere on the first evening would teach nobody anything."""
    night = datetime(2026, 11, 24, 22, tzinfo=UTC)
    working = (SlotKind.SHIFT, SlotKind.GUARD)
    for sheet, people, clinic in zip(found.shifts, found.people, group.clinics, strict=True):
        home = {row.matricule: row.service for row in people.rows}
        there = Counter(home[s.matricule] for s in sheet.shifts if s.kind in working and s.starts <= night < s.ends)
        assert {service.code for service in clinic.services if there[service.code] < service.need["nuit"]} == set(), clinic.code
