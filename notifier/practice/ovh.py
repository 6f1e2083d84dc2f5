"""An account of OVHcloud's SMS API: signed calls, jobs, credit, receipts by a GET hook, answers that are fetched.

Sources: the schema eu.api.ovh.com/1.0/sms.json (``sms.SmsSendingReport``, ``sms.Outgoing``, ``sms.Incoming``), python-ovh
(the signature, the error codes), the guide "Tout savoir sur les utilisateurs SMS" (receipts: ``id, ptt, date, description``).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from notifier.practice.answers import Offer, read_digits
from notifier.practice.courier import ESCAPED, PLAIN, Courier, count_parts
from notifier.practice.ledger import CODE, Entry
from notifier.practice.staff import Message, Resident, WayBack
from notifier.practice.wire import answer_under_faults, cut_line, read_object

FIELDS = frozenset(
    {
        "charset", "class", "coding", "differedPeriod", "message", "noStopClause", "priority", "receivers",
        "receiversDocumentUrl", "receiversSlotId", "sender", "senderForResponse", "tag", "validityPeriod",
    }
)  # fmt: skip
CHOICES = {
    "class": ("flash", "phoneDisplay", "sim", "toolkit"),
    "coding": ("7bit", "8bit"),
    "priority": ("high", "medium", "low", "veryLow"),
    "charset": ("UTF-8",),
}
STOP = "\nSTOP au 36180"  # what OVHcloud adds where noStopClause is not true
SKEW = 30  # s between a call's time and ours
USUAL_LIFE = timedelta(minutes=2880)
DELIVERED, FAILED = ("4", "1"), ("5", "2")  # ptt and description of a receipt


@dataclass
class OvhGateway:
    """One SMS account. ``hook_url`` gets receipts, with ``hook_key`` (where set) as in the URL given to OVHcloud."""

    courier: Courier
    service: str = "sms-hgx0000-1"
    application_key: str = "practice-ak"
    application_secret: str = "practice-as"
    consumer_key: str = "practice-ck"
    hook_key: str = "practice-hook"
    hook_url: str = ""
    credit: float = 100_000.0
    senders: frozenset[str] | None = None  # None: any
    outgoing: dict[int, Entry] = field(default_factory=dict)
    incoming: dict[int, dict[str, object]] = field(default_factory=dict)
    _senders_of: dict[int, str] = field(default_factory=dict)
    _next: int = 1
    _given: dict[int, tuple[str, str, float]] = field(default_factory=dict)  # who, which alert, when: not confirmed yet
    _fetched: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.courier.town.ways["ovh"] = WayBack(_look, self._answer, self._say, confirms=False)

    def routes(self) -> list[web.RouteDef]:
        """What the server mounts."""
        base = "/ovh/1.0/sms/{service}"
        return [
            web.get("/ovh/1.0/auth/time", self._time),
            web.post(f"{base}/jobs", self.send),
            web.get("/ovh/1.0/sms", self._services),
            web.get(base, self._account),
            web.get(f"{base}/outgoing", self._list_outgoing),
            web.get(f"{base}/outgoing/{{id}}", self._one_outgoing),
            web.get(f"{base}/incoming", self._list_incoming),
            web.get(f"{base}/incoming/{{id}}", self._one_incoming),
        ]

    async def _time(self, request: web.Request) -> web.Response:
        if "ovh" in self.courier.faults.down:
            return cut_line(request)
        return web.json_response(int(self.courier.world.wall().timestamp()))

    def _refuse(self, request: web.Request, body: str = "") -> web.Response | None:
        """OVHcloud's own words for keys, a time or a signature that do not hold, and for a service that is another's."""
        stamp = request.headers.get("X-Ovh-Timestamp", "")
        url = f"{request.scheme}://{request.host}{request.raw_path}"
        signed = f"{self.application_secret}+{self.consumer_key}+{request.method}+{url}+{body}+{stamp}"
        right = "$1$" + hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()
        if "ovh" in self.courier.faults.down:
            return cut_line(request)
        if request.headers.get("X-Ovh-Application") != self.application_key:
            return _error(403, "Client::Forbidden", "This application key is invalid", "INVALID_KEY")
        if request.headers.get("X-Ovh-Consumer") != self.consumer_key:
            return _error(403, "Client::Forbidden", "This credential is not valid", "INVALID_CREDENTIAL")
        if not (stamp.isascii() and stamp.isdigit()) or abs(int(stamp) - self.courier.world.wall().timestamp()) > SKEW:
            return _error(400, "Client::BadRequest", "Query out of time", "QUERY_TIME_OUT")
        if not hmac.compare_digest(request.headers.get("X-Ovh-Signature", "").encode(), right.encode()):
            return _error(400, "Client::BadRequest", "Invalid signature", "INVALID_SIGNATURE")
        if request.match_info.get("service", self.service) != self.service:
            return _error(404, "Client::NotFound", "This service does not exist")
        return None

    async def send(self, request: web.Request) -> web.StreamResponse:
        """One job."""

        async def act() -> web.Response:
            refused = self._refuse(request, await request.text())
            return refused if refused is not None else await self._take(request)

        busy = _error(429, "Client::TooManyRequests", "Too many requests, please retry later")
        busy.headers["Retry-After"] = "1"
        return await answer_under_faults(request, self.courier.faults, "ovh", act, busy)

    async def _take(self, request: web.Request) -> web.Response:
        try:
            told = await read_object(request)
            text, sender, life = self._read(told)
        except ValueError as bad:
            return _error(400, "Client::BadRequest", str(bad))
        if self.senders is not None and sender and sender not in self.senders:
            return _error(403, "Client::Forbidden", "The sender is not valid for this account")
        given = told.get("receivers")
        receivers = [str(one) for one in given] if isinstance(given, list) else []
        if not receivers:
            return _error(400, "Client::BadRequest", "[receivers] Missing receiver")
        valid = [number for number in receivers if re.fullmatch(r"(?:\+|00)[1-9]\d{6,14}", number)]
        coding, parts = count_parts(text)
        if parts * len(valid) > self.credit:
            return _error(402, "Client::PaymentRequired", "You do not have enough credits to send this SMS")
        self.credit -= parts * len(valid)
        tag = str(told.get("tag", ""))
        ids = [self._launch(number, sender, text, tag, coding, parts, life) for number in valid]
        invalid = [number for number in receivers if number not in valid]
        report = {"totalCreditsRemoved": parts * len(valid), "ids": ids, "validReceivers": valid, "invalidReceivers": invalid}
        return web.json_response(report | ({"tag": tag} if tag else {}))

    def _launch(self, number: str, sender: str, text: str, tag: str, coding: str, parts: int, life: timedelta) -> int:
        job, self._next = self._next, self._next + 1
        address = "+" + number.removeprefix("+").removeprefix("00")
        entry = Entry("sms", "ovh", address, str(job), tag, text, self.courier.clock.now(), parts=parts, coding=coding)
        two_way = not sender or sender.lstrip("+").isdigit()
        message = Message("sms", "ovh", address, text, offers=read_digits(text) if two_way else ())
        self.outgoing[job], self._senders_of[job] = entry, sender
        self.courier.accept(entry, message, life, self._tell)
        return job

    def _read(self, told: Mapping[str, object]) -> tuple[str, str, timedelta]:
        """Text, sender and life. Raises ValueError with OVHcloud's words."""
        if strange := sorted(told.keys() - FIELDS):
            raise ValueError(f"Received not described parameters: ({', '.join(strange)}) when calling the job")
        for name, allowed in CHOICES.items():
            if told.get(name, allowed[0]) not in allowed:
                raise ValueError(f"[{name}] Given data ({told[name]}) does not belong to the enumeration")
        text, sender, minutes = told.get("message"), told.get("sender", ""), told.get("validityPeriod", 2880)
        if not isinstance(text, str) or not text:
            raise ValueError("[message] Missing message")
        if not isinstance(sender, str) or not isinstance(minutes, int) or not 0 < minutes <= 2880:
            raise ValueError("[validityPeriod] Given data is not valid")
        if not sender and told.get("senderForResponse") is not True:
            raise ValueError("[sender] Missing sender")
        if told.get("coding", "7bit") == "7bit" and not set(text) <= PLAIN | ESCAPED:
            raise ValueError("[message] Message contains characters that 7bit coding cannot carry")
        return text if told.get("noStopClause") is True else text + STOP, sender, timedelta(minutes=minutes)

    async def _services(self, request: web.Request) -> web.Response:
        return self._refuse(request) or web.json_response([self.service])

    async def _account(self, request: web.Request) -> web.Response:
        told = {"name": self.service, "creditsLeft": self.credit, "status": "enable", "description": "", "channel": "default"}
        return self._refuse(request) or web.json_response(told)

    async def _list_outgoing(self, request: web.Request) -> web.Response:
        tag = request.query.get("tag")
        ids = [job for job, entry in self.outgoing.items() if tag is None or entry.ref == tag]
        return self._refuse(request) or web.json_response(ids)

    async def _one_outgoing(self, request: web.Request) -> web.Response:
        entry = self.outgoing.get(_read_id(request))
        if (refused := self._refuse(request)) is not None:
            return refused
        if entry is None:
            return _error(404, "Client::NotFound", "The requested object (id) does not exist")
        shown = entry.shown_at
        told = {"id": int(entry.provider_id), "receiver": entry.address, "message": entry.text, "tag": entry.ref}
        told |= {"sender": self._senders_of[int(entry.provider_id)], "creationDatetime": entry.at.isoformat()}
        told |= {"numberOfSms": entry.parts, "credits": entry.parts, "messageLength": len(entry.text), "differedDelivery": 0}
        told |= {"deliveryReceipt": 1 if shown else 0, "deliveredAt": shown.isoformat() if shown else None}
        return web.json_response(told | {"ptt": int((DELIVERED if shown else ("3",))[0])})

    async def _list_incoming(self, request: web.Request) -> web.Response:
        if (refused := self._refuse(request)) is not None:
            return refused
        for number in self._fetched & self._given.keys():  # who comes for more has kept what he had
            self.courier.town.confirm(*self._given.pop(number))
        since, sender = _read_moment(request.query.get("creationDatetime.from")), request.query.get("sender")
        ids = [
            number
            for number, told in self.incoming.items()
            if (since is None or datetime.fromisoformat(str(told["creationDatetime"])) >= since)
            and (sender is None or told["sender"] == sender)
        ]
        return web.json_response(ids)

    async def _one_incoming(self, request: web.Request) -> web.Response:
        told = self.incoming.get(_read_id(request))
        refused = self._refuse(request)
        if refused is not None:
            return refused
        self._fetched.add(_read_id(request))
        return web.json_response(told) if told else _error(404, "Client::NotFound", "The requested object (id) does not exist")

    async def _tell(self, entry: Entry, news: str, times: int) -> None:
        """The final receipt, by GET, told so often; OVHcloud says nothing of "sent"."""
        if not self.hook_url or news == "sent":
            return
        ptt, state = DELIVERED if news == "delivered" else FAILED
        told = {"id": entry.provider_id, "ptt": ptt, "date": f"{self.courier.clock.now():%Y%m%d%H%M%S}", "description": state}
        for _ in range(times):
            await self.courier.get(self.hook_url, told | ({"key": self.hook_key} if self.hook_key else {}))

    def hear(self, sender: str, text: str) -> int:
        """A text comes in for the account, to be fetched; gives its id."""
        number, self._next = self._next, self._next + 1
        at = self.courier.world.wall().isoformat(timespec="seconds")
        self.incoming[number] = {"id": number, "sender": sender, "message": text, "creationDatetime": at, "credits": 0, "tag": ""}
        return number

    async def _answer(self, resident: Resident, message: Message, offer: Offer) -> bool:
        number = self.hear(str(resident.phone), offer.value)
        if found := CODE.search(message.text):
            self._given[number] = resident.key, found[0], self.courier.clock.real()
        return True

    async def _say(self, resident: Resident, _message: Message, words: str) -> bool:
        return self.hear(str(resident.phone), words) > 0


async def _look(_resident: Resident, message: Message) -> tuple[Offer, ...]:
    return message.offers


def _read_id(request: web.Request) -> int:
    text = request.match_info["id"]
    return int(text) if text.isascii() and text.isdigit() else 0


def _read_moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _error(status: int, kind: str, message: str, code: str = "") -> web.Response:
    told = {"class": kind, "message": message, "httpCode": f"{status}"} | ({"errorCode": code} if code else {})
    return web.json_response(told, status=status)
