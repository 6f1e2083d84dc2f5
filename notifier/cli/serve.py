"""``notifier serve`` runs everything in one process; ``notifier work`` adds a worker on PostgreSQL."""

import asyncio
import contextlib
import logging
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import typer
import uvloop

from notifier.bot import hear_staff
from notifier.cli.board import tell_alarm, tell_over
from notifier.cli.language import speak
from notifier.cli.opening import say_made
from notifier.desk.showing import list_alarms
from notifier.domain.errors import NotReady
from notifier.settings import Settings, read_settings
from notifier.web.serving import serve_web
from notifier.wiring import House, open_house, refuse_on_sqlite, run_house

LOOK = 2.0  # s between two looks whether something stands in the way of sending


def serve() -> None:
    _run(read_settings(os.environ, Path.cwd()), with_web=True)


def work() -> None:
    settings = read_settings(os.environ, Path.cwd())
    refuse_on_sqlite(settings, "work")
    _run(settings, with_web=False)


def _run(settings: Settings, *, with_web: bool) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, with_web=with_web))


async def _serve(settings: Settings, *, with_web: bool) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings))
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, house.stopping.set)
        say_made(house)
        await stack.enter_async_context(run_house(house))
        faces = await stack.enter_async_context(hear_staff(house))
        if with_web:
            await stack.enter_async_context(serve_web(house, {name: face.take_update for name, face in faces.items()}))
            typer.echo(speak("serve.ready", url=settings.public_url, lanes=len(settings.lanes)), err=True)
        telling = asyncio.create_task(_tell_alarms(house), name="alarms told")
        await house.stopping.wait()
        telling.cancel()
        typer.echo(speak("serve.stopping"), err=True)


async def _tell_alarms(house: House) -> None:
    """Say it once when something stands in the way of sending, and once when it is over."""
    told: dict[str, str] = {}
    while True:
        with contextlib.suppress(NotReady):  # the lanes say so themselves
            alarms = {tell_over(alarm): tell_alarm(alarm, house.desk.zone) for alarm in await list_alarms(house.desk)}
            for over in told.keys() - alarms.keys():
                typer.echo(over, err=True)
            for over, sentence in alarms.items():
                if told.get(over) != sentence:
                    typer.echo(sentence, err=True)
            told = alarms
        await asyncio.sleep(LOOK)
