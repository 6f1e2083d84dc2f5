"""``notifier import``: contacts in, all or nothing, after a diff."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from notifier.cli.language import pick_language, show_count, speak
from notifier.cli.opening import in_house, screen
from notifier.desk.importing import Imported, import_contacts
from notifier.domain.authority import Actor
from notifier.domain.errors import Fault
from notifier.prose import fault_line
from notifier.wiring import House

SHOWN = 20  # lines of one kind of notice, then how many more there are
LOOKED_FOR = ("import.landline", "import.no_way")  # many and known: a dry run is where they are looked for
COLUMNS = ("unchanged", "changed", "added", "absent", "shifts")


def import_(
    contacts: Annotated[list[Path], typer.Argument(help="Dossier ou fichiers : group.toml, KER.csv, KER-shifts.csv, KER.xlsx…")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montre les différences, n'écrit rien.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Importe les bonnes lignes, écrit les autres dans un fichier à corriger.")
    ] = False,
) -> None:
    async def work(house: House, actor: Actor) -> Imported:
        return await import_contacts(house.desk, actor, contacts, dry_run=dry_run, skip_bad=skip_bad)

    done = in_house(work)
    _list(done.faults, "yellow")
    _list([notice for notice in done.notices if dry_run or notice.code not in LOOKED_FOR])
    if len(done.tallies) > 1:
        screen.print(_table(done))
    counts = {name: show_count(getattr(done, name)) for name in ("unchanged", "changed", "added", "absent")}
    _say(speak("import.diff", **counts))
    more = {name: show_count(getattr(done, name)) for name in ("shifts", "landlines", "in_band", "unreachable", "clinics")}
    _say(speak("import.more", **more))
    if done.unreachable and not dry_run:
        _say(speak("import.looked_for"))
    for path in done.corrections:
        _say(speak("import.correction", path=str(path)))
    if done.skipped and not done.written:
        _say(speak("import.skippable", count=show_count(done.skipped)))
    _say(speak("import.dry" if not done.written else "import.done"))


def _say(line: str, style: str = "") -> None:
    """One line, however long; what a file is called is no markup."""
    screen.print(line, style=style, markup=False, soft_wrap=True)


def _list(faults: Sequence[Fault], style: str = "") -> None:
    """Every fault; of notices of one kind no more than a screen's worth."""
    shown = Counter[str]()
    for fault in faults:
        shown[fault.code] += 1
        if style or shown[fault.code] <= SHOWN:
            _say(fault_line(fault, pick_language()), style)
    for count in shown.values():
        if not style and count > SHOWN:
            _say(speak("import.rest", count=show_count(count - SHOWN)))


def _table(done: Imported) -> Table:
    table = Table(header_style="bold")
    table.add_column(speak("import.column.clinic"))
    for name in COLUMNS:
        table.add_column(speak(f"import.column.{name}"), justify="right")
    for tally in done.tallies:
        counts = [getattr(tally, name) for name in COLUMNS]
        table.add_row(tally.clinic, *("—" if count is None else show_count(count) for count in counts))
    return table
