"""How a private chat becomes somebody's: by one person's token, used once and in time, from a chat that is nobody else's."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Invite(StrEnum):
    """By which way a token reaches its person."""

    CARD = "card"  # printed, handed over, used days later
    SCREEN = "screen"  # shown to somebody who stands there


LIFE = {Invite.CARD: timedelta(days=30), Invite.SCREEN: timedelta(minutes=30)}
TOKEN_OCTETS = 16  # 128 random bits, 22 characters of base64url; Telegram takes 64
_BOT = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{3,31})")


class Verdict(StrEnum):
    """What a token is worth to a chat; the first three are good news."""

    WELCOME = "welcome"  # it may be used; nothing has been changed
    BOUND = "bound"
    WAITING = "waiting"  # an incident is open: an operator confirms
    UNKNOWN = "unknown"  # no such token, or one of somebody who was erased
    USED = "used"  # by another chat, or for one that is no longer the person's
    REVOKED = "revoked"  # a newer card was printed, or the card was lost
    LATE = "late"
    TAKEN = "taken"  # this chat is somebody else's
    CLAIMED = "claimed"  # another chat waits to become this person's


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token beside a chat that shows it. ``mine``: this chat is the one that used it."""

    expires_at: datetime
    used: bool = False
    mine: bool = False
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The chat and the person beside each other: whose the chat is already, and who waits."""

    bound: bool = False  # the chat is the person's
    waiting: bool = False  # the chat waits to become the person's
    elsewhere: bool = False  # the chat is, or waits to become, somebody else's
    another: bool = False  # another chat waits to become the person's


def judge(token: Token | None, standing: Standing, at: datetime) -> Verdict:
    """The verdict. A use that is told twice ends as it did the first time; BOUND and WAITING here say that it is done already."""
    if token is None:
        return Verdict.UNKNOWN
    if token.used:
        if token.mine and (standing.bound or standing.waiting):
            return Verdict.BOUND if standing.bound else Verdict.WAITING
        return Verdict.USED
    if token.revoked:
        return Verdict.REVOKED
    if token.expires_at <= at:
        return Verdict.LATE
    if standing.elsewhere:
        return Verdict.TAKEN
    if standing.waiting:
        return Verdict.WAITING
    return Verdict.CLAIMED if standing.another else Verdict.WELCOME


def read_bot(text: str) -> str | None:
    """A bot's name without its ``@``; None for what Telegram never gives as a name."""
    found = _BOT.fullmatch(text.strip())
    return found[1] if found else None


def deep_link(bot: str, token: str) -> str:
    """What the QR code on the card opens: Telegram, this bot, and *Start*, which says the token."""
    return f"https://t.me/{bot}?start={token}"
