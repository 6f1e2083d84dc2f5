"""A night on each database, and what must hold at the end of every one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.night import Night, open_night
from tests.journeys.reckoning import reckon


@pytest.fixture
async def night(database_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    """22h45 at Kerlic with the fixed cast."""
    async with open_night(database_url, tmp_path) as opened:
        yield opened
        await reckon(opened)
