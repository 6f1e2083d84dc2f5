"""Watching a house from outside: whom it may cost a night's sleep, and when; and what its journal's end was."""

import re
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
    """How many looks in a row found the house ill, and what it is taken for."""

    misses: int = 0
    news: News = News.UP

    def look(self, *, well: bool) -> News:
        """What everybody is to know after this look."""
        self.misses = 0 if well else self.misses + 1
        self.news = News.UP if well else News.DOWN if self.misses >= MISSES else self.news
        return self.news


_HEAD = re.compile(r"(0|[1-9]\d{0,8})-([0-9a-f]{16})")


class Seen(StrEnum):
    """What a look at the journal's head has shown."""

    NEW = "new"
    SAME = "same"
    ALTERED = "altered"  # shorter than it was, or another act under the same number


@dataclass(slots=True)
class Witness:
    """The newest head of the house's journal that was seen from outside, where nobody inside can take it back (threat 14)."""

    head: str = "0-0000000000000000"

    def look(self, head: str) -> Seen:
        """Note it. Whatever is no head is not noted."""
        found, former = _HEAD.fullmatch(head), self.head
        if found is None or head == former:
            return Seen.SAME
        self.head = head
        return Seen.NEW if int(found[1]) > int(former.partition("-")[0]) else Seen.ALTERED
