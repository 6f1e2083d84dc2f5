"""``notifier undo-import``: one step back, where the newest import was the wrong file."""

from typing import Annotated

import typer

from notifier.cli.language import show_count, speak
from notifier.cli.opening import confirm, in_house, screen
from notifier.desk.undoing import undo_import
from notifier.domain.authority import Actor
from notifier.wiring import House


def undo_import_(yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False) -> None:
    async def work(house: House, actor: Actor) -> None:
        if not yes and not confirm(speak("import.undo.ask")):
            raise typer.Abort
        done = await undo_import(house.desk, actor)
        facts = {"changed": show_count(done.changed), "removed": show_count(done.removed)}
        screen.print(speak("import.undone", **facts), soft_wrap=True)

    in_house(work)
