"""DBOS: durable workflows in PostgreSQL, one a message, enqueued and executed by one process."""

import asyncio
import json
import os
import sys
import time

os.environ["PEER_SINK"], os.environ["PEER_POSTGRES"] = sys.argv[1:3]

from dbos import DBOS  # noqa: E402

from benchmarks.peers.driving import COUNT, LONGEST, POSTGRES, connect, empty_database  # noqa: E402
from benchmarks.peers.message import send_async  # noqa: E402

AT_ONCE = 200


def _done() -> int:
    with connect() as database:
        return database.execute("SELECT count(*) FROM dbos.workflow_status WHERE status = 'SUCCESS'").fetchone()[0]


async def main() -> None:
    """The broadcast, until the last workflow has succeeded."""
    DBOS(config={"name": "peer", "system_database_url": POSTGRES, "log_level": "ERROR", "run_migrations": True})

    @DBOS.workflow()
    async def deliver(number: int) -> str:
        return await send_async(number)

    DBOS.launch()
    await DBOS.register_queue_async("deliveries", worker_concurrency=200, polling_interval_sec=0.1)
    began, worked = time.perf_counter(), time.process_time()
    for first in range(0, COUNT, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, COUNT))
        await asyncio.gather(*(DBOS.enqueue_workflow_async("deliveries", deliver, number) for number in numbers))
    while (sent := await asyncio.to_thread(_done)) < COUNT and time.perf_counter() - began < LONGEST:
        await asyncio.sleep(0.1)
    passed, worked = time.perf_counter() - began, time.process_time() - worked
    print(json.dumps({"rate": sent / passed, "cpu": worked * 1000 / max(1, sent)}), flush=True)
    os._exit(0)  # its threads would poll on


if __name__ == "__main__":
    empty_database()
    with connect() as fresh:
        fresh.execute("DROP SCHEMA IF EXISTS dbos CASCADE")
    asyncio.run(main())
