"""``notifier paper --out DIR``: the roster and phone tree of each clinic, to be locked away there, every day."""

from pathlib import Path
from typing import Annotated

import typer

from notifier.cli.language import pick_language, show_count, speak
from notifier.cli.opening import in_house, screen
from notifier.desk.phone_tree import print_phone_trees
from notifier.domain.authority import Actor
from notifier.wiring import House


def paper(
    out: Annotated[Path, typer.Option("--out", help="Dossier où écrire un PDF par clinique, numéros en clair.")],
    clinic: Annotated[list[str] | None, typer.Option("--clinic", help="Seulement cette clinique : KER ; répétable.")] = None,
) -> None:
    async def work(house: House, actor: Actor) -> None:
        printed = await print_phone_trees(house.desk, actor, out, clinic or [], pick_language())
        for one in printed:
            screen.print(speak("tree.printed", path=str(one.path), people=show_count(one.people)), soft_wrap=True)
        screen.print(speak("tree.keep" if printed else "tree.none"), soft_wrap=True)

    in_house(work)
