"""Apprise: one object a recipient, 32 at a time; it records nothing."""

import asyncio
import json
import sys
import time

from apprise import Apprise
from apprise.plugins.telegram import NotifyTelegram

from benchmarks.letter import TEXT, TOKEN

SINK, COUNT = sys.argv[1], int(sys.argv[3])
WIDTH = 32


async def main() -> None:
    """Everybody once."""
    NotifyTelegram.notify_url = f"http://{SINK}/bot"
    NotifyTelegram.request_rate_per_sec = 0
    left, sent = iter(range(COUNT)), 0

    async def work() -> None:
        nonlocal sent
        for number in left:
            one = Apprise()
            one.add(f"tgram://{TOKEN}/{9_000_000 + number}/?format=html")
            done = await one.async_notify(body=TEXT)
            sent += bool(done)

    began, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(WIDTH)))
    passed, worked = time.perf_counter() - began, time.process_time() - worked
    if sent != COUNT:
        raise SystemExit(f"{sent} of {COUNT} were sent")
    print(json.dumps({"rate": COUNT / passed, "cpu": worked * 1000 / COUNT}))


if __name__ == "__main__":
    asyncio.run(main())
