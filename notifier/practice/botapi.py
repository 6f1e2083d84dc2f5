"""A Bot API that refuses what Telegram refuses, with Telegram's words (core.telegram.org/bots/api; telegram-bot-api's Client).

One bot, whose private chats are the town's residents. Two things differ from the real one: a parameter that the method does not
have is refused rather than passed over, and a webhook on loopback may be plain HTTP.
"""

import math
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from aiohttp import web

from notifier.clock import Clock
from notifier.practice.answers import Offer
from notifier.practice.calls import (
    Refused,
    Told,
    bad_request,
    flood,
    read_buttons,
    read_chat,
    read_fields,
    read_kinds,
    read_number,
    read_reply,
    read_text,
)
from notifier.practice.faults import Faults
from notifier.practice.ledger import CODE, Entry, Ledger
from notifier.practice.staff import Message, Resident, Town, WayBack
from notifier.practice.updates import LONGEST, MOST, Conflict, UpdateQueue, Webhook
from notifier.practice.wire import answer_under_faults, cut_line

FIELDS = {
    "sendMessage": {
        "chat_id", "text", "parse_mode", "entities", "link_preview_options", "disable_notification", "protect_content",
        "reply_parameters", "reply_markup", "message_thread_id", "allow_paid_broadcast", "message_effect_id",
        "business_connection_id", "direct_messages_topic_id", "suggested_post_parameters", "disable_web_page_preview",
    },
    "editMessageText": {
        "chat_id", "message_id", "inline_message_id", "text", "parse_mode", "entities", "link_preview_options", "reply_markup",
        "business_connection_id", "disable_web_page_preview",
    },
    "editMessageReplyMarkup": {"chat_id", "message_id", "inline_message_id", "reply_markup", "business_connection_id"},
    "deleteMessage": {"chat_id", "message_id"},
    "answerCallbackQuery": {"callback_query_id", "text", "show_alert", "url", "cache_time"},
    "getUpdates": {"offset", "limit", "timeout", "allowed_updates"},
    "setWebhook": {
        "url", "certificate", "ip_address", "max_connections", "allowed_updates", "drop_pending_updates", "secret_token",
    },
    "deleteWebhook": {"drop_pending_updates"},
    "getWebhookInfo": set(),
    "getMe": set(),
}  # fmt: skip
SPARED = frozenset(
    {"getMe", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo"}
)  # faults leave them alone, outages do not
CALLBACK_TEXT = 200
STALE = 30.0  # s, real: a callback query that is older is refused
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply "
    "markup of the message"
)


@dataclass(slots=True)
class _Shown:
    """A message in a chat, as it stands now."""

    id: int
    text: str
    entities: list[dict[str, object]]
    buttons: list[list[dict[str, str]]]
    date: int
    protected: bool = False
    answers: "_Shown | None" = None  # the message above, where this one is a reply
    edited: datetime | None = None

    @property
    def looks(self) -> tuple[object, ...]:
        """What an edit must change."""
        return self.text, self.entities, self.buttons


@dataclass(frozen=True, slots=True)
class Standing:
    """What a chat shows of a message now: its words and the labels of its buttons, the words it replies to, its last edit."""

    text: str
    labels: tuple[str, ...] = ()
    answers: str = ""
    edited: datetime | None = None


@dataclass(slots=True)
class Limits:
    """Telegram's pace: so many a second in all, one a second in a chat but for short bursts. ``spare`` is its indulgence."""

    per_second: int = 30
    spare: int = 3
    chat_burst: int = 4
    _starts: deque[float] = field(default_factory=deque)
    _chats: dict[int, float] = field(default_factory=dict)  # chat → when its allowance is full again

    def admit(self, chat: int, now: float) -> int:
        """0, and the start is counted; or how many seconds to wait."""
        while self._starts and self._starts[0] <= now - 1:
            self._starts.popleft()
        if len(self._starts) >= self.per_second + self.spare:
            return 1
        full = max(now, self._chats.get(chat, 0.0))
        if full - now > self.chat_burst - 1:
            return max(1, math.ceil(full - now - self.chat_burst + 1))
        self._starts.append(now)
        self._chats[chat] = full + 1
        return 0


@dataclass
class BotApi:
    """One bot, whose token is ``token``."""

    token: str
    town: Town
    ledger: Ledger
    faults: Faults
    clock: Clock
    updates: UpdateQueue
    limits: Limits = field(default_factory=Limits)
    answered: list[dict[str, str]] = field(default_factory=list)  # what pressing people were told
    edits: int = 0
    _next_message: int = 1
    _messages: dict[tuple[int, int], _Shown] = field(default_factory=dict)
    _queries: dict[str, float] = field(default_factory=dict)
    _pressed: dict[str, tuple[str, str, float]] = field(default_factory=dict)  # who, which alert, when: not confirmed yet

    def __post_init__(self) -> None:
        self.town.ways["telegram"] = WayBack(self._look, self._press, self._type, confirms=False)
        self._verbs: dict[str, Callable[[Told], Awaitable[object]]] = {
            "getMe": self._get_me,
            "sendMessage": self._send_message,
            "editMessageText": self._edit_text,
            "editMessageReplyMarkup": self._edit_markup,
            "deleteMessage": self._delete_message,
            "answerCallbackQuery": self._answer_callback,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
        }
        self._known = {name.lower(): name for name in self._verbs}  # method names are case-insensitive

    def shows(self, chat: int) -> list[tuple[str, list[str]]]:
        """What stands in a private chat now, oldest first: the words of each message, edits and all, and its buttons' labels."""
        mine = [shown for (whose, _), shown in sorted(self._messages.items()) if whose == chat]
        return [(shown.text, [button["text"] for row in shown.buttons for button in row]) for shown in mine]

    def stands(self, message: Message) -> Standing | None:
        """A message that rang, as its chat shows it now; None once it was deleted."""
        shown = self._messages.get((int(message.address), message.message_id))
        if shown is None:
            return None
        labels = tuple(button["text"] for row in shown.buttons for button in row)
        return Standing(shown.text, labels, shown.answers.text if shown.answers else "", shown.edited)

    async def hear(self, resident: Resident, words: str) -> None:
        """Somebody writes to the bot, whether it has written to him or not."""
        await self._type(resident, Message("telegram", "telegram", str(resident.chat), ""), words)

    async def tap(self, resident: Resident, label: str) -> None:
        """Somebody presses the newest button of that label as it stands in his chat now."""
        for (chat, number), shown in sorted(self._messages.items(), reverse=True):
            for offer in _offers(shown.buttons):
                if chat == resident.chat and offer.label == label:
                    await self._press(resident, Message("telegram", "telegram", str(chat), shown.text, number), offer)
                    return
        raise LookupError(label)

    def routes(self) -> list[web.RouteDef]:
        """What the server mounts."""
        return [web.route("*", "/telegram/bot{token}/{method}", self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, as Telegram would answer it."""
        method = self._known.get(request.match_info["method"].lower(), "")

        async def act() -> web.Response:
            try:
                return web.json_response({"ok": True, "result": await self._do(request, method)})
            except Refused as refused:
                return refused.response

        if method in SPARED:
            return cut_line(request) if "telegram" in self.faults.down else await act()
        return await answer_under_faults(request, self.faults, "telegram", act, flood(1).response)

    async def _do(self, request: web.Request, method: str) -> object:
        if ":" not in request.match_info["token"]:
            raise Refused(404, "Not Found")
        if request.match_info["token"] != self.token:
            raise Refused(401, "Unauthorized")
        if not method:
            raise Refused(404, "Not Found: method not found")
        told = await read_fields(request)
        if strange := sorted(told.keys() - FIELDS[method]):
            raise bad_request(f"unknown parameter {strange[0]}")
        return await self._verbs[method](told)

    @property
    def _myself(self) -> dict[str, object]:
        number = int(self.token.partition(":")[0])
        return {"id": number, "is_bot": True, "first_name": "Alerte (exercice)", "username": "alerte_practice_bot"}

    async def _get_me(self, _told: Told) -> object:
        abilities = ("can_join_groups", "can_read_all_group_messages", "supports_inline_queries", "can_connect_to_business")
        return self._myself | dict.fromkeys((*abilities, "has_main_web_app"), False)

    async def _send_message(self, told: Told) -> object:
        text, entities = read_text(told)  # Telegram too looks at the words first, then at the buttons, then for the chat
        buttons = read_buttons(told)
        chat = read_chat(told)
        resident = self.town.find("telegram", str(chat))
        if resident is None:
            raise bad_request("chat not found")
        if not self.town.works("telegram", str(chat)):
            raise Refused(403, "Forbidden: bot was blocked by the user")
        replied, must_stand = read_reply(told)
        answers = self._messages.get((chat, replied))
        if answers is None and must_stand:
            raise bad_request("message to be replied not found")
        if wait := self.limits.admit(chat, self.clock.real()):
            raise flood(wait)
        number, self._next_message = self._next_message, self._next_message + 1
        shown = _Shown(number, text, entities, buttons, self._date(), told.get("protect_content") == "true", answers)
        self._messages[chat, number] = shown
        entry = Entry("telegram", "telegram", str(chat), str(number), "", told["text"], self.clock.now(), real=self.clock.real())
        self.ledger.accept(entry)
        self._ring(entry, shown)
        return self._draw(resident, shown)

    def _ring(self, entry: Entry, shown: _Shown) -> None:
        message = Message("telegram", "telegram", entry.address, shown.text, shown.id, _offers(shown.buttons))
        delay = self.town.delivery_delay("telegram", entry.address)
        if delay:
            self.town.start(self._ring_later(entry, message))
        else:
            entry.shown_at = entry.at
            self.town.show(message)

    async def _ring_later(self, entry: Entry, message: Message) -> None:
        await self.town.wait(self.town.delivery_delay("telegram", entry.address))
        entry.shown_at = self.clock.now()
        self.town.show(message)

    async def _edit_text(self, told: Told) -> object:
        resident, shown = self._find(told, "edit")
        text, entities = read_text(told)
        drawn = self._change(resident, shown, text, entities, read_buttons(told))
        shown.edited = self.clock.now()
        return drawn

    async def _edit_markup(self, told: Told) -> object:
        resident, shown = self._find(told, "edit")
        return self._change(resident, shown, shown.text, shown.entities, read_buttons(told))

    def _change(
        self, resident: Resident, shown: _Shown, text: str, entities: list[dict[str, object]], buttons: list[list[dict[str, str]]]
    ) -> dict[str, object]:
        if shown.looks == (text, entities, buttons):
            raise bad_request(SAME)
        shown.text, shown.entities, shown.buttons = text, entities, buttons
        self.edits += 1
        return self._draw(resident, shown) | {"edit_date": self._date()}

    async def _delete_message(self, told: Told) -> object:
        resident, shown = self._find(told, "delete")
        del self._messages[int(str(resident.chat)), shown.id]
        return True

    def _find(self, told: Told, verb: str) -> tuple[Resident, _Shown]:
        chat, number = read_chat(told), told.get("message_id", "")
        resident = self.town.find("telegram", str(chat))
        if resident is None:
            raise bad_request("chat not found")
        shown = self._messages.get((chat, int(number))) if number.isascii() and number.isdigit() else None
        if shown is None:
            raise bad_request(f"message to {verb} not found")
        return resident, shown

    def _date(self) -> int:
        return int(self.clock.now().timestamp())

    def _draw(self, resident: Resident, shown: _Shown) -> dict[str, object]:
        chat = {"id": resident.chat, "first_name": resident.name[:64], "type": "private"}
        drawn = {"message_id": shown.id, "from": self._myself, "chat": chat, "date": shown.date, "text": shown.text}
        drawn |= {"entities": shown.entities} if shown.entities else {}
        drawn |= {"reply_to_message": self._draw(resident, replace(shown.answers, answers=None))} if shown.answers else {}
        drawn |= {"reply_markup": {"inline_keyboard": shown.buttons}} if shown.buttons else {}
        return drawn | ({"has_protected_content": True} if shown.protected else {})

    async def _answer_callback(self, told: Told) -> object:
        asked = self._queries.pop(told.get("callback_query_id", ""), None)
        if asked is None or self.clock.real() - asked > STALE:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        if len(told.get("text", "")) > CALLBACK_TEXT:
            raise bad_request("MESSAGE_TOO_LONG")
        self.answered.append(dict(told))
        if pressed := self._pressed.pop(told["callback_query_id"], None):
            self.town.confirm(*pressed)
        return True

    async def _get_updates(self, told: Told) -> object:
        if "allowed_updates" in told:
            self.updates.allowed = read_kinds(told["allowed_updates"])
        offset, limit, wait = (read_number(told, name, usual) for name, usual in (("offset", 0), ("limit", MOST), ("timeout", 0)))
        try:
            return await self.updates.fetch(offset, limit, min(wait, LONGEST))
        except Conflict as conflict:
            raise Refused(409, f"Conflict: {conflict}") from None

    async def _set_webhook(self, told: Told) -> object:
        url, secret = told.get("url", ""), told.get("secret_token", "")
        if url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if len(secret) > 256 or not all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in secret):
            raise bad_request("secret token contains unallowed characters")
        if "allowed_updates" in told:
            self.updates.allowed = read_kinds(told["allowed_updates"])
        drop = told.get("drop_pending_updates") == "true"
        await self.updates.set_webhook(Webhook(url, secret) if url else None, drop=drop)
        return True

    async def _delete_webhook(self, told: Told) -> object:
        await self.updates.set_webhook(None, drop=told.get("drop_pending_updates") == "true")
        return True

    async def _webhook_info(self, _told: Told) -> object:
        hook, error = self.updates.webhook, self.updates.last_error
        told = {"url": hook.url if hook else "", "has_custom_certificate": False, "pending_update_count": len(self.updates)}
        return told | ({"last_error_message": error, "last_error_date": self._date()} if error else {})

    async def _look(self, _resident: Resident, message: Message) -> tuple[Offer, ...]:
        """The buttons that the message has now: an edit may have taken them away."""
        shown = self._messages.get((int(message.address), message.message_id))
        return _offers(shown.buttons) if shown else ()

    async def _press(self, resident: Resident, message: Message, offer: Offer) -> bool:
        """Somebody presses a button of a message in his own chat."""
        shown = self._messages.get((int(message.address), message.message_id))
        if shown is None:
            return False
        query = f"{self.updates.next_id:016d}"
        self._queries[query] = self.clock.real()
        if found := CODE.search(shown.text):
            self._pressed[query] = resident.key, found[0], self.clock.real()
        told = {
            "id": query,
            "from": _person(resident),
            "message": self._draw(resident, shown),
            "chat_instance": message.address,
            "data": offer.value,
        }
        self.updates.push("callback_query", told)
        return True

    async def _type(self, resident: Resident, message: Message, words: str) -> bool:
        """Somebody writes to the bot."""
        number, self._next_message = self._next_message, self._next_message + 1
        person = _person(resident)
        chat = {"id": int(message.address), "first_name": person["first_name"], "type": "private"}
        self.updates.push("message", {"message_id": number, "from": person, "chat": chat, "date": self._date(), "text": words})
        return True


def _person(resident: Resident) -> dict[str, object]:
    return {"id": resident.chat, "is_bot": False, "first_name": resident.name[:64], "language_code": "fr"}


def _offers(buttons: list[list[dict[str, str]]]) -> tuple[Offer, ...]:
    return tuple(Offer(button["callback_data"], button["text"]) for row in buttons for button in row if "callback_data" in button)
