"""Telegram: python-telegram-bot's ``Bot`` with our own transport, its answers read by our own table.

Sources: Bot API (core.telegram.org/bots/api: making requests, ResponseParameters, sendMessage, getUpdates, setWebhook). An error
counts only in the API's own form (``ok: false`` with the status repeated in ``error_code``): a proxy's or a captive portal's 403
says nothing about a person. The API keeps no id of ours, so a repeat may arrive twice. A flood wait blocks the whole bot.

``send`` and the bot face's verbs (``get_updates``, ``answer_callback``, ``edit_text``, ``send_service_text``) share one account.
"""

import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import urlencode

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import InvalidToken, TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from notifier.channels.contract import CALL_DEADLINE, Forged, Heard, Hook, Parcel
from notifier.channels.taps import Conflict, Updates, read_updates
from notifier.channels.wire import DEADLINE, Answer, Rule, Wire, hear_nothing, look_up, need_secret, open_wire, read_wait
from notifier.clock import Clock
from notifier.domain.delivery import Accepted, Deferred, LaneFault, NotSent, Outcome, Refused, RefusedFor, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneFacts, LaneSettings
from notifier.domain.lane import LaneSettings as Settings
from notifier.domain.message import Choice

__all__ = ["KIND", "Settings", "TelegramChannel", "open_channel", "read_report"]

KIND = "telegram"

_BLOCKED = Refused(RefusedFor.BLOCKED, dead=True, detail="403")
_NOBODY = Refused(RefusedFor.UNKNOWN_ADDRESS, dead=True, detail="400")
_BAD_WORDS = Refused(RefusedFor.BAD_CONTENT, detail="400")
CODES = (
    Rule(400, "chat not found", _NOBODY),
    Rule(400, "user not found", _NOBODY),
    Rule(400, "peer_id_invalid", _NOBODY),
    Rule(400, "chat_id is empty", _NOBODY),
    Rule(400, "can't parse entities", _BAD_WORDS),
    Rule(400, "message is too long", _BAD_WORDS),
    Rule(400, "message text is empty", _BAD_WORDS),
    Rule(400, "text must be", _BAD_WORDS),
    Rule(400, "button", _BAD_WORDS),  # BUTTON_DATA_INVALID, "can't parse inline keyboard button"
    Rule(400, "reply markup", _BAD_WORDS),
    Rule(400, "logged out", NotSent(LaneFault.CREDENTIALS, "logged_out")),  # the bot was moved to another Bot API server
    Rule(400, "", Refused(RefusedFor.OTHER, detail="400")),
    Rule(401, "", NotSent(LaneFault.CREDENTIALS, "401")),  # a revoked token
    Rule(403, "", _BLOCKED),  # blocked by the user, deactivated, never started, a bot
    Rule(404, "", NotSent(LaneFault.CREDENTIALS, "404")),  # a token that never was one
    Rule(413, "", _BAD_WORDS),
    Rule(421, "", NotSent(LaneFault.CREDENTIALS, "421")),  # a Bot API server of our own that takes other bots only
    # 429 stands in _judge, for its wait; 409 (another poller) is get_updates' own; 5xx is Unsure
)
EDITS = (
    Rule(400, "message is not modified", Accepted()),  # the second press of the same button: done already
    Rule(400, "query is too old", Refused(RefusedFor.OTHER, detail="query_too_old")),
    Rule(400, "message to edit not found", Refused(RefusedFor.OTHER, detail="message_gone")),
    Rule(400, "message can't be edited", Refused(RefusedFor.OTHER, detail="message_kept")),
    *CODES,
)
FLOOD = timedelta(seconds=5)  # where a 429 names no wait
PER_ADDRESS = 1.0  # s between two messages in one chat (Bots FAQ)
CALLBACK_OCTETS = 64  # InlineKeyboardButton.callback_data
CALLBACK_TEXT = 200  # characters of answerCallbackQuery's text
NO_PREVIEW = {"is_disabled": True}
_JSON = {"content-type": "application/json"}
WANTED = ("message", "callback_query", "my_chat_member")
BOTH = CALL_DEADLINE.total_seconds() - 0.1  # s: a message that is sent again to a chat's new id, and its first attempt
LONGEST_POLL = timedelta(seconds=50)


class _Told(TelegramError):
    """The API answered, and not with success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"status {answer.status}")
        self.answer = answer


class _Lost(TelegramError):
    """No answer, or none that counts."""

    def __init__(self, outcome: NotSent | Unsure) -> None:
        super().__init__(outcome.detail)
        self.outcome = outcome


class _Transport(BaseRequest):
    """python-telegram-bot's calls over our wire: its stock transport does 130 requests a second at 64 in flight, aiohttp 1,170.

    Only sound success is given back, and of a message no more than that: the Bot's own parser logs what it cannot read, words and
    chat ids included, a field it does not know must not turn an accepted message into a repeated one, and it takes twice as long
    as everything else together.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    @property
    def read_timeout(self) -> float | None:
        """The deadline of a call; the Bot's own time-outs are not used."""
        return DEADLINE.total_seconds()

    async def initialize(self) -> None:
        """Nothing: the wire is open."""

    async def shutdown(self) -> None:
        """Nothing: whoever opened the wire closes it."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_timeouts: object, **_named: object
    ) -> tuple[int, bytes]:
        """One call. Raises _Told or _Lost for everything but sound success."""
        form = request_data.url_encoded_parameters().encode() if request_data else b""
        answer = await self._wire.call(method, url, body=form, headers={"content-type": "application/x-www-form-urlencoded"})
        told = _succeeded(answer)
        if isinstance(answer, Answer) and _is_small_talk(told["result"]):
            return 200, answer.body
        _read_number(told["result"])
        return 200, b'{"ok":true,"result":true}'


def _succeeded(answer: Answer | NotSent | Unsure) -> dict[str, object]:
    """What a sound success says. Raises _Told or _Lost for everything else."""
    if not isinstance(answer, Answer):
        raise _Lost(answer)
    if answer.status != 200:
        raise _Told(answer)
    told = answer.read_object()
    if told.get("ok") is not True or not told.get("result"):
        raise _Lost(answer.doubt("not-ok"))
    return told


def _is_small_talk(result: object) -> bool:
    return result is True or (isinstance(result, dict) and "message_id" not in result)


def _read_number(result: object) -> int:
    number = result.get("message_id") if isinstance(result, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise _Lost(Unsure("no-message-id"))
    return number


class TelegramChannel:
    """One bot. Its verbs never raise for what Telegram or a network does."""

    def __init__(self, bot: Bot, wire: Wire) -> None:
        self._bot = bot
        self._wire = wire
        self._clock = Clock()
        self._send_url = URL(f"{bot.base_url}/sendMessage", encoded=True)

    @property
    def facts(self) -> LaneFacts:
        """No id of ours, no time to live, no receipt: only a pressed button proves reading."""
        return LaneFacts(per_address=PER_ADDRESS)

    async def send(self, parcel: Parcel) -> Outcome:
        """The words as HTML, previews off, one labelled button a row. A chat that moved is followed once, in the same attempt."""
        chat, protect = int(parcel.address.value), parcel.protect
        words, buttons, leaving = parcel.words, parcel.buttons, parcel.leaving
        if parcel.edits is not None:
            leaving()
            return await self.edit_text(chat, int(parcel.edits), words.text, words.choices, buttons)
        return await self.send_service_text(chat, words.text, words.choices, buttons, protect=protect, leaving=leaving)

    async def send_service_text(
        self,
        chat: int,
        text: str,
        choices: tuple[Choice, ...] = (),
        buttons: Mapping[str, str] | None = None,
        *,
        protect: bool = False,
        leaving: Callable[[], None] | None = None,
    ) -> Outcome:
        """One message to one chat, outside the outbox's rows: the bot's own answers, help and enrolment."""
        keyboard = _keyboard(choices, buttons or {})
        if keyboard is None:
            return Refused(RefusedFor.BAD_CONTENT, detail="callback_data")
        ends = self._clock.real() + BOTH
        try:
            return await self._put(chat, text, keyboard, protect, leaving)
        except TelegramError as error:
            moved = _moved_to(error)
            if moved is None:
                return _judge(error, CODES)
        try:
            taken = await self._put(moved, text, keyboard, protect, leaving, timedelta(seconds=ends - self._clock.real()))
            return replace(taken, moved_to=str(moved))
        except TelegramError as error:
            return _judge(error, CODES)

    async def _put(
        self,
        chat: int,
        text: str,
        keyboard: list[list[dict[str, str]]],
        protect: bool,
        leaving: Callable[[], None] | None,
        within: timedelta = DEADLINE,
    ) -> Accepted:
        """Not the Bot's own method: its parameters and a form in percent signs take longer than everything else together."""
        told: dict[str, object] = {
            "chat_id": chat,
            "text": text,
            "parse_mode": ParseMode.HTML,
            "link_preview_options": NO_PREVIEW,
        }
        if protect:
            told["protect_content"] = True
        if keyboard:
            told["reply_markup"] = {"inline_keyboard": keyboard}
        body = json.dumps(told).encode()
        answer = await self._wire.call("POST", self._send_url, body=body, headers=_JSON, within=within, leaving=leaving)
        return Accepted(str(_read_number(_succeeded(answer)["result"])))

    async def edit_text(
        self,
        chat: int,
        message_id: int,
        text: str,
        choices: tuple[Choice, ...] = (),
        buttons: Mapping[str, str] | None = None,
    ) -> Outcome:
        """New words, and new buttons or none, for a message we sent. "Not modified" counts as done."""
        keyboard = _keyboard(choices, buttons or {})
        if keyboard is None:
            return Refused(RefusedFor.BAD_CONTENT, detail="callback_data")
        rows = [[InlineKeyboardButton(button["text"], callback_data=button["callback_data"])] for [button] in keyboard]
        try:
            await self._bot.edit_message_text(
                text,
                chat_id=chat,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=InlineKeyboardMarkup(rows) if rows else None,
            )
        except TelegramError as error:
            return _judge(error, EDITS)
        return Accepted(str(message_id))

    async def answer_callback(self, callback_id: str, text: str) -> Outcome:
        """Stop the button's spinning and show ``text`` for a moment. An old query (``query_too_old``) is no loss."""
        try:
            await self._bot.answer_callback_query(callback_id, text=text[:CALLBACK_TEXT])
        except TelegramError as error:
            return _judge(error, EDITS)
        return Accepted(callback_id)

    async def get_updates(self, offset: int, wait: timedelta = LONGEST_POLL) -> Updates | Conflict | Outcome:
        """Taps and texts from ``offset`` on, as soon as there are any, or none after ``wait``.

        Asking with a higher offset confirms the earlier ones, so commit their effects first. ``Conflict``: another process polls
        with this token, or a webhook is set. Not the Bot's own method: that one loses a batch to one update it cannot read.
        """
        seconds = max(0, int(min(wait, LONGEST_POLL).total_seconds()))
        asked = {"offset": offset, "timeout": seconds, "limit": 100, "allowed_updates": json.dumps(WANTED)}
        answer = await self._wire.call(
            "POST",
            f"{self._bot.base_url}/getUpdates",
            body=urlencode(asked).encode(),
            headers={"content-type": "application/x-www-form-urlencoded"},
            within=DEADLINE + timedelta(seconds=seconds),
        )
        if not isinstance(answer, Answer):
            return answer
        if answer.status == 200:
            told = answer.read_object()
            return read_updates(told.get("result"), offset) if told.get("ok") is True else answer.doubt("not-ok")
        if answer.status == 409 and answer.read_object().get("error_code") == 409:
            return Conflict()
        return _judge(_Told(answer), CODES)

    async def bot_name(self) -> str | None:
        """The bot's user name, for ``t.me/<name>?start=…``; None while Telegram does not say."""
        try:
            return (await self._bot.get_me()).username
        except (TelegramError, KeyError, TypeError, AttributeError):
            return None

    async def credit(self) -> int | None:
        """Telegram costs nothing."""
        return None

    def listen(self) -> AsyncIterator[Heard]:
        """Nothing: taps and texts come by ``get_updates`` or the webhook, to the bot face."""
        return hear_nothing()


def _keyboard(choices: tuple[Choice, ...], buttons: Mapping[str, str]) -> list[list[dict[str, str]]] | None:
    """One button a row, as the API takes them; None for one that Telegram would refuse."""
    rows = [(choice.label, buttons[choice.key]) for choice in choices if choice.key in buttons]
    if any(not 1 <= len(data.encode()) <= CALLBACK_OCTETS for _, data in rows):
        return None
    return [[{"text": label, "callback_data": data}] for label, data in rows]


def _moved_to(error: TelegramError) -> int | None:
    """The new id of a group that became a supergroup (ResponseParameters.migrate_to_chat_id)."""
    parameters = error.answer.read_object().get("parameters") if isinstance(error, _Told) else None
    moved = parameters.get("migrate_to_chat_id") if isinstance(parameters, dict) else None
    return moved if isinstance(moved, int) and not isinstance(moved, bool) else None


def _judge(error: TelegramError, rules: tuple[Rule, ...]) -> Outcome:
    if isinstance(error, _Lost):
        return error.outcome
    if not isinstance(error, _Told):
        return Unsure(type(error).__name__)
    answer, told = error.answer, error.answer.read_object()
    if answer.status == 429:  # not taken, whoever says so; without a body of the API's own the usual wait holds
        parameters = told.get("parameters")
        asked = parameters.get("retry_after") if isinstance(parameters, dict) else None
        return Deferred(read_wait(asked, answer.wait(FLOOD)), whole_lane=True)
    if told.get("ok") is not False or told.get("error_code") != answer.status:
        return answer.doubt()
    return look_up(rules, answer.status, str(told.get("description", ""))) or answer.doubt()


def read_report(settings: LaneSettings, hook: Hook, /) -> Heard:
    """Check a webhook's secret (``X-Telegram-Bot-Api-Secret-Token``). Telegram sends no receipts; ``taps`` reads the update.

    Raises Forged where the secret differs, or where the lane has none (credential ``webhook_secret``).
    """
    ours = settings.secrets.get("webhook_secret", "")
    theirs = hook.headers.get("x-telegram-bot-api-secret-token", "")
    if not ours or not compare_digest(ours.encode(), theirs.encode("utf-8", "surrogatepass")):
        raise Forged
    return Heard()


@asynccontextmanager
async def open_channel(settings: LaneSettings, /) -> AsyncIterator[TelegramChannel]:
    """The bot, without a call to Telegram: an outage must not keep the house from starting.

    Raises LaneMisset: ``secret_missing`` (credential ``token``), ``telegram_token``, ``ca_file``, ``address_inward``.
    """
    token = need_secret(settings, "token")
    # At debug level the library writes each call's parameters, words and chat ids included.
    logging.getLogger("telegram").setLevel(logging.WARNING)
    async with open_wire(settings, public=True) as wire:
        transport = _Transport(wire)
        base = settings.address.removesuffix("/").removesuffix("/bot")
        try:
            bot = Bot(token, base_url=f"{base}/bot", request=transport, get_updates_request=transport)
        except InvalidToken:
            raise LaneMisset(settings.name, "telegram_token") from None
        yield TelegramChannel(bot, wire)
