"""What every peer sends, over a kept connection, and how a queue without a database records it: one UPDATE each."""

import asyncio
import os
import threading

import aiohttp
import asyncpg
import psycopg
import requests

from benchmarks.letter import CHATS, TEXT, TOKEN

SINK = os.environ.get("PEER_SINK", "")
POSTGRES = os.environ.get("PEER_POSTGRES", "")
URL = f"http://{SINK}/bot{TOKEN}/sendMessage"
RECORD = "UPDATE delivery SET state = 'sent', provider_id = {0}, sent_at = now() WHERE id = {1}"
_local = threading.local()
_shared: dict[str, object] = {}


def payload(number: int) -> dict[str, object]:
    """The JSON of one message."""
    return {"chat_id": CHATS + number, "text": TEXT, "parse_mode": "HTML"}


def send(number: int) -> str:
    """One message; the provider's id of it."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False
    answer = _local.session.post(URL, json=payload(number), timeout=30).json()
    return str(answer["result"]["message_id"])


def send_and_record(number: int) -> None:
    """The task of a queue that keeps no record."""
    if not hasattr(_local, "database"):
        _local.database = psycopg.connect(POSTGRES, autocommit=True)
    _local.database.execute(RECORD.format("%s", "%s"), (send(number), number))


async def send_async(number: int) -> str:
    """The same on asyncio."""
    if "session" not in _shared:
        _shared["session"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100))
    async with _shared["session"].post(URL, json=payload(number)) as answer:
        return str((await answer.json())["result"]["message_id"])


async def send_and_record_async(number: int) -> None:
    """The task of an asyncio queue that keeps no record."""
    async with _shared.setdefault("lock", asyncio.Lock()):
        if "pool" not in _shared:
            _shared["pool"] = await asyncpg.create_pool(POSTGRES, min_size=4, max_size=16)
    await _shared["pool"].execute(RECORD.format("$1", "$2"), await send_async(number), number)
