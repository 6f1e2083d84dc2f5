"""Real servers, started by a test in its own folder on free ports, and stopped after it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import socket

LOOK = 0.05  # s between two looks
PATIENCE = 20.0  # s for a server to do what a test waits for; two cores are shared


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses just now."""
    held = [socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


@asynccontextmanager
async def running(program: str, *arguments: str, log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program in the foreground, in a session of its own; it and its children end with the context."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            stdout=out,
            stderr=out,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    for deadly in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, deadly)
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await process.wait()
                return


async def until(seen: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until it is so; fail by name when it takes too long."""
    for _ in range(int(patience / LOOK)):
        if seen():
            return
        await asyncio.sleep(LOOK)
    raise AssertionError(f"never happened: {what}")


async def listening(port: int) -> None:
    """Wait until somebody answers on this port of loopback."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(LOOK)
