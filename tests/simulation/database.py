"""The two databases under a simulated night: the real ``Store`` on SQLite in memory, or on PostgreSQL.

SQLite is called in the loop's own thread, so that a night on it repeats to the letter. PostgreSQL is the product's own pool on
real sockets: virtual time stands still while a transaction is out, and transactions really run beside each other, so that a night
repeats in all but their order. There the leases ask the database's clock: a function of our own, found before the built-in one,
gives it the virtual time.
"""

import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from inspect import getclosurevars
from pathlib import Path
from typing import Protocol, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from notifier.domain.errors import DatabaseAway
from notifier.lanes import Lane
from notifier.store.outbox import Turn, Wired
from notifier.store.transaction import Store, _begin_sqlite, _prepare_sqlite, open_store
from tests.simulation.crashes import AFTER, BEFORE, Crash, act_of, is_group
from tests.simulation.locking import CommentingCompiler, LockBook, is_only_evidence, several_at_once
from tests.simulation.virtual import VirtualClock, VirtualLoop

T = TypeVar("T")


class Mortal(Protocol):
    """A process, as its store sees it. ``cut``: it has no line to the database; ``cutting``: the next commit's news is lost."""

    alive: bool
    cut: bool
    cutting: bool

    def passes(self, point: str) -> None:
        """Raises Crash where it dies at this point."""
        ...

    def took(self, lane: str) -> None:
        """It has taken a lane over, by the book."""
        ...

    def accuse(self, finding: str) -> None:
        """It did what nobody may."""
        ...

    def intends(self, lane: str, rows: Sequence[Wired]) -> None:
        """It has put these on the wire, by the book, and is about to call."""
        ...


class MortalStore(Store):
    """The real store; its process can die around every commit or lose its line, and a dead process asks nothing more."""

    def __init__(self, engine: Engine | AsyncEngine, process: Mortal, loop: VirtualLoop | None = None) -> None:
        super().__init__(engine, "simulation")
        self._process = process
        self._pool = None if loop is None else _Pool(cast(AsyncEngine, engine), loop)
        if self._pool is not None:
            self._async = cast(AsyncEngine, self._pool)

    @property
    def out(self) -> int:
        """How many of its transactions are under way on PostgreSQL."""
        return 0 if self._pool is None else self._pool.out

    async def write(self, work: Callable[[Connection], T], *, urgent: bool = False, new: bool = False) -> T:
        process, act = self._process, act_of(work)

        def acted(tx: Connection) -> T:
            if is_group(work):
                several_at_once(tx)
            result = work(tx)
            if _is_deposed(act, result) and not is_only_evidence(tx):
                process.accuse("evidence: a process that had lost its lane decided what becomes of a message")
            if act:
                process.passes(f"{act}: {BEFORE}")
            if act in ("turn", "settle"):
                _note_intents(process, work, result)
            return result

        result = await super().write(acted, urgent=urgent, new=new)
        if act == "takeover" and result is not None:
            taker = getclosurevars(work).nonlocals["self"]
            if isinstance(taker, Lane):
                process.took(taker.settings.name)
        if act:
            process.passes(f"{act}: {AFTER}")
        if process.cutting:
            process.cut, process.cutting = True, False
            raise DatabaseAway(self.place)
        return result

    async def _attempt(self, work: Callable[[Connection], T], *, writes: bool, alone: bool = False) -> T:
        if not self._process.alive:
            raise Crash
        if self._process.cut:
            raise DatabaseAway(self.place)
        return await super()._attempt(work, writes=writes, alone=alone)

    async def close(self) -> None:
        """Nothing: a night's connections serve all its processes, and what a crash leaves open is rolled back at once."""


def _is_deposed(act: str, result: object) -> bool:
    """A turn that found its lease lost, or a process that only bears witness."""
    return act == "evidence" or (act == "settle" and isinstance(result, tuple) and result[0] is None)


def _note_intents(process: Mortal, work: Callable[..., object], result: object) -> None:
    turn = result[2] if isinstance(result, tuple) else None
    lane = getclosurevars(work).nonlocals["self"] if isinstance(turn, Turn) and turn.wired else None
    if isinstance(turn, Turn) and isinstance(lane, Lane):
        process.intends(lane.settings.name, turn.wired)


class _Pool:
    """The product's pool; while a connection of it is out, virtual time stands still."""

    def __init__(self, engine: AsyncEngine, loop: VirtualLoop) -> None:
        self._engine = engine
        self._loop = loop
        self.out = 0

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        self.out += 1
        self._loop.outside += 1
        try:
            async with self._engine.connect() as connection:
                yield connection
        finally:
            self.out -= 1
            self._loop.outside -= 1


class Database(Protocol):
    """What a night is played on."""

    locks: LockBook

    def open(self, process: Mortal) -> MortalStore:
        """A store of one process."""
        ...

    async def close(self) -> None:
        """The night is over."""
        ...


@dataclass
class SqliteStage:
    """A database in memory, which starts each night as a copy of the theatre's. Compiled statements outlive a night."""

    template: bytes
    locks: LockBook = field(default_factory=LockBook)
    _connection: sqlite3.Connection | None = None

    def __post_init__(self) -> None:
        self._engine = create_engine("sqlite://", creator=self._give, poolclass=StaticPool)
        self._engine.dialect.statement_compiler = CommentingCompiler
        event.listen(self._engine, "begin", _begin_sqlite)
        self.locks.watch(self._engine)

    def _give(self) -> sqlite3.Connection:
        assert self._connection is not None
        return self._connection

    def set(self, _seed: int, _loop: VirtualLoop, _clock: VirtualClock) -> "SqliteStage":
        """For the next night."""
        self._engine.dispose()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.deserialize(self.template)
        _prepare_sqlite(cast(DBAPIConnection, self._connection), cast(ConnectionPoolEntry, None))
        self.locks.findings.clear()
        return self

    def open(self, process: Mortal) -> MortalStore:
        """A store of one process."""
        return MortalStore(self._engine, process)

    async def close(self) -> None:
        """Gone."""
        self._engine.dispose()
        self._give().close()


def read_template(path: Path) -> bytes:
    """A database file as a copy in memory can start from it: without a write-ahead log."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=DELETE")
    kept: bytes = connection.serialize()
    connection.close()
    return kept


VIRTUAL_CLOCK = """CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('notifier.now', true), '')::timestamptz, pg_catalog.clock_timestamp()) $$;"""


@dataclass
class PostgresStage:
    """A database of its own for each night, copied from the theatre's. ``command`` is psql's, ``url`` gives a database's."""

    template: str
    command: Callable[[str], object]
    url: Callable[[str], str]

    def set(self, _seed: int, loop: VirtualLoop, clock: VirtualClock) -> "PostgresNight":
        """For the next night."""
        name = f"{self.template}_night"
        self.command(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")
        self.command(f"CREATE DATABASE {name} TEMPLATE {self.template};")
        url = make_url(self.url(name)).update_query_dict({"schema": "public,pg_catalog"})
        return PostgresNight(url.render_as_string(hide_password=False), loop, clock)


class PostgresNight:
    """The product's own pool, with the virtual time told to each transaction."""

    def __init__(self, url: str, loop: VirtualLoop, clock: VirtualClock) -> None:
        self.locks = LockBook()
        self._loop = loop
        engine = open_store(url)._async
        assert engine is not None
        self._engine = engine
        self.locks.watch(engine.sync_engine)
        event.listen(engine.sync_engine, "begin", _tell_time(clock))

    def open(self, process: Mortal) -> MortalStore:
        """A store of one process."""
        return MortalStore(self._engine, process, self._loop)

    async def close(self) -> None:
        """Connections are given back."""
        self._loop.outside += 1
        await self._engine.dispose()
        self._loop.outside -= 1


def _tell_time(clock: VirtualClock) -> Callable[[Connection], None]:
    def tell(tx: Connection) -> None:
        tx.exec_driver_sql(f"SET LOCAL notifier.now = '{clock.wall().isoformat()}'")

    return tell


Stage = SqliteStage | PostgresStage
