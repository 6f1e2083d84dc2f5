"""Opening an incident: real or exercise, for good."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from notifier.desk.desk import Desk
from notifier.domain import incident as rules
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import AlreadyOpen
from notifier.domain.incident import Incident
from notifier.store import contacts, incidents, journal
from notifier.store.transaction import Tx


async def open_incident(
    desk: Desk, actor: Actor, code: str, clinics: Sequence[str], *, exercise: bool, aware_at: datetime | None = None
) -> Incident:
    """Open an incident for these clinics (none given: all). Raises AlreadyOpen, UnknownClinic, BadValue, Forbidden."""
    require(actor, Act.OPEN_INCIDENT)
    return await desk.store.write(partial(_open, desk, actor, code, clinics, exercise, aware_at))


def read_aware(desk: Desk, text: str) -> datetime:
    """``22h10`` or ``04/10 22h10``: the last such instant of the local clock. Raises BadValue ``time``."""
    return rules.read_past(text, at=desk.clock.now(), zone=desk.zone, name="aware")


def _open(
    desk: Desk, actor: Actor, code: str, clinics: Sequence[str], exercise: bool, aware_at: datetime | None, tx: Tx
) -> Incident:
    at = desk.clock.now()
    group = contacts.load_group(tx)
    opened = rules.open_incident(code, clinics, group, exercise=exercise, aware_at=aware_at, at=at, by=actor.person)
    if incidents.find_incident(tx, opened.code) is not None:
        raise AlreadyOpen(code=opened.code)
    incidents.open_incident(tx, opened)
    facts = {
        "incident": opened.code,
        "clinics": list(opened.clinics),
        "exercise": opened.exercise,
        "aware_at": opened.aware_at.isoformat(),
        "face": actor.face.value,
    }
    journal.write(tx, at, actor.person, "incident.open", facts)
    return opened
