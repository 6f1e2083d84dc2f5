"""Names are found where they last were, also while the resolver says nothing: dead name servers hang, they do not refuse."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from aiohttp import DefaultResolver
from aiohttp.abc import AbstractResolver, ResolveResult

from notifier.channels import hosts
from notifier.channels.hosts import KnownHosts, LastKnown
from notifier.channels.sms import gammu
from notifier.channels.wire import CONNECT
from notifier.domain.delivery import Accepted
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.people import Channel as Kind
from tests.channels.lanes import texted


class _Forgetful(AbstractResolver):
    """A name server that answers once and is then cut off."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked += 1
        if self.asked > 1:
            raise OSError("no name server")
        return await DefaultResolver().resolve("127.0.0.1", port)

    async def close(self) -> None:
        """Nothing is held."""


async def test_without_dns_a_provider_is_reached_at_its_last_good_address() -> None:
    known = KnownHosts(_Forgetful())
    first = await known.resolve("api.example.org", 443)
    assert await known.resolve("api.example.org", 443) == first
    with pytest.raises(OSError, match="no name server"):
        await known.resolve("other.example.org", 443)
    await known.close()


async def test_what_is_asked_beforehand_is_known_when_nobody_answers() -> None:
    resolver = _Forgetful()
    known = KnownHosts(resolver)
    known.learn("api.example.org", 443)
    await asyncio.sleep(0.1)
    assert (await known.resolve("api.example.org", 443, socket.AF_UNSPEC))[0]["host"] == "127.0.0.1"
    assert resolver.asked == 2


class _Silent:
    """A name server that answers the first question and then lets everybody hang."""

    def __init__(self) -> None:
        self.asked = 0
        self.back = asyncio.Event()

    async def __call__(self, name: str) -> str:
        self.asked += 1
        if self.asked > 1:
            await self.back.wait()
        return f"{name} {self.asked}"


async def test_a_resolver_that_hangs_costs_little_and_is_asked_once_at_a_time() -> None:
    silent = _Silent()
    known = LastKnown(silent)
    assert await known.find("relay") == "relay 1"
    async with asyncio.timeout(hosts.PATIENCE * 10):  # together; one after the other they would take 20 times as long
        found = await asyncio.gather(*(known.find("relay") for _ in range(20)))
    assert set(found) == {"relay 1"}
    assert silent.asked == 2
    silent.back.set()
    await asyncio.sleep(0.01)
    assert await known.find("relay") == "relay 3"  # it had learnt the second answer, and asks afresh now that it may
    known.close()


async def test_whoever_is_cancelled_takes_nobody_along() -> None:
    silent = _Silent()
    known = LastKnown(silent)
    await known.find("relay")
    leaving, staying = asyncio.create_task(known.find("relay")), asyncio.create_task(known.find("relay"))
    await asyncio.sleep(0.01)
    leaving.cancel()
    silent.back.set()
    assert await staying == "relay 2"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_threads_that_hang_in_a_resolver_do_not_stop_the_modem(tmp_path: Path) -> None:
    """On a machine with two cores the common pool has six threads, and a dead resolver holds each for half a minute."""
    for folder in gammu.FOLDERS:
        (tmp_path / folder).mkdir()
    lane = LaneSettings("modem", Kind.SMS, "gammu", Network.PRACTICE, str(tmp_path), 1, sender="+33639980003")
    hanging, loop = Event(), asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(2))
    stuck = [asyncio.create_task(asyncio.to_thread(hanging.wait)) for _ in range(4)]
    try:
        async with gammu.open_channel(lane) as modem, asyncio.timeout(10):
            assert await modem.send(texted()) == Accepted(texted().ref)
    finally:
        hanging.set()
        await asyncio.gather(*stuck)


async def test_a_name_that_is_looked_up_in_vain_leaves_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(_name: str) -> str:
        raise OSError("no such name")

    known = LastKnown(refuse)
    known.ask("relay")  # nobody waits for this one
    await asyncio.sleep(0)
    with pytest.raises(OSError, match="no such name"):
        await known.find("relay")
    await asyncio.sleep(0.01)
    assert "never retrieved" not in caplog.text
    assert CONNECT.total_seconds() > hosts.PATIENCE  # or no connection would be left the time
