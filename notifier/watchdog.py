"""The outside watchdog: a house is watched from another machine, which tells two people by its own accounts; and a house that is
well calls a dead-man's switch each minute, so that somebody else's machine notices its silence.

The watchdog also notes in its log how the house's journal ends: beside an earlier line of it, ``notifier journal verify --head``
shows what was altered since.

What is told is a fixed text of the release, to people of the settings; it passes by no database, and least of all by the house
that does not answer.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp

from notifier.channels.contract import CALL_DEADLINE, Channel, Parcel
from notifier.clock import Clock
from notifier.desk.desk import Desk
from notifier.desk.watching import engine_health
from notifier.domain.delivery import MAX_COPIES, Accepted, Unsure
from notifier.domain.errors import NotReady
from notifier.domain.gsm import to_gsm
from notifier.domain.lane import LaneSettings, may_send
from notifier.domain.message import Words
from notifier.domain.people import Address, Language
from notifier.domain.people import Channel as ChannelKind
from notifier.domain.watching import EVERY, News, Seen, Suspicion, WatchPlan, Witness
from notifier.prose import say

log = logging.getLogger(__name__)

LIMIT = 1 << 14  # octets of an answer that are looked at: it comes from a machine that may have been taken
PING = 60.0  # s, real: between two calls of the dead-man's switch
LIFE = timedelta(hours=1)  # of what is told: somebody who hears it later looks for himself
_DEADLINE = aiohttp.ClientTimeout(total=CALL_DEADLINE.total_seconds())


@dataclass(slots=True)
class Watchdog:
    """Looks at a house's ``/health/engine`` from outside. ``ways`` are this machine's own accounts, in order of preference."""

    plan: WatchPlan
    ways: Sequence[tuple[LaneSettings, Channel]]
    clock: Clock
    language: Language
    every: float = EVERY
    _suspicion: Suspicion = field(default_factory=Suspicion)
    _witness: Witness = field(default_factory=Witness)
    _known: dict[Address, News] = field(default_factory=dict)  # what each person was told last
    _doubts: dict[Address, int] = field(default_factory=dict)  # copies of the news that may have arrived
    _news: News = News.UP
    _number: int = 0

    async def work(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``."""
        async with aiohttp.ClientSession(timeout=_DEADLINE) as session:
            while not stopping.is_set():
                await self.look(session)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.every):
                        await stopping.wait()

    async def look(self, session: aiohttp.ClientSession) -> None:
        """One look, and what follows from it; whoever could not be told is tried again at the next one."""
        well, body = await _ask(session, self.plan.watch)
        self._note(body)
        news = self._suspicion.look(well=well)
        if news is not self._news:
            log.error("the house at %s: %s", self.plan.watch, news)
            self._news, self._number = news, self._number + 1
            self._doubts.clear()
        left = [address for address in self.plan.tell if self._known.get(address, News.UP) is not news]
        told = await asyncio.gather(*(self._tell(address, news) for address in left))
        self._known.update((address, news) for address, done in zip(left, told, strict=True) if done)

    def _note(self, body: bytes) -> None:
        match self._witness.look(read_head(body)):
            case Seen.NEW:
                log.info("journal head %s", self._witness.head)
            case Seen.ALTERED:
                log.error("the journal was cut off, written anew, or restored from a backup: its head is %s", self._witness.head)

    async def _tell(self, address: Address, news: News) -> bool:
        """True once an account has it, or so many may have it as a person may get of one message."""
        text = say(f"watchdog.{news}", self.language)
        text = to_gsm(text) if address.channel is ChannelKind.SMS else text
        words = Words(text, say(f"watchdog.{news}.subject", self.language))
        ref = f"{int(self.clock.wall().timestamp())}{self._number}"
        parcel = Parcel(ref, address, words, LIFE, urgent=True, language=self.language)
        for lane, channel in self.ways:
            if lane.channel is address.channel and may_send(lane.network, address):
                [outcome] = await asyncio.gather(channel.send(parcel), return_exceptions=True)  # one that raises ends no watch
                if isinstance(outcome, Accepted):
                    return True
                log.error("lane %s could not tell the news: %s", lane.name, type(outcome).__name__)
                self._doubts[address] = self._doubts.get(address, 0) + isinstance(outcome, Unsure | Exception)
                if self._doubts[address] >= MAX_COPIES:
                    return True
        return False


@dataclass(slots=True)
class Pinger:
    """The dead-man's switch: it is called while the engine is well, and only then."""

    desk: Desk
    url: str
    every: float = PING

    async def work(self, stopping: asyncio.Event) -> None:
        """Until ``stopping``. A call that fails is the other side's to notice."""
        async with aiohttp.ClientSession(timeout=_DEADLINE) as session:
            while not stopping.is_set():
                with contextlib.suppress(NotReady):
                    if (await engine_health(self.desk)).well:
                        await _ask(session, self.url)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.every):
                        await stopping.wait()


def read_head(body: bytes) -> str:
    """The journal's head in what ``/health/engine`` says; empty where it says none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(told.get("journal_head", "")) if isinstance(told, dict) else ""


async def _ask(session: aiohttp.ClientSession, url: str) -> tuple[bool, bytes]:
    """Whether it says that it is well, and what else it says, up to a limit."""
    body = bytearray()
    try:
        async with session.get(url, allow_redirects=False) as answer:
            async for piece in answer.content.iter_chunked(LIMIT):
                body += piece
                if len(body) > LIMIT:
                    break
            return answer.status == 200, bytes(body[:LIMIT])
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False, b""
