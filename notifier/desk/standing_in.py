"""Standing in for somebody silent: deputies of his service, then who answers for a named service of his clinic.

They are planned and shown with the alert, and their words are approved with it; nothing goes out to them, and they are counted
nowhere, before they are called.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifier.domain.alert import SENDS
from notifier.domain.audience import Audience, parse, resolve
from notifier.domain.errors import BadValue, EmptyAudience
from notifier.domain.escalation import CallIn, Ladder, StandIns, TakenOver, Then, WaitUntil, call_next, read_then
from notifier.domain.message import Question
from notifier.domain.roster import Duty, Group, Person
from notifier.domain.template import Template, for_deputy, welcome
from notifier.store import alerts, journal, standing_in
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.standing_in import StandIn
from notifier.store.transaction import Tx

DEPUTIES, CADRE = 1, 2  # the ranks
Wanted = tuple[int, int, str, str]  # alert, rank, clinic, and of deputies the service


class Chased(Protocol):
    """Somebody whom the plan calls, as far as it concerns who may stand in for him."""

    @property
    def person(self) -> Person: ...
    @property
    def woken(self) -> bool: ...
    @property
    def question(self) -> Question: ...


def read_ranks(template: Template, deputies: str, cadre: str) -> dict[int, Audience]:
    """Whom each rank means: as the order says, else as the template does. Raises BadAudience; BadValue where nobody is chased."""
    deputies, cadre = deputies.strip() or template.deputies, cadre.strip() or template.cadre
    if template.once and (deputies or cadre):
        raise BadValue("--deputies" if deputies else "--cadre", "not_chased")
    typed = {DEPUTIES: deputies, CADRE: f"service:{cadre} responsible" if cadre else ""}
    return {rank: parse(text) for rank, text in typed.items() if text}


def then_of(template: Template, ranks: Mapping[int, Audience]) -> Then | None:
    """The end of the ladder, for the alert's row."""
    who = tuple(audience.text for audience in ranks.values())
    return Then(who, welcome(template), for_deputy(template)) if who else None


def asks_deputy(alert: AlertRow, recipient: RecipientRow) -> bool:
    """True where his answer says that his deputy is to be called."""
    then = read_then(alert.ladder)
    return then is not None and recipient.answer in then.asks


def call_deputies(tx: Tx, raised: Mapping[int, AlertRow], answered: Iterable[RecipientRow], at: datetime) -> None:
    """The next round calls the deputies of those who ask for it; ``answered`` are locked, each with the answer that holds.

    It is the round that does, and not the answer, since an answer locks nobody but whoever gave it.
    """
    for recipient in {row.id: row for row in answered if asks_deputy(raised[row.alert], row)}:
        alerts.update_recipient(tx, recipient, look_at=at)


@dataclass(frozen=True, slots=True)
class Deputies:
    """Of an alert in which somebody may ask for his deputy: how many did, and for how many of those nobody could be called."""

    asked: int
    missing: int


def count_deputies(tx: Tx, alert: AlertRow) -> Deputies | None:
    """None where no answer asks for a deputy."""
    then = read_then(alert.ladder)
    if then is None or not then.asks:
        return None
    asking = standing_in.who_answered(tx, alert.id, then.asks)
    able = standing_in.stand_ins_of(tx, [alert.id])
    places = {(each.rank, place_of(each.rank, each.clinic, each.service)) for each in able}
    missing = [
        mine
        for mine in asking
        if not any(rank > mine.rank and place == place_of(rank, mine.clinic, mine.service) for rank, place in places)
    ]
    return Deputies(len(asking), len(missing))


def find_stand_ins(
    rank: int, wanted: Audience, people: Iterable[Person], duty: Duty, group: Group, called: Sequence[Chased]
) -> list[Person]:
    """Who is on duty or on call, is not called himself, and stands in for somebody who may stay silent."""
    mine = {each.person.id for each in called}
    chased = [each.person for each in called if each.woken and each.question is not Question.NONE]
    places = {place_of(rank, person.clinic, person.service) for person in chased}
    try:
        found = list(resolve(wanted, people, duty, group))
    except EmptyAudience:
        return []
    return [p for p in found if p.id not in mine and duty.woken(p) and place_of(rank, p.clinic, p.service) in places]


def place_of(rank: int, clinic: str, service: str) -> tuple[str, str]:
    """For whom somebody of this rank stands in: deputies for their own service, a cadre for the whole clinic."""
    return clinic, service if rank == DEPUTIES else ""


class Relief:
    """What a round knows of those who stand in, read when the first silent person asks for it."""

    def __init__(self, tx: Tx, raised: Iterable[AlertRow], at: datetime) -> None:
        self._tx, self._at = tx, at
        self._ids = [alert.id for alert in raised if alert.ladder.get("then")]
        self._found: list[StandIn] | None = None
        self.wanted: dict[Wanted, set[int]] = {}  # and for whom

    def next_for(self, alert: AlertRow, recipient: RecipientRow) -> CallIn | WaitUntil | TakenOver | None:
        """What comes before somebody has to call this person by hand; None: nothing. Whom it calls in is ``wanted``."""
        if alert.id not in self._ids or alert.state not in SENDS or self._at >= recipient.expires_at:
            return None
        plan = Ladder.from_json(alert.ladder)
        move = call_next(plan, self._standing_in(plan, recipient), self._at)
        if isinstance(move, CallIn):
            wanted = (alert.id, move.rank, *place_of(move.rank, recipient.clinic, recipient.service))
            self.wanted.setdefault(wanted, set()).add(recipient.id)
        return move

    def _standing_in(self, plan: Ladder, recipient: RecipientRow) -> list[StandIns]:
        if self._found is None:
            self._found = standing_in.stand_ins_of(self._tx, self._ids)
        keys = plan.then.keys if plan.then else ()
        ranks: dict[int, list[StandIn]] = {}
        for each in self._found:
            here = place_of(each.rank, each.clinic, each.service) == place_of(each.rank, recipient.clinic, recipient.service)
            if each.alert == recipient.alert and each.rank > recipient.rank and here:
                ranks.setdefault(each.rank, []).append(each)
        return [
            StandIns(
                rank,
                min((each.called_at for each in mine if each.called_at), default=None),
                any(each.answer in keys for each in mine),
            )
            for rank, mine in ranks.items()
        ]


def call_in(wanted: Mapping[Wanted, Collection[int]], at: datetime, tx: Tx) -> None:
    """Call those of these ranks and places, unless all for whom they were wanted have meanwhile answered that they need nobody.

    From now on they are recipients like any other.
    """
    raised = alerts.load_alerts(tx, {alert for alert, *_ in wanted})
    able: dict[int, Wanted] = {}
    for each in standing_in.stand_ins_of(tx, list(raised)):
        place = (each.alert, each.rank, *place_of(each.rank, each.clinic, each.service))
        if place in wanted and each.called_at is None:
            able[each.id] = place
    silent = {recipient for mine in wanted.values() for recipient in mine}
    locked = alerts.lock_recipients(tx, sorted(able.keys() | silent))
    still = {row.id for row in locked if row.answer is None or asks_deputy(raised[row.alert], row)}
    called = {each: place for each, place in able.items() if still & set(wanted[place])}
    standing_in.call_in(tx, list(called), at)
    acts: list[journal.Facts] = [
        {"alert": raised[alert].code, "rank": rank, "clinic": clinic, "service": service, "people": people}
        for (alert, rank, clinic, service), people in sorted(Counter(called.values()).items())
    ]
    journal.write_all(tx, at, "house", "alert.called_in", acts)
