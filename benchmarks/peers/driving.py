"""Drives a queue: workers first and warm, then the broadcast enqueued, then waited for until all of it is recorded as sent."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg

_ASKED = sys.argv[1:] if len(sys.argv) == 4 else ("", "", "0")  # a worker that imports this has words of its own
SINK, POSTGRES, COUNT = _ASKED[0], _ASKED[1], int(_ASKED[2])
BIN = Path(sys.executable).parent
WARM = 4.0  # s for the workers to be up
LONGEST = 120.0
REDIS = os.environ.get("PEER_REDIS", "")


def connect() -> psycopg.Connection:
    """The database's own records are read with this."""
    return psycopg.connect(POSTGRES, autocommit=True)


def empty_database() -> None:
    """A fresh schema, and the broadcast's rows that a worker records on."""
    with connect() as database:
        database.execute("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public")
        database.execute(
            "CREATE TABLE delivery (id integer PRIMARY KEY, state text NOT NULL, provider_id text, sent_at timestamptz)"
        )


def fill_delivery() -> None:
    """The broadcast's rows, in one transaction."""
    with connect() as database:
        database.execute("INSERT INTO delivery SELECT n, 'queued' FROM generate_series(0, %s) n", (COUNT - 1,))


def count_sent() -> int:
    """How many are recorded."""
    with connect() as database:
        return database.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]


def drive(enqueue: Callable[[], None], workers: Sequence[Sequence[object]], done: Callable[[], int] = count_sent) -> None:
    """Print the rate from the first enqueued to the last recorded, and the processor time of client and workers."""
    environment = {**os.environ, "PEER_SINK": SINK, "PEER_POSTGRES": POSTGRES}
    with ExitStack() as stack:
        for command in workers:
            worker = stack.enter_context(
                subprocess.Popen([str(part) for part in command], env=environment, stdout=sys.stderr, stderr=subprocess.DEVNULL)
            )
            stack.callback(_end, worker.pid)
        time.sleep(WARM if workers else 0)
        worked, began = _processor_time(), time.perf_counter()
        enqueue()
        while (sent := done()) < COUNT and time.perf_counter() - began < LONGEST:
            time.sleep(0.05)
        passed, worked = time.perf_counter() - began, _processor_time() - worked
    if not sent:
        sys.exit("nothing was sent: its worker has not started, or not found its broker")
    print(json.dumps({"rate": sent / passed, "cpu": worked * 1000 / max(1, sent)}))


def _end(pid: int) -> None:
    family = [psutil.Process(pid)] if psutil.pid_exists(pid) else []
    for process in [child for parent in family for child in parent.children(recursive=True)] + family:
        process.kill()


def _processor_time() -> float:
    spent = 0.0
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system
    return spent
