"""``group.toml``: clinics and services, and what belongs to the attacked network, every fault named at once."""

import pytest

from notifier.domain.group_sheet import read_group

CLINIC = """
[[clinic]]
code = "KER"
name = "Clinique Kerlic"
city = "Quimper"
kind = "mco-urgences"
sms_name = "Kerlic"
in_band_domains = ["Kerlic.hgx.example"]
pbx_ranges = ["+333530101"]
staffed_number = "01 99 00 01 00"
"""
SERVICE = """
[[clinic.service]]
code = "BLOC"
name = "Bloc opératoire"
sms_name = "BLOC"
responsible_role = "CADRE"
need = { jour = 8, nuit = 2 }
"""
WHOLE = f'name = "Groupe HGX"\n{CLINIC}{SERVICE}'


def faults(text: str) -> list[tuple[str, str]]:
    return [(fault.where, fault.code) for fault in read_group(text, "group.toml")[1]]


def test_a_clinic_is_read_with_its_services() -> None:
    group, wrong = read_group(WHOLE, "group.toml")
    assert wrong == []
    assert group is not None
    assert group.name == "Groupe HGX"
    clinic = group.clinics[0]
    assert (clinic.code, clinic.city, clinic.sms_name) == ("KER", "Quimper", "Kerlic")
    assert clinic.in_band_domains == ("kerlic.hgx.example",)
    assert clinic.staffed_number == "+33199000100"
    assert clinic.services[0].need == {"jour": 8, "nuit": 2}


def test_broken_toml_is_named_by_its_line() -> None:
    group, wrong = read_group(WHOLE.replace('code = "KER"', "code = KER"), "group.toml")
    assert group is None
    assert [(fault.code, fault.facts) for fault in wrong] == [("import.toml", (("line", "4"),))]


@pytest.mark.parametrize(
    ("was", "becomes", "where", "code"),
    [
        ('city = "Quimper"', "", "clinic 1, city", "import.empty"),
        ('sms_name = "Kerlic"', 'sms_name = "Kerlic-Quimper"', "clinic 1, sms_name", "import.long"),
        ('sms_name = "Kerlic"', 'sms_name = "Kerľic"', "clinic 1, sms_name", "import.not_gsm"),
        ('sms_name = "BLOC"', 'sms_name = "BLOC-A"', "clinic 1, service 1, sms_name", "import.long"),
        ('sms_name = "Kerlic"', 'sms_name = "[KER]"', "clinic 1, sms_name", "import.long"),  # 5 signs, 7 places in a text message
        ('in_band_domains = ["Kerlic.hgx.example"]', "", "clinic 1, in_band_domains", "import.list"),
        ('["Kerlic.hgx.example"]', '"kerlic.hgx.example"', "clinic 1, in_band_domains", "import.list"),
        ('["Kerlic.hgx.example"]', '["@kerlic.hgx.example"]', "clinic 1, in_band_domains", "import.domain"),
        ('["+333530101"]', '["03 53 01"]', "clinic 1, pbx_ranges", "import.range"),
        ('["+333530101"]', "[333530101]", "clinic 1, pbx_ranges", "import.range"),
        ('"01 99 00 01 00"', '"standard"', "clinic 1, staffed_number", "import.phone"),
        ('"01 99 00 01 00"', '"03 53 01 01 10"', "clinic 1, staffed_number", "import.staffed_in_band"),
        ("jour = 8", 'jour = "huit"', "clinic 1, service 1, need", "import.need"),
        ("jour = 8", "jour = -1", "clinic 1, service 1, need", "import.need"),
    ],
)
def test_each_fault_is_named_by_its_table_and_key(was: str, becomes: str, where: str, code: str) -> None:
    assert faults(WHOLE.replace(was, becomes)) == [(f"group.toml, {where}", code)]


def test_faults_of_several_clinics_are_named_together() -> None:
    text = WHOLE.replace('city = "Quimper"', "") + CLINIC.replace('name = "Clinique Kerlic"', "")
    assert faults(text) == [
        ("group.toml, clinic 1, city", "import.empty"),
        ("group.toml, clinic 2, name", "import.empty"),
        ("group.toml", "import.clinic_twice"),  # the code
        ("group.toml", "import.clinic_twice"),  # the short name, by which phones tell clinics apart
    ]


def test_a_service_stands_once_in_a_clinic() -> None:
    assert faults(WHOLE + SERVICE) == [("group.toml, clinic 1, service", "import.clinic_twice")]


@pytest.mark.parametrize("text", ["", "name = 'Groupe'", "clinic = 7", "clinic = [1, 2]"])
def test_a_group_without_clinics_is_refused(text: str) -> None:
    assert faults(text) == [("group.toml", "import.no_clinic")]
