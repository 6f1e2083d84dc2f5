import pytest

from notifier.domain.folding import fold, fold_words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Étiquette", "etiquette"),
        ("LE GOFF", "le goff"),
        ("Sœur", "SOEUR"),
        ("L’Hostis", "l'hostis"),
        ("Quimper–Kerlic", "quimper-kerlic"),
    ],
)
def test_case_accents_and_typography_do_not_count(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_words_are_found_whole() -> None:
    assert " goff " in fold_words("Le Goff-Martin")
    assert " gof " not in fold_words("Le Goff-Martin")
