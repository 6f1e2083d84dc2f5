"""The demo's pictures: the night as it goes, one line an alert; at its end the group's board and one board for each clinic."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from notifier.cli.board import draw_alarms
from notifier.cli.language import show_count, speak
from notifier.cli.moments import show_moment
from notifier.cli.story import Told
from notifier.cli.teams import SIGNS, STYLES
from notifier.desk.desk import Desk
from notifier.desk.showing import BoardView
from notifier.domain.board import PAPER_SWITCH, Standing, Tally
from notifier.domain.roster import Clinic

CHANNELS = {"telegram": "Telegram", "sms": "SMS", "email": "E-mail"}
NARROW = 100  # columns: below it the bar gives its place to the alert's name

Shown = tuple[Told, BoardView]
Line = tuple[Told, Standing, Tally, str]


def draw_progress(desk: Desk, shown: Sequence[Shown], accepted: Mapping[str, int], width: int) -> RenderableType:
    """The night so far: who is reached, whose device has it, who has answered of those who were asked."""
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    with_bar = width >= NARROW
    for place, title in enumerate(speak("demo.columns").split("|")):
        if place == 1:
            table.add_column(title, no_wrap=True, overflow="ellipsis", ratio=1)
        elif place != 2 or with_bar:
            table.add_column(title, no_wrap=True, justify="right" if place > 2 else "left")
    for told, view in shown:
        total = view.board.total
        bar = [ProgressBar(total=max(1, total.total), completed=total.reached + total.listed, width=16)] if with_bar else []
        counts = (_of(total.reached, total.total), show_count(total.delivered), *_answers(total), show_count(total.listed))
        table.add_row(told.code, told.title, *bar, *counts)
    now = Text(speak("demo.now", at=show_moment(desk.clock.now(), desk.zone)), style="bold")
    taken = " · ".join(f"{name} {show_count(accepted[channel])}" for channel, name in CHANNELS.items())
    alarms = draw_alarms(desk, shown[-1][1].alarms) if shown else []
    at_gateways = Text(speak("demo.accepted", counts=taken), style="cyan")
    return Group(now, *alarms, table, at_gateways, Text(textwrap.fill(speak("demo.receipts"), width), "dim"))


def draw_boards(desk: Desk, shown: Sequence[Shown], width: int) -> Iterator[RenderableType]:
    """The group, then each clinic in the order in which the group names them, then what the signs mean."""
    if not shown:
        return
    view = shown[0][1]
    at = show_moment(view.at, desk.zone)
    lines = [(told, _worst(each), each.board.total, _said(each.board.total)) for told, each in shown]
    yield _draw(speak("demo.group", at=at), lines, width)
    for clinic in view.group.clinics:
        if lines := list(_lines_of(clinic, shown)):
            yield _draw(speak("demo.clinic", name=clinic.name, city=clinic.city, code=clinic.code), lines, width)
    legend = [textwrap.fill(speak(code), width) for code in ("demo.legend", "demo.asked_only")]
    yield Text("\n".join(legend), "dim")


def _draw(title: str, lines: Iterable[Line], width: int) -> RenderableType:
    """Where there is little room an alert goes without its number and by its short name."""
    wide = width >= NARROW
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    sign, number, alert, *counts, said = speak("demo.clinic_columns").split("|")
    table.add_column(sign, width=1)
    if wide:
        table.add_column(number, no_wrap=True)
    table.add_column(alert, no_wrap=True, min_width=34 if wide else 17)
    for count in counts:
        table.add_column(count, no_wrap=True, justify="right", min_width=len(count))
    table.add_column(said)
    for told, standing, tally, words in lines:
        name = [told.code, told.title] if wide else [speak(f"demo.short.{told.kind}", service=told.service)]
        counted = (_of(tally.reached, tally.total), *_answers(tally), show_count(tally.listed))
        table.add_row(Text(SIGNS[standing], style=STYLES[standing]), *name, *counted, words)
    return Group(table, Text())


def _lines_of(clinic: Clinic, shown: Sequence[Shown]) -> Iterator[Line]:
    """One line for each alert that concerns the clinic; of a paper switch, what the service's responsible person said."""
    for told, view in shown:
        line = next((each for each in view.board.clinics if each.clinic == clinic.code), None)
        if line is None:
            continue
        said = _said(line.tally)
        if told.kind == PAPER_SWITCH:
            word = line.services[0].responsible_answer
            absent = "demo.out_of_reach" if line.standing is Standing.NOBODY else "demo.no_word"
            said = speak("demo.responsible", said=speak(f"answer.{word}")) if word else speak(absent)
        yield told, line.standing, line.tally, said


def _worst(view: BoardView) -> Standing:
    order = list(Standing)
    return min((line.standing for line in view.board.clinics), key=order.index, default=Standing.DONE)


def _answers(tally: Tally) -> tuple[str, str]:
    return _of(sum(tally.answered.values()), tally.asked), show_count(tally.silent)


def _of(count: int, total: int) -> str:
    return f"{show_count(count)}/{show_count(total)}"


def _said(tally: Tally) -> str:
    return " · ".join(f"{speak(f'answer.{key}')} {show_count(count)}" for key, count in _most_first(tally.answered))


def _most_first(answered: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(answered.items(), key=lambda answer: (-answer[1], answer[0]))
