"""``notifier send``: an alert, shown exactly as it will arrive, then sent to as many people as the question says."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from notifier.cli.board import draw_alarms
from notifier.cli.language import pick_language, show_count, show_euros, speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import confirm, in_house, screen
from notifier.desk.alerting import Preview, preview_alert, send_alert
from notifier.desk.planning import Order, billed_parts, sample_text
from notifier.desk.showing import list_alarms
from notifier.domain.authority import Actor
from notifier.domain.errors import BadValue, SentBefore
from notifier.domain.message import Question, WayBack, Wording
from notifier.domain.people import Channel
from notifier.domain.template import TemplateKind
from notifier.prose import explain
from notifier.wiring import House, read_credit


def send(
    template: Annotated[str, typer.Argument(help="Le modèle : first-alert, paper-bloc, roll-call…")],
    incident: Annotated[str, typer.Option("--incident", help="Le code de l'incident : HGX1.")],
    to: Annotated[str, typer.Option("--to", help='Destinataires : "clinic:KER service:BLOC de-service", "muets:HGX1-02".')] = "",
    values: Annotated[list[str] | None, typer.Option("--set", help="Valeur d'une variable : suite=23h30. Répétable.")] = None,
    vital: Annotated[bool, typer.Option("--vital", help="Réveille tout le monde, quelle que soit l'heure.")] = False,
    channel: Annotated[
        Channel | None, typer.Option("--channel", help="Ce moyen seulement ; utile pour l'essai des contacts.")
    ] = None,
    despite_rest: Annotated[str, typer.Option("--despite-rest", help="Motif, journalisé : appelle qui doit se reposer.")] = "",
    until: Annotated[int | None, typer.Option("--until", help="Autant de oui suffisent : l'alerte s'arrête pour tous.")] = None,
    deputies: Annotated[
        str, typer.Option("--deputies", help="Qui remplace, dans son service, une personne qui ne répond pas : role:IDE.")
    ] = "",
    cadre: Annotated[
        str, typer.Option("--cadre", help="Le service dont le responsable est appelé en dernier, avant l'appel à la main.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre tout, n'envoie rien.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False,
) -> None:
    filled = read_settings_of(values or [])
    order = Order(
        template, incident, to, filled, vital or None, channel=channel, despite_rest=despite_rest, until=until,
        deputies=deputies, cadre=cadre,
    )  # fmt: skip

    async def work(house: House, actor: Actor) -> None:
        preview = await preview_alert(house.desk, actor, order, credit=await read_credit(house))
        for alarm in draw_alarms(house.desk, await list_alarms(house.desk)):
            screen.print(alarm)
        show_preview(house, preview)
        if preview.refusal is not None:
            raise preview.refusal
        if dry_run:
            screen.print(speak("send.dry"))
            return
        if yes and (before := preview.similar) is not None:
            raise SentBefore(before.code, before.people, round(before.ago.total_seconds()))
        if not yes and not confirm(_ask(preview)):
            raise typer.Abort
        keyed = replace(order, form_key=_form_key(preview))
        raised = await send_alert(house.desk, actor, keyed, at=preview.plan.at, expects=preview.plan.hash)
        screen.print(speak("send.done", code=raised.code, people=show_count(raised.people), queued=show_count(raised.queued)))

    in_house(work)


def read_settings_of(pairs: list[str]) -> dict[str, str]:
    """``name=value`` pairs. Raises BadValue ``pair`` for one without a sign of equality."""
    filled = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise BadValue("--set", "pair", (("found", pair),))
        filled[name.strip()] = value
    return filled


def _ask(preview: Preview) -> str:
    """The question, with how many people it is about."""
    lost = len(preview.unreachable)
    facts = {"code": preview.plan.code, "count": show_count(preview.people - lost)}
    return speak("send.ask.some", lost=show_count(lost), **facts) if lost else speak("send.ask", **facts)


def _form_key(preview: Preview) -> str:
    """One confirmation, one alert: the same preview confirmed twice is the same form."""
    return hashlib.sha256(json.dumps([preview.plan.code, preview.plan.hash]).encode()).hexdigest()


def show_preview(house: House, preview: Preview) -> None:
    """Everything that the operator must see before the question: the words first, then what would be missed above them."""
    plan, zone = preview.plan, house.desk.zone
    mark = speak("exercise" if plan.incident.exercise else "real")
    screen.rule(Text(f"{mark} · {plan.code} · {plan.template.titles[pick_language()]}", style="bold"))
    for wording in _worth_showing(plan.wordings):
        screen.print(_panel(wording))
    screen.print(
        speak(
            "send.people.asked" if plan.template.kind is TemplateKind.CONTACT_TEST else "send.people",
            people=show_count(preview.people),
            woken=show_count(preview.woken),
            others=show_count(preview.people - preview.woken),
        )
    )
    if preview.held and preview.held_until is not None:
        screen.print(speak("send.held", held=show_count(preview.held), until=show_moment(preview.held_until, zone)))
    if preview.crowded and preview.crowded_until is not None:
        until, limit = show_moment(preview.crowded_until, zone), house.settings.messages_per_hour
        screen.print(speak("send.crowded", crowded=show_count(preview.crowded), until=until, limit=limit), style="yellow")
    screen.print(speak("send.channels", **_channels(preview.by_channel)))
    if plan.ladder.until is not None:
        screen.print(speak("send.until", count=show_count(plan.ladder.until.count)))
    for rank, count in sorted(Counter(each.rank for each in plan.standing_by).items()):
        screen.print(speak(f"send.rank.{rank}", count=show_count(count)))
    if plan.ladder.then and not plan.standing_by:
        screen.print(speak("send.rank.nobody"))
    _show_warnings(house, preview)
    minutes, seconds = divmod(round(preview.drain.seconds), 60)
    screen.print(
        speak(
            "send.drain",
            minutes=minutes,
            seconds=seconds,
            parts=show_count(preview.drain.parts),
            euros=show_euros(preview.drain.cents),
            until=show_moment(plan.expires_at, zone),
        )
    )


def _channels(by_channel: Mapping[Channel, int]) -> dict[str, str]:
    return {channel.value: show_count(by_channel.get(channel, 0)) for channel in Channel}


def _show_warnings(house: House, preview: Preview) -> None:
    duty = preview.plan.duty
    for clinic in sorted(duty.stale & set(preview.plan.incident.clinics)):
        age = duty.age.get(clinic)
        hours = "…" if age is None else str(int(age.total_seconds() // 3600))
        screen.print(speak("send.stale" if age is not None else "send.unplanned", clinic=clinic, hours=hours), style="yellow")
    if code := preview.plan.replaces:
        screen.print(speak("send.replaces", code=code), style="yellow")
        if left_out := preview.plan.left_out:
            screen.print(speak("send.left_out", code=code, count=show_count(left_out)), style="bold yellow")
    if spared := preview.plan.spared:
        causes = Counter(cause.value for _, cause in spared)
        told = " · ".join(f"{speak(f'rest.{cause}')} {show_count(count)}" for cause, count in sorted(causes.items()))
        called = "send.despite_rest" if preview.plan.despite_rest else "send.spared"
        screen.print(speak(called, count=show_count(len(spared)), causes=told), style="yellow")
    if preview.similar:
        minutes, seconds = divmod(round(preview.similar.ago.total_seconds()), 60)
        facts = {"code": preview.similar.code, "people": show_count(preview.similar.people)}
        screen.print(speak("send.similar", minutes=minutes, seconds=seconds, **facts), style="yellow")
    if preview.unleased:
        screen.print(speak("send.unleased", lanes=", ".join(preview.unleased)), style="bold yellow")
    if not house.desk.lanes:
        screen.print(speak("send.no_lane"), style="bold yellow")
    if preview.refusal is not None:
        screen.print(explain(preview.refusal, pick_language()), style="bold yellow")
    if preview.unreachable:
        screen.print(speak("send.unreachable", count=show_count(len(preview.unreachable))), style="yellow")
        table = Table(box=None, pad_edge=False, show_header=False)
        for person, cause in preview.unreachable[:30]:
            table.add_row(f"  {person.shown}", person.clinic, person.service, person.role, speak(f"unreachable.{cause}"))
        screen.print(table)
        if len(preview.unreachable) > 30:
            screen.print(speak("send.more", count=show_count(len(preview.unreachable) - 30)))


def _worth_showing(wordings: tuple[Wording, ...]) -> list[Wording]:
    """One of each channel, language, way back, question and digits: clinics differ only in their name, the longest is shown."""
    shown: dict[tuple[Channel, str, WayBack, Question, str], Wording] = {}
    for wording in wordings:
        key = (wording.channel, wording.language.value, wording.way_back, wording.question, wording.digits)
        if key not in shown or len(wording.text) > len(shown[key].text):
            shown[key] = wording
    return [shown[key] for key in sorted(shown, key=lambda k: (list(Channel).index(k[0]), k[1] != "fr", k[3]))]


def _panel(wording: Wording) -> Panel:
    text = sample_text(wording)
    about = [wording.channel.value, wording.language.value, speak(f"question.{wording.question.value}")]
    if wording.channel is Channel.SMS:
        about.append(speak("send.parts", parts=billed_parts(wording), units=len(text)))
    body = Text(f"{wording.subject}\n\n{text}" if wording.subject else text)
    if wording.choices:
        body.append("\n" + "   ".join(f"[{choice.label}]" for choice in wording.choices), style="cyan")
    return Panel(body, title=" · ".join(about), title_align="left", border_style="dim")
