"""The picture on the wall: one alert, as totals and per clinic and service. Pure; every face shows the same numbers.

What is shown is who *has answered*, never who was sent something. Only people who are on duty or on call, and were asked, can be
silent; nobody else's silence is counted, shown or exported.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from notifier.domain.delivery import TAKEN, State
from notifier.domain.escalation import Cause
from notifier.domain.headcount import SERVICE_REPORT, Headcount
from notifier.domain.message import Question
from notifier.domain.roster import Kind

PAPER_SWITCH = "paper_switch"  # template kinds that the board reads in their own way
ROLL_CALL = "roll_call"
RECALL = "recall"
LOW = "sms"  # whose answers anybody can give who sends from that number: without the message's code, of low assurance
TROUBLE = frozenset({"trouble", "help"})  # keys of answers that want somebody now


class Ending(StrEnum):
    """How a recipient's case stands. There is no third end beside reached and listed."""

    OPEN = "open"
    REACHED = "reached"
    LISTED = "listed"


def ending(states: Iterable[State], cause: Cause | None, *, answered: bool = False) -> Ending:
    """Reached: an answer, or a row that a provider has and did not report undelivered. A late receipt outdoes the list."""
    if answered or any(state in TAKEN for state in states):
        return Ending.REACHED
    return Ending.OPEN if cause is None else Ending.LISTED


@dataclass(frozen=True, slots=True)
class RecipientFacts:
    """One recipient as the store tells it, or ``people`` of one service of whom all this is true and none is on a list.

    ``states`` are those of the recipient's rows, as far as they count here; ``answer`` is the key of the choice that holds.
    """

    person: int  # of several, any of them
    clinic: str
    service: str
    role: str
    kind: Kind
    woken: bool
    question: Question
    responsible: bool
    states: tuple[State, ...]
    cause: Cause | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    by_hand: bool = False
    stood_down: bool = False  # enough others have answered
    people: int = 1
    low: bool = False  # answered by text, without the message's code

    @property
    def is_asked(self) -> bool:
        return self.question is not Question.NONE

    @property
    def is_awaited(self) -> bool:
        """On duty or on call, asked, and no answer yet."""
        return self.woken and self.is_asked and self.answer is None and not self.stood_down

    @property
    def wants_a_call(self) -> bool:
        return self.by_hand and self.woken and self.answer is None


@dataclass(slots=True)
class Tally:
    """Counts of one service, one clinic or the whole alert.

    ``total`` = ``in_progress`` + ``reached`` + all of ``not_reached``. ``accepted`` and ``delivered`` count people, not messages;
    ``silent`` only those on duty or on call who were asked and have it; ``asked`` whoever was asked.
    """

    total: int = 0
    relays: int = 0
    in_progress: int = 0
    accepted: int = 0
    delivered: int = 0
    reached: int = 0
    not_reached: dict[Cause, int] = field(default_factory=dict)
    asked: int = 0
    answered: dict[str, int] = field(default_factory=dict)
    silent: int = 0
    trouble: int = 0
    by_hand: int = 0
    stood_down: int = 0
    low: int = 0  # answers of low assurance, among ``answers``

    @property
    def listed(self) -> int:
        """How many stand on the list of those not reached."""
        return sum(self.not_reached.values())

    @property
    def answers(self) -> int:
        """How many have answered, whatever they said."""
        return sum(self.answered.values())

    @property
    def unaccounted(self) -> int:
        """Asked, and no answer yet for whatever reason: a roll call looks at these."""
        return self.asked - self.answers


class Standing(StrEnum):
    """What a service wants from the reader, worst first."""

    TROUBLE = "trouble"  # somebody answered souci
    NOBODY = "nobody"  # the responsible person cannot be reached
    WAITING = "waiting"
    DONE = "done"


_WORST_FIRST = {standing: place for place, standing in enumerate(Standing)}


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """``responsible_answer`` is what one of those responsible has answered; trouble beats done.

    ``headcount`` is the newest word on the whole service. ``unheard``: a roll call has not accounted for it yet, or no report has
    come from it.
    """

    clinic: str
    service: str
    tally: Tally
    standing: Standing
    responsible_answer: str | None
    headcount: Headcount | None = None
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class ClinicLine:
    """One clinic with its services, those unheard first, and then the worst."""

    clinic: str
    tally: Tally
    services: tuple[ServiceLine, ...]

    @property
    def standing(self) -> Standing:
        """The worst of its services."""
        return min((line.standing for line in self.services), key=_WORST_FIRST.__getitem__, default=Standing.DONE)


@dataclass(frozen=True, slots=True)
class Problem:
    """One person's *souci*."""

    person: int
    clinic: str
    service: str
    answer: str
    at: datetime | None
    responsible: bool


@dataclass(frozen=True, slots=True)
class Board:
    """``not_reached`` and ``by_hand`` are two lists: whom no channel reached, and whom somebody should call because a person on
    duty or on call stays silent, reached or not."""

    kind: str
    total: Tally
    clinics: tuple[ClinicLine, ...]
    problems: tuple[Problem, ...]
    not_reached: tuple[tuple[int, Cause], ...]
    by_hand: tuple[int, ...]

    @property
    def unheard(self) -> tuple[ServiceLine, ...]:
        """Services that a roll call has not accounted for, or from which no report has come."""
        return tuple(service for line in self.clinics for service in line.services if service.unheard)

    @property
    def headcounts(self) -> tuple[Headcount, ...]:
        """What has been said of whole services, trouble first."""
        said = [service.headcount for line in self.clinics for service in line.services if service.headcount is not None]
        return tuple(sorted(said, key=lambda each: not each.said.trouble))

    @property
    def is_settled(self) -> bool:
        """Nobody's message is under way any more."""
        return self.total.in_progress == 0


def draw_board(
    kind: str, recipients: Iterable[RecipientFacts], clinics: Sequence[str] = (), headcounts: Iterable[Headcount] = ()
) -> Board:
    """The board of an alert of this template kind, with the newest headcount of each service.

    Of a roll call and of service reports those unheard first, then the worst; among equals ``clinics`` gives the order, then the
    code.
    """
    counted = {(each.clinic, each.service): each for each in headcounts}
    sketches: dict[tuple[str, str], _Sketch] = {}
    problems: list[Problem] = []
    missed: list[tuple[str, str, int, Cause]] = []
    to_call: list[tuple[str, str, int]] = []
    for facts in recipients:
        place = (facts.clinic, facts.service)
        sketch = sketches.get(place)
        if sketch is None:
            sketch = sketches[place] = _Sketch()
        end = sketch.add(facts, kind)
        if facts.answer is not None and facts.answer in TROUBLE:
            problems.append(Problem(facts.person, *place, facts.answer, facts.answered_at, facts.responsible))
        if end is Ending.LISTED and facts.cause is not None:
            missed.append((*place, facts.person, facts.cause))
        if facts.wants_a_call:
            to_call.append((*place, facts.person))
    lines = [_draw_service(kind, place, sketch, counted.get(place)) for place, sketch in sketches.items()]
    return Board(
        kind=kind,
        total=_add_up(line.tally for line in lines),
        clinics=_draw_clinics(kind, lines, clinics),
        problems=tuple(sorted(problems, key=_most_pressing)),
        not_reached=tuple((person, cause) for *_, person, cause in sorted(missed)),
        by_hand=tuple(person for *_, person in sorted(to_call)),
    )


def _most_pressing(problem: Problem) -> tuple[bool, float, str, str, int]:
    when = problem.at.timestamp() if problem.at else 0.0
    return (not problem.responsible, when, problem.clinic, problem.service, problem.person)


@dataclass(slots=True)
class _Sketch:
    """One service while it is being counted."""

    tally: Tally = field(default_factory=Tally)
    responsible: int = 0
    responsible_lost: int = 0
    responsible_answers: list[str] = field(default_factory=list)

    def add(self, facts: RecipientFacts, kind: str) -> Ending:
        tally, end, people = self.tally, ending(facts.states, facts.cause, answered=facts.answer is not None), facts.people
        tally.total += people
        tally.relays += people * (facts.kind is Kind.RELAY)
        tally.accepted += people * any(state in TAKEN for state in facts.states)
        tally.delivered += people * (State.DELIVERED in facts.states)
        tally.asked += people * facts.is_asked
        match end:
            case Ending.OPEN:
                tally.in_progress += people
            case Ending.REACHED:
                tally.reached += people
                tally.silent += people * (facts.is_awaited and kind != RECALL)
            case Ending.LISTED if facts.cause is not None:
                tally.not_reached[facts.cause] = tally.not_reached.get(facts.cause, 0) + people
        if facts.answer is not None:
            tally.answered[facts.answer] = tally.answered.get(facts.answer, 0) + people
            tally.trouble += people * (facts.answer in TROUBLE)
            tally.low += people * facts.low
        tally.by_hand += people * facts.wants_a_call
        tally.stood_down += people * facts.stood_down
        if facts.responsible:
            self.responsible += people
            self.responsible_lost += people * (end is Ending.LISTED)
            if facts.answer is not None:
                self.responsible_answers.append(facts.answer)
        return end


def _draw_service(kind: str, place: tuple[str, str], sketch: _Sketch, counted: Headcount | None) -> ServiceLine:
    answer = min(sketch.responsible_answers, key=lambda answer: (answer not in TROUBLE, answer), default=None)
    return ServiceLine(
        *place, sketch.tally, _standing(kind, sketch, counted), answer, counted, counted is None and _is_unheard(kind, sketch)
    )


def _is_unheard(kind: str, sketch: _Sketch) -> bool:
    """Of a service without a headcount."""
    return sketch.tally.unaccounted > 0 if kind == ROLL_CALL else kind == SERVICE_REPORT and not sketch.responsible_answers


def _standing(kind: str, sketch: _Sketch, counted: Headcount | None) -> Standing:
    tally = sketch.tally
    if tally.trouble or (counted is not None and counted.said.trouble):
        return Standing.TROUBLE
    if counted is not None:  # somebody there speaks for all: their silence is no longer waited for
        return Standing.WAITING if tally.in_progress and kind != ROLL_CALL else Standing.DONE
    if sketch.responsible == sketch.responsible_lost and (sketch.responsible or kind == PAPER_SWITCH):
        return Standing.NOBODY
    if kind == PAPER_SWITCH:  # the responsible person's word is what counts, the others only read
        return Standing.DONE if sketch.responsible_answers else Standing.WAITING
    if _is_unheard(kind, sketch):
        return Standing.WAITING
    if kind == ROLL_CALL:
        return Standing.DONE
    return Standing.WAITING if tally.in_progress or tally.silent else Standing.DONE


def _draw_clinics(kind: str, lines: Iterable[ServiceLine], order: Sequence[str]) -> tuple[ClinicLine, ...]:
    place = {code: number for number, code in enumerate(order)}
    grouped: dict[str, list[ServiceLine]] = {}
    for line in lines:
        grouped.setdefault(line.clinic, []).append(line)

    def worst_service(line: ServiceLine) -> tuple[bool, int, int, str]:
        missing = line.tally.unaccounted if kind == ROLL_CALL else line.tally.silent + line.tally.listed
        return (not line.unheard, _WORST_FIRST[line.standing], -missing, line.service)

    def worst_clinic(line: ClinicLine) -> tuple[bool, int, int, str]:
        heard = not any(service.unheard for service in line.services)
        return (heard, _WORST_FIRST[line.standing], place.get(line.clinic, len(place)), line.clinic)

    drawn = [
        ClinicLine(code, _add_up(line.tally for line in services), tuple(sorted(services, key=worst_service)))
        for code, services in grouped.items()
    ]
    return tuple(sorted(drawn, key=worst_clinic))


def _add_up(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.total += tally.total
        total.relays += tally.relays
        total.in_progress += tally.in_progress
        total.accepted += tally.accepted
        total.stood_down += tally.stood_down
        total.delivered += tally.delivered
        total.reached += tally.reached
        total.asked += tally.asked
        total.silent += tally.silent
        total.trouble += tally.trouble
        total.by_hand += tally.by_hand
        total.low += tally.low
        for cause, count in tally.not_reached.items():
            total.not_reached[cause] = total.not_reached.get(cause, 0) + count
        for answer, count in tally.answered.items():
            total.answered[answer] = total.answered.get(answer, 0) + count
    return total
