"""``notifier check``: can this house send, and are its templates fit to be sent? Needs no settings file, and sends nothing."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from notifier.cli.board import tell_alarm
from notifier.cli.language import pick_language, speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import say_made, screen
from notifier.cli.readiness import check_readiness
from notifier.clock import Clock
from notifier.desk.checking import Checked, approve_templates, check_library
from notifier.desk.desk import Desk
from notifier.desk.keeping import look_kept
from notifier.desk.phone_tree import PaperState, look_printed
from notifier.desk.showing import list_alarms
from notifier.domain.errors import BadTemplate, NotifierError
from notifier.domain.keeping import BackupState
from notifier.prose import explain, fault_line
from notifier.settings import read_settings
from notifier.wiring import open_house, try_lanes


def check(
    path: Annotated[Path | None, typer.Argument(help="Dossier des modèles ; par défaut ceux de la version installée.")] = None,
    stamp: Annotated[
        list[str] | None, typer.Option("--stamp", help="Approuve d'avance ce modèle tel qu'il est ; répétable.")
    ] = None,
    by: Annotated[str, typer.Option("--by", help="Nom et fonction de la personne qui approuve, avec --stamp.")] = "",
    readiness: Annotated[
        bool, typer.Option("--readiness", help="Dit seulement qui serait joint ; code 1 si un service n'a personne.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Avec --readiness : les comptes, en JSON, sur une ligne.")] = False,
) -> None:
    if readiness:
        raise typer.Exit(check_readiness(as_json=json))
    if stamp:
        for name, stamped in approve_templates(stamp, by=by, on=Clock().now().date(), path=path):
            screen.print(speak("check.stamped", name=name, by=stamped.by, on=f"{stamped.on:%d/%m/%Y}", hash=stamped.hash[:12]))
    checked = check_library(path)
    screen.print(_lengths(checked))
    _print_faults(checked)
    count = len(checked.faults)
    screen.print(speak("check.count", templates=checked.templates, faults=count), soft_wrap=True)
    ready = path is not None or _try_house()  # a folder that is named is looked at by itself
    if checked.faults or not ready:
        raise typer.Exit(1)


def _try_house() -> bool:
    """Settings, home, key, database and lanes, as `serve` would find them; what is wrong is said. True where nothing is."""
    try:
        with asyncio.Runner() as runner:
            troubles = runner.run(_open_and_look())
    except BadTemplate:
        return False  # the same faults stand above
    except NotifierError as refused:
        troubles = [explain(refused, pick_language())]
    for sentence in troubles:
        screen.print(sentence, soft_wrap=True)
    return not troubles


async def _open_and_look() -> list[str]:
    settings = read_settings(os.environ, Path.cwd())
    async with open_house(settings) as house:
        say_made(house)
        await try_lanes(settings)
        source = str(settings.source or speak("check.defaults"))
        lanes = ", ".join(lane.name for lane in settings.lanes) or speak("check.no_lane")
        screen.print(speak("check.house", source=source, home=str(settings.home), lanes=lanes), soft_wrap=True)
        screen.print(_tell_backups(await look_kept(house.desk), house.desk.zone), soft_wrap=True)
        if told := _tell_paper(await look_printed(house.desk), house.desk):
            screen.print(told, soft_wrap=True)
        return [tell_alarm(alarm, house.desk.zone) for alarm in await list_alarms(house.desk)]


def _tell_backups(state: BackupState, zone: ZoneInfo) -> str:
    if state.made_at is None:
        return speak("check.no_backup")
    copied = speak("check.not_copied") if state.copied_at is None else show_moment(state.copied_at, zone)
    return speak("check.backup", made=show_moment(state.made_at, zone), copied=copied)


def _tell_paper(state: PaperState, desk: Desk) -> str:
    """A word of warning: a house can send without paper."""
    if not state.known:
        return ""
    if state.printed_at is None:
        return speak("check.no_paper")
    code = "check.paper_late" if state.is_late(desk.clock.wall()) else "check.paper"
    return speak(code, at=show_moment(state.printed_at, desk.zone))


def _lengths(checked: Checked) -> Table:
    table = Table(box=None, pad_edge=False)
    for title, right in (
        ("template", False),
        ("language", False),
        ("units", True),
        ("parts", True),
        ("exercise", True),
        ("parts", True),
    ):
        table.add_column(speak(f"check.column.{title}"), justify="right" if right else "left", no_wrap=True)
    for each in checked.lengths:
        cells: Iterable[object] = (each.template, each.language, each.units, each.parts, each.exercise_units, each.exercise_parts)
        table.add_row(*map(str, cells))
    return table


def _print_faults(checked: Checked) -> None:
    for fault in checked.faults:
        screen.print(f"- {fault_line(fault, pick_language())}", soft_wrap=True)
