"""The shipped library is whole and clean; a template that cannot be read is named with its line."""

from datetime import timedelta
from pathlib import Path

import pytest

from notifier.desk.shipped import shipped
from notifier.domain.errors import BadTemplate, UnreadableFile
from notifier.domain.gsm import segments
from notifier.domain.lint import SERVICES
from notifier.domain.message import Question
from notifier.domain.people import Channel
from notifier.domain.template import TemplateKind
from notifier.rendering import lint_library, load_library
from notifier.rendering.linting import render_samples
from tests.rendering.kit import Shelf, library

ALONE = {
    *("first-alert", "cell-call-up", "roll-call", "recall", "service-report", "incoming-shift"),
    *("cancel", "false-message", "contact-test", "reminder"),
}
LADDER = """[ladder]
step = [{ by = ["sms", "telegram"], minutes = 3 }, { by = ["email"], minutes = 15 }]
deputies = "role:IDE"
cadre = "URG"

"""
TOGETHER = {"situation-update", "correction", "return-to-it", "back-entry", "all-clear"}


def test_the_shipped_library_has_no_fault() -> None:
    linted = lint_library(library())
    assert linted.faults == ()
    assert linted.templates >= 28
    assert {each.template for each in linted.lengths} == set(library().templates)


def test_there_is_an_instruction_for_each_of_the_fifteen_services() -> None:
    papers = [t for t in library().templates.values() if t.kind is TemplateKind.PAPER_SWITCH]
    assert {t.service for t in papers} == SERVICES
    assert len(papers) == 15
    for template in papers:
        assert (template.responsible, template.others) == (Question.DONE_TROUBLE, Question.READ)
        assert template.audience == f"service:{template.service} (on-duty or responsible on-call)"
        assert template.protect


def test_each_kind_of_message_is_there() -> None:
    assert {t.kind for t in library().templates.values()} == set(TemplateKind)


def test_a_duty_officer_may_send_alone_what_the_night_needs_and_nothing_else() -> None:
    papers = {name for name in library().templates if name.startswith("paper-")}
    approved = {name for name, template in library().templates.items() if template.preapproved}
    assert approved == ALONE | papers
    assert set(library().templates) == ALONE | TOGETHER | papers
    assert all(library().template(name).hash_matches for name in approved)


def test_each_text_message_fits_one_part_and_two_in_an_exercise_at_the_longest_names() -> None:
    for template in library().templates.values():
        for sample in render_samples(library(), template):
            if sample.channel is Channel.SMS:
                assert segments(sample.text).parts <= (2 if sample.exercise else 1), sample.text
                assert "http" not in sample.text


def test_each_mail_line_fits_a_line_of_smtp() -> None:
    for template in library().templates.values():
        for sample in render_samples(library(), template):
            if sample.channel is Channel.EMAIL:
                assert max(len(line.encode()) for line in sample.text.splitlines()) <= 998


def test_a_folder_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        load_library(tmp_path / "nowhere")
    with pytest.raises(UnreadableFile):
        shipped("nothing-of-ours")


@pytest.mark.parametrize(
    ("file", "old", "new", "where", "code"),
    [
        ("fr/sms.txt", "{{ suite }}", "{{ suit }}", "first-alert/fr/sms.txt:1", "template.unknown_name"),
        ("fr/sms.txt", "{{ suite }}", "{{ suite", "first-alert/fr/sms.txt:1", "template.syntax"),
        ("fr/sms.txt", "{{ suite }}", "{{ suite.ljust(900000000) }}", "first-alert/fr/sms.txt:1", "template.forbidden"),
        ("fr/sms.txt", "{{ suite }}", "{{ suite.x }}", "first-alert/fr/sms.txt:1", "template.forbidden"),
        ("fr/sms.txt", "{{ suite }}", "{{ suite|safe }}", "first-alert/fr/sms.txt:1", "template.forbidden"),
        ("fr/sms.txt", "{{ suite }}", "{{ 7*7 }}", "first-alert/fr/sms.txt:1", "template.forbidden"),
        (
            "fr/sms.txt",
            "{{ suite }}",
            "{% for x in suite %}{{ x }}{% endfor %}",
            "first-alert/fr/sms.txt:1",
            "template.forbidden",
        ),
        ("fr/sms.txt", "{{ suite }}", "{% set x = 1 %}", "first-alert/fr/sms.txt:1", "template.forbidden"),
        ("fr/sms.txt", "{{ suite }}", "{% include '_frame/fr/sms.txt' %}", "first-alert/fr/sms.txt:1", "template.forbidden"),
        (
            "fr/sms.txt",
            "{{ suite }}",
            "{% raw %}{{ x }}{% endraw %}{{ link }}",
            "first-alert/fr/sms.txt:1",
            "template.unknown_name",
        ),
        (
            "fr/email.txt",
            "{% if telephones_given %}",
            "{% if telephones %}",
            "first-alert/fr/email.txt:9",
            "template.unknown_flag",
        ),
        (
            "fr/email.txt",
            "{% if telephones_given %}",
            "{% if suite == 'x' %}",
            "first-alert/fr/email.txt:9",
            "template.forbidden",
        ),
        ("template.toml", "vital", "vitale", "first-alert/template.toml", "template.unknown_field"),
        ("template.toml", '"red"', '"rouge"', "first-alert/template.toml", "template.bad_field"),
        ("template.toml", 'kind = "first_alert"', "", "first-alert/template.toml", "template.missing_field"),
        ("template.toml", "title = ", "title : ", "first-alert/template.toml", "template.toml"),
        ("_frame/fr/sms.txt", "{{ mark }}", "{{ mark", "_frame/fr/sms.txt:1", "template.syntax"),
        ("_frame/fr/sms.txt", "{{ mark }}", "{{ marque }}", "_frame/fr/sms.txt:1", "template.unknown_name"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, file: str, old: str, new: str, where: str, code: str
) -> None:
    shelf = Shelf(tmp_path, "first-alert").spoil(file, old, new)
    assert (where, code) in shelf.faults()
    with pytest.raises(BadTemplate):
        load_library(shelf.folder)


def test_missing_stray_empty_and_unreadable_files_are_named(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert")
    own = shelf.folder / "first-alert"
    (own / "en/email.txt").unlink()
    (own / "fr/sms.text").write_text("Passez", encoding="utf-8")
    (own / "fr/email.subject.txt").write_text(" \n", encoding="utf-8")
    (own / "fr/telegram.html").write_bytes("Passé".encode("latin-1"))
    (own / "fr/email.txt").write_text("x" * 70_000, encoding="utf-8")
    assert shelf.faults() == {
        ("first-alert/en/email.txt", "template.missing_file"),
        ("first-alert/fr/sms.text", "template.stray_file"),
        ("first-alert/fr/email.subject.txt", "template.empty"),
        ("first-alert/fr/telegram.html", "template.unreadable"),
        ("first-alert/fr/email.txt", "template.too_large"),
    }


def test_an_empty_folder_holds_no_template(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert")
    for path in sorted((shelf.folder / "first-alert").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (shelf.folder / "first-alert").rmdir()
    assert shelf.codes() == {"template.none"}


def test_layout_and_stamp_do_not_change_the_hash_but_words_do(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert")
    before = load_library(shelf.folder).template("first-alert").hash
    assert before == library().template("first-alert").hash
    shelf.spoil("template.toml", "[preapproved]", "# relu\n\n[preapproved]")
    assert load_library(shelf.folder).template("first-alert").hash == before
    shelf.spoil("_frame/en/email.txt", "Hello", "Good evening")
    after = load_library(shelf.folder).template("first-alert")
    assert after.hash != before
    assert not after.hash_matches


def test_no_slot_is_left_once_words_are_filled() -> None:
    for template in library().templates.values():
        for sample in render_samples(library(), template):
            assert not any("\ue000" <= sign <= "\uf8ff" for sign in sample.text + sample.subject)


def test_a_template_says_how_people_are_tried_and_who_stands_in_for_somebody_silent(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "paper-bloc").spoil("template.toml", "[preapproved]", f"{LADDER}[preapproved]")
    template = load_library(shelf.folder).template("paper-bloc")
    assert (template.deputies, template.cadre) == ("role:IDE", "URG")
    assert template.steps == (
        ((Channel.SMS, Channel.TELEGRAM), timedelta(minutes=3)),
        ((Channel.EMAIL,), timedelta(minutes=15)),
    )
    assert not template.hash_matches, "another ladder is another template to approve"
