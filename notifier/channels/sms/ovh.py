"""SMS by OVHcloud's HTTPS API, a French clinic's mass route.

Sources: the schema eu.api.ovh.com/1.0/sms.json (``POST /sms/{serviceName}/jobs``, ``sms.SmsSendingReport``, ``GET …/incoming``,
``creditsLeft``); python-ovh's client (the signature, the error codes of a 403); OVHcloud's guide "Tout savoir sur les
utilisateurs SMS" (receipts by a GET with ``id, ptt, date, description``, and what the codes mean).

``noStopClause`` is always true: a STOP line would make an alert advertising, held back at night. OVHcloud keeps our id as ``tag``
but takes a repeat for a new message. Its receipts are not signed: the URL given to OVHcloud must carry ``?key=`` with the lane's
credential ``hook_key``. Answers are fetched, which needs no way in: only lanes with a number of digits listen.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hmac import compare_digest
from urllib.parse import quote, urlencode

from notifier.channels.contract import Forged, Heard, Hook, Incoming, Parcel
from notifier.channels.wire import (
    DEADLINE,
    Answer,
    Rule,
    Wire,
    clean_text,
    look_up,
    need_secret,
    open_wire,
    read_number,
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
from notifier.domain.gsm import is_gsm
from notifier.domain.lane import LaneFacts, LaneSettings
from notifier.domain.lane import LaneSettings as Settings

__all__ = ["KIND", "OvhChannel", "Settings", "open_channel", "read_report"]

KIND = "ovh"
_KEYS = ("application_key", "application_secret", "consumer_key")

_REFUSED_KEYS = NotSent(LaneFault.CREDENTIALS, "credentials")
_REFUSED_SENDER = NotSent(LaneFault.SENDER, "sender")
_NO_CREDIT = NotSent(LaneFault.CREDIT, "credit")
_BAD_NUMBER = Refused(RefusedFor.BAD_ADDRESS, detail="receiver")
CODES = (  # the reason is "errorCode message": the codes of a 403 are python-ovh's, the words those that customers report
    Rule(400, "invalid_signature", _REFUSED_KEYS),
    Rule(400, "query_time_out", NotSent(detail="clock")),  # our time was off: asked again before the next call
    Rule(400, "credit", _NO_CREDIT),
    Rule(400, "contact information", Refused(RefusedFor.BAD_CONTENT, detail="shortcode")),  # a link or number from a short code
    Rule(400, "sender", _REFUSED_SENDER),
    Rule(400, "receiver", _BAD_NUMBER),
    Rule(400, "message", Refused(RefusedFor.BAD_CONTENT, detail="message")),
    Rule(401, "", _REFUSED_KEYS),
    Rule(402, "", _NO_CREDIT),
    Rule(403, "credit", _NO_CREDIT),
    Rule(403, "sender", _REFUSED_SENDER),
    Rule(403, "not_granted_call", _REFUSED_KEYS),
    Rule(403, "not_credential", _REFUSED_KEYS),
    Rule(403, "invalid_key", _REFUSED_KEYS),
    Rule(403, "invalid_credential", _REFUSED_KEYS),
    Rule(403, "forbidden", _REFUSED_KEYS),
    Rule(404, "sender", _REFUSED_SENDER),
    Rule(404, "", NotSent(LaneFault.CREDENTIALS, "service")),  # no such serviceName for these keys
    Rule(460, "expired", _NO_CREDIT),  # the SMS account itself has lapsed
    # 429 stands in _judge, for its wait; 409 and 5xx are Unsure
)
STALE_CLOCK = ("query_time_out", "invalid_signature")
BUSY = timedelta(seconds=10)  # where a 429 names no wait
ASKING = timedelta(seconds=3)  # for OVHcloud's time, once
LONGEST = 2880  # minutes of validityPeriod: two days
SHORT = 6  # digits: a short number is OVHcloud's own and is asked for by senderForResponse
LISTEN_EVERY = 2.0  # s
LISTEN_SLOWEST = 60.0  # s, after failures in a row
LOOK_BACK = timedelta(days=1)  # answers that came while we were down

_PTT_SENT, _PTT_DELIVERED = frozenset({3}), frozenset({4})
_PTT_FAILED = frozenset({5, 8, 20, 21, 23, 24, 25, 26, 27, 28, 29, 33, 39, 73, 74, 76, 202})
_PTT_OPEN = frozenset({1, 2, 6})  # still tried, or never known
_STATES = {"1": Evidence.DELIVERED, "2": Evidence.UNDELIVERED, "16": Evidence.UNDELIVERED}  # "description", the DLR's id


def sign_call(secret: str, consumer: str, method: str, url: str, body: str, stamp: str) -> str:
    """``$1$`` and the SHA-1 of secret, consumer key, method, URL, body and time, with ``+`` between (python-ovh, ``call``)."""
    signed = f"{secret}+{consumer}+{method}+{url}+{body}+{stamp}"
    return "$1$" + hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()  # the algorithm is OVHcloud's


class OvhChannel:
    """One SMS account."""

    def __init__(self, settings: LaneSettings, wire: Wire, clock: Callable[[], datetime]) -> None:
        self._base = settings.address.rstrip("/")
        self._service = f"{self._base}/sms/{quote(settings.options['service'], safe='')}"
        self._sender = settings.sender
        self._two_way = settings.two_way
        self._cents = read_number(settings, "cents", 0.0)
        self._every = read_number(settings, "poll_seconds", LISTEN_EVERY)
        self._keys = tuple(need_secret(settings, name) for name in _KEYS)
        self._wire = wire
        self._clock = clock
        self._offset: int | None = None  # s between OVHcloud's time and ours

    @property
    def facts(self) -> LaneFacts:
        """A validity and receipts; ``cents`` is the option of that name."""
        return LaneFacts(takes_ttl=True, gives_receipts=True, cents=self._cents)

    async def send(self, parcel: Parcel) -> Outcome:
        """One job with one receiver."""
        answer = await self._call("POST", f"{self._service}/jobs", self._describe(parcel), parcel.leaving)
        return _judge(answer) if isinstance(answer, Answer) else answer

    def _describe(self, parcel: Parcel) -> dict[str, object]:
        short = self._two_way and len(self._sender) <= SHORT
        return {
            "message": parcel.words.text,
            "receivers": [parcel.address.value],
            "charset": "UTF-8",
            "class": "phoneDisplay",
            "coding": "7bit" if is_gsm(parcel.words.text) else "8bit",
            "noStopClause": True,
            "priority": "high" if parcel.urgent else "medium",
            "tag": parcel.ref,
            "validityPeriod": max(1, min(LONGEST, int(parcel.life / timedelta(minutes=1)))),
            **({"senderForResponse": True} if short else {"sender": self._sender}),
        }

    async def _call(
        self, method: str, url: str, wanted: Mapping[str, object] | None = None, leaving: Callable[[], None] | None = None
    ) -> Answer | NotSent | Unsure:
        """One signed call; before the first, and after our time was refused, OVHcloud's time is asked."""
        within = DEADLINE
        if self._offset is None:
            if isinstance(failed := await self._ask_time(), NotSent):
                return failed
            within = DEADLINE - ASKING
        stamp = str(unix_seconds(self._clock()) + (self._offset or 0))
        body = "" if wanted is None else json.dumps(wanted)
        application, secret, consumer = self._keys
        headers = {
            "x-ovh-application": application,
            "x-ovh-consumer": consumer,
            "x-ovh-timestamp": stamp,
            "x-ovh-signature": sign_call(secret, consumer, method, url, body, stamp),
            "content-type": "application/json",
        }
        sent = body.encode() if body else None
        answer = await self._wire.call(method, url, body=sent, headers=headers, within=within, leaving=leaving)
        if isinstance(answer, Answer) and any(mark in _reason(answer).casefold() for mark in STALE_CLOCK):
            self._offset = None
        return answer

    async def _ask_time(self) -> NotSent | None:
        answer = await self._wire.call("GET", f"{self._base}/auth/time", within=ASKING)
        if isinstance(answer, NotSent):
            return answer
        theirs = answer.read() if isinstance(answer, Answer) and answer.status == 200 else None
        if not isinstance(theirs, int) or isinstance(theirs, bool) or not 0 < theirs < 1 << 40:
            return NotSent(detail="time")  # whatever it was, no message has left
        self._offset = theirs - unix_seconds(self._clock())
        return None

    async def credit(self) -> int | None:
        """``creditsLeft`` of the account, whole messages."""
        answer = await self._call("GET", self._service)
        left = answer.read_object().get("creditsLeft") if isinstance(answer, Answer) and answer.status == 200 else None
        return max(0, int(left)) if isinstance(left, int | float) and abs(left) < 1e9 else None

    async def listen(self) -> AsyncIterator[Heard]:
        """Answers, every ``poll_seconds`` (2), at first those of the last day; a sender of letters has none. Failures slow it."""
        seen: set[int] = set()
        pause = self._every
        while self._two_way:
            since = (self._clock() - LOOK_BACK).strftime("%Y-%m-%dT%H:%M:%S+00:00")
            ids = await self._read_list(f"{self._service}/incoming?{urlencode({'creationDatetime.from': since})}")
            seen &= seen if ids is None else set(ids)
            for number in [] if ids is None else sorted(set(ids) - seen):
                if (heard := await self._read_incoming(number)) is None:
                    ids = None
                    break
                if heard.texts:
                    yield heard
                seen.add(number)  # only now: whoever listens has dealt with it
            pause = min(LISTEN_SLOWEST, pause * 2) if ids is None else self._every
            await asyncio.sleep(pause)

    async def _read_list(self, url: str) -> list[int] | None:
        answer = await self._call("GET", url)
        found = answer.read() if isinstance(answer, Answer) and answer.status == 200 else None
        if not isinstance(found, list):
            return None
        return [number for number in found if isinstance(number, int) and not isinstance(number, bool)]

    async def _read_incoming(self, number: int) -> Heard | None:
        """One answer; None while it cannot be fetched, an empty Heard for one that is gone or cannot be read."""
        answer = await self._call("GET", f"{self._service}/incoming/{number}")
        if not isinstance(answer, Answer) or answer.status not in (200, 404):
            return None
        told = answer.read_object()
        sender, text = clean_text(told.get("sender"), 64), told.get("message")
        if not sender or not isinstance(text, str):
            return Heard()
        return Heard(texts=(Incoming(sender, clean_text(text), f"incoming-{number}"),))


def _reason(answer: Answer) -> str:
    """``errorCode message`` of an error in OVHcloud's own form; empty for any other."""
    told = answer.read_object()
    if not isinstance(told.get("message"), str):
        return ""
    return f"{told.get('errorCode', '')} {told['message']}"


def _judge(answer: Answer) -> Outcome:
    if answer.status == 200:
        return _read_sending(answer)
    if answer.status == 429:
        return Deferred(answer.wait(BUSY), whole_lane=True)
    reason = _reason(answer)
    return (look_up(CODES, answer.status, reason) if reason else None) or answer.doubt()


def _read_sending(answer: Answer) -> Outcome:
    """``sms.SmsSendingReport`` for one receiver."""
    told = answer.read_object()
    ids, invalid = told.get("ids"), told.get("invalidReceivers")
    if isinstance(ids, list) and ids and isinstance(ids[0], int | str) and not isinstance(ids[0], bool):
        return Accepted(str(ids[0])[:64])
    return _BAD_NUMBER if ids == [] and isinstance(invalid, list) and invalid else answer.doubt("no-id")


def read_report(settings: LaneSettings, hook: Hook, /) -> Heard:
    """A receipt: a GET with ``id, ptt, date, description`` and our ``key``. Raises Forged, also without a ``hook_key``."""
    ours, theirs = settings.secrets.get("hook_key", ""), hook.query.get("key", "")
    if not ours or not compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass")):
        raise Forged
    number, ptt, state = (clean_text(hook.query.get(name), 32).strip() for name in ("id", "ptt", "description"))
    evidence = _read_evidence(ptt, state)
    if not (number.isascii() and number.isdigit()) or evidence is None:
        return Heard()
    return Heard(reports=(Report(evidence, provider_id=number, event_id=f"{number}:{ptt}:{state}", detail=f"ptt {ptt}"),))


def _read_evidence(ptt: str, state: str) -> Evidence | None:
    code = int(ptt) if ptt.isascii() and ptt.isdigit() else 0
    if code in _PTT_DELIVERED:
        return Evidence.DELIVERED
    if code in _PTT_FAILED:
        return Evidence.UNDELIVERED
    if code in _PTT_SENT:
        return Evidence.SENT
    return None if code in _PTT_OPEN else _STATES.get(state)


@asynccontextmanager
async def open_channel(settings: LaneSettings, /, clock: Callable[[], datetime] = wall_time) -> AsyncIterator[OvhChannel]:
    """``clock`` signs; OVHcloud's own time corrects it.

    Raises LaneMisset: ``secret_missing`` (``application_key``, ``application_secret``, ``consumer_key``), ``option_missing``
    (``service``), ``option_number`` (``poll_seconds``, ``cents``), ``ca_file``, ``address_inward``.
    """
    if not settings.options.get("service"):
        raise LaneMisset(settings.name, "option_missing", (("key", "service"),))
    async with open_wire(settings, public=True) as wire:
        yield OvhChannel(settings, wire, clock)
