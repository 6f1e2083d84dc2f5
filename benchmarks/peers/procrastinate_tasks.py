"""procrastinate's app."""

import procrastinate

from benchmarks.peers.message import POSTGRES, send_async

app = procrastinate.App(
    connector=procrastinate.PsycopgConnector(conninfo=POSTGRES, max_size=16),
    import_paths=["benchmarks.peers.procrastinate_tasks"],
)


@app.task(name="deliver")
async def deliver(number: int) -> None:
    """One message."""
    await send_async(number)
