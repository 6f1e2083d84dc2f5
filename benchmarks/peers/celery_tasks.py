"""Celery's app, on Redis."""

from celery import Celery

from benchmarks.peers.driving import REDIS
from benchmarks.peers.message import send_and_record

app = Celery("deliveries", broker=REDIS)
app.conf.update(task_ignore_result=True, task_acks_late=True, worker_hijack_root_logger=False, worker_prefetch_multiplier=16)


@app.task(name="deliver")
def deliver(number: int) -> None:
    """One message, recorded."""
    send_and_record(number)
