"""An open line to a relay, once aiosmtplib has greeted, secured and logged in.

aiosmtplib hears one reply at a time and loses those that come together. Here they are kept in order, so that a relay that takes
commands together (PIPELINING, RFC 2920) is given MAIL, RCPT and DATA in one breath: two trips a message instead of four.
"""

import asyncio
from collections import deque
from typing import cast

from aiosmtplib import SMTP, SMTPResponseException, SMTPServerDisconnected

LONGEST = 1 << 16  # octets between two replies that are asked for: no relay says so much


class Line(asyncio.Protocol):
    """Commands out, replies in. Raises SMTPServerDisconnected where it has ended, SMTPResponseException at what is no reply."""

    def __init__(self, client: SMTP) -> None:
        """Take over what ``client`` has opened."""
        if client.transport is None:
            raise SMTPServerDisconnected("Connection lost")
        self.pipelines = client.supports_extension("pipelining")
        self._transport = cast(asyncio.Transport, client.transport)  # uvloop's is none of asyncio's classes
        self._part = b""  # of a line
        self._lines: list[str] = []  # of a reply
        self._replies: deque[tuple[int, str]] = deque()
        self._octets = 0  # heard since the last reply was asked for
        self._waiting: asyncio.Future[None] | None = None
        self._ended: Exception | None = None
        self._transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """False once either side has ended it."""
        return self._ended is None and not self._transport.is_closing()

    @property
    def is_idle(self) -> bool:
        """Open, and nothing was said on it that nobody asked for: a relay says why before it hangs up."""
        return self.is_open and not (self._replies or self._lines or self._part)

    def write(self, octets: bytes) -> None:
        """Commands, or the words."""
        if not self.is_open:
            raise self._ended or SMTPServerDisconnected("Connection lost")
        self._transport.write(octets)

    async def reply(self) -> tuple[int, str]:
        """The code and the text of the next reply."""
        while not self._replies:
            if self._ended is not None:
                raise self._ended
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        self._octets = 0
        return self._replies.popleft()

    def close(self) -> None:
        """End it, without a word."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Whatever comes, in pieces of any size."""
        self._octets += len(data)
        *lines, self._part = (self._part + data).split(b"\n")
        for line in lines:
            self._hear(line)
        if self._octets > LONGEST:
            self._end(SMTPResponseException(-1, "Response too long"))
        self._wake()

    def _hear(self, line: bytes) -> None:
        if not line[:3].isdigit():
            self._end(SMTPResponseException(-1, "Malformed SMTP response line"))
        if self._ended is not None:
            return
        self._lines.append(line[4:].strip().decode("utf-8", "surrogateescape"))
        if line[3:4] != b"-":
            self._replies.append((int(line[:3]), "\n".join(self._lines)))
            self._lines.clear()

    def eof_received(self) -> bool:
        """The relay hangs up."""
        self._end(SMTPServerDisconnected("Unexpected EOF received"))
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone."""
        ended = SMTPServerDisconnected("Connection lost")
        ended.__cause__ = exc
        self._end(ended)

    def _end(self, why: Exception) -> None:
        self._ended = self._ended or why
        self._transport.close()
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
