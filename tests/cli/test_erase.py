"""`notifier erase`: the person is named before, and what is left is said after."""

import csv

import pytest

from tests.cli.shell import Shell
from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def somebody() -> tuple[str, str]:
    """Matricule and family name of the first of Kerlic's."""
    with (ROOT / "contacts" / "KER.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file, delimiter=";"))
    return row["matricule"], row["nom"]


def test_a_person_is_named_and_confirmed_before_and_gone_after(shell: Shell, somebody: tuple[str, str]) -> None:
    matricule, family_name = somebody
    people = shell.count()["people"]
    kept = shell.run("erase", "KER", matricule, typed="non\n")
    assert kept.code == 1
    assert f"Effacer {family_name}" in kept.out or family_name.upper() in kept.out.upper()
    assert shell.count()["people"] == people
    done = shell.run("erase", "ker", matricule, "--yes")
    assert (done.code, done.err) == (0, "")
    assert "Effacé. 0 alerte passée" in done.out
    assert "sauvegardes" in done.out
    assert shell.count()["people"] == people - 1
    again = shell.run("erase", "KER", matricule, "--yes")
    assert again.code == 2
    assert "rien n'a été changé" in again.sentence


def test_nobody_is_erased_while_an_alert_counts_on_the_person(shell: Shell, somebody: tuple[str, str]) -> None:
    assert shell.run("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30", "--yes").code == 0
    refused = shell.run("erase", "KER", somebody[0], "--yes")
    assert refused.code == 1
    assert "L'alerte HGX1-01 attend encore cette personne" in refused.sentence
    assert shell.run("stop", "HGX1-01", "--yes").code == 0
    done = shell.run("erase", "KER", somebody[0], "--yes", NOTIFIER_LANG="en")
    assert "Erased. 1 past alert keeps a number without a name." in done.out
