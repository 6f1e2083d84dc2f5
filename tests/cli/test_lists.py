"""The exported lists open in a French Excel as what they are: words, never formulas."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.cli.board import write_lists
from notifier.cli.reckoning import read_listed
from notifier.desk.showing import Lists, Missing
from notifier.domain.people import Language
from notifier.domain.roster import Kind, Person, Status
from notifier.store.alerts import AlertRow

AT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
ALERT = AlertRow(
    1, "HGX1-01", "HGX1", 1, "first-alert", "first_alert", "red", "Passage au papier", exercise=False, protect=True,
    audience="all", ladder={}, state="approved", form_key="", approval=None, raised_at=AT, raised_by="alla", expires_at=AT,
)  # fmt: skip
HOSTILE = ["=1+1", "+33", "-2", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", "＝1+1", "＋3", "－3", "＠x"]


def lists(name: str) -> Lists:
    """One person not reached, of this family name."""
    person = Person(1, "KER0001", Kind.PERSON, "KER", "BLOC", "IDE", Status.EMPLOYEE, Language.FR, name, "Alla; «\u00a0É\u00a0»")
    return Lists(ALERT, (Missing(person, "no_channel", ()),), (), AT)


def test_a_list_is_what_a_french_excel_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFIER_LANG", "fr")
    not_reached, by_hand = write_lists(lists("LE GOFF"), tmp_path)
    assert not_reached.read_bytes().startswith(b"\xef\xbb\xbfmatricule;nom;")
    with not_reached.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (row["nom"], row["prénom"], row["motif"]) == ("LE GOFF", "Alla; «\u00a0É\u00a0»", "aucun moyen")
    assert read_listed(not_reached) == {("KER", "KER0001")}
    assert read_listed(by_hand) == set()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_a_formula(name: str, tmp_path: Path) -> None:
    path, _ = write_lists(lists(name), tmp_path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert row["nom"] == f"'{name}"
