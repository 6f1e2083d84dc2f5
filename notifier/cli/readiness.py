"""``notifier check --readiness``: are we ready? Whom nobody would reach first, then each clinic and service in numbers."""

import json
from datetime import datetime

import typer
from rich.table import Table
from rich.text import Text

from notifier.cli.language import show_count, speak
from notifier.cli.opening import in_house, screen
from notifier.desk.readiness import look_ready
from notifier.domain.authority import Actor
from notifier.domain.readiness import Line, Readiness
from notifier.wiring import House

_COLUMNS = ("place", "staff", "one", "two", "verified", "relays", "tested")


def check_readiness(*, as_json: bool) -> int:
    """Prints it; 1 where some service has nobody who can be reached, or where nobody is known at all."""

    async def work(house: House, actor: Actor) -> int:
        found, at = await look_ready(house.desk, actor), house.desk.clock.now()
        if as_json:
            typer.echo(_to_json(found, at))
        elif not found.clinics:
            screen.print(speak("ready.nobody_known"), soft_wrap=True)
        else:
            limit = house.desk.verified_for.days
            _warn(found, at, limit)
            screen.print(_draw(found, at))
            screen.print(speak("ready.meaning", limit=limit), style="dim")
        return 1 if found.unreachable or not found.clinics else 0

    return in_house(work)


def _warn(found: Readiness, at: datetime, limit: int) -> None:
    """What stands in the way, before the numbers."""
    for line in found.unreachable:
        said = speak("ready.unreachable", clinic=line.clinic, service=line.service, staff=line.staff)
        screen.print(said, style="bold red", soft_wrap=True)
    if not found.unreachable:
        screen.print(speak("ready.all_reachable"), style="green")
    if never := [line.clinic for line in found.untested if line.tested_at is None]:
        screen.print(speak("ready.never", clinics=", ".join(never)), style="yellow", soft_wrap=True)
    for line in found.untested:
        if line.tested_at is not None:
            said = speak("ready.old", clinic=line.clinic, days=(at - line.tested_at).days, limit=limit)
            screen.print(said, style="yellow", soft_wrap=True)
    if found.untested:
        screen.print(speak("ready.cure", clinic=found.untested[0].clinic), soft_wrap=True)


def _draw(found: Readiness, at: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(speak(f"ready.column.{name}"), justify="left" if name == "place" else "right", no_wrap=True)
    for clinic, services in found.clinics:
        table.add_row(*_cells(clinic, at), style="bold")
        for service in services:
            table.add_row(*_cells(service, at), style="" if service.reachable else "red")
    return table


def _cells(line: Line, at: datetime) -> list[Text]:
    place = line.clinic if line.service is None else f"  {line.service}"
    shares = [_share(count, line.staff) for count in (line.one, line.two, line.verified)]
    tested = speak("ready.untested") if line.tested_at is None else speak("ready.age", days=(at - line.tested_at).days)
    return [Text(cell) for cell in (place, show_count(line.staff), *shares, show_count(line.relays), tested)]


def _share(count: int, staff: int) -> str:
    """Rounded down: 100 % means everybody."""
    return speak("ready.share", share=100 * count // staff) if staff else "—"


def _to_json(found: Readiness, at: datetime) -> str:
    told = {
        "unreachable": [[line.clinic, line.service] for line in found.unreachable],
        "untested": [line.clinic for line in found.untested],
        "clinics": [_facts(clinic, at) | {"services": [_facts(s, at) for s in services]} for clinic, services in found.clinics],
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _facts(line: Line, at: datetime) -> dict[str, object]:
    counts = {name: getattr(line, name) for name in ("staff", "one", "two", "verified", "relays")}
    age = None if line.tested_at is None else (at - line.tested_at).days
    return {"code": line.service or line.clinic, **counts, "tested_days_ago": age}
