"""Text compared as people type it: without case, accents or typographic variants."""

import re
import unicodedata

_VARIANTS = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "’": "'", "‐": "-", "‑": "-", "–": "-", "—": "-"})
_MARKS = re.compile("[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f]+")  # accents, keycaps, variation selectors
_BETWEEN = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """``Étiquette`` and ``etiquette`` are one word; every kind of hyphen and apostrophe is the plain one."""
    if text.isascii():
        return text.casefold()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_VARIANTS))).casefold()


def fold_words(text: str) -> str:
    """Folded words with one space before, between and after, so that whole words can be found: `` le goff alla ``."""
    return f" {_BETWEEN.sub(' ', fold(text)).strip()} "
