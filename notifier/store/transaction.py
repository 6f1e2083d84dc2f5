"""Short explicit transactions, on SQLite and PostgreSQL alike.

``Store.write`` and ``Store.read`` run one plain function ``work(tx)`` in one transaction. ``work`` may run again (a busy
database, a deadlock, a key that somebody else took in between), so it changes nothing but the database.

SQLite: WAL, synchronous=FULL (NORMAL may lose the last commits when the power fails), BEGIN IMMEDIATE for every writer, because
a deferred one that upgrades gets SQLITE_BUSY_SNAPSHOT at once and ignores the busy time-out; one writer at a time in the
process, urgent ones (answers) first. When its disk is full, what is under way goes on in the ballast's place.
PostgreSQL: synchronous_commit=on.
"""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, bindparam, create_engine, event, func, make_url, select
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from notifier.clock import Clock
from notifier.domain.errors import DatabaseAway, DatabaseBroken, DatabaseUnfit, DiskFull, NotReady
from notifier.store.ballast import Ballast
from notifier.store.tables import Instant

log = logging.getLogger(__name__)
_clock = Clock()
T = TypeVar("T")
Tx = Connection  # what every store function takes first; rooms outside the store name it by this
IN_A_ROW = 4  # groups of answers, about 0.1 s each, before somebody else writes: a turn every half second at the worst
THREADS = 4  # at work on one SQLite file: the one writer, and readers beside it
STOPPED = "15s"  # PostgreSQL rolls back for whoever stops in the middle of a transaction: its locks outlast no lease
SILENCE = 30.0  # s without an answer to one statement: PostgreSQL's host is gone though nobody has hung up
REACHED = 10.0  # s for a new connection to it
RETRIES = 5  # of one transaction; the busy time-out has already waited 5 s before the first
SILENT = 1.0  # s after which a line to PostgreSQL is asked whether it still is one; before, that is a trip for nothing
_WRITES = "notifier_writes"
_AGAIN = ("database is locked", "database table is locked", "40001", "40P01", "deadlock detected", "could not serialize")
_FULL = ("database or disk is full", "disk full", "No space left", "53100")
# After a failed write or fsync nothing of the handle may be believed, and an fsync that is tried again lies.
_BROKEN = ("disk I/O error", "malformed", "is not a database")
_BROKEN_STATES = ("58030", "XX001", "XX002")  # PostgreSQL: I/O error, damaged data, damaged index
# PostgreSQL: the connection, shutting down or starting up, too many connections, a server that became another one's copy.
_AWAY_STATES = ("08", "57", "53300", "25006")
# What nothing but a person mends: SQLite's words, and SQLSTATEs, for PostgreSQL speaks its own language.
_UNFIT = {
    "unable to open database file": "denied",
    "readonly database": "denied",
    "28P01": "refused",  # the password
    "28000": "refused",  # the account
    "3D000": "refused",  # the database
    "42501": "refused",  # the privileges
}


class Turnstile:
    """A lock that lets urgent waiters through before the others, each kind in order of arrival.

    After ``IN_A_ROW`` urgent ones one of the others passes: answers without end would else keep a lane from renewing its lease.
    """

    def __init__(self) -> None:
        self._busy = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._in_a_row = 0

    @asynccontextmanager
    async def passing(self, *, urgent: bool) -> AsyncIterator[None]:
        """Inside: nobody else is."""
        if self._busy:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            (self._urgent if urgent else self._others).append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._next()
                raise
        self._busy = True
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        while self._urgent or self._others:
            first = bool(self._urgent) and not (self._others and self._in_a_row >= IN_A_ROW)
            turn = (self._urgent if first else self._others).popleft()
            if not turn.done():
                self._in_a_row = self._in_a_row + 1 if first else 0
                turn.set_result(None)  # stays busy: the place is handed over
                return
        self._busy = False


class Store:
    """One database. Open it with ``open_store``. A home gives it a ``ballast``, beside a SQLite file."""

    def __init__(self, engine: Engine | AsyncEngine, place: str) -> None:
        self.engine = engine if isinstance(engine, Engine) else engine.sync_engine
        self.place = place
        self.is_sqlite = isinstance(engine, Engine)
        self.ballast: Ballast | None = None
        self._async = None if isinstance(engine, Engine) else engine
        self._turnstile = Turnstile()
        self._broken = False
        # A transaction is one visit to a thread, however many statements it has: a hop for each took more than the statements.
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite")

    async def write(self, work: Callable[[Connection], T], *, urgent: bool = False, new: bool = False) -> T:
        """Run ``work`` in one durable transaction and give its result once committed.

        ``new``: it begins something, and is refused while a full disk leaves room only for what is under way.

        Raises DiskFull, DatabaseAway (the outcome of a commit may then be unknown), DatabaseUnfit, DatabaseBroken: once that was
        raised, it is to whoever asks, so that the process ends and another one looks at the database afresh.
        """
        if not self.is_sqlite:
            return await self._attempt(work, writes=True)
        if new and not await self.keep_ballast():
            raise DiskFull(self.place)
        async with self._turnstile.passing(urgent=urgent):
            try:
                return await self._attempt(work, writes=True)
            except DiskFull:
                if new or self.ballast is None or not self.ballast.spend():
                    raise
                log.error("the disk of %s is full: what is under way goes on in the room that was kept for it", self.place)
            return await self._attempt(work, writes=True)

    async def keep_ballast(self) -> bool:
        """Have the ballast back where it was spent; False while there is no room for it."""
        return self.ballast is None or await asyncio.get_running_loop().run_in_executor(self._threads, self.ballast.keep)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on one snapshot; it must not write."""
        return await self._attempt(work, writes=False)

    async def look(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` for one statement, which must not write: one trip to PostgreSQL, without a transaction about it."""
        return await self._attempt(work, writes=False, alone=True)

    async def _attempt(self, work: Callable[[Connection], T], *, writes: bool, alone: bool = False) -> T:
        for attempt in itertools.count(1):
            if self._broken:
                raise DatabaseBroken(self.place)
            try:
                if self._async is None:
                    return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work, writes)
                async with self._async.connect() as connection:
                    if alone:
                        await connection.execution_options(isolation_level="AUTOCOMMIT")
                    async with connection.begin():
                        return await connection.run_sync(work)
            except DBAPIError as error:
                trouble = self._name_trouble(error)
                self._broken |= isinstance(trouble, DatabaseBroken)
                if isinstance(trouble, (DiskFull, DatabaseBroken)):
                    raise trouble from None
                again = isinstance(error, IntegrityError) or _is_passing(error) or (not writes and error.connection_invalidated)
                if attempt >= RETRIES or not again:
                    raise trouble or error from None
                await asyncio.sleep(0.02 * attempt)
            except (OSError, PoolTimeout) as error:
                raise DatabaseAway(self.place) from error
        raise AssertionError("unreachable")

    def _run(self, work: Callable[[Connection], T], writes: bool) -> T:
        with self.engine.connect().execution_options(**{_WRITES: writes}) as connection, connection.begin():
            return work(connection)

    def _name_trouble(self, error: DBAPIError) -> NotReady | None:
        """What is wrong with the database; None where ``work`` itself is wrong."""
        said, state = str(error.orig), getattr(error.orig, "sqlstate", None)
        if state in _FULL or any(sign in said for sign in _FULL):
            return DiskFull(self.place)
        if state in _BROKEN_STATES or (not state and any(sign in said for sign in _BROKEN)):
            return DatabaseBroken(self.place)
        if unfit := _UNFIT.get(state or "") or next((why for sign, why in _UNFIT.items() if not state and sign in said), None):
            return DatabaseUnfit(self.place, unfit)
        cut = error.connection_invalidated or (state or "").startswith(_AWAY_STATES)
        if cut or (isinstance(error, (InterfaceError, OperationalError)) and "no such" not in said):
            return DatabaseAway(self.place)
        return None

    async def close(self) -> None:
        """Give the connections back. Whoever uses the store once more opens new ones."""
        if self._async is not None:
            await self._async.dispose()
        self.engine.dispose()
        self._threads.shutdown(wait=False)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite")


def _is_passing(error: DBAPIError) -> bool:
    """A busy database, a deadlock: the same transaction may get through at once."""
    said, state = str(error.orig), getattr(error.orig, "sqlstate", None)
    return state in _AGAIN or any(sign in said for sign in _AGAIN)


def open_store(url: str, *, silence: float = SILENCE) -> Store:
    """A store on ``sqlite:///path`` or ``postgresql+asyncpg://…``; ``?schema=name`` names a schema of its own.

    PostgreSQL that leaves a statement without an answer for ``silence`` seconds is taken for away.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # The connection of the last turn makes the next one: it still has the pages.
        engine = create_engine(parsed, pool_size=THREADS, pool_use_lifo=True, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return Store(engine, parsed.database or "")
    schema = parsed.query.get("schema")
    settings = {"synchronous_commit": "on", "timezone": "UTC", "idle_in_transaction_session_timeout": STOPPED}
    if isinstance(schema, str):
        settings["search_path"] = schema
    pool = create_async_engine(
        parsed.difference_update_query(["schema"]),
        pool_size=8,
        max_overflow=8,
        pool_use_lifo=True,  # what a connection has prepared is prepared once
        hide_parameters=True,  # an error's text must not hold what was written
        connect_args={"server_settings": settings, "command_timeout": silence, "timeout": REACHED},
    )
    event.listen(pool.sync_engine, "checkin", _note_use)
    event.listen(pool.sync_engine, "checkout", _try_line)
    return Store(pool, parsed.render_as_string(hide_password=True))


def sqlite_path(url: str | URL) -> Path | None:
    """The database file behind a SQLite URL, else None."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def database_time(tx: Connection, wall: datetime) -> datetime:
    """The clock that leases are read by: the database's own on PostgreSQL, the machine's on SQLite."""
    if tx.dialect.name == "sqlite":
        return wall
    now: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
    return now


class database_clock(FunctionElement[datetime]):  # noqa: N801 - a function of SQL
    """The same clock within a statement, which on SQLite is given as the value ``wall``."""

    type = Instant()
    inherit_cache = True


@compiles(database_clock)
def _ask_the_database(_clock: database_clock, _compiler: SQLCompiler, **_options: object) -> str:
    return "clock_timestamp()"


@compiles(database_clock, "sqlite")
def _ask_the_machine(_clock: database_clock, compiler: SQLCompiler, **options: object) -> str:
    return compiler.process(bindparam("wall", type_=Instant()), **options)


def _note_use(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
    entry.info["used"] = _clock.real()


def _try_line(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """A line that the server has closed is replaced, and one that has been silent is asked first: half of it may be gone."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
    if _clock.real() - entry.info.get("used", _clock.real()) < SILENT:
        return
    try:
        connection.ping()
    except connection.dbapi.Error as lost:
        raise DisconnectionError from lost


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "cache_size=-16000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
