"""What an order to alert comes to: everybody it calls, everybody it cannot reach, and every word, before anything is sent.

Preview and send make the same plan; the send is refused where the plan is no longer the one that was shown. A send that finds the
plan of its preview, and everything that this was made from as it was, need not make it again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache, partial

from notifier.desk.desk import Desk, choose_lane
from notifier.desk.queueing import way_back, words_key
from notifier.desk.standing_in import DEPUTIES, find_stand_ins, read_ranks, then_of
from notifier.domain.alert import life_ends, release_at
from notifier.domain.approval import approval_hash
from notifier.domain.audience import (
    Audience,
    Followed,
    check,
    followed_alerts,
    narrow,
    parse,
    resolve,
    responsible_roles,
    why_unreachable,
)
from notifier.domain.drain import Load
from notifier.domain.errors import BadValue, EverybodyRests, UnknownIncident
from notifier.domain.escalation import Ladder, Until, build_ladder
from notifier.domain.gsm import segments
from notifier.domain.guard import guard
from notifier.domain.incident import Incident, alert_code, split_alert_code
from notifier.domain.load import HOUR, leaves_at
from notifier.domain.message import CODE_SLOT, LINK_SLOT, NAME_SLOT, Question, WayBack, Wording, free_digits
from notifier.domain.people import Channel, Language
from notifier.domain.rest import LOOK_BACK, Spared, spare
from notifier.domain.roster import Clinic, Duty, Group, Kind, Person, Travel, duty_at
from notifier.domain.template import Template, TemplateKind, Value, VariableType, deadline_of, own_digits, read_values, welcome
from notifier.rendering import freeze
from notifier.store import alerts, contacts, incidents
from notifier.store.alerts import AlertRow
from notifier.store.contacts import People
from notifier.store.picture import follow
from notifier.store.transaction import Tx

QUIET_FROM = time(21, 0)  # the night that a message asking for nothing waits out; by day it goes at once
ON_PHONES = timedelta(hours=24)  # a text that asked something is scrolled back to and answered for so long
BOUND = frozenset({TemplateKind.PAPER_SWITCH, TemplateKind.RECALL})  # one service's instruction; a call for volunteers
_BANDS = tuple(Travel)  # the nearest first
REPLACING = frozenset({TemplateKind.CORRECTION, TemplateKind.CANCEL})  # their subject stops when they are sent


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asks for. ``form_key`` makes a double press one alert; ``values`` are as typed."""

    template: str
    incident: str
    audience: str
    values: Mapping[str, str] = field(default_factory=dict)
    vital: bool | None = None  # None: as the template says
    form_key: str = ""
    channel: Channel | None = None  # the only one to go by; None: those of the ladder
    despite_rest: str = ""  # why volunteers who ought to rest are called all the same
    until: int | None = None  # how many answers are enough; None: as the template says
    deputies: str = ""  # who stands in for somebody silent of their service; empty: as the template says
    cadre: str = ""  # the service whose responsible stands in last; empty: as the template says


@dataclass(frozen=True, slots=True)
class Called:
    """One person of the plan: whether woken, what is asked, by which channels, and when it may leave."""

    person: Person  # without contacts
    woken: bool
    question: Question
    responsible: bool
    channels: dict[Channel, int]  # to address ids, in the order they are tried
    unreachable: str  # why there are none, where there are none
    release_at: datetime
    expires_at: datetime
    digits: str  # that answer by text, none of them an earlier question's
    rank: int = 0  # above 0: stands in for somebody silent, and gets nothing before
    crowded: bool = False  # has had as many messages as an hour may bring: waits for that


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Plan:
    """Everything that a send would do. ``hash`` binds words, slots, audience, people and channels.

    ``called`` stand in the order in which they are called, ``standing_by`` are held back for those who stay silent. ``basis`` is
    what the plan was made from, beside order and time. ``replaces`` is the number of the alert that stops when this one is sent;
    ``left_out`` are people of it not called here. ``spared`` are those whom a call for volunteers leaves to their rest, or calls
    all the same where ``despite_rest`` says why.
    """

    order: Order
    at: datetime
    basis: tuple[object, ...]
    incident: Incident
    number: int
    template: Template
    group: Group
    duty: Duty
    called: tuple[Called, ...]
    standing_by: tuple[Called, ...]
    audience: Audience
    wordings: tuple[Wording, ...]
    ladder: Ladder
    vital: bool
    expires_at: datetime
    deadline_at: datetime | None
    free_text: tuple[str, ...]
    replaces: str
    left_out: int
    spared: tuple[tuple[Person, Spared], ...]
    despite_rest: str
    hash: str

    @property
    def code(self) -> str:
        """The number that will show: ``HGX1-03``."""
        return alert_code(self.incident, self.number)


def make_plan(desk: Desk, tx: Tx, order: Order, at: datetime) -> Plan:
    """The plan at ``at``. Raises the BadInput errors of its parts; nothing is written."""
    basis = _find_basis(desk, tx, order, at)  # read first: what changes from now on makes it another one
    template = desk.library().template(order.template)
    incident, number = _find_incident(tx, order)
    group, known = contacts.load_group(tx), contacts.load_known(tx, incident.clinics)
    duty = duty_at(known.clinics, contacts.load_slots(tx, at, at), contacts.load_planned(tx), at, desk.fresh)
    replaced = _find_subject(tx, template, order, incident) if template.kind in REPLACING else None
    audience = read_audience(template, order.audience or (f"called:{replaced.code}" if replaced else ""))
    followed = _follow(tx, audience, incident)
    check(audience, group, known.roles, known.tags, followed)
    vital = template.vital if order.vital is None else order.vital
    chosen = resolve(audience, People(tx, desk.open_text, incident.clinics), duty, group, followed)
    called = _call_all(desk, tx, template, chosen, duty, group, vital, at, _offered(desk, order))
    called = called if vital else _spread(desk, tx, template, called, at)
    values = read_values(template, order.values, at=at, zone=desk.zone)  # every fault of what was typed, before any word is made
    resting = _find_resting(desk, tx, values.values(), duty) if template.kind is TemplateKind.RECALL else {}
    spared = tuple((each.person, resting[each.person.id]) for each in called if each.person.id in resting)
    reason = read_reason(order.despite_rest) if spared else ""
    if spared and not reason:
        called = tuple(each for each in called if each.person.id not in resting)
        if not called:
            raise EverybodyRests(len(spared))
    until, ranks = _find_until(template, order, values), read_ranks(template, order.deputies, order.cadre)
    planned = partial(_call_all, desk, tx, template, duty=duty, group=group, vital=vital, at=at, offered=_offered(desk, order))
    standing_by: list[Called] = []
    for rank, wanted in ranks.items():
        own = rank == DEPUTIES and not order.deputies.strip()  # a template is written for houses in which nobody has its tag yet
        check(wanted, group, known.roles, None if own else known.tags)
        able = find_stand_ins(rank, wanted, People(tx, desk.open_text, incident.clinics), duty, group, called)
        taken = {each.person.id for each in standing_by}
        standing_by += [each for each in planned(able, rank=rank) if each.channels and each.person.id not in taken]
    wordings = tuple(_freeze_all(desk, template, incident, number, group, order.values, [*called, *standing_by], at))
    then = then_of(template, ranks)
    ladder = build_ladder(
        template.level, template.patience, _offered(desk, order), once=template.once, until=until, then=then, steps=template.steps
    )
    return Plan(
        order=order,
        at=at,
        basis=basis,
        incident=incident,
        number=number,
        template=template,
        group=group,
        duty=duty,
        called=called,
        standing_by=tuple(standing_by),
        audience=audience,
        wordings=wordings,
        ladder=ladder,
        vital=vital,
        expires_at=max((each.expires_at for each in called), default=at + template.life),
        deadline_at=deadline_of(template, order.values, at=at, zone=desk.zone),
        free_text=template.free_text(order.values),
        replaces=replaced.code if replaced else "",
        spared=spared,
        despite_rest=reason,
        left_out=len(alerts.people_of(tx, replaced.id) - {each.person.id for each in called}) if replaced else 0,
        hash=approval_hash(
            wordings,
            audience=audience.text,
            people=[each.person.id for each in (*called, *standing_by)],
            channels={channel for each in (*called, *standing_by) for channel in each.channels},
            template=template.name,
            template_hash=template.hash,
            values=order.values,
            conditions={
                "incident": incident.code,
                "number": number,
                "exercise": incident.exercise,
                "level": template.level.value,
                "vital": vital,
                "life": int(template.life.total_seconds()),
                **({"despite_rest": reason} if reason else {}),
                **({"until": until.count} if until else {}),
                **({"then": " ".join(then.who)} if then else {}),
                **({"standing_by": " ".join(f"{e.rank}:{e.person.id}" for e in standing_by)} if standing_by else {}),
                **({"digits": moved} if (moved := _moved_digits(template, [*called, *standing_by])) else {}),
            },
        ),
    )


def still_holds(desk: Desk, tx: Tx, plan: Plan, order: Order, at: datetime) -> bool:
    """True where planning this order anew would give the very same plan: nothing that it was made from has changed."""
    same = (replace(order, form_key=""), at) == (replace(plan.order, form_key=""), plan.at)
    return same and _find_basis(desk, tx, order, at) == plan.basis


def _find_basis(desk: Desk, tx: Tx, order: Order, at: datetime) -> tuple[object, ...]:
    settings = (
        desk.store,
        desk.library(),
        desk.lanes,
        desk.zone,
        desk.fresh,
        desk.quiet_until,
        desk.rest,
        desk.messages_per_hour,
    )
    return (*settings, contacts.read_version(tx), *_find_incident(tx, order), alerts.codes_since(tx, at - ON_PHONES))


def _find_incident(tx: Tx, order: Order) -> tuple[Incident, int]:
    """The incident, which is open, and the number of its next message."""
    incident = incidents.find_incident(tx, order.incident.strip().upper())
    if incident is None or not incident.is_open:
        raise UnknownIncident(code=order.incident)
    return incident, incidents.peek_number(tx, incident.code)


def _find_resting(desk: Desk, tx: Tx, values: Iterable[Value], duty: Duty) -> dict[int, Spared]:
    """Who ought to rest during the time that volunteers are wanted for: from the first instant of the order to the last."""
    instants = sorted(value.instant for value in values if value.instant is not None)
    if not instants:
        return {}
    starts, ends = instants[0], instants[-1]
    near = contacts.load_slots(tx, starts - LOOK_BACK, ends + desk.rest)
    return spare(near, starts, ends, rest=desk.rest, stale=duty.stale)


def read_reason(typed: str) -> str:
    """The reason for calling those who ought to rest, for the journal; empty where there is none. Raises GuardedWords."""
    guard(typed, field="--despite-rest")
    return " ".join(typed.split())


def _find_until(template: Template, order: Order, values: Mapping[str, Value]) -> Until | None:
    """How many answers are enough: as the order says, else as it fills in the template's own number."""
    said = values.get(template.until)
    count = order.until if order.until is not None else None if said is None else int(said.shown[Language.FR])
    if count is None:
        return None
    keys = welcome(template)
    if count < 1 or not keys:
        raise BadValue("--until", "until" if keys else "no_question")
    return Until(count, keys)


def _find_subject(tx: Tx, template: Template, order: Order, incident: Incident) -> AlertRow | None:
    """The message of this incident that the order is about; None where it names none, which ``read_values`` tells."""
    named = next((variable.name for variable in template.variables if variable.type is VariableType.MESSAGE), "")
    typed = order.values.get(named, "").strip()
    if not typed:
        return None
    split = split_alert_code(typed if "-" in typed else f"{incident.code}-{typed}")
    alert = alerts.find_alert(tx, code=alert_code(*split)) if split else None
    if alert is None or alert.incident != incident.code:
        raise BadValue(named, "message", (("found", typed),))
    return alert


def _follow(tx: Tx, audience: Audience, incident: Incident) -> dict[str, Followed]:
    """The alerts of this incident that the audience follows up, as they stand; who answers after the preview is still meant."""
    found = {}
    for code in followed_alerts(audience):
        split = split_alert_code(code)
        alert = alerts.find_alert(tx, code=alert_code(*split)) if split else None
        if alert is not None and alert.incident == incident.code:
            found[code] = follow(tx, alert)
    return found


def read_audience(template: Template, typed: str) -> Audience:
    """Whom the operator means: the template's own audience where nothing is typed, and never beyond it where it is a bound.

    A paper switch speaks to one service's people on duty and a recall to volunteers, however widely the order is typed.
    """
    own = parse(typed or template.audience)
    return narrow(parse(template.audience), own) if typed and template.audience and template.kind in BOUND else own


def _call_all(
    desk: Desk,
    tx: Tx,
    template: Template,
    chosen: Iterable[Person],
    duty: Duty,
    group: Group,
    vital: bool,
    at: datetime,
    offered: Sequence[Channel],
    rank: int = 0,
) -> tuple[Called, ...]:
    """A recall asks the volunteers it selects at once; otherwise only people on duty, on call and relays are woken and asked.

    A relay post reports on its service as whoever is responsible does. A test of contacts asks everybody, whenever they read it,
    and wakes nobody more than another message does.

    Relay posts first (in theatre the phones lie in lockers), then those who answer for a service, then the rest. A recall goes by
    waves: who is on site, who is on call, and the others by their way. Whoever stands in is asked what those responsible are.
    """
    roles = responsible_roles(group)
    times = {woken: _times(desk, template, at, woken=woken, vital=vital) for woken in (True, False)}
    tests = template.kind is TemplateKind.CONTACT_TEST
    instead = template.responsible if template.responsible is not Question.NONE else template.others
    own = {question: own_digits(template, question) for question in template.questions}
    digits, asked = cache(free_digits), alerts.digits_since(tx, at - ON_PHONES)
    called = []
    for person in chosen:
        woken = template.kind is TemplateKind.RECALL or duty.woken(person)
        responsible = woken and (rank > 0 or roles.get((person.clinic, person.service)) == person.role)
        speaks = responsible or (template.kind is TemplateKind.SERVICE_REPORT and person.kind is Kind.RELAY)
        question = (template.responsible if speaks else template.others) if woken or tests else Question.NONE
        if rank:
            question = instead
        channels = {c: contact.id for c in offered if (contact := person.usable(c)) is not None}
        cause = "" if channels else why_unreachable(person) or "no_lane"
        mine = digits(own[question], asked.get(person.id, ()))
        called.append(Called(person.without_contacts(), woken, question, responsible, channels, cause, *times[woken], mine, rank))
    if template.kind is TemplateKind.RECALL:
        called.sort(key=lambda each: _wave(each.person, duty))
    else:
        called.sort(
            key=lambda each: (
                each.person.kind is not Kind.RELAY, not each.responsible, not each.woken, each.person.id not in duty.on_shift,
            )
        )  # fmt: skip
    return tuple(called)


def _spread(desk: Desk, tx: Tx, template: Template, called: tuple[Called, ...], at: datetime) -> tuple[Called, ...]:
    """Whoever has had as many messages as an hour may bring gets this one later, with its whole life before it.

    A relay post is nobody's pocket: it gets every message at once.
    """
    if desk.messages_per_hour is None or not (others := alerts.releases_since(tx, at - HOUR, desk.messages_per_hour)):
        return called
    spread = []
    for each in called:
        mine = () if each.person.kind is Kind.RELAY else others.get(each.person.id, ())
        leaves = leaves_at(each.release_at, mine, desk.messages_per_hour)
        later = leaves > each.release_at
        spread.append(
            replace(each, release_at=leaves, expires_at=life_ends(leaves, template.life), crowded=True) if later else each
        )
    return tuple(spread)


def _moved_digits(template: Template, called: Iterable[Called]) -> str:
    """Who is asked under other digits than the template's own, and under which: bound as the words are that show them."""
    own = {question: own_digits(template, question) for question in template.questions}
    moved = sorted((each.digits, each.person.id) for each in called if each.digits != own[each.question])
    return " ".join(f"{digits}:{person}" for digits, person in moved)


def _offered(desk: Desk, order: Order) -> list[Channel]:
    """The channels that an account is set for and the order allows, in the order in which people are tried."""
    mine = {lane.channel for lane in desk.lanes}
    return [channel for channel in Channel if channel in mine and order.channel in (None, channel)]


def _wave(person: Person, duty: Duty) -> int:
    """How late a recall asks: whoever gives no way to work is asked last."""
    if person.id in duty.on_shift:
        return 0
    if person.id in duty.on_call:
        return 1
    return 2 + (_BANDS.index(person.travel) if person.travel else len(_BANDS))


def _times(desk: Desk, template: Template, at: datetime, *, woken: bool, vital: bool) -> tuple[datetime, datetime]:
    """When it may leave, and until when it may."""
    release = release_at(at, woken=woken, vital=vital, quiet_until=desk.quiet_until, quiet_from=QUIET_FROM, zone=desk.zone)
    return release, life_ends(release, template.life)


def _freeze_all(
    desk: Desk,
    template: Template,
    incident: Incident,
    number: int,
    group: Group,
    values: Mapping[str, str],
    called: Sequence[Called],
    at: datetime,
) -> Iterable[Wording]:
    """Once per channel x language x way back x clinic x question x digits that somebody may meet on the ladder."""
    alike: dict[tuple[str, Language, Question], set[str]] = {}
    for each in called:
        alike.setdefault((each.person.clinic, each.person.language, each.question), set()).add(each.digits)
    for (code, language, question), digits in sorted(alike.items()):
        clinic = group.clinic(code) or _nowhere(code)
        service = next((s for s in clinic.services if s.code == template.service), None)
        ways = {(lane.channel, way_back(lane, question)) for lane in desk.lanes}
        for channel, back, asked in sorted((*way, own) for way in ways for own in (digits if way[1] is WayBack.DIGITS else {""})):
            yield freeze(
                desk.library(),
                template,
                incident=incident.code,
                number=number,
                exercise=incident.exercise,
                clinic=clinic,
                service=service,
                values=values,
                at=at,
                zone=desk.zone,
                channel=channel,
                language=language,
                way_back=back,
                question=question,
                staffed_number=clinic.staffed_number,
                digits=asked,
            )


def _nowhere(code: str) -> Clinic:
    raise LookupError(f"clinic {code} has people but no row")


def count_loads(desk: Desk, plan: Plan, waiting: Mapping[str, int], credit: Mapping[str, int | None]) -> list[Load]:
    """What each lane would have to carry in the first step, in messages and billed parts."""
    parts = {words_key(w.channel, w.language, w.way_back, w.clinic, w.question, w.digits): billed_parts(w) for w in plan.wordings}
    messages, billed = Counter[str](), Counter[str]()
    for each in plan.called:
        steps = plan.ladder.woken if each.woken else plan.ladder.others
        first = next((kept for step in steps if (kept := [c for c in step if c in each.channels])), [])
        for channel in first:
            lane = choose_lane(desk.lanes, channel, each.person.id)
            if lane is None:
                continue
            person, back = each.person, way_back(lane, each.question)
            key = words_key(channel, person.language, back, person.clinic, each.question, each.digits)
            messages[lane.name] += 1
            billed[lane.name] += parts.get(key, 1) if channel is Channel.SMS else 0
    return [
        Load(
            lane=lane.name,
            messages=messages[lane.name],
            parts=billed[lane.name],
            per_second=lane.per_second,
            cents=float(lane.options.get("cents", "0")),
            credit=credit.get(lane.name),
            waiting=waiting.get(lane.name, 0),
        )
        for lane in desk.lanes
    ]


def billed_parts(wording: Wording) -> int:
    """How many SMS one message is, at a code's and a name's full length; 1 on other channels."""
    if wording.channel is not Channel.SMS:
        return 1
    return segments(sample_text(wording)).parts


def sample_text(wording: Wording) -> str:
    """The words with the slots filled for nobody in particular: what the preview shows."""
    link = "…/r/…" if wording.way_back is WayBack.LINK else ""
    return wording.text.replace(NAME_SLOT, "Prénom N.").replace(CODE_SLOT, "XXXX").replace(LINK_SLOT, link)
