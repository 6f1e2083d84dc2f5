"""SMS by a telephone: the app "SMS Gateway for Android" (capcom6), on the local network or through its cloud or private server.

Sources: github.com/capcom6/android-sms-gateway (routes/MessagesRoutes.kt: POST ``/message`` and ``/messages``, 202),
android-sms-gateway/server (handlers/messages/3rdparty.go: POST ``/3rdparty/v1/messages``; 409 for a repeated id, 503 for a full
queue), docs.sms-gate.app, "Webhooks" and "Sending messages". ``address`` is what stands before ``/messages``.

The gateway keeps our id, so that a repeat is never sent twice: the servers answer 409; the telephone's own server may answer 500,
and then it is asked whether it has the id. A telephone does 30 to 200 texts an hour: a last resort.

``sms:delivered`` comes once per part of a long text and does not say which (issue 264); only ``sms:sent`` says how many there are
(pull 275), and its report here carries ``parts``.
"""

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import quote

from notifier.channels.contract import Forged, Heard, Hook, Incoming, Parcel
from notifier.channels.wire import (
    Answer,
    Rule,
    Wire,
    clean_text,
    hear_nothing,
    look_up,
    need_secret,
    open_wire,
    parse_json,
    unix_seconds,
    wall_time,
)
from notifier.domain.delivery import (
    Accepted,
    Deferred,
    Evidence,
    LaneFault,
    NotSent,
    Outcome,
    Refused,
    RefusedFor,
    Report,
    Unsure,
)
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneFacts, LaneSettings
from notifier.domain.lane import LaneSettings as Settings

__all__ = ["KIND", "AndroidChannel", "Settings", "open_channel", "read_report"]

KIND = "android"

CODES = (
    Rule(400, "phone", Refused(RefusedFor.BAD_ADDRESS, detail="400")),
    Rule(400, "device", NotSent(LaneFault.UNREACHABLE, "device")),  # no telephone is registered, or not this one
    Rule(400, "text message is empty", Refused(RefusedFor.BAD_CONTENT, detail="400")),
    Rule(400, "content", Refused(RefusedFor.BAD_CONTENT, detail="400")),  # "No message content provided"
    Rule(400, "expired", Refused(RefusedFor.OTHER, detail="expired")),
    Rule(400, "", Refused(RefusedFor.OTHER, detail="400")),
    Rule(403, "", NotSent(LaneFault.CREDENTIALS, "403")),
    Rule(404, "", NotSent(LaneFault.UNREACHABLE, "404")),  # not this address
    Rule(503, "limit", Deferred(timedelta(seconds=60), whole_lane=True)),  # the telephone is off line, its queue is full
    # 401 and 429 count without a body too; 409 is a repeat; 500 and 502 to 504 are Unsure
)
BUSY = timedelta(seconds=30)  # where a 429 names no wait
POSTING, ASKING = timedelta(seconds=6), timedelta(seconds=3)  # both within the deadline of one call
FRESH = timedelta(minutes=5)  # between a hook's own time and ours ("Webhooks", best practices)
EVENTS = {"sms:sent": Evidence.SENT, "sms:delivered": Evidence.DELIVERED, "sms:failed": Evidence.UNDELIVERED}
_JSON = {"content-type": "application/json"}
URGENT, USUAL = 100, 0  # from 100 on, a message goes past the app's limits and delays


class AndroidChannel:
    """One telephone."""

    def __init__(self, settings: LaneSettings, wire: Wire) -> None:
        self._url = f"{settings.address.rstrip('/')}/messages"
        self._sim = settings.options.get("sim", "")
        self._wire = wire

    @property
    def facts(self) -> LaneFacts:
        """Our id, a time to live and receipts; a text costs what the SIM's contract says."""
        return LaneFacts(takes_our_id=True, takes_ttl=True, gives_receipts=True)

    async def send(self, parcel: Parcel) -> Outcome:
        """POST the text under our id. 409: it has it already."""
        body = json.dumps(self._describe(parcel)).encode()
        answer = await self._wire.call("POST", self._url, body=body, headers=_JSON, within=POSTING, leaving=parcel.leaving)
        if isinstance(answer, Answer) and answer.status == 500:
            return await self._ask(parcel.ref)
        return _judge(answer, parcel.ref) if isinstance(answer, Answer) else answer

    def _describe(self, parcel: Parcel) -> dict[str, object]:
        wanted: dict[str, object] = {
            "id": parcel.ref,
            "textMessage": {"text": parcel.words.text},
            "phoneNumbers": [parcel.address.value],
            "withDeliveryReport": True,
            "ttl": max(5, int(parcel.life.total_seconds())),  # the servers take no less than 5 s
            "priority": URGENT if parcel.urgent else USUAL,
        }
        return wanted | ({"simNumber": int(self._sim)} if self._sim else {})

    async def _ask(self, ref: str) -> Outcome:
        """Does the telephone have this id? Only a yes is certain: a no may be older than the message."""
        answer = await self._wire.call("GET", f"{self._url}/{quote(ref, safe='')}", within=ASKING)
        known = isinstance(answer, Answer) and answer.status == 200 and answer.read_object().get("id") == ref
        return Accepted(ref) if known else Unsure("status 500")

    async def credit(self) -> int | None:
        """The SIM does not say."""
        return None

    def listen(self) -> AsyncIterator[Heard]:
        """Nothing: receipts and texts come by signed hooks."""
        return hear_nothing()


def _judge(answer: Answer, ref: str) -> Outcome:
    told = answer.read_object()
    match answer.status:
        case 200 | 201 | 202:
            return Accepted(ref) if told.get("id") == ref else answer.doubt("no-id")
        case 409:
            return Accepted(ref)
        case 401:
            return NotSent(LaneFault.CREDENTIALS, "401")
        case 429:
            return Deferred(answer.wait(BUSY), whole_lane=True)
    reason = told.get("message")
    found = look_up(CODES, answer.status, reason) if isinstance(reason, str) else None
    return found or answer.doubt()


def read_report(settings: LaneSettings, hook: Hook, /, at: datetime | None = None) -> Heard:
    """A webhook: ``X-Signature`` is the hex HMAC-SHA256 of the raw body followed by ``X-Timestamp``, at most 5 minutes old.

    Any credential whose name starts with ``signing_key`` may have signed, so that a key can be changed without a gap.
    Raises Forged.
    """
    _check_signature(settings, hook, at or wall_time())
    told = parse_json(hook.body)
    event = told.get("event") if isinstance(told, dict) else None
    payload = told.get("payload") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(event, str) or not isinstance(payload, dict):
        return Heard()
    event_id = clean_text(told.get("id"), 64) or hashlib.sha256(hook.body).hexdigest()
    if event == "sms:received":
        return _read_text(payload, event_id)
    message = clean_text(payload.get("messageId"), 64)
    if event not in EVENTS or not message:
        return Heard()
    count = payload.get("partsCount")
    parts = count if isinstance(count, int) and not isinstance(count, bool) and 0 < count < 256 else 1
    report = Report(EVENTS[event], message, message, event_id, _reason(payload.get("reason")), parts=parts)
    return Heard(reports=(report,))


def _read_text(payload: Mapping[object, object], event_id: str) -> Heard:
    sender = clean_text(payload.get("sender") or payload.get("phoneNumber"), 64)  # "sender" since February 2026
    text = payload.get("message")
    if not sender or not isinstance(text, str):
        return Heard()
    return Heard(texts=(Incoming(sender, clean_text(text), event_id),))


def _reason(said: object) -> str:
    """The app's error code; free text could name a person's number."""
    found = re.match(r"[A-Z][A-Z_]{2,63}\b", said) if isinstance(said, str) else None
    return found[0] if found else ""


def _check_signature(settings: LaneSettings, hook: Hook, at: datetime) -> None:
    stamp, signature = hook.headers.get("x-timestamp", ""), hook.headers.get("x-signature", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Forged
    if abs(unix_seconds(at) - int(stamp)) > FRESH.total_seconds():
        raise Forged
    keys = [key.strip() for name, key in settings.secrets.items() if name.startswith("signing_key") and key.strip()]
    signed = hook.body + stamp.encode()
    rightful = [hmac.new(key.encode(), signed, hashlib.sha256).hexdigest().encode() for key in keys]
    given = signature.encode("utf-8", "surrogatepass")
    if not sum(hmac.compare_digest(one, given) for one in rightful):  # all are compared, whichever fits
        raise Forged


@asynccontextmanager
async def open_channel(settings: LaneSettings, /) -> AsyncIterator[AndroidChannel]:
    """The telephone, without a call to it.

    Raises LaneMisset: ``secret_missing`` (``username``, ``password``), ``sender_digits``, ``option_number`` (``sim``),
    ``ca_file``.
    """
    username, password = need_secret(settings, "username"), need_secret(settings, "password")
    if not settings.two_way:
        raise LaneMisset(settings.name, "sender_digits", (("sender", settings.sender),))
    if settings.options.get("sim", "1") not in tuple("123"):
        raise LaneMisset(settings.name, "option_number", (("key", "sim"),))
    credentials = b64encode(f"{username}:{password}".encode()).decode()
    async with open_wire(settings, {"authorization": f"Basic {credentials}"}) as wire:
        yield AndroidChannel(settings, wire)
