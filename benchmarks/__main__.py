"""``make bench``: every figure of the house beside the raw limit and the peers, in one table.

``BENCH="drain telegram"`` takes single figures, ``ROUNDS=2`` fewer rounds, ``PEERS=all`` every peer, and
``MARKDOWN=1`` prints the table as the README has it.
"""

import argparse
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

from benchmarks.figures import FIGURES, Bench, measure
from benchmarks.postgres import serve_postgres
from benchmarks.table import to_markdown, to_text


@contextmanager
def serve_redis(folder: Path) -> Iterator[str]:
    """A Redis for the peers that want one, its file synced once a second; empty where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    with subprocess.Popen([program, *options, "--appendfsync", "everysec"], stdout=subprocess.DEVNULL) as redis:
        sleep(1.0)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            redis.terminate()


def main() -> None:
    """Measure, then print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=", ".join(FIGURES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers/bin/python"), help="the Python of the peers' environment")
    parser.add_argument("--all-peers", action="store_true")
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.figures) - FIGURES.keys():
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    began = datetime.now(UTC)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notifier-bench-")))
        redis = os.environ["PEER_REDIS"] = stack.enter_context(serve_redis(folder))
        server = stack.enter_context(serve_postgres())
        bench = Bench(folder, server, asked.peers.absolute(), asked.rounds, asked.all_peers, redis)
        rows = measure(bench, asked.figures)
    took = (datetime.now(UTC) - began).total_seconds() / 60
    print(
        f"{began:%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; "
        f"{asked.rounds} interleaved rounds, {took:.0f} minutes, load at the end {os.getloadavg()[0]:.1f}",
        end="\n\n",
    )
    print(to_markdown(rows) if asked.markdown else to_text(rows), flush=True)
    if any(not row.values for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
