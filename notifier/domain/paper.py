"""What goes on paper: the two lists of one alert, for a pencil; and the cards by which people enrol, for scissors."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One person to call: ``contacts`` masked, or in clear after a journalled reveal."""

    name: str = field(repr=False)
    clinic: str
    service: str
    role: str
    cause: str
    contacts: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PaperList:
    """One list: its title and its lines, in the order in which they are worked through."""

    title: str
    lines: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that one alert's printed lists say. ``mark`` is RÉEL or EXERCICE, first and last word of an exercise."""

    mark: str
    exercise: bool
    code: str
    title: str
    at: str
    lists: tuple[PaperList, ...]
    words: dict[str, str]  # of the table's head and foot, in the reader's language


@dataclass(frozen=True, slots=True)
class Card:
    """One person's card. ``link`` is the deep link with the token; the codes are those of messages 1, 2, 3 …"""

    name: str = field(repr=False)
    place: str
    language: str
    link: str = field(repr=False)
    real: tuple[str, ...] = field(repr=False)
    exercise: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Deck:
    """All cards of one print, and by language the words that they share."""

    title: str
    cards: tuple[Card, ...]
    words: dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One person or relay post in the phone tree. ``duty`` is planned for the next day; ``numbers`` stand in clear."""

    name: str = field(repr=False)
    role: str
    first: bool  # called for the whole service
    duty: tuple[str, ...] = ()
    numbers: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """One service: whom the clinic's post calls first, then those whom they call."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class PhoneTree:
    """One clinic's roster and phone tree, for when no screen is on. ``at`` and ``until`` are how old it is and may become."""

    title: str
    at: str
    until: str
    plan: str
    staffed: str = field(repr=False)
    branches: tuple[Branch, ...]
    words: dict[str, str]
