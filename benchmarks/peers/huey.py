"""huey: jobs in SQLite; each message is recorded in PostgreSQL by its task."""

import os
import tempfile
from pathlib import Path

os.environ["PEER_FILE"] = str(Path(tempfile.mkdtemp()) / "huey.db")

from benchmarks.peers.driving import BIN, COUNT, drive, empty_database, fill_delivery
from benchmarks.peers.huey_tasks import deliver


def _enqueue() -> None:
    fill_delivery()
    for number in range(COUNT):
        deliver(number)


if __name__ == "__main__":
    empty_database()
    drive(_enqueue, [[BIN / "huey_consumer", "benchmarks.peers.huey_tasks.huey", "-k", "process", "-w", "2", "-q"]])
