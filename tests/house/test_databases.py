"""The databases that tests are given are fresh, on both engines."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE once (turn INTEGER)"))
        await connection.execute(text("INSERT INTO once VALUES (:turn)"), {"turn": turn})
        rows = (await connection.execute(text("SELECT turn FROM once"))).scalars().all()
    await engine.dispose()
    assert rows == [turn]
