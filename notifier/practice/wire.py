"""How a server of the practice network answers over HTTP, and how it misbehaves."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from urllib.parse import unquote_plus

from aiohttp import web

from notifier.practice.faults import Fault, Faults

PAGE = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
GARBAGE = (PAGE, "", '{"ok": tru', "[]", "\x00\x01 not json", '{"ok":false}')
BROKEN = (500, 502, 503)


async def answer_under_faults(
    request: web.Request,
    faults: Faults,
    provider: str,
    act: Callable[[], Awaitable[web.Response]],
    busy: web.Response,
) -> web.StreamResponse:
    """``act`` takes the call and answers soundly; ``busy`` is the provider's own 429. What really happens is up to ``faults``."""
    match faults.draw(provider):
        case None:
            return await act()
        case Fault.BUSY:
            return busy
        case Fault.ERROR_BEFORE:
            return _break(faults, provider)
        case Fault.CUT_BEFORE:
            return cut_line(request)
        case fault:
            done = await act()
    match fault:
        case Fault.LATENCY:
            with faults.holding(provider):
                await asyncio.sleep(faults.some(provider, 0.5, 1.5) * faults.late)
            return done
        case Fault.ERROR_AFTER:
            return _break(faults, provider)
        case Fault.GARBAGE:
            said = (*GARBAGE, await _echo(request))
            return web.Response(text=said[int(faults.some(provider, 0, len(said) - 0.01))], content_type="text/html")
        case Fault.SILENT:
            with faults.holding(provider):
                await asyncio.sleep(faults.silence)
    return cut_line(request)


async def _echo(request: web.Request) -> str:
    """The page of a gateway that tells back all that it was asked."""
    head = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    body = (await request.read()).decode("utf-8", "replace")
    asked = f"{request.method} {request.raw_path}\n{head}\n\n{body}\n{unquote_plus(body)}"
    return f"<html><title>Bad Request</title><pre>{asked}</pre></html>"


def _break(faults: Faults, provider: str) -> web.Response:
    status = BROKEN[int(faults.some(provider, 0, len(BROKEN) - 0.01))]
    return web.Response(status=status, text=PAGE, content_type="text/html")


def cut_line(request: web.Request) -> web.Response:
    """The connection is gone: whatever is answered now reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)


async def read_object(request: web.Request) -> dict[str, object]:
    """The body as a JSON object. Raises ValueError for anything else."""
    told = json.loads(await request.text())
    if not isinstance(told, dict):
        raise ValueError("an object is wanted")
    return told
