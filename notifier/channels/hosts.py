"""Where providers are: as the resolver says, or where they last were. DNS is among the first to fall, and it falls silent.

And where they cannot be. Whoever can write a lane's address, or holds the name servers, would else have us call the machine's own
services with an account's secrets in hand.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Generic, TypeVar

from aiohttp.abc import AbstractResolver, ResolveResult

from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneSettings, Network

PATIENCE = 1.5  # s for a resolver while an older answer is known: a dead one hangs 5 s and more, and a connection has 4 in all

Name = TypeVar("Name", bound=Hashable)
Place = TypeVar("Place")


_CLOUD = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200")))  # instance metadata outside of 169.254.0.0/16
_NOWHERE = IPv4Network("0.0.0.0/8")
_CARRIERS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))  # an IPv4 address in the last 32 bits
_ODD = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*\.?", re.IGNORECASE)


def leads_inward(place: str, *, public: bool) -> bool:
    """True where no provider is: this link, nobody, everybody, a cloud's own services; for a ``public`` one, private networks."""
    address = _unwrap(ip_address(place.partition("%")[0]))
    if address.is_loopback:
        return public
    never = address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved or address in _CLOUD
    return never or address in _NOWHERE or (public and not address.is_global)


def _unwrap(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and any(address in carrier for carrier in _CARRIERS):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def refuse_inward(lane: LaneSettings, host: str, *, public: bool) -> None:
    """A live lane's host as its address spells it. Raises LaneMisset (``address_inward``); names are looked at once resolved.

    This machine may be named in full, also to a ``public`` provider: Telegram's own server can be run beside us.
    """
    if lane.network is not Network.LIVE or host in ("localhost", "127.0.0.1", "::1"):
        return
    try:
        inward = leads_inward(host.removesuffix("."), public=public)
    except ValueError:
        inward = _ODD.fullmatch(host) is not None  # 2852039166, 0xa9fea9fe, 0251.254.1: addresses to the resolver, and no names
    if inward:
        raise LaneMisset(lane.name, "address_inward", (("host", host),))


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
    """``LastKnown`` for aiohttp: where DNS is down, a provider is reached where it last was (TLS checks its name).

    ``inward`` says of an address that no provider is there: a name that leads only to such is one that does not resolve.
    """

    def __init__(self, inner: AbstractResolver, inward: Callable[[str], bool] = lambda _place: False) -> None:
        self._inner = inner
        self._inward = inward
        self._known = LastKnown[tuple[str, int, socket.AddressFamily], list[ResolveResult]](self._resolve)

    async def _resolve(self, name: tuple[str, int, socket.AddressFamily]) -> list[ResolveResult]:
        found = await self._inner.resolve(*name)
        kept = [one for one in found if name[0] == "localhost" or not self._inward(one["host"])]
        if not kept:
            raise OSError("no provider is there")
        return kept

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
