"""Who stands in for a chased person of an alert: recipients like others, held back until they are called."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from notifier.store.tables import recipients


class StandIn(NamedTuple):
    """One of them, as far as it concerns whom he stands in for."""

    id: int
    alert: int
    rank: int
    clinic: str
    service: str
    called_at: datetime | None
    answer: str | None


def stand_ins_of(tx: Connection, alerts: Collection[int]) -> list[StandIn]:
    """All of these alerts."""
    query = select(*(recipients.c[name] for name in StandIn._fields)).where(
        recipients.c.alert.in_(sorted(alerts)), recipients.c.rank > 0
    )
    return [StandIn(*row) for row in tx.execute(query)]


def who_answered(tx: Connection, alert: int, keys: Collection[str]) -> list[StandIn]:
    """Whose answer to this alert, which holds, is one of these."""
    query = select(*(recipients.c[name] for name in StandIn._fields)).where(
        recipients.c.alert == alert, recipients.c.answer.in_(sorted(keys))
    )
    return [StandIn(*row) for row in tx.execute(query)]


def call_in(tx: Connection, ids: Collection[int], at: datetime) -> None:
    """They are called from now on; locked by the caller. Whoever has been called stays so."""
    query = update(recipients).where(recipients.c.id.in_(sorted(ids)), recipients.c.called_at.is_(None))
    tx.execute(query.values(called_at=at, look_at=at))
