"""Kannel: the group's own SMS router, spoken to through smsbox (user guide 1.4.5, chapters "SMS push" and "Delivery reports").

``sendsms`` knows no id of ours, so a lost answer is Unsure; receipts carry our reference in the address that Kannel calls.
Kannel's ``validity`` is in whole minutes. A text in GSM-7 goes with ``coding=0``, any other with ``coding=2`` (UCS-2).

Options of the lane: ``hook_url`` (where smsbox reaches us, ``http://127.0.0.1:8080/hooks/LANE``; without it no receipts come) and
``smsc`` (which of Kannel's connections). Credentials: ``username``, ``password``, ``hook_secret`` (where there is a hook).
Incoming texts: give smsbox a ``sms-service`` with ``catch-all = true``, ``max-messages = 0`` (else our reply goes out as an SMS)
and the ``post-url`` that ``incoming_url`` makes: with a ``get-url`` a text in UCS-2 comes as octets that no query can carry.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import urlencode

from notifier.channels.contract import Forged, Heard, Hook, Incoming, Parcel
from notifier.channels.wire import Answer, Rule, Wire, clean_text, hear_nothing, look_up, need_secret, open_wire
from notifier.domain.delivery import Accepted, Deferred, Evidence, LaneFault, NotSent, Outcome, Refused, RefusedFor, Report
from notifier.domain.errors import LaneMisset
from notifier.domain.gsm import is_gsm
from notifier.domain.lane import LaneFacts, LaneSettings
from notifier.domain.lane import LaneSettings as Settings

__all__ = ["KIND", "KannelChannel", "Settings", "incoming_url", "open_channel", "read_report"]

KIND = "kannel"

# gw/smsbox.c answers in plain text, always with the same sentences; anything else speaks for something between us.
CODES = (
    Rule(202, "0: accepted for delivery", Accepted()),
    Rule(202, "3: queued for later delivery", Accepted()),  # stored by bearerbox: no connection is up just now
    Rule(202, "sent.", Accepted()),  # with immediate-sendsms-reply
    Rule(200, "0: accepted for delivery", Accepted()),  # 1.3 and its imitators
    Rule(400, "number(s) has/have been denied", Refused(RefusedFor.BLOCKED, detail="denied")),  # Kannel's own black list
    Rule(400, "receiver number", Refused(RefusedFor.BAD_ADDRESS, dead=True, detail="receiver")),
    Rule(400, "sender missing", NotSent(LaneFault.SENDER, "sender")),
    Rule(400, "misformed", Refused(RefusedFor.BAD_CONTENT, detail="misformed")),
    Rule(403, "authorization failed", NotSent(LaneFault.CREDENTIALS, "403")),
    Rule(403, "not routable", Refused(RefusedFor.OTHER, detail="not_routable")),  # no connection takes this prefix
    Rule(404, "", NotSent(LaneFault.UNREACHABLE, "404")),  # not smsbox, or another sendsms-url
    Rule(503, "temporal failure", NotSent(detail="503")),  # bearerbox said no, its queue is full
)
# dlr-mask: 1 delivered, 2 not delivered, 8 taken by the SMSC, 16 refused by it; 4 (buffered) tells us nothing.
MASK = 1 | 2 | 8 | 16
BUSY = timedelta(seconds=10)  # where a 429 names no wait
URGENT, ORDINARY = "3", "1"  # Kannel's queue, 0 to 3
PATH = "/cgi-bin/sendsms"
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,128}")  # stands in addresses whose % signs Kannel reads as its own


class KannelChannel:
    """One smsbox account, open."""

    def __init__(self, settings: LaneSettings, wire: Wire) -> None:
        self._settings = settings
        self._wire = wire
        self._hook_url = settings.options.get("hook_url", "")
        address = settings.address.rstrip("/")
        self._base = address if address.endswith("/sendsms") else address + PATH

    @property
    def facts(self) -> LaneFacts:
        """Validity yes, our id no; receipts where there is a hook."""
        return LaneFacts(takes_ttl=True, gives_receipts=bool(self._hook_url))

    async def send(self, parcel: Parcel) -> Outcome:
        """One GET, as Kannel has it. The address holds a password and the words: it is never printed."""
        try:
            query = urlencode(self._fields(parcel))
        except UnicodeEncodeError:  # half a surrogate pair
            return Refused(RefusedFor.BAD_CONTENT, detail="character")
        answer = await self._wire.call("GET", f"{self._base}?{query}", leaving=parcel.leaving)
        return _judge(answer) if isinstance(answer, Answer) else answer

    def _fields(self, parcel: Parcel) -> dict[str, str]:
        settings, text = self._settings, parcel.words.text
        fields = {
            "username": settings.secrets["username"],
            "password": settings.secrets["password"],
            "to": parcel.address.value,
            "from": settings.sender,
            "text": text,
            "charset": "UTF-8",
            "coding": "0" if is_gsm(text) else "2",
            "validity": str(max(1, parcel.life // timedelta(minutes=1))),  # never longer than the words stay true
            "priority": URGENT if parcel.urgent else ORDINARY,
        }
        if smsc := settings.options.get("smsc", ""):
            fields["smsc"] = smsc
        if self._hook_url:
            fields["dlr-mask"] = str(MASK)
            fields["dlr-url"] = _receipt_url(self._hook_url, settings.secrets["hook_secret"], parcel.ref)
        return fields

    async def credit(self) -> int | None:
        """Kannel counts no money."""
        return None

    def listen(self) -> AsyncIterator[Heard]:
        """Nothing: Kannel calls the hook."""
        return hear_nothing()


def _judge(answer: Answer) -> Outcome:
    if answer.status == 429:  # a proxy before smsbox: not taken, whoever says so
        return Deferred(answer.wait(BUSY), whole_lane=True)
    said = answer.body[:200].decode("utf-8", "replace")
    return look_up(CODES, answer.status, said) or answer.doubt()


def _receipt_url(hook_url: str, secret: str, ref: str) -> str:
    """What smsbox calls, its escapes filled in: %d the kind of receipt, %F the SMSC's id. One a message: of its first part."""
    return f"{hook_url}?key={secret}&ref={ref}&type=%d&smsc_id=%F"


def incoming_url(settings: LaneSettings) -> str:
    """The ``post-url`` of smsbox's ``sms-service``: %p who, %I Kannel's id; the text is the body, in the charset it names."""
    return f"{settings.options.get('hook_url', '')}?key={settings.secrets.get('hook_secret', '')}&from=%p&id=%I"


def read_report(settings: LaneSettings, hook: Hook, /) -> Heard:
    """A receipt (``type``, ``ref``) or a text (``from``, ``text``, ``id``). Raises Forged where the secret differs."""
    ours, theirs = settings.secrets.get("hook_secret", ""), hook.query.get("key", "")
    if not ours or not compare_digest(ours.encode(), theirs.encode("utf-8", "replace")):
        raise Forged
    if "type" in hook.query:
        report = _read_receipt(hook)
        return Heard(reports=(report,)) if report else Heard()
    incoming = _read_text(hook)
    return Heard(texts=(incoming,)) if incoming else Heard()


def _read_receipt(hook: Hook) -> Report | None:
    kind, ref = hook.query["type"], hook.query.get("ref", "")
    if not (kind.isascii() and kind.isdigit() and len(kind) < 4 and ref.isascii() and ref.isalnum() and len(ref) <= 64):
        return None
    evidence = _evidence(int(kind))
    if evidence is None:
        return None
    smsc_id = clean_text(hook.query.get("smsc_id", ""), 60)  # a second copy of the message has receipts of its own
    return Report(evidence, our_id=ref, event_id=f"{ref}:{kind}:{smsc_id}", detail=kind)


def _evidence(kind: int) -> Evidence | None:
    """34 (expired) and 66 (unknown) hold the bit of a failure, as Kannel means them."""
    if kind & 1:
        return Evidence.DELIVERED
    if kind & (2 | 16):
        return Evidence.UNDELIVERED
    return Evidence.SENT if kind & 8 else None


def _read_text(hook: Hook) -> Incoming | None:
    sender, event = clean_text(hook.query.get("from", ""), 40), clean_text(hook.query.get("id", ""), 80)
    if not sender or not event:
        return None
    wide = "utf-16be" in hook.headers.get("content-type", "").casefold()
    text = hook.body[:4000].decode("utf-16-be" if wide else "utf-8", "replace")
    return Incoming(sender, clean_text(text), event)


@asynccontextmanager
async def open_channel(settings: LaneSettings, /) -> AsyncIterator[KannelChannel]:
    """The account, without a call to Kannel yet.

    Raises LaneMisset: ``secret_missing`` (``username``, ``password``, or ``hook_secret`` beside a ``hook_url``), ``hook_secret``
    (16 letters, digits, - and _ at least), ``hook_url``, ``ca_file``.
    """
    need_secret(settings, "username")
    need_secret(settings, "password")
    if url := settings.options.get("hook_url", ""):
        if not url.startswith(("http://", "https://")) or "?" in url or "%" in url:
            raise LaneMisset(settings.name, "hook_url")
        if not _SECRET.fullmatch(need_secret(settings, "hook_secret")):
            raise LaneMisset(settings.name, "hook_secret")
    async with open_wire(settings) as wire:
        yield KannelChannel(settings, wire)
