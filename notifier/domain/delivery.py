"""What becomes of one message to one person on one channel.

An outbox row is recipient x channel x step. Its life (RELIABILITY 4.2)::

    queued -> on_wire -> accepted -> sent -> delivered | undelivered
    ends: refused, expired, cancelled, exhausted;  between: unsure

``copies`` counts attempts that went on the wire and were not certainly unsent; it is raised before the wire and capped,
so that a crash loop cannot multiply copies. ``tries`` counts every attempt, for the back-off.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

MAX_COPIES = 3  # per row: a person gets at most three copies of one step on one channel
MAX_TRIES = 50  # poison guard: about two hours of back-off
UNSTARTED_PAUSE = timedelta(seconds=1)  # before a row that was put on the wire and not called is put there again
UNSURE_PAUSE = timedelta(seconds=2)  # before an ambiguous attempt is repeated


class State(StrEnum):
    QUEUED = "queued"
    ON_WIRE = "on_wire"
    UNSURE = "unsure"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    EXHAUSTED = "exhausted"


WAITING = frozenset({State.QUEUED, State.UNSURE})  # a turn may put these on the wire
TAKEN = frozenset({State.ACCEPTED, State.SENT, State.DELIVERED})  # a provider has it
FAILED = frozenset({State.UNDELIVERED, State.REFUSED, State.EXPIRED, State.EXHAUSTED})  # the next step is due


class LaneFault(StrEnum):
    """What is wrong with the account, never with the person."""

    CREDENTIALS = "credentials"
    CREDIT = "credit"
    SENDER = "sender"
    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"  # the provider lets the account wait for long; nobody's step waits with it
    FROZEN = "frozen"


class RefusedFor(StrEnum):
    """Why a provider will never take this message to this address."""

    BLOCKED = "blocked"  # Telegram 403, an opposition
    UNKNOWN_ADDRESS = "unknown_address"  # chat not found, SMTP 550 5.1.1
    BAD_ADDRESS = "bad_address"
    BAD_CONTENT = "bad_content"
    POLICY = "policy"  # a live lane met a fiction address, a practice lane a real one, any lane an in-band one
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it. ``provider_id`` is what its receipts will name (None where it gives none).

    ``moved_to`` is the address under which it was taken, where the provider says that it has another one from now on.
    """

    provider_id: str | None = None
    moved_to: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Deferred:
    """The provider asks to wait: 429, SMTP 4xx. ``whole_lane`` when the wait holds for the account: its lane keeps it."""

    wait: timedelta
    whole_lane: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly not accepted, and never will be. ``dead`` when the address itself is the cause."""

    reason: RefusedFor
    dead: bool = False
    detail: str = ""  # the provider's code, never its text about a person


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certainly not accepted, may be tried again: no connection, or a fault of the account (``fault``)."""

    fault: LaneFault | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Unsure:
    """Maybe accepted: a read time-out, a cut line, 5xx, garbage, an unknown exception."""

    detail: str = ""


Outcome = Accepted | Deferred | Refused | NotSent | Unsure


@dataclass(frozen=True, slots=True)
class Settled:
    """What a row becomes when its attempt has an outcome."""

    state: State
    copies: int
    wait: timedelta = timedelta(0)  # real time, before the next attempt
    provider_id: str | None = None
    reason: str | None = None


def settle(outcome: Outcome, *, copies: int, tries: int) -> Settled:
    """The row after ``outcome``; ``copies`` and ``tries`` already count the attempt (they were raised before the wire)."""
    match outcome:
        case Accepted(provider_id):
            return Settled(State.ACCEPTED, copies, provider_id=provider_id)
        case Deferred(wait, whole_lane):  # where the lane waits, a row that waited besides would lose its place to milder ones
            return Settled(_waiting(copies - 1), copies - 1, timedelta(0) if whole_lane else wait)
        case Refused(reason):
            return Settled(State.REFUSED, copies - 1, reason=reason)
        case NotSent(LaneFault.FROZEN):  # it never started: nobody has refused anything
            return Settled(_waiting(copies - 1), copies - 1, UNSTARTED_PAUSE)
        case NotSent(fault):
            if fault is None and tries >= MAX_TRIES:
                return Settled(State.EXHAUSTED, copies - 1, reason="tries")
            return Settled(_waiting(copies - 1), copies - 1, backoff(tries))
        case Unsure():
            if copies >= MAX_COPIES or tries >= MAX_TRIES:
                return Settled(State.EXHAUSTED, copies, reason="unsure")
            return Settled(State.UNSURE, copies, UNSURE_PAUSE)
    assert_never(outcome)


def _waiting(copies: int) -> State:
    return State.UNSURE if copies else State.QUEUED  # an earlier attempt may still have arrived


def backoff(tries: int) -> timedelta:
    """Before attempt ``tries + 1``: 1, 2, 4 … 120 s. A crisis cannot wait for RFC 5321's 30 minutes."""
    return timedelta(seconds=min(120, 2 ** min(max(tries - 1, 0), 7)))


class Evidence(StrEnum):
    """What a receipt says."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt, as a room read it. ``event_id`` identifies the receipt itself, for de-duplication.

    ``provider_id`` is the provider's id, ``our_id`` ours (the outbox row's id as text) where the gateway keeps it.
    ``dead`` is why the address is good for nothing any more, where the receipt says that.
    ``part``/``parts``: for gateways that report each part of a long SMS; delivered only when all parts are.
    """

    evidence: Evidence
    provider_id: str | None = None
    our_id: str | None = None
    event_id: str | None = None
    detail: str = ""
    dead: RefusedFor | None = None
    part: int = 1
    parts: int = 1


_RANK = {State.ACCEPTED: 1, State.SENT: 2, State.UNDELIVERED: 3, State.DELIVERED: 4}
_SHOWS = {Evidence.SENT: State.SENT, Evidence.DELIVERED: State.DELIVERED, Evidence.UNDELIVERED: State.UNDELIVERED}


def advance(state: State, evidence: Evidence) -> State:
    """The state after a receipt: a maximum over evidence, so that every order of receipts ends in the same place.

    A receipt proves that the provider took the message, whatever we believed (a row on the wire, unsure, expired or
    exhausted included). Delivered beats undelivered, whichever comes first.
    """
    shown = _SHOWS[evidence]
    return shown if _RANK[shown] > _RANK.get(state, 0) else state
