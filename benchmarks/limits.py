"""The raw limits: loops that do nothing but send, with everything prepared, on the same sinks and event loop as the house."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from time import perf_counter, process_time

import aiohttp
import aiosmtplib
from telegram import Bot
from telegram.request import HTTPXRequest

from benchmarks.letter import CHATS, TEXT, TOKEN
from benchmarks.series import Numbers


async def _spread(count: int, width: int, send: Callable[[int], Awaitable[object]]) -> Numbers:
    """``count`` messages, ``width`` at a time."""
    left = iter(range(count))

    async def work() -> None:
        for number in left:
            await send(number)

    began, worked = perf_counter(), process_time()
    await asyncio.gather(*(work() for _ in range(width)))
    return {"rate": count / (perf_counter() - began), "cpu": (process_time() - worked) * 1000 / count}


async def bare_http(sink: str, count: int, window: int) -> Numbers:
    """aiohttp and nothing else."""
    url = f"http://{sink}/bot{TOKEN}/sendMessage"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=window)) as session:

        async def send(number: int) -> None:
            told = {"chat_id": CHATS + number, "text": TEXT, "parse_mode": "HTML"}
            async with session.post(url, json=told) as answer:
                if json.loads(await answer.read())["ok"] is not True:
                    raise RuntimeError("the sink refused")

        return await _spread(count, window, send)


async def stock_bot(sink: str, count: int, window: int) -> Numbers:
    """python-telegram-bot's own transport, its pool as wide as the window and with time enough to wait for it."""
    transport = HTTPXRequest(connection_pool_size=window, pool_timeout=60, read_timeout=60, write_timeout=60, connect_timeout=60)
    async with Bot(TOKEN, base_url=f"http://{sink}/bot", request=transport) as bot:
        return await _spread(count, window, lambda number: bot.send_message(CHATS + number, TEXT, parse_mode="HTML"))


async def bare_smtp(sink: str, count: int, connections: int) -> Numbers:
    """aiosmtplib's sendmail on kept connections, each message's octets made beforehand."""
    host, _, port = sink.rpartition(":")
    head = "From: alerte@hgx.example\r\nTo: agent{0}@example.org\r\nSubject: HGX1-01\r\nMIME-Version: 1.0\r\n"
    head += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    body = TEXT.replace("\n", "\r\n")
    letters = [(head.format(number) + body + "\r\n").encode() for number in range(count)]
    free: list[aiosmtplib.SMTP] = []
    for _ in range(connections):
        client = aiosmtplib.SMTP(hostname=host, port=int(port), timeout=60, start_tls=False)
        await client.connect()
        free.append(client)

    async def send(number: int) -> None:
        client = free.pop()
        await client.sendmail("alerte@hgx.example", [f"agent{number}@example.org"], letters[number])
        free.append(client)

    return await _spread(count, connections, send)
