"""``notifier board ID``: the picture on the wall, one line a clinic, worst first; and the two lists on paper."""

import asyncio
import csv
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from notifier.cli.language import pick_language, show_count, speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import in_house, screen
from notifier.cli.teams import SIGNS, STYLES, draw_teams
from notifier.desk.desk import Desk
from notifier.desk.paper import print_lists
from notifier.desk.showing import BoardView, Lists, Missing, list_missing, show_board
from notifier.domain.alarm import Alarm, BackupTrouble, Freeze
from notifier.domain.authority import Actor
from notifier.domain.board import Standing, Tally
from notifier.domain.people import Language
from notifier.prose import SENTENCES
from notifier.wiring import House

COLUMNS = {
    Language.FR: ("", "Clinique", "Appelés", "Joints", "Non joints", "En cours", "Réponses", "Muets", "Services à voir"),
    Language.EN: ("", "Clinic", "Called", "Reached", "Not reached", "Under way", "Answers", "Silent", "Services to look at"),
}
SHOWN_SERVICES = 6
FORMULA = frozenset("=+-@\t\r\n\0")  # first signs of a cell that a spreadsheet may take for a formula


def board(
    code: Annotated[str, typer.Argument(help="Le numéro de l'alerte : HGX1-03.")],
    watch: Annotated[bool, typer.Option("--watch", help="Rafraîchit jusqu'à Ctrl-C.")] = False,
    export: Annotated[Path | None, typer.Option("--export", help="Dossier où écrire les listes à imprimer (CSV et PDF).")] = None,
    reveal: Annotated[str, typer.Option("--reveal", help="Motif, journalisé : les listes portent les numéros en clair.")] = "",
) -> None:
    async def work(house: House, actor: Actor) -> None:
        if watch:
            await _watch(house.desk, actor, code)
        else:
            screen.print(draw(house.desk, await show_board(house.desk, actor, code)))
        if export is not None:
            lists = await list_missing(house.desk, actor, code, reveal=reveal)
            for path in [*write_lists(lists, export), write_paper(house.desk, lists, export)]:
                screen.print(speak("board.exported", path=str(path)))

    in_house(work)


async def _watch(desk: Desk, actor: Actor, code: str) -> None:
    with Live(console=screen, auto_refresh=False) as live:
        while True:
            live.update(draw(desk, await show_board(desk, actor, code)), refresh=True)
            await asyncio.sleep(1)


def draw(desk: Desk, view: BoardView) -> RenderableType:
    """One alert's board, as every terminal shows it."""
    alert, total = view.alert, view.board.total
    mark = speak("exercise" if alert.exercise else "real")
    head = Text(f"{mark} · {alert.code} · {alert.title}", style="bold")
    head.append(f"   {speak(f'state.{alert.state}')} · {show_moment(view.at, desk.zone)}", style="dim")
    table = Table(box=None, header_style="dim", pad_edge=False)
    for place, title in enumerate(COLUMNS[pick_language()]):
        table.add_column(title, justify="left" if place in (0, 1, 8) else "right")
    for line in view.board.clinics:
        clinic = view.group.clinic(line.clinic)
        wanting = [service for service in line.services if service.standing is not Standing.DONE]
        shown = [s for place, s in enumerate(wanting) if place < SHOWN_SERVICES or s.standing is Standing.TROUBLE]
        services = [f"{SIGNS[s.standing]}\u00a0{s.service}{_said(s.tally)}" for s in shown]
        more = f" +{len(wanting) - len(shown)}" if len(wanting) > len(shown) else ""
        table.add_row(
            Text(SIGNS[line.standing], style=STYLES[line.standing]),
            f"{line.clinic} {clinic.city if clinic else ''}",
            *_counts(line.tally),
            "  ".join(services) + more,
        )
    table.add_row("", Text(speak("board.total"), style="bold"), *(Text(count, style="bold") for count in _counts(total)), "")
    lists = Text(_lists(total), style="yellow" if total.listed else "dim")
    teams = draw_teams(view.board, desk.zone)
    said = [Text(line, style="cyan") for line in (_answers(total), _low(total), _enough(view), _deputies(view)) if line]
    return Group(head, *draw_alarms(desk, view.alarms), *teams, table, *said, lists)


def draw_alarms(desk: Desk, alarms: Sequence[Alarm]) -> list[Text]:
    """One line for each thing that stands in the way: what, since when, why, and what to do."""
    return [Text(tell_alarm(alarm, desk.zone), style="bold red") for alarm in alarms]


def tell_alarm(alarm: Alarm, zone: ZoneInfo) -> str:
    """The sentence of one alarm."""
    if isinstance(alarm, Freeze):
        reason = speak("freeze.reason", reason=alarm.reason) if alarm.reason else ""
        return speak("freeze.alarm", since=show_moment(alarm.since, zone), by=alarm.by, reason=reason)
    if isinstance(alarm, BackupTrouble):
        return speak("backup.alarm", since=show_moment(alarm.since, zone), why=speak(f"backup.{alarm.why}"))
    closer = f"lane.{alarm.fault}.{alarm.cause}"
    why = speak(closer if closer in SENTENCES else f"lane.{alarm.fault}")
    return speak("lane.alarm", lane=alarm.lane, since=show_moment(alarm.since, zone), why=why)


def tell_over(alarm: Alarm) -> str:
    """The sentence that says, once, that this alarm is over."""
    if isinstance(alarm, Freeze):
        return speak("freeze.over")
    if isinstance(alarm, BackupTrouble):
        return speak("backup.over")
    return speak("lane.well", lane=alarm.lane)


def _counts(tally: Tally) -> tuple[str, ...]:
    counts = (tally.total, tally.reached, tally.listed, tally.in_progress, tally.answers, tally.silent)
    return tuple(show_count(count) for count in counts)


def _said(tally: Tally) -> str:
    return f"\u00a0({tally.trouble}\u00a0{speak('answer.trouble')})" if tally.trouble else ""


def _answers(total: Tally) -> str:
    said = [f"{speak(f'answer.{key}')} {show_count(count)}" for key, count in sorted(total.answered.items())]
    return speak("board.answers", said=" · ".join(said)) if said else speak("board.no_answer")


def _low(total: Tally) -> str:
    """Whoever can send from a number can answer by it; empty where nobody has answered so."""
    return speak("board.low", count=show_count(total.low)) if total.low else ""


def _enough(view: BoardView) -> str:
    """How many of those wanted have said yes, where a number of them is enough."""
    if view.until is None:
        return ""
    facts = {"yes": view.yes, "count": view.until.count, "stood_down": view.board.total.stood_down}
    return speak("board.until", **{name: show_count(count) for name, count in facts.items()})


def _deputies(view: BoardView) -> str:
    """Who has asked for a deputy, and how many of those nobody could call for; empty where no answer asks for one."""
    if view.deputies is None:
        return ""
    facts = {name: show_count(count) for name, count in (("asked", view.deputies.asked), ("missing", view.deputies.missing))}
    return speak("board.deputies.missing" if view.deputies.missing else "board.deputies", **facts)


def _lists(total: Tally) -> str:
    causes = " · ".join(f"{speak(f'cause.{cause.value}')} {show_count(count)}" for cause, count in total.not_reached.items())
    listed = f"{show_count(total.listed)} ({causes})" if causes else show_count(total.listed)
    return speak("board.listed", count=listed, by_hand=show_count(total.by_hand))


def write_lists(lists: Lists, folder: Path) -> list[Path]:
    """Both lists as CSV that a French Excel opens (``;``, UTF-8 with its mark); formulas are neutralised. Gives the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, lines in (("non-joints", lists.not_reached), ("a-appeler", lists.by_hand)):
        path = folder / f"{lists.alert.code}-{name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["matricule", "nom", "prénom", "clinique", "service", "fonction", "motif", "coordonnées"])
            writer.writerows([safe_cell(cell) for cell in _cells(line)] for line in lines)
        paths.append(path)
    return paths


def write_paper(desk: Desk, lists: Lists, folder: Path) -> Path:
    """Both lists as one PDF, to be worked through with a pencil; gives the file."""
    path = folder / f"{lists.alert.code}-listes.pdf"
    path.write_bytes(print_lists(lists, desk.zone, pick_language()))
    return path


def _cells(line: Missing) -> tuple[str, ...]:
    person = line.person
    return (
        person.matricule,
        person.family_name,
        person.given_name,
        person.clinic,
        person.service,
        person.role,
        speak(f"cause.{line.cause}"),
        " · ".join(line.contacts),
    )


def safe_cell(cell: str) -> str:
    """Nothing that a spreadsheet would work out, in full width neither."""
    return f"'{cell}" if unicodedata.normalize("NFKC", cell[:1]) in FORMULA else cell
