"""The outside world, in the same loop and on no socket: providers with their own semantics and faults, phones, and their ledger.

A provider works in a task of its own: what it has taken arrives at the phone though its caller dies. Up to four accounts:
Telegram and a relay that know no id of ours, an SMS gateway that does (a repeat is the same message), and one that does not.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from notifier.channels.contract import Heard, Parcel
from notifier.channels.taps import Conflict, Press, Updates
from notifier.domain.delivery import (
    Accepted,
    Deferred,
    Evidence,
    LaneFault,
    NotSent,
    Outcome,
    Refused,
    RefusedFor,
    Report,
    Unsure,
)
from notifier.domain.lane import LaneFacts, LaneSettings, Network, Role
from notifier.domain.people import Channel
from notifier.practice.faults import Fault, Faults
from notifier.practice.ledger import CODE, Entry, Ledger
from tests.simulation.crashes import WIRE_ANSWERED, WIRE_BEFORE, WIRE_TAKEN
from tests.simulation.virtual import VirtualClock, VirtualLoop

LATE = (1.0, 8.0)  # s: an answer that is late and still within the deadline
NEVER = 30.0  # s: an answer that no caller waits for
HOOK_PAUSE = 0.7  # s before a report that was not taken is told again
EARLY = 0.2  # of the receipts are ahead of the answer to their call
HELD = (0.5, 20.0)  # s: a phone without signal


@dataclass(slots=True)
class Stretch:
    """From when until when (virtual seconds) a process was not itself."""

    since: float
    until: float = float("inf")

    def meets(self, since: float, until: float) -> bool:
        """They have an instant in common."""
        return self.since <= until and since <= self.until


class Caller(Protocol):
    """The process that calls."""

    alive: bool
    number: int
    died_at: float | None
    stalls: list[Stretch]
    cuts: list[Stretch]

    def passes(self, point: str) -> None:
        """Raises Crash where it dies at this point."""
        ...

    def perishes(self, point: str) -> None:
        """The same, told by somebody else: nothing is raised here."""
        ...


@dataclass(eq=False, slots=True)
class Call:
    """One call as the provider saw it. Times are virtual seconds, ``at`` is the story's."""

    process: Caller
    lane: str
    channel: str
    ref: str
    address: str
    subject: str
    text: str
    started: float
    at: datetime
    life: timedelta
    ended: float | None = None
    clear: bool = False  # its caller was told what came of it, and lived to hear it
    taken: bool = False  # a copy exists from it
    arrived: bool = False  # the house has taken a receipt that says so

    @property
    def alert(self) -> str:
        """The number that the words carry."""
        found = CODE.search(self.subject) or CODE.search(self.text)
        return found[0] if found else ""


@dataclass
class Bot:
    """The Bot API's queue of updates: what is below the offset of a poll is confirmed and gone."""

    waiting: list[Press] = field(default_factory=list)
    confirmed: dict[int, float] = field(default_factory=dict)  # update to virtual time
    numbered: int = 0
    polled: "asyncio.Future[bool] | None" = None  # by whoever asks at the moment: True for news, False when another one asks

    def press(self, sender: int, data: str) -> int:
        """Somebody pressed a button; gives the update's number."""
        self.numbered += 1
        self.waiting.append(Press(self.numbered, f"c{self.numbered}", sender, data, sender, 1, private=True))
        if self.polled is not None and not self.polled.done():
            self.polled.set_result(True)
        return self.numbered

    async def wait(self) -> bool:
        """For news; False when another poller comes: the older one is told 409."""
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self.polled is not None and not self.polled.done():
            self.polled.set_result(False)
        self.polled = mine
        return await mine


def make_lanes(draw: random.Random) -> tuple[LaneSettings, ...]:
    """Two to four accounts; windows and paces differ from night to night."""

    def lane(name: str, channel: Channel, gateway: str, pace: float, **more: object) -> LaneSettings:
        window = draw.choice((2, 3, 4, 8))
        return LaneSettings(name, channel, gateway, Network.PRACTICE, "", pace, window=window, **more)  # type: ignore[arg-type]

    lanes = (
        lane("telegram", Channel.TELEGRAM, "telegram", draw.choice((2.0, 5.0, 30.0))),
        lane("sms", Channel.SMS, "android", draw.choice((4.0, 20.0)), sender="38200"),
        lane("sms-backup", Channel.SMS, "ovh", draw.choice((4.0, 20.0)), sender="38201", role=Role.BACKUP),
        lane("email", Channel.EMAIL, "smtp", 20.0, sender="alerte@hgx.example"),
    )
    return tuple(lane for lane in lanes if lane.name == "telegram" or draw.random() < OFTEN[lane.name])


OFTEN = {"sms": 0.8, "sms-backup": 0.5, "email": 0.5}
FACTS = {
    "telegram": LaneFacts(per_address=1.0),
    "android": LaneFacts(takes_our_id=True, takes_ttl=True, gives_receipts=True),
    "ovh": LaneFacts(takes_ttl=True, gives_receipts=True),
    "smtp": LaneFacts(),
}


class World:
    """Everything outside of the house in one night."""

    def __init__(self, loop: VirtualLoop, clock: VirtualClock, draw: random.Random, faults: Faults) -> None:
        self.loop = loop
        self.clock = clock
        self.draw = draw
        self.faults = faults
        self.ledger = Ledger()
        self.calls: list[Call] = []
        self.bot = Bot()
        self.blocked: set[tuple[str, str]] = set()  # devices that refuse: channel and address
        self.dead: set[str] = set()  # numbers whose SIM is lost: taken, and reported undelivered
        self.account: dict[str, LaneFault] = {}  # providers whose account cannot send at the moment
        self.shown: Callable[[Call], None] = lambda _call: None  # what staff do
        self.tell: Callable[[str, Report], Awaitable[None]] | None = None  # one try to bring a receipt into the house
        self.bot_keyboards: dict[str, dict[str, str]] = {}  # by ref: what the buttons of a message carry
        self._outside = Context()
        self._by_ref: dict[tuple[str, str], Entry] = {}
        self._numbers = 0
        self.untold = 0  # receipts that are on their way
        self.edits = 0  # of messages that were sent: no copies

    def start(self, act: Awaitable[None]) -> None:
        """Something happens outside, whoever started it."""
        self.loop.create_task(act, context=self._outside)  # type: ignore[arg-type]

    def take_call(self, call: Call) -> "asyncio.Future[Outcome]":
        """The provider begins to work on a call."""
        self.calls.append(call)
        answer: asyncio.Future[Outcome] = self.loop.create_future()
        self.start(self._work(call, answer))
        return answer

    async def _work(self, call: Call, answer: "asyncio.Future[Outcome]") -> None:
        provider = FACES[call.lane]
        await asyncio.sleep(self.draw.uniform(0.01, 0.15))
        outcome, taken = self._judge(provider, call)
        if taken is not None:
            self._take(provider, call, taken)
            call.process.perishes(WIRE_TAKEN)
        await asyncio.sleep(self.draw.uniform(*LATE) if outcome is LATELY else self.draw.uniform(0.01, 0.15))
        if outcome is SILENCE:
            await asyncio.sleep(NEVER)
        call.ended = self.loop.time()
        if not answer.done():
            told = Accepted(taken) if outcome in (LATELY, SILENCE) else outcome
            call.clear = call.process.alive and not isinstance(told, Unsure)
            answer.set_result(told)

    def _judge(self, provider: str, call: Call) -> tuple[Outcome, str | None]:
        """What the provider says, and the id of what it has taken."""
        device = (call.channel, call.address)
        if provider in self.account:
            return NotSent(self.account[provider], "account"), None
        known = self._by_ref.get((provider, call.ref)) if FACTS[provider].takes_our_id else None
        if known is not None:
            return Accepted(known.provider_id), None  # 409: it has that one already
        if device in self.blocked:
            return Refused(RefusedFor.BLOCKED, dead=call.channel == "telegram"), None
        self._numbers += 1
        number = f"{provider}-{self._numbers}"
        match self.faults.draw(provider):
            case Fault.LATENCY:
                return LATELY, number
            case Fault.BUSY:
                return Deferred(timedelta(seconds=self.draw.choice((1, 2, 5))), whole_lane=self.draw.random() < 0.5), None
            case Fault.ERROR_BEFORE:
                return Unsure("503"), None
            case Fault.CUT_BEFORE:
                return NotSent(None, "cut"), None
            case Fault.ERROR_AFTER | Fault.GARBAGE | Fault.CUT_AFTER:
                return Unsure("garbage"), number
            case Fault.SILENT:
                return SILENCE, number
        return Accepted(number), number

    def _take(self, provider: str, call: Call, number: str) -> None:
        call.taken = True
        entry = Entry(call.channel, provider, call.address, number, call.ref, call.text, self.clock.now(), subject=call.subject)
        entry.real = self.loop.time()
        held = self.draw.uniform(*HELD) if FACTS[provider].takes_ttl and self.draw.random() < 0.1 else 0.0
        alive = timedelta(seconds=held) * self.clock.speed <= call.life
        entry.delivered = alive and call.address not in self.dead
        self.ledger.accept(entry)
        self._by_ref[provider, call.ref] = entry
        self.start(self._arrive(call, entry, held))

    async def _arrive(self, call: Call, entry: Entry, held: float) -> None:
        """On the phone, once it has signal and if the words are then still alive; the gateway reports."""
        early = self.draw.random() < EARLY and not held
        self.start(self._report(call, entry, early=early, after=0.0 if early else held + 0.3 + self.draw.random()))
        await asyncio.sleep(held)
        if entry.delivered:
            entry.shown_at = self.clock.now()
            self.shown(call)

    async def _report(self, call: Call, entry: Entry, *, early: bool, after: float) -> None:
        provider = FACES[call.lane]
        if not FACTS[provider].gives_receipts:
            return
        last = Evidence.DELIVERED if entry.delivered else Evidence.UNDELIVERED
        self.untold += 1
        await asyncio.sleep(after)
        news = [Evidence.SENT, last]
        if self.draw.random() < 0.2:
            news.reverse()
        if self.draw.random() < 0.2:
            news.insert(self.draw.randrange(3), self.draw.choice(news))
        if last is Evidence.DELIVERED and self.draw.random() < 0.1:
            news.append(Evidence.UNDELIVERED)  # a gateway that changes its mind: what was delivered stays so
        for evidence in news:
            ours = call.ref if FACTS[provider].takes_our_id else None
            await self._insist(call, Report(evidence, provider_id=entry.provider_id, our_id=ours))
            call.arrived |= evidence is Evidence.DELIVERED
            await asyncio.sleep(0.0 if early else self.draw.uniform(0.0, 0.4))
        self.untold -= 1

    async def _insist(self, call: Call, report: Report) -> None:
        """Until the house has said 200."""
        assert self.tell is not None
        while True:
            try:
                await self.tell(call.lane, report)
            except Down:
                await asyncio.sleep(HOOK_PAUSE)
            else:
                return


class Down(Exception):
    """The house does not answer: it is dead, or died meanwhile."""


FACES = {"telegram": "telegram", "sms": "android", "sms-backup": "ovh", "email": "smtp"}  # lane to provider
LATELY, SILENCE = Unsure("late"), Unsure("silence")


class SimulatedChannel:
    """An account of one provider, as a lane's room offers it."""

    def __init__(self, world: World, process: Caller, lane: LaneSettings) -> None:
        self._world = world
        self._process = process
        self._lane = lane

    @property
    def facts(self) -> LaneFacts:
        """What this gateway can do."""
        return FACTS[FACES[self._lane.name]]

    async def send(self, parcel: Parcel) -> Outcome:
        """One call."""
        self._process.passes(WIRE_BEFORE)
        world = self._world
        if parcel.edits is not None:
            world.edits += 1
            return Accepted(parcel.edits)
        call = Call(
            self._process,
            self._lane.name,
            self._lane.channel.value,
            parcel.ref,
            parcel.address.value,
            parcel.words.subject,
            parcel.words.text,
            world.loop.time(),
            world.clock.now(),
            parcel.life,
        )
        self._buttons(call, parcel.buttons)
        outcome = await world.take_call(call)
        self._process.passes(WIRE_ANSWERED)
        return outcome

    def _buttons(self, call: Call, buttons: Mapping[str, str]) -> None:
        if buttons:
            self._world.bot_keyboards[call.ref] = dict(buttons)

    async def credit(self) -> int | None:
        """Unlimited."""
        return None

    async def listen(self) -> AsyncIterator[Heard]:
        """Nothing: everything is pushed."""
        nothing: tuple[Heard, ...] = ()
        for heard in nothing:
            yield heard

    async def get_updates(self, offset: int) -> Updates | Conflict:
        """The Bot API's long poll."""
        bot = self._world.bot
        for press in bot.waiting:
            if press.update < offset:
                bot.confirmed.setdefault(press.update, self._world.loop.time())
        bot.waiting = [press for press in bot.waiting if press.update >= offset]
        if not bot.waiting and not await bot.wait():
            return Conflict()
        await asyncio.sleep(0.02)
        found = tuple(press for press in bot.waiting if press.update >= offset)
        return Updates(found, max((press.update + 1 for press in found), default=offset))

    async def answer_callback(self, callback_id: str, text: str) -> Outcome:
        """The button stops spinning."""
        await asyncio.sleep(0.01)
        return Accepted(callback_id)
