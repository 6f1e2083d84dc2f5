"""E-mail by one relay (a submission server or a smarthost outside the hospital), recipient by recipient.

SMTP knows no id of ours, so a cut after the lone dot is Unsure (RFC 1047); the repeat carries the same Message-ID and the same
Date, which lets most mailboxes fold the two into one. Bounces come back to a return path that names the row (VERP).

Options of the lane: ``starttls`` required | implicit | opportunistic | none (usually required, on port 465 implicit, in practice
none), ``ca_file`` for a relay with a house certificate, ``from_name`` shown beside the sender, ``return_path`` (``b@example.org``
becomes ``b+REF@example.org``), ``bounce_domain`` (``bounce+REF@`` that domain), ``hello`` (the name in EHLO),
``connections`` (how many at once, else as many as the window: with a wider one the relay need not wait while we write down what
it took).

With ``imap`` (host:port), bounces and replies are fetched from a mailbox: then each message has a return path and a reply address
of its own, signed, behind the plus of ``return_path`` and ``reply_to`` (usually the sender), which have to lead there. Secrets
``imap_username`` and ``imap_password``; ``imap_tls`` implicit | required | none (usually implicit on port 993, else required),
``imap_folder`` (INBOX), ``poll_seconds`` (5).
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from notifier.channels.contract import CALL_DEADLINE, RETURNS_KEY, Forged, Heard, Hook, Parcel
from notifier.channels.email.letter import Letterhead, Unwritable, encode_words, plain_mailbox, write_letter
from notifier.channels.email.mailbox import Mailbox, listen_to
from notifier.channels.email.relay import Attempt, Connections, Relay, Security, open_connections
from notifier.channels.email.replies import GREYLIST
from notifier.channels.hosts import refuse_inward
from notifier.channels.wire import read_number
from notifier.clock import Clock
from notifier.domain.delivery import Deferred, NotSent, Outcome, Refused, RefusedFor, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneFacts, LaneSettings, Network
from notifier.domain.lane import LaneSettings as Settings

__all__ = ["KIND", "EmailChannel", "Settings", "open_channel", "read_report"]

KIND = "email"

POLL = 5.0  # s between two looks into the mailbox
DEADLINE = CALL_DEADLINE - timedelta(milliseconds=500)  # ours ends first, so that it is told whether the words had left
DATES_KEPT = 20_000  # first Dates remembered for repeats: a drain of the largest group
ASKED_AGAIN = ((timedelta(minutes=1), GREYLIST), (timedelta(minutes=6), timedelta(minutes=5)))  # (since the first try, wait)
SLOWEST = timedelta(minutes=15)
IMPLICIT_PORT, IMAP_PORT = 465, 993  # RFC 8314
OURSELVES = ("localhost", "127.0.0.1", "::1")


class EmailChannel:
    """One relay, open."""

    def __init__(self, name: str, head: Letterhead, connections: Connections, mailbox: Mailbox | None) -> None:
        self._name = name
        self._head = head
        self._mailbox = mailbox
        self._connections = connections
        self._clock = Clock()
        self._dates: OrderedDict[str, datetime] = OrderedDict()

    @property
    def facts(self) -> LaneFacts:
        """Plain SMTP: no id of ours, no life, no receipt."""
        return LaneFacts()

    async def send(self, parcel: Parcel) -> Outcome:
        """One message in one dialogue."""
        try:
            letter = write_letter(parcel, self._head, self._date(parcel.ref))
            mailbox = plain_mailbox(parcel.address.value)
            path = self._head.return_path(parcel.ref)
        except Unwritable as refused:
            if refused.what == "address":
                return Refused(RefusedFor.BAD_ADDRESS, dead=True, detail="address")
            return Refused(RefusedFor.BAD_CONTENT, detail=refused.what)
        attempt = Attempt(parcel.leaving)
        try:
            async with asyncio.timeout(DEADLINE.total_seconds()):
                outcome = await self._connections.post(path, mailbox, letter, attempt)
        except TimeoutError:
            return Unsure("deadline") if attempt.begun else NotSent(detail="deadline")
        return Deferred(self._patience(parcel.ref)) if outcome == Deferred(GREYLIST) else outcome

    def _patience(self, ref: str) -> timedelta:
        """A greylist is asked again after 1, 5 and then every 15 minutes: one that is asked too often starts anew."""
        since = self._clock.wall() - self._date(ref)
        return next((wait for within, wait in ASKED_AGAIN if since < within), SLOWEST)

    def _date(self, ref: str) -> datetime:
        """When this row was first tried: a repeat must be the same message."""
        date = self._dates.setdefault(ref, self._clock.wall())
        if len(self._dates) > DATES_KEPT:
            self._dates.popitem(last=False)
        return date

    async def credit(self) -> int | None:
        """A relay does not say."""
        return None

    async def listen(self) -> AsyncIterator[Heard]:
        """Bounces and replies from the lane's mailbox; nothing where it has none."""
        if self._mailbox is None or not self._head.key:
            return
        async for heard in listen_to(self._mailbox, self._head.key, self._name):
            yield heard


def read_report(_settings: LaneSettings, _hook: Hook, /) -> Heard:
    """A relay calls nobody over HTTP: whoever does is no relay of ours."""
    raise Forged


@asynccontextmanager
async def open_channel(settings: LaneSettings, /) -> AsyncIterator[EmailChannel]:
    """The relay, without a connection yet.

    Raises LaneMisset: ``mail_address``, ``mail_sender``, ``mail_name``, ``mail_return_path``, ``mail_starttls``, ``ca_file``,
    ``mail_password`` (one of username and password is missing), ``mail_clear`` (a password would cross the network unprotected),
    ``imap_address``, ``imap_tls``, ``imap_password``, ``imap_clear``, ``imap_reply_to``,
    ``imap_elsewhere`` (a practice lane and a real mailbox), ``option_number``.
    """
    mailbox = _mailbox(settings)
    head, relay = _letterhead(settings, read=mailbox is not None), _relay(settings)
    async with open_connections(relay) as connections:
        yield EmailChannel(settings.name, head, connections, mailbox)


def _letterhead(settings: LaneSettings, *, read: bool) -> Letterhead:
    options = settings.options
    try:
        sender = plain_mailbox(settings.sender)
    except Unwritable as refused:
        raise LaneMisset(settings.name, "mail_sender") from refused
    try:
        encode_words(options.get("from_name", ""), "name", phrase=True)
    except Unwritable as refused:
        raise LaneMisset(settings.name, "mail_name") from refused
    bounces, key = options.get("bounce_domain", ""), bytes.fromhex(settings.secrets.get(RETURNS_KEY, ""))
    local, _, domain = (options.get("return_path", "") or (sender if read and not bounces else "")).rpartition("@")
    head = Letterhead(sender, options.get("from_name", ""), domain or bounces, local or "bounce")
    if read:  # checked as it will be, also where nobody signs: a check of the settings, the watchdog
        head = replace(head, replies=options.get("reply_to", "") or sender, key=key or b"unsigned")
    try:
        plain_mailbox(head.return_path("0" * 19))
    except Unwritable as refused:
        raise LaneMisset(settings.name, "mail_return_path") from refused
    try:
        plain_mailbox(head.reply_to("0" * 19) if read else sender)
    except Unwritable as refused:
        raise LaneMisset(settings.name, "imap_reply_to") from refused
    return head if key else replace(head, replies="", key=b"")


def _mailbox(settings: LaneSettings) -> Mailbox | None:
    """The mailbox of option ``imap``; None without it."""
    options, secrets = settings.options, settings.secrets
    if not options.get("imap", ""):
        return None
    host, port = _split_host(settings, options["imap"], "imap_address")
    usual = Security.IMPLICIT if port == IMAP_PORT else Security.REQUIRED
    try:
        security = Security(options.get("imap_tls", "") or usual)
    except ValueError:
        security = Security.OPPORTUNISTIC
    if security is Security.OPPORTUNISTIC:
        raise LaneMisset(settings.name, "imap_tls", (("choices", ", ".join(each for each in Security if each is not security)),))
    if settings.network is Network.PRACTICE and host not in OURSELVES:
        raise LaneMisset(settings.name, "imap_elsewhere")
    username, password = secrets.get("imap_username", ""), secrets.get("imap_password", "")
    if not username or not password:
        raise LaneMisset(settings.name, "imap_password")
    if security is Security.NONE and host not in OURSELVES:
        raise LaneMisset(settings.name, "imap_clear")
    every = max(1.0, read_number(settings, "poll_seconds", POLL))
    context = _context(settings, security)
    return Mailbox(host, port, security, context, username, password, options.get("imap_folder", "") or "INBOX", every)


def _relay(settings: LaneSettings) -> Relay:
    host, port = _split_host(settings, settings.address, "mail_address")
    security = _security(settings, port)
    username, password = settings.secrets.get("username", ""), settings.secrets.get("password", "")
    if bool(username) is not bool(password):
        raise LaneMisset(settings.name, "mail_password")
    if password and security in (Security.NONE, Security.OPPORTUNISTIC) and host not in OURSELVES:
        raise LaneMisset(settings.name, "mail_clear")
    hello = settings.options.get("hello", "") or settings.sender.rpartition("@")[2]
    most = max(1, int(read_number(settings, "connections", settings.window)))
    live = settings.network is Network.LIVE
    return Relay(host, port, security, hello, _context(settings, security), username, password, most, live)


def _split_host(settings: LaneSettings, written: str, fault: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{written}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise LaneMisset(settings.name, fault)
    refuse_inward(settings, host, public=False)
    return host, port


def _security(settings: LaneSettings, port: int) -> Security:
    usual = Security.IMPLICIT if port == IMPLICIT_PORT else Security.REQUIRED
    if settings.network is Network.PRACTICE:
        usual = Security.NONE
    try:
        return Security(settings.options.get("starttls", "") or usual)
    except ValueError:
        raise LaneMisset(settings.name, "mail_starttls", (("choices", ", ".join(Security)),)) from None


def _context(settings: LaneSettings, security: Security) -> ssl.SSLContext | None:
    if security is Security.NONE:
        return None
    path = settings.options.get("ca_file", "")
    try:
        context = ssl.create_default_context(cafile=path or None)
    except (OSError, ValueError) as refused:
        raise LaneMisset(settings.name, "ca_file", (("path", path),)) from refused
    if security is Security.OPPORTUNISTIC:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
