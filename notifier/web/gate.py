"""Who is turned away at the door, so that a flood of strangers cannot drown the answers.

Only bad acts cost: an unknown link, a signature that does not hold, a wrong token. Whoever shows a link of ours or a sound
signature pays nothing, and is let in while strangers wait. A source that is all bad is turned away before anything is read from
it; many bad sources together use up a common allowance, and then sources not known as good are turned away for a moment. Signed
hooks are held to their source's own allowance only.
"""

from collections import OrderedDict
from dataclasses import dataclass

PER_SOURCE = 30.0  # bad acts a source may do at once …
SOURCE_REFILL = 0.5  # … and per second from then on
TOGETHER = 300.0  # the same for all sources together
REFILL = 100.0
REMEMBERED = 10_000  # sources; the oldest is forgotten
GOOD_FOR = 900.0  # s that a good act is remembered


@dataclass(slots=True)
class Bucket:
    """An allowance that refills with time."""

    size: float
    refill: float
    left: float
    at: float

    def has_some(self, at: float) -> bool:
        """True while one more bad act would be borne."""
        self.left = min(self.size, self.left + max(0.0, at - self.at) * self.refill)
        self.at = at
        return self.left >= 1.0

    def take(self, at: float) -> None:
        """One bad act."""
        self.has_some(at)
        self.left = max(0.0, self.left - 1.0)


class Gate:
    """The allowances of one process. ``at`` is real seconds."""

    def __init__(self) -> None:
        self._sources: OrderedDict[str, Bucket] = OrderedDict()
        self._good: OrderedDict[str, float] = OrderedDict()
        self._together = Bucket(TOGETHER, REFILL, TOGETHER, 0.0)

    def bears(self, source: str, at: float) -> bool:
        """False for a source that has done nothing but harm."""
        bucket = self._sources.get(source)
        return bucket is None or bucket.has_some(at)

    def admits(self, source: str, at: float) -> bool:
        """``bears``, and in a common flood only sources that have lately been good."""
        good = at - self._good.get(source, -GOOD_FOR) < GOOD_FOR
        return self.bears(source, at) and (good or self._together.has_some(at))

    def blame(self, source: str, at: float) -> None:
        """The source did a bad act."""
        bucket = self._sources.setdefault(source, Bucket(PER_SOURCE, SOURCE_REFILL, PER_SOURCE, at))
        bucket.take(at)
        self._together.take(at)
        _keep_newest(self._sources, source)

    def trust(self, source: str, at: float) -> None:
        """The source showed what only a rightful one has."""
        self._good[source] = at
        _keep_newest(self._good, source)


def _keep_newest(known: OrderedDict[str, Bucket] | OrderedDict[str, float], source: str) -> None:
    known.move_to_end(source)
    if len(known) > REMEMBERED:
        known.popitem(last=False)
