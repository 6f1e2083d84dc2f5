"""Service texts as people read them: the words that a release ships, whatever stands in their gaps."""

import re

from notifier.domain.gsm import to_gsm
from notifier.domain.people import Language
from notifier.prose import SENTENCES, typeset

CODES = ("sms.receipt", "sms.late", "sms.late.cadre", "sms.code", "sms.help", "sms.help.several", "sms.danger", "stand_down")
_GAP = re.compile(r"\\\{[^}]*\\\}")


def _pattern(code: str, language: Language, *, sms: bool) -> str:
    words = typeset(SENTENCES[code][language is Language.EN], language)
    return _GAP.sub("(?s:.+)", re.escape(to_gsm(words) if sms else words))


def _all(codes: tuple[str, ...], *, sms: bool) -> re.Pattern[str]:
    return re.compile("|".join(_pattern(code, language, sms=sms) for code in codes for language in Language))


_TEXTS = _all(CODES, sms=True)
_SAID = tuple(code for code in SENTENCES if code.startswith("bot.") and not code.startswith("bot.way"))
_CHATS = _all((*_SAID, "stand_down"), sms=False)
_LONG = tuple(
    re.compile(_pattern(code, language, sms=False)) for code in ("bot.help", "bot.contacts", "bot.team") for language in Language
)


def is_service_text(channel: str, text: str) -> bool:
    """True for what the house may say by this channel without an alert."""
    pattern = {"sms": _TEXTS, "telegram": _CHATS}.get(channel)
    if channel == "telegram" and any(long.fullmatch(text.partition("\n")[0]) for long in _LONG):
        return True  # several lines, of which the first tells which they are
    return pattern is not None and pattern.fullmatch(text) is not None
