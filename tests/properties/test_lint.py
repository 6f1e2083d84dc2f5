"""The linter at any text: it ends in faults or in silence, and what it is silent about may be sent to anybody."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from notifier.desk.shipped import shipped
from notifier.domain.errors import BadInput, Fault
from notifier.domain.gsm import is_gsm, segments
from notifier.domain.guard import find_guarded, refuse_hidden
from notifier.domain.lint import SUBJECT_ROOM, TELEGRAM_ROOM, check_html, plain_words
from notifier.domain.message import Question, WayBack, Wording, fill
from notifier.domain.people import Channel, Language
from notifier.domain.template import Template, Variable, VariableType
from notifier.prose import SENTENCES, fault_line
from notifier.rendering import Library, lint_folder, load_library
from notifier.rendering.library import FILES
from tests.properties.examples import examples
from tests.rendering.kit import THEATRE, WAYS, write

NAMES = ("first-alert", "recall", "roll-call", "paper-bloc", "situation-update", "correction")
PLACES = [*(f"{language}/{file}" for language in Language for file in FILES), "template.toml"]
REPEATED = st.sampled_from(["{{", "(", "{% if exercise %}", "[", "9", "<", "{#", "&#", "a = [", "not ", "é"])
PIECES = st.one_of(
    st.text(max_size=30),
    st.text(" abcdefghijéàœ’-.,:;!?%{}<>&\n", max_size=30),
    st.sampled_from(
        [
            " Restez calme.", "\n\nRestez calme.", "{% if exercise %} Restez.{% endif %}", "{{ clinic }}", "{{ suite }}",
            "{{ mark }}", "{{",
            "{% if", "{# x #}", "{% raw %}", "{% endif %}", "<b>", "</b>", "<i>x</i>", "&amp;", "&", "STOP", "S T O P",
            "rançon", "ran\u200bçon",
            "œ", "€", "🙂", "\u202e", "\ue000", "\ue001", "1=oui", "Répondez.", "www.x.fr/a", "demain", "?", "\x00", "\x1b",
            "[[variable]]",
            'x = "y"', "= 9", "\n[a.b]\n", "{{ clinic|upper }}",
            "{% if not two_way and asks %}Venez.{% else %}Restez.{% endif %}", "M" * 170,
        ]
    ),
    st.tuples(REPEATED, st.integers(1, 1_200)).map(lambda drawn: drawn[0] * drawn[1]),
)  # fmt: skip
STAFFED = "+33199001234"


def lint(name: str, file: str, at: float, cut: int, piece: str) -> tuple[tuple[Fault, ...], Library | None]:
    """One file of a template spoilt in one place: the faults, and the library where it may be used."""
    with tempfile.TemporaryDirectory() as folder:
        for part in ("_frame", name):
            shutil.copytree(shipped("templates") / part, Path(folder, part))
        path = Path(folder, name if not file.startswith("_frame") else "", file)
        text = path.read_text(encoding="utf-8")
        place = int(at * len(text))
        path.write_text(text[:place] + piece + text[place + cut :], encoding="utf-8", errors="ignore")
        faults = tuple(fault for fault in lint_folder(Path(folder)).faults if fault.code != "words.stamp")
        return faults, None if faults else load_library(Path(folder))


@pytest.mark.grows
@examples(1_500)
@given(
    name=st.sampled_from(NAMES),
    file=st.sampled_from([*PLACES, "_frame/fr/sms.txt", "_frame/en/telegram.html"]),
    at=st.floats(0, 1),
    cut=st.just(0) | st.integers(0, 60),
    piece=PIECES,
    data=st.data(),
)
def test_any_text_ends_in_faults_or_may_be_sent(
    name: str, file: str, at: float, cut: int, piece: str, data: st.DataObject
) -> None:
    faults, library = lint(name, file, at, cut, piece)
    for fault in faults:
        assert fault.code in SENTENCES
        assert all(fault_line(fault, language) for language in Language)
    event("may be sent" if library else "faults")
    if library is not None:
        drawn = {variable.name: data.draw(typed_for(variable)) for variable in library.template(name).variables}
        values = {name: typed for name, typed in drawn.items() if typed}
        number, exercise = data.draw(st.integers(1, 999)), data.draw(st.booleans())
        for wording, template in wordings(library, name, values, number=number, exercise=exercise):
            check_words(wording, template, exercise=exercise)


ONCE = (
    "{{ " + "(" * 3_000,
    "{{ " + "9" * 5_000 + " }}",
    "{% if exercise %}" * 200 + "x" + "{% endif %}" * 200,
    "{% if " + "not " * 2_000 + "exercise %}x{% endif %}",
    "{% if " + "exercise or " * 900 + "exercise %}x{% endif %}",
    "{% if exercise %}x" + "{% elif exercise %}" * 600 + "{% endif %}",
    "{{ clinic" + "|upper" * 2_000 + " }}",
    "{% raw %}",
    "a = " + "[" * 3_000,
    "a = 0x" + "f" * 9_000,
    "a = " + "9" * 5_000,
    "{" * 16_000,
    "<" * 16_000,
    "{#" + "{{" * 7_000 + "#}",
    "é" * 9_000,
)


@pytest.mark.parametrize("file", ["fr/sms.txt", "template.toml", "_frame/fr/sms.txt"])
@pytest.mark.parametrize("piece", ONCE, ids=lambda piece: piece[:12])
def test_what_once_broke_the_linter_or_took_it_minutes_is_a_fault_or_harmless(file: str, piece: str) -> None:
    faults, library = lint("first-alert", file, 0.0, 0, piece)
    assert (library is not None) is (piece.startswith("{#") and file.endswith("sms.txt")), "a comment is for the author only"
    assert {fault.code for fault in faults} <= set(SENTENCES)


def typed_for(variable: Variable) -> st.SearchStrategy[str]:
    """What an operator may type for a variable."""
    left_out = [] if variable.required else [st.just("")]
    words = st.text(" abcdefghijéèàçœ’-.,€[1234567890", max_size=max(1, len(variable.longest) or 40))
    match variable.type:
        case VariableType.TIME:
            typed = st.sampled_from(["23h30", "06:00", "05/10 23h30", "03/10 6h"])
        case VariableType.NUMBER:
            typed = st.integers(0, int(variable.longest) if variable.longest.isdigit() else 999).map(str)
        case VariableType.MESSAGE:
            typed = st.integers(1, 998).map(str)
        case VariableType.CHOICE:
            typed = st.sampled_from([option.key for option in variable.choices] or ["x"])
        case _:
            typed = st.sampled_from(["Salle des gardes", variable.longest or "Accueil"]) | words
    return st.one_of(typed, *left_out)


def wordings(
    library: Library, name: str, values: dict[str, str], *, number: int, exercise: bool
) -> Iterator[tuple[Wording, Template]]:
    """Everything that somebody gets; what is typed may be refused."""
    template = library.template(name)
    for language in Language:
        for channel in Channel:
            for question in template.questions:
                ways = (
                    [WayBack.NONE]
                    if question is Question.NONE
                    else [WAYS[channel], *([WayBack.NUMBER] if channel is Channel.SMS else [])]
                )
                for way in ways:
                    try:
                        yield write(
                            name, channel, question, number=number, exercise=exercise, language=language, way_back=way,
                            staffed=STAFFED,
                            service=THEATRE, books=library, values=values,
                        ), template  # fmt: skip
                    except BadInput:
                        continue


def check_words(wording: Wording, template: Template, *, exercise: bool) -> None:
    """What every message promises, whoever wrote its template."""
    words = fill(wording, name="LE GOFF Anne-Françoise", code="K7M4", link="https://alerte.example.org/r/" + "x" * 22)
    shown = plain_words(words.text) if wording.channel is Channel.TELEGRAM else words.text
    mark = (
        ("EXERCICE" if wording.language is Language.FR else "EXERCISE")
        if exercise
        else ("RÉEL" if wording.language is Language.FR else "REAL")
    )
    assert shown.startswith(mark)
    assert "K7M4" in shown
    assert "{{" not in shown
    assert "{%" not in shown
    assert list(find_guarded(shown.replace("https://alerte.example.org/r/", ""))) == [], "no stop word, nothing of the attacker"
    refuse_hidden(shown, field="")
    match wording.channel:
        case Channel.SMS:
            cut = segments(shown)
            assert is_gsm(shown) or template.keep_accents
            assert cut.parts <= (2 if exercise else 1) + template.keep_accents
        case Channel.TELEGRAM:
            assert list(check_html(words.text)) == []
            assert len(shown) <= TELEGRAM_ROOM
        case Channel.EMAIL:
            assert len(words.subject.splitlines()) == 1
            assert len(words.subject) <= SUBJECT_ROOM
            assert all(len(line.encode()) <= 998 for line in words.text.splitlines())
