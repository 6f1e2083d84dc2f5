"""procrastinate: jobs in PostgreSQL, which records what was done."""

import asyncio

import procrastinate

from benchmarks.peers.driving import BIN, COUNT, POSTGRES, connect, drive, empty_database

AT_ONCE = 1000  # jobs deferred in one call
app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=POSTGRES, max_size=16))


@app.task(name="deliver")
async def deliver(number: int) -> None:
    """Done by the workers."""


async def _install() -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def _enqueue() -> None:
    async with app.open_async():
        for first in range(0, COUNT, AT_ONCE):
            await deliver.batch_defer_async(*({"number": n} for n in range(first, min(first + AT_ONCE, COUNT))))


def _done() -> int:
    with connect() as database:
        return database.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'").fetchone()[0]


if __name__ == "__main__":
    empty_database()
    asyncio.run(_install())
    worker = [
        BIN / "procrastinate",
        "--log-level",
        "warning",
        "-a",
        "benchmarks.peers.procrastinate_tasks.app",
        "worker",
        "-c",
        "50",
    ]
    drive(lambda: asyncio.run(_enqueue()), [worker] * 2, _done)
