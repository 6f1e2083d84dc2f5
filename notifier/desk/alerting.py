"""Raising an alert: shown exactly as it will leave, approved, and made durable for everybody in one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from weakref import WeakValueDictionary

from notifier.desk.desk import Desk
from notifier.desk.freezing import refuse_frozen
from notifier.desk.planning import Called, Order, Plan, count_loads, make_plan, still_holds
from notifier.desk.queueing import WayFinder, queue_step
from notifier.domain.alert import LISTENS, AlertState, move_alert
from notifier.domain.approval import Approval, How, may_send_alone
from notifier.domain.authority import Act, Actor, require
from notifier.domain.drain import Drain, check_drain
from notifier.domain.errors import ChangedSince, Frozen, NotApproved, UnknownAlert
from notifier.domain.escalation import AddStep, Ladder, Listed, Move, next_move
from notifier.domain.incident import alert_code, split_alert_code
from notifier.domain.message import Question
from notifier.domain.people import Channel, Language
from notifier.domain.references import make_token, token_hash
from notifier.domain.roster import Person
from notifier.store import alerts, contacts, incidents, journal, leases, outbox
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.ids import new_id, new_ids
from notifier.store.transaction import Tx
from notifier.vault import Vault

SHOWN_FOR = timedelta(minutes=10)  # how long a preview may be confirmed: its words carry its minute
NEAR = timedelta(minutes=10)  # the same template to the same people again within this is pointed out

_shown: WeakValueDictionary[str, Plan] = WeakValueDictionary()  # by hash, for as long as a face keeps the preview


@dataclass(frozen=True, slots=True)
class Similar:
    """The same template that left ``ago`` for ``people`` of those who are meant now."""

    code: str
    people: int
    ago: timedelta


@dataclass(frozen=True, slots=True)
class Preview:
    """What the operator sees before the question with the number in it.

    ``held`` wait for the morning, ``crowded`` since they have as many messages as an hour may bring. ``refusal`` is why this may
    not be sent, or not by one person alone; ``unleased`` are lanes that nobody works at this moment.
    """

    plan: Plan
    people: int
    woken: int
    held: int
    held_until: datetime | None
    crowded: int
    crowded_until: datetime | None
    by_channel: Mapping[Channel, int]
    unreachable: tuple[tuple[Person, str], ...]
    drain: Drain
    unleased: tuple[str, ...]
    similar: Similar | None
    refusal: NotApproved | Frozen | None


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that is durable: from now on each recipient is accepted by a provider or on the list."""

    code: str
    people: int
    queued: int
    again: bool = False  # the same form was sent before: this is the first one's alert


async def preview_alert(
    desk: Desk, actor: Actor, order: Order, *, at: datetime | None = None, credit: Mapping[str, int | None] | None = None
) -> Preview:
    """Plan without writing. Raises BadInput errors, WouldOutlast and CreditShort."""
    require(actor, Act.DRAFT)
    return await desk.store.read(partial(_preview, desk, order, at or desk.clock.now(), credit or {}))


async def send_alert(desk: Desk, actor: Actor, order: Order, *, at: datetime, expects: str) -> Raised:
    """Send what the preview of ``at`` showed, whose hash was ``expects``. Raises NotApproved, Frozen, ChangedSince, Forbidden.

    Everything is one transaction: alert, words, recipients, first rows, timers and journal. Whoever keeps the preview until then
    spares the desk a second planning, unless something that it was made from has changed.
    """
    require(actor, Act.SEND)
    raised = await desk.store.write(partial(_send, desk, actor, order, at, expects), new=True)
    desk.ring()
    return raised


async def stop_alert(desk: Desk, actor: Actor, code: str) -> tuple[int, int]:
    """Stop an alert: nothing more of it starts. Gives how many messages had left and how many will not leave."""
    require(actor, Act.STOP)
    counts = await desk.store.write(partial(_stop, desk, actor, code), urgent=True)
    desk.ring()
    return counts


def _preview(desk: Desk, order: Order, at: datetime, credit: Mapping[str, int | None], tx: Tx) -> Preview:
    plan = make_plan(desk, tx, order, at)
    _shown[plan.hash] = plan
    waiting = {name: count for name, (count, _) in outbox.waiting_by_lane(tx, at).items()}
    drain = check_drain(count_loads(desk, plan, waiting, credit), plan.template.life / desk.clock.speed)
    held = [each for each in plan.called if each.release_at > at and not each.crowded]
    crowded = [each for each in plan.called if each.crowded]
    leased = {lane.name for lane in leases.list_lanes(tx, desk.clock.wall()) if lane.leased}
    return Preview(
        plan=plan,
        people=len(plan.called),
        woken=sum(each.woken for each in plan.called),
        held=len(held),
        held_until=min((each.release_at for each in held), default=None),
        crowded=len(crowded),
        crowded_until=max((each.release_at for each in crowded), default=None),
        by_channel=Counter(channel for each in plan.called for channel in each.channels),
        unreachable=tuple((each.person, each.unreachable) for each in plan.called if each.unreachable),
        drain=drain,
        unleased=tuple(lane.name for lane in desk.lanes if lane.name not in leased),
        similar=_similar(tx, plan),
        refusal=_refusal(desk, plan, tx),
    )


def _refusal(desk: Desk, plan: Plan, tx: Tx) -> NotApproved | Frozen | None:
    try:
        refuse_frozen(desk, tx)
        _approve(plan, plan.at)
    except (NotApproved, Frozen) as refused:
        return refused
    return None


def _approve(plan: Plan, at: datetime) -> Approval:
    template = plan.template
    may_send_alone(
        template.name,
        template_preapproved=template.preapproved is not None,
        hash_matches=template.hash_matches,
        free_text_fields=plan.free_text,
    )
    by = template.preapproved.by if template.preapproved else ""
    return Approval(by=by, at=at, hash=plan.hash, how=How.PREAPPROVED)


def _similar(tx: Tx, plan: Plan) -> Similar | None:
    meant = {each.person.id for each in plan.called}
    for alert in alerts.list_alerts(tx, since=plan.at - NEAR):
        if (alert.template, alert.incident, alert.state) != (plan.template.name, plan.incident.code, AlertState.APPROVED):
            continue
        if plan.ladder.channels.isdisjoint(Ladder.from_json(alert.ladder).channels):
            continue  # a test of contacts goes to the same people by one channel after the other
        if again := meant & alerts.people_of(tx, alert.id):
            return Similar(alert.code, len(again), max(timedelta(0), plan.at - alert.raised_at))
    return None


def _send(desk: Desk, actor: Actor, order: Order, at: datetime, expects: str, tx: Tx) -> Raised:
    now = desk.clock.now()
    if order.form_key and (before := alerts.find_alert(tx, form_key=order.form_key)) is not None:
        return Raised(before.code, len(alerts.people_of(tx, before.id)), 0, again=True)
    contacts.hold(tx)
    plan = _shown.get(expects)
    if plan is None or not still_holds(desk, tx, plan, order, at):
        plan = make_plan(desk, tx, order, at)
    if plan.hash != expects or now - at > SHOWN_FOR * desk.clock.speed:
        raise ChangedSince(alert=plan.code)
    refuse_frozen(desk, tx)
    approval = _approve(plan, now)
    incidents.take_number(tx, plan.incident.code)
    alert = _alert_row(plan, order, actor, approval, now)
    alerts.insert_alert(tx, alert)
    ids = alerts.insert_wordings(tx, alert.id, plan.wordings)
    rows: list[outbox.NewRow] = []
    alerts.insert_recipients(tx, _first_step(desk, WayFinder(desk, {i: w for w, i in ids.items()}), plan, alert, now, rows))
    outbox.put(tx, rows)
    if plan.replaces:
        _replace(tx, actor, plan, now)
    facts = {
        "alert": alert.code,
        "template": alert.template,
        "hash": plan.hash,
        "approved_by": approval.by,
        "approved_how": approval.how.value,
        "approved_on": plan.template.preapproved.on.isoformat() if plan.template.preapproved else "",
        "template_hash": plan.template.hash,
        "audience": alert.audience,
        "people": len(plan.called),
        "standing_by": len(plan.standing_by),
        "exercise": alert.exercise,
        "vital": plan.vital,
        "face": actor.face.value,
        "replaces": plan.replaces,
        "spared": len(plan.spared),
        "despite_rest": plan.despite_rest,
    }
    journal.write(tx, now, actor.person, "alert.send", facts)
    return Raised(alert.code, len(plan.called), len(rows))


def _replace(tx: Tx, actor: Actor, plan: Plan, at: datetime) -> None:
    """What this alert corrects or cancels stops with it: an order and its contrary are never both under way."""
    replaced = alerts.find_alert(tx, code=plan.replaces, lock=True)
    if replaced is not None and replaced.state in LISTENS:
        _end(tx, actor, replaced, at, {"replaced_by": plan.code})
        alerts.mark_unshown(tx, replaced.id)


def _alert_row(plan: Plan, order: Order, actor: Actor, approval: Approval, now: datetime) -> AlertRow:
    template = plan.template
    return AlertRow(
        id=new_id(),
        code=plan.code,
        incident=plan.incident.code,
        number=plan.number,
        template=template.name,
        kind=template.kind.value,
        level=template.level.value,
        title=template.titles[Language.FR],
        exercise=plan.incident.exercise,
        protect=template.protect,
        audience=plan.audience.text,
        ladder=plan.ladder.to_json(),
        state=AlertState.APPROVED.value,
        form_key=order.form_key or f"{plan.code}:{plan.hash[:32]}",
        approval=dict(approval.to_json()),
        raised_at=now,
        raised_by=actor.person,
        expires_at=plan.expires_at,
        deadline_at=plan.deadline_at,
        despite_rest=plan.despite_rest or None,
        sms_code=template.sms_code,
        vital=plan.vital,
    )


def _recipient_rows(vault: Vault, alert: int, plan: Plan) -> Iterator[tuple[RecipientRow, Called]]:
    called, rest = (*plan.called, *plan.standing_by), {person.id: why.value for person, why in plan.spared}
    buttons, links = vault.derive("buttons"), vault.derive("links")
    for recipient, each in zip(new_ids(len(called)), called, strict=True):
        person = each.person
        row = RecipientRow(
            id=recipient,
            alert=alert,
            person=person.id,
            kind=person.kind.value,
            clinic=person.clinic,
            service=person.service,
            role=person.role,
            language=person.language.value,
            card=person.card,
            name_sealed=vault.seal(short_name(person), f"recipients:{recipient}:name"),
            woken=each.woken,
            question=each.question.value,
            responsible=each.responsible,
            channels={channel.value: address for channel, address in each.channels.items()},
            release_at=each.release_at,
            expires_at=each.expires_at,
            look_at=None if each.rank else each.release_at,
            button_hash=token_hash(make_token(buttons, recipient)),
            link_hash=token_hash(make_token(links, recipient)),
            rest=rest.get(person.id),
            digits=each.digits,
            rank=each.rank,
        )
        yield row, each


def short_name(person: Person) -> str:
    """What messages and pages show of a name: ``Alla L.``; a relay post by its whole name."""
    if not person.given_name:
        return person.family_name
    return f"{person.given_name} {person.family_name[:1]}."


def _first_step(
    desk: Desk, ways: WayFinder, plan: Plan, alert: AlertRow, now: datetime, rows: list[outbox.NewRow]
) -> Iterator[RecipientRow]:
    """The recipients with the time of their next look; their first rows into ``rows``. Who has no channel is listed at once."""
    moves: dict[tuple[object, ...], Move] = {}  # the same for all who are alike: worked out once
    for row, each in _recipient_rows(desk.vault, alert.id, plan):
        if each.rank:
            yield row  # held back until somebody has stayed silent
            continue
        alike = (each.woken, each.question, *each.channels)
        move = moves.get(alike)
        if move is None:
            move = moves[alike] = next_move(
                plan.ladder,
                [],
                woken=each.woken,
                asked=each.question is not Question.NONE,
                answered=False,
                stopped=False,
                expires=each.expires_at,
                reachable=tuple(each.channels),
                at=each.release_at,
            )
        match move:
            case AddStep(step, channels):
                rows += queue_step(desk, ways, alert, row, step, channels, now)
                row.look_at = min(row.expires_at, max(now, row.release_at) + plan.ladder.soonest)
            case Listed(cause, by_hand):
                row.cause, row.listed_at, row.look_at = cause.value, now, None
                row.by_hand_at = now if by_hand else None
                if by_hand and plan.ladder.then:
                    row.by_hand_at, row.look_at = None, now  # the round calls those who stand in
            case _:
                raise AssertionError("a first step is a step, or nobody is there to be called")
        yield row


def _stop(desk: Desk, actor: Actor, code: str, tx: Tx) -> tuple[int, int]:
    at = desk.clock.now()
    split = split_alert_code(code)
    alert = alerts.find_alert(tx, code=alert_code(*split), lock=True) if split else None
    if alert is None:
        raise UnknownAlert(code=code)
    move_alert(alert.code, AlertState(alert.state), AlertState.STOPPED)
    return _end(tx, actor, alert, at, {})


def _end(tx: Tx, actor: Actor, alert: AlertRow, at: datetime, why: journal.Facts) -> tuple[int, int]:
    """Nothing more of an alert, which is locked, starts. How many messages have left, and how many will not."""
    alerts.set_state(tx, alert.id, AlertState.STOPPED.value, stopped_at=at, stopped_by=actor.person)
    kept = outbox.cancel_alert(tx, alert.id, at)
    left = outbox.count_left(tx, alert.id)
    journal.write(tx, at, actor.person, "alert.stop", {"alert": alert.code, "left": left, "kept": kept, **why})
    return left, kept
