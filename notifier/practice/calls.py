"""What a call of the Bot API says, read as strictly as Telegram reads it, and Telegram's words where it refuses."""

import json
from collections.abc import Mapping

from aiohttp import web

from notifier.practice.markup import BadMarkup, count_units, parse_markup

BUTTON = frozenset({"text", "callback_data", "url", "style", "icon_custom_emoji_id", "copy_text", "web_app", "pay"})
TEXT, CALLBACK_OCTETS = 4096, 64
Told = Mapping[str, str]


class Refused(Exception):
    """Telegram's answer to what it does not take."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        told: dict[str, object] = {"ok": False, "error_code": status, "description": description}
        self.body = {**told, "parameters": parameters} if parameters else told

    @property
    def response(self) -> web.Response:
        """As it goes over the wire."""
        wait = self.body.get("parameters", {})
        headers = {"Retry-After": str(wait["retry_after"])} if isinstance(wait, dict) and "retry_after" in wait else None
        return web.json_response(self.body, status=self.status, headers=headers)


def bad_request(description: str) -> Refused:
    """400, in Telegram's usual form."""
    return Refused(400, f"Bad Request: {description}")


def flood(seconds: int) -> Refused:
    """429 with its wait, in text and as a parameter."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


async def read_fields(request: web.Request) -> dict[str, str]:
    """The parameters, from the query, a form or a JSON body alike. Lists and objects stay JSON, as in a form."""
    told = dict(request.query)
    if request.content_type == "application/json":
        try:
            given = json.loads(await request.text() or "{}")
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise bad_request("can't parse JSON object")
        return told | {name: one if isinstance(one, str) else json.dumps(one) for name, one in given.items() if one is not None}
    return told | {name: str(one) for name, one in (await request.post()).items()}


def read_chat(told: Told) -> int:
    """``chat_id``. Raises Refused."""
    text = told.get("chat_id", "").strip()
    if not text:
        raise bad_request("chat_id is empty")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or int(digits) >= 1 << 63:
        raise bad_request("chat not found")
    return int(text)


def read_text(told: Told) -> tuple[str, list[dict[str, object]]]:
    """``text`` once its entities are parsed: 1 to 4,096 characters. Raises Refused."""
    source, mode = told.get("text", ""), told.get("parse_mode", "")
    if mode and mode.lower() != "html":  # MarkdownV2 is Telegram's too; none of ours uses it
        raise bad_request("unsupported parse_mode")
    try:
        text, entities = parse_markup(source) if mode else (source, [])
    except BadMarkup as bad:
        raise bad_request(f"can't parse entities: {bad}") from None
    if not source:
        raise bad_request("message text is empty")
    if not text.strip():
        raise bad_request("text must be non-empty")
    shown = text.rstrip()
    lead = count_units(shown) - count_units(shown.lstrip())
    shown = shown.lstrip()
    if len(shown) > TEXT:
        raise bad_request("message is too long")
    return shown, [one | {"offset": int(str(one["offset"])) - lead} for one in entities] if lead else entities


def read_buttons(told: Told) -> list[list[dict[str, str]]]:
    """``reply_markup``: rows of an inline keyboard. Raises Refused."""
    raw = told.get("reply_markup", "")
    if not raw:
        return []
    try:
        markup = json.loads(raw)
    except ValueError:
        raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard", [])
    if not isinstance(rows, list):
        raise bad_request('field "inline_keyboard" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse inline keyboard: expected an Array of Arrays")
    return [[_read_button(button) for button in row] for row in rows if row]


def _read_button(button: object) -> dict[str, str]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    if strange := sorted(button.keys() - BUTTON):
        raise bad_request(f"can't parse inline keyboard button: unknown field {strange[0]}")
    if "text" not in button:
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not isinstance(button["text"], str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button.get("callback_data") and not button.get("url"):
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(str(button.get("callback_data", "")).encode()) > CALLBACK_OCTETS:
        raise bad_request("BUTTON_DATA_INVALID")
    return {name: str(one) for name, one in button.items()}


def read_reply(told: Told) -> tuple[int, bool]:
    """``reply_parameters``: the number of the message above, 0 where this is no reply, and whether it must stand there still.
    Raises Refused."""
    raw = told.get("reply_parameters", "")
    if not raw:
        return 0, False
    try:
        reply = json.loads(raw)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        raise bad_request("can't parse reply parameters JSON object")
    number = reply.get("message_id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise bad_request("can't parse reply parameters: Can't find field \"message_id\"")
    return number, reply.get("allow_sending_without_reply") is not True


def read_kinds(raw: str) -> frozenset[str]:
    """``allowed_updates``. Raises Refused."""
    try:
        told = json.loads(raw)
    except ValueError:
        told = None
    if not isinstance(told, list):
        raise bad_request("can't parse allowed updates: expected an Array of String")
    return frozenset(str(kind) for kind in told)


def read_number(told: Told, name: str, usual: int) -> int:
    """A whole number, ``usual`` where none is given. Raises Refused."""
    try:
        return int(told.get(name) or usual)
    except ValueError:
        raise bad_request(f"invalid parameter {name}") from None
