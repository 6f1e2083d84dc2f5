"""Watching a house from outside: whom it may cost a night's sleep, and when."""

from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.people import Address

EVERY = 30.0  # s between two looks
MISSES = 4  # looks in a row that find it ill: with a call's deadline of 10 s each, told within 160 s, and 3 minutes are promised


@dataclass(frozen=True, slots=True)
class WatchPlan:
    """``[watchdog]``: ``ping`` is what this house calls while it is well; ``watch`` is another's health, for ``tell`` to know."""

    ping: str = ""
    watch: str = ""
    tell: tuple[Address, ...] = ()


class News(StrEnum):
    """What is told."""

    DOWN = "down"
    UP = "up"


@dataclass(slots=True)
class Suspicion:
    """How many looks in a row found the house ill, and what was told last."""

    misses: int = 0
    told: News = News.UP

    def look(self, *, well: bool) -> News | None:
        """What is to be told after this look, again and again until ``told`` says that it was."""
        self.misses = 0 if well else self.misses + 1
        due = News.UP if well else News.DOWN if self.misses >= MISSES else self.told
        return None if due is self.told else due
