"""What a lane's turn and a round say to the database of the outbox, put into words once (``store.outbox`` says it)."""

from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, insert, select, text, update

from notifier.domain.delivery import MAX_COPIES, WAITING, State
from notifier.store.leases import no_freeze
from notifier.store.prepared import Prepared, PreparedForEach
from notifier.store.tables import WAITS, WAITS_AGAIN, addresses, alerts, attempts, outbox, receipts, recipients

PRIORITIES = range(6)  # 0 red, 2 orange, 4 info; + 1 for those who are not woken


class Known(NamedTuple):
    """A row whose attempt has ended, locked."""

    id: int
    state: str
    epoch: int
    copies: int
    tries: int
    address: int


KNOWN = Prepared(
    lambda ids: (
        select(outbox.c.id, outbox.c.state, outbox.c.epoch, outbox.c.copies, outbox.c.tries, outbox.c.address)
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.id)
        .with_for_update()
    )
)
SETTLE = PreparedForEach(
    {name: outbox.c[name].type for name in ("id", "state", "copies", "due", "provider_id", "reason", "settled_at", "unswept")},
    lambda told: update(outbox).where(outbox.c.id == told["id"]).values({name: told[name] for name in told if name != "id"}),
)
NEXT = Prepared(
    lambda resting: (
        select(
            outbox.c.priority,
            outbox.c.due,
            outbox.c.id,
            outbox.c.alert,
            alerts.c.number,
            alerts.c.exercise,
            alerts.c.protect,
            (outbox.c.priority < 2).label("urgent"),
            outbox.c.recipient,
            recipients.c.person,
            recipients.c.card,
            recipients.c.name_sealed,
            outbox.c.address,
            addresses.c.value_sealed,
            addresses.c.in_band,
            outbox.c.wording,
            outbox.c.expires_at,
            outbox.c.copies,
            outbox.c.tries,
        )
        .join(alerts, alerts.c.id == outbox.c.alert)
        .join(recipients, recipients.c.id == outbox.c.recipient)
        .join(addresses, addresses.c.id == outbox.c.address)
        .where(
            outbox.c.lane == bindparam("lane"),
            outbox.c.state == bindparam("state"),
            outbox.c.due <= bindparam("at"),
            outbox.c.expires_at > bindparam("at"),
            outbox.c.copies < MAX_COPIES,
            alerts.c.state == "approved",
            recipients.c.answer.is_(None),  # an answer that crossed the settle of its own row
            *([outbox.c.address.not_in(resting)] if resting else []),
        )
        .order_by(outbox.c.priority, outbox.c.due, outbox.c.id)
        .limit(bindparam("room"))
        .with_for_update(of=outbox, skip_locked=True)  # a stop or an answer is cancelling it at this very moment
    )
)
ADDRESS = 12  # where NEXT has it
PUT_ON_WIRE = Prepared(
    lambda ids: (
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(
            state=State.ON_WIRE.value,
            epoch=bindparam("epoch"),
            copies=outbox.c.copies + 1,
            tries=outbox.c.tries + 1,
            wired_at=bindparam("at"),
            reason=None,
        )
    )
)
NOTE = PreparedForEach(
    {name: attempts.c[name].type for name in ("row", "lane", "epoch", "copy", "event", "at", "provider_id", "detail")},
    lambda told: insert(attempts).from_select(list(told), select(*told.values())).inline(),  # nobody asks for the ids
)
AWAITING = Prepared(
    lambda ids: select(recipients.c.id).where(
        recipients.c.id.in_(ids),
        # Not joined: SQLite would begin with the alerts, and read everybody of theirs.
        select(alerts.c.id).where(alerts.c.id == recipients.c.alert, alerts.c.state == "approved").exists(),
        recipients.c.answer.is_(None),
        no_freeze(),
    )
)
EARLY = Prepared(
    lambda ids: select(receipts.c.event, receipts.c.provider_id, receipts.c.evidence).where(
        receipts.c.lane == bindparam("lane"), receipts.c.provider_id.in_(ids), receipts.c.known.is_(False)
    )
)
EARLIEST = Prepared(
    lambda _: select(
        *(
            select(func.min(outbox.c.due))
            .where(outbox.c.lane == bindparam("lane"), outbox.c.state == state.value, outbox.c.priority == priority)
            .scalar_subquery()
            for state in WAITING
            for priority in PRIORITIES
        )
    )
)
CANCEL_ANSWERED = Prepared(
    lambda _: (
        update(outbox)
        .where(
            text(WAITS_AGAIN),
            select(recipients.c.id).where(recipients.c.id == outbox.c.recipient, recipients.c.answer.is_not(None)).exists(),
        )
        .values(state=State.CANCELLED.value, settled_at=bindparam("at"), reason="answered")
    )
)
CANCEL_STOPPED = Prepared(
    lambda _: (
        update(outbox)
        .where(text(WAITS_AGAIN), select(alerts.c.id).where(alerts.c.id == outbox.c.alert, alerts.c.state != "approved").exists())
        .values(state=State.CANCELLED.value, settled_at=bindparam("at"), reason="stopped", unswept=True)
    )
)
EXPIRE = Prepared(
    lambda _: (
        update(outbox)
        .where(text(WAITS), outbox.c.expires_at <= bindparam("at"))
        .values(state=State.EXPIRED.value, settled_at=bindparam("at"), reason="expired", unswept=True)
    )
)
CROSSED = Prepared(
    lambda _: (
        select(receipts.c.event, receipts.c.evidence, outbox.c.id)
        .join(outbox, and_(outbox.c.lane == receipts.c.lane, outbox.c.provider_id == receipts.c.provider_id))
        .where(receipts.c.known.is_(False))
    )
)
