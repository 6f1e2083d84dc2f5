"""Statements that are put into words once say the same as SQLAlchemy's, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, true, update
from sqlalchemy.dialects import sqlite

from notifier.store import schema
from notifier.store.prepared import Prepared, PreparedForEach
from notifier.store.tables import receipts
from notifier.store.transaction import Store, Tx, open_store

NIGHT = datetime(2026, 10, 4, 22, 45, tzinfo=timezone(timedelta(hours=2)))
COLUMNS = ("event", "at", "lane", "provider_id", "evidence", "known")
WRITE = PreparedForEach(
    {name: receipts.c[name].type for name in COLUMNS},
    lambda told: insert(receipts).from_select(list(told), select(*told.values())),
)
CHANGE = PreparedForEach(
    {name: receipts.c[name].type for name in ("event", "provider_id")},
    lambda told: update(receipts).where(receipts.c.event == told["event"]).values(provider_id=told["provider_id"], known=true()),
)
FIND = Prepared(
    lambda events: (
        select(receipts)
        .where(receipts.c.event.in_(events), receipts.c.lane == "sms")
        .order_by(receipts.c.event)
        .limit(bindparam("most"))
    )
)
LEARN = Prepared(lambda events: update(receipts).where(receipts.c.event.in_(events)).values(known=True, at=bindparam("at")))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Seventy receipts, half of them known."""
    opened = open_store(database_url)
    await schema.upgrade(opened, database_url)
    await opened.write(lambda tx: WRITE.run(tx, [_receipt(number) for number in range(70)]))
    yield opened
    await opened.close()


def _receipt(number: int) -> dict[str, object]:
    return {
        "event": f"e{number:02}", "at": NIGHT + timedelta(seconds=number // 10), "lane": "sms",
        "provider_id": None if number % 3 else str(number), "evidence": "sent", "known": number % 2 == 0,
    }  # fmt: skip


async def test_what_was_written_in_one_go_is_what_sqlalchemy_reads(store: Store) -> None:
    found = await store.read(lambda tx: tx.execute(select(receipts).order_by(receipts.c.event)).mappings().all())
    assert [dict(row) for row in found] == [_receipt(number) for number in range(70)]


@pytest.mark.parametrize("count", [1, 2, 3, 64, 70])
async def test_a_list_of_any_length_finds_its_rows_and_no_other(store: Store, count: int) -> None:
    wanted = [f"e{number:02}" for number in range(count)]
    rows = await store.read(lambda tx: FIND.rows(tx, wanted, most=100))
    assert [row[0] for row in rows] == wanted
    assert [row[1] for row in rows] == [NIGHT + timedelta(seconds=number // 10) for number in range(count)]
    assert {row[1].tzinfo for row in rows} == {UTC}
    assert [row[5] for row in rows] == [number % 2 == 0 for number in range(count)]
    assert await store.read(lambda tx: len(FIND.rows(tx, wanted, most=1))) == 1
    assert await store.read(lambda tx: FIND.rows(tx, ["nothing"], most=100)) == []


async def test_a_change_goes_to_every_row_of_the_list_and_is_undone_with_its_transaction(store: Store) -> None:
    def learn_and_fail(tx: Tx) -> None:
        LEARN.run(tx, ["e01", "e03", "e05"], at=NIGHT)
        raise LookupError

    with pytest.raises(LookupError):
        await store.write(learn_and_fail)
    assert [row[5] for row in await store.read(lambda tx: FIND.rows(tx, ["e01", "e03", "e05"], most=9))] == [False] * 3
    await store.write(lambda tx: LEARN.run(tx, ["e01", "e03"], at=NIGHT))
    assert [row[5] for row in await store.read(lambda tx: FIND.rows(tx, ["e01", "e03", "e05"], most=9))] == [True, True, False]


async def test_a_time_without_a_zone_is_refused_here_too(store: Store) -> None:
    naive = [_receipt(90) | {"at": datetime(2026, 10, 4, 22, 45)}]  # noqa: DTZ001 - the mistake itself
    with pytest.raises(TypeError, match="zone"):
        await store.write(lambda tx: WRITE.run(tx, naive))


async def test_each_set_changes_its_own_row_and_nothing_comes_of_none(store: Store) -> None:
    await store.write(lambda tx: CHANGE.run(tx, []))
    await store.write(lambda tx: CHANGE.run(tx, [{"event": "e01", "provider_id": "a"}, {"event": "e03", "provider_id": None}]))
    rows = await store.read(lambda tx: FIND.rows(tx, ["e01", "e02", "e03", "e05"], most=9))
    assert [(row[0], row[3], row[5]) for row in rows] == [
        ("e01", "a", True), ("e02", None, True), ("e03", None, True), ("e05", None, False),
    ]  # fmt: skip


def test_a_value_that_stands_in_the_statement_itself_is_refused() -> None:
    """A list would be asked for it, and one value be given."""
    kinds = {"lane": receipts.c.lane.type}
    statement = PreparedForEach(kinds, lambda told: update(receipts).values(known=True, lane=told["lane"]))
    with pytest.raises(TypeError, match="known"):
        statement._put_into_words(sqlite.dialect())
