"""What a mail that came back says: that ours did not arrive, what somebody answers, or nothing.

A bounce counts only at the return path of a row, a reply only at its reply address; both are signed, so nothing else in the mail
needs to be believed. Sources: RFC 3464 (delivery status), RFC 3834 (automatic answers), RFC 3463, Exchange's and Gmail's habits.
"""

import hashlib
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from html.parser import HTMLParser

from mailparser_reply import EmailReplyParser

from notifier.channels.email.letter import BOUNCE, REPLY
from notifier.channels.email.replies import Step, judge
from notifier.domain.delivery import Evidence, Refused, RefusedFor, Report
from notifier.domain.references import read_signed
from notifier.domain.replies import MailReply

LONGEST = 2000  # signs of an answer that are read at all: the parser's patterns take the square of it
LONGEST_HTML = 65_536
_SIGNED = re.compile(r"\+(\d{1,19}-[a-z2-7]{16})@", re.IGNORECASE)
_ARRIVED_AT = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
_AUTOMATIC = (
    "X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply", "X-Mail-Autoreply", "List-Id",
    "X-MS-Exchange-Inbox-Rules-Loop", "X-MS-Exchange-Generated-Message-Source",
)  # fmt: skip
_MASS = frozenset({"bulk", "auto_reply", "auto-reply", "junk", "list"})
_MACHINES = re.compile(r"(?:mailer-daemon|postmaster|no-?reply|ne-?pas-?repondre)(?:@|$)", re.IGNORECASE)
_AWAY = re.compile(
    r"\s*(?:auto(?:matic reply|matische antwort|reply|-reply)?\s*:|automatic reply|réponse automatique|reponse automatique"
    r"|absence du bureau|absent(?:e|\(e\))? du bureau|out of (?:the )?office|message d'absence)",
    re.IGNORECASE,
)
# An answer below the quotation leaves this as the first line; the parser knows it in the middle only.
_WROTE = re.compile(r"\A\s*(?:Le|On)\b[^\n]{0,200}(?:\n[^\n]{0,200})?(?:a écrit|wrote)\s*:[ \t]*$", re.MULTILINE)
_ENDS = frozenset({"divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"})  # Outlook's, before its quotation
_QUOTES = frozenset({"gmail_quote", "moz-cite-prefix", "yahoo_quoted", "gmail_quote_container"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "hr"})
_UNSEEN = frozenset({"style", "script", "head", "title"})
_BROKEN = (
    MessageError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RecursionError,
)  # stdlib's, on hostile mail


def read_mail(octets: bytes, key: bytes) -> Report | MailReply | None:
    """None for all that is neither a bounce of ours nor an answer by a person. Never raises."""
    try:
        message = message_from_bytes(octets)
        event = hashlib.sha256((_header(message, "Message-ID") or "").encode() or octets).hexdigest()[:32]
        if row := _find_row(message, key, BOUNCE):
            return _read_bounce(message, row, event)
        if (row := _find_row(message, key, REPLY)) and not is_automatic(message):
            return _read_reply(message, row, event)
    except _BROKEN:
        return None
    return None


def _header(message: Message, name: str) -> str:
    """On one line, cut: nobody needs more of it."""
    return " ".join(str(message.get(name, ""))[:LONGEST].split())


def _find_row(message: Message, key: bytes, purpose: str) -> str | None:
    for name in _ARRIVED_AT:
        for value in message.get_all(name, []):
            for signed in _SIGNED.findall(str(value)[:LONGEST]):
                if row := read_signed(key, purpose, signed):
                    return row
    return None


def is_automatic(message: Message) -> bool:
    """True where no person wrote this: RFC 3834's sign, the older ones, a report, an out-of-office note."""
    if _header(message, "Auto-Submitted").partition(";")[0].strip().lower() not in ("", "no"):
        return True
    if _header(message, "Precedence").lower() in _MASS or any(name in message for name in _AUTOMATIC):
        return True
    if "Return-Path" in message and _header(message, "Return-Path") in ("<>", ""):
        return True
    if message.get_content_type() in ("multipart/report", "message/delivery-status"):
        return True
    return any(_MACHINES.match(sender) for sender in _senders(message)) or _AWAY.match(_decode_subject(message)) is not None


def _senders(message: Message) -> list[str]:
    return [address for _, address in getaddresses([_header(message, "From")])]


def _decode_subject(message: Message) -> str:
    raw = _header(message, "Subject")
    try:
        return str(make_header(decode_header(raw)))
    except (MessageError, ValueError, LookupError):
        return raw


def _read_bounce(message: Message, row: str, event: str) -> Report | None:
    """A failure for good. What is only delayed says nothing yet."""
    for block in _status_blocks(message):
        status = _header(block, "Status").split(" ")[0]
        if _header(block, "Action").lower() != "failed" or status[:2] not in ("4.", "5."):
            continue
        dead = _why_dead(status, _header(block, "Diagnostic-Code")) if status.startswith("5.") else None
        return Report(Evidence.UNDELIVERED, our_id=row, event_id=f"bounce:{row}:{event}", detail=status[:12], dead=dead)
    return None


def _status_blocks(message: Message) -> Iterator[Message]:
    for part in message.walk():
        blocks = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(blocks, list):
            yield from (block for block in blocks if isinstance(block, Message))


def _why_dead(status: str, diagnostic: str) -> RefusedFor | None:
    """As the relay's own refusal is read: a full mailbox or a refusal of our words leaves the address alive."""
    said = diagnostic.partition(";")[2].strip()
    told = said if status in ("5.0.0", "5.0") else f"{status} {said}"
    outcome = judge(Step.RCPT, 550, told)
    return outcome.reason if isinstance(outcome, Refused) and outcome.dead else None


def _read_reply(message: Message, row: str, event: str) -> MailReply | None:
    senders = _senders(message)
    if len(senders) != 1:
        return None
    return MailReply(row, senders[0], strip_quotes(_text_of(message)), f"mail:{row}:{event}")


def strip_quotes(text: str) -> str:
    """What stands above the quotation, or between its lines, without empty lines."""
    plain = re.sub(r"[\u00a0\u202f\u2007]", " ", text[:LONGEST]).replace("\r\n", "\n").replace("\u200b", "")
    plain = _WROTE.sub("", "\n".join(line for line in plain.split("\n") if not line.lstrip().startswith((">", "|"))))
    newest = EmailReplyParser(languages=["fr", "en"]).read(plain).replies[0]
    own = newest.content.replace(newest.headers or "", "", 1)
    return "\n".join(line for line in map(str.strip, own.splitlines()) if line)


def _text_of(message: Message) -> str:
    """The plain words where there are any, else those of the HTML."""
    html = ""
    for part in message.walk():
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        if part.get_content_type() == "text/plain" and (text := _decode(part)).strip():
            return text
        if part.get_content_type() == "text/html" and not html:
            html = _decode(part)
    words = _Words()
    words.feed(html[:LONGEST_HTML])
    return "".join(words.said)


def _decode(part: Message) -> str:
    octets = part.get_payload(decode=True)
    if not isinstance(octets, bytes):
        return ""
    try:
        return octets.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return octets.decode("utf-8", "replace")


class _Words(HTMLParser):
    """What HTML says up to its first quotation."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._unseen = 0
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A quotation ends it."""
        about = {name: (value or "").lower() for name, value in attrs}
        if tag == "blockquote" or about.get("id") in _ENDS or _QUOTES & set(about.get("class", "").split()):
            self._over = True
        self._unseen += tag in _UNSEEN
        if tag in _BREAKS:
            self._say("\n")

    def handle_endtag(self, tag: str) -> None:
        """A paragraph's end is a line's."""
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BREAKS:
            self._say("\n")

    def handle_data(self, data: str) -> None:
        """Line breaks of the source are spaces."""
        self._say(re.sub(r"\s+", " ", data))

    def _say(self, words: str) -> None:
        if not self._over and not self._unseen:
            self.said.append(words)
