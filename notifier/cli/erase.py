"""``notifier erase``: one person is forgotten; past alerts keep their numbers."""

from typing import Annotated

import typer

from notifier.cli.language import show_count, speak
from notifier.cli.opening import confirm, in_house, screen
from notifier.desk.erasing import erase_person, name_person
from notifier.domain.authority import Actor
from notifier.wiring import House


def erase(
    clinic: Annotated[str, typer.Argument(help="Code de la clinique : KER.")],
    matricule: Annotated[str, typer.Argument(help="Matricule, comme dans le fichier des contacts.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False,
) -> None:
    async def work(house: House, actor: Actor) -> None:
        name = await name_person(house.desk, actor, clinic, matricule)
        if not yes and not confirm(speak("erase.ask", name=name, clinic=clinic.upper(), matricule=matricule)):
            raise typer.Abort
        erased = await erase_person(house.desk, actor, clinic, matricule)
        screen.print(speak("erase.done", count=show_count(erased.alerts)), soft_wrap=True)

    in_house(work)
