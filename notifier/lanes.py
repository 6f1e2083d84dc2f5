"""A lane at work: hold the lease, take a turn, call, settle in the next turn.

One task a lane. A turn is one transaction (``store.outbox.take_turn``); the calls it starts run outside any transaction, each at
its pace slot, and each asks once more, just before the call, whether its alert is still approved, its recipient silent and
sending not frozen. A row leaves the window only when its settle is committed, so the window is the K of promise P2.

Service texts take the same way: a quarter of a turn's room at most before the alerts' rows, and edits with what these leave, at
a pace of their own.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from notifier.channels.contract import CALL_DEADLINE, Channel
from notifier.clock import Bell, Clock
from notifier.domain.delivery import Accepted, Deferred, LaneFault, NotSent, Outcome, Refused, RefusedFor, Unsure
from notifier.domain.errors import DatabaseBroken
from notifier.domain.lane import LaneSettings, may_send
from notifier.domain.pace import AddressPace, Pace, Start
from notifier.packing import Packer
from notifier.store import alerts, leases, notices, outbox
from notifier.store.leases import Holder
from notifier.store.notices import Notice, Told
from notifier.store.outbox import Finished, Moved, Turn, Wired
from notifier.store.transaction import Store, Tx
from notifier.vault import Vault

log = logging.getLogger(__name__)
T = TypeVar("T")

GATHER = 0.02  # s: a turn starts this long after the first call ended, or when enough of the window has
TOGETHER = 0.005  # s: calls that the pace lets start within so little ask together whether they still may
HORIZON = 0.5  # s: no more rows go on the wire than the pace lets start within this time
AGAIN = 0.5  # s before a stop that the database kept from settling is tried again
SAID_LOOK = 0.1  # s: how often a lane that is busy with alerts looks for service texts
EDITS = 25.0  # a second and account at most: Telegram's paid rates are for messages
IDLE = 1.0  # s: how often an idle lane looks by itself; new work rings the bell
BLOCKED_FOR = timedelta(seconds=30)  # then one message probes the account again
LONG = timedelta(seconds=30)  # a wait of the whole account that is a fault: the next channel is sooner
UNSTARTED = NotSent(LaneFault.FROZEN, "unstarted")
HELD = Deferred(timedelta(0), whole_lane=True)  # not called: the account was asked to wait when it was about to be
BREAK_AFTER = 5  # calls in a row that did not get through: the provider is taken for dead


@dataclass(slots=True)
class Trade:
    """What every lane of this process works with."""

    store: Store
    vault: Vault
    clock: Clock
    holder: Holder
    public_url: str
    failed: Callable[[], None]  # wakes the sweep
    point: Callable[[str], None] = field(default=lambda _name: None)  # named points, where the simulation crashes
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))  # of the times that people read


class Said:
    """When a lane looks for service texts, and how many edits it may make: at a pace of their own, as no alert waits for them."""

    def __init__(self, settings: LaneSettings, gap: float) -> None:
        self.addresses = AddressPace[bytes](gap)
        self._pace = Pace(min(EDITS, settings.per_second))
        self._window = settings.window
        self._looked_at = float("-inf")  # real seconds

    def look(self, real: float, ready: Iterable[Wired | Notice], *, busy: bool) -> int | None:
        """How many edits may go on the wire, beside those that are ``ready``; None: no look at all, the lane is ``busy``."""
        if busy and real - self._looked_at < SAID_LOOK:
            return None
        self._looked_at = real
        waiting = sum(isinstance(row, Notice) and row.shown is not None for row in ready)
        return max(0, self._pace.room_within(real, HORIZON, self._window) - waiting)

    def started(self, notice: Notice, real: float) -> None:
        """One of them leaves."""
        if notice.shown is not None:
            self._pace.started(real)
        else:
            self.addresses.started(notice.to_blind, real)

    def rest(self, real: float, said: Sequence[Notice], most_edits: int | None) -> float:
        """How long until there may be more of them to take."""
        edits = sum(notice.shown is not None for notice in said)
        if most_edits is None or edits >= most_edits or len(self.addresses):
            return max(SAID_LOOK, self._pace.next_start(real) - real)
        return IDLE


class Lane:
    """One account's way out, as this process works it."""

    def __init__(self, trade: Trade, settings: LaneSettings, channel: Channel) -> None:
        self.settings = settings
        self.bell = Bell()
        self.epoch: int | None = None  # None: another process holds the lane
        self._trade = trade
        self._channel = channel
        self._pace = Pace(settings.per_second)
        self._said = Said(settings, channel.facts.per_address)
        self._addresses = AddressPace[int](channel.facts.per_address)
        self._receipts = channel.facts.gives_receipts
        self._ready: deque[Wired | Notice] = deque()  # on the wire by the book, not yet called
        self._started = Bell()
        self._calls: set[asyncio.Task[None]] = set()
        self._finished: deque[Finished | Told] = deque()  # called, not yet settled
        self._lease_ends = 0.0  # real seconds
        self._quarter = max(1, settings.window // 4)
        self._took = 2 * GATHER  # s: how long calls take, the last ones counting most
        self._misses = 0
        self._rested = True  # nothing was there to be sent
        self._faulty = True  # until a message gets through: the former owner may have left a fault
        self._told: LaneFault | None = None  # the fault that the log has named
        self._packer = Packer(trade.vault, trade.clock, trade.public_url, trade.zone, settings.channel)

    async def work(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``; then what is on the wire ends and is settled, and the lease is given back."""
        starter = asyncio.create_task(self._start_calls(), name=f"{self.settings.name}: starts")
        try:
            while not stopping.is_set():
                if starter.done():
                    starter.result()
                await self.bell.wait(await self._pass())
                if self._finished and len(self._finished) < self._enough and self._calls:
                    await self.bell.wait(GATHER)
        finally:
            starter.cancel()
            await asyncio.gather(starter, return_exceptions=True)
        self._hand_back()
        while not await self._try(self._settle_up, "could not settle before the end"):
            await self.bell.wait(AGAIN)  # what we know of our calls would else be doubted, and sent twice; the house ends it

    @property
    def is_put_off(self) -> bool:
        """Its provider has asked it to wait, and that time is not over."""
        return self._pace.is_blocked(self._trade.clock.real())

    async def _settle_up(self) -> bool:
        """The end of a graceful stop."""
        while self._calls or self._finished:
            if not self._finished:  # settled as they end: who stops us may kill us before the last one has
                await asyncio.wait(self._calls, return_when=asyncio.FIRST_COMPLETED)
            await self._turn(starting=False)
        if self.epoch is not None:
            await self._trade.store.write(lambda tx: leases.give_back(tx, [self.settings.name], self._trade.holder))
        return True

    async def _pass(self) -> float:
        """One turn, or one try for the lease; gives how many real seconds to rest. What goes wrong is tried again."""
        rest = await self._try(self._work_once, "a turn failed")
        if rest is None:
            self.epoch = None  # the takeover finds out what was committed
            return IDLE
        return rest

    async def _work_once(self) -> float:
        if self.epoch is None:
            await self._take_over()
        return await self._turn()

    async def _try(self, act: Callable[[], Awaitable[T]], failed: str) -> T | None:
        """What it gives; None where it failed, which the log is told. Raises DatabaseBroken."""
        try:
            return await act()
        except DatabaseBroken:
            raise
        except Exception as error:  # noqa: BLE001 - a lane must not die
            log.error("lane %s: %s: %s", self.settings.name, failed, type(error).__name__)
            return None

    async def _take_over(self) -> None:
        trade = self._trade
        if self._calls:  # after a failed turn: what we called ourselves is known within its deadline, and need not be doubted
            await asyncio.wait(self._calls)

        def work(tx: Tx) -> int | None:
            name, at = self.settings.name, trade.clock.now()
            taken = leases.take_lease(tx, name, trade.holder, trade.clock.wall(), at)
            if taken is not None:
                notices.recover(tx, name, taken, at)
            return taken

        epoch = await trade.store.write(work)
        trade.point("takeover")
        if epoch is None:
            return
        self.epoch = epoch
        if epoch > 1:  # a new process's pace starts empty; one that had the lane itself keeps what its provider asked for
            self._pace.block_until(trade.clock.real() + 1.0)  # the former owner may have used up this second
        trade.failed()

    async def _bear_witness(self) -> None:
        """What we called before the lane was taken from us is written down all the same; it decides nothing any more."""
        if finished := list(self._finished):
            trade, name, at = self._trade, self.settings.name, self._trade.clock.now()
            rows, _ = _sort(finished)
            await trade.store.write(lambda tx: outbox.record(tx, name, -1, rows, at=at, story=trade.clock.speed))
            for _ in finished:
                self._finished.popleft()

    async def _turn(self, *, starting: bool = True) -> float:
        """One transaction; gives how many real seconds may pass before the next."""
        trade, epoch = self._trade, self.epoch
        if epoch is None:
            await self._bear_witness()
            return IDLE
        finished = list(self._finished)
        real = trade.clock.real()
        spare = self.settings.window - len(self._calls) - len(self._ready)
        paced = self._pace.room_within(real, HORIZON, self.settings.window) - len(self._ready)
        room = max(0, min(spare, paced)) if starting else 0
        resting = self._addresses.resting(real, (row.address for row in self._ready if isinstance(row, Wired)))
        fault, rest, well = self._judge(finished)
        silent = self._said.addresses.resting(real, (row.to_blind for row in self._ready if isinstance(row, Notice)))
        most_edits = self._said.look(real, self._ready, busy=bool(finished))

        def work(tx: Tx) -> tuple[timedelta | None, int, Turn, Sequence[Notice], bool]:
            at, name = trade.clock.now(), self.settings.name
            rows, told = _sort(finished)
            held = leases.hold_lease(tx, name, trade.holder, epoch, trade.clock.wall())
            if held is None:
                return None, 0, Turn((), outbox.record(tx, name, -1, rows, at=at, story=trade.clock.speed), None), (), False
            blocked, until = held.fault, held.blocked_until
            if fault is not None:
                blocked, until = fault, trade.clock.wall() + rest
                leases.block_lane(tx, name, fault, until, at)
            elif well:
                blocked, until = None, None
                leases.clear_fault(tx, name)
            free = 0 if held.left <= CALL_DEADLINE or held.frozen else self._free(room, blocked, until)
            texts = notices.take_texts(tx, name, epoch, at=at, room=_share(free, most_edits), resting=silent)
            turn = outbox.take_turn(
                *(tx, name, epoch, rows),
                at=at,
                story=trade.clock.speed,
                room=free - len(texts),
                resting=resting,
                receipts=self._receipts,
            )
            notices.settle(tx, told, at=at, story=trade.clock.speed)  # behind the outbox, as an answer locks them
            edits = notices.take_edits(tx, name, epoch, at=at, room=min(free - len(texts) - len(turn.wired), most_edits or 0))
            words = {row.wording for row in (*turn.wired, *(one.shown.row for one in edits if one.shown))}
            self._packer.wordings.update(alerts.load_wordings(tx, words - self._packer.wordings.keys()))
            return held.left, free, turn, (*texts, *edits), blocked is not None

        left, free, turn, said, blocked = await trade.store.write(work)
        trade.point("settle" if finished else "turn")
        for _ in finished:
            self._finished.popleft()
        self._tell(fault, well=well)
        if blocked:
            self._pace.hold_back(real)
        elif finished and all(isinstance(end.outcome, Accepted | Refused) for end in finished):
            self._pace.went_well(real)
        if turn.failed or fault is not None:
            trade.failed()
        if left is None:
            log.warning("lane %s lost its lease", self.settings.name)
            self.epoch = None
            return IDLE
        self._lease_ends = real + left.total_seconds()
        if (turn.wired or said) and self._rested:
            self._pace.begin(trade.clock.real())
        self._ready.extend(said)
        self._ready.extend(turn.wired)
        self._rested = not (self._ready or self._calls or finished)
        self._started.ring()
        return min(self._rest(room, free, turn, said, spare), self._said.rest(real, said, most_edits))

    def _rest(self, room: int, free: int, turn: Turn, said: Sequence[Notice], spare: int) -> float:
        """How long nothing can change but by the bell, or where service texts are held back."""
        wired = len(turn.wired) + len(said)
        if free > 0 and wired < spare and any(notice.shown is None for notice in said):
            return 0.0  # more of them may wait
        if turn.next_due is None or spare <= wired or free < room:
            return IDLE  # nothing waits, the window is full, or the account is blocked
        if room <= 0:  # half of what the pace lets start is still ahead, or it starts nothing for a while
            real = self._trade.clock.real()
            return min(IDLE, max(HORIZON / 2, self._pace.next_start(real) - real - HORIZON / 2))
        if wired == free:
            return 0.0
        due = self._trade.clock.seconds(turn.next_due - self._trade.clock.now())
        return min(IDLE, max(due, 0.1))  # due already: its address rests

    def _free(self, room: int, fault: LaneFault | None, until: datetime | None) -> int:
        """A blocked lane starts nothing; once the block is over, one message probes the account."""
        if fault is None:
            return room
        if until is not None and until > self._trade.clock.wall():
            return 0
        return 0 if self._calls or self._ready else min(room, 1)

    def _tell(self, fault: LaneFault | None, *, well: bool) -> None:
        """The alarm in the log, once when it begins and once when it is over."""
        if fault is not None and fault is not self._told:
            log.error("lane %s cannot send: %s; its messages take other lanes and channels", self.settings.name, fault)
            self._told = fault
        elif well and self._told is not None:
            log.warning("lane %s sends again", self.settings.name)
            self._told = None
        self._faulty = fault is not None or (self._faulty and not well)

    def _judge(self, finished: Sequence[Finished | Told]) -> tuple[LaneFault | None, timedelta, bool]:
        """What the outcomes say of the account: a fault that blocks the lane, for how long, never a row; or that one is over."""
        fault, rest, well = None, BLOCKED_FOR, False
        for end in finished:
            match end.outcome:
                case asked if asked is HELD:
                    pass
                case Deferred(wait, whole_lane=True) if wait >= LONG:
                    fault, rest = LaneFault.THROTTLED, wait
                case Accepted() | Refused() | Deferred():
                    self._misses, fault, well = 0, None, self._faulty
                case NotSent(LaneFault.FROZEN):
                    pass
                case NotSent(LaneFault() as named):
                    fault = named
                case NotSent() | Unsure():
                    self._misses += 1
                    if self._misses >= BREAK_AFTER:
                        fault = LaneFault.UNREACHABLE
        return fault, rest, well

    async def _start_calls(self) -> None:
        """Start each ready row at its pace slot, after one more look whether it may still go out."""
        clock = self._trade.clock
        while True:
            if not self._ready:
                await self._started.wait(IDLE)
                continue
            wait = self._pace.next_start(clock.real()) - clock.real()
            if wait > HORIZON:  # blocked since they were put on the wire: back in the queue, where a stop finds them
                self._hand_back(HELD)
                continue
            if wait > 0:
                await asyncio.sleep(max(wait, TOGETHER))
                continue
            batch = max(1, self._pace.room_within(clock.real(), 0.0, len(self._ready)))
            rows = list(islice(self._ready, batch))  # they stay in the window while we ask
            awaiting = await self._awaiting(rows)
            real = clock.real()
            for row in rows:
                self._ready.popleft()
                safe = real < self._lease_ends - CALL_DEADLINE.total_seconds() and self.epoch == row.epoch
                if row.id not in awaiting or not safe:
                    self._finished.append(_uncalled(row, UNSTARTED))
                    self._ended()
                    continue
                start = self._pace.started(real, left=False)
                if isinstance(row, Wired):
                    self._addresses.started(row.address, real)
                else:
                    self._said.started(row, real)
                call = asyncio.create_task(self._call(row, start))
                self._calls.add(call)
                call.add_done_callback(self._ended)

    def _hand_back(self, why: Outcome = UNSTARTED) -> None:
        while self._ready:
            self._finished.append(_uncalled(self._ready.popleft(), why))
        self._ended()

    async def _awaiting(self, rows: list[Wired | Notice]) -> frozenset[int]:
        """Ids of what may still go out at this very moment; nothing while the database cannot tell."""
        found = await self._try(partial(self._trade.store.look, partial(_still_awaiting, rows)), "could not ask before a call")
        return found or frozenset()

    def _ended(self, call: asyncio.Task[None] | None = None) -> None:
        if call is not None:
            self._calls.discard(call)
        if len(self._finished) >= self._enough or len(self._finished) == 1 or not self._calls:
            self.bell.ring()

    @property
    def _enough(self) -> int:
        """Finished calls for a turn to start at once: a quarter of the window, or all of it where calls end within ``GATHER``.

        They are as good as over then, and a turn beside them would contend with them for the interpreter: twice the work.
        """
        return self.settings.window if self._took < GATHER else self._quarter

    async def _call(self, row: Wired | Notice, start: Start) -> None:
        outcome: Outcome = Unsure("stopped")
        begun = self._trade.clock.real()
        try:
            outcome = await self._send(row, start)
            self._trade.point("wire")
        finally:
            start.left = True
            self._took += (self._trade.clock.real() - begun - self._took) / 8
            if isinstance(row, Notice):
                self._finished.append(Told(row, outcome))
            else:
                self._finished.append(Finished(row.id, row.epoch, row.copies, outcome, self._follow(row, outcome)))

    def _follow(self, row: Wired, outcome: Outcome) -> Moved | None:
        """Where this address is found from now on, where its provider has said so."""
        if not isinstance(outcome, Accepted) or not outcome.moved_to:
            return None
        vault, channel = self._trade.vault, self.settings.channel
        sealed = vault.seal(outcome.moved_to, f"addresses:{row.address}:value")
        return Moved(sealed, vault.blind(channel, outcome.moved_to))

    async def _send(self, row: Wired | Notice, start: Start) -> Outcome:
        try:
            address, in_band = self._packer.find_address(row)
            if in_band or not may_send(self.settings.network, address):
                return Refused(RefusedFor.POLICY, detail="in_band" if in_band else self.settings.network)
            parcel = self._packer.pack(row, address, partial(_leave, start, self._trade.clock))
        except Exception as error:  # noqa: BLE001 - nothing left the house; the person's next channel is tried at once
            log.error("lane %s: a message could not be packed: %s", self.settings.name, type(error).__name__)
            return Refused(RefusedFor.OTHER, detail=type(error).__name__)
        if parcel is None:
            return NotSent(LaneFault.FROZEN, "expired")
        try:
            async with asyncio.timeout(CALL_DEADLINE.total_seconds()):
                outcome = await self._channel.send(parcel)
        except TimeoutError:
            return Unsure("deadline")
        except Exception as error:  # noqa: BLE001 - poison harms itself alone; its text may be personal, so only its name is told
            log.error("lane %s: its room raised %s", self.settings.name, type(error).__name__)
            return Unsure(type(error).__name__)
        if isinstance(outcome, Deferred) and outcome.whole_lane:
            self._pace.block_until(self._trade.clock.real() + outcome.wait.total_seconds())
        return outcome


def _leave(start: Start, clock: Clock) -> None:
    start.leaves(clock.real())


def _uncalled(row: Wired | Notice, outcome: Outcome) -> Finished | Told:
    return Told(row, outcome) if isinstance(row, Notice) else Finished(row.id, row.epoch, row.copies, outcome)


def _share(free: int, most_edits: int | None) -> int:
    """How much of a turn's room texts may have."""
    return 0 if most_edits is None else min(free, max(1, free // 4))


def _sort(finished: Sequence[Finished | Told]) -> tuple[list[Finished], list[Told]]:
    """The alerts' rows, and the service texts."""
    return [one for one in finished if isinstance(one, Finished)], [one for one in finished if isinstance(one, Told)]


def _still_awaiting(rows: list[Wired | Notice], tx: Tx) -> frozenset[int]:
    wired = [row for row in rows if isinstance(row, Wired)]
    awaiting = outbox.still_awaiting(tx, [row.recipient for row in wired]) if wired else frozenset()
    due = notices.still_due(tx, [row.id for row in rows if isinstance(row, Notice)])
    return due | {row.id for row in wired if row.recipient in awaiting}
