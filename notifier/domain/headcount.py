"""A headcount: what a relay post or the person responsible says of a whole service, by one bare text. Pure.

``12/14`` is twelve present where fourteen are needed, ``12/14 X`` the same and trouble. It is nobody's personal answer. What
refuses, asks or tells of an emergency is no headcount, as it would be no answer (UX 5.2).

A service report goes on: patients (a count), paper folder and telephones (yes or no), and what blocks in free words, which only a
person reads: ``12/14 23 oui non plus d'oxygène``. What can be read of it counts, and a person reads the rest.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.domain.folding import fold_words
from notifier.domain.replies import NEGATIONS, normalise, read_reply

SERVICE_REPORT = "service_report"
COUNTING = ("roll_call", SERVICE_REPORT)  # template kinds that ask for people: they are meant before all others, in this order
# An instruction is done when the person responsible says so and a recall asks each volunteer: nobody can say it for a team.
UNCOUNTED = frozenset({"paper_switch", "recall", "contact_test"})
_TEAM = re.compile(r"(\d{1,3}) ?(?:/|\bsur\b|\bof\b) ?(\d{1,3})(?!\d)(.*)", re.DOTALL)
_TROUBLE = re.compile(r"x+|soucis?|problemes?|problems?|trouble")
_SAYS_YES, _SAYS_NO = frozenset("o oui ok y yes".split()), frozenset("n non nok ko no".split())  # noqa: SIM905
_PATIENTS = frozenset("patients patient pat".split())  # noqa: SIM905
_FOLDER = frozenset("pochette papier kit folder paper".split())  # noqa: SIM905
_PHONES = frozenset("tel tels telephone telephones phone phones".split())  # noqa: SIM905
_NOTHING = frozenset({"ras", "rien", "rien a signaler", "aucun", "aucune", "neant", "none", "nothing"})
_MOST_PATIENTS = 9999
_DATE = re.compile(r"/ ?\d|\.\d|\W{0,3}\d+ ?/ ?\d")  # or a second count: which one is meant?
_ANOTHER = re.compile(r"\d ?/ ?\d")


@dataclass(frozen=True, slots=True)
class TeamCount:
    """What a text says of a team; None where it does not say. ``to_read``: a person reads it as well.

    ``blocked``: free words at the end of a report say what the service needs.
    """

    present: int
    needed: int
    trouble: bool = False
    to_read: bool = False
    patients: int | None = None
    folder: bool | None = None
    phones: bool | None = None
    blocked: bool = False

    @property
    def shown(self) -> str:
        """As it is said back: ``12/14``, ``12/14 X``, ``12/14 23 O N``."""
        marks = {True: "O", False: "N", None: ""}
        patients = "" if self.patients is None else str(self.patients)
        parts = (f"{self.present}/{self.needed}", "X" * self.trouble, patients, marks[self.folder], marks[self.phones])
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Headcount:
    """The newest word on one service of an alert: what it says, who said it, by which way, and when.

    ``letter`` is the number in the inbox under which its free words wait for a person; ``unseen`` the names of those on duty whom
    somebody who ticked names has not.
    """

    clinic: str
    service: str
    said: TeamCount
    source: str
    said_by: str
    at: datetime
    letter: int | None = None
    unseen: tuple[str, ...] = ()


def read_team(text: str) -> TeamCount | None:
    """The headcount that this text is; None where it is none."""
    found = _split(text)
    plain = unicodedata.normalize("NFKC", text)
    if found is None or "?" in plain or len(_ANOTHER.findall(plain)) > 1 or read_reply(text, ()).emergency:
        return None
    present, needed, rest = found
    if NEGATIONS.intersection(rest):
        return None
    marks = [word for word in rest if _TROUBLE.fullmatch(word)]
    return TeamCount(present, needed, trouble=bool(marks), to_read=len(marks) < len(rest))


def read_report(text: str) -> TeamCount | None:
    """What can be read of a service's report; a bare headcount is one of which most is missing. None where nothing can be.

    What blocks is trouble. A doubt or an emergency that stands right behind the headcount is read by a person only.
    """
    found = _split(text)
    if found is None:
        return None
    present, needed, rest = found
    marked = bool(rest) and _TROUBLE.fullmatch(rest[0]) is not None
    rest = rest[1:] if marked else rest
    patients, rest = _read_patients(rest)
    folder, rest = _read_yes(rest, _FOLDER)
    phones, rest = _read_yes(rest, _PHONES)
    if patients is None and phones is None:
        bare = read_team(text)
        return bare and replace(bare, to_read=True)
    if rest and _TROUBLE.fullmatch(rest[-1]):
        marked, rest = True, rest[:-1]
    blocked = bool(rest) and " ".join(rest) not in _NOTHING
    whole = None not in (patients, folder, phones) and not blocked
    return TeamCount(present, needed, marked or blocked, not whole, patients, folder, phones, blocked)


def _split(text: str) -> tuple[int, int, list[str]] | None:
    """Present, needed, and the words behind them; None for a date, a second count, and whatever else is no headcount."""
    found = _TEAM.fullmatch(" ".join(normalise(text).split()))
    if found is None or not int(found[2]) or _DATE.match(found[3]):
        return None
    return int(found[1]), int(found[2]), fold_words(found[3]).split()


def _read_patients(words: list[str]) -> tuple[int | None, list[str]]:
    """``23``, ``23 patients``, ``patients 23``; and the words behind."""
    left = words[1:] if words and words[0] in _PATIENTS else words
    if not left or not left[0].isdecimal() or int(left[0]) > _MOST_PATIENTS:
        return None, words
    return int(left[0]), left[2:] if left[1:] and left[1] in _PATIENTS else left[1:]


def _read_yes(words: list[str], named: frozenset[str]) -> tuple[bool | None, list[str]]:
    """``oui``, ``N``, ``pochette oui``; and the words behind."""
    left = words[1:] if words and words[0] in named else words
    if left and left[0] in _SAYS_YES | _SAYS_NO:
        return left[0] in _SAYS_YES, left[1:]
    return None, words
