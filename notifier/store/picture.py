"""What the board is drawn from: every recipient of an alert with the states of his messages."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from notifier.domain.board import RecipientFacts
from notifier.domain.delivery import State
from notifier.domain.escalation import Cause
from notifier.domain.message import Question
from notifier.domain.roster import Kind
from notifier.store.tables import alerts, outbox, recipients

_COLUMNS = (
    "id", "person", "clinic", "service", "role", "kind", "woken", "question", "responsible", "cause", "answer", "answered_at",
)  # fmt: skip
# Looked up 50,000 times a board: an enumeration's own call takes five times as long.
_STATES: dict[str, State] = {state.value: state for state in State}
_KINDS: dict[str, Kind] = {kind.value: kind for kind in Kind}
_QUESTIONS: dict[str, Question] = {question.value: question for question in Question}
_CAUSES: dict[str | None, Cause | None] = {None: None, "": None} | {cause.value: cause for cause in Cause}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages of one alert by state, and answers by way: what ``alerts`` and ``--json`` tell."""

    states: dict[State, int]
    answered: int
    people: int


def recipient_facts(tx: Connection, alert: int) -> list[RecipientFacts]:
    """Every recipient of the alert."""
    states: dict[int, tuple[State, ...]] = {}
    for recipient, state in tx.execute(select(outbox.c.recipient, outbox.c.state).where(outbox.c.alert == alert)):
        states[recipient] = (*states.get(recipient, ()), _STATES[state])
    columns = [*(recipients.c[name] for name in _COLUMNS), recipients.c.by_hand_at.is_not(None)]
    return [
        RecipientFacts(
            person, clinic, service, role, _KINDS[kind], woken, _QUESTIONS[question], responsible,
            states.get(recipient, ()), _CAUSES[cause], answer, answered_at, by_hand,
        )
        for recipient, person, clinic, service, role, kind, woken, question, responsible, cause, answer, answered_at, by_hand
        in tx.execute(select(*columns).where(recipients.c.alert == alert))
    ]  # fmt: skip


def count_delivery(tx: Connection, alert: int) -> Delivery:
    """Messages by state, answers and people of one alert."""
    states = tx.execute(select(outbox.c.state, func.count()).where(outbox.c.alert == alert).group_by(outbox.c.state)).all()
    people, answered = tx.execute(select(func.count(), func.count(recipients.c.answer)).where(recipients.c.alert == alert)).one()
    return Delivery({State(state): count for state, count in states}, answered, people)


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
