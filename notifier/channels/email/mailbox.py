"""The mailbox to which bounces and replies come, by IMAP.

A message counts as taken once what it says is committed; it is then marked as answered, a flag that every server keeps and that
no reading of the mailbox sets. A crash in between takes it in again: its event is known by then, and counts once.
"""

import asyncio
import imaplib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from imap_tools import AND, BaseMailBox, ImapToolsError, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags

from notifier.channels.contract import Heard
from notifier.channels.email.incoming import read_mail
from notifier.channels.email.relay import Security
from notifier.domain.delivery import Report

log = logging.getLogger(__name__)
T = TypeVar("T")

TIMEOUT = 10.0  # s, of any one command
TOGETHER = 50  # messages fetched at once
CAP = 262_144  # octets of a message that are fetched at all: an answer stands at its beginning, and so does a delivery status
SLOWEST = 60.0  # s between two tries of a mailbox that is away
_FAULTS = (
    OSError,
    ImapToolsError,
    imaplib.IMAP4.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)  # a server's nonsense
_UID = re.compile(rb"\bUID (\d+)")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One folder of one account."""

    host: str
    port: int
    security: Security
    context: ssl.SSLContext | None
    username: str
    password: str = field(repr=False)
    folder: str
    every: float  # s between two looks


async def listen_to(box: Mailbox, key: bytes, lane: str) -> AsyncIterator[Heard]:
    """Bounces and replies, for ever, one at a time. What was yielded counts as taken in once the next is asked for."""
    reader = _Reader(box, key, lane)
    try:
        while True:
            found = await reader.fetch()
            for _, heard in found:
                if heard is not None:
                    yield heard
            await reader.mark_taken([uid for uid, _ in found])
            if len(found) < TOGETHER:
                await asyncio.sleep(reader.pause)
    finally:
        reader.stop()


class _Reader:
    """A connection that is made anew after whatever breaks it, in a thread of its own: imaplib waits."""

    def __init__(self, box: Mailbox, key: bytes, lane: str) -> None:
        self.pause = box.every
        self._box, self._key, self._lane = box, key, lane
        self._line: BaseMailBox | None = None
        self._away = False
        self._hands = ThreadPoolExecutor(1, thread_name_prefix=f"{lane}: mailbox")

    async def fetch(self) -> list[tuple[str, Heard | None]]:
        """The oldest messages that were not taken yet, by UID, with what they say; none while the mailbox is away."""
        return await self._try(lambda: _fetch(self._opened(), self._key)) or []

    async def mark_taken(self, uids: Sequence[str]) -> None:
        """What these said is committed."""
        if uids:
            await self._try(lambda: self._opened().flag(uids, MailMessageFlags.ANSWERED, True))

    def stop(self) -> None:
        """Does not wait for a command that hangs."""
        self._hands.submit(self._close)
        self._hands.shutdown(wait=False)

    async def _try(self, work: Callable[[], T]) -> T | None:
        try:
            done = await asyncio.get_running_loop().run_in_executor(self._hands, work)
        except _FAULTS as error:
            if not self._away:
                log.error("lane %s: its mailbox cannot be read: %s", self._lane, type(error).__name__)
            self.pause, self._away = min(SLOWEST, self.pause * 2), True
            self._hands.submit(self._close)
            return None
        if self._away:
            log.warning("lane %s: its mailbox is read again", self._lane)
        self.pause, self._away = self._box.every, False
        return done

    def _opened(self) -> BaseMailBox:
        if self._line is None:
            self._line = _open(self._box)
        return self._line

    def _close(self) -> None:
        if self._line is not None:
            with suppress(*_FAULTS):
                self._line.client.shutdown()
        self._line = None


def _open(box: Mailbox) -> BaseMailBox:
    line: BaseMailBox
    match box.security:
        case Security.IMPLICIT:
            line = MailBox(box.host, box.port, timeout=TIMEOUT, ssl_context=box.context)
        case Security.REQUIRED:
            line = MailBoxStartTls(box.host, box.port, timeout=TIMEOUT, ssl_context=box.context)
        case _:
            line = MailBoxUnencrypted(box.host, box.port, timeout=TIMEOUT)
    return line.login(box.username, box.password, box.folder)


def _fetch(line: BaseMailBox, key: bytes) -> list[tuple[str, Heard | None]]:
    """The oldest messages that were not taken yet, with what they say."""
    uids = line.uids(AND(answered=False))[:TOGETHER]
    if not uids:
        return []
    status, data = line.client.uid("fetch", ",".join(uids), f"(UID BODY.PEEK[]<0.{CAP}>)")
    if status != "OK":
        raise ValueError(status)
    octets = dict(_messages(data))
    return [(uid, _hear(octets[uid], key)) for uid in uids if uid in octets]


def _messages(data: Sequence[object]) -> list[tuple[str, bytes]]:
    """By UID, which a server may give before or after the words."""
    found: list[tuple[str, bytes]] = []
    for place, piece in enumerate(data):
        if isinstance(piece, tuple):
            after = data[place + 1] if place + 1 < len(data) else b""
            uid = _UID.search(piece[0]) or (_UID.search(after) if isinstance(after, bytes) else None)
            if uid is not None:
                found.append((uid[1].decode(), piece[1]))
    return found


def _hear(octets: bytes, key: bytes) -> Heard | None:
    said = read_mail(octets, key)
    if said is None:
        return None
    return Heard(reports=(said,)) if isinstance(said, Report) else Heard(mails=(said,))
