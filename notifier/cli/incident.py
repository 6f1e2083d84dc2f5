"""``notifier incident open``: a crisis begins, or an exercise; which of the two is fixed here, for good."""

from typing import Annotated

import typer

from notifier.cli.language import speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import in_house, screen
from notifier.desk.incidents import open_incident, read_aware
from notifier.domain.authority import Actor
from notifier.wiring import House

group = typer.Typer(no_args_is_help=True)


@group.command("open")
def open_(
    code: Annotated[str, typer.Argument(help="1 à 4 lettres ou chiffres, en tête de chaque message : HGX1.")],
    clinics: Annotated[str, typer.Option("--clinics", help="Codes séparés par des virgules ; toutes par défaut.")] = "",
    exercise: Annotated[bool, typer.Option("--exercise", help="Exercice : marqué dans chaque message, pour toujours.")] = False,
    aware: Annotated[str, typer.Option("--aware", help="Heure de la prise de connaissance : 22h10, ou 04/10 22h10.")] = "",
) -> None:
    """Ouvre un incident."""

    async def work(house: House, actor: Actor) -> None:
        desk = house.desk
        wanted = [part for part in clinics.split(",") if part.strip()]
        since = read_aware(desk, aware) if aware else None
        opened = await open_incident(desk, actor, code, wanted, exercise=exercise, aware_at=since)
        mark = speak("exercise" if opened.exercise else "real")
        screen.print(
            speak(
                "incident.opened",
                code=opened.code,
                mark=mark,
                clinics=", ".join(opened.clinics),
                at=show_moment(opened.aware_at, desk.zone),
            )
        )

    in_house(work)
