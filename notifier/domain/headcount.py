"""A headcount: what a relay post or the person responsible says of a whole service, by one bare text. Pure.

``12/14`` is twelve present where fourteen are needed, ``12/14 X`` the same and trouble. It is nobody's personal answer. What
refuses, asks or tells of an emergency is no headcount, as it would be no answer (UX 5.2).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from notifier.domain.folding import fold_words
from notifier.domain.replies import NEGATIONS, Sense, normalise, read_reply

COUNTING = frozenset({"roll_call", "service_report"})  # template kinds that ask for people: they are meant before all others
# An instruction is done when the person responsible says so and a recall asks each volunteer: nobody can say it for a team.
UNCOUNTED = frozenset({"paper_switch", "recall", "contact_test"})
_TEAM = re.compile(r"(\d{1,3}) ?(?:/|\bsur\b|\bof\b) ?(\d{1,3})(?!\d)(.*)", re.DOTALL)
_TROUBLE = re.compile(r"x+|soucis?|problemes?|problems?|trouble")
_ANOTHER = re.compile(r"/ ?\d|\d ?/")  # a date, or a second count: which one is meant?


@dataclass(frozen=True, slots=True)
class TeamCount:
    """What a text says of a team. ``to_read``: it says more than that, and a person reads it."""

    present: int
    needed: int
    trouble: bool = False
    to_read: bool = False

    @property
    def shown(self) -> str:
        """As it is said back: ``12/14``, ``12/14 X``."""
        return f"{self.present}/{self.needed}{' X' if self.trouble else ''}"


@dataclass(frozen=True, slots=True)
class Headcount:
    """The newest word on one service of an alert: the counts, who gave them, by which way, and when."""

    clinic: str
    service: str
    present: int
    needed: int
    trouble: bool
    source: str
    said_by: str
    at: datetime


def read_team(text: str) -> TeamCount | None:
    """The headcount that this text is; None where it is none."""
    alone = read_reply(text, ())
    plain = unicodedata.normalize("NFKC", text)
    if alone.emergency or alone.sense in (Sense.EMPTY, Sense.PAUSE) or "?" in plain:
        return None
    found = _TEAM.fullmatch(" ".join(normalise(plain).split()))
    if found is None or not int(found[2]) or _ANOTHER.search(found[3]):
        return None
    rest = fold_words(found[3]).split()
    if NEGATIONS.intersection(rest):
        return None
    marks = [word for word in rest if _TROUBLE.fullmatch(word)]
    return TeamCount(int(found[1]), int(found[2]), trouble=bool(marks), to_read=len(marks) < len(rest))
