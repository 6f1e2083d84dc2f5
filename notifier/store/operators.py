"""Operators of the desk and their roles."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from notifier.store.tables import operators


def find_roles(tx: Connection, name: str) -> list[str] | None:
    """The roles of an operator; None for a stranger."""
    roles: list[str] | None = tx.execute(select(operators.c.roles).where(operators.c.name == name)).scalar_one_or_none()
    return roles


def insert_operator(tx: Connection, name: str, roles: Sequence[str], at: datetime) -> None:
    """Enrol an operator."""
    tx.execute(insert(operators).values(name=name, roles=list(roles), enrolled_at=at))
