"""Incidents: opened once, real or exercise for good, and the numbers of their messages."""

from sqlalchemy import Connection, insert, select, update

from notifier.domain.incident import Incident
from notifier.store.tables import incidents


def open_incident(tx: Connection, incident: Incident) -> None:
    """Write a new incident; the caller has looked that its code is free."""
    tx.execute(
        insert(incidents).values(
            code=incident.code,
            clinics=list(incident.clinics),
            exercise=incident.exercise,
            aware_at=incident.aware_at,
            opened_at=incident.opened_at,
            opened_by=incident.opened_by,
            numbered=0,
        )
    )


def find_incident(tx: Connection, code: str) -> Incident | None:
    """The incident of that code, or None."""
    row = tx.execute(select(incidents).where(incidents.c.code == code)).one_or_none()
    if row is None:
        return None
    return Incident(
        code=row.code,
        clinics=tuple(row.clinics),
        exercise=row.exercise,
        aware_at=row.aware_at,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
    )


def peek_number(tx: Connection, code: str) -> int:
    """The number that the next message of the incident will carry."""
    numbered: int = tx.execute(select(incidents.c.numbered).where(incidents.c.code == code)).scalar_one()
    return numbered + 1


def take_number(tx: Connection, code: str) -> int:
    """Give out the next message number; the row is locked until the alert is committed."""
    number: int = tx.execute(select(incidents.c.numbered).where(incidents.c.code == code).with_for_update()).scalar_one() + 1
    tx.execute(update(incidents).where(incidents.c.code == code).values(numbered=number))
    return number
