"""Celery: jobs in Redis (append-only file, synced once a second); each message is recorded in PostgreSQL by its task."""

from benchmarks.peers.celery_tasks import deliver
from benchmarks.peers.driving import BIN, COUNT, drive, empty_database, fill_delivery


def _enqueue() -> None:
    fill_delivery()
    for number in range(COUNT):
        deliver.delay(number)


if __name__ == "__main__":
    empty_database()
    worker = [BIN / "celery", "-A", "benchmarks.peers.celery_tasks", "worker", "-l", "error", "-c", "2"]
    drive(_enqueue, [[*worker, "--without-gossip", "--without-mingle"]])
