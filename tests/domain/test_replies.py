import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.message import Choice
from notifier.domain.replies import normalise, read_digit

DONE, TROUBLE = Choice(1, "done", "fait"), Choice(2, "trouble", "souci")
CHOICES = (DONE, TROUBLE)
WAYS = [
    "1",
    " 1 ",
    "1.",
    '"1"',
    "n°1",
    "N° 1",
    "nº1",
    "no 1",
    "№1",
    "«\u00a01\u00a0»",
    "(1)",
    "1)",
    "1 !",
    "- 1",
    "1\n",
    "１",
    "1️⃣",
    "“1”",
    "#1",
]
LEFT = ["", " ", "0", "3", "11", "12", "1 2", "1 mais apres 18h", "1 pas avant 9h", "1=fait", "fait", "oui", "ok", "1 K7M4", "+1"]
LEFT += ["1er", "1h", "un", "non 1", "ne 1", "il y a le feu", "arret cardiaque ch 1", "👍", "1" + "." * 40, "١", "½", "-", "n°"]


@pytest.mark.parametrize("text", WAYS)
def test_a_whole_digit_is_read_however_it_is_written(text: str) -> None:
    assert read_digit(text, CHOICES) is DONE
    assert read_digit(text.replace("1", "2").replace("１", "２"), CHOICES) is TROUBLE


@pytest.mark.parametrize("text", LEFT)
def test_anything_else_is_left_to_a_person(text: str) -> None:
    assert read_digit(text, CHOICES) is None


def test_nothing_is_read_where_nothing_was_asked() -> None:
    assert read_digit("1", ()) is None


@pytest.mark.parametrize(
    ("text", "plain"), [(" « Oui ! » ", "oui"), ("PRÉSENT.", "present"), ("j’arrive", "j'arrive"), ("…", "")]
)
def test_a_reply_is_compared_without_case_accents_or_punctuation_around_it(text: str, plain: str) -> None:
    assert normalise(text) == plain


@given(st.text(max_size=200))
def test_any_text_gives_an_offered_choice_or_none(text: str) -> None:
    found = read_digit(text, CHOICES)
    assert found is None or str(found.digit) in normalise(text)
    assert normalise(normalise(text)) == normalise(text)
