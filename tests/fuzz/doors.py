"""The web face as a provider meets it, without a socket: every request goes through the whole application."""

import asyncio
import hashlib
import hmac
import random
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from notifier.bot import TelegramFace
from notifier.channels import telegram
from notifier.domain.delivery import Accepted
from notifier.lanes import Lane, Trade
from notifier.store.leases import Holder
from notifier.web.app import make_app
from tests.conftest import sqlite_url
from tests.desk.house import ALLA, BORIS, Ward, open_ward
from tests.fuzz.corpus import BOT, LANES, SECRET, SIGNING, Corpus, Told, collect
from tests.fuzz.mutation import Mutator
from tests.fuzz.watch import Watch
from tests.web.face import token_of

BEARABLE = frozenset({200, 400, 403, 404, 405, 413, 429})
FRESH = 20_000  # requests for one ward: what it remembers grows with each


@dataclass
class Doors:
    """A ward where Alla was asked by every channel, its face, and what is known to be sound."""

    app: ASGIApp
    corpus: Corpus
    mutator: Mutator
    watch: Watch

    async def knock(self, told: Told, query: bytes, body: bytes, *, signed: bool) -> None:
        """One request from some address of the world."""
        headers = dict(told.headers)
        if signed and told.lane == "phone":
            stamp = str(int(datetime.now(UTC).timestamp()))
            headers |= {
                "x-timestamp": stamp,
                "x-signature": hmac.new(SIGNING.encode(), body + stamp.encode(), hashlib.sha256).hexdigest(),
            }
        if signed and told.lane == BOT.name:
            headers["x-telegram-bot-api-secret-token"] = SECRET
        with self.watch.one(f"{told.lane} {told.method} {query[:2000].decode('latin-1')}", body):
            status = await ask(self.app, told.method, f"/hooks/{told.lane}", query, headers, body, self.mutator.rng)
            self.watch.saw(str(status))
            if status not in BEARABLE:
                self.watch.fail(f"{told.lane} {told.method} {query[:2000].decode('latin-1')}", body, f"status {status}")

    async def hook(self) -> None:
        """One report or text of a gateway, spoilt before it is signed, or after."""
        rng, mutator = self.mutator.rng, self.mutator
        told = rng.choice(self.corpus.hooks)
        headers = dict(told.headers)
        if rng.random() < 0.05:
            headers[rng.choice(("content-type", "x-signature", "x-timestamp", "content-length"))] = mutator.odd_text()[:500]
        query, body = told.query, told.body
        raw = b"&".join(f"{name}={value}".encode() for name, value in query.items()).replace(b"+", b"%2B")
        if query and rng.random() < 0.8:
            raw = mutator.spoil_query(query)
            if rng.random() < 0.8:
                raw = b"key=" + SECRET.encode() + b"&" + raw.replace(b"key=", b"k=")
        if body:
            body = mutator.spoil_json(body) if body[:1] == b"{" else mutator.spoil(body)
        await self.knock(replace(told, headers=headers), raw, body, signed=rng.random() < 0.95)

    async def update(self) -> None:
        """One update of the bot, by webhook."""
        body = self.mutator.spoil_json(self.mutator.rng.choice(self.corpus.updates))
        await self.knock(Told(BOT.name), b"", body, signed=self.mutator.rng.random() < 0.98)


async def ask(
    app: ASGIApp, method: str, path: str, query: bytes, headers: dict[str, str], body: bytes, rng: random.Random
) -> int:
    """The status of one request, as uvicorn would hand it in."""
    scope: MutableMapping[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query, "root_path": "", "server": ("127.0.0.1", 80),
        "client": (f"192.0.{rng.randrange(256)}.{rng.randrange(256)}", 1),
        "headers": [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers.items()],
    }  # fmt: skip
    told: list[MutableMapping[str, Any]] = []
    waiting: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": body, "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    async def send(message: MutableMapping[str, Any]) -> None:
        told.append(message)

    await app(scope, receive, send)
    return int(told[0]["status"])


@asynccontextmanager
async def open_doors(home: Path, seed: int, watch: Watch) -> AsyncIterator[Doors]:
    """A fresh ward; what its people do on the practice network is the corpus."""
    ward = await open_ward(sqlite_url(home), home, [ALLA, BORIS])
    await ward.send("paper-bloc", to="service:BLOC", avant="23h10")
    wired = {lane: await ward.turn(lane) for lane in ("sms", "telegram")}
    for lane, rows in wired.items():
        await ward.turn(lane, *((row, Accepted(str(place))) for place, row in enumerate(rows, 1)), room=0)
    corpus = await collect(tuple(row.id for row in wired["sms"]), await token_of(ward, purpose="buttons"))
    settings = replace(BOT, address="http://127.0.0.1:1", secrets={**BOT.secrets, "token": "1:" + "a" * 35})
    async with telegram.open_channel(settings) as channel:
        face = TelegramFace(ward.desk, _lane(ward, channel), channel)
        app = make_app(ward.desk, lanes=LANES, updates={BOT.name: face.take_update})
        yield Doors(app, corpus, Mutator(seed), watch)
        stopping = asyncio.Event()
        stopping.set()
        await face.work(stopping)  # what is still to be told is told
    await ward.desk.store.close()


def _lane(ward: Ward, channel: telegram.TelegramChannel) -> Lane:
    desk = ward.desk
    trade = Trade(desk.store, desk.vault, desk.clock, Holder("one", "home", locked=True), "http://127.0.0.1:1", lambda: None)
    return Lane(trade, BOT, channel)
