"""What a text message answers, first form: one whole digit. Everything else goes to a person, nothing is guessed."""

import re
import unicodedata
from collections.abc import Iterable

from notifier.domain.folding import fold
from notifier.domain.message import Choice

_LONGEST = 24  # signs; nobody writes one digit with more around it


def normalise(text: str) -> str:
    """Trimmed, without case, accents, quotation marks or punctuation around it: ``« Oui ! »`` → ``oui``."""
    plain = fold(unicodedata.normalize("NFKC", text))
    start, end = 0, len(plain)
    while start < end and _is_wrapping(plain[start]):
        start += 1
    while start < end and _is_wrapping(plain[end - 1]):
        end -= 1
    return plain[start:end]


def _is_wrapping(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign)[0] in "PZC"


def read_digit(text: str, choices: Iterable[Choice]) -> Choice | None:
    """The choice that the whole message names by its digit: ``1``, ``1.``, ``"1"``, ``n° 1``. None for anything else."""
    if len(text.strip()) > _LONGEST:
        return None
    found = re.fullmatch(r"(?:n ?[o°]? ?)?([1-9])", normalise(text))
    return next((choice for choice in choices if found and choice.digit == int(found[1])), None)
