"""Contact files built to break the import (threat 12): each is refused, nothing is changed, and it costs little."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.store import contacts
from tests.desk.office import ALLA, GROUP, Office, open_office
from tests.faults.hostile import write_corpus
from tests.house.tree import ROOT

MOST_SECONDS = 10.0  # of processor time, for one file
MOST_OCTETS = 300 << 20  # in memory, of any process


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder and what is in it, made once for both databases."""
    folder = tmp_path_factory.mktemp("corpus")
    return folder, write_corpus(folder)


@pytest.fixture
async def cabinet(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """A desk, and a folder of good contacts."""
    async for opened in open_office(database_url, tmp_path):
        yield opened


async def test_threat_12_files_built_to_break_the_import_are_refused_and_change_nothing(
    database_url: str, tmp_path: Path, cabinet: Office, corpus: tuple[Path, list[str]]
) -> None:
    await cabinet.take()
    command = (sys.executable, "-m", "tests.faults.hostile", database_url, str(tmp_path), str(corpus[0]))
    tried = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=300, check=True)
    told = [json.loads(line) for line in tried.stdout.splitlines()]
    assert [each["name"] for each in told] == corpus[1]
    assert len({re.sub(r" \d+$", "", each["name"]) for each in told}) > 90, "kinds, not numbers of one kind"
    assert len(told) > 250
    wrong = [each for each in told if each["refused"] not in ("BadImport", "UnreadableFile") or each["changed"]]
    assert wrong == []
    for cell in (each for each in told if each["name"].startswith("KER.csv, a cell of ")):
        column = cell["name"].removeprefix("KER.csv, a cell of ").rpartition(" ")[0]
        assert f"where='KER.csv, ligne 2, {column}'" in cell["reasons"], "the very cell is named"
    assert [each for each in told if each["seconds"] > MOST_SECONDS or each["octets"] > MOST_OCTETS] == []
    assert "root:" not in tried.stdout, "a link to a file of the machine tells nothing of it"


async def test_threat_12_a_formula_is_kept_as_the_words_it_is_made_of_and_comes_out_harmless(cabinet: Office) -> None:
    """What a spreadsheet would work out is data here, and every list that we write for a spreadsheet takes its power away."""
    signs = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
    rows = [f'F{n};"{sign}HYPERLINK(1)";Alla;BLOC;IDE;;06 39 98 01 0{n};;;;fr' for n, sign in enumerate(signs)]
    cabinet.write("KER.csv", ALLA, *rows)
    await cabinet.take()
    people = await cabinet.people()
    assert [people[f"F{n}"].family_name for n in range(len(signs))] == [f"{sign}HYPERLINK(1)" for sign in signs]
    spoilt = cabinet.write("KER.csv", ALLA, *(row.replace("06 39 98", "O6 39 98") for row in rows))
    done = await cabinet.take(spoilt, skip_bad=True)
    told = done.corrections[0].read_text(encoding="utf-8-sig")
    assert told.count("HYPERLINK") == len(signs)
    assert not any(f"{before}{sign}HYPERLINK" in told for sign in signs for before in (";", '"', "\n"))


async def test_threat_12_signs_that_nobody_sees_are_in_no_name_of_a_person_or_a_clinic(cabinet: Office) -> None:
    """A line end would be a header of a mail, a sign that turns the line round another name on the screen."""
    group = GROUP.replace('name = "Clinique Kerlic"', 'name = "Clinique\\r\\nBcc: x\\u202E Kerlic\\u200B"')
    (cabinet.folder / "group.toml").write_text(group, encoding="utf-8")
    cabinet.write("KER.csv", ALLA.replace("LE GOFF", '"LE\u202e\r\nBcc:\x07 GOFF\ufeff"'))
    await cabinet.take()
    assert (await cabinet.people())["K1"].family_name == "LE Bcc: GOFF"
    assert (await cabinet.desk.store.read(contacts.load_group)).clinics[0].name == "Clinique Bcc: x Kerlic"
