"""``notifier note-answer``: what somebody answered by telephone or on paper, at its real time."""

from typing import Annotated

import typer

from notifier.cli.language import speak
from notifier.cli.opening import in_house, screen
from notifier.desk.handling import Noted
from notifier.desk.handling import note_answer as note
from notifier.domain.authority import Actor
from notifier.wiring import House


def note_answer(
    code: Annotated[str, typer.Argument(help="Le numéro de l'alerte : HGX1-03.")],
    clinic: Annotated[str, typer.Argument(help="Code de la clinique : KER.")],
    matricule: Annotated[str, typer.Argument(help="Matricule, comme dans le fichier des contacts.")],
    answer: Annotated[str, typer.Argument(help="La réponse : present, absent… ou son chiffre.")],
    at: Annotated[str, typer.Option("--at", help="L'heure réelle : 03h10, ou 04/10 03h10 ; maintenant par défaut.")] = "",
) -> None:
    async def work(house: House, actor: Actor) -> None:
        say_noted(await note(house.desk, actor, code, clinic, matricule, answer, at))

    in_house(work)


def say_noted(noted: Noted) -> None:
    """What became of it, in one sentence."""
    screen.print(speak(f"noted.{noted.fate.value}", alert=noted.alert, name=noted.name, label=noted.label), soft_wrap=True)
