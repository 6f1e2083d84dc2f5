"""Are we ready: who could be reached on the night, and how lately that was tried. Counted from facts that name nobody.

An address *works* while nothing speaks against it: it is out of band, not dead, no landline, an account is set for its channel,
and its last test did not fail. Whoever has not answered a test may be reached all the same, so that an address that was never
tested, or tested in vain, works too; it is *verified* for some time by a test that was answered, and that is counted apart.
A way is a channel: two numbers of one person are one way.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.delivery import TAKEN, State
from notifier.domain.people import Channel

VERIFIED_FOR = timedelta(days=90)  # contacts are tested every quarter


class Result(StrEnum):
    """What came of testing an address."""

    ANSWERED = "answered"  # by this address
    SILENT = "silent"  # a provider took the test, nobody answered while it was true
    FAILED = "failed"  # a provider refused it, or reported that it did not arrive


@dataclass(frozen=True, slots=True)
class ContactTest:
    """One test of one address: when it went out last, and what came of it."""

    at: datetime
    result: Result


@dataclass(frozen=True, slots=True)
class Way:
    """One address, without the address. ``test`` is the last one that has come to a result."""

    channel: Channel
    in_band: bool = False
    dead: bool = False
    landline: bool = False
    test: ContactTest | None = None

    def works(self, channels: Collection[Channel]) -> bool:
        """True where a message may be expected to arrive; ``channels`` are those that an account is set for."""
        barred = self.in_band or self.dead or self.landline or self.channel not in channels
        return not barred and (self.test is None or self.test.result is not Result.FAILED)

    def verified(self, since: datetime) -> bool:
        """True where a test at or after ``since`` was the last and was answered."""
        return self.test is not None and self.test.result is Result.ANSWERED and self.test.at >= since


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a service, or its relay post, with all ways."""

    clinic: str
    service: str
    relay: bool
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """How ready a service or a clinic is. ``staff`` are people; ``relays`` are relay posts with a way that works."""

    clinic: str
    service: str | None  # None: the whole clinic
    staff: int = 0
    one: int = 0
    two: int = 0
    verified: int = 0
    relays: int = 0
    tested_at: datetime | None = None  # of the newest test, relay posts included

    @property
    def reachable(self) -> bool:
        """Somebody is: one of its people, or its relay post."""
        return self.one + self.relays > 0


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each clinic with its services, in the group's order; ``untested`` clinics had no test since ``since``."""

    clinics: tuple[tuple[Line, tuple[Line, ...]], ...]
    since: datetime

    @property
    def unreachable(self) -> tuple[Line, ...]:
        """Services where nobody is reachable."""
        return tuple(line for _, services in self.clinics for line in services if not line.reachable)

    @property
    def untested(self) -> tuple[Line, ...]:
        """Clinics whose newest test is too long ago, or that have none."""
        return tuple(clinic for clinic, _ in self.clinics if clinic.tested_at is None or clinic.tested_at < self.since)


def judge_test(state: State, *, answered: bool, over: bool) -> Result | None:
    """What a message of a test says of its address; None while it says nothing, or where it never left.

    ``answered`` by this very address; ``over`` once what it asks is no longer true. What may have left or not proves nothing.
    """
    if answered:
        return Result.ANSWERED
    if state in (State.REFUSED, State.UNDELIVERED):
        return Result.FAILED
    return Result.SILENT if over and state in TAKEN else None


def count_ready(
    services: Mapping[str, Sequence[str]], members: Iterable[Member], channels: Collection[Channel], since: datetime
) -> Readiness:
    """``services`` of each clinic, in order; one that only its people know stands behind them."""
    by_place: dict[str, dict[str, list[Member]]] = {code: {ward: [] for ward in wards} for code, wards in services.items()}
    for member in members:
        by_place.setdefault(member.clinic, {}).setdefault(member.service, []).append(member)
    return Readiness(
        tuple(
            (
                _count(clinic, None, [each for those in wards.values() for each in those], channels, since),
                tuple(_count(clinic, ward, those, channels, since) for ward, those in wards.items()),
            )
            for clinic, wards in by_place.items()
        ),
        since,
    )


def _count(clinic: str, service: str | None, members: Sequence[Member], channels: Collection[Channel], since: datetime) -> Line:
    staff = one = two = verified = relays = 0
    for member in members:
        working = [way for way in member.ways if way.works(channels)]
        ways = len({way.channel for way in working})
        if member.relay:
            relays += ways > 0
            continue
        staff += 1
        one += ways >= 1
        two += ways >= 2
        verified += any(way.verified(since) for way in working)
    tested = max((way.test.at for member in members for way in member.ways if way.test is not None), default=None)
    return Line(clinic, service, staff, one, two, verified, relays, tested)
