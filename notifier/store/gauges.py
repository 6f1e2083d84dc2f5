"""What monitoring reads: how long ago lanes and rounds last renewed their lease, and counts without anybody's name or address."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from notifier.domain.delivery import TAKEN
from notifier.store.alerts import CALLED
from notifier.store.leases import LEASE
from notifier.store.notices import count_stages
from notifier.store.tables import alerts, answers, lanes, outbox, recipients
from notifier.store.transaction import database_time

_TAKEN = tuple(state.value for state in TAKEN)


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages by lane and state; of running alerts the people called, reached, listed; answers by source.

    Service texts by kind and stage are counted apart.
    """

    rows: Mapping[tuple[str, str], int]
    called: int
    reached: int
    listed: int
    answers: Mapping[str, int]
    notices: Mapping[tuple[str, str], int]


def lease_ages(tx: Connection, wall: datetime) -> dict[str, timedelta | None]:
    """Per lane, and for the watch: how long ago its holder renewed the lease; None where nobody holds it.

    A holder at work renews within 5 s and a turn, so an age far beyond that says that it hangs or is dead.
    """
    now = database_time(tx, wall)
    found = tx.execute(select(lanes.c.name, lanes.c.lease_until))
    return {row.name: None if row.lease_until is None else max(timedelta(0), now - (row.lease_until - LEASE)) for row in found}


def count_all(tx: Connection) -> Counts:
    """One look at everything that is counted."""
    rows = tx.execute(select(outbox.c.lane, outbox.c.state, func.count()).group_by(outbox.c.lane, outbox.c.state)).all()
    running = (
        select(func.count(), func.count(recipients.c.cause))
        .select_from(recipients)
        .join(alerts, alerts.c.id == recipients.c.alert)
        .where(alerts.c.state == "approved", CALLED)
    )
    called, listed = tx.execute(running).one()
    reached = tx.execute(
        select(func.count(outbox.c.recipient.distinct()))
        .join(alerts, alerts.c.id == outbox.c.alert)
        .where(alerts.c.state == "approved", outbox.c.state.in_(_TAKEN))
    ).scalar_one()
    by_source = tx.execute(select(answers.c.source, func.count()).group_by(answers.c.source)).all()
    by_state = {(lane, state): count for lane, state, count in rows}
    by_name = {str(name): int(count) for name, count in by_source}
    return Counts(by_state, called, reached, listed, by_name, count_stages(tx))
