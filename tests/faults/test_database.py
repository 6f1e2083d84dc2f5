"""The database is full, broken, or gone (rows 7, 8, 10): nothing leaves that is not durable; it goes on by itself or says why."""

import asyncio
import os
import resource
import sys
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from notifier.domain.errors import DatabaseAway, DiskFull
from notifier.practice import Fault
from notifier.store.transaction import open_store
from tests.channels.services import free_ports
from tests.faults.afflicted import break_disk, on_disk, open_line
from tests.faults.post import open_post, staff

SETTINGS = """
[[lane]]
name = "bot"
channel = "telegram"
gateway = "telegram"
network = "practice"
address = "http://127.0.0.1:1"
per_second = 28
credentials = {{ token_file = "{folder}/token" }}
"""


async def test_row_07_a_full_disk_refuses_loudly_and_sends_nothing_that_is_not_durable(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, staff(20), ["telegram"]) as post:
        disk = on_disk(post.ward.desk.store)
        async with post.at_work():
            first = await post.send()
            await post.until(lambda: len(post.copies("telegram")) >= 5)
            await disk.fill()
            with pytest.raises(DiskFull):
                await post.send("service-report", avant="23h10")
            await asyncio.sleep(1.5)  # every lane has tried a turn
            taken = len(post.network.ledger.entries)
            await asyncio.sleep(1.0)
            assert len(post.network.ledger.entries) == taken, "no call whose intent is not durable"
            assert await post.lists() == {}, "what is there can be read"
            await disk.clear()
            await post.until_told()
            second = await post.send()
            await post.until_told()
            await post.until_ended()
        for code in (first, second):
            assert len(post.copies("telegram", alert=code)) == 20
            assert max(post.copies("telegram", alert=code).values()) == 1, "outcomes were kept in memory meanwhile"
        assert await post.lists() == {}


async def test_row_07_what_was_accepted_goes_on_in_the_ballasts_place_and_nothing_new_begins(tmp_path: Path) -> None:
    """SQLite only: the disk of PostgreSQL is its server's affair."""
    ballast = tmp_path / "post.ballast"
    cast = staff(150, phone=False, mail=False)
    async with open_post(f"sqlite:///{tmp_path / 'post.db'}", tmp_path, cast, ["telegram"]) as post:
        disk = on_disk(post.ward.desk.store)
        disk.carry(ballast)
        async with post.at_work():
            await post.send()
            await post.until(lambda: len(post.copies("telegram")) >= 5)
            await disk.fill()
            await post.until_told()
            await post.until_ended()
            assert len(post.copies("telegram")) == 150
            assert max(post.copies("telegram").values()) == 1
            assert await post.lists() == {}
            assert not ballast.exists(), "the attempts of so many need pages that the disk had not"
            with pytest.raises(DiskFull):
                await post.send("service-report", avant="23h10")
            await disk.clear()
            await post.until(ballast.exists)
            await post.send()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_row_08_a_write_that_fails_ends_the_service_with_one_sentence(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Nothing of the database is believed any more; an fsync is never tried again. Started again, it looks at it afresh."""
    (tmp_path / "token").write_text("1:" + "a" * 35)
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "notifier.toml").write_text(SETTINGS.format(folder=tmp_path))
    home, port = tmp_path / "var", free_ports(1)[0]
    told = {"NOTIFIER_CONFIG": str(tmp_path / "notifier.toml"), "NOTIFIER_HOME": str(home), "NOTIFIER_PORT": str(port)}
    if engine == "postgres":
        told["NOTIFIER_DATABASE_URL"] = str(request.getfixturevalue("postgres_url"))
    plain = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
    command = (sys.executable, "-c", "from notifier.cli import main; main()", "serve")
    serving = await asyncio.create_subprocess_exec(*command, env={**plain, **told}, stderr=asyncio.subprocess.PIPE)
    try:
        await _ready(port)
        if engine == "postgres":
            store = open_store(told["NOTIFIER_DATABASE_URL"])
            await break_disk(store)
            await store.close()
        else:
            written = max(path.stat().st_size for path in home.glob("notifier.db*"))
            resource.prlimit(serving.pid, resource.RLIMIT_FSIZE, (written, written))  # the next page cannot be written
        async with asyncio.timeout(60):
            _, said = await serving.communicate()
    finally:
        if serving.returncode is None:
            serving.kill()
    assert serving.returncode == 1
    assert "abîmé" in said.decode().splitlines()[-1], said.decode()
    assert "Traceback" not in said.decode()


async def _ready(port: int) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def test_row_10_a_postgres_that_fails_over_costs_nobody_a_message_or_a_second_copy(
    postgres_url: str, tmp_path: Path
) -> None:
    """Claims stop, what was under way ends and is written down once the server is back; on SQLite the file cannot go away so."""
    async with open_line(postgres_url) as (line, url), open_post(url, tmp_path, staff(20), ["telegram"]) as post:
        post.network.faults.late = 1.0
        post.network.faults.switch(1.0, only=[Fault.LATENCY])  # calls are under way when it happens
        async with post.at_work():
            await post.send()
            await post.until(lambda: len(post.network.ledger.entries) >= 3)
            await line.cut()
            await asyncio.sleep(2.5)
            taken = len(post.network.ledger.entries)
            with pytest.raises(DatabaseAway):
                await post.lists()
            await asyncio.sleep(1.0)
            assert len(post.network.ledger.entries) == taken < 20, "claims stop"
            await line.open()
            post.network.faults.switch(0.0)
            await post.until_told()
            await post.until_ended()
        assert set(post.copies("telegram").values()) == {1}
        assert await post.lists() == {}


async def test_row_10_a_postgres_whose_host_vanishes_without_a_word_holds_nobody(postgres_url: str) -> None:
    """As when a cable is pulled: nothing passes, and nobody hangs up."""
    async with open_line(postgres_url) as (line, url):
        store = open_store(url, silence=1.0)
        await store.write(lambda tx: tx.execute(text("SELECT 1")).all())
        line.vanish()
        async with asyncio.timeout(15):
            with pytest.raises(DatabaseAway):
                await store.write(lambda tx: tx.execute(text("SELECT 1")).all())
        line.passable.set()
        assert await store.write(lambda tx: tx.execute(text("SELECT 2")).scalar()) == 2
        await store.close()
