"""Statements that are put into words once say the same as SQLAlchemy's, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, insert, select, update

from notifier.store import schema
from notifier.store.prepared import Prepared
from notifier.store.tables import receipts
from notifier.store.transaction import Store, Tx, open_store

NIGHT = datetime(2026, 10, 4, 22, 45, tzinfo=timezone(timedelta(hours=2)))
COLUMNS = ("event", "at", "lane", "provider_id", "evidence", "known")
WRITE = Prepared(lambda _: insert(receipts).values({name: bindparam(name) for name in COLUMNS}))
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
    await opened.write(lambda tx: WRITE.run_each(tx, [_receipt(number) for number in range(70)]))
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
        await store.write(lambda tx: WRITE.run_each(tx, naive))
