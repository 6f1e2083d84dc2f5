"""Connections to one mail relay, kept: a fresh one with TLS and AUTH costs ten times a message on a kept one.

aiosmtplib opens the line, ``Line`` keeps it; what is ours is the certainty. ``Attempt.begun`` turns true just before the first
octet of the words leaves: until then every accident is NotSent, from then on only a reply makes it anything but Unsure.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum

from aiosmtplib import (
    SMTP,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from notifier.channels.email.letter import stuff_dots
from notifier.channels.email.line import Line
from notifier.channels.email.replies import Step, judge
from notifier.channels.hosts import LastKnown, leads_inward
from notifier.clock import Clock
from notifier.domain.delivery import Deferred, LaneFault, NotSent, Outcome, Unsure

Place = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

CONNECT = 4.0  # s for one of the relay's addresses: a dead one must leave time for the next
KEPT = 30.0  # s an idle connection is trusted: relays close theirs after 10 (Postfix under stress) to 300
GOODBYE = 1.0  # s for QUIT when the lane closes


class Security(StrEnum):
    """How the line to the relay is kept private."""

    REQUIRED = "required"  # STARTTLS with a certificate that we trust, or nothing is sent
    IMPLICIT = "implicit"  # TLS from the first octet (port 465, RFC 8314), certificate checked
    OPPORTUNISTIC = "opportunistic"  # TLS where offered, certificate unchecked: keeps out listeners only
    NONE = "none"  # a relay on this machine


@dataclass(frozen=True, slots=True)
class Relay:
    """Where the mail goes out and on what terms."""

    host: str
    port: int
    security: Security
    hello: str  # the name we give ourselves
    context: ssl.SSLContext | None
    username: str = ""
    password: str = field(default="", repr=False)
    most: int = 8  # connections at once
    live: bool = False  # a name that leads to this link or to a cloud's own services does not resolve then


@dataclass(slots=True)
class Attempt:
    """One message on its way."""

    leaving: Callable[[], None] = lambda: None  # called just before the words leave
    begun: bool = False  # an octet of the words may have left


class Closed(Exception):
    """This connection cannot serve; ``outcome`` is what becomes of the message if no other can."""

    def __init__(self, outcome: NotSent | Deferred) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


class Connections:
    """The kept connections; a message waits its turn for one."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._free = asyncio.Semaphore(relay.most)
        self._idle: list[tuple[Line, float]] = []
        self._clock = Clock()
        self._places = LastKnown[str, Sequence[Place]](self._resolve)
        self._places.ask(relay.host)  # now, for a time when nobody answers

    async def post(self, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
        """One message. A kept connection that turns out dead before the words is replaced once."""
        async with self._free:
            return await self._post(return_path, mailbox, letter, attempt)

    async def _post(self, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
        while (kept := self._take()) is not None:
            try:
                return await self._use(kept, return_path, mailbox, letter, attempt)
            except Closed:
                self._drop_idle()  # its neighbours died of the same cause
        try:
            fresh = await self._open()
            return await self._use(fresh, return_path, mailbox, letter, attempt)
        except Closed as closed:
            return closed.outcome

    async def close(self) -> None:
        """QUIT everywhere, briefly."""
        self._places.close()
        lines = [line for line, _ in self._idle]
        self._idle.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await asyncio.gather(*(_command(line, b"QUIT\r\n") for line in lines), return_exceptions=True)
        for line in lines:
            line.close()

    def _take(self) -> Line | None:
        now = self._clock.real()
        while self._idle:
            line, since = self._idle.pop()
            if line.is_idle and now - since < KEPT:
                return line
            line.close()
        return None

    def _drop_idle(self) -> None:
        for line, _ in self._idle:
            line.close()
        self._idle.clear()

    async def _use(self, line: Line, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
        outcome: Outcome | None = None
        try:
            outcome = await _transact(line, return_path, mailbox, letter, attempt)
        finally:
            # Only after a whole dialogue is the line in a known state; a cancelled or broken one ends here.
            if outcome is not None and line.is_open and not isinstance(outcome, Unsure):
                self._idle.append((line, self._clock.real()))
            else:
                line.close()
        return outcome

    async def _open(self) -> Line:
        """A line ready for MAIL. Raises Closed."""
        relay = self._relay
        wire = await self._connect()
        client = SMTP(
            hostname=relay.host,  # what its certificate has to name
            sock=wire,
            local_hostname=relay.hello,
            use_tls=relay.security is Security.IMPLICIT,
            start_tls=False,
            tls_context=relay.context,
            timeout=None,  # the call has one deadline, held by the channel
        )
        try:
            await client.connect()
            await client.ehlo()
            await self._secure(client)
            if relay.username:
                await self._log_in(client)
            return Line(client)
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            wire.close()
            raise Closed(_why_not_open(error)) from error
        except BaseException:  # cancelled, or refused by us: nothing stays open, and it goes on its way
            client.close()
            wire.close()
            raise

    async def _connect(self) -> socket.socket:
        """A TCP connection to the first address that takes one. Raises Closed.

        Where the resolver fails, the relay is sought where it last was (TLS checks its name).
        """
        loop = asyncio.get_running_loop()
        try:
            places = await self._places.find(self._relay.host)
        except OSError as failed:
            raise Closed(NotSent(detail="dns")) from failed
        for family, kind, protocol, _, address in places:
            line = socket.socket(family, kind, protocol)
            line.setblocking(False)
            try:
                async with asyncio.timeout(CONNECT):
                    await loop.sock_connect(line, address)
            except OSError:  # TimeoutError included
                line.close()
            except BaseException:  # cancelled: nothing stays open, and it goes on its way
                line.close()
                raise
            else:
                return line
        raise Closed(NotSent(detail="connect"))

    async def _resolve(self, host: str) -> Sequence[Place]:
        found = await asyncio.get_running_loop().getaddrinfo(host, self._relay.port, type=socket.SOCK_STREAM)
        kept = [place for place in found if not (self._relay.live and leads_inward(str(place[4][0]), public=False))]
        if not kept:
            raise OSError("no relay is there")
        return kept

    async def _secure(self, client: SMTP) -> None:
        security = self._relay.security
        if security not in (Security.REQUIRED, Security.OPPORTUNISTIC):
            return
        if client.supports_extension("starttls"):
            try:
                await client.starttls()
            except SMTPResponseException as refused:
                raise Closed(_before_words(judge(Step.STARTTLS, refused.code, refused.message))) from refused
            await client.ehlo()
        elif security is Security.REQUIRED:
            raise Closed(NotSent(LaneFault.UNREACHABLE, "starttls_missing"))

    async def _log_in(self, client: SMTP) -> None:
        if not client.supports_extension("auth"):
            raise Closed(NotSent(LaneFault.CREDENTIALS, "auth_missing"))
        try:
            await client.login(self._relay.username, self._relay.password)
        except SMTPResponseException as refused:
            raise Closed(_before_words(judge(Step.AUTH, refused.code, refused.message))) from refused
        except (SMTPServerDisconnected, SMTPTimeoutError):
            raise
        except SMTPException as refused:
            raise Closed(NotSent(LaneFault.CREDENTIALS, "auth_method")) from refused  # it offers none that we speak


def _before_words(outcome: Outcome | None) -> NotSent | Deferred:
    return outcome if isinstance(outcome, NotSent | Deferred) else NotSent()


def _why_not_open(error: Exception) -> NotSent | Deferred:
    """The certificate first: its error hides inside the others."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NotSent(LaneFault.UNREACHABLE, f"certificate_untrusted {cause.verify_message}"[:80])
        if isinstance(cause, ssl.SSLError):
            return NotSent(LaneFault.UNREACHABLE, f"tls {cause.reason or ''}".strip())
        cause = cause.__cause__
    match error:
        case SMTPConnectResponseError(code=code, message=text):
            return _before_words(judge(Step.GREETING, code, text))
        case SMTPHeloError(code=code, message=text):
            return _before_words(judge(Step.HELLO, code, text))
        case _:
            return NotSent(detail=type(error).__name__)


async def _transact(line: Line, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
    """MAIL, RCPT, DATA, the words. Raises Closed where the line ended before the words."""
    try:
        refused = await _ask(line, return_path, mailbox)
        return await _hand_over(line, letter, attempt) if refused is None else refused
    except (SMTPException, OSError) as error:
        name = type(error).__name__
        if attempt.begun:
            return Unsure(name)
        raise Closed(NotSent(detail=name)) from error


async def _ask(line: Line, return_path: str, mailbox: str) -> Outcome | None:
    """May the words follow? None for yes; else what the first refusal means: the line is ready for the next MAIL, or closed."""
    steps = (
        (Step.MAIL, f"MAIL FROM:<{return_path}>\r\n".encode("ascii")),
        (Step.RCPT, f"RCPT TO:<{mailbox}>\r\n".encode("ascii")),
        (Step.DATA, b"DATA\r\n"),
    )
    if line.pipelines:
        line.write(b"".join(command for _, command in steps))
    refused: Outcome | None = None
    outcome: Outcome | None = None
    for step, command in steps:
        if not line.pipelines:
            line.write(command)
        try:
            code, text = await line.reply()
        except (SMTPException, OSError):
            if refused is None:
                raise
            line.close()  # what was answered stands
            return refused
        outcome = judge(step, code, text)
        if refused is None and outcome is not None:
            if code == 421 and isinstance(outcome, Deferred):
                raise Closed(outcome)  # the relay hangs up; on a kept line it may only have had enough messages
            refused = outcome
            if not line.pipelines:
                break
    if refused is None:
        return None
    if line.pipelines and outcome is None:
        line.close()  # it waits for words that nobody may be sent
    else:
        await _reset(line)
    return refused


async def _hand_over(line: Line, letter: bytes, attempt: Attempt) -> Outcome:
    if not line.is_idle:  # it hung up, or has replied to words that it has not had: no later reply could be believed
        raise SMTPServerDisconnected("after DATA")
    attempt.begun = True
    attempt.leaving()
    line.write(stuff_dots(letter))
    code, text = await line.reply()
    return judge(Step.END, code, text) or Unsure(f"end {code}")


async def _command(line: Line, command: bytes) -> int:
    line.write(command)
    code, _ = await line.reply()
    return code


async def _reset(line: Line) -> None:
    """Ready for the next MAIL, or closed; what was answered stands."""
    try:
        if await _command(line, b"RSET\r\n") != 250:
            line.close()
    except (SMTPException, OSError):
        line.close()


@asynccontextmanager
async def open_connections(relay: Relay) -> AsyncIterator[Connections]:
    """None is opened before it is needed: a relay that is down keeps nobody from starting."""
    connections = Connections(relay)
    try:
        yield connections
    finally:
        await connections.close()
