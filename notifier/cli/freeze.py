"""``notifier freeze`` and ``notifier thaw``: nothing leaves any more, until somebody says so."""

from typing import Annotated

import typer

from notifier.cli.board import tell_alarm
from notifier.cli.language import show_count, speak
from notifier.cli.opening import confirm, in_house, screen
from notifier.desk.freezing import freeze as freeze_house
from notifier.desk.freezing import look_frozen
from notifier.desk.freezing import thaw as thaw_house
from notifier.domain.authority import Actor
from notifier.wiring import House


def freeze(reason: Annotated[str, typer.Option("--reason", help="Motif, journalisé et montré partout.")] = "") -> None:
    async def work(house: House, actor: Actor) -> None:
        standing, ours = await freeze_house(house.desk, actor, reason)
        _, waiting = await look_frozen(house.desk)
        if ours:
            screen.print(speak("freeze.done", count=show_count(waiting)), soft_wrap=True)
        else:
            screen.print(tell_alarm(standing, house.desk.zone), soft_wrap=True)

    in_house(work)


def thaw(yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False) -> None:
    async def work(house: House, actor: Actor) -> None:
        standing, waiting = await look_frozen(house.desk)
        if standing is None:
            screen.print(speak("thaw.none"))
            return
        screen.print(tell_alarm(standing, house.desk.zone), soft_wrap=True)
        if not yes and not confirm(speak("thaw.ask", count=show_count(waiting))):
            raise typer.Abort
        await thaw_house(house.desk, actor)
        screen.print(speak("thaw.done", count=show_count(waiting)))

    in_house(work)
