"""Where providers are: as the resolver says, or where they last were. DNS is among the first to fall, and it falls silent."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import Generic, TypeVar

from aiohttp.abc import AbstractResolver, ResolveResult

PATIENCE = 1.5  # s for a resolver while an older answer is known: a dead one hangs 5 s and more, and a connection has 4 in all

Name = TypeVar("Name", bound=Hashable)
Place = TypeVar("Place")


class LastKnown(Generic[Name, Place]):
    """Fresh answers, else the last good one. One question at a time for each name: a resolver that hangs holds one thread."""

    def __init__(self, ask: Callable[[Name], Awaitable[Place]]) -> None:
        self._ask = ask
        self._places: dict[Name, Place] = {}
        self._asking: dict[Name, asyncio.Future[Place]] = {}

    async def find(self, name: Name) -> Place:
        """Where it is. OSError where the resolver refuses and it was never found before."""
        known = self._places.get(name)
        try:
            async with asyncio.timeout(None if known is None else PATIENCE):
                return await asyncio.shield(self.ask(name))
        except OSError:  # TimeoutError included
            if known is None:
                raise
            return known

    def ask(self, name: Name) -> asyncio.Future[Place]:
        """The question that is under way, or a new one. What comes of it is remembered, whoever still waits."""
        asking = self._asking.get(name)
        if asking is None:
            asking = self._asking[name] = asyncio.ensure_future(self._ask(name))
            asking.add_done_callback(partial(self._learn, name))
        return asking

    def _learn(self, name: Name, answer: asyncio.Future[Place]) -> None:
        del self._asking[name]
        if not answer.cancelled() and answer.exception() is None:
            self._places[name] = answer.result()

    def close(self) -> None:
        """Nobody waits any more."""
        for asking in list(self._asking.values()):
            asking.cancel()


class KnownHosts(AbstractResolver):
    """``LastKnown`` for aiohttp: where DNS is down, a provider is reached where it last was (TLS checks its name)."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner
        self._known = LastKnown[tuple[str, int, socket.AddressFamily], list[ResolveResult]](self._resolve)

    async def _resolve(self, name: tuple[str, int, socket.AddressFamily]) -> list[ResolveResult]:
        return await self._inner.resolve(*name)

    def learn(self, host: str, port: int) -> None:
        """Ask now, for a time when nobody answers."""
        self._known.ask((host, port, socket.AF_UNSPEC))

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Addresses, or OSError."""
        return await self._known.find((host, port, family))

    async def close(self) -> None:
        """Let the inner resolver go."""
        self._known.close()
        await self._inner.close()
