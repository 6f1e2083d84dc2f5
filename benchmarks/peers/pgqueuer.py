"""pgqueuer: jobs in PostgreSQL, its own log records what was done."""

import asyncio
import sys

import asyncpg
from pgqueuer import Queries

from benchmarks.peers.driving import COUNT, POSTGRES, connect, drive, empty_database


async def _with_queries(*, install: bool) -> None:
    connection = await asyncpg.connect(POSTGRES)
    queries = Queries.from_asyncpg_connection(connection)
    if install:
        await queries.install()
    else:
        await queries.enqueue(["deliver"] * COUNT, [str(number).encode() for number in range(COUNT)], [0] * COUNT)
    await connection.close()


def _done() -> int:
    with connect() as database:
        return database.execute("SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'").fetchone()[0]


if __name__ == "__main__":
    empty_database()
    asyncio.run(_with_queries(install=True))
    worker = [sys.executable, "-m", "benchmarks.peers.pgqueuer_tasks"]
    drive(lambda: asyncio.run(_with_queries(install=False)), [worker] * 2, _done)
