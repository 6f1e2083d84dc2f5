"""Where a request comes from, for the allowances of ``gate``, and its body, which may not take for ever."""

import asyncio
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

BODY_DEADLINE = 15.0  # s: a form of 100 octets crosses the worst network in less


async def read_body(request: Request) -> bytes:
    """The whole body, at most 256 KiB (``app``). Raises HTTPException for one that drips or breaks off."""
    try:
        async with asyncio.timeout(BODY_DEADLINE):
            return await request.body()
    except (TimeoutError, ClientDisconnect):
        raise HTTPException(408) from None


def source_of(request: Request) -> str:
    """The peer's address; of IPv6 its /64, which one subscriber has whole. Behind our own proxy, what that says (uvicorn)."""
    return _source(request.client.host if request.client else "")


@lru_cache(maxsize=1024)
def _source(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host[:64]
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else host
