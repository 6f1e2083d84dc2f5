"""A mail server on loopback: it takes mail for the town's mailboxes and refuses the others, recipient by recipient."""

import asyncio
import hmac
import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from typing import Protocol, runtime_checkable

import aiohttp
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifier.clock import Clock
from notifier.practice.answers import Form, Offer, find_link, open_page, send_form
from notifier.practice.faults import Fault, Faults
from notifier.practice.ledger import Entry, Ledger
from notifier.practice.staff import Message, Resident, Town, WayBack

LATER = "451 4.3.2 Please try again later"
GREY = "451 4.7.1 Greylisted, please try again"
NOBODY = "550 5.1.1 Recipient address rejected: User unknown"
GARBAGE = "!! %$ 0x1f"
PUT_OFF = (Fault.BUSY, Fault.ERROR_BEFORE)
GOODBYE = 0.5  # s, real: for the lines that are still open


@runtime_checkable
class Line(Protocol):
    """A connection that can be cut. uvloop's are none of asyncio's Transport classes."""

    def abort(self) -> None: ...


@dataclass
class Mailroom:
    """The handler behind every connection."""

    town: Town
    ledger: Ledger
    faults: Faults
    clock: Clock
    session: aiohttp.ClientSession
    answer_base: str = ""  # where this stands, links are opened there: ``http://127.0.0.1:8000``
    grey_for: timedelta | None = None  # story: a new sender and recipient are put off for so long
    puts_off: bool = False  # whether a fault may be a 451: the wait that follows one is real, and longer than a demo
    login: tuple[str, str] | None = None  # a name and a password that AUTH must give
    lines: set[Line] = field(default_factory=set)
    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _forms: dict[tuple[str, str], Form] = field(default_factory=dict)
    _next: int = 1

    def __post_init__(self) -> None:
        self.town.ways["smtp"] = WayBack(self._look, self._answer, self._say)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Whatever will go wrong with this message is decided here."""
        fault = self.faults.draw("smtp")
        if fault is Fault.CUT_BEFORE or (fault in PUT_OFF and not self.puts_off):
            cut(server)
            return LATER
        vars(envelope)["practice_fault"] = fault
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """550 for a mailbox that nobody has; 451 when the server wants to be asked again."""
        if _fault(envelope) in PUT_OFF:
            return LATER
        if not self.town.works("email", address.lower()):
            return NOBODY
        if self.grey_for is not None:
            now = self.clock.now().timestamp()
            first = self._seen.setdefault((str(envelope.mail_from), address.lower()), now)
            if now - first < self.grey_for.total_seconds():
                return GREY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take the mail; under a fault, take it and do not say so."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        number, self._next = self._next, self._next + 1
        subject, body, ref = read_mail(content)
        for address in dict.fromkeys(envelope.rcpt_tos):
            self._put(address.lower(), str(number), subject, body, ref)
        match _fault(envelope):
            case Fault.LATENCY:
                with self.faults.holding("smtp"):
                    await asyncio.sleep(self.faults.some("smtp", 0.5, 1.5) * self.faults.late)
            case Fault.GARBAGE:
                return GARBAGE
            case Fault.SILENT:
                with self.faults.holding("smtp"):
                    await asyncio.sleep(self.faults.silence)
                cut(server)
            case Fault.CUT_AFTER | Fault.ERROR_AFTER:  # a mail server has no 5xx that takes: 4xx and 5xx are certain
                cut(server)
        return f"250 2.0.0 Ok: queued as {number:08X}"

    def _put(self, address: str, number: str, subject: str, body: str, ref: str) -> None:
        at, real = self.clock.now(), self.clock.real()
        entry = Entry("email", "smtp", address, number, ref, body, at, subject=subject, real=real, shown_at=at)
        self.ledger.accept(entry)
        told = f"{subject}\n\n{body}" if subject else body
        self.town.show(Message("email", "smtp", address, told, link=find_link(body)))

    async def _look(self, resident: Resident, message: Message) -> tuple[Offer, ...]:
        """Open the letter's page in a browser."""
        link = message.link or ""
        if self.answer_base:
            link = self.answer_base.rstrip("/") + "/" + "/".join(link.split("/")[3:])
        form = await open_page(self.session, link)
        if form is None:
            return ()
        self._forms[resident.key, message.text] = form
        return tuple(form.offers)

    async def _answer(self, resident: Resident, message: Message, offer: Offer) -> bool:
        form = self._forms.pop((resident.key, message.text), None)
        return form is not None and await send_form(self.session, form, offer)

    async def _say(self, _resident: Resident, _message: Message, _words: str) -> bool:
        return False  # nobody answers by mail

    def check_login(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, told: object) -> AuthResult:
        """aiosmtpd's authenticator."""
        wanted = tuple(word.encode() for word in self.login or ())
        good = isinstance(told, LoginPassword) and wanted and all(map(hmac.compare_digest, (told.login, told.password), wanted))
        return AuthResult(success=bool(good), handled=False)


class _Line(SMTP):
    """One connection, which the mailroom can end."""

    def __init__(self, mailroom: Mailroom, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            mailroom,
            hostname="mail.practice.test",
            ident="Practice ESMTP",
            tls_context=tls,
            auth_required=mailroom.login is not None,
            auth_require_tls=tls is not None,
            authenticator=mailroom.check_login if mailroom.login is not None else None,
            loop=asyncio.get_running_loop(),
        )
        self._mailroom = mailroom
        self._line: Line | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep count of the lines that are open; there are none in an outage."""
        super().connection_made(transport)
        if isinstance(transport, Line):
            if self._line is not None:  # STARTTLS puts a new one over it
                self._mailroom.lines.discard(self._line)
            self._line = transport
            self._mailroom.lines.add(transport)
            if "smtp" in self._mailroom.faults.down:
                transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """Gone."""
        if self._line is not None:
            self._mailroom.lines.discard(self._line)
        super().connection_lost(error)


def read_mail(content: bytes) -> tuple[str, str, str]:
    """Subject, text as a reader sees it, and Message-ID."""
    mail = message_from_bytes(content)
    part = next((one for one in mail.walk() if one.get_content_type() == "text/plain"), None)
    return str(make_header(decode_header(str(mail["subject"] or "")))), _read_text(part), str(mail["message-id"] or "").strip()


def _read_text(part: Mail | None) -> str:
    payload = part.get_payload(decode=True) if part is not None else b""
    octets = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("utf-8") if part is not None else "utf-8"
    return octets.decode(charset, "replace").replace("\r\n", "\n")


def _fault(envelope: Envelope) -> Fault | None:
    fault = vars(envelope).get("practice_fault")
    return fault if isinstance(fault, Fault) else None


def cut(server: SMTP) -> None:
    """The line is gone, at once."""
    line: object = server.transport  # known by what it can do, not by its class
    if isinstance(line, Line):
        line.abort()


async def open_mailroom(mailroom: Mailroom, host: str, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
    """The server, listening; its port is that of its first socket. STARTTLS is offered where ``tls`` is given."""
    return await asyncio.get_running_loop().create_server(lambda: _Line(mailroom, tls), host, port)


async def close_mailroom(server: asyncio.Server, mailroom: Mailroom) -> None:
    """Nobody is let in, and every line ends."""
    server.close()
    for line in list(mailroom.lines):
        line.abort()
    for _ in range(int(GOODBYE / 0.01)):
        if not mailroom.lines:
            break
        await asyncio.sleep(0.01)
