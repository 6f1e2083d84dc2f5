"""The databases that tests are given are fresh, on both engines."""

import pytest
from sqlalchemy import Connection, text

from notifier.store import schema
from notifier.store.transaction import open_store
from tests.house.tree import ROOT


def _use(connection: Connection, turn: int) -> list[int]:
    connection.execute(text("CREATE TABLE once (turn INTEGER)"))
    connection.execute(text("INSERT INTO once VALUES (:turn)"), {"turn": turn})
    return list(connection.execute(text("SELECT turn FROM once")).scalars())


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_gets_an_empty_database(database_url: str, turn: int) -> None:
    store = open_store(database_url)
    rows = await store.write(lambda tx: _use(tx, turn))
    await store.close()
    assert rows == [turn]


def test_each_migration_has_a_number_of_its_own_and_this_release_knows_the_newest() -> None:
    numbers = sorted(path.stem.partition("_")[0] for path in (ROOT / "notifier/store/migrations/versions").glob("[0-9]*.py"))
    assert numbers == [f"{place:04}" for place in range(1, len(numbers) + 1)]
    assert numbers[-1] == schema.HEAD
