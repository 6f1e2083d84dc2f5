"""The night that the demo tells: a first alert to everybody, services to paper, a roll call of those on duty."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.cli.language import pick_language, show_count, speak
from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.incidents import open_incident
from notifier.desk.planning import Order
from notifier.desk.showing import count_open, show_board
from notifier.domain.authority import Actor
from notifier.domain.board import Standing
from notifier.domain.errors import BadValue, EmptyAudience, WouldOutlast
from notifier.domain.people import Language
from notifier.domain.template import show_clock
from notifier.wiring import House, read_credit

INCIDENT = "HGX1"
PAPER = {  # what cannot wait for morning: service to template
    "URG": "paper-urgences",
    "BLOC": "paper-bloc",
    "REA": "paper-rea",
    "MAT": "paper-maternite",
    "PUI": "paper-pui",
    "LABO": "paper-labo",
    "IMAG": "paper-imagerie",
    "SMR": "paper-smr",
    "HAD": "paper-had",
}
PAPER_AFTER = timedelta(minutes=3)  # both counted from the first alert
ROLL_CALL_AFTER = timedelta(minutes=8)
ANSWER_WITHIN = timedelta(minutes=15)
NEXT_WORD = timedelta(minutes=45)
LOOK = 0.25  # s, real

Say = Callable[[datetime, str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """One alert of the story: which kind, of which service, sent at which local time, and to how many."""

    code: str
    kind: str
    title: str
    service: str
    at: datetime
    people: int
    asked: int


async def tell_night(house: House, actor: Actor, told: list[Told], say: Say) -> None:
    """The whole story; ends when everybody is reached or listed, nobody is chased any more and the roll call has closed."""
    desk = house.desk
    await open_incident(desk, actor, INCIDENT, [], exercise=False)
    first = await _send(house, actor, "first-alert", "all", {"suite": NEXT_WORD}, portee="groupe")
    told.append(first)
    say(first.at, speak("demo.first_alert", people=show_count(first.people)))
    say(first.at, speak("demo.asked", woken=show_count(first.asked), others=show_count(first.people - first.asked)))
    await _wait_until(house, first.at + PAPER_AFTER)
    switched = [alert for service in PAPER if (alert := await _switch(house, actor, service)) is not None]
    told.extend(switched)
    if switched:
        people = sum(alert.people for alert in switched)
        services = ", ".join(alert.service for alert in switched)
        say(switched[0].at, speak("demo.paper_switch", count=len(switched), services=services, people=show_count(people)))
    await _wait_until(house, first.at + ROLL_CALL_AFTER)
    closes = desk.clock.now()
    try:
        roll_call = await _send(house, actor, "roll-call", "on-duty", {"avant": ANSWER_WITHIN})
    except EmptyAudience:
        pass  # a very small demo has nobody on duty
    else:
        told.append(roll_call)
        closes = roll_call.at + ANSWER_WITHIN
        say(roll_call.at, speak("demo.roll_call", people=show_count(roll_call.people), until=show_clock(closes, pick_language())))
    while desk.clock.now() < closes or await count_open(desk):  # noqa: ASYNC110 - the end is in the database, not in an event
        await asyncio.sleep(LOOK)
    now = desk.clock.now().astimezone(desk.zone)
    for standing, code in ((Standing.TROUBLE, "demo.trouble"), (Standing.NOBODY, "demo.nobody")):
        if places := await _find_places(house, actor, switched, standing):
            say(now, speak(code, places=", ".join(places)))
    say(now, speak("demo.ended"))


async def _find_places(house: House, actor: Actor, switched: Sequence[Told], standing: Standing) -> list[str]:
    """The services on paper that stand so: ``PUI Brest``."""
    places = []
    for alert in switched:
        view = await show_board(house.desk, actor, alert.code)
        cities = {clinic.code: clinic.city for clinic in view.group.clinics}
        places += [f"{alert.service} {cities[line.clinic]}" for line in view.board.clinics if line.standing is standing]
    return places


async def _switch(house: House, actor: Actor, service: str) -> Told | None:
    """To whom the template says: people on duty, relays, and who answers for the service at home; None where there is nobody."""
    try:
        return await _send(house, actor, PAPER[service], "", {"avant": ANSWER_WITHIN})
    except EmptyAudience:
        return None


async def _send(house: House, actor: Actor, template: str, to: str, ahead: Mapping[str, timedelta], **choices: str) -> Told:
    """What the console does: preview, then send what was shown. ``ahead``: times to fill in, from now."""
    desk, credit = house.desk, await read_credit(house)
    now = desk.clock.now().astimezone(desk.zone)
    times = {name: show_clock(now + wait, Language.FR) for name, wait in ahead.items()}
    order = Order(template, INCIDENT, to, {**times, **choices})
    try:
        preview = await preview_alert(desk, actor, order, credit=credit)
    except WouldOutlast as refused:
        raise BadValue("--speed", "too_fast", (("lane", refused.lane),)) from None
    raised = await send_alert(desk, actor, order, at=preview.plan.at, expects=preview.plan.hash)
    plan = preview.plan
    return Told(
        code=raised.code,
        kind=plan.template.kind.value,
        title=plan.template.titles[pick_language()],
        service=plan.template.service,
        at=plan.at.astimezone(desk.zone),
        people=preview.people,
        asked=preview.woken,
    )


async def _wait_until(house: House, moment: datetime) -> None:
    clock = house.desk.clock
    await asyncio.sleep(clock.seconds(moment - clock.now()))
