"""The far end of every figure, in a process of its own: a Bot API that takes everything, or a mail relay that does.

``python -m benchmarks.sink http|smtp [SECONDS]`` prints its address; ``SECONDS`` is how late each HTTP answer comes. The HTTP
sink keeps when each message came: ``GET /arrivals`` tells how many, over how long, and the most in any one second.
"""

import asyncio
import json
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import cast

import uvloop

_BODY = (
    b'{"ok":true,"result":{"message_id":7,"date":1,"chat":{"id":1,"type":"private"},"text":"x","id":1,"is_bot":true,'
    b'"first_name":"x","username":"x_bot"}}'  # getMe reads it too
)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
_ANSWER = _HEAD % len(_BODY) + _BODY


class BotApi(asyncio.Protocol):
    """Reads whole requests, answers each the same, ``latency`` seconds later."""

    def __init__(self, latency: float, arrivals: list[float]) -> None:
        self._latency = latency
        self._arrivals = arrivals

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A line opens."""
        self._line = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's classes
        self._read = b""

    def data_received(self, data: bytes) -> None:
        """Answer every whole request that has come."""
        self._read += data
        while (head := self._read.find(b"\r\n\r\n")) >= 0:
            told = self._read[:head].lower()
            place = told.find(b"content-length:")
            length = int(told[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self._read) < head + 4 + length:
                return
            self._read = self._read[head + 4 + length :]
            if told.startswith(b"get /arrivals"):
                body = json.dumps(count_arrivals(self._arrivals)).encode()
                self._answer(_HEAD % len(body) + body)
                continue
            self._arrivals.append(perf_counter())
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._answer, _ANSWER)
            else:
                self._answer(_ANSWER)

    def _answer(self, answer: bytes) -> None:
        if not self._line.is_closing():
            self._line.write(answer)


def count_arrivals(times: list[float]) -> dict[str, float]:
    """How many came, over how many seconds, and the most in any second that begins with an arrival; the list is emptied."""
    span = times[-1] - times[0] if times else 0.0
    most = max((bisect_left(times, start + 1.0) - place for place, start in enumerate(times)), default=0)
    told = {"count": float(len(times)), "span": span, "most": float(most)}
    times.clear()
    return told


class Relay(asyncio.Protocol):
    """As much of SMTP as a client needs to be rid of its messages."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The greeting."""
        self._line = cast(asyncio.Transport, transport)  # uvloop's is none of asyncio's classes
        self._read = b""
        self._in_words = False
        self._taken = 0
        self._say(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer each command, and each message at its lone dot."""
        self._read += data
        while self._read:
            end = self._read.find(b"\r\n.\r\n" if self._in_words else b"\r\n")
            if end < 0:
                return
            said, self._read = self._read[:4].upper(), self._read[end + (5 if self._in_words else 2) :]
            if self._in_words:
                self._in_words = False
                self._taken += 1
                self._say(b"250 2.0.0 Ok: queued as %X\r\n" % self._taken)
            elif said == b"DATA":
                self._in_words = True
                self._say(b"354 go on\r\n")
            elif said == b"EHLO":
                self._say(b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n")
            elif said == b"QUIT":
                self._say(b"221 bye\r\n")
            else:
                self._say(b"250 2.1.0 Ok\r\n")

    def _say(self, reply: bytes) -> None:
        if not self._line.is_closing():
            self._line.write(reply)


@contextmanager
def serve_sink(kind: str, latency: float = 0.0) -> Iterator[str]:
    """A sink for as long as the context lives; its ``host:port``."""
    command = [sys.executable, "-m", "benchmarks.sink", kind, str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sink:
        try:
            yield sink.stdout.readline().strip() if sink.stdout else ""
        finally:
            sink.terminate()


async def main(kind: str, latency: float) -> None:
    """Serve until the process is ended."""
    arrivals: list[float] = []
    make = Relay if kind == "smtp" else lambda: BotApi(latency, arrivals)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0, backlog=1024)
    print(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.0))
