"""Telegram's HTML: what its server makes of ``parse_mode=HTML``, and its own words where it refuses (tdlib's ``parse_html``).

Places are byte offsets in the source, as in its refusals; the entities count in UTF-16 units. Its tests are ours too.
"""

import re
from dataclasses import dataclass, field

KINDS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre", "a": "text_link",
    "blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler", "tg-emoji": "custom_emoji",
}  # fmt: skip
CODE = re.compile(rb"&(?:#x([0-9A-Fa-f]+)|#(\d+)|([A-Za-z]+));?")
LONGEST = 10  # octets of a numeric code without its semicolon
NAMED = {b"lt": 0x3C, b"gt": 0x3E, b"amp": 0x26, b"quot": 0x22}
SPACE = b" \t\r\n\v\0"  # the end of the text counts as a space
TOKEN = re.compile(rb"[A-Za-z0-9.-]*")
HALF = "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"


class BadMarkup(Exception):
    """Why the entities cannot be parsed, as Telegram says it."""


@dataclass(slots=True)
class _Open:
    """A tag that waits for its end."""

    name: str
    argument: str
    start: int  # UTF-16 units
    place: int  # in the text


@dataclass(slots=True)
class _Reader:
    """The source, and where we are in it; past its end it reads NUL."""

    source: bytes
    at: int = 0

    def peek(self) -> bytes:
        return self.source[self.at : self.at + 1] or b"\0"

    @property
    def ended(self) -> bool:
        return self.at >= len(self.source)

    def until(self, stops: bytes) -> bytes:
        """What comes before the next of these, or before a space."""
        start = self.at
        while self.peek() not in stops and self.peek() not in SPACE:
            self.at += 1
        return self.source[start : self.at]

    def skip_spaces(self) -> None:
        while not self.ended and self.peek() in SPACE:
            self.at += 1

    def code(self) -> str | None:
        """A character code such as ``&amp;``, its semicolon optional; None for any other ampersand."""
        found = CODE.match(self.source, self.at)
        if found is None:
            return None
        if found[3] is not None:
            number = NAMED.get(found[3], 0)
        elif len(found[0].rstrip(b";")) >= LONGEST:
            number = 0
        else:
            number = int(found[1], 16) if found[1] else int(found[2])
        if not 0 < number < 0x10FFFF:
            return None
        self.at = found.end()
        return chr(number)


@dataclass(slots=True)
class _Parser:
    reader: _Reader
    text: list[str] = field(default_factory=list)
    units: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[dict[str, object]] = field(default_factory=list)

    def run(self) -> None:
        """The whole source. Raises BadMarkup."""
        reader = self.reader
        while not reader.ended:
            if reader.peek() == b"&" and (sign := reader.code()) is not None:
                self._write(sign)
            elif reader.peek() != b"<":
                self._write(self._plain())
            elif reader.source[reader.at + 1 : reader.at + 2] == b"/":
                self._end()
            else:
                self._start()
        if self.open:
            raise BadMarkup(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')

    def _plain(self) -> str:
        start, source = self.reader.at, self.reader.source
        stops = [place for place in (source.find(b"<", start + 1), source.find(b"&", start + 1)) if place >= 0]
        self.reader.at = min(stops, default=len(source))
        return source[start : self.reader.at].decode()

    def _write(self, piece: str) -> None:
        self.text.append(piece)
        self.units += count_units(piece)

    def _start(self) -> None:
        reader, begin = self.reader, self.reader.at
        reader.at += 1
        name = reader.until(b">").decode("utf-8", "replace").lower()
        if reader.ended:
            raise BadMarkup(f"Unclosed start tag at byte offset {begin}")
        if name not in KINDS:
            raise BadMarkup(f'Unsupported start tag "{name}" at byte offset {begin}')
        argument = ""
        while reader.peek() != b">":
            reader.skip_spaces()
            if reader.peek() == b">":
                break
            argument = self._attribute(name, begin) or argument
        if name == "span" and argument != "tg-spoiler":
            raise BadMarkup(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(name, argument, self.units, len(self.text)))
        reader.at += 1

    def _attribute(self, tag: str, begin: int) -> str:
        """One attribute; its value where this tag has a use for it."""
        reader = self.reader
        name = reader.until(b"=>/\"'").decode("utf-8", "replace").lower()
        if not name:
            raise BadMarkup(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        reader.skip_spaces()
        if reader.peek() != b"=":
            if reader.ended:
                raise BadMarkup(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return "expandable" if (tag, name) == ("blockquote", "expandable") else ""
        reader.at += 1
        reader.skip_spaces()
        if reader.ended:
            raise BadMarkup(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value = self._quoted() if reader.peek() in b"\"'" else self._token()
        if reader.ended:
            raise BadMarkup(f"Unclosed start tag at byte offset {begin}")
        if (tag, name) == ("blockquote", "expandable"):
            return "expandable"
        wanted = {"a": "href", "span": "class", "tg-emoji": "emoji-id"}
        return value if wanted.get(tag) == name else ""

    def _quoted(self) -> str:
        reader, quote, value = self.reader, self.reader.peek(), bytearray()
        reader.at += 1
        while not reader.ended and reader.peek() != quote:
            if reader.peek() == b"&" and (sign := reader.code()) is not None:
                value += sign.encode("utf-8", "surrogatepass")
            else:
                value += reader.peek()
                reader.at += 1
        if not reader.ended:
            reader.at += 1
        return value.decode("utf-8", "replace")

    def _token(self) -> str:
        reader, begin = self.reader, self.reader.at
        found = TOKEN.match(reader.source, begin)
        reader.at = found.end() if found else begin
        if reader.peek() not in SPACE and reader.peek() != b">":
            raise BadMarkup(f"Unexpected end of name token at byte offset {begin}")
        return reader.source[begin : reader.at].decode().lower()

    def _end(self) -> None:
        reader, begin = self.reader, self.reader.at
        if not self.open:
            raise BadMarkup(f"Unexpected end tag at byte offset {begin}")
        reader.at += 2
        name = reader.until(b">").decode("utf-8", "replace").lower()
        reader.skip_spaces()
        if reader.peek() != b">":
            raise BadMarkup(f"Unclosed end tag at byte offset {begin}")
        last = self.open.pop()
        if name and name != last.name:
            raise BadMarkup(f'Unmatched end tag at byte offset {begin}, expected "</{last.name}>", found "</{name}>"')
        reader.at += 1
        self._close(last)

    def _close(self, last: _Open) -> None:
        length, kind, extra = self.units - last.start, KINDS[last.name], {}
        if last.name == "a":
            url = last.argument or "".join(self.text[last.place :])
            if "." not in url or " " in url.strip():
                return  # no address: the words stay, without a link
            extra = {"url": url if "://" in url else f"http://{url}/"}
        if last.name == "blockquote" and last.argument:
            kind = "expandable_blockquote"
        if last.name == "tg-emoji":
            extra = {"custom_emoji_id": last.argument}
        if length:
            self.entities.append({"type": kind, "offset": last.start, "length": length, **extra})


def count_units(text: str) -> int:
    """UTF-16 code units."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def parse_markup(source: str) -> tuple[str, list[dict[str, object]]]:
    """The text that is shown, and its entities. Raises BadMarkup."""
    parser = _Parser(_Reader(source.encode("utf-8", "replace")))
    parser.run()
    text = "".join(parser.text)
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadMarkup(HALF)
    return text, sorted(parser.entities, key=lambda one: (int(str(one["offset"])), -int(str(one["length"]))))
