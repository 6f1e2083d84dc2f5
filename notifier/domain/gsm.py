"""A French text as an SMS carries it: GSM-7 (3GPP TS 23.038), written with as few losses as a reader bears, never a "?".

The default alphabet keeps à é è ù É Ç and drops ê ç ô œ « » ’ …; one dropped sign turns the whole message into UCS-2, 70
characters instead of 160. So they are rewritten (ê→e, œ→oe, ’→'); what cannot be rewritten is refused by name and place.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.errors import BadValue

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape and a sign: two units, never cut apart
_UNCHANGED = (BASIC | EXTENSION) - {"\r", "\f"}  # what is rewritten in context (n°, m², « ») has a sign outside
ONE_PART, PER_PART = 160, 153  # GSM-7 units, alone and behind the 6-octet header of a long message
ONE_PART_WIDE, PER_PART_WIDE = 70, 67  # UTF-16 units

_SPACES = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_SIGNS = {
    "œ": "oe", "Œ": "OE", "ç": "c", "ÿ": "y", "Ÿ": "Y", "ẞ": "SS", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
    "þ": "th", "Þ": "Th", "ı": "i", "ĳ": "ij", "ﬁ": "fi", "ﬂ": "fl", "ª": "a", "ᵉ": "e", "ʳ": "r", "ˢ": "s",
    "“": '"', "”": '"', "„": '"', "″": '"', "’": "'", "‘": "'", "‚": "'", "′": "'", "`": "'", "´": "'", "ʼ": "'",
    "‹": "'", "›": "'", "–": "-", "—": "-",
    "‐": "-", "‑": "-", "‒": "-", "―": "-", "−": "-", "•": "-", "◦": "-", "▪": "-", "‣": "-",
    "·": "-",
    "…": "...", "→": "->", "➜": "->", "➔": "->", "⇒": "=>", "←": "<-", "↔": "<->", "≤": "<=", "≥": ">=", "×": "x", "±": "+/-",
    "µ": "micro", "μ": "micro", "\r\n": "\n", "\r": "\n", "\f": "\n", "\u2028": "\n", "\u2029": "\n",
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
}  # fmt: skip
_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4"}
# What depends on its neighbours, tried in this order; everything else goes sign by sign.
_NUMBER = re.compile(r"(?<![^\W\d_])[nN][°º]")
_DEGREES = re.compile(rf"[{_SPACES}]?[°º](?:[{_SPACES}]?(?P<scale>[CF])(?!\w))?")
_FRACTION = re.compile(r"[½¼¾]")
_POWER = re.compile(r"(?<![^\W\d_])(?P<unit>[kcdm]?m)(?P<power>[²³])")
_OPENING = re.compile(rf"«[{_SPACES}]*")
_CLOSING = re.compile(rf"[{_SPACES}]*»")
_CLUSTER = re.compile("\r\n|.[\u0300-\u036f]*", re.DOTALL)
# Kept as they are when the accents are to stay: the whole of Latin, and France's punctuation.
_KEPT_WIDE = frozenset("«»“”„’‘–—…°€•→←≤≥×²³½¼¾µœŒ\u00a0\u202f")


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text is cut: ``units`` as billed (an escape pair is two), ``left`` free units in the last part."""

    parts: int
    units: int
    encoding: Encoding
    left: int


def to_gsm(text: str, *, keep_accents: bool = False) -> str:
    """The text in GSM-7 signs, the same when done twice; digits are never touched.

    Raises BadValue ``character`` for a sign without a rewriting (emoji, other scripts), with its place counted from 1.
    ``keep_accents`` leaves Latin letters and French punctuation alone: the message then goes in UCS-2.
    """
    if _UNCHANGED.issuperset(text):  # nearly every text that comes twice
        return text
    return "".join(to for _, _, to in _steps(text, keep_accents=keep_accents))


def changes(text: str, *, keep_accents: bool = False) -> tuple[tuple[int, str, str], ...]:
    """What ``to_gsm`` rewrites: place (from 1), what stood there, what stands there now."""
    return tuple((at + 1, was, to) for at, was, to in _steps(text, keep_accents=keep_accents) if was != to)


def is_gsm(text: str) -> bool:
    """True where GSM-7 carries every sign."""
    return all(sign in BASIC or sign in EXTENSION for sign in text)


def segments(text: str) -> Segments:
    """How many parts the text takes as it stands (``to_gsm`` is the caller's)."""
    if is_gsm(text):
        widths = [2 if sign in EXTENSION else 1 for sign in text]
        return _cut(widths, ONE_PART, PER_PART, Encoding.GSM7)
    widths = [2 if ord(sign) > 0xFFFF else 1 for sign in text]
    return _cut(widths, ONE_PART_WIDE, PER_PART_WIDE, Encoding.UCS2)


def _cut(widths: list[int], alone: int, each: int, encoding: Encoding) -> Segments:
    units = sum(widths)
    if units <= alone:
        return Segments(1, units, encoding, alone - units)
    parts, used = 1, 0
    for width in widths:
        if used + width > each:  # a pair that does not fit opens the next part and leaves one unit empty
            parts, used = parts + 1, 0
        used += width
    return Segments(parts, units, encoding, each - used)


def _steps(text: str, *, keep_accents: bool) -> Iterator[tuple[int, str, str]]:
    at = 0
    while at < len(text):
        was, to = _keep_wide(text, at) if keep_accents else _in_context(text, at)
        if was is None:
            cluster = _CLUSTER.match(text, at)
            was = cluster.group() if cluster else text[at]
            to = _rewrite(was, at)
        yield at, was, to
        at += len(was)


def _in_context(text: str, at: int) -> tuple[str | None, str]:
    """The stretch at ``at`` that is read together with its neighbours, rewritten; (None, "") where there is none."""
    if text[at] in BASIC and text[at] not in " nNkcdm":
        return None, ""
    if found := _NUMBER.match(text, at):
        return found.group(), found.group()[0] + "o"
    if found := _DEGREES.match(text, at):
        scale = f" {found['scale']}" if found["scale"] else ""
        return found.group(), f" degres{scale}{_gap_after(text, found.end())}"
    if found := _FRACTION.match(text, at):
        gap = " " if text[at - 1 : at].isalnum() else ""
        return found.group(), gap + _FRACTIONS[found.group()] + _gap_after(text, found.end())
    if found := _POWER.match(text, at):
        return found.group(), found["unit"] + str("0123".index(unicodedata.normalize("NFKC", found["power"])))
    if found := _OPENING.match(text, at) or _CLOSING.match(text, at):
        return found.group(), '"'
    return None, ""


def _gap_after(text: str, end: int) -> str:
    """A space where a letter or digit follows at once: ``37°5`` must not read ``degres5``, nor ``½5`` ``1/25``."""
    return " " if text[end : end + 1].isalnum() else ""


def _keep_wide(text: str, at: int) -> tuple[str | None, str]:
    cluster = _CLUSTER.match(text, at)
    was = cluster.group() if cluster else text[at]
    whole = unicodedata.normalize("NFC", was)
    kept = whole in _KEPT_WIDE or (len(whole) == 1 and whole.isalpha() and unicodedata.name(whole, "").startswith("LATIN"))
    return (was, whole) if kept else (None, "")


def _rewrite(was: str, at: int) -> str:
    sign = unicodedata.normalize("NFC", was)
    if sign in _SIGNS:
        return _SIGNS[sign]
    if sign in BASIC or sign in EXTENSION:
        return sign
    if re.fullmatch(f"[{_SPACES}]", sign):
        return " "
    base = unicodedata.normalize("NFD", sign)[0]
    if base.isalpha() and base.isascii():
        return base
    raise BadValue("", "character", (("character", was[0]), ("position", str(at + 1))))
