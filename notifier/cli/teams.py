"""What the board says of services as a whole: those without news first, then what was said of the others."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from notifier.cli.language import show_count, speak
from notifier.cli.moments import show_moment
from notifier.domain.board import Board, Standing
from notifier.domain.headcount import SERVICE_REPORT, Headcount

# A sign beside each colour: never colour alone.
SIGNS = {Standing.TROUBLE: "▲", Standing.NOBODY: "✖", Standing.WAITING: "…", Standing.DONE: "✔"}
STYLES = {Standing.TROUBLE: "bold red", Standing.NOBODY: "bold red", Standing.WAITING: "yellow", Standing.DONE: "green"}


def draw_teams(board: Board, zone: ZoneInfo) -> Iterator[RenderableType]:
    """Nothing where nobody was to speak for a service, and nobody has."""
    if board.unheard:
        names = " · ".join(f"{line.clinic}\u00a0{line.service}" for line in board.unheard)
        yield Text(speak("teams.unheard", count=show_count(len(board.unheard)), names=names), style="bold yellow")
    if board.headcounts:
        reports = board.kind == SERVICE_REPORT
        table = Table(box=None, header_style="dim", pad_edge=False)
        for title in ("", *speak("teams.columns").split("|"), *(speak("teams.report_columns").split("|") if reports else ())):
            table.add_column(title)
        for counted in board.headcounts:
            table.add_row(*_counts(counted, zone), *(_reported(counted) if reports else ()), *_to_read(counted))
        yield table


def _counts(counted: Headcount, zone: ZoneInfo) -> tuple[Text | str, ...]:
    standing = Standing.TROUBLE if counted.said.trouble else Standing.DONE
    return (
        Text(SIGNS[standing], style=STYLES[standing]),
        f"{counted.clinic}\u00a0{counted.service}",
        f"{counted.said.present}/{counted.said.needed}",
        Text(speak(f"teams.by.{counted.source}", name=counted.said_by)),
        show_moment(counted.at, zone),
    )


def _reported(counted: Headcount) -> tuple[str, str, str]:
    said = counted.said
    return "?" if said.patients is None else show_count(said.patients), _yes(said.folder), _yes(said.phones)


def _yes(told: bool | None) -> str:
    return "?" if told is None else speak("teams.yes" if told else "teams.no")


def _to_read(counted: Headcount) -> tuple[str, ...]:
    """Where the rest of it waits for a person, and that it says what is missing; or whom the speaker has not seen."""
    if counted.letter is not None:
        return (speak("teams.blocked" if counted.said.blocked else "teams.to_read", number=counted.letter),)
    if counted.unseen:
        return (speak("teams.unseen", names=", ".join(counted.unseen)),)
    return (speak("teams.was_blocked"),) if counted.said.blocked else ()
