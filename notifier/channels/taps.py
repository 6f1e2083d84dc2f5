"""What staff do in Telegram, as the bot face reads it: taps, texts, and a bot that is blocked or let in again.

One update that cannot be read costs itself only, never the batch; its number still moves the offset on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from notifier.channels.wire import clean_text


@dataclass(frozen=True, slots=True)
class Press:
    """A tapped button. ``data`` is whatever the client sent, trusted only after a look-up bound to ``sender``."""

    update: int
    callback_id: str
    sender: int = field(repr=False)  # from.id
    data: str = field(repr=False)
    chat: int | None = field(default=None, repr=False)
    message_id: int | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A text. ``language`` is the client's own setting, a hint for somebody we do not know yet."""

    update: int
    sender: int = field(repr=False)
    chat: int = field(repr=False)
    text: str = field(repr=False)
    message_id: int
    private: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """The person blocked the bot, or let it in again."""

    update: int
    chat: int = field(repr=False)
    blocked: bool


Tap = Press | Said | Membership


@dataclass(frozen=True, slots=True)
class Updates:
    """A batch in order, and the offset that confirms it, read or not."""

    taps: tuple[Tap, ...]
    next_offset: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another process polls with this token, or a webhook is set: one of ours, or a stolen token."""


def read_updates(result: object, offset: int) -> Updates:
    """A getUpdates result, or a list of one webhook update."""
    taps: list[Tap] = []
    for update in result if isinstance(result, list) else []:
        if not isinstance(update, dict) or (number := _whole(update.get("update_id"))) is None:
            continue
        offset = max(offset, number + 1)
        if (tap := _read_tap(number, update)) is not None:
            taps.append(tap)
    return Updates(tuple(taps), offset)


def _read_tap(number: int, update: Mapping[object, object]) -> Tap | None:
    if (press := _object(update.get("callback_query"))) is not None:
        return _read_press(number, press)
    if (message := _object(update.get("message"))) is not None:
        return _read_said(number, message)
    if (member := _object(update.get("my_chat_member"))) is not None:
        return _read_membership(number, member)
    return None


def _read_press(number: int, press: Mapping[object, object]) -> Press | None:
    callback_id, sender = clean_text(press.get("id"), 64), _id_of(press.get("from"))
    if not callback_id or sender is None:
        return None
    message = _object(press.get("message")) or {}  # a message too old to see comes without its text, or not at all
    return Press(
        update=number,
        callback_id=callback_id,
        sender=sender,
        data=clean_text(press.get("data"), 256),
        chat=_id_of(message.get("chat")),
        message_id=_whole(message.get("message_id")),
        private=_is_private(message.get("chat")),
    )


def _read_said(number: int, message: Mapping[object, object]) -> Said | None:
    sender, chat, place = _id_of(message.get("from")), _id_of(message.get("chat")), _whole(message.get("message_id"))
    text = clean_text(message.get("text"), 4096)
    if sender is None or chat is None or place is None or not text:
        return None
    language = clean_text((_object(message.get("from")) or {}).get("language_code"), 8)
    return Said(number, sender, chat, text, place, _is_private(message.get("chat")), language)


def _read_membership(number: int, member: Mapping[object, object]) -> Membership | None:
    chat, status = _id_of(member.get("chat")), (_object(member.get("new_chat_member")) or {}).get("status")
    if chat is None or not _is_private(member.get("chat")) or status not in ("kicked", "member"):
        return None
    return Membership(number, chat, blocked=status == "kicked")


def _object(value: object) -> Mapping[object, object] | None:
    return value if isinstance(value, dict) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else None


def _id_of(value: object) -> int | None:
    return _whole((_object(value) or {}).get("id"))


def _is_private(chat: object) -> bool:
    return (_object(chat) or {}).get("type") == "private"
