"""What each phone got: the truth that the demo and the tests reckon with, kept by the gateways themselves."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

CODE = re.compile(r"\b[A-Z0-9]{1,4}-\d{2,3}\b")
CHANNELS = ("telegram", "sms", "email")


@dataclass(slots=True)
class Entry:
    """One copy that a gateway accepted.

    ``text`` is what the device shows, sign for sign as it was sent (Telegram: before its entities are parsed; mail: the body, its
    ``subject`` apart). ``ref`` is what the sender called it: an Android id, an OVH tag, a Message-ID. ``delivered``: the device
    has it, or will when it is on again; ``shown_at`` is when it did.
    """

    channel: str
    gateway: str
    address: str = field(repr=False)
    provider_id: str
    ref: str
    text: str = field(repr=False)
    at: datetime  # the story's time
    delivered: bool = True
    subject: str = field(default="", repr=False)
    parts: int = 1
    coding: str = ""  # 7bit or ucs2, for texts
    real: float = 0.0  # s, monotonic
    shown_at: datetime | None = None

    @property
    def alert(self) -> str:
        """The alert's number that the words carry."""
        found = CODE.search(self.subject) or CODE.search(self.text)
        return found[0] if found else ""

    def to_json(self) -> dict[str, object]:
        """For another process."""
        told: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        shown = None if self.shown_at is None else self.shown_at.isoformat()
        return told | {"at": self.at.isoformat(), "shown_at": shown, "alert": self.alert}


@dataclass(slots=True)
class Ledger:
    """Every accepted copy, in order. Whatever is asked often is counted as copies come in."""

    entries: list[Entry] = field(default_factory=list)
    _by_address: dict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _copies: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    _by_channel: Counter[str] = field(default_factory=Counter)
    _again: int = 0

    def accept(self, entry: Entry) -> None:
        """A gateway has taken a message; from here on it answers for it."""
        self.entries.append(entry)
        self._by_address[entry.channel, entry.address].append(entry)
        self._by_channel[entry.channel] += 1
        key = (entry.channel, entry.address, entry.subject, entry.text)
        self._again += self._copies[key] > 0
        self._copies[key] += 1

    def of(self, channel: str, address: str) -> list[Entry]:
        """What one device got, oldest first."""
        return self._by_address.get((channel, address), [])

    def copies(self, channel: str, address: str, text: str, subject: str = "") -> int:
        """How many copies of exactly these words one device was sent."""
        return self._copies[channel, address, subject, text]

    def counts(self) -> dict[str, int]:
        """Accepted copies by channel."""
        return {channel: self._by_channel[channel] for channel in CHANNELS}

    def duplicates(self) -> int:
        """Copies beyond the first of the same words to the same device: a reminder, which says something else, is none."""
        return self._again

    def worst(self) -> int:
        """The most copies of one message that one device was sent."""
        return max(self._copies.values(), default=0)

    def to_json(self) -> list[dict[str, object]]:
        """For another process."""
        return [entry.to_json() for entry in self.entries]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)
