"""Each rule is proven by a template in which one thing is wrong, and nothing else is said about it."""

import re
from pathlib import Path

import pytest

from notifier.domain.guard import RULES
from notifier.domain.lint import check_html
from notifier.prose import SENTENCES
from notifier.rendering import lint_folder
from tests.house.tree import ROOT
from tests.rendering.kit import Shelf

STAMP = "[preapproved]"
FIRST, RECALL, ROLL, PAPER, UPDATE = "first-alert", "recall", "roll-call", "paper-bloc", "situation-update"
CELL = "cell-call-up"
TWICE = '[[variable]]\nname = "suite"\ntype = "time"\nlabel = { fr = "Suite", en = "Next" }\n\n[preapproved]'

CODE, SUITE_AT = TWICE.replace('"suite"', '"code"'), TWICE.replace('"suite"', '"suite_at"')


@pytest.mark.parametrize(
    ("name", "file", "old", "new", "where", "code"),
    [
        # how long it gets
        (FIRST, "fr/sms.txt", "pochette rouge.", "pochette rouge du service.", "first-alert/fr/sms.txt:1", "words.parts"),
        (
            FIRST, "fr/sms.txt", "pochette rouge.", "rouge. " + "Restez calme. " * 14,
            "first-alert/fr/sms.txt:1", "words.parts_exercise",
        ),
        (
            UPDATE, "template.toml", "Bloc ouvert.", "Bloc ouvert. Maternité ouverte.",
            "situation-update/fr/sms.txt:1", "words.parts",
        ),
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "Les soins continuent" + " encore" * 150,
            "first-alert/fr/email.txt:5", "words.mail_line",
        ),
        (FIRST, "fr/email.subject.txt", "Passez", "Passez " * 30, "first-alert/fr/email.subject.txt:1", "words.subject_length"),
        (
            FIRST, "fr/telegram.html", "Les soins continuent.", "Les soins continuent. " * 200,
            "first-alert/fr/telegram.html:1", "words.telegram_length",
        ),
        # what a phone cannot carry
        (FIRST, "fr/sms.txt", "pochette", "🙂 pochette", "first-alert/fr/sms.txt:1", "words.character"),
        (FIRST, "fr/sms.txt", "Suite", "{% if exercise %}🙂{% endif %} Suite", "first-alert/fr/sms.txt:1", "words.character"),
        # what must not be said
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "Les sauvegardes sont saines.",
            "first-alert/fr/email.txt:5", "words.guarded.backups",
        ),
        (
            FIRST, "template.toml", "sont coupés : mobiles et coursiers", "sont piratés par LockBit",
            "first-alert/template.toml", "words.guarded.attacker",
        ),
        (FIRST, "en/telegram.html", "Care goes on.", "Reply STOP.", "first-alert/en/telegram.html:4", "words.guarded.stop"),
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "Les soins \u202econtinuent.",
            "first-alert/fr/email.txt:1", "words.hidden",
        ),
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "La ran{% if portee_given %}çon{% endif %} attend.",
            "first-alert/fr/email.txt:1", "words.guarded.ransom",
        ),
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "{% if etat_given and not portee_given %}Demain,{% endif %} rien.",
            "first-alert/fr/email.txt:5", "words.relative_time",
        ),
        (
            RECALL, "template.toml", 'longest = "Accueil bâtiment B"', 'longest = "Accueil: bâtiment B"',
            "recall/template.toml", "BadValue.place",
        ),
        (
            UPDATE, "template.toml", "Urgences ouvertes.", "Sauvegardes bonnes.",
            "situation-update/template.toml", "GuardedWords.backups",
        ),
        (PAPER, "fr/sms.txt", "hors urgence.", "hors urgence. Voir intra.net/x", "paper-bloc/fr/sms.txt:1", "words.sms_link"),
        # answers that nobody can give
        (FIRST, "fr/sms.txt", "Suite", "Répondez oui. Suite", "first-alert/fr/sms.txt:1", "words.reply_line"),
        (FIRST, "fr/sms.txt", "Suite", "1=lu. Suite", "first-alert/fr/sms.txt:1", "words.reply_line"),
        (FIRST, "en/sms.txt", "Next", "Reply 1. Next", "first-alert/en/sms.txt:1", "words.reply_line"),
        (
            PAPER, "fr/sms.txt", "hors urgence.", "hors urgence.{% if not has_staffed %} Répondez.{% endif %}",
            "paper-bloc/fr/sms.txt:1", "words.reply_line",
        ),
        # how it speaks
        (
            FIRST, "fr/sms.txt", "Passez au papier", "Le papier remplace les écrans",
            "first-alert/fr/sms.txt:1", "words.imperative",
        ),
        (
            FIRST, "en/telegram.html", "<b>Switch to paper</b>", "<b>Paper</b>",
            "first-alert/en/telegram.html:1", "words.imperative",
        ),
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "Les soins continuent ce soir.",
            "first-alert/fr/email.txt:5", "words.relative_time",
        ),
        (FIRST, "fr/sms.txt", "Suite", "Point dans 30 minutes. Suite", "first-alert/fr/sms.txt:1", "words.relative_time"),
        (FIRST, "fr/sms.txt", "Suite", "Point dans dix minutes. Suite", "first-alert/fr/sms.txt:1", "words.relative_time"),
        (FIRST, "en/sms.txt", "Next", "Back in an hour. Next", "first-alert/en/sms.txt:1", "words.relative_time"),
        (FIRST, "en/email.txt", "Care goes on.", "Care goes on tomorrow.", "first-alert/en/email.txt:5", "words.relative_time"),
        # computers, never devices
        (FIRST, "fr/sms.txt", " Ne coupez aucun appareil de soin.", "", "first-alert/fr/sms.txt:1", "words.devices"),
        (FIRST, "en/sms.txt", " Do not switch off any medical device.", "", "first-alert/en/sms.txt:1", "words.devices"),
        (
            FIRST, "fr/email.txt", "Les soins continuent.", "Débranchez les pompes.",
            "first-alert/fr/email.txt:5", "words.device_order",
        ),
        (FIRST, "en/email.txt", "Care goes on.", "Switch off the monitors.", "first-alert/en/email.txt:5", "words.device_order"),
        (FIRST, "fr/email.txt", "Les soins continuent.", "Éteignez tout.", "first-alert/fr/email.txt:5", "words.device_order"),
        (PAPER, "fr/telegram.html", "Programme du", "N'allumez aucun poste", "paper-bloc/fr/telegram.html:2", "words.devices"),
        # a recall is free
        (RECALL, "fr/sms.txt", " Aucun motif demandé.", "", "recall/fr/sms.txt:1", "words.recall"),
        (RECALL, "fr/sms.txt", "si volontaire", "vite", "recall/fr/sms.txt:1", "words.recall"),
        (RECALL, "en/sms.txt", " No reason asked.", "", "recall/en/sms.txt:1", "words.recall"),
        # questions
        (ROLL, "template.toml", "way_out = true", "way_out = false", "roll-call/template.toml", "words.way_out"),
        (ROLL, "template.toml", "digit = 3", "digit = 2", "roll-call/template.toml", "words.answer_twice"),
        (ROLL, "template.toml", 'key = "absent"', 'key = "help"', "roll-call/template.toml", "words.answer_twice"),
        (ROLL, "template.toml", "esoin d'aide", "onjour", "roll-call/template.toml", "words.way_out_words"),
        (ROLL, "template.toml", "Présent, besoin d'aide", "Présent, venez", "roll-call/template.toml", "words.way_out_words"),
        (
            ROLL, "template.toml", '"choices", others = "choices"', '"read", others = "read"',
            "roll-call/template.toml", "words.answers_unasked",
        ),
        (PAPER, "template.toml", '"done_trouble"', '"choices"', "paper-bloc/template.toml", "words.answers_missing"),
        # variables
        (PAPER, "template.toml", 'deadline = "avant"', 'deadline = "apres"', "paper-bloc/template.toml", "words.deadline"),
        (RECALL, "template.toml", 'until = "nombre"', 'until = "lieu"', "recall/template.toml", "words.until"),
        (PAPER, "template.toml", STAMP, f'[ladder]\ndeputies = "dutyy"\n{STAMP}', "paper-bloc/template.toml", "words.audience"),
        (CELL, "template.toml", 'deputies = "tag:suppleant"', "", "cell-call-up/template.toml", "words.deputy"),
        (ROLL, "template.toml", 'key = "absent"', 'key = "absent"\ndeputy = true', "roll-call/template.toml", "words.deputy"),
        (PAPER, "template.toml", STAMP, f'[ladder]\ncadre = "URGG"\n{STAMP}', "paper-bloc/template.toml", "words.service"),
        (PAPER, "template.toml", "on-duty", "on-dutyy", "paper-bloc/template.toml", "words.audience"),
        (PAPER, "template.toml", 'service = "BLOC"', 'service = "BLOCK"', "paper-bloc/template.toml", "words.service"),
        (FIRST, "template.toml", 'type = "choice"', 'type = "place"', "first-alert/template.toml", "words.variable_choices"),
        (
            UPDATE, "template.toml", 'longest = "99"', 'longest = "beaucoup"',
            "situation-update/template.toml", "words.variable_longest",
        ),
        (FIRST, "template.toml", "[preapproved]", TWICE, "first-alert/template.toml", "words.variable_twice"),
        (FIRST, "template.toml", "[preapproved]", CODE, "first-alert/template.toml", "words.variable_reserved"),
        (FIRST, "template.toml", "[preapproved]", SUITE_AT, "first-alert/template.toml", "words.variable_twice"),
        (PAPER, "template.toml", 'name = "avant"', 'name = "avant2"', "paper-bloc/template.toml", "words.unused"),
        # two languages
        (FIRST, "en/email.txt", "Next information {{ suite_at }}.", "", "first-alert/en/email.txt", "words.languages_differ"),
        (
            FIRST, "en/email.subject.txt", "Switch to paper", "Passez au papier",
            "first-alert/en/email.subject.txt", "words.untranslated",
        ),
        # Telegram
        (FIRST, "fr/telegram.html", "<b>Passez", "<strong>Passez", "first-alert/fr/telegram.html:1", "words.telegram_html"),
        (FIRST, "fr/telegram.html", "soin.</b>", "soin.", "first-alert/fr/telegram.html:1", "words.telegram_unclosed"),
        (FIRST, "fr/telegram.html", "Les soins", "Les < soins & autres", "first-alert/fr/telegram.html:4", "words.telegram_html"),
        # the frame
        (
            FIRST, "_frame/fr/sms.txt", "{{ mark }} {{ reference }}", "{{ reference }} {{ mark }}",
            "_frame/fr/sms.txt:1", "words.frame_first",
        ),
        (FIRST, "_frame/fr/sms.txt", "{% if exercise %} {{ mark }}{% endif %}", "", "_frame/fr/sms.txt:1", "words.frame_last"),
        (FIRST, "_frame/fr/sms.txt", " Code {{ code }}", "", "_frame/fr/sms.txt:1", "words.frame_lost"),
        (FIRST, "_frame/en/telegram.html", "{{ sent_at }}", "", "_frame/en/telegram.html:12", "words.frame_lost"),
        (
            FIRST, "_frame/fr/sms.txt", " Code {{ code }}", " Code de votre carte {{ code }}",
            "_frame/fr/sms.txt:1", "words.frame_long",
        ),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(tmp_path: Path, name: str, file: str, old: str, new: str, where: str, code: str) -> None:
    assert (where, code) in Shelf(tmp_path, name).spoil(file, old, new).faults()


def test_each_rule_has_its_sentence() -> None:
    sources = [ROOT / "notifier/domain/lint.py", *(ROOT / "notifier/rendering").glob("*.py")]
    said = {code for path in sources for code in re.findall(r'"((?:words|template)\.[a-z_]+)"', path.read_text(encoding="utf-8"))}
    assert len(said) > 40
    assert said - {"words.frame"} - set(SENTENCES) == set()
    guarded = {f"{family}.{rule}" for family in ("GuardedWords", "words.guarded") for rule in RULES}
    unsafe = {f"{family}.{rule}" for family in ("GuardedWords", "words") for rule in ("devices", "device_order")}
    assert guarded | unsafe | {"GuardedWords.reply"} <= set(SENTENCES)


@pytest.mark.parametrize("name", [FIRST, RECALL, ROLL, PAPER, UPDATE])
def test_nothing_is_found_where_nothing_was_planted(tmp_path: Path, name: str) -> None:
    assert Shelf(tmp_path, name).faults() == set()


def test_a_template_that_keeps_its_accents_may_take_two_parts(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, FIRST).spoil("fr/sms.txt", "Passez au papier, pochette rouge.", "Arrêtez là, à l’hôpital. Papier.")
    assert shelf.codes() == set()
    shelf.spoil("template.toml", "vital = true", "vital = true\nkeep_accents = true")
    assert shelf.codes() == {"words.parts"}  # 160 characters make three parts of 67, the exercise is granted three


def test_an_edit_after_the_approval_is_a_fault(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, FIRST).spoil("en/email.txt", "Care goes on.", "Care continues.")
    assert shelf.faults() == set()
    assert "words.stamp" in {fault.code for fault in lint_folder(shelf.folder).faults}


@pytest.mark.parametrize("text", ["<b>x</b> <i>y</i> &amp; <u><code>z</code></u> &#39;", "sans rien"])
def test_telegram_html_of_ours_passes(text: str) -> None:
    assert list(check_html(text)) == []


@pytest.mark.parametrize(
    "text", ["<b>x", "x</b>", "<b><i>x</b></i>", "<a href='x'>x</a>", "<b class='x'>x</b>", "a & b", "a < b", "<br>", "&nbsp;"]
)
def test_other_html_does_not(text: str) -> None:
    assert list(check_html(text)) != []
