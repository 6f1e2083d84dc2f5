"""An alert's life, and when it is let go: quiet hours and the local clock.

``DRAFT``, ``MET`` and ``STOPPED`` send nothing; ``STOPPED`` and ``ENDED`` are final, so that a record never changes its meaning.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from notifier.domain.errors import ChangedSince

QUIET_UNTIL = time(6, 0)  # default of the setting ``quiet_until``


class AlertState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    MET = "met"  # as many as were wanted have answered: nothing more starts, answers still count
    STOPPED = "stopped"
    ENDED = "ended"


TRANSITIONS: dict[AlertState, frozenset[AlertState]] = {
    AlertState.DRAFT: frozenset({AlertState.APPROVED, AlertState.STOPPED}),
    AlertState.APPROVED: frozenset({AlertState.MET, AlertState.STOPPED, AlertState.ENDED}),
    AlertState.MET: frozenset({AlertState.STOPPED, AlertState.ENDED}),
    AlertState.STOPPED: frozenset(),
    AlertState.ENDED: frozenset(),
}
SENDS = frozenset({AlertState.APPROVED})  # outbox rows exist, and go on the wire, in no other state
LISTENS = frozenset({AlertState.APPROVED, AlertState.MET})  # an answer counts


def may_become(state: AlertState, wanted: AlertState) -> bool:
    """True for the transitions of the table, and for no other."""
    return wanted in TRANSITIONS[state]


def move_alert(code: str, state: AlertState, wanted: AlertState) -> AlertState:
    """The new state. Raises ChangedSince where the table has no such way: somebody else was faster."""
    if not may_become(state, wanted):
        raise ChangedSince(code)
    return wanted


def release_at(
    at: datetime, *, woken: bool, vital: bool, quiet_until: time, zone: tzinfo, quiet_from: time | None = None
) -> datetime:
    """When a recipient's message may leave, in UTC.

    At once for people on duty or on call and for a vital alert. Everybody else's waits for the next ``quiet_until`` of the local
    clock; with ``quiet_from``, only during the night between the two.
    """
    if woken or vital:
        return at.astimezone(UTC)
    local = at.astimezone(zone)
    if quiet_from is not None and not _in_night(local.time(), quiet_from, quiet_until):
        return at.astimezone(UTC)
    today = local_instant(local.date(), quiet_until, zone)
    return today if today >= at else local_instant(local.date() + timedelta(days=1), quiet_until, zone)


def _in_night(now: time, starts: time, ends: time) -> bool:
    return starts <= now < ends if starts <= ends else now >= starts or now < ends


def life_ends(release: datetime, life: timedelta) -> datetime:
    """When the words stop being true for somebody: their life counts from their release, not from the alert."""
    return release + life


def local_instant(day: date, wall: time, zone: tzinfo) -> datetime:
    """The UTC instant of a local date and time, to the second. A skipped one gives the next valid instant, a repeated one
    the first.
    """
    first = datetime.combine(day, wall.replace(fold=0, microsecond=0), zone)
    instant = first.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) == first.replace(tzinfo=None, fold=0):
        return instant
    return _end_of_gap(first.replace(fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The instant between the two at which the zone's offset changes, to the second."""
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle + 1
        else:
            high = middle
    return before + timedelta(seconds=low)
