"""``notifier stop ID``: one person stops an alert; what has not left does not leave."""

from typing import Annotated

import typer

from notifier.cli.language import show_count, speak
from notifier.cli.opening import confirm, in_house, screen
from notifier.desk.alerting import stop_alert
from notifier.domain.authority import Actor
from notifier.wiring import House


def stop(
    code: Annotated[str, typer.Argument(help="Le numéro de l'alerte : HGX1-03.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander de confirmation.")] = False,
) -> None:
    if not yes and not confirm(speak("stop.ask", code=code.upper())):
        raise typer.Abort

    async def work(house: House, actor: Actor) -> None:
        left, kept = await stop_alert(house.desk, actor, code)
        screen.print(speak("stop.done", code=code.upper(), left=show_count(left), kept=show_count(kept)))

    in_house(work)
