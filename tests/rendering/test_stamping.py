"""A pre-approval: by name, on a date, over exactly these files."""

from datetime import date
from pathlib import Path

import pytest

from notifier.desk.checking import approve_templates, check_library
from notifier.domain.errors import BadTemplate, BadValue, UnknownTemplate, UnreadableFile
from notifier.rendering import load_library, stamp_template
from tests.rendering.kit import Shelf

DAY = date(2026, 11, 2)
SIGNED = 'Anne "Nanou" Le Gall, directrice'


def test_a_stamp_makes_the_files_as_they_stand_approved(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert").spoil("fr/email.txt", "Les soins continuent.", "Les soins se poursuivent.")
    assert not load_library(shelf.folder).template("first-alert").hash_matches
    ((name, stamp),) = approve_templates(["first-alert"], by=f" {SIGNED} ", on=DAY, path=shelf.folder)
    template = load_library(shelf.folder).template("first-alert")
    assert name == "first-alert"
    assert template.preapproved == stamp
    assert (stamp.by, stamp.on, template.hash_matches) == (SIGNED, DAY, True)
    assert check_library(shelf.folder).faults == ()


def test_a_second_stamp_takes_the_place_of_the_first(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert")
    for by in ("Première", "Seconde"):
        approve_templates(["first-alert"], by=by, on=DAY, path=shelf.folder)
    text = (shelf.folder / "first-alert/template.toml").read_text(encoding="utf-8")
    assert text.count("[preapproved]") == 1
    assert "Seconde" in text


def test_a_template_with_a_fault_is_not_stamped(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert").spoil("fr/sms.txt", "Passez", "Demain passez")
    before = (shelf.folder / "first-alert/template.toml").read_bytes()
    with pytest.raises(BadTemplate) as refused:
        approve_templates(["first-alert"], by=SIGNED, on=DAY, path=shelf.folder)
    assert {fault.code for fault in refused.value.faults} >= {"words.relative_time", "words.imperative"}
    assert (shelf.folder / "first-alert/template.toml").read_bytes() == before


def test_a_stamp_needs_a_name_and_a_template_that_exists(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert")
    with pytest.raises(BadValue, match="signature"):
        approve_templates(["first-alert"], by="  ", on=DAY, path=shelf.folder)
    with pytest.raises(UnknownTemplate):
        approve_templates(["first-alert", "nothing"], by=SIGNED, on=DAY, path=shelf.folder)


def test_a_stamp_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert")
    library = load_library(shelf.folder)
    from_elsewhere = tmp_path / "gone"
    shelf.folder.rename(from_elsewhere)
    with pytest.raises(UnreadableFile):
        stamp_template(library, "first-alert", by=SIGNED, on=DAY)
