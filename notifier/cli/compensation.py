"""``notifier compensation HGX1``: who was called although rest was due, by whose decision and why; for the personnel office."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from notifier.cli.board import safe_cell
from notifier.cli.language import speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import in_house, screen
from notifier.desk.desk import Desk
from notifier.desk.showing import Compensation, list_compensations
from notifier.domain.authority import Actor
from notifier.wiring import House


def compensation(
    incident: Annotated[str, typer.Argument(help="Le code de l'incident : HGX1.")],
    export: Annotated[Path | None, typer.Option("--export", help="Fichier CSV à écrire.")] = None,
) -> None:
    async def work(house: House, actor: Actor) -> None:
        found = await list_compensations(house.desk, actor, incident)
        if not found:
            screen.print(speak("compensation.nobody"))
            return
        screen.print(_draw(house.desk, found))
        if export is not None:
            _write(house.desk, found, export)
            screen.print(speak("board.exported", path=str(export)))

    in_house(work)


def _draw(desk: Desk, found: Sequence[Compensation]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("alert", "name", "place", "rest", "answer", "by"):
        table.add_column(speak(f"compensation.{name}"))
    for line in found:
        who, rest = line.person, speak(f"rest.{line.rest.value}")
        names = Text(who.shown), f"{who.clinic} {who.service}"
        table.add_row(line.alert.code, *names, rest, _answer(line), Text(_decided(desk, line)))
    return table


def _answer(line: Compensation) -> str:
    return speak(f"answer.{line.answer}") if line.answer else "—"


def _decided(desk: Desk, line: Compensation) -> str:
    return f"{line.alert.raised_by}, {show_moment(line.alert.raised_at, desk.zone)} : {line.alert.despite_rest}"


def _write(desk: Desk, found: Sequence[Compensation], path: Path) -> None:
    """As French Excel opens it; formulas are neutralised."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        path.chmod(0o600)
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["alerte", "matricule", "nom", "prénom", "clinique", "service", "repos dû", "réponse", "décision"])
        for line in found:
            who = line.person
            names = (who.matricule, who.family_name, who.given_name, who.clinic, who.service)
            cells = (line.alert.code, *names, speak(f"rest.{line.rest.value}"), _answer(line), _decided(desk, line))
            writer.writerow([safe_cell(cell) for cell in cells])
