"""What every room of ``channels`` offers, in the same order: ``KIND, Settings, read_report, open_channel``.

A room turns words into one call of its provider and the provider's answer into one of five outcomes; it knows no database,
no template and no other room. ``open_channel`` holds connections; ``Channel.send`` never raises for anything a provider or
a network can do: whatever is not in the room's code table is ``Unsure``.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from notifier.domain.delivery import Outcome, Report
from notifier.domain.lane import LaneFacts, LaneSettings
from notifier.domain.message import Words
from notifier.domain.people import Address, Language
from notifier.domain.replies import MailReply

CALL_DEADLINE = timedelta(seconds=10)  # of any one call; shorter than the 15 s lease, so a live lane never loses its own rows
RETURNS_KEY = "returns_key"  # the secret of every lane that the house gives: signs what is to come back to it (hex)
BODY_CAP = 1 << 20  # octets of a provider's answer that are read at all


def _unheard() -> None:
    """Nobody asked when it leaves."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message, ready for the wire.

    ``ref`` is our id of the outbox row as text: the same for every copy, given to gateways that take it, and the seed of an
    e-mail's Message-ID. ``life`` is how long the words stay true (``ttl``, ``validity``); ``buttons`` maps a choice's key to its
    callback reference (Telegram); ``return_path`` is the VERP address (e-mail); ``protect`` forbids forwarding (Telegram).
    ``edits`` is the provider's id of the message whose words and buttons these take the place of (Telegram).
    ``leaving`` is to be called just before the first octet of the message goes out: the pace counts from then.
    """

    ref: str
    address: Address
    words: Words
    life: timedelta
    buttons: Mapping[str, str] = field(default_factory=dict)
    protect: bool = False
    urgent: bool = False
    exercise: bool = False
    replaces: str | None = None  # ref of the earlier message, for In-Reply-To
    edits: str | None = None
    language: Language | None = None  # of the words, for Content-Language
    leaving: Callable[[], None] = field(default=_unheard, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A text that came in over SMS: who, what, when the provider says, and the event's own id for de-duplication."""

    sender: str = field(repr=False)  # as the provider gives it; parsed and looked up by the desk
    text: str = field(repr=False)
    event_id: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A request from a provider to us, as it arrived: the raw body is what a signature covers."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    query: Mapping[str, str]
    body: bytes = field(repr=False)


class Forged(Exception):
    """A hook whose signature, secret or time does not hold: answered 401 or 403, nothing is recorded."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a hook or a poll brought: receipts, texts, replies to mails, and the body that the provider expects in answer."""

    reports: tuple[Report, ...] = ()
    texts: tuple[Incoming, ...] = ()
    reply: bytes = b""
    mails: tuple[MailReply, ...] = ()


class Channel(Protocol):
    """An open account of one provider. Safe for as many concurrent sends as the lane's window."""

    @property
    def facts(self) -> LaneFacts: ...

    async def send(self, parcel: Parcel) -> Outcome:
        """One call, ended within CALL_DEADLINE. Never raises for what a provider or network does; CancelledError passes."""
        ...

    async def credit(self) -> int | None:
        """How many messages the account can still pay for; None where the provider does not say."""
        ...

    def listen(self) -> AsyncIterator[Heard]:
        """Receipts and texts that are fetched rather than pushed (spool files, polling). Ends at once where there are none."""
        ...


class Room(Protocol):
    """What mypy checks each module of ``channels`` against, in ``tests.channels``; ``channels.ROOMS`` gives them by gateway."""

    KIND: str  # the gateway's name in [[lane]]: telegram, email, android, kannel, ovh, gammu

    def read_report(self, settings: LaneSettings, hook: Hook, /) -> Heard:
        """Verify, then read, one hook. Raises Forged. Unknown shapes give an empty Heard, never an exception."""
        ...

    def open_channel(self, settings: LaneSettings, /) -> AbstractAsyncContextManager[Channel]:
        """Connections for as long as the context lives. Raises LaneMisset (domain.errors) for settings that cannot work."""
        ...
