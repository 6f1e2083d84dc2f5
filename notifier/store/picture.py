"""What the board is drawn from: every recipient of an alert with the states of his messages."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, case, exists, false, func, or_, select

from notifier.domain.audience import Followed
from notifier.domain.board import LOW, RECALL, TROUBLE, RecipientFacts
from notifier.domain.delivery import TAKEN, State
from notifier.domain.escalation import Cause
from notifier.domain.folding import fold
from notifier.domain.message import Question
from notifier.domain.roster import Kind
from notifier.store.alerts import CALLED, AlertRow, wordings_of
from notifier.store.tables import alerts, outbox, recipients

_ARRIVED: tuple[tuple[State, ...], ...] = ((), (State.ACCEPTED,), (State.DELIVERED,))  # the best that a provider has said


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages of one alert by state, and answers by way: what ``alerts`` and ``--json`` tell."""

    states: dict[State, int]
    answered: int
    people: int


def recipient_facts(tx: Connection, alert: int) -> list[RecipientFacts]:
    """Every recipient of the alert: those on a list each by himself, the others counted by the database, alike with alike."""
    taken = [state.value for state in TAKEN]
    best = func.max(case((outbox.c.state == State.DELIVERED.value, 2), (outbox.c.state.in_(taken), 1), else_=0)).label("best")
    rows = select(outbox.c.recipient, best).where(outbox.c.alert == alert).group_by(outbox.c.recipient).subquery()
    arrived, by_hand = func.coalesce(rows.c.best, 0), recipients.c.by_hand_at.is_not(None)
    listed = or_(
        recipients.c.answer.in_(sorted(TROUBLE)),
        and_(recipients.c.answer.is_(None), or_(by_hand, and_(recipients.c.cause.is_not(None), arrived == 0))),
    )
    alike = [
        *(recipients.c[name] for name in ("clinic", "service", "role", "kind", "woken", "question", "responsible")),
        recipients.c.cause,
        recipients.c.answer,
        by_hand.label("by_hand"),
        recipients.c.stood_down_at.is_not(None).label("stood_down"),
        func.coalesce(recipients.c.answered_by == LOW, false()).label("low"),
        arrived.label("arrived"),
        case((listed, recipients.c.id)).label("alone"),
    ]
    query = (
        select(*alike, func.min(recipients.c.person), func.min(recipients.c.answered_at), func.count())
        .outerjoin(rows, rows.c.recipient == recipients.c.id)
        .where(recipients.c.alert == alert, CALLED)
        .group_by(*(column.name for column in alike))
    )
    found = []
    for *place, kind, woken, question, responsible, cause, answer, called, spared, low, best, _, who, when, count in tx.execute(
        query
    ):
        clinic, service, role = place
        found.append(
            RecipientFacts(
                who, clinic, service, role, Kind(kind), woken, Question(question), responsible, _ARRIVED[best],
                Cause(cause) if cause else None, answer, when, called, spared, count, low,
            )
        )  # fmt: skip
    return found


def follow(tx: Connection, alert: AlertRow) -> Followed:
    """Who of the alert's recipients is silent, not reached, or has answered what: the same as on its board."""
    taken = outbox.c.state.in_([state.value for state in TAKEN])
    arrived = exists().where(outbox.c.recipient == recipients.c.id, taken)
    asked = and_(recipients.c.woken, recipients.c.question != Question.NONE.value, recipients.c.stood_down_at.is_(None))
    query = select(recipients.c.person, recipients.c.answer, asked, arrived, recipients.c.cause.is_not(None)).where(
        recipients.c.alert == alert.id, CALLED
    )
    called, silent, failed = set[int](), set[int](), set[int]()
    answered: dict[str, set[int]] = {}
    for person, answer, could_answer, has_it, listed in tx.execute(query):
        called.add(person)
        if answer is not None:
            answered.setdefault(answer, set()).add(person)
        elif has_it and could_answer and alert.kind != RECALL:
            silent.add(person)
        elif listed and not has_it:
            failed.add(person)
    frozen = sorted(wordings_of(tx, alert.id).values(), key=lambda wording: wording.digits, reverse=True)  # its own digits last
    choices = [choice for wording in frozen for choice in wording.choices]
    names = {fold(name): choice.key for choice in choices for name in (choice.label, str(choice.digit), choice.key)}
    return Followed(
        frozenset(called), frozenset(silent), frozenset(failed), {key: frozenset(who) for key, who in answered.items()}, names
    )


def called_despite_rest(tx: Connection, alert_ids: Sequence[int]) -> list[tuple[int, int, str, str | None]]:
    """Of these alerts: alert, person, why he ought to rest, and his answer."""
    columns = recipients.c.alert, recipients.c.person, recipients.c.rest, recipients.c.answer
    query = select(*columns).where(recipients.c.alert.in_(list(alert_ids)), recipients.c.rest.is_not(None))
    return [(alert, person, rest, answer) for alert, person, rest, answer in tx.execute(query)]


def count_delivery(tx: Connection, alert: int) -> Delivery:
    """Messages by state, answers and people of one alert."""
    states = tx.execute(select(outbox.c.state, func.count()).where(outbox.c.alert == alert).group_by(outbox.c.state)).all()
    called = select(func.count(), func.count(recipients.c.answer)).where(recipients.c.alert == alert, CALLED)
    people, answered = tx.execute(called).one()
    return Delivery({State(state): count for state, count in states}, answered, people)


def count_ways(tx: Connection, alert: int) -> tuple[dict[str, int], int]:
    """Of one alert: answers that hold by the way they came, and how many people were called beyond their first step."""
    by = recipients.c.answered_by
    ways = tx.execute(select(by, func.count()).where(recipients.c.alert == alert, by.is_not(None)).group_by(by)).all()
    later = select(func.count(outbox.c.recipient.distinct())).where(
        outbox.c.alert == alert, outbox.c.step > 0, outbox.c.copies > 0
    )
    climbed: int = tx.execute(later).scalar_one()
    return {row[0]: row[1] for row in ways}, climbed


def count_live(tx: Connection) -> int:
    """Messages that wait or are on the wire."""
    live = (State.QUEUED.value, State.UNSURE.value, State.ON_WIRE.value)
    rows: int = tx.execute(select(func.count()).select_from(outbox).where(outbox.c.state.in_(live))).scalar_one()
    return rows


def open_ends(tx: Connection) -> int:
    """How much is still to be sent or decided: messages under way, and looks that are due."""
    looks: int = tx.execute(
        select(func.count())
        .select_from(recipients)
        .join(alerts, alerts.c.id == recipients.c.alert)
        .where(recipients.c.look_at.is_not(None), alerts.c.state == "approved")
    ).scalar_one()
    return count_live(tx) + looks
