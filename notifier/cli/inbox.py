"""``notifier inbox``: what people wrote and no rule can read; clinical words first."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from notifier.cli.language import speak
from notifier.cli.moments import show_moment
from notifier.cli.note_answer import say_noted
from notifier.cli.opening import in_house, screen
from notifier.desk.desk import Desk
from notifier.desk.handling import Letter, close_letter, read_inbox, take_letter
from notifier.domain.authority import Actor
from notifier.wiring import House

group = typer.Typer(invoke_without_command=True)


@group.callback()
def inbox(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Dernière ligne : la liste, en JSON.")] = False,
) -> None:
    if context.invoked_subcommand is not None:
        return

    async def work(house: House, actor: Actor) -> None:
        letters = await read_inbox(house.desk, actor)
        if as_json:
            typer.echo(json.dumps([_facts(letter) for letter in letters], ensure_ascii=False))
        elif not letters:
            screen.print(speak("inbox.empty"))
        else:
            screen.print(_draw(house.desk, letters))
            screen.print(speak("inbox.cure"), soft_wrap=True)

    in_house(work)


@group.command()
def take(
    number: Annotated[int, typer.Argument(metavar="N", min=1, help="Le numéro du texte dans la liste.")],
    answer: Annotated[str, typer.Option("--answer", help="La réponse : present, absent… ou son chiffre.")],
    alert: Annotated[str, typer.Option("--alert", help="Le numéro de l'alerte, quand le texte n'en désigne pas une seule.")] = "",
) -> None:
    """Enregistre ce que dit ce texte, à l'heure où il est arrivé."""

    async def work(house: House, actor: Actor) -> None:
        say_noted(await take_letter(house.desk, actor, number, answer, alert))
        screen.print(speak("inbox.done", number=number))

    in_house(work)


@group.command()
def done(number: Annotated[int, typer.Argument(metavar="N", min=1, help="Le numéro du texte dans la liste.")]) -> None:
    """Classe ce texte : il est lu, et ce qu'il demande est fait."""

    async def work(house: House, actor: Actor) -> None:
        await close_letter(house.desk, actor, number)
        screen.print(speak("inbox.done", number=number))

    in_house(work)


def _draw(desk: Desk, letters: Sequence[Letter]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("number", "at", "who", "alert", "text"):
        table.add_column(speak(f"inbox.{name}"))
    for letter in letters:
        mark = f"{speak('inbox.emergency')} " if letter.emergency else ""
        who = f"{letter.name or speak('inbox.unknown')} ({letter.sender})"
        words = "".join(sign if sign.isprintable() else " " for sign in letter.text)
        table.add_row(str(letter.number), show_moment(letter.at, desk.zone), Text(who), letter.alert or "—", Text(mark + words))
    return table


def _facts(letter: Letter) -> dict[str, object]:
    return {
        "number": letter.number,
        "at": letter.at.isoformat(),
        "emergency": letter.emergency,
        "sender": letter.sender,
        "name": letter.name,
        "alert": letter.alert,
        "text": letter.text,
    }
