"""``notifier restore FILE``: a backup in an empty home, with the key that was kept apart."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from notifier.cli.language import show_count, speak
from notifier.cli.moments import show_moment
from notifier.cli.opening import operator_name, screen
from notifier.desk.restoring import inspect_backup, restore_backup
from notifier.settings import Settings, read_settings
from notifier.wiring import open_new_home


def restore(
    path: Annotated[Path, typer.Argument(help="Le fichier de sauvegarde ; la clé de la maison est déjà en place.")],
) -> None:
    """Remet une sauvegarde dans un dossier vide ; rien ne part avant « notifier thaw »."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_restore(read_settings(os.environ, Path.cwd()), path))


async def _restore(settings: Settings, path: Path) -> None:
    async with open_new_home(settings) as desk:
        manifest = inspect_backup(path, desk.vault)
        made = show_moment(manifest.made_at, desk.zone)
        reason = speak("restore.reason", at=made)
        done = await restore_backup(desk, path, manifest, operator=operator_name(), reason=reason)
        for code in ("restore.done", "restore.doubt", "restore.next"):
            screen.print(
                speak(
                    code,
                    at=made,
                    people=show_count(done.people),
                    alerts=show_count(done.alerts),
                    waiting=show_count(done.waiting),
                    doubtful=show_count(done.doubtful),
                ),
                soft_wrap=True,
            )
