"""pgqueuer's worker: ``python -m benchmarks.peers.pgqueuer_tasks``."""

import asyncio

import asyncpg
from pgqueuer import AsyncpgPoolDriver, PgQueuer
from pgqueuer.models import Job

from benchmarks.peers.message import POSTGRES, send_async


async def main() -> None:
    """Work until the process is ended."""
    queue = PgQueuer(AsyncpgPoolDriver(await asyncpg.create_pool(POSTGRES, min_size=2, max_size=10)))

    @queue.entrypoint("deliver")
    async def deliver(job: Job) -> None:
        await send_async(int(job.payload))

    await queue.run(batch_size=100, max_concurrent_tasks=400)


if __name__ == "__main__":
    asyncio.run(main())
