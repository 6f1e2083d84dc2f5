"""``notifier note-team``: what was said of a service by telephone or on paper, at its real time."""

from typing import Annotated

import typer

from notifier.cli.note_answer import say_noted
from notifier.cli.opening import in_house
from notifier.desk.handling import note_team as note
from notifier.domain.authority import Actor
from notifier.wiring import House


def note_team(
    code: Annotated[str, typer.Argument(help="Le numéro de l'alerte : HGX1-03.")],
    clinic: Annotated[str, typer.Argument(help="Code de la clinique : KER.")],
    service: Annotated[str, typer.Argument(help="Code du service : BLOC.")],
    said: Annotated[str, typer.Argument(help="Présents/besoin : 12/14, 12/14 X, ou un point : 12/14 23 oui non.")],
    at: Annotated[str, typer.Option("--at", help="L'heure réelle : 03h10, ou 04/10 03h10 ; maintenant par défaut.")] = "",
) -> None:
    async def work(house: House, actor: Actor) -> None:
        say_noted(await note(house.desk, actor, code, clinic, service, said, at))

    in_house(work)
