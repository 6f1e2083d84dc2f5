"""taskiq: jobs in a Redis stream (append-only file, synced once a second); recorded in PostgreSQL by its task."""

import asyncio

from benchmarks.peers.driving import BIN, COUNT, drive, empty_database, fill_delivery
from benchmarks.peers.taskiq_tasks import broker, deliver


async def _enqueue() -> None:
    await broker.startup()
    for number in range(COUNT):
        await deliver.kiq(number)
    await broker.shutdown()


def _broadcast() -> None:
    fill_delivery()
    asyncio.run(_enqueue())


if __name__ == "__main__":
    empty_database()
    worker = [BIN / "taskiq", "worker", "benchmarks.peers.taskiq_tasks:broker", "--workers", "2", "--log-level", "ERROR"]
    drive(_broadcast, [worker])
