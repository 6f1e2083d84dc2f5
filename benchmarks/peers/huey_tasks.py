"""huey's app, on SQLite with fsync."""

import os

from huey import SqliteHuey

from benchmarks.peers.message import send_and_record

huey = SqliteHuey("deliveries", filename=os.environ["PEER_FILE"], fsync=True, results=False)


@huey.task()
def deliver(number: int) -> None:
    """One message, recorded."""
    send_and_record(number)
