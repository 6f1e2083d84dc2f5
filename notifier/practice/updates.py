"""A bot's updates: fetched by long polling, or pushed to a webhook; kept until they are confirmed."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

LONGEST = 50.0  # s, real: of a long poll
MOST = 100  # updates at once
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # s, real, between pushes that were not taken; then the last one for ever


class Conflict(Exception):
    """Somebody else has, or takes, the updates."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are pushed."""

    url: str
    secret: str = field(default="", repr=False)


@dataclass
class UpdateQueue:
    """One bot's updates, in order."""

    session: aiohttp.ClientSession
    webhook: Webhook | None = None
    allowed: frozenset[str] = frozenset()  # empty: all kinds
    last_error: str = ""
    _waiting: deque[dict[str, object]] = field(default_factory=deque)
    _next: int = 1
    _poll: asyncio.Future[bool] | None = None
    _pusher: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def next_id(self) -> int:
        """The number of the update that comes next."""
        return self._next

    def push(self, kind: str, told: Mapping[str, object]) -> None:
        """Something has happened in a chat."""
        if self.allowed and kind not in self.allowed:
            return
        self._waiting.append({"update_id": self._next, kind: told})
        self._next += 1
        self._news.set()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(True)

    async def fetch(self, offset: int, limit: int, wait: float) -> list[dict[str, object]]:
        """What lies at and above ``offset``; all below is confirmed and gone. Ends an earlier poll that still waits.

        Raises Conflict where a webhook is set, and in the earlier poll.
        """
        if self.webhook is not None:
            raise Conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(False)
        self._confirm(offset)
        if not self._waiting and wait > 0:
            await self._wait(min(wait, LONGEST))
        return [self._waiting[place] for place in range(min(len(self._waiting), max(1, min(limit, MOST))))]

    def _confirm(self, offset: int) -> None:
        if offset < 0:  # only the newest ones
            while len(self._waiting) > -offset:
                self._waiting.popleft()
        while self._waiting and int(str(self._waiting[0]["update_id"])) < offset:
            self._waiting.popleft()

    async def _wait(self, seconds: float) -> None:
        mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._poll = mine
        try:
            async with asyncio.timeout(seconds):
                alone = await mine
        except TimeoutError:
            alone = True
        if self._poll is mine:
            self._poll = None
        if not alone:
            raise Conflict("terminated by other getUpdates request; make sure that only one bot instance is running")

    async def set_webhook(self, webhook: Webhook | None, *, drop: bool = False) -> None:
        """Push from now on, or no more."""
        if drop:
            self._waiting.clear()
        await self.close()
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(False)
        self.webhook = webhook
        if webhook is not None:
            self._pusher = asyncio.create_task(self._push_on(webhook))

    async def _push_on(self, webhook: Webhook) -> None:
        """One after the other; one that is not taken is told again and holds up the rest, as Telegram does."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        refusals = 0
        while True:
            while not self._waiting:
                self._news.clear()
                await self._news.wait()
            update = self._waiting[0]
            try:
                async with self.session.post(webhook.url, json=update, headers=headers) as answer:
                    self.last_error = "" if answer.status < 300 else f"Wrong response from the webhook: {answer.status}"
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                self.last_error = f"Connection failed: {type(error).__name__}"
            if not self.last_error:
                refusals = 0
                if self._waiting and self._waiting[0] is update:
                    self._waiting.popleft()
                continue
            await asyncio.sleep(PAUSES[min(refusals, len(PAUSES) - 1)])
            refusals += 1

    async def close(self) -> None:
        """Nothing is pushed any more."""
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
            self._pusher = None
