"""Words: frozen once, filled per person with two or three slots, byte for byte what was approved.

A slot is one private-use character, which nobody can type: the guard refuses private-use characters in everything typed.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.gsm import to_gsm
from notifier.domain.people import Channel, Language

NAME_SLOT = "\ue001"
CODE_SLOT = "\ue002"
LINK_SLOT = "\ue003"
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs, none read for another (no 0 O 1 I)


class WayBack(StrEnum):
    """How a person can answer what this wording asks."""

    BUTTONS = "buttons"  # Telegram
    DIGITS = "digits"  # an SMS lane with a two-way number
    NUMBER = "number"  # a one-way SMS lane: a staffed number to call
    LINK = "link"  # the page without login, from the e-mail
    NONE = "none"


class Question(StrEnum):
    """What a recipient is asked."""

    NONE = "none"
    READ = "read"  # lu
    DONE_TROUBLE = "done_trouble"  # fait / souci, the responsible role
    CHOICES = "choices"  # the template's own choices (roll call, recall, report)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be given: ``digit`` 1-9, ``key`` stable ("read", "done", "trouble", "present" …), ``label`` in the
    wording's language."""

    digit: int
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Wording:
    """Frozen words for one channel x language x way back x clinic x question.

    ``text`` holds slot characters; ``subject`` is for e-mail only and holds none but the code's.
    """

    channel: Channel
    language: Language
    way_back: WayBack
    clinic: str
    question: Question
    text: str
    subject: str = ""
    choices: tuple[Choice, ...] = ()

    @property
    def digits(self) -> str:
        """Those that answer it, in their order: ``123``; empty where it asks nothing."""
        return "".join(str(choice.digit) for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Words:
    """What one person gets: the filled text, its subject (e-mail) and the buttons or digits it offers."""

    text: str
    subject: str = ""
    choices: tuple[Choice, ...] = ()


def free_digits(own: str, taken: Sequence[str]) -> str:
    """The digits under which a text asks what ``own`` ask elsewhere: moved up until they are none of ``taken``.

    ``taken`` are those of the questions that the same person was asked before, the newest first. Nine digits do not last for a
    whole night: those of the newest questions are kept clear first.
    """
    low, high = (int(min(own)), int(max(own))) if own else (1, 1)
    ways = ["".join(str(int(digit) + up) for digit in own) for up in (0, *range(1, 10 - high), *range(1 - low, 0))]
    for digits in taken:
        clear = [way for way in ways if not set(way) & set(digits)]
        if not clear:
            break
        ways = clear
    return ways[0]


def fill(wording: Wording, *, name: str, code: str, link: str = "") -> Words:
    """Fill the slots. Pure, and the only place that does it: preview and lane both call it."""
    if wording.channel is Channel.TELEGRAM:
        name, link = html.escape(name), html.escape(link)
    elif wording.channel is Channel.SMS and NAME_SLOT in wording.text:
        name = to_gsm(name)  # raises for a script that no text message carries: only where the name is shown

    def put(text: str) -> str:
        return text.replace(NAME_SLOT, name).replace(CODE_SLOT, code).replace(LINK_SLOT, link)

    return Words(put(wording.text), put(wording.subject), wording.choices)
