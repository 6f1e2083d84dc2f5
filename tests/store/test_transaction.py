"""One transaction at a time on SQLite, urgent ones first; and a full disk is said, not swallowed."""

import asyncio
import random
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from notifier.domain.errors import DatabaseAway, DatabaseBroken, DiskFull, NewerDatabase
from notifier.store import migrating, schema
from notifier.store.transaction import IN_A_ROW, Turnstile, Tx, open_store
from tests.conftest import sqlite_url
from tests.house.tree import ROOT


async def test_urgent_writers_pass_before_those_who_wait_longer() -> None:
    turnstile, order = Turnstile(), []

    async def pass_through(name: str, *, urgent: bool) -> None:
        async with turnstile.passing(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with turnstile.passing(urgent=False):
        waiting = [asyncio.create_task(pass_through(name, urgent=name.startswith("answer"))) for name in
                   ("settle 1", "settle 2", "answer 1", "answer 2")]  # fmt: skip
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert order == ["answer 1", "answer 2", "settle 1", "settle 2"]


async def test_urgent_writers_without_end_keep_nobody_waiting_for_good() -> None:
    turnstile, order = Turnstile(), []

    async def pass_through(name: str, *, urgent: bool) -> None:
        async with turnstile.passing(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with turnstile.passing(urgent=False):
        names = ["settle 1", "settle 2", *(f"answer {number}" for number in range(1, 3 * IN_A_ROW))]
        waiting = [asyncio.create_task(pass_through(name, urgent=name.startswith("answer"))) for name in names]
        await asyncio.sleep(0)
    await asyncio.gather(*waiting)
    assert [order.index("settle 1"), order.index("settle 2")] == [IN_A_ROW, 2 * IN_A_ROW + 1]


async def test_a_writer_cancelled_while_waiting_leaves_the_way_free() -> None:
    turnstile = Turnstile()

    async def pass_through() -> str:
        async with turnstile.passing(urgent=False):
            return "through"

    async with turnstile.passing(urgent=False):
        given_up, patient = asyncio.create_task(pass_through()), asyncio.create_task(pass_through())
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
    assert await asyncio.wait_for(patient, 1) == "through"


async def test_whoever_is_cancelled_in_the_middle_of_a_transaction_leaves_no_lock_behind(database_url: str, seed: int) -> None:
    store, draw = open_store(database_url), random.Random(seed)
    await schema.upgrade(store, database_url)

    def work(tx: Tx) -> None:
        for number in range(20):
            schema.write_fact(tx, f"k{number}", "v")
            schema.read_fact(tx, "k")

    for _ in range(40):
        task = asyncio.create_task(store.write(work) if draw.random() < 0.8 else store.read(lambda tx: schema.read_fact(tx, "k")))
        await asyncio.sleep(draw.random() * 0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(4):  # below the 5 s for which a held lock is waited for
            await store.write(lambda tx: schema.write_fact(tx, "k", "next"))
    await store.close()


async def test_sqlite_keeps_what_it_has_said_is_kept(tmp_path: Path) -> None:
    store = open_store(sqlite_url(tmp_path))

    def read(tx: Tx) -> list[object]:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [tx.execute(text(f"PRAGMA {pragma}")).scalar_one() for pragma in pragmas]

    found = await store.read(read)
    assert found == ["wal", 2, 1, 5000]
    await store.close()


async def test_a_full_disk_is_said_and_what_was_there_stays(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    store = open_store(url)
    await schema.upgrade(store, url)

    def fill(tx: Tx) -> None:
        tx.execute(text("PRAGMA max_page_count=1"))
        schema.write_fact(tx, "big", "x" * 4_000_000)

    with pytest.raises(DiskFull):
        await store.write(fill)
    assert await store.read(lambda tx: schema.read_fact(tx, "big")) is None
    await store.close()


async def test_two_upgrades_at_once_make_one_schema(database_url: str) -> None:
    one, two = open_store(database_url), open_store(database_url)
    await asyncio.gather(schema.upgrade(one, database_url), schema.upgrade(two, database_url))
    await one.write(lambda tx: schema.write_fact(tx, "key", "a"))
    assert await two.read(lambda tx: schema.read_fact(tx, "key")) == "a"
    await one.close()
    await two.close()


async def test_a_database_of_a_newer_release_is_refused(database_url: str) -> None:
    store = open_store(database_url)
    await schema.upgrade(store, database_url)
    await store.write(lambda tx: tx.execute(text("UPDATE alembic_version SET version_num='9999'")))
    with pytest.raises(NewerDatabase):
        await schema.upgrade(store, database_url)
    await store.close()


async def test_the_migrations_lead_to_exactly_these_tables(database_url: str) -> None:
    store = open_store(database_url)
    await schema.upgrade(store, database_url)
    assert await store.write(migrating.differences) == []
    await store.close()


async def test_a_look_without_a_transaction_leaves_the_next_one_whole(database_url: str) -> None:
    store = open_store(database_url)
    await schema.upgrade(store, database_url)
    count = text("SELECT count(*) FROM house WHERE name = 'new'")

    def fail(tx: Tx) -> None:
        tx.execute(text("INSERT INTO house (name, value) VALUES ('new', '')"))
        raise LookupError

    assert await store.look(lambda tx: tx.execute(count).scalar_one()) == 0
    with pytest.raises(LookupError):
        await store.write(fail)
    assert await store.look(lambda tx: tx.execute(count).scalar_one()) == 0
    await store.close()


async def test_lines_that_the_server_has_closed_cost_no_reader_anything(postgres_url: str) -> None:
    store, other = open_store(postgres_url), open_store(postgres_url)
    await schema.upgrade(store, postgres_url)
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    cut = f"SELECT count(pg_terminate_backend(pid)) {others}"
    await asyncio.gather(*(store.read(lambda tx: tx.execute(text("SELECT pg_sleep(0.1)")).all()) for _ in range(3)))
    assert await other.read(lambda tx: tx.execute(text(cut)).scalar_one()) >= 3
    await asyncio.gather(*(store.read(lambda tx: tx.execute(text("SELECT count(*) FROM alerts")).all()) for _ in range(3)))
    await store.close()
    await other.close()


async def test_a_damaged_file_is_told_apart_from_a_database_that_is_away(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    store = open_store(url)
    await schema.upgrade(store, url)
    await store.close()
    (tmp_path / "notifier.db").write_bytes(b"ransom" * 5000)
    with pytest.raises(DatabaseBroken):
        await store.read(lambda tx: tx.execute(text("SELECT count(*) FROM alerts")).scalar_one())
    await store.close()


async def test_a_database_that_was_broken_once_is_believed_by_a_new_process_only(tmp_path: Path) -> None:
    url, whole = sqlite_url(tmp_path), tmp_path / "whole.db"
    store = open_store(url)
    await schema.upgrade(store, url)
    await store.close()
    (tmp_path / "notifier.db").rename(whole)
    (tmp_path / "notifier.db").write_bytes(b"ransom" * 5000)
    with pytest.raises(DatabaseBroken):
        await store.read(lambda tx: schema.read_fact(tx, "key"))
    whole.rename(tmp_path / "notifier.db")
    with pytest.raises(DatabaseBroken):
        await store.write(lambda tx: schema.write_fact(tx, "key", "a"))
    afresh = open_store(url)
    assert await afresh.read(lambda tx: schema.read_fact(tx, "key")) is None
    await store.close()
    await afresh.close()


async def test_a_cut_connection_is_a_database_that_is_away_and_the_next_transaction_finds_it_again(postgres_url: str) -> None:
    store = open_store(postgres_url)
    await schema.upgrade(store, postgres_url)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    with pytest.raises(DatabaseAway):
        await store.write(lambda tx: tx.execute(text(cut)).all())
    assert await store.read(lambda tx: tx.execute(text("SELECT count(*) FROM alerts")).scalar_one()) == 0
    await store.close()


HOLDING = """
import asyncio, os, signal, sys
from notifier.store import schema
from notifier.store.transaction import open_store

def hold(tx):
    schema.write_fact(tx, "held", "by one who stops")
    os.kill(os.getpid(), signal.SIGSTOP)

asyncio.run(open_store(sys.argv[1]).write(hold))
"""


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"


@pytest.mark.soak
async def test_whoever_is_stopped_in_the_middle_of_a_transaction_holds_nobody_up_for_longer_than_a_lease(
    postgres_url: str,
) -> None:
    store = open_store(postgres_url)
    await schema.upgrade(store, postgres_url)
    await store.write(lambda tx: schema.write_fact(tx, "held", "by nobody"))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDING, postgres_url, cwd=ROOT)
    try:
        async with asyncio.timeout(60):
            while not _is_stopped(process.pid):
                await asyncio.sleep(0.1)
        async with asyncio.timeout(30):  # what a takeover may take
            await store.write(lambda tx: schema.write_fact(tx, "held", "by whoever takes over"))
        process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(60):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    await store.close()
