"""What the cell sees: the alerts, one alert's board, and its two lists of people, not reached and to be called by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from notifier.desk.answering import Source
from notifier.desk.counting import newest_headcounts
from notifier.desk.desk import Desk
from notifier.desk.keeping import read_state
from notifier.desk.standing_in import Deputies, count_deputies
from notifier.domain.alarm import Alarm, LaneDown
from notifier.domain.authority import Act, Actor, require
from notifier.domain.board import Board, draw_board
from notifier.domain.errors import BadValue, UnknownAlert, UnknownIncident
from notifier.domain.escalation import Until, read_until
from notifier.domain.incident import alert_code, split_alert_code
from notifier.domain.keeping import find_trouble
from notifier.domain.rest import Spared
from notifier.domain.roster import Group, Person
from notifier.store import alerts, contacts, incidents, journal, leases, picture
from notifier.store.alerts import AlertRow
from notifier.store.picture import Delivery
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in the list."""

    alert: AlertRow
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class BoardView:
    """One alert's board at ``at``, with the group's names for what it shows."""

    alert: AlertRow
    board: Board
    group: Group
    delivery: Delivery
    at: datetime
    alarms: tuple[Alarm, ...]
    until: Until | None = None  # how many answers are enough
    deputies: Deputies | None = None  # where people may ask for theirs

    @property
    def yes(self) -> int:
        """How many have given one of the answers that are wanted."""
        answered = self.board.total.answered
        return sum(answered.get(key, 0) for key in self.until.keys) if self.until else 0


@dataclass(frozen=True, slots=True)
class Missing:
    """One line of a list to work through: who, where, why; ``contacts`` masked, or in clear after a reveal."""

    person: Person
    cause: str
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compensation:
    """Somebody who was called although he ought to rest: by which alert, why he ought to, and what he answered."""

    alert: AlertRow
    person: Person
    rest: Spared
    answer: str | None


@dataclass(frozen=True, slots=True)
class Lists:
    """Whom nothing reached, and whom somebody should call."""

    alert: AlertRow
    not_reached: tuple[Missing, ...]
    by_hand: tuple[Missing, ...]
    at: datetime


async def list_alerts(desk: Desk, actor: Actor) -> list[AlertLine]:
    """Every alert, newest first."""
    require(actor, Act.SEE)

    def work(tx: Tx) -> list[AlertLine]:
        return [AlertLine(alert, picture.count_delivery(tx, alert.id)) for alert in alerts.list_alerts(tx)]

    return await desk.store.read(work)


async def show_board(desk: Desk, actor: Actor, code: str) -> BoardView:
    """The board of one alert. Raises UnknownAlert."""
    require(actor, Act.SEE)

    def work(tx: Tx) -> BoardView:
        alert = _find(tx, code)
        group = contacts.load_group(tx)
        counted = newest_headcounts(desk, tx, alert.id).values()
        board = draw_board(alert.kind, picture.recipient_facts(tx, alert.id), [clinic.code for clinic in group.clinics], counted)
        delivery, until = picture.count_delivery(tx, alert.id), read_until(alert.ladder)
        return BoardView(alert, board, group, delivery, desk.clock.now(), _alarms(desk, tx), until, count_deputies(tx, alert))

    return await desk.store.read(work)


async def list_alarms(desk: Desk) -> tuple[Alarm, ...]:
    """What stands in the way of sending, the gravest first. For everybody to see."""
    return await desk.store.read(partial(_alarms, desk))


def _alarms(desk: Desk, tx: Tx) -> tuple[Alarm, ...]:
    lanes = leases.list_lanes(tx, desk.clock.wall())
    faulty = [(lane.name, lane.fault, lane.fault_at) for lane in lanes if lane.fault and lane.fault_at]
    down = [LaneDown(name, fault, since, leases.last_cause(tx, name, fault)) for name, fault, since in faulty]
    trouble = find_trouble(desk.backup, read_state(tx), desk.clock.wall())
    return tuple(alarm for alarm in (leases.read_freeze(tx), *down, trouble) if alarm is not None)


async def list_missing(desk: Desk, actor: Actor, code: str, *, reveal: str = "") -> Lists:
    """Both lists of one alert. ``reveal`` is the reason for which addresses are shown in clear; it is journalled first."""
    require(actor, Act.SEE)
    if reveal:
        require(actor, Act.REVEAL)
        if len(reveal.strip()) < 5:
            raise BadValue("reveal", "reason")
        await desk.store.write(partial(_journal_reveal, desk, actor, code, reveal.strip()))
    return await desk.store.read(partial(_list, desk, code, bool(reveal)))


def _find(tx: Tx, code: str) -> AlertRow:
    split = split_alert_code(code)
    alert = alerts.find_alert(tx, code=alert_code(*split)) if split else None
    if alert is None:
        raise UnknownAlert(code=code)
    return alert


def _journal_reveal(desk: Desk, actor: Actor, code: str, reason: str, tx: Tx) -> None:
    alert = _find(tx, code)
    journal.write(tx, desk.clock.now(), actor.person, "reveal", {"alert": alert.code, "reason": reason})


def _list(desk: Desk, code: str, clear: bool, tx: Tx) -> Lists:
    alert = _find(tx, code)
    board = draw_board(alert.kind, picture.recipient_facts(tx, alert.id))
    wanted = {person for person, _ in board.not_reached} | set(board.by_hand)
    people = {p.id: p for p in contacts.load_people(tx, desk.open_text, erased=True) if p.id in wanted} if wanted else {}
    causes = {person: cause.value for person, cause in board.not_reached}
    return Lists(
        alert=alert,
        not_reached=tuple(_missing(people, person, cause, clear) for person, cause in causes.items() if person in people),
        by_hand=tuple(
            _missing(people, person, causes.get(person, "silent"), clear) for person in board.by_hand if person in people
        ),
        at=desk.clock.now(),
    )


def _missing(people: Mapping[int, Person], person: int, cause: str, clear: bool) -> Missing:
    """In-band addresses stay away: they are the attacked hospital's."""
    found = people[person]
    addresses = (contact.address for contact in found.contacts if not contact.in_band)
    return Missing(found, cause, tuple(a.value if clear else a.masked for a in addresses))


async def list_compensations(desk: Desk, actor: Actor, incident: str) -> tuple[Compensation, ...]:
    """Who of an incident was called although rest was due, the oldest call first; what is owed for it is for people to say."""
    require(actor, Act.SEE)

    def work(tx: Tx) -> tuple[Compensation, ...]:
        code = incident.strip().upper()
        if incidents.find_incident(tx, code) is None:
            raise UnknownIncident(code=incident)
        found = {alert.id: alert for alert in alerts.list_alerts(tx) if alert.incident == code and alert.despite_rest}
        people = {person.id: person for person in contacts.load_people(tx, desk.open_text, erased=True)} if found else {}
        rows = picture.called_despite_rest(tx, list(found))
        return tuple(
            Compensation(found[alert], people[person], Spared(rest), answer)
            for alert, person, rest, answer in sorted(rows, key=lambda row: (found[row[0]].number, people[row[1]].shown))
        )

    return await desk.store.read(work)


async def show_ways(desk: Desk, actor: Actor, code: str) -> tuple[dict[Source, int], int]:
    """By which ways one alert was answered, and how many people were called beyond their first step. Raises UnknownAlert."""
    require(actor, Act.SEE)
    ways, climbed = await desk.store.read(lambda tx: picture.count_ways(tx, _find(tx, code).id))
    return {source: ways.get(source.value, 0) for source in Source}, climbed


async def count_open(desk: Desk) -> int:
    """How much is still to be decided or sent, over all alerts: 0 once everybody is reached or listed and nobody is chased."""
    return await desk.store.read(picture.open_ends)
