"""The verification code: one per person, card, kind and message, the same each time, and spread evenly."""

from collections import Counter

from notifier.domain.codes import verification_code
from notifier.domain.message import CODE_ALPHABET

KEY = b"k" * 32


def test_a_code_is_the_same_each_time_and_has_four_readable_signs() -> None:
    code = verification_code(KEY, 7, 1, False, 3)
    assert code == verification_code(KEY, 7, 1, False, 3)
    assert len(code) == 4
    assert set(code) <= set(CODE_ALPHABET)


def test_each_of_key_person_card_kind_and_number_changes_it() -> None:
    others = [
        verification_code(b"x" * 32, 7, 1, False, 3),
        verification_code(KEY, 8, 1, False, 3),
        verification_code(KEY, 7, 2, False, 3),
        verification_code(KEY, 7, 1, True, 3),
        verification_code(KEY, 7, 1, False, 4),
    ]
    assert verification_code(KEY, 7, 1, False, 3) not in others
    assert len(set(others)) == 5


def test_neighbouring_numbers_do_not_run_together() -> None:
    assert verification_code(KEY, 71, 1, False, 3) != verification_code(KEY, 7, 11, False, 3)


def test_the_signs_are_spread_evenly() -> None:
    seen = Counter(sign for person in range(8000) for sign in verification_code(KEY, person, 1, False, 1))
    assert set(seen) == set(CODE_ALPHABET)
    assert all(800 < count < 1200 for count in seen.values())
