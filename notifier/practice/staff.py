"""Simulated staff: people with habits, who read on whatever device rings and answer with what the message offers.

Each one's habits come from the seed and the person alone, and each answer from the seed, the person and the alert: the same night
can be played again. Nobody answers for somebody else, and everybody answers an alert once.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.clock import Clock
from notifier.practice.answers import Offer
from notifier.practice.ledger import CODE

NONSENSE = (
    "ok bien recu",
    "qui est-ce ?",
    "je suis au bloc",
    "🤔",
    "1 ou 2 ?",
    "pas compris",
    "c'est un exercice ?",
    "rappelez moi",
)
READING = (20, 45, 90, 150, 240, 420)  # s, story: to a glance at the phone
KEPT = 12  # messages that a phone's screen still shows
AGAIN = timedelta(seconds=30)  # story: after an answer that did not go through


@dataclass(frozen=True, slots=True)
class Resident:
    """Somebody of the town and his devices: a Telegram chat, a mobile (E.164), a mailbox. ``group`` is his clinic and
    ``post`` what he does there.

    ``on_duty`` is a hint: who is on duty does not sleep. A relay post is a resident like any other.
    """

    key: str
    name: str
    chat: int | None = None
    phone: str | None = None
    mail: str | None = None
    group: str = ""
    on_duty: bool = False
    post: str = ""

    @property
    def devices(self) -> tuple[tuple[str, str], ...]:
        """Channel and address of each device."""
        given = (("telegram", self.chat), ("sms", self.phone), ("email", self.mail and self.mail.lower()))
        return tuple((channel, str(address)) for channel, address in given if address is not None)


@dataclass(frozen=True, slots=True)
class Customs:
    """How likely each habit is."""

    muted: float = 0.10  # looks at his phone twice an hour
    asleep: float = 0.07  # reads in the morning
    locker: float = 0.06  # phone in a locker: somebody comes and tells
    no_signal: float = 0.05  # for up to four minutes
    nonsense: float = 0.04  # types something else first
    blocked_bot: float = 0.015
    lost_sim: float = 0.01
    closed_mailbox: float = 0.01

    @classmethod
    def sound(cls) -> "Customs":
        """Everybody awake, with devices that work."""
        return cls(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Habits:
    """How somebody is tonight. Delays are seconds of story time."""

    muted: bool
    asleep: bool
    locker: bool
    types_nonsense: bool
    reads_after: float
    first_choice: float  # how likely he takes the first answer offered
    signal_after: float  # no network until then
    broken: frozenset[str]  # channels whose device takes nothing tonight

    @property
    def answers(self) -> bool:
        """Does he read tonight at all?"""
        return not self.asleep


@dataclass(frozen=True, slots=True)
class Given:
    """One answer of somebody: what a counted answer must match. ``choice`` is what went back, ``label`` how it was offered."""

    key: str
    alert: str
    channel: str
    choice: str
    at: datetime
    label: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An answer that whoever sends has said to have: a callback's answer, a hook's 200, a page, or coming for more texts."""

    key: str
    alert: str
    given: float  # s, real, monotonic
    real: float


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was typed and is no answer."""

    key: str
    alert: str
    channel: str
    text: str = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """What a device shows. ``offers`` are the answers that can be seen on it; ``gateway`` is the way back."""

    channel: str
    gateway: str
    address: str = field(repr=False)
    text: str = field(repr=False)
    message_id: int = 0
    offers: tuple[Offer, ...] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class WayBack:
    """How an answer travels: ``open`` shows what is offered (a page must be fetched first), ``give`` and ``say`` send.

    ``confirms``: what was given is kept once ``give`` is back; otherwise the gateway tells the town later.
    """

    open: Callable[[Resident, Message], Awaitable[tuple[Offer, ...]]]
    give: Callable[[Resident, Message, Offer], Awaitable[bool]]
    say: Callable[[Resident, Message, str], Awaitable[bool]]
    confirms: bool = True


def make_habits(seed: int, resident: Resident, customs: Customs) -> Habits:
    """Tonight's habits of one person, the same for the same seed. Each is drawn even where it has no effect, so that one odd
    more or less leaves the others as they were."""
    draw = random.Random(f"{seed}:{resident.key}")
    muted, asleep, locker = (draw.random() < odds for odds in (customs.muted, customs.asleep, customs.locker))
    reads_after = draw.choice(READING) * draw.uniform(0.5, 1.5) + (900 if locker else 600 if muted else 0) * draw.uniform(
        0.5, 1.5
    )
    first_choice = draw.choice((0.97, 0.9, 0.75))
    nonsense = draw.random() < customs.nonsense
    signal_after = 240 * draw.random() * (draw.random() < customs.no_signal)
    odds = (("telegram", customs.blocked_bot), ("sms", customs.lost_sim), ("email", customs.closed_mailbox))
    broken = frozenset(channel for channel, chance in odds if draw.random() < chance)
    return Habits(muted, asleep and not resident.on_duty, locker, nonsense, reads_after, first_choice, signal_after, broken)


@dataclass
class Town:
    """Everybody, found by device."""

    residents: dict[str, Resident]
    seed: int
    clock: Clock
    customs: Customs = field(default_factory=Customs)
    habits: dict[str, Habits] = field(default_factory=dict)
    intended: list[Given] = field(default_factory=list)  # answers that somebody set out to give
    given: list[Given] = field(default_factory=list)  # those that went through
    said: list[Said] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)
    shown: dict[str, deque[tuple[datetime, Message]]] = field(default_factory=dict)
    ways: dict[str, WayBack] = field(default_factory=dict)
    _by_device: dict[tuple[str, str], str] = field(default_factory=dict)
    _mine: dict[str, list[Given | Said]] = field(default_factory=dict)
    _reading: set[tuple[str, str]] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        given, self.residents = self.residents, {}
        self.settle(given.values())

    def settle(self, residents: Iterable[Resident]) -> None:
        """More people come to live here. A device that two share is the first one's."""
        for resident in residents:
            self.residents[resident.key] = resident
            self.habits[resident.key] = make_habits(self.seed, resident, self.customs)
            for device in resident.devices:
                self._by_device.setdefault(device, resident.key)

    def find(self, channel: str, address: str) -> Resident | None:
        """Whose device this is."""
        key = self._by_device.get((channel, address))
        return None if key is None else self.residents[key]

    def works(self, channel: str, address: str) -> bool:
        """Does this device take a message tonight, sooner or later?"""
        resident = self.find(channel, address)
        return resident is not None and channel not in self.habits[resident.key].broken

    def working(self, key: str) -> frozenset[tuple[str, str]]:
        """Channel and address of somebody's devices that work tonight."""
        return frozenset(device for device in self.residents[key].devices if device[0] not in self.habits[key].broken)

    def delivery_delay(self, channel: str, address: str) -> timedelta:
        """Story time until the device has it; mail waits in its box instead."""
        resident = self.find(channel, address)
        if resident is None or channel == "email":
            return timedelta(0)
        return timedelta(seconds=self.habits[resident.key].signal_after)

    def show(self, message: Message) -> None:
        """A device has got a message; its owner reads it in his own time."""
        resident = self.find(message.channel, message.address)
        if resident is None:
            return
        self.shown.setdefault(resident.key, deque(maxlen=KEPT)).append((self.clock.now(), message))
        habits, found = self.habits[resident.key], CODE.search(message.text)
        if habits.answers and found and (message.offers or message.link) and (resident.key, found[0]) not in self._reading:
            self._reading.add((resident.key, found[0]))
            self.start(self._read(resident, habits, message, found[0]))

    def start(self, life: Coroutine[object, object, None]) -> None:
        """Something that goes on in the town until it closes."""
        task = asyncio.create_task(life)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def wait(self, story: timedelta) -> None:
        """Let story time pass."""
        await asyncio.sleep(self.clock.seconds(story))

    def lines_of(self, key: str) -> list[Given | Said]:
        """What somebody answered and said, oldest first."""
        return self._mine.get(key, [])

    async def _read(self, resident: Resident, habits: Habits, message: Message, alert: str) -> None:
        draw = random.Random(f"{self.seed}:{resident.key}:{alert}")
        first, other, after_nonsense, words = (
            draw.random() < habits.first_choice,
            draw.random(),
            draw.random(),
            draw.choice(NONSENSE),
        )
        await self.wait(timedelta(seconds=habits.reads_after))
        way = self.ways.get(message.gateway)
        if way is None:
            return
        if habits.types_nonsense and message.channel != "email":
            if await way.say(resident, message, words):
                self.keep(Said(resident.key, alert, message.channel, words, self.clock.now()))
            if after_nonsense < 0.5:
                return
            await self.wait(AGAIN)
        for _ in range(3):
            if offers := await way.open(resident, message):
                offer = offers[0] if first else offers[int(other * len(offers))]
                answer = Given(resident.key, alert, message.channel, offer.value, self.clock.now(), offer.label)
                self.intended.append(answer)
                began = self.clock.real()
                if await way.give(resident, message, offer):
                    if way.confirms:
                        self.confirm(resident.key, alert, began)
                    self._give(answer)
                    return
            await self.wait(AGAIN)

    def confirm(self, key: str, alert: str, given: float) -> None:
        """Whoever sends has said that he has this answer."""
        self.confirmed.append(Confirmed(key, alert, given, self.clock.real()))

    def _give(self, answer: Given) -> None:
        self.given.append(answer)
        self._mine.setdefault(answer.key, []).append(answer)

    def keep(self, words: Said) -> None:
        """Somebody typed something that is no answer: his phone shows it."""
        self.said.append(words)
        self._mine.setdefault(words.key, []).append(words)

    async def close(self) -> None:
        """Nobody reads any more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
