"""Answers share a commit, wait for nobody, and one that fails takes no other with it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from pathlib import Path
from weakref import ref

import pytest
from sqlalchemy import event

from notifier.desk.batching import LARGEST, commit_alike, commit_together
from notifier.domain.errors import DatabaseAway
from notifier.store import answers
from notifier.store.transaction import Store, Tx, open_store
from tests.desk.house import ALLA, Ward, open_ward


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """A house."""
    opened = await open_ward(database_url, tmp_path, [ALLA])
    yield opened
    await opened.desk.store.close()


def _note(number: int) -> None:
    if number < 0:
        raise ValueError("a bad answer")


async def _write(store: Store, number: int) -> int:
    def work(tx: Tx) -> int:
        answers.move_cursor(tx, f"c{number}", number)
        _note(number)
        return number

    return await commit_together(store, work)


async def _kept(store: Store, number: int) -> bool:
    return await store.read(lambda tx: answers.read_cursor(tx, f"c{number}")) == number


async def test_each_gets_its_own_result_and_all_are_kept(ward: Ward) -> None:
    store = ward.desk.store
    assert await asyncio.gather(*(_write(store, number) for number in range(1, 201))) == list(range(1, 201))
    for number in (1, 100, 200):
        assert await _kept(store, number)


async def test_what_comes_in_during_a_commit_shares_the_next(ward: Ward) -> None:
    store, commits = ward.desk.store, 0

    @event.listens_for(store.engine, "commit")
    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1

    await asyncio.gather(*(_write(store, number) for number in range(1, 201)))
    if store.is_sqlite:
        assert 200 / LARGEST <= commits <= 20
    else:
        assert commits == 200


async def test_sets_that_lock_one_after_the_other_share_no_transaction_where_others_lock_meanwhile(ward: Ward) -> None:
    """A set locks in order of id; a second one behind it would begin at the lowest id again, and cross the rounds."""
    store, sets = ward.desk.store, list[tuple[str, list[int], object]]()

    def press(tx: Tx, asked: Sequence[int]) -> Sequence[int]:
        sets.append(("press", list(asked), tx))
        return asked

    def send(tx: Tx, asked: Sequence[int]) -> Sequence[int]:
        sets.append(("send", list(asked), tx))
        return asked

    works = [press, press, send, send, press]
    assert await asyncio.gather(*(commit_alike(store, work, n) for n, work in enumerate(works))) == [0, 1, 2, 3, 4]
    assert [(name, asked) for name, asked, _ in sets] == [("press", [0, 1]), ("send", [2, 3]), ("press", [4])]
    assert len({id(tx) for *_, tx in sets}) == (1 if store.is_sqlite else 3)


async def test_one_bad_answer_harms_nobody_else(ward: Ward) -> None:
    store = ward.desk.store
    numbers = [1, 2, -3, 4, -5, 6]
    done = await asyncio.gather(*(_write(store, number) for number in numbers), return_exceptions=True)
    assert [one if isinstance(one, int) else type(one) for one in done] == [1, 2, ValueError, 4, ValueError, 6]
    assert [await _kept(store, number) for number in numbers] == [True, True, False, True, False, True]


async def test_whoever_gives_up_waiting_takes_nobody_along(ward: Ward) -> None:
    store = ward.desk.store
    tasks = [asyncio.create_task(_write(store, number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [one for one in done if isinstance(one, int)] == [1, 2, 4, 5]


async def test_a_database_that_is_away_is_said_to_each(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'missing' / 'notifier.db'}")
    done = await asyncio.gather(*(_write(store, number) for number in (1, 2, 3)), return_exceptions=True)
    assert all(isinstance(one, Exception) for one in done)
    away = open_store("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseAway):
        await _write(away, 1)


async def test_a_database_that_nobody_uses_any_more_is_let_go(tmp_path: Path) -> None:
    """Though tasks keep the context in which they were started, and it names the database."""
    ward = await open_ward(f"sqlite:///{tmp_path / 'notifier.db'}", tmp_path, [ALLA])
    of_the_task: ContextVar[Store] = ContextVar("of_the_task")

    async def answer(store: Store) -> None:
        of_the_task.set(store)
        assert await _write(store, 1) == 1
        await store.close()

    await asyncio.create_task(answer(ward.desk.store))
    kept = ref(ward.desk.store)
    del ward
    await asyncio.sleep(0)  # the loop holds the task until then
    gc.collect()
    assert kept() is None
