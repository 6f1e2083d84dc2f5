"""How every command opens the house: settings, home, key and database; and the operator behind the command line."""

import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO, TypeVar

import typer
import uvloop
from rich.console import Console

from notifier.cli.language import speak
from notifier.desk.operators import enter
from notifier.domain.authority import Actor
from notifier.settings import read_settings
from notifier.wiring import House, open_house

T = TypeVar("T")
PIPE_WIDTH = 140  # columns: a pipe has none of its own


def width_of(stream: TextIO | None) -> int | None:
    """Columns to draw for: a terminal's own (None), else as if it were wide. A closed stream is None in Python."""
    return None if stream is not None and stream.isatty() else PIPE_WIDTH


# Without markup: "[[lane]]" and whatever people type are words.
screen = Console(highlight=False, markup=False, width=width_of(sys.stdout))


def in_house(work: Callable[[House, Actor], Awaitable[T]]) -> T:
    """Open the house, do ``work`` as the operator of this login, close it. Says what had to be created."""

    async def run() -> T:
        async with open_house(read_settings(os.environ, Path.cwd())) as house:
            say_made(house)
            return await work(house, await enter(house.desk, operator_name()))

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())


def say_made(house: House) -> None:
    """What had to be created, on stderr, once."""
    for path in house.made:
        typer.echo(speak("made", path=str(path)), err=True)
    if house.settings.key_file in house.made:
        typer.echo(speak("made.key"), err=True)


def operator_name() -> str:
    """The login behind the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return f"uid-{os.getuid()}"


def confirm(question: str) -> bool:
    """Yes in either language; anything else that is not no is asked again. No is the default, as is Ctrl-C."""
    while True:
        answer = typer.prompt(f"{question} {speak('confirm.choice')}", default="", show_default=False, prompt_suffix=" ")
        match answer.strip().casefold():
            case "o" | "oui" | "y" | "yes":
                return True
            case "" | "n" | "non" | "no":
                return False
        typer.echo(speak("confirm.again"), err=True)
