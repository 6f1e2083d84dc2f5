"""The host is lost, and every screen with it (row 39): what lies on paper is a day old at most, or the house says so."""

import stat
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.desk.phone_tree import HOLDS, print_phone_trees
from notifier.desk.watching import EngineHealth, engine_health
from notifier.domain.authority import Role
from notifier.domain.errors import Forbidden, UnknownClinic, UnreadableFile
from notifier.domain.people import Language
from notifier.store import journal
from tests.desk.house import ALLA, BORIS, CLARA, OPERATOR, RELAY, Member, Ward, open_ward
from tests.needs import need_program

CROWD = [Member(f"Agent {n:02}", on_shift=False, phone=f"+336399811{n:02}") for n in range(90)]
INSIDE = Member("Nina", on_shift=False, in_band_mail="nina@hgx.example")


def _read(path: Path) -> list[str]:
    text = subprocess.run([need_program("pdftotext"), "-layout", str(path), "-"], capture_output=True, text=True, check=True)
    return text.stdout.replace("\u00a0", " ").rstrip("\f").split("\f")


async def _health(ward: Ward) -> EngineHealth:
    return await engine_health(ward.desk)


async def test_row_39_the_roster_and_the_phone_tree_lie_printed_and_are_a_day_old_at_most(
    database_url: str, tmp_path: Path
) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA, BORIS, CLARA, RELAY, INSIDE, *CROWD])
    assert (await _health(ward)).paper_late, "nobody has printed any"
    ker, sag = await print_phone_trees(ward.desk, OPERATOR, tmp_path / "paper", [], Language.FR)
    assert (ker.clinic, ker.people, sag.clinic, sag.people) == ("KER", 94, "SAG", 1)
    assert [stat.S_IMODE(one.path.stat().st_mode) for one in (ker, sag)] == [0o600, 0o600]
    assert sorted(path.name for path in (tmp_path / "paper").iterdir()) == ["KER-annuaire.pdf", "SAG-annuaire.pdf"]

    pages = _read(ker.path)
    assert len(pages) > 3
    for page in pages:
        assert "imprimé le 04/10/2026 22h45" in page
        assert "Périmé le 05/10/2026 22h45" in page
        assert "planning du 04/10/2026 21h45" in page
    tree, roster = pages[0], "\n".join(pages[1:])
    assert "06 39 98 00 01" in tree, "who answers for the service"
    assert "06 39 98 00 09" in tree, "its relay post"
    assert "Boris" not in tree
    assert "poste 04/10 21h45–05/10 06h45" in tree
    whole = " ".join(roster.split())
    assert all(f"06 39 98 11 {n:02}" in whole for n in range(90))
    assert "Nina" in whole
    assert "Clara" not in whole + tree, "another clinic's"

    health = await _health(ward)
    assert (health.paper, health.paper_late) == (timedelta(0), False)
    ward.clock.pass_time(hours=HOLDS / timedelta(hours=1), seconds=1)
    assert (await _health(ward)).paper_late
    await print_phone_trees(ward.desk, OPERATOR, tmp_path / "paper", ["ker"], Language.EN)
    assert (await _health(ward)).paper_late, "the other clinic's is old still"
    entries = await ward.desk.store.read(journal.read_entries)
    told = [(entry.actor, entry.facts["clinics"], entry.facts["people"]) for entry in entries if entry.act == "paper.print"]
    assert told == [("Diane", ["KER"], 94), ("Diane", ["KER", "SAG"], 95)]
    await ward.desk.store.close()


async def test_row_39_paper_is_for_those_who_may_see_numbers_and_a_print_that_failed_counts_for_nothing(
    database_url: str, tmp_path: Path
) -> None:
    ward = await open_ward(database_url, tmp_path)
    cadre = replace(OPERATOR, roles=frozenset({Role.CADRE}))
    with pytest.raises(Forbidden):
        await print_phone_trees(ward.desk, cadre, tmp_path, [], Language.FR)
    with pytest.raises(UnknownClinic):
        await print_phone_trees(ward.desk, OPERATOR, tmp_path, ["NUL"], Language.FR)
    (tmp_path / "file").touch()
    with pytest.raises(UnreadableFile):
        await print_phone_trees(ward.desk, OPERATOR, tmp_path / "file", [], Language.FR)
    assert (await _health(ward)).paper_late
    await ward.desk.store.close()
