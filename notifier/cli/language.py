"""The reader's language of this process, for what commands print."""

import os
from collections.abc import Mapping

from notifier.domain.people import Language
from notifier.prose import say


def pick_language(environ: Mapping[str, str] = os.environ) -> Language:
    """NOTIFIER_LANG, else the system's; French unless one says English."""
    for name in ("NOTIFIER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(name):
            return Language.EN if value.lower().startswith("en") else Language.FR
    return Language.FR


def speak(code: str, /, **facts: object) -> str:
    """A sentence of the screens in the reader's language."""
    return say(code, pick_language(), **facts)


def show_count(count: int) -> str:
    """French thousands: ``1 240`` with a no-break space; English ``1,240``."""
    return f"{count:,}".replace(",", "\u202f") if pick_language() is Language.FR else f"{count:,}"


def show_euros(cents: float) -> str:
    """``12,50`` in French, ``12.50`` in English."""
    euros = f"{cents / 100:.2f}"
    return euros.replace(".", ",") if pick_language() is Language.FR else euros
