"""What goes on paper: the two lists of one alert, as lines that somebody can work through with a pencil."""

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
