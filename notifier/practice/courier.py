"""What SMS gateways share: the alphabet of texts, the way to phones, and hooks that are told again until they are taken."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import aiohttp

from notifier.clock import Clock
from notifier.practice.faults import Fault, Faults
from notifier.practice.ledger import Entry, Ledger
from notifier.practice.staff import Message, Town

# 3GPP TS 23.038: the default alphabet, and the signs that cost an escape.
PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPED = frozenset("^{}\\[~]|€\f")
ON_AIR = timedelta(seconds=4)  # story: from a phone to its receipt
AGAIN = (0.2, 0.5, 1.0, 3.0, 9.0)  # s, real: a hook that was not taken is told again
LATE = (0.5, 2.5)  # s, real: of a shuffled receipt


def count_parts(text: str) -> tuple[str, int]:
    """Coding and parts: 160 septets alone or 153 each, 70 UTF-16 units alone or 67 each; no escape or surrogate pair is cut."""
    if set(text) <= PLAIN | ESCAPED:
        widths, alone, each, coding = [2 if sign in ESCAPED else 1 for sign in text], 160, 153, "7bit"
    else:
        widths, alone, each, coding = [2 if sign > "\uffff" else 1 for sign in text], 70, 67, "ucs2"
    if sum(widths) <= alone:
        return coding, 1
    parts, room = 1, each
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return coding, parts


Tell = Callable[[Entry, str, int], Awaitable[None]]  # what a gateway does with "sent", "delivered" or "failed", told so often


@dataclass
class Courier:
    """Carries texts to phones and hooks to whoever asked for them."""

    town: Town
    ledger: Ledger
    faults: Faults
    clock: Clock
    session: aiohttp.ClientSession
    world: Clock = field(default_factory=Clock)  # the providers' own time: a story may play on another evening

    def accept(self, entry: Entry, message: Message, life: timedelta | None, tell: Tell) -> None:
        """A gateway has taken a text: it reaches the phone when that has signal, if the text is still alive then."""
        entry.real = self.clock.real()
        delay = self.town.delivery_delay("sms", entry.address)
        entry.delivered = self.town.works("sms", entry.address) and (life is None or delay <= life)
        self.ledger.accept(entry)
        self.town.start(self._carry(entry, message, delay if entry.delivered else life or delay, tell))

    async def _carry(self, entry: Entry, message: Message, delay: timedelta, tell: Tell) -> None:
        self.town.start(self._report(entry, "sent", tell))
        await self.town.wait(delay)
        if entry.delivered:
            entry.shown_at = self.clock.now()
            self.town.show(message)
        await self.town.wait(ON_AIR)
        await self._report(entry, "delivered" if entry.delivered else "failed", tell)

    async def _report(self, entry: Entry, news: str, tell: Tell) -> None:
        fault = self.faults.draw_receipt(entry.gateway)
        if fault is Fault.SHUFFLED:
            await asyncio.sleep(self.faults.some(entry.gateway, *LATE))
        await tell(entry, news, 2 if fault is Fault.DUPLICATE else 1)

    async def post(self, url: str, body: bytes, headers: Callable[[], Mapping[str, str]]) -> bool:
        """A hook by POST, its headers made afresh for each attempt."""
        return await self._insist(lambda: self.session.post(url, data=body, headers=headers()))

    async def get(self, url: str, query: Mapping[str, str]) -> bool:
        """A hook by GET."""
        return await self._insist(lambda: self.session.get(url, params=query))

    async def _insist(self, call: Callable[[], aiohttp.client._RequestContextManager]) -> bool:
        """Again and again where it was not taken; 4xx says that it never will be."""
        for pause in (0.0, *AGAIN):
            await asyncio.sleep(pause)
            try:
                async with call() as answer:
                    if answer.status < 500 and answer.status != 429:
                        return answer.status < 300
            except (aiohttp.ClientError, TimeoutError, OSError):
                continue
        return False
