"""Until enough have answered: the alert then stops for all, and whoever is not needed is stood down.

The answer that is enough stops the alert in its own transaction, so that no step leaves after it. Whom nobody waits for any more
is marked by the rounds, some hundred at a time, since an answer locks nobody but whoever gave it. Lock order: recipients by id,
then alerts by id, then outbox.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notifier.desk.desk import Desk
from notifier.desk.noticing import stand_down_by
from notifier.domain.alert import LISTENS, AlertState
from notifier.domain.escalation import read_until
from notifier.store import alerts, journal, outbox
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.transaction import Tx

AT_ONCE = 300  # recipients a transaction: answers wait no longer than this takes


def stop_when_met(
    tx: Tx, raised: Mapping[int, AlertRow], answered: Sequence[tuple[RecipientRow, str | None]], at: datetime
) -> set[int]:
    """Stop each alert of which enough have answered. ``answered`` are locked, each with the answer that held before.

    Gives those of them who need not come, because enough others had answered before them.
    """
    rows = {row.id: (row, before) for row, before in answered if raised[row.alert].ladder.get("until")}
    covered: set[int] = set()
    for alert in alerts.lock_alerts(tx, {row.alert for row, _ in rows.values()}) if rows else []:
        until = read_until(alert.ladder)
        if until is None or alert.state not in LISTENS:
            continue
        mine = [(row, before) for row, before in rows.values() if row.alert == alert.id and row.answer in until.keys]
        covered |= {row.id for row, _ in mine if row.stood_down_at is not None}
        new = [row for row, before in mine if before not in until.keys and row.stood_down_at is None]
        standing = alerts.count_standing(tx, alert.id, until.keys) if new else 0
        if standing >= until.count and alert.state == AlertState.APPROVED:
            alerts.set_state(tx, alert.id, AlertState.MET.value, met_at=at)
            kept = outbox.cancel_alert(tx, alert.id, at)
            journal.write(tx, at, "staff", "alert.met", {"alert": alert.code, "wanted": until.count, "kept": kept})
        for row in new[len(new) - max(0, min(len(new), standing - until.count)) :]:  # the last to come
            alerts.update_recipient(tx, row.id, stood_down_at=at)
            covered.add(row.id)
    return covered


def stand_down(desk: Desk, at: datetime, tx: Tx) -> bool:
    """Mark some of those whom nobody waits for any more: no ladder, no call by hand. True where more may be left."""
    ids, done = alerts.awaited_in_vain(tx, AT_ONCE)
    silent = [row for row in alerts.lock_recipients(tx, ids) if row.answer is None]
    for row in silent:
        look = None if row.look_at is None else at  # the round ends his case
        alerts.update_recipient(tx, row.id, stood_down_at=at, by_hand_at=None, look_at=look)
    stand_down_by(desk, tx, silent)
    alerts.close_standing_down(tx, done, at)
    return bool(ids)
