"""The rounds: next steps that are due, words that are no longer true, receipts that crossed, the journal's seal, and backups.

One process makes the rounds: it holds the lease named ``watch``. They are woken at once when a row fails, an answer comes or an
alert is raised, and otherwise come by when the next recipient is due.
"""

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifier.clock import Bell
from notifier.desk import escalating, keeping
from notifier.desk.desk import Desk
from notifier.desk.inbox import purge_inbox
from notifier.desk.noticing import purge_notices, show_changes
from notifier.domain.errors import DatabaseBroken, NotReady
from notifier.domain.keeping import is_due
from notifier.store import journal, leases
from notifier.store.leases import WATCH, Holder

log = logging.getLogger(__name__)

ROUND = 1.0  # s, real: the longest pause between two rounds, and so the age of the newest unsealed act
SETTLING = 30.0  # s, real: by then every worker that started with us, or took over, holds its lanes
BACKUP_LOOK = 5.0  # s, real: between two looks whether a backup is due
PURGE_LOOK = 60.0  # s, real: between two looks for words that have been kept long enough
SOONEST = 0.02  # s: a round at most this often, so that a burst of failures is taken together


@dataclass(slots=True)
class Watch:
    """Whoever makes the rounds. ``looked_at`` (real seconds) is the age that the engine's health tells."""

    desk: Desk
    holder: Holder
    bell: Bell
    looked_at: float = 0.0
    epoch: int | None = None
    held_since: float = 0.0  # real seconds
    began: datetime | None = None  # when they were held first, in story time
    alarmed: bool = False
    purged_at: float | None = None  # real seconds

    async def work(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``; the lease is then given back."""
        while not stopping.is_set():
            pause = ROUND
            try:
                pause = await self._round()
            except DatabaseBroken:
                raise
            except Exception as error:  # noqa: BLE001 - a failed round is made again; each is one transaction
                log.error("a round failed: %s", type(error).__name__)
                self.epoch = None
            await self.bell.wait(max(SOONEST, min(ROUND, pause)))
        if self.epoch is not None and await self._hold():
            await self.desk.store.write(lambda tx: journal.seal(tx, self.desk.clock.now()))
            await self.desk.store.write(lambda tx: leases.give_back(tx, [WATCH], self.holder))

    async def _round(self) -> float:
        desk, clock = self.desk, self.desk.clock
        self.looked_at = clock.real()
        if not await self._hold():
            return ROUND
        self._mind_the_clock()
        await desk.store.keep_ballast()
        swept = await escalating.sweep(desk, settled_in=clock.real() - self.held_since >= SETTLING, began=self.began)
        if swept.queued:
            desk.ring()
        await desk.store.write(lambda tx: journal.seal(tx, clock.now()))
        await show_changes(desk)
        if self.purged_at is None or clock.real() - self.purged_at >= PURGE_LOOK:
            await purge_inbox(desk)
            await purge_notices(desk)
            self.purged_at = clock.real()
        if swept.more:
            return 0.0
        return ROUND if swept.next_look is None else clock.seconds(swept.next_look - clock.now())

    async def _hold(self) -> bool:
        store, clock, epoch = self.desk.store, self.desk.clock, self.epoch
        if epoch is not None:
            left = await store.write(lambda tx: leases.hold_lease(tx, WATCH, self.holder, epoch, clock.wall()))
            if left is not None:
                return True
        self.epoch = await store.write(lambda tx: leases.take_lease(tx, WATCH, self.holder, clock.wall(), clock.now()))
        self.held_since, self.began = clock.real(), clock.now()
        return self.epoch is not None

    def _mind_the_clock(self) -> None:
        astray = abs(self.desk.clock.divergence()) > timedelta(seconds=5)
        if astray and not self.alarmed:
            log.error("the machine's clock has been moved by more than 5 s; ours goes on by the monotonic clock")
        self.alarmed = astray


@dataclass(slots=True)
class Keeper:
    """Makes the backups of the settings' schedule, wherever the rounds are made; beside them, since a copy may take minutes."""

    watch: Watch

    async def work(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``. What fails is told by every face, and tried again at the next turn of the schedule."""
        while not stopping.is_set():
            if self.watch.epoch is not None:
                await self._look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BACKUP_LOOK):
                    await stopping.wait()

    async def _look(self) -> None:
        desk = self.watch.desk
        try:
            state = await desk.store.read(keeping.read_state)
            if is_due(desk.backup, state, desk.clock.wall()):
                kept = await keeping.keep_backup(desk)
                if kept.failed is not None:
                    log.error("a backup was made, but not copied to a second place: %s", kept.failed)
        except DatabaseBroken:
            raise
        except NotReady as error:
            log.error("a backup failed: %s", type(error).__name__)
