"""``notifier watch``: the outside watchdog, on another machine than the house it watches."""

import asyncio
import logging
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import typer
import uvloop

from notifier.cli.language import pick_language, speak
from notifier.clock import Clock
from notifier.domain.errors import BadSettings, Fault
from notifier.settings import Settings, read_settings
from notifier.watchdog import Watchdog
from notifier.wiring import open_ways


def watch() -> None:
    """Veille un autre notifier, depuis une autre machine, et prévient deux personnes par ses propres voies s'il se tait."""
    settings = read_settings(os.environ, Path.cwd())
    if not settings.watchdog.watch:
        raise BadSettings((Fault("[watchdog], watch", "missing_key", (("key", "watch"),)),))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_watch(settings))


async def _watch(settings: Settings) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    async with AsyncExitStack() as stack:
        ways = await open_ways(settings, stack)
        plan = settings.watchdog
        typer.echo(speak("watchdog.ready", url=plan.watch, people=", ".join(one.masked for one in plan.tell)), err=True)
        await Watchdog(plan, ways, Clock(), pick_language()).work(stopping)
