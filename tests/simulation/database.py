"""The two databases under a simulated night: the real ``Store`` on a SQLite file without threads, or on PostgreSQL.

SQLite is called in the loop's own thread, so that a night on it repeats to the letter. On PostgreSQL the leases ask the
database's clock: a function of our own, found before the built-in one, gives it the virtual time.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from notifier.store.transaction import Store, _begin_sqlite, _prepare_sqlite
from tests.simulation.crashes import AFTER, BEFORE, Crash, act_of

T = TypeVar("T")


class Mortal(Protocol):
    """A process, as its store sees it."""

    alive: bool

    def passes(self, point: str) -> None:
        """Raises Crash where it dies at this point."""
        ...


class MortalStore(Store):
    """The real store; its process can die around every commit, and a dead process asks nothing more."""

    def __init__(self, engine: Engine | AsyncEngine, place: str, process: Mortal) -> None:
        super().__init__(engine, place)
        self._process = process

    async def write(self, work: Callable[[Connection], T], *, urgent: bool = False) -> T:
        process, act = self._process, act_of(work)

        def acted(tx: Connection) -> T:
            result = work(tx)
            if act:
                process.passes(f"{act}: {BEFORE}")
            return result

        result = await super().write(acted, urgent=urgent)
        if act:
            process.passes(f"{act}: {AFTER}")
        return result

    async def _attempt(self, work: Callable[[Connection], T], *, writes: bool, alone: bool = False) -> T:
        if not self._process.alive:
            raise Crash
        return await super()._attempt(work, writes=writes, alone=alone)


class SqliteDriver:
    """One engine for all nights: its compiled statements are no process's memory. Each process has connections of its own."""

    def __init__(self) -> None:
        self._path = Path()
        self._engine = create_engine("sqlite://", creator=self._connect, poolclass=StaticPool)
        event.listen(self._engine, "begin", _begin_sqlite)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path)
        _prepare_sqlite(cast(DBAPIConnection, connection), cast(ConnectionPoolEntry, None))
        connection.execute("PRAGMA synchronous=OFF")  # a process dies, not the machine
        return connection

    def open(self, path: Path, process: Mortal) -> MortalStore:
        """A store of one process on this file. What it has not committed is gone with it."""
        self._path = path
        self._engine.dispose()
        return MortalStore(self._engine, str(path), process)
