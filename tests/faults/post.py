"""A post of the house on the practice network: desk, lanes and rounds at work, without faces, and a process that dies at a point.

Time goes on by itself here, since back-off and blocks are part of what is shown, and it can be wound on.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path

from sqlalchemy import func, select

from notifier.channels import ROOMS
from notifier.cli.rehearsal import make_lanes
from notifier.clock import Clock
from notifier.desk.showing import list_alarms, list_missing
from notifier.domain.alarm import LaneDown
from notifier.domain.lane import LaneSettings
from notifier.lanes import Lane, Trade
from notifier.practice import Customs, Network, Resident, open_network
from notifier.settings import Settings
from notifier.store import leases, tables
from notifier.store.leases import Holder
from notifier.wiring import House, run_house
from tests.desk.house import CHAT, OPERATOR, Member, Ward, WoundClock, open_ward

PATIENCE = 60.0  # s, real: two cores are shared
QUIET = Customs(asleep=1.0, muted=0, locker=0, no_signal=0, nonsense=0, blocked_bot=0, lost_sim=0, closed_mailbox=0)


class Killed(BaseException):
    """The process is no more."""


@dataclass(slots=True)
class Hands(WoundClock):
    """Goes on by itself from where it was wound to, the wall clock with it."""

    def now(self) -> datetime:
        """What it shows."""
        return self.at + timedelta(seconds=self.real() - self._origin)

    def wall(self) -> datetime:
        """The same."""
        return self.now()


def staff(count: int, *, phone: bool = True, mail: bool = True, chat: bool = True) -> list[Member]:
    """So many agents off duty: each is told once, and the next channel is tried on failure only."""
    return [
        Member(
            f"Agent {n:02}",
            on_shift=False,
            chat=CHAT + n if chat else None,
            phone=f"+336399810{n:02}" if phone else None,
            mail=f"agent{n}@example.org" if mail else None,
        )
        for n in range(1, count + 1)
    ]


@dataclass
class Post:
    """The ward, the world, and what the phones show."""

    ward: Ward
    network: Network
    settings: Settings
    cast: Sequence[Member]
    code: str = ""
    owners: int = 0
    dying: list[asyncio.Task[None]] = field(default_factory=list)

    async def send(self, template: str = "first-alert", **values: str) -> str:
        """An alert for everybody; gives its number."""
        raised = await self.ward.send(template, **(values or {"suite": "23h30"}))
        self.code = raised.code
        return raised.code

    def copies(self, channel: str, *, alert: str = "") -> dict[str, int]:
        """How often each device of a channel was given the newest alert, or another one, by whatever gateway."""
        found: dict[str, int] = {}
        for entry in self.network.ledger.entries:
            if entry.channel == channel and entry.alert == (alert or self.code):
                found[entry.address] = found.get(entry.address, 0) + 1
        return found

    def told(self) -> set[str]:
        """Who has been given the newest alert on any device."""
        town, ledger = self.network.town, self.network.ledger
        found = (town.find(entry.channel, entry.address) for entry in ledger.entries if entry.alert == self.code)
        return {resident.name for resident in found if resident is not None}

    async def lists(self) -> dict[str, str]:
        """Who stands on the list of those not reached, and why."""
        lists = await list_missing(self.ward.desk, OPERATOR, self.code)
        return {one.person.matricule: one.cause for one in lists.not_reached}

    async def alarms(self) -> dict[str, str]:
        """The accounts that cannot send."""
        return {alarm.lane: alarm.fault.value for alarm in await list_alarms(self.ward.desk) if isinstance(alarm, LaneDown)}

    async def states(self) -> dict[str, int]:
        """How many rows of the newest alert are in which state, by ``channel state``."""
        rows = tables.outbox
        query = (
            select(rows.c.channel, rows.c.state, func.count())
            .join(tables.alerts, tables.alerts.c.id == rows.c.alert)
            .where(tables.alerts.c.code == self.code)
            .group_by(rows.c.channel, rows.c.state)
        )
        found = await self.ward.desk.store.read(lambda tx: tx.execute(query).all())
        return {f"{row[0]} {row[1]}": row[2] for row in found}

    async def until(self, holds: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
        """Until it is so, within ``seconds``."""
        async with asyncio.timeout(seconds):
            while True:
                held = holds()
                if held if isinstance(held, bool) else await held:
                    return
                await asyncio.sleep(0.02)

    async def until_told(self, *names: str, seconds: float = PATIENCE) -> None:
        """Until these, or all the cast, have been given the newest alert."""
        await self.until(lambda: self.told() >= set(names or (member.name for member in self.cast)), seconds)

    async def until_ended(self, seconds: float = PATIENCE) -> None:
        """Until no row of any alert waits or is on the wire, and every failure has had its consequence."""
        rows, people = tables.outbox, tables.recipients
        waits = rows.c.state.in_(("queued", "unsure", "on_wire"))
        open_rows = select(func.count()).select_from(rows).where(waits | rows.c.unswept)
        due = (
            select(func.count())
            .select_from(people)
            .where(people.c.look_at <= func.coalesce(people.c.release_at, people.c.look_at))
        )

        async def ended() -> bool:
            return await self.ward.desk.store.read(lambda tx: not tx.execute(open_rows).scalar() and not tx.execute(due).scalar())

        await self.until(ended, seconds)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[House]:
        """Lanes and rounds of one process; a graceful stop at the end."""
        self.owners += 1
        house = House(self.settings, self.ward.desk, Holder(f"process {self.owners}", "", locked=False))
        async with run_house(house):
            yield house

    async def live_and_die(self, lane: str, dies_at: Callable[[str], bool]) -> None:
        """One lane of a process that is killed at the first of its named points at which ``dies_at``: nothing is settled."""
        desk, settings = self.ward.desk, next(one for one in self.settings.lanes if one.name == lane)
        self.owners += 1
        dead = asyncio.Event()

        def reach(name: str) -> None:
            if not dead.is_set() and dies_at(name):
                dead.set()
                for doomed in (work, *working._calls):
                    doomed.cancel()
                raise Killed

        holder = Holder(f"process {self.owners}", "home", locked=True)
        trade = Trade(desk.store, desk.vault, desk.clock, holder, self.settings.public_url, lambda: None, reach)
        async with ROOMS[settings.gateway].open_channel(settings) as channel:
            working = Lane(trade, settings, channel)
            work = asyncio.create_task(working.work(asyncio.Event()))
            async with asyncio.timeout(PATIENCE):
                while not dead.is_set():
                    await asyncio.sleep(0.005)
                    if dies_at("any"):
                        dead.set()
                        for doomed in (work, *working._calls):
                            doomed.cancel()
            await asyncio.wait([work, *working._calls])

    async def let_leases_run_out(self) -> None:
        """As if whoever held them had been silent for long."""
        gone = tables.lanes.update().values(lease_until=None, owner=None)
        await self.ward.desk.store.write(lambda tx: tx.execute(gone))


@asynccontextmanager
async def open_post(url: str, folder: Path, cast: Sequence[Member], lanes: Sequence[str] = ()) -> AsyncIterator[Post]:
    """The cast at KER, incident HGX1 open; nothing is at work yet. ``lanes`` narrows the ways out."""
    people = [Resident(member.name, member.name, member.chat, member.phone, member.mail, member.clinic) for member in cast]
    ward = await open_ward(url, folder, cast)
    try:
        async with open_network(people, clock=Clock(), customs=QUIET) as network:
            ways = tuple(
                replace(lane, per_second=max(20.0, lane.per_second))
                for lane in make_lanes(network)
                if not lanes or lane.name in lanes
            )
            yield await put_together(ward, network, folder, url, ways, cast)
    finally:
        await ward.desk.store.close()


async def put_together(
    ward: Ward, network: Network, folder: Path, url: str, ways: tuple[LaneSettings, ...], cast: Sequence[Member]
) -> Post:
    """The ward with these ways out, and a clock that goes."""
    ward.clock = Hands(started=ward.clock.started, at=ward.clock.at)
    ward.desk.clock = ward.clock
    (folder / "notifier.lock").write_text("home\n")  # the name of this home: who dies here is followed at once
    settings = Settings(
        home=folder,
        database_url=url,
        key_file=folder / "key",
        public_url="http://127.0.0.1:1",
        host="127.0.0.1",
        port=1,
        time_zone="Europe/Paris",
        duty_fresh_hours=48,
        rest_hours=11,
        quiet_until=time(6, 0),
        metrics_token="",
        lanes=ways,
        source=None,
    )
    post = Post(ward, network, settings, cast)
    await give_lanes(post, ways)
    return post


async def give_lanes(post: Post, ways: tuple[LaneSettings, ...]) -> None:
    """From now on these are the ways out."""
    post.settings = replace(post.settings, lanes=ways)
    post.ward.desk.lanes = ways
    store = post.ward.desk.store
    await store.write(lambda tx: leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in ways}))


def starts_of(post: Post, channel: str) -> list[float]:
    """When the copies of the newest alert were taken on a channel, real seconds."""
    return [entry.real for entry in post.network.ledger.entries if entry.channel == channel and re.match(post.code, entry.alert)]
