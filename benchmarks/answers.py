"""Answers coming in at the staff's page: the house's web face in one process, 64 connections pressing from another.

Each request is the POST of a shown form by somebody who has not answered yet; the reply leaves after the commit.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from time import perf_counter
from urllib.parse import quote

import uvloop
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.house import Base, open_copy, raise_alert, wait_until_sent
from benchmarks.roster import lane
from benchmarks.series import Numbers
from notifier.desk.forms import seal_form
from notifier.domain.lane import LaneSettings
from notifier.domain.people import Channel
from notifier.domain.references import make_token
from notifier.store import tables
from notifier.web.app import make_app
from notifier.web.serving import serve_app
from notifier.wiring import House, run_house

CONNECTIONS = 64
SECONDS = 3.0
HELD = b"HTTP/1.1 200"


@dataclass(slots=True)
class Tally:
    """What the pressing people saw."""

    waits: list[float] = field(default_factory=list)
    refused: int = 0

    def sum_up(self, passed: float) -> Numbers:
        """Answers a second, and the waits in ms."""
        waits = sorted(self.waits)
        percent = {f"p{share}": waits[int(len(waits) * share / 100)] * 1000 for share in (50, 99)}
        return {"rate": len(waits) / passed, "refused": float(self.refused), **percent}


class Presser(asyncio.Protocol):
    """One connection: sends a request, reads the whole answer, sends the next until none is left or the time is over."""

    def __init__(self, requests: Iterator[bytes], tally: Tally, until: float, over: Callable[[], None]) -> None:
        self._requests = requests
        self._tally = tally
        self._until = until
        self._over = over
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request."""
        self._line: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is none of asyncio's classes
        self._next()

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._read += data
        head = self._read.find(b"\r\n\r\n")
        if head < 0:
            return
        told = self._read[:head].lower()
        length = int(told[told.find(b"content-length:") + 15 :].split(b"\r\n", 1)[0])
        if len(self._read) < head + 4 + length:
            return
        self._tally.waits.append(perf_counter() - self._began)
        self._tally.refused += not self._read.startswith(HELD)
        self._read = self._read[head + 4 + length :]
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """The end of this one."""
        self._over()

    def _next(self) -> None:
        request = next(self._requests, None) if perf_counter() < self._until else None
        if request is None:
            self._line.close()
            return
        self._began = perf_counter()
        self._line.write(request)


async def _press_all(port: int, requests: list[bytes]) -> Numbers:
    loop, tally, left, began = asyncio.get_running_loop(), Tally(), iter(requests), perf_counter()
    endings = [loop.create_future() for _ in range(CONNECTIONS)]
    for ending in endings:
        over = partial(ending.set_result, None)
        await loop.create_connection(partial(Presser, left, tally, began + SECONDS, over), "127.0.0.1", port)
    await asyncio.gather(*endings)
    return tally.sum_up(perf_counter() - began)


def _crowd(port: int, requests: list[bytes], told: Connection) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        told.send(runner.run(_press_all(port, requests)))
    told.close()


async def _press(port: int, requests: list[bytes]) -> Numbers:
    """From a process of its own, so that its work is not the server's."""
    ours, theirs = multiprocessing.Pipe(duplex=False)
    crowd = multiprocessing.get_context("spawn").Process(target=_crowd, args=(port, requests, theirs))
    crowd.start()
    theirs.close()
    numbers: Numbers = await asyncio.to_thread(ours.recv)
    crowd.join()
    if numbers["refused"]:
        raise RuntimeError(f"{numbers['refused']:.0f} answers were refused")
    return numbers


def _lanes(sink: str) -> list[LaneSettings]:
    return [lane(Channel.TELEGRAM, sink, 64), lane(Channel.EMAIL, "127.0.0.1:9", 8)]


async def answer_when_sent(base: Base, sink: str) -> Numbers:
    """Answers counted and durable, by a process at work that has sent everything."""
    async with open_copy(base, _lanes(sink)) as house, run_house(house):
        raised, _ = await raise_alert(house)
        await wait_until_sent(house, raised.queued)
        return await _answer(house)


async def answer_while_sending(base: Base, sink: str) -> Numbers:
    """The same while this process sends the alert to everybody."""
    async with open_copy(base, _lanes(sink)) as house, run_house(house):
        await raise_alert(house)
        return await _answer(house)


async def _answer(house: House) -> Numbers:
    desk = house.desk
    ids = await desk.store.read(lambda tx: tx.execute(select(tables.recipients.c.id)).scalars().all())
    links = desk.vault.derive("links")
    requests = [
        _post(token, f"seal={quote(seal_form(desk, token))}&choice=read") for token in (make_token(links, i) for i in ids)
    ]
    async with serve_app(make_app(desk), "127.0.0.1", 0) as port:
        return await _press(port, requests)


async def take_nothing(path: str) -> Numbers:
    """The same server and framework, the same request, and an endpoint that reads it and writes nothing."""

    async def endpoint(request: Request) -> Response:
        await request.body()
        return Response(b'{"ok":true}', media_type="application/json")

    app = Starlette(routes=[Route(path, endpoint, methods=["POST"])])
    requests = [_post("A" * 22, "seal=1764075600.AAAAAAAAAAAAAAAA&choice=read")] * 200_000
    async with serve_app(app, "127.0.0.1", 0) as port:
        return await _press(port, requests)


def _post(token: str, form: str) -> bytes:
    head = f"POST /r/{token} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n"
    return f"{head}content-length: {len(form)}\r\n\r\n{form}".encode()
