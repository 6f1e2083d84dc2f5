"""What speaks for a whole service by one text, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.headcount import TeamCount, read_team

OF_14 = TeamCount(12, 14)
TROUBLE = TeamCount(12, 14, trouble=True)


@pytest.mark.parametrize("text", ["12/14", " 12 / 14 ", "12/14.", "« 12/14 »", "12\n/14", "１２/１４", "12 sur 14", "12 of 14"])
def test_a_headcount_is_read_however_it_is_written(text: str) -> None:
    assert read_team(text) == OF_14


@pytest.mark.parametrize("text", ["12/14 X", "12/14x", "12/14 xx", "12/14-X !", "12/14 souci", "12/14, problème", "12 sur 14 X"])
def test_an_x_says_trouble(text: str) -> None:
    assert read_team(text) == TROUBLE


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12/14 mais deux en retard", TeamCount(12, 14, to_read=True)),
        ("12/14 X bloc 2 sans scialytique", TeamCount(12, 14, trouble=True, to_read=True)),
        ("0/14", TeamCount(0, 14)),
        ("15/14", TeamCount(15, 14)),
    ],
)
def test_whatever_else_it_says_is_read_by_a_person_as_well(text: str, read: TeamCount) -> None:
    assert read_team(text) == read


LEFT = [
    "",
    "x",
    "12",
    "12/",
    "/14",
    "12 14",
    "1 2",
    "12/0",
    "1200/14",
    "12.5/14",
    "1/2/3",
    "12/14/2026",
    "12/14 13/15",
    "le 12/14",
]
LEFT += ["le 12/14", "12/14 ?", "12/14？", "12/14 pas sur", "pas 12/14", "12/14 arret cardiaque ch 12", "stop", "présent", "👍"]


@pytest.mark.parametrize("text", LEFT)
def test_a_date_a_refusal_a_question_or_an_emergency_is_no_headcount(text: str) -> None:
    assert read_team(text) is None


@given(st.text(max_size=200))
def test_any_text_gives_counts_that_it_names_or_none(text: str) -> None:
    read = read_team(text)
    assert read is None or (read.needed > 0 and read.present >= 0)


@given(st.integers(0, 999), st.integers(1, 999), st.booleans())
def test_what_is_said_back_says_the_same(present: int, needed: int, trouble: bool) -> None:
    said = TeamCount(present, needed, trouble)
    assert read_team(said.shown) == said
