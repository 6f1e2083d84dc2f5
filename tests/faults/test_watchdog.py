"""A house that falls silent is noticed from outside: two people are told, by accounts that are not the house's, and once each."""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from notifier.channels import ROOMS
from notifier.cli.rehearsal import make_lanes
from notifier.clock import Clock
from notifier.domain.people import Language, parse_mail, parse_phone
from notifier.domain.watching import EVERY, MISSES, News, Suspicion, WatchPlan
from notifier.practice import Fault, Network, Resident, open_network
from notifier.store import leases
from notifier.store.leases import WATCH, Holder
from notifier.watchdog import Pinger, Watchdog
from tests.conftest import sqlite_url
from tests.desk.house import ALLA, LANES, open_ward
from tests.journeys.night import CLARA, SILENT, Member, free_port
from tests.journeys.office import end, open_office

WATCHERS = (parse_phone("+33639984501"), parse_mail("garde@example.org"))
OFTEN = 0.2  # s between two looks, so that a test need not wait for minutes


@dataclass
class Health:
    """A house that answers as it is told to."""

    status: int = 200
    asked: int = 0
    says: str = ""

    async def answer(self, _request: web.Request) -> web.Response:
        """``/health/engine``."""
        self.asked += 1
        return web.Response(status=self.status, text=self.says)

    async def look(self, says: str) -> None:
        """Until what it says from now on has been looked at."""
        self.says = says
        asked = self.asked
        while self.asked < asked + 2:
            await asyncio.sleep(0.02)


@dataclass
class Tower:
    """The machine that watches: its own network of people, and its watchdog at work."""

    network: Network
    dog: Watchdog
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def told(self) -> list[tuple[str, str]]:
        """Whom it told, and the first words, in order."""
        return sorted((entry.address, (entry.subject or entry.text)[:30]) for entry in self.network.ledger.entries)

    async def until(self, count: int) -> None:
        """Until so many messages have arrived."""
        async with asyncio.timeout(60):
            while len(self.network.ledger.entries) < count:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Tower]:
    """A watchdog on ``url`` with accounts of its own: an SMS gateway and a mail relay."""
    people = [
        Resident("garde 1", "Garde Un", None, "+33639984501", None, "X"),
        Resident("garde 2", "Garde Deux", None, None, "garde@example.org", "X"),
    ]
    async with AsyncExitStack() as stack:
        network = await stack.enter_async_context(open_network(people, clock=Clock(), customs=SILENT))
        ways = [(lane, await stack.enter_async_context(ROOMS[lane.gateway].open_channel(lane))) for lane in make_lanes(network)]
        tower = Tower(network, Watchdog(WatchPlan("", url, WATCHERS), ways, Clock(), Language.FR, OFTEN))
        work = asyncio.create_task(tower.dog.work(tower.stopping))
        try:
            yield tower
        finally:
            tower.stopping.set()
            await work


@asynccontextmanager
async def answering(health: Health) -> AsyncIterator[str]:
    """The house's address."""
    app = web.Application()
    app.router.add_get("/health/engine", health.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/health/engine"
    finally:
        await runner.cleanup()


def test_three_minutes_are_kept_even_when_every_look_takes_its_ten_seconds() -> None:
    assert (MISSES - 1) * (EVERY + 10) + EVERY + 10 <= 180


def test_one_look_that_fails_costs_nobody_a_night() -> None:
    suspicion = Suspicion()
    looks = [True, False, False, False, True, False, False, False]
    assert [suspicion.look(well=well) for well in looks] == [News.UP] * len(looks)
    assert suspicion.look(well=False) is News.DOWN
    assert suspicion.look(well=False) is News.DOWN
    assert suspicion.look(well=True) is News.UP


async def test_both_are_told_once_when_a_house_is_ill_and_once_when_it_is_well_again() -> None:
    health = Health()
    async with answering(health) as url, watching(url) as tower:
        while health.asked < 3:
            await asyncio.sleep(0.05)
        assert tower.told() == []
        health.status = 503
        await tower.until(2)
        asked = health.asked
        while health.asked < asked + 6:
            await asyncio.sleep(0.05)
        assert [address for address, _ in tower.told()] == ["+33639984501", "garde@example.org"]
        health.status = 200
        await tower.until(4)
        asked = health.asked
        while health.asked < asked + 6:
            await asyncio.sleep(0.05)
        assert tower.told() == [
            ("+33639984501", "ALERTE TECHNIQUE : le service "),
            ("+33639984501", "Le service d'alerte notifier r"),
            ("garde@example.org", "notifier ne répond plus"),
            ("garde@example.org", "notifier répond de nouveau"),
        ]


async def test_whoever_could_not_be_told_is_tried_again_and_the_other_is_not_told_twice() -> None:
    health = Health(status=503)
    async with answering(health) as url, watching(url) as tower:
        tower.network.faults.down = {"smtp"}
        await tower.until(1)
        asked = health.asked
        while health.asked < asked + 3:
            await asyncio.sleep(0.05)
        assert [address for address, _ in tower.told()] == ["+33639984501"]
        tower.network.faults.down = set()
        await tower.until(2)
        assert [address for address, _ in tower.told()] == ["+33639984501", "garde@example.org"]


async def _looks(health: Health, count: int) -> None:
    asked = health.asked
    while health.asked < asked + count:
        await asyncio.sleep(0.05)


async def test_whoever_can_be_told_is_told_of_every_outage_though_the_other_never_can() -> None:
    """One dead mailbox had kept the second outage from everybody."""
    health = Health(status=503)
    async with answering(health) as url, watching(url) as tower:
        tower.network.faults.down = {"smtp"}
        await tower.until(1)
        health.status = 200
        await tower.until(2)
        health.status = 503
        await tower.until(3)
        assert {address for address, _ in tower.told()} == {"+33639984501"}
        tower.network.faults.down = set()
        await tower.until(4)
        assert tower.told()[-1] == ("garde@example.org", "notifier ne répond plus"), "and the other of what is true now"
        await _looks(health, 4)
        assert len(tower.told()) == 4


async def test_news_that_may_not_have_arrived_is_told_again_and_three_times_at_most() -> None:
    health = Health(status=503)
    async with answering(health) as url, watching(url) as tower:
        tower.network.faults.switch(1.0, only=[Fault.ERROR_BEFORE])  # an answer that says nothing: nobody has it
        await _looks(health, MISSES)
        tower.network.faults.switch(0.0)
        await tower.until(2)
        assert {address for address, _ in tower.told()} == {"+33639984501", "garde@example.org"}
    health = Health(status=503)
    async with answering(health) as url, watching(url) as tower:
        tower.network.faults.switch(1.0, only=[Fault.CUT_AFTER])  # taken each time, and nobody can know it
        await _looks(health, MISSES + 8)
        assert Counter(address for address, _ in tower.told())["+33639984501"] <= 3


HEADS = [f'{{"journal_head": "{head}"}}' for head in ("7-" + "a" * 16, "9-" + "b" * 16, "9-" + "c" * 16, "4-" + "d" * 16)]


async def test_threat_14_each_head_of_the_journal_stands_in_the_log_of_another_machine(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "notifier.watchdog")
    health = Health()
    async with answering(health) as url, watching(url) as tower:
        for says in (HEADS[0], HEADS[0], HEADS[1]):
            await health.look(says)
        assert caplog.messages == ["journal head 7-" + "a" * 16, "journal head 9-" + "b" * 16]
        caplog.clear()
        for says in (HEADS[2], HEADS[3]):
            await health.look(says)
        assert [(record.levelname, record.message[-18:]) for record in caplog.records] == [
            ("ERROR", "9-" + "c" * 16),
            ("ERROR", "4-" + "d" * 16),
        ]
        assert tower.told() == []


STRANGE = (
    *("", "no", "[]", "[" * 9000),
    *(f'{{"journal_head": {head}}}' for head in ("7", '"9-b"', '"7-aaaaaaaaaaaaaaaa\\n"', f'"{"9" * 99999}"')),
)


@pytest.mark.parametrize("says", STRANGE)
async def test_threat_14_a_house_that_was_taken_writes_nothing_else_into_that_log(
    says: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "notifier.watchdog")
    health = Health()
    async with answering(health) as url, watching(url):
        await health.look(says)
        await health.look(HEADS[0])
    assert caplog.messages == ["journal head 7-" + "a" * 16]


async def test_the_dead_mans_switch_is_called_while_the_engine_is_well_and_only_then(tmp_path: Path) -> None:
    ward, health, stopping = await open_ward(sqlite_url(tmp_path), tmp_path, [ALLA]), Health(), asyncio.Event()
    async with answering(health) as url:
        pinging = asyncio.create_task(Pinger(ward.desk, url, OFTEN).work(stopping))
        await asyncio.sleep(4 * OFTEN)
        assert health.asked == 0, "nobody turns the engine"
        holder = Holder("test", "home", locked=True)
        for name in (WATCH, *(lane.name for lane in LANES)):
            take = partial(leases.take_lease, name=name, holder=holder, wall=ward.clock.wall(), at=ward.clock.now())
            await ward.desk.store.write(take)
        async with asyncio.timeout(60):
            while health.asked < 2:
                await asyncio.sleep(0.05)
        stopping.set()
        await pinging
    await ward.desk.store.close()


@pytest.mark.parametrize("sign", [signal.SIGSTOP, signal.SIGKILL])
async def test_row_39_a_house_that_hangs_or_is_gone_is_noticed_from_outside(tmp_path: Path, sign: signal.Signals) -> None:
    staff = [Member("Agent 01", on_shift=True, phone="+33639984001")]
    async with open_office(tmp_path, sqlite_url(tmp_path), [*staff, CLARA]) as office:
        serving = await office.serve()
        await _well(office.port)
        async with watching(f"http://127.0.0.1:{office.port}/health/engine") as tower:
            await asyncio.sleep(5 * OFTEN)
            assert tower.told() == []
            serving.send_signal(sign)
            await tower.until(2)
            if sign == signal.SIGSTOP:
                serving.send_signal(signal.SIGCONT)
            else:
                serving = await office.serve()
            await tower.until(4)
        assert await end(serving, signal.SIGTERM) == 0
        assert office.network.ledger.entries == [], "nothing passed through the house"


@pytest.mark.soak
async def test_row_39_the_command_tells_two_people_of_a_house_that_is_gone_within_three_minutes(tmp_path: Path) -> None:
    """``notifier watch`` as it is installed, at its own pace; two people on the telephone, by the watcher's own account."""
    watchers = [Member(f"Garde {n}", on_shift=True, phone=f"+3363998450{n}") for n in (1, 2)]
    async with open_office(tmp_path, sqlite_url(tmp_path), [*watchers, CLARA]) as office:
        table = f'[watchdog]\nwatch = "http://127.0.0.1:{office.port}/health/engine"\ntell = ["+33639984501", "+33639984502"]\n'
        settings = tmp_path / "notifier.toml"
        settings.write_text(f"{settings.read_text()}\n{table}")
        serving, watching_it = await office.serve(), await office.watch()
        await _well(office.port)
        await end(serving, signal.SIGKILL)
        async with asyncio.timeout(180):
            while len(office.network.ledger.entries) < 2:
                await asyncio.sleep(0.2)
        assert set(office.copies()) == {"+33639984501", "+33639984502"}
        assert set(office.copies().values()) == {1}
        assert await end(watching_it, signal.SIGTERM) == 0


async def _well(port: int) -> None:
    async with asyncio.timeout(60), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"http://127.0.0.1:{port}/health/engine") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.1)
