"""An incident: its short code, the clinics it concerns, and whether it is real. Real or exercise is fixed when it is opened."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from notifier.domain.alert import local_instant
from notifier.domain.errors import BadValue, UnknownClinic
from notifier.domain.folding import fold
from notifier.domain.guard import guard
from notifier.domain.roster import Group

MAX_NUMBER = 999  # three digits are the most that an SMS frame has room for


@dataclass(frozen=True, slots=True)
class Incident:
    """``aware_at`` is when somebody knew: legal delays count from it. ``clinics`` are codes, in the group's order."""

    code: str
    clinics: tuple[str, ...]
    exercise: bool
    aware_at: datetime
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


def check_code(text: str) -> str:
    """The code in capitals: one to four of A-Z and 0-9, as it stands in every frame. Raises BadValue ``incident_code``, and
    GuardedWords: ``STOP`` would have every message held as advertising."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z0-9]{1,4}", code):
        raise BadValue("incident", "incident_code")
    guard(code, field="incident")
    return code


def check_clinics(codes: Iterable[str], group: Group) -> tuple[str, ...]:
    """The clinics' codes in the group's order, each once; none given means all. Raises UnknownClinic."""
    known = {fold(clinic.code): clinic.code for clinic in group.clinics}
    wanted = set()
    for text in codes:
        code = known.get(fold(text.strip()))
        if code is None:
            raise UnknownClinic(text.strip(), tuple(known.values()))
        wanted.add(code)
    return tuple(code for code in known.values() if code in wanted or not wanted)


def open_incident(
    code: str, clinics: Iterable[str], group: Group, *, exercise: bool, aware_at: datetime | None, at: datetime, by: str
) -> Incident:
    """A new incident. Raises BadValue or UnknownClinic; ``aware_at`` is now where nobody says otherwise, and never to come."""
    if aware_at is not None and aware_at > at:
        raise BadValue("aware", "aware_future")
    return Incident(check_code(code), check_clinics(clinics, group), exercise, aware_at or at, at, by)


def read_past(text: str, *, at: datetime, zone: tzinfo, name: str) -> datetime:
    """``22h10``, ``04/10 22h10``: the last such instant of the local clock, in UTC. Raises BadValue ``time``."""
    found = re.fullmatch(r"(?:(\d{1,2})/(\d{1,2})[ à]+)?(\d{1,2}) ?[hH:] ?(\d{2})?", text.strip(), re.ASCII)
    if found is None:
        raise BadValue(name, "time", (("found", text),))
    today = at.astimezone(zone).date()
    try:
        wall = time(int(found[3]), int(found[4] or 0))
        day = today if found[1] is None else date(today.year, int(found[2]), int(found[1]))
        instant = local_instant(day, wall, zone)
        if instant > at:
            earlier = day - timedelta(days=1) if found[1] is None else day.replace(year=day.year - 1)
            instant = local_instant(earlier, wall, zone)
    except ValueError as refused:
        raise BadValue(name, "time", (("found", text),)) from refused
    return instant


def close_incident(incident: Incident, at: datetime) -> Incident:
    """Closed at ``at``; closing twice keeps the first time."""
    return incident if incident.closed_at else replace(incident, closed_at=at)


def alert_code(incident: Incident | str, number: int) -> str:
    """``HGX1-03``: the number has two digits, three from the hundredth message on. Raises BadValue ``incident_full``."""
    if not 1 <= number <= MAX_NUMBER:
        raise BadValue("number", "incident_full", (("most", str(MAX_NUMBER)),))
    return f"{incident if isinstance(incident, str) else incident.code}-{number:02d}"


def split_alert_code(text: str) -> tuple[str, int] | None:
    """``hgx1-3`` → ``("HGX1", 3)``; None for what is no alert's code."""
    found = re.fullmatch(r"([A-Z0-9]{1,4})-(\d{1,3})", text.strip().upper())
    return (found[1], int(found[2])) if found and int(found[2]) else None
