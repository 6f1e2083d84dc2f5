"""Two questions on one phone are asked under digits of their own, for as long as nine of them last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.message import free_digits

_OWN = st.sampled_from(["1", "12", "123", "1234", "12345", "13", "2", "24"])


@pytest.mark.parametrize(
    ("own", "taken", "asked"),
    [
        ("12", (), "12"),
        ("12", ("12",), "34"),
        ("123", ("12",), "345"),
        ("1", ("345", "12"), "6"),
        ("12", ("34",), "12"),
        ("12345", ("123",), "45678"),
        ("24", ("2",), "35"),
        ("24", ("24", "35"), "68"),
    ],
)
def test_a_second_question_is_asked_under_digits_that_no_earlier_one_has(own: str, taken: tuple[str, ...], asked: str) -> None:
    assert free_digits(own, taken) == asked


def test_where_nine_digits_do_not_last_the_newest_questions_are_kept_clear() -> None:
    assert free_digits("12345", ("123", "6789")) == "45678", "the older question's digits come again"
    assert free_digits("12345", ("12345", "67")) == "12345", "no five are left: it is asked as the template has it"
    assert free_digits("", ("123",)) == ""


@given(own=_OWN, taken=st.lists(_OWN.map(lambda own: free_digits(own, ("1234",))), max_size=6).map(tuple))
def test_digits_keep_their_order_and_distance_and_are_clear_of_the_newest_question_that_leaves_any(
    own: str, taken: tuple[str, ...]
) -> None:
    asked = free_digits(own, taken)
    up = int(asked[0]) - int(own[0])
    assert [int(digit) - up for digit in asked] == [int(digit) for digit in own]
    assert set(asked) <= set("123456789")
    ways = [{int(digit) + step for digit in own} for step in range(-8, 9)]
    if any(way <= set(range(1, 10)) and not way & {int(digit) for digit in taken[0]} for way in ways) if taken else False:
        assert not set(asked) & set(taken[0])
