"""A telephone with the app "SMS Gateway for Android" (capcom6): ``POST /android/messages`` under our id, signed webhooks.

Sources: android-sms-gateway/server (handlers/messages/3rdparty.go: 202 with Location, 400, 401, 409, 503), docs.sms-gate.app
("Webhooks": X-Signature is the hex HMAC-SHA256 of body and X-Timestamp; ``sms:delivered`` comes once per part).
"""

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from aiohttp import web

from notifier.practice.answers import Offer, read_digits
from notifier.practice.courier import Courier, count_parts
from notifier.practice.ledger import Entry
from notifier.practice.staff import Message, Resident, WayBack
from notifier.practice.wire import answer_under_faults, read_object

STATES = {"sent": "Sent", "delivered": "Delivered", "failed": "Failed"}
RANK = ("Pending", "Processed", "Sent", "Delivered", "Failed")
EVENTS = ("sms:sent", "sms:delivered", "sms:failed", "sms:received")
MOST = 100  # numbers in one message
LEAST_TTL = 5  # s
DEVICE = "practice-telephone-01"


@dataclass
class AndroidGateway:
    """One telephone. ``hook_url`` gets every event; webhooks that were registered get theirs."""

    courier: Courier
    username: str = "notifier"
    password: str = "practice"
    signing_key: str = "practice-signing"
    hook_url: str = ""
    queue_limit: int | None = None  # texts that wait at once; beyond it 503
    hooks: dict[str, dict[str, str]] = field(default_factory=dict)
    _states: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, list[str]] = field(default_factory=dict)
    _waiting: int = 0
    _next: int = 1

    def __post_init__(self) -> None:
        self.courier.town.ways["android"] = WayBack(_look, self._answer, self._say)

    def routes(self) -> list[web.RouteDef]:
        """What the server mounts: the telephone's own paths and, as its cloud names them, ``/3rdparty/v1``."""
        routes = []
        for base in ("/android", "/android/3rdparty/v1"):
            routes += [web.post(f"{base}/{path}", self.send) for path in ("messages", "message")]
            routes += [web.get(f"{base}/{path}/{{id}}", self.look) for path in ("messages", "message")]
            routes += [
                web.get(f"{base}/webhooks", self.list_hooks),
                web.post(f"{base}/webhooks", self.add_hook),
                web.delete(f"{base}/webhooks/{{id}}", self.drop_hook),
            ]
        return routes

    def _refuse(self, request: web.Request) -> web.Response | None:
        wanted = "Basic " + b64encode(f"{self.username}:{self.password}".encode()).decode()
        if hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted.encode()):
            return None
        return _error(401, "Unauthorized")

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Queue one text for one or more numbers."""

        async def act() -> web.Response:
            return self._refuse(request) or await self._take(request)

        busy = web.json_response({"message": "Too Many Requests"}, status=429, headers={"Retry-After": "1"})
        return await answer_under_faults(request, self.courier.faults, "android", act, busy)

    async def _take(self, request: web.Request) -> web.Response:
        try:
            told = await read_object(request)
            ref, text, numbers, life = self._read(told, check="skipPhoneValidation" not in request.query)
        except ValueError as bad:
            return _error(400, str(bad))
        if ref in self._states:
            return _error(409, "message with the same ID already exists")
        if self.queue_limit is not None and self._waiting + len(numbers) > self.queue_limit:
            return _error(503, "queue limits exceeded; ensure device is online")
        self._states[ref], self._numbers[ref] = "Pending", numbers
        coding, parts = count_parts(text)
        for number in numbers:
            self._waiting += 1
            entry = Entry("sms", "android", number, ref, ref, text, self.courier.clock.now(), parts=parts, coding=coding)
            message = Message("sms", "android", number, text, offers=read_digits(text))
            self.courier.accept(entry, message, life, self._tell)
        return web.json_response(self._draw(ref), status=202, headers={"Location": f"/android/messages/{ref}"})

    def _read(self, told: Mapping[str, object], *, check: bool) -> tuple[str, str, list[str], timedelta | None]:
        """Id, text, numbers and life. Raises ValueError with the app's words."""
        inner = told.get("textMessage")
        text = inner.get("text") if isinstance(inner, dict) else told.get("message")  # "message" is the older form
        if not isinstance(text, str) or not text:
            raise ValueError("text message is empty")
        numbers = told.get("phoneNumbers")
        if not isinstance(numbers, list) or not 1 <= len(numbers) <= MOST:
            raise ValueError("failed to validate: phoneNumbers must hold 1 to 100 phone numbers")
        if check and not all(isinstance(number, str) and re.fullmatch(r"\+[1-9]\d{6,14}", number) for number in numbers):
            raise ValueError("invalid phone number")
        ttl, ref = told.get("ttl"), told.get("id")
        if ttl is not None and (not isinstance(ttl, int) or isinstance(ttl, bool) or ttl < LEAST_TTL):
            raise ValueError("failed to validate: ttl must be 5 or more")
        if ref is not None and not (isinstance(ref, str) and 0 < len(ref) <= 36):
            raise ValueError("failed to validate: id must have 1 to 36 characters")
        if ref is None:
            ref, self._next = f"practice-{self._next:012d}", self._next + 1
        return ref, text, [str(number) for number in numbers], None if ttl is None else timedelta(seconds=ttl)

    def _draw(self, ref: str) -> dict[str, object]:
        state = self._states[ref]
        recipients = [{"phoneNumber": number, "state": state} for number in self._numbers[ref]]
        return {"id": ref, "deviceId": DEVICE, "state": state, "isHashed": False, "isEncrypted": False, "recipients": recipients}

    async def look(self, request: web.Request) -> web.Response:
        """The state of one message."""
        if (refused := self._refuse(request)) is not None:
            return refused
        ref = request.match_info["id"]
        return web.json_response(self._draw(ref)) if ref in self._states else _error(404, "message not found")

    async def list_hooks(self, request: web.Request) -> web.Response:
        """Those that were registered."""
        return self._refuse(request) or web.json_response(list(self.hooks.values()))

    async def add_hook(self, request: web.Request) -> web.Response:
        """``{id, url, event}``; an id that is known is replaced."""
        if (refused := self._refuse(request)) is not None:
            return refused
        try:
            told = await read_object(request)
        except ValueError as bad:
            return _error(400, str(bad))
        url, event = str(told.get("url", "")), str(told.get("event", ""))
        if event not in EVENTS or not url.startswith(("http://", "https://")):
            return _error(400, "failed to validate: url or event")
        hook = {"id": str(told.get("id") or f"hook-{len(self.hooks) + 1}"), "url": url, "event": event, "deviceId": DEVICE}
        self.hooks[hook["id"]] = hook
        return web.json_response(hook, status=201)

    async def drop_hook(self, request: web.Request) -> web.Response:
        """No more of these."""
        if (refused := self._refuse(request)) is not None:
            return refused
        self.hooks.pop(request.match_info["id"], None)
        return web.Response(status=204)

    async def _tell(self, entry: Entry, news: str, times: int) -> None:
        """A receipt, told so often; one that comes late takes nothing back."""
        state = STATES[news]
        if RANK.index(state) > RANK.index(self._states[entry.ref]):
            self._states[entry.ref] = state
        at = self.courier.clock.now().isoformat(timespec="milliseconds")
        told = {"messageId": entry.ref, "phoneNumber": entry.address, "recipient": entry.address, "simNumber": 1}
        match news:
            case "sent":
                await self._hook("sms:sent", {**told, "partsCount": entry.parts, "sentAt": at}, times)
            case "delivered":
                self._waiting -= 1
                for _ in range(entry.parts):
                    await self._hook("sms:delivered", {**told, "deliveredAt": at}, times)
            case _:
                self._waiting -= 1
                await self._hook("sms:failed", {**told, "failedAt": at, "reason": "RESULT_ERROR_GENERIC_FAILURE"}, times)

    async def hear(self, sender: str, text: str) -> bool:
        """A text comes in on the telephone."""
        at = self.courier.clock.now().isoformat(timespec="milliseconds")
        told = {
            "messageId": hashlib.sha256(text.encode()).hexdigest()[:8],
            "message": text,
            "phoneNumber": sender,
            "sender": sender,
        }
        return await self._hook("sms:received", {**told, "simNumber": 1, "receivedAt": at})

    async def _answer(self, resident: Resident, _message: Message, offer: Offer) -> bool:
        return await self.hear(str(resident.phone), offer.value)

    async def _say(self, resident: Resident, _message: Message, words: str) -> bool:
        return await self.hear(str(resident.phone), words)

    async def _hook(self, event: str, payload: Mapping[str, object], times: int = 1) -> bool:
        """The event, signed, to whoever wants it; each telling of one event has the same id and a signature of its own."""
        number, self._next = self._next, self._next + 1
        urls = [(hook["url"], hook["id"]) for hook in self.hooks.values() if hook["event"] == event]
        urls += [(self.hook_url, "all")] if self.hook_url else []
        taken = False
        for url, hook_id in urls * times:
            told = {"deviceId": DEVICE, "event": event, "id": f"event-{number:012d}", "payload": payload, "webhookId": hook_id}
            body = json.dumps(told).encode()
            taken |= await self.courier.post(url, body, partial(self._sign, body))
        return taken

    def _sign(self, body: bytes) -> dict[str, str]:
        stamp = str(int(self.courier.world.wall().timestamp()))
        signature = hmac.new(self.signing_key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
        return {"X-Signature": signature, "X-Timestamp": stamp, "Content-Type": "application/json"}


async def _look(_resident: Resident, message: Message) -> tuple[Offer, ...]:
    return message.offers


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)
