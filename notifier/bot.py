"""The Telegram face, and the ears of the other accounts: what staff press and write, taken in while this process holds the lane.

Telegram is long-polled by whoever holds the lane's lease, so that exactly one process asks; its offset moves on only once all
before it is committed. Every press is answered within a second, whatever became of it, and told *received* only after the commit.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

from notifier.channels.contract import Channel
from notifier.channels.taps import Conflict, Membership, Press, Said, Tap, Updates, read_updates
from notifier.channels.telegram import TelegramChannel
from notifier.desk.answering import Fate, Told, press_button
from notifier.desk.conversing import Chat, choose, hear, note_membership
from notifier.desk.desk import Desk
from notifier.desk.listening import take_in, taken_up_to, where_from
from notifier.domain.delivery import Outcome
from notifier.domain.errors import NotReady
from notifier.domain.people import Language
from notifier.lanes import Lane
from notifier.prose import say
from notifier.wiring import House

T = TypeVar("T")
log = logging.getLogger(__name__)

PROMPT = 0.8  # s within which a press is answered, committed or not: a second, less the way to Telegram
WATCHING = 0.5  # s between two looks whether we still hold the lane
GRACE = 5.0  # s at a stop for what has been pressed to be committed; else Telegram tells it again
CONFLICT_PAUSE = 30.0  # s after a 409
CONFLICT_ALARM = 3  # in a row
PAUSE = 1.0  # s after a failure, doubled …
LONGEST_PAUSE = 30.0  # … up to this
POISON = 3  # tries for what fails by itself, the database being well


class TelegramFace:
    """One bot, as staff meet it: they press, and are told what became of it."""

    def __init__(self, desk: Desk, lane: Lane, channel: TelegramChannel) -> None:
        self._desk = desk
        self._lane = lane
        self._channel = channel
        self._name = lane.settings.name
        self._stream = f"{self._name}:updates"
        self._conflicts = 0
        self._pause = PAUSE
        self._telling: set[asyncio.Task[Outcome]] = set()

    async def work(self, stopping: asyncio.Event) -> None:
        """Poll while we hold the lane, until ``stopping``; what has been pressed is then committed and told."""
        while not stopping.is_set():
            rest = WATCHING if self._lane.epoch is None else await self._look(stopping)
            await _rest(stopping, rest)
        if self._telling:
            await asyncio.wait(self._telling, timeout=GRACE)

    async def _look(self, stopping: asyncio.Event) -> float:
        """One poll and its effects; gives how long to rest. Whatever fails is logged and tried again."""
        poll = asyncio.create_task(self._poll())
        await _attend(poll, lambda: stopping.is_set() or self._lane.epoch is None)  # cut off, it loses nothing
        if poll.cancelled():
            return 0.0
        if (error := poll.exception()) is not None:
            return self._failed(error)
        offset, brought = poll.result()
        if isinstance(brought, Conflict):
            return self._conflict()
        if not isinstance(brought, Updates):
            return self._slower()
        taking = asyncio.create_task(self._take_batch(brought, offset))
        await _attend(taking, stopping.is_set, GRACE)
        if not taking.cancelled() and (error := taking.exception()) is not None:
            return self._failed(error)
        self._conflicts, self._pause = 0, PAUSE
        return 0.0

    async def _poll(self) -> tuple[int, Updates | Conflict | Outcome]:
        offset = await where_from(self._desk, self._stream)
        return offset, await self._channel.get_updates(offset)

    async def _take_batch(self, brought: Updates, offset: int) -> None:
        await self._take(brought.taps)
        if brought.next_offset > offset:
            await taken_up_to(self._desk, self._stream, brought.next_offset)

    async def take_update(self, body: bytes) -> None:
        """One update by webhook, whose secret ``web.hooks`` has checked; returns once its effect is committed."""
        try:
            update: object = json.loads(body)
        except (ValueError, RecursionError):
            return
        await self._take(read_updates([update], 0).taps)

    async def _take(self, taps: Sequence[Tap]) -> None:
        """The effects of a batch: one after the other for one person, side by side for several."""
        lines: dict[int, list[Tap]] = {}
        for tap in taps:
            lines.setdefault(tap.chat if isinstance(tap, Membership) else tap.sender, []).append(tap)
        await asyncio.gather(*(self._take_line(line) for line in lines.values()))

    async def _take_line(self, line: Iterable[Tap]) -> None:
        for tap in line:
            match tap:
                case Press(private=True):
                    await self._take_press(tap)
                case Press():
                    self._tell(tap, say("press.private", Language.FR))
                case Said(private=True):
                    chat = Chat(self._name, tap.update, tap.chat, tap.language)
                    await _insist(partial(hear, self._desk, chat, tap.text), self._name)
                case Membership():
                    chat = Chat(self._name, tap.update, tap.chat)
                    await _insist(partial(note_membership, self._desk, chat, blocked=tap.blocked), self._name)
                case _:
                    pass  # in a group nobody talks to us

    async def _take_press(self, press: Press) -> None:
        if ":" in press.data:  # no reference of an alert has one
            talk = partial(choose, self._desk, Chat(self._name, press.update, press.sender), press.data)
            await self._tell_promptly(press, talk, lambda ours: say("press.seen" if ours else "press.foreign", Language.FR))
            return
        act = partial(press_button, self._desk, press.data, press.sender, f"{self._name}:{press.update}")
        await self._tell_promptly(press, act, lambda told: tell(told, self._desk.zone))

    async def _tell_promptly(self, press: Press, act: Callable[[], Awaitable[T]], words: Callable[[T], str]) -> None:
        """Commit what was pressed, however long that takes; the person reads within a second what came of it, or that we try."""
        pressed = asyncio.create_task(_insist(act, self._name))
        try:
            await asyncio.wait([pressed], timeout=PROMPT)
            prompt = pressed.done()
            if not prompt:
                self._tell(press, say("press.slow", Language.FR))
            told = await pressed
        finally:
            pressed.cancel()  # without effect once it is done
        if prompt:
            self._tell(press, say("press.slow", Language.FR) if told is None else words(told))

    def _tell(self, press: Press, text: str) -> None:
        """Stop the button's spinning, without holding up whoever pressed next."""
        telling = asyncio.create_task(self._channel.answer_callback(press.callback_id, text))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    def _conflict(self) -> float:
        self._conflicts += 1
        if self._conflicts >= CONFLICT_ALARM:
            log.error(
                "bot %s: its token is used elsewhere, by a second instance or a thief (409, %d times)",
                self._name,
                self._conflicts,
            )
        else:
            log.warning("bot %s: another process polls with this token (409)", self._name)
        return CONFLICT_PAUSE

    def _failed(self, error: BaseException) -> float:
        log.error("bot %s: a poll failed: %s", self._name, type(error).__name__)
        return self._slower()

    def _slower(self) -> float:
        pause, self._pause = self._pause, min(LONGEST_PAUSE, self._pause * 2)
        return pause


def tell(told: Told, zone: ZoneInfo) -> str:
    """What the person reads for a moment after pressing."""
    language = Language(told.language)
    at = "" if told.at is None else f"{told.at.astimezone(zone):%H:%M}"
    match told.fate:
        case Fate.COUNTED | Fate.CHANGED if told.covered:
            return say("press.covered", language, at=at, label=told.label)
        case Fate.COUNTED | Fate.CHANGED:
            return say("press.counted", language, at=at, label=told.label)
        case Fate.REPEATED:
            return say("press.repeated", language, at=at, label=told.label)
        case Fate.LATE | Fate.OLDER:
            return say("press.late", language)
        case Fate.REOPENED:
            return say("press.reopened", language)
        case Fate.FOREIGN | Fate.UNREAD:
            return say("press.foreign", language)


async def listen_lane(desk: Desk, lane: Lane, channel: Channel, stopping: asyncio.Event) -> None:
    """Take in what a gateway keeps for us to fetch, while we hold the lane. Returns at once where it keeps nothing."""
    pause = PAUSE
    while not stopping.is_set():
        if lane.epoch is None:
            await _rest(stopping, WATCHING)
            continue
        listening = asyncio.create_task(_listen(desk, lane.settings.name, channel))
        await _attend(listening, lambda: stopping.is_set() or lane.epoch is None)  # cut off, it is told again
        if listening.cancelled():
            continue
        if (error := listening.exception()) is None:
            return
        log.error("lane %s: listening failed: %s", lane.settings.name, type(error).__name__)
        await _rest(stopping, pause)
        pause = min(LONGEST_PAUSE, pause * 2)


async def _listen(desk: Desk, lane: str, channel: Channel) -> None:
    async for heard in channel.listen():  # asking for the next says that this one has been taken in
        texts = [(text.sender, text.text, text.event_id) for text in heard.texts]
        await _insist(partial(take_in, desk, lane, heard.reports, texts, heard.mails), lane)


@asynccontextmanager
async def hear_staff(house: House) -> AsyncIterator[dict[str, TelegramFace]]:
    """The bots and the SMS accounts of a running house, heard until the context ends; gives the bot faces by lane."""
    faces: dict[str, TelegramFace] = {}
    ears: list[asyncio.Task[None]] = []
    stopping = asyncio.Event()
    for lane in house.lanes:
        name, channel = lane.settings.name, house.channels[lane.settings.name]
        if isinstance(channel, TelegramChannel):
            faces[name] = TelegramFace(house.desk, lane, channel)
            ears.append(asyncio.create_task(faces[name].work(stopping), name=f"{name}: bot"))
        else:
            ears.append(asyncio.create_task(listen_lane(house.desk, lane, channel, stopping), name=f"{name}: ears"))
    try:
        yield faces
    finally:
        stopping.set()
        if ears:
            await asyncio.wait(ears)


async def _insist(act: Callable[[], Awaitable[T]], lane: str) -> T | None:
    """The result of ``act``, however long the database is away. None for what fails by itself: it harms nobody else."""
    pause, poison = PAUSE, 0
    while True:
        tried = asyncio.ensure_future(act())
        await asyncio.wait([tried])
        error = tried.exception()
        if not isinstance(error, Exception):
            return tried.result()  # raises what ends the process
        log.error("lane %s: something heard could not be taken in: %s", lane, type(error).__name__)
        poison += not isinstance(error, NotReady)
        if poison >= POISON:
            return None
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


async def _attend(task: asyncio.Task[T], give_up: Callable[[], bool], grace: float = 0.0) -> None:
    """Until the task is done, or is to be given up; it is then cancelled. Its exception is left to the caller."""
    while not task.done():
        await asyncio.wait([task], timeout=WATCHING)
        if not task.done() and give_up():
            await asyncio.wait([task], timeout=grace)
            task.cancel()
            await asyncio.wait([task])


async def _rest(stopping: asyncio.Event, seconds: float) -> None:
    """Sleep, unless we are to stop."""
    if seconds > 0:
        try:
            async with asyncio.timeout(seconds):
                await stopping.wait()
        except TimeoutError:
            pass
