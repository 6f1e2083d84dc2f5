"""A small town for these tests, and clients that speak the providers' protocols without anything of ours."""

import hashlib
import json
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from telegram import Bot

from notifier.clock import Clock
from notifier.practice import Customs, Network, Resident, open_network

ALLA = Resident("ker/1001", "Alla Marchand", 9_000_000_000_000_001, "+33639980001", "alla@example.org", "Kerlic", on_duty=True)
BORIS = Resident("ker/1002", "Boris Tanguy", 9_000_000_000_000_002, "+33639980002", "boris@example.org", "Kerlic")
CLARA = Resident("sag/2001", "Clara Nédélec", 9_000_000_000_000_003, "+33639980003", "clara@example.org", "La Sagesse")
PEOPLE = (ALLA, BORIS, CLARA)
ORDER = "RÉEL HGX1-03 Belair BLOC 04/10 22h55. Continuez les actes en cours. Avant 23h10: 1=fait 2=souci. Code K7M4"
FAST = 600.0
os.environ["PTB_TIMEDELTA"] = "1"  # python-telegram-bot warns of a coming change otherwise


@asynccontextmanager
async def town(
    *people: Resident, customs: Customs | None = None, seed: int = 1, speed: float = FAST, **wanted: Any
) -> AsyncIterator[Network]:
    """A network of these people (the fixed cast where none is named), whose devices work and who are awake."""
    clock = Clock(speed=speed)
    async with open_network(people or PEOPLE, clock=clock, seed=seed, customs=customs or Customs.sound(), **wanted) as network:
        yield network


@asynccontextmanager
async def bot_of(network: Network, token: str | None = None) -> AsyncIterator[Bot]:
    """python-telegram-bot's own Bot, its own transport included."""
    async with Bot(token or network.bot.token, base_url=f"{network.telegram_url}/bot") as bot:
        yield bot


async def call_bot(network: Network, method: str, token: str | None = None, **told: object) -> tuple[int, dict[str, Any]]:
    """A raw call with a JSON body: what a library would not let through."""
    url = f"{network.telegram_url}/bot{token or network.bot.token}/{method}"
    async with aiohttp.ClientSession() as session, session.post(url, json=told) as answer:
        return answer.status, await answer.json(content_type=None)


async def post_text(
    network: Network,
    ref: str,
    text: str = ORDER,
    number: str = "+33639980001",
    override: dict[str, str] | None = None,
    **more: object,
) -> tuple[int, Any]:
    """One text through the telephone."""
    told = {"id": ref, "textMessage": {"text": text}, "phoneNumbers": [number], "withDeliveryReport": True, **more}
    auth = b64encode(f"{network.android.username}:{network.android.password}".encode()).decode()
    headers = {"Authorization": f"Basic {auth}"} | (override or {})
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{network.android_url}/messages", json=told) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def call_ovh(
    network: Network, method: str, path: str, told: object = None, *, secret: str | None = None, skew: int = 0
) -> tuple[int, Any]:
    """A signed call, as python-ovh makes it."""
    ovh = network.ovh
    url, body = f"{network.ovh_url}{path}", "" if told is None else json.dumps(told)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{network.ovh_url}/auth/time") as answer:
            stamp = str(int(await answer.text()) + skew)
        signed = f"{secret or ovh.application_secret}+{ovh.consumer_key}+{method}+{url}+{body}+{stamp}"
        headers = {
            "X-Ovh-Application": ovh.application_key,
            "X-Ovh-Consumer": ovh.consumer_key,
            "X-Ovh-Timestamp": stamp,
            "X-Ovh-Signature": "$1$" + hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest(),
            "Content-Type": "application/json",
        }
        async with session.request(method, url, data=body or None, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)


def job(text: str = ORDER, *receivers: str, **more: object) -> dict[str, object]:
    """An SMS job as our room writes it."""
    numbers = list(receivers) or ["+33639980001"]
    return {"message": text, "receivers": numbers, "noStopClause": True, "senderForResponse": True, "tag": "77", **more}


@asynccontextmanager
async def listener() -> AsyncIterator[tuple[str, list[web.Request], list[bytes], list[int]]]:
    """A place for hooks: its address, requests and bodies that came, statuses to answer with (200 when none is left)."""
    came: list[web.Request] = []
    bodies: list[bytes] = []
    statuses: list[int] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.read())
        came.append(request)
        return web.Response(status=statuses.pop(0) if statuses else 200)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", came, bodies, statuses
    finally:
        await runner.cleanup()
