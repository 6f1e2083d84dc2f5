"""The real command line in a process of its own, in a home with real contacts; and the real service beside it."""

import asyncio
import multiprocessing
import os
import re
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from notifier.cli import COMMANDS, main
from tests.house.tree import ROOT

START = "from notifier.cli import main; main()"
PROGRAM = (sys.executable, "-c", START)
# Each command is a process of its own, forked from one that has read the program: reading it takes 3 s of a processor.
WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(["notifier.cli", *(place.partition(":")[0] for place, _ in COMMANDS.values())])
# A disk on which SQLite gets no page more than it has: every database says "database or disk is full", as ENOSPC makes it say.
ON_A_FULL_DISK = """
from sqlalchemy import event
from sqlalchemy.engine import Engine
event.listen(Engine, "connect", lambda connection, _: connection.cursor().execute("PRAGMA max_page_count=1"))
"""
PATIENCE = 120  # s; two cores are shared
# Commands of this login; nothing of the tester's own settings.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}


@dataclass(frozen=True, slots=True)
class Said:
    """How one command ended, and what it said, French no-break spaces made plain."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What went wrong: one line on stderr, its cure behind a colon; no traceback, no second line."""
        assert re.fullmatch(r"[^\n]+ : [^\n]+[.?]\n", self.err), self.err
        assert self.code in (1, 2)
        return self.err


@dataclass(slots=True)
class Shell:
    """One home, and the commands that are typed there."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    def run(self, *words: object, world: str = "", typed: str = "", **environ: str) -> Said:
        """One command, to its end: ``typed`` is what it reads, ``world`` Python that makes the machine what the test wants."""
        with tempfile.TemporaryDirectory() as folder:
            streams = Path(folder, "in"), Path(folder, "out"), Path(folder, "err")
            streams[0].write_text(typed, encoding="utf-8")
            line = [str(word) for word in words]
            command = WARM.Process(target=_type, args=(line, world, self.surroundings(environ), self.home, streams))
            command.start()
            command.join(PATIENCE)
            if command.exitcode is None:
                command.kill()
                command.join()
            out, err = (_plain(path.read_text(encoding="utf-8")) for path in streams[1:])
            assert command.exitcode is not None
        return Said(command.exitcode, out, err)

    async def call(self, *words: object, **environ: str) -> Said:
        """One command, while something else of the test's goes on."""
        return await asyncio.to_thread(self.run, *words, **environ)

    def count(self) -> dict[str, int]:
        """Rows of each table that a command could have changed."""
        with closing(sqlite3.connect(f"file:{self.home / 'notifier.db'}?mode=ro", uri=True)) as database:
            names = ("people", "addresses", "slots", "incidents", "alerts", "recipients", "outbox")
            return {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608

    def order(self, statement: str) -> None:
        """SQL from outside, behind the house's back."""
        with closing(sqlite3.connect(self.home / "notifier.db")) as database:
            database.execute(statement)
            database.commit()

    def ask(self, query: str) -> str:
        """The one value that SQL from outside finds."""
        with closing(sqlite3.connect(f"file:{self.home / 'notifier.db'}?mode=ro", uri=True)) as database:
            return str(database.execute(query).fetchone()[0])

    def set(self, text: str) -> None:
        """Write notifier.toml."""
        (self.home / "notifier.toml").write_text(text, encoding="utf-8")

    def keep(self, name: str, secret: str) -> None:
        """Write a secret's file."""
        (self.home / name).write_text(f"{secret}\n")
        (self.home / name).chmod(0o600)

    @asynccontextmanager
    async def serving(self, **environ: str) -> AsyncIterator["Service"]:
        """`notifier serve`, until it is told to stop; it must stop by itself, with code 0."""
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, "serve", cwd=self.home, env=self.surroundings({"NOTIFIER_PORT": str(port), **environ}),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        service = Service(process, port)
        listening = asyncio.create_task(service.listen())
        try:
            await service.hears("notifier est prêt")
            yield service
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait_for(process.wait(), PATIENCE)
            await listening
        assert process.returncode == 0, service.said

    def surroundings(self, more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a command that is typed here."""
        asked = {"NOTIFIER_HOME": str(self.home), "NOTIFIER_LANG": "fr", "PYTHONPATH": str(ROOT)}
        return {**CLEAN, **asked, **self.environ, **more}


def _type(words: Sequence[str], world: str, environ: Mapping[str, str], home: Path, streams: Sequence[Path]) -> None:
    """In the new process: this login's environment, folder and streams, then the command."""
    os.chdir(home)
    os.environ.clear()
    os.environ.update(environ)
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    sys.stdin = os.fdopen(0, encoding="utf-8")  # a forked process has none of its own
    exec(world)  # noqa: S102 - the test's own words
    main(words)


@dataclass(slots=True)
class Service:
    """A running `notifier serve`, and what it has said so far."""

    process: asyncio.subprocess.Process
    port: int
    said: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        """Take in what it says, to the end."""
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.said += _plain(line.decode())
            self._news.set()
        self._news.set()

    async def hears(self, words: str) -> str:
        """The line with these words, once it is said."""
        async with asyncio.timeout(PATIENCE):
            while words not in self.said:
                assert self.process.returncode is None, self.said
                self._news.clear()
                await self._news.wait()
        return next(line for line in self.said.splitlines() if words in line)


def move_in(home: Path, model: Path) -> Shell:
    """A shell in a copy of a home that was made ready once."""
    shutil.copytree(model, home, dirs_exist_ok=True)
    return Shell(home)


def free_port() -> int:
    """A port that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")
