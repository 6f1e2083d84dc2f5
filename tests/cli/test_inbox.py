"""`notifier inbox` and `notifier note-answer`: what people wrote, read on the screen and dealt with."""

import asyncio
import csv
import json

import pytest

from notifier.desk.answering import read_text
from notifier.settings import read_settings
from notifier.wiring import open_house
from tests.cli.shell import Shell
from tests.house.tree import ROOT

STRANGER = "+33639989999"


@pytest.fixture(scope="module")
def member() -> dict[str, str]:
    """Somebody of Kerlic's operating theatre who is no relay post and has a phone."""
    with (ROOT / "contacts" / "KER.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        return next(row for row in rows if row["fonction"] != "RELAIS" and row["mobile"])


async def _write(shell: Shell, *texts: tuple[str, str]) -> None:
    async with open_house(read_settings({"NOTIFIER_HOME": str(shell.home)}, shell.home)) as house:
        for place, (sender, text) in enumerate(texts):
            await read_text(house.desk, sender, text, f"sms:{place}")


def test_emergencies_stand_first_and_a_number_is_masked(shell: Shell, member: dict[str, str]) -> None:
    assert shell.run("inbox").out == "Rien à lire.\n"
    asyncio.run(_write(shell, (member["mobile"], "je suis bloquee"), (STRANGER, "arret cardiaque ch 12 \x1b[2J")))
    found = shell.run("inbox")
    first, second = found.out.splitlines()[1:3]
    assert "▲ URGENCE arret cardiaque ch 12" in first
    assert "inconnu (sms:…999)" in first
    assert f"{member['prénom']} {member['nom'].upper()}".upper() in second.upper()
    assert "\x1b" not in found.out
    assert STRANGER[3:] not in found.out
    told = json.loads(shell.run("inbox", "--json").out)
    assert [(one["number"], one["emergency"]) for one in told] == [(2, True), (1, False)]


def test_a_text_is_filed_once(shell: Shell) -> None:
    asyncio.run(_write(shell, (STRANGER, "qui est-ce ?")))
    asked = shell.run("inbox", "take", "1", "--answer", "present")
    assert asked.code == 2
    assert "note-answer" in asked.sentence
    assert shell.run("inbox", "done", "1").out == "Classé : n° 1. Le texte est effacé dans 24 h.\n"
    again = shell.run("inbox", "done", "1", NOTIFIER_LANG="en")
    assert (again.code, again.err.split(":")[0]) == (2, "No text to be read has no. 1")


def test_an_answer_is_noted_only_under_an_alert_that_asked_it(shell: Shell, member: dict[str, str]) -> None:
    matricule = member["matricule"]
    assert shell.run("note-answer", "HGX1-01", "KER", matricule, "present").code == 2
    assert shell.run("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30", "--yes").code == 0
    informed = shell.run("note-answer", "HGX1-01", "KER", matricule, "present")
    assert informed.code == 2
    assert "informée, pas interrogée" in informed.sentence


def test_what_a_service_said_by_telephone_stands_on_its_board(shell: Shell, member: dict[str, str]) -> None:
    assert shell.run("send", "roll-call", "--incident", "HGX1", "--set", "avant=23h59", "--yes").code == 0
    noted = shell.run("note-team", "HGX1-01", "KER", member["service"], "12/14 X")
    assert noted.out == f"HGX1-01 · KER {member['service']} : « 12/14 X » est noté.\n"
    (line,) = (line for line in shell.run("board", "HGX1-01").out.splitlines() if "12/14" in line)
    assert "noté par" in line
    assert shell.run("note-team", "HGX1-01", "KER", member["service"], "tout va bien").code == 2
