"""Databases that fail on command: a full disk, a broken one, a server that is gone for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url, text

from notifier.store.ballast import ROOM, Ballast
from notifier.store.transaction import Store, Tx

# PostgreSQL says the same as a full or a broken disk would, by the same SQLSTATE.
TABLES = ("alerts", "outbox", "attempts", "recipients", "lanes", "journal", "people", "addresses")
FULL, BROKEN = "53100", "58030"


@dataclass
class Disk:
    """The disk under a store. While it is ``full`` no new page is had; ``spare`` pages are left on SQLite.

    A ``ballast`` of its own gives its room to the database, and cannot be had again while the disk is full.
    """

    store: Store
    full: bool = False
    spare: int = 0
    _most: dict[int, int] = field(default_factory=dict)

    def carry(self, path: Path) -> None:
        """A ballast from now on."""
        self.store.ballast = _Carried(path, self)
        assert self.store.ballast.keep()

    def _limit(self, connection: Any, _record: object, _proxy: object) -> None:
        cursor = connection.cursor()
        if self.full:
            cursor.execute("PRAGMA page_count")
            pages = cursor.fetchone()[0]
            freed = self.store.ballast is not None and not self.store.ballast.is_kept
            cursor.execute(f"PRAGMA max_page_count={pages + (ROOM >> 12 if freed else self.spare)}")
        else:
            cursor.execute("PRAGMA max_page_count=1073741823")
        cursor.close()

    async def fill(self, *, spare: int = 0) -> None:
        """No space is left from now on."""
        self.full, self.spare = True, spare
        if not self.store.is_sqlite:
            await self.store.write(lambda tx: _refuse(tx, FULL))

    async def clear(self) -> None:
        """Somebody has made room."""
        self.full = False
        if not self.store.is_sqlite:
            await self.store.write(_allow)


class _Carried(Ballast):
    """On this disk."""

    def __init__(self, path: Path, disk: Disk) -> None:
        super().__init__(path)
        self._disk = disk

    def left(self) -> int:
        """Nothing, while it is full."""
        return 0 if self._disk.full else super().left()


def on_disk(store: Store) -> Disk:
    """The disk of this store, sound."""
    disk = Disk(store)
    if store.is_sqlite:
        event.listen(store.engine, "checkout", disk._limit)
    return disk


def _refuse(tx: Tx, state: str) -> None:
    body = f"BEGIN RAISE EXCEPTION 'the disk' USING ERRCODE='{state}'; END"
    tx.execute(text(f"CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"))
    for table in TABLES:
        tx.execute(text(f"CREATE TRIGGER afflicted BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION fail()"))


def _allow(tx: Tx) -> None:
    for table in TABLES:
        tx.execute(text(f"DROP TRIGGER afflicted ON {table}"))


async def break_disk(store: Store) -> None:
    """PostgreSQL's next write fails as one on a broken disk does."""
    await store.write(lambda tx: _refuse(tx, BROKEN))


@dataclass
class Line:
    """The way to a PostgreSQL server, which can be cut as a failover cuts it: every connection, and nobody listens.

    While ``breaks_at_commit`` is above zero, the next COMMITs reach the server, and each time every connection is cut in place of
    its answer: whoever asked for it cannot know what became of it.
    """

    socket: str
    breaks_at_commit: int = 0
    port: int = 0
    server: asyncio.Server | None = None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    passable: asyncio.Event = field(default_factory=asyncio.Event)

    def vanish(self) -> None:
        """Nothing passes any more, and nobody hangs up."""
        self.passable.clear()

    async def open(self) -> None:
        """The server is there, again."""
        self.passable.set()
        self.server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """The server is gone."""
        if self.server is not None:
            self.server.close()
        self._drop_all()
        await asyncio.sleep(0)

    def _drop_all(self) -> None:
        for writer in list(self.writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(self.socket)
        self.writers |= {writer, outer}
        asked = asyncio.Event()
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._copy(reader, outer, sent=asked), self._copy(inner, writer, heard=asked))
        self.writers -= {writer, outer}

    async def _copy(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        *,
        sent: asyncio.Event | None = None,
        heard: asyncio.Event | None = None,
    ) -> None:
        try:
            while octets := await source.read(1 << 16):
                await self.passable.wait()
                if heard is not None and heard.is_set():
                    self._drop_all()
                    return
                if sent is not None and self.breaks_at_commit > 0 and b"COMMIT" in octets:
                    self.breaks_at_commit -= 1
                    sent.set()
                sink.write(octets)
                await sink.drain()
        finally:
            sink.close()


@asynccontextmanager
async def open_line(url: str) -> AsyncIterator[tuple[Line, str]]:
    """A line to the server behind this URL, and the URL by which the line is used."""
    parsed = make_url(url)
    folder, port = str(parsed.query.get("host", "")), parsed.port or 5432
    line = Line(f"{folder}/.s.PGSQL.{port}")
    await line.open()
    by_line = parsed.difference_update_query(["host"]).set(host="127.0.0.1", port=line.port)
    try:
        yield line, by_line.render_as_string(hide_password=False)
    finally:
        await line.cut()
