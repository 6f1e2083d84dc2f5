"""The office that takes contacts in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import sqlite_url
from tests.desk.office import Office, open_office


@pytest.fixture
async def office(database_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    async for opened in open_office(database_url, tmp_path):
        yield opened


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Office]:
    """The same, on SQLite only: for what has nothing to do with the database."""
    async for opened in open_office(sqlite_url(tmp_path), tmp_path):
        yield opened
