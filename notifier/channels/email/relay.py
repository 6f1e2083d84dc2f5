"""Connections to one mail relay, kept: a fresh one with TLS and AUTH costs ten times a message on a kept one.

aiosmtplib speaks; what is ours is the certainty. ``Attempt.begun`` turns true just before the first octet of the words leaves:
until then every accident is NotSent, from then on only a reply makes it anything but Unsure.
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
from notifier.channels.email.replies import Step, judge
from notifier.channels.hosts import LastKnown
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
    """The kept connections; at most as many as sends are under way."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._idle: list[tuple[SMTP, float]] = []
        self._clock = Clock()
        self._places = LastKnown[str, Sequence[Place]](self._resolve)
        self._places.ask(relay.host)  # now, for a time when nobody answers

    async def post(self, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
        """One message. A kept connection that turns out dead before the words is replaced once."""
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
        clients = [client for client, _ in self._idle]
        self._idle.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(GOODBYE):
                await asyncio.gather(*(client.quit() for client in clients), return_exceptions=True)
        for client in clients:
            client.close()

    def _take(self) -> SMTP | None:
        now = self._clock.real()
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and now - since < KEPT:
                return client
            client.close()
        return None

    def _drop_idle(self) -> None:
        for client, _ in self._idle:
            client.close()
        self._idle.clear()

    async def _use(self, client: SMTP, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
        outcome: Outcome | None = None
        try:
            outcome = await _transact(client, return_path, mailbox, letter, attempt)
        finally:
            # Only after a whole dialogue is the line in a known state; a cancelled or broken one ends here.
            if outcome is not None and client.is_connected and not isinstance(outcome, Unsure):
                self._idle.append((client, self._clock.real()))
            else:
                client.close()
        return outcome

    async def _open(self) -> SMTP:
        """A connection ready for MAIL. Raises Closed."""
        relay = self._relay
        line = await self._connect()
        client = SMTP(
            hostname=relay.host,  # what its certificate has to name
            sock=line,
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
        except (SMTPException, OSError, ValueError) as error:
            client.close()
            line.close()
            raise Closed(_why_not_open(error)) from error
        except BaseException:
            client.close()
            line.close()
            raise
        return client

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
            except BaseException:
                line.close()
                raise
            else:
                return line
        raise Closed(NotSent(detail="connect"))

    async def _resolve(self, host: str) -> Sequence[Place]:
        return await asyncio.get_running_loop().getaddrinfo(host, self._relay.port, type=socket.SOCK_STREAM)

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


async def _transact(client: SMTP, return_path: str, mailbox: str, letter: bytes, attempt: Attempt) -> Outcome:
    """MAIL, RCPT, DATA, the words. Raises Closed where the line ended before the words."""
    try:
        for step, command in (
            (Step.MAIL, (b"MAIL", f"FROM:<{return_path}>".encode("ascii"))),
            (Step.RCPT, (b"RCPT", f"TO:<{mailbox}>".encode("ascii"))),
            (Step.DATA, (b"DATA",)),
        ):
            reply = await client.execute_command(*command)
            if (outcome := judge(step, reply.code, reply.message)) is not None:
                if reply.code == 421 and isinstance(outcome, Deferred):
                    raise Closed(outcome)  # the relay hangs up; on a kept line it may only have had enough messages
                await _reset(client)
                return outcome
        return await _hand_over(client, letter, attempt)
    except (SMTPException, OSError) as error:
        name = type(error).__name__
        if attempt.begun:
            return Unsure(name)
        raise Closed(NotSent(detail=name)) from error


async def _hand_over(client: SMTP, letter: bytes, attempt: Attempt) -> Outcome:
    protocol = client.protocol
    if protocol is None or not protocol.is_connected:
        raise SMTPServerDisconnected("after DATA")
    attempt.begun = True
    attempt.leaving()
    protocol.write(stuff_dots(letter))
    reply = await protocol.read_response()
    return judge(Step.END, reply.code, reply.message) or Unsure(f"end {reply.code}")


async def _reset(client: SMTP) -> None:
    """Ready for the next MAIL, or closed; what was answered stands."""
    try:
        reply = await client.execute_command(b"RSET")
    except (SMTPException, OSError):
        client.close()
        return
    if reply.code != 250:
        client.close()


@asynccontextmanager
async def open_connections(relay: Relay) -> AsyncIterator[Connections]:
    """None is opened before it is needed: a relay that is down keeps nobody from starting."""
    connections = Connections(relay)
    try:
        yield connections
    finally:
        await connections.close()
