"""The whole house put together, in one place, once.

``open_house`` makes ready what every command needs: home, key, database. ``run_house`` adds what sends: lanes, rounds,
listeners and the web faces.
"""

import asyncio
import errno
import fcntl
import gc
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from functools import cache, partial
from pathlib import Path
from typing import IO

from notifier.channels import ROOMS
from notifier.channels.contract import RETURNS_KEY, Channel
from notifier.clock import Bell, Clock
from notifier.desk.desk import Desk
from notifier.desk.shipped import shipped
from notifier.domain.errors import (
    BadSettings,
    ClockBehind,
    DiskFull,
    Fault,
    HomeClosed,
    HomeTaken,
    KeyMissing,
    LaneMisset,
    NeedsPostgres,
    WrongKey,
)
from notifier.domain.lane import LaneSettings
from notifier.domain.people import Channel as ChannelKind
from notifier.lanes import Lane, Trade
from notifier.rendering import load_library
from notifier.settings import Settings
from notifier.store import journal, leases, schema
from notifier.store.ballast import Ballast
from notifier.store.leases import Holder
from notifier.store.transaction import Tx, open_store, sqlite_path
from notifier.sweeps import Keeper, Watch
from notifier.vault import Vault, create_key, read_key
from notifier.watchdog import Pinger

FINGERPRINT = "key"  # the fact of the database that recognises its key
YOUNG = 50_000  # objects between two collections: an alert to 50,000 makes millions that all live, and looking cost a quarter
GRACE = 20.0  # s: a graceful stop finishes what is on the wire (10 s at most) and settles it


@dataclass(slots=True)
class House:
    """What a command works with. ``made`` names what had to be created, to be said once."""

    settings: Settings
    desk: Desk
    holder: Holder
    made: tuple[Path, ...] = ()
    lanes: list[Lane] = field(default_factory=list)
    channels: dict[str, Channel] = field(default_factory=dict)
    watch: Watch | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake the lanes and the rounds of this process."""
        for lane in self.lanes:
            lane.bell.ring()
        if self.watch is not None:
            self.watch.bell.ring()


@asynccontextmanager
async def open_house(settings: Settings, clock: Clock | None = None, templates: Path | None = None) -> AsyncIterator[House]:
    """Home, key and database, created together the first time. Raises NotReady errors, each with its cure."""
    clock = clock or Clock()
    gc.set_threshold(YOUNG)
    vault, made = _prepare_home(settings)
    store = open_store(settings.database_url)
    if database := sqlite_path(settings.database_url):
        store.ballast = Ballast(database.with_suffix(".ballast"))
    try:
        await store.keep_ballast()
        await schema.upgrade(store, settings.database_url)
        await store.write(lambda tx: _recognise(tx, vault, settings, made))
        newest = await store.read(journal.newest_at)
        if newest is not None and clock.speed == 1 and clock.now() < newest - timedelta(seconds=1):
            raise ClockBehind(now=f"{clock.now():%Y-%m-%d %H:%M:%S}", journal=f"{newest.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
        await store.write(lambda tx: leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in settings.lanes}))
        desk = Desk(
            store=store,
            vault=vault,
            clock=clock,
            library=cache(partial(load_library, templates or shipped("templates"))),
            lanes=settings.lanes,
            zone=settings.zone,
            fresh=timedelta(hours=settings.duty_fresh_hours),
            rest=timedelta(hours=settings.rest_hours),
            messages_per_hour=settings.messages_per_hour,
            quiet_until=settings.quiet_until,
            verified_for=timedelta(days=settings.contact_test_days),
            backup=settings.backup,
            confirm_enrolments=settings.confirm_enrolments,
        )
        holder = Holder(owner=f"{os.getpid()}-{secrets.token_hex(6)}", home="", locked=False)
        yield House(settings, desk, holder, made)
    finally:
        await store.close()


@asynccontextmanager
async def open_new_home(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """The desk of a home that a backup is put into: its key is there, nobody sends from it, its database is the backup's affair.

    Raises KeyMissing, HomeTaken, HomeClosed.
    """
    vault = read_key(settings.key_file)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise HomeClosed(path=str(settings.home)) from refused
    lock = _lock_home(settings.home)
    if lock is None:
        raise HomeTaken(path=str(settings.home))
    store = open_store(settings.database_url)
    with lock:
        try:
            if settings.on_postgres:
                await store.write(lambda tx: schema.make_place(tx, settings.database_url))
            yield Desk(store, vault, clock or Clock(), cache(partial(load_library, shipped("templates"))), zone=settings.zone)
        finally:
            await store.close()


@asynccontextmanager
async def run_house(house: House) -> AsyncIterator[House]:
    """Lanes and rounds at work until the context ends; then what is on the wire is finished and settled.

    Raises HomeTaken where another process of this home sends and the database is SQLite, BadSettings with every lane that cannot
    work as it is set.
    """
    async with AsyncExitStack() as stack:
        lock = _lock_home(house.settings.home)
        if lock is not None:
            stack.callback(lock.close)
        elif not house.settings.on_postgres:
            raise HomeTaken(path=str(house.settings.home))
        if lock is not None:
            house.holder = Holder(house.holder.owner, home=_identify(lock), locked=True)
        house.desk.ring = house.ring
        house.watch = Watch(house.desk, house.holder, Bell())
        trade = Trade(
            store=house.desk.store,
            vault=house.desk.vault,
            clock=house.desk.clock,
            holder=house.holder,
            public_url=house.settings.public_url,
            failed=house.watch.bell.ring,
            zone=house.settings.zone,
        )
        signed = {RETURNS_KEY: house.desk.vault.derive("returns").hex()}
        lanes = [replace(lane, secrets={**lane.secrets, **signed}) for lane in house.settings.lanes]
        house.channels |= await _open_channels(lanes, stack)
        house.lanes += [Lane(trade, settings, house.channels[settings.name]) for settings in house.settings.lanes]
        tasks = [asyncio.create_task(lane.work(house.stopping), name=lane.settings.name) for lane in house.lanes]
        tasks.append(asyncio.create_task(house.watch.work(house.stopping), name="watch"))
        if house.settings.backup.every is not None:
            tasks.append(asyncio.create_task(Keeper(house.watch).work(house.stopping), name="keeper"))
        if house.settings.watchdog.ping:
            pinger = Pinger(house.desk, house.settings.watchdog.ping)
            tasks.append(asyncio.create_task(pinger.work(house.stopping), name="dead-man's switch"))
        for task in tasks:  # they end when the house stops, or by what they cannot live with: then the whole house stops
            task.add_done_callback(lambda _ended: house.stopping.set())
        try:
            yield house
        finally:
            house.stopping.set()
            house.ring()
            await _end(tasks)


async def try_lanes(settings: Settings) -> None:
    """Every lane opened as for sending, and closed again; nothing is sent. Raises BadSettings with all that cannot work."""
    async with AsyncExitStack() as stack:
        await _open_channels(settings.lanes, stack)


async def open_ways(settings: Settings, stack: AsyncExitStack) -> list[tuple[LaneSettings, Channel]]:
    """Every lane with its open channel, for a watchdog, which has no house of its own. Raises BadSettings."""
    channels = await _open_channels(settings.lanes, stack)
    return [(lane, channels[lane.name]) for lane in settings.lanes]


async def _open_channels(lanes: Sequence[LaneSettings], stack: AsyncExitStack) -> dict[str, Channel]:
    channels: dict[str, Channel] = {}
    faults: list[Fault] = []
    for lane in lanes:
        try:
            channels[lane.name] = await stack.enter_async_context(ROOMS[lane.gateway].open_channel(lane))
        except LaneMisset as misset:
            faults.append(Fault("", f"LaneMisset.{misset.code}", (("lane", misset.lane), *misset.facts)))
    if faults:
        raise BadSettings(tuple(faults))
    return channels


async def read_credit(house: House) -> dict[str, int | None]:
    """What each SMS account can still pay for, in parts; None where its gateway does not say or does not answer."""
    credit: dict[str, int | None] = {}
    for lane in house.settings.lanes:
        if lane.channel is not ChannelKind.SMS:
            continue
        async with AsyncExitStack() as stack:
            channel = house.channels.get(lane.name)
            if channel is None:
                channel = await stack.enter_async_context(ROOMS[lane.gateway].open_channel(lane))
            credit[lane.name] = await channel.credit()
    return credit


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    done, late = await asyncio.wait(tasks, timeout=GRACE)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    broken = [error for task in done if (error := task.exception()) is not None]
    if broken:
        raise broken[0]


def _prepare_home(settings: Settings) -> tuple[Vault, tuple[Path, ...]]:
    """The vault, and what had to be made: home and key (0600) where there is neither key nor database, and the database."""
    database = sqlite_path(settings.database_url)
    there = database is not None and database.exists() and database.stat().st_size > 0
    made: list[Path] = []
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        settings.key_file.parent.mkdir(parents=True, exist_ok=True)
        if not settings.key_file.exists():
            if there:
                raise KeyMissing(path=str(settings.key_file), database=str(database))
            made += _make_key(settings.key_file)
    except OSError as refused:
        if refused.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise DiskFull(path=str(settings.home)) from refused
        raise HomeClosed(path=str(refused.filename or settings.home)) from refused
    if database is not None and not there:
        made.append(database)
    return read_key(settings.key_file), tuple(made)


def _make_key(path: Path) -> list[Path]:
    try:
        create_key(path)
    except FileExistsError:
        return []  # another command started at the same time, and made it
    return [path]


def _recognise(tx: Tx, vault: Vault, settings: Settings, made: tuple[Path, ...]) -> None:
    """The key that this database was begun with, or none: a key made just now beside an old database goes away again."""
    known = schema.read_fact(tx, FINGERPRINT)
    if known is None:
        schema.write_fact(tx, FINGERPRINT, vault.fingerprint)
    elif known != vault.fingerprint:
        if settings.key_file in made:
            settings.key_file.unlink(missing_ok=True)
            raise KeyMissing(path=str(settings.key_file), database=tx.engine.url.render_as_string(hide_password=True))
        raise WrongKey(path=str(settings.key_file))


def _identify(lock: IO[str]) -> str:
    """A home's own name, drawn when it is first locked. Not its path: many hosts have the same, and would rob each other."""
    lock.seek(0)
    known = lock.read().strip()
    if known:
        return known
    drawn = secrets.token_hex(16)
    lock.write(f"{drawn}\n")
    lock.flush()
    os.fsync(lock.fileno())
    return drawn


def _lock_home(home: Path) -> IO[str] | None:
    """The file lock of this home, held for as long as the file stays open; None where another process holds it."""
    try:
        lock = (home / "notifier.lock").open("a+")
    except OSError as refused:
        raise HomeClosed(path=str(home)) from refused
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def refuse_on_sqlite(settings: Settings, command: str) -> None:
    """More workers need PostgreSQL: on SQLite one process sends. Raises NeedsPostgres."""
    if not settings.on_postgres:
        raise NeedsPostgres(command=command)
