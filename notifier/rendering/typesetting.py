"""The typography that an author cannot be asked to type: no-break spaces in French, curly apostrophes in both languages.

Only what the organisation wrote is touched, when it is read; tags, and what an operator types, stay as they are. Text
messages are left alone: GSM-7 has neither sign.
"""

import re

from notifier.domain.people import Language
from notifier.prose import typeset

_TAG = re.compile(r"(\{[{%#](?:(?!\{[{%#]).)*?[}%#]\}|<[^<>]*>|&#?\w+;)", re.DOTALL)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")


def set_words(text: str, language: Language) -> str:
    """``l'heure : 23h`` becomes ``l’heure : 23h`` with a no-break space before the colon."""
    return typeset(_APOSTROPHE.sub("’", text), language)


def set_source(path: str, source: str) -> str:
    """A template file as it is rendered; ``path`` tells its language and whether it is a text message."""
    language = Language.EN if "/en/" in path else Language.FR
    if path.endswith("sms.txt"):
        return source
    pieces = _TAG.split(source)
    return "".join(piece if place % 2 else set_words(piece, language) for place, piece in enumerate(pieces))
