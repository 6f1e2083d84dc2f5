"""A home is known by a name of its own: its next process takes its lanes over at once, and nobody else's."""

import asyncio
from contextlib import AsyncExitStack
from email import message_from_bytes
from pathlib import Path

import pytest

from notifier.domain.delivery import Accepted
from notifier.domain.errors import HomeTaken
from notifier.domain.references import sign_row
from notifier.settings import Settings, read_settings
from notifier.store.ballast import ROOM
from notifier.store.leases import WATCH, take_lease
from notifier.wiring import House, open_house, run_house
from tests.channels.relays import Relay, mailed, run_relay
from tests.channels.services import free_ports

MAIL_LANE = """
[[lane]]
name = "relais"
channel = "email"
gateway = "email"
network = "practice"
address = "{relay}"
per_second = 20
sender = "alerte@hgx.example"
options = {{ imap = "{imap}", imap_tls = "none" }}
"""


def _settings(host: Path, database: str) -> Settings:
    """As two hosts have them: the same relative home, the same key, another disk."""
    host.mkdir(exist_ok=True)
    return read_settings({"NOTIFIER_HOME": "var", "NOTIFIER_DATABASE_URL": database, "NOTIFIER_KEY_FILE": "../key"}, host)


async def _start(stack: AsyncExitStack, settings: Settings) -> House:
    return await stack.enter_async_context(run_house(await stack.enter_async_context(open_house(settings))))


async def _watched(house: House) -> None:
    """Until this house makes the rounds."""
    async with asyncio.timeout(20):
        while house.watch is None or house.watch.epoch is None:
            await asyncio.sleep(0.02)


async def test_a_home_on_sqlite_keeps_room_for_the_day_its_disk_is_full(tmp_path: Path) -> None:
    async with open_house(_settings(tmp_path / "rennes", f"sqlite:///{tmp_path / 'notifier.db'}")) as house:
        assert house.desk.store.ballast is not None
        assert (tmp_path / "notifier.ballast").stat().st_blocks * 512 >= ROOM


async def test_two_hosts_with_the_same_path_do_not_take_each_others_lanes(postgres_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        first = await _start(stack, _settings(tmp_path / "rennes", postgres_url))
        await _watched(first)
        second = await _start(stack, _settings(tmp_path / "quimper", postgres_url))
        assert first.holder.locked
        assert second.holder.locked
        assert first.holder.home != second.holder.home
        clock = second.desk.clock
        stolen = await second.desk.store.write(lambda tx: take_lease(tx, WATCH, second.holder, clock.wall(), clock.now()))
        assert stolen is None, "a living owner's lease holds"


async def test_the_next_process_of_a_home_takes_over_at_once(database_url: str, tmp_path: Path) -> None:
    settings = _settings(tmp_path / "rennes", database_url)
    async with AsyncExitStack() as stack:
        first = await _start(stack, settings)
        await _watched(first)
        held = first.holder
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings))
        clock = house.desk.clock
        await house.desk.store.write(
            lambda tx: take_lease(tx, WATCH, held, clock.wall(), clock.now())
        )  # as if it had been killed
        await stack.enter_async_context(run_house(house))
        assert house.holder.home == held.home
        async with asyncio.timeout(3):
            while house.watch is None or house.watch.epoch is None:
                await asyncio.sleep(0.02)


async def test_a_second_process_of_one_home_is_refused_on_sqlite(tmp_path: Path) -> None:
    settings = _settings(tmp_path / "rennes", f"sqlite:///{tmp_path / 'notifier.db'}")
    async with AsyncExitStack() as stack:
        await _start(stack, settings)
        with pytest.raises(HomeTaken):
            async with AsyncExitStack() as other:
                await _start(other, settings)


async def test_a_lane_with_a_mailbox_signs_where_its_mails_come_back_with_the_houses_own_key(tmp_path: Path) -> None:
    host, away = tmp_path / "rennes", free_ports(1)[0]
    host.mkdir()
    async with run_relay(Relay()) as relay, AsyncExitStack() as stack:
        (host / "notifier.toml").write_text(MAIL_LANE.format(relay=relay.address, imap=f"127.0.0.1:{away}"), encoding="utf-8")
        told = {"NOTIFIER_LANE_RELAIS_IMAP_USERNAME": "alerte", "NOTIFIER_LANE_RELAIS_IMAP_PASSWORD": "practice"}
        house = await _start(stack, read_settings({"NOTIFIER_HOME": "var", **told}, host))
        assert isinstance(await house.channels["relais"].send(mailed("42")), Accepted)
        key = house.desk.vault.derive("returns")
    reply_to = message_from_bytes(relay.letters[0])["Reply-To"]
    assert reply_to == f"alerte+{sign_row(key, 'reply', '42')}@hgx.example"
    assert f"MAIL FROM:<alerte+{sign_row(key, 'bounce', '42')}@hgx.example>" in " ".join(relay.commands)
