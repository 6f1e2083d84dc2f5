"""What speaks for a whole service by one text, and what does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.headcount import TeamCount, read_report, read_team

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


WHOLE = TeamCount(12, 14, patients=23, folder=True, phones=False)


@pytest.mark.parametrize(
    "text",
    [
        "12/14 23 oui non",
        "12/14 23 O N",
        "12/14, 23, o, n.",
        "12/14. 23 yes no",
        "12/14 23 patients, pochette oui, tél. non",
        "12 sur 14 patients: 23 kit=ok telephones=ko",
        "12/14 23 oui non RAS",
        "12/14 23 o n rien à signaler",
    ],
)
def test_a_whole_report_is_read_and_nobody_need_read_it(text: str) -> None:
    assert read_report(text) == WHOLE
    assert WHOLE.shown == "12/14 23 O N"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12/14 X 23 o n", replace(WHOLE, trouble=True)),
        ("12/14 23 o n X", replace(WHOLE, trouble=True)),
        ("12/14 23 o n plus d'oxygène depuis 28/11", replace(WHOLE, trouble=True, to_read=True, blocked=True)),
        ("12/14 23 o n fumée au bloc ?", replace(WHOLE, trouble=True, to_read=True, blocked=True)),
        ("12/14", TeamCount(12, 14, to_read=True)),
        ("12/14 X", TeamCount(12, 14, trouble=True, to_read=True)),
        ("12/14 23", TeamCount(12, 14, to_read=True, patients=23)),
        ("12/14 23 oui", TeamCount(12, 14, to_read=True, patients=23, folder=True)),
        ("12/14 oui non", TeamCount(12, 14, to_read=True, folder=True, phones=False)),
        ("12/14 23 tel non", TeamCount(12, 14, to_read=True, patients=23, phones=False)),
        ("12/14 23 manque 2 lits", TeamCount(12, 14, trouble=True, to_read=True, patients=23, blocked=True)),
    ],
)
def test_what_can_be_read_of_a_report_counts_and_a_person_reads_the_rest(text: str, read: TeamCount) -> None:
    assert read_report(text) == read


@pytest.mark.parametrize("text", ["", "23 oui non", "12/14 pas sur", "12/14 ?", "12/14 non", "12/14/2026", "12/14 23/15"])
def test_a_doubt_or_a_date_behind_the_headcount_is_no_report(text: str) -> None:
    assert read_report(text) is None


@given(st.text(max_size=200))
def test_any_text_gives_counts_that_it_names_or_none(text: str) -> None:
    for read in (read_team(text), read_report(text), read_report(f"12/14 23 {text}")):
        assert read is None or (read.needed > 0 and read.present >= 0)


SAID = st.builds(
    TeamCount,
    present=st.integers(0, 999),
    needed=st.integers(1, 999),
    trouble=st.booleans(),
    patients=st.integers(0, 9999),
    folder=st.booleans(),
    phones=st.booleans(),
)


@given(SAID)
def test_what_is_said_back_says_the_same(said: TeamCount) -> None:
    assert read_report(said.shown) == said
    bare = replace(said, patients=None, folder=None, phones=None)
    assert read_team(bare.shown) == bare
