"""5,000 marked people, and a search for anything of theirs in whatever a house leaves behind, however it is written.

A number of theirs is one of the fiction range 06 39 98; a name, an address or a chat has a mark that nothing else has. The search
looks at octets as they are and once more without separators and zeros (numbers in groups, UTF-16), and into every run that may be
hex, base64 or percent-encoding. Digits amid a long run of hex are no number that anybody wrote: such a run is only looked into.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.journeys.night import Member

FAMILY, GIVEN, MAIL = "Zqxkvarec", "Vjqwzelle", "wqzjkmail"
CHATS = 9_000_000_000_500_000  # 16 digits, of which the first eleven are the mark
COUNT = 5_000
_MARKS = tuple(mark.lower().encode() for mark in (FAMILY, GIVEN, MAIL))
_CHAT = str(CHATS)[:11].encode()
_CHAT_OCTETS = (CHATS.to_bytes(8, "big")[1:6], CHATS.to_bytes(8, "little")[2:7])
_SEPARATORS = b" .-_()/\x00\xa0\xc2\xe2\x80\xaf"  # UTF-8 no-break spaces too
_NUMBER = re.compile(rb"(?<!\d)(?:00)?(?:33)?0?63998\d{4}(?!\d)")
_HEXED = re.compile(rb"[0-9a-f]{24,}")
_PACKED = (
    re.compile(rb"[0-9A-Fa-f]{12,}"),
    re.compile(rb"[A-Za-z0-9+/=_-]{12,}"),
    re.compile(rb"[\x21-\x7e]*%[0-9A-Fa-f]{2}[\x21-\x7e]*"),
)


@dataclass(frozen=True, slots=True)
class Marked(Member):
    """One of the 5,000: ``name`` is the personnel number, which is no secret; everything else is."""

    @property
    def line(self) -> str:
        """The line of the clinic's CSV, with marked names."""
        number = self.name[1:]
        told = (self.matricule, f"{FAMILY}{number}", f"{GIVEN}{number}", self.service, self.role, "salarié")
        return ";".join(map(str, (*told, self.phone or "", self.mail or "", "", self.chat or "", "fr", "", "")))


def make_flock(count: int = COUNT) -> list[Marked]:
    """Of seven, one answers for the service, of eleven, one has nothing but his mail; two of three of the others have a chat."""
    return [
        Marked(
            f"M{n:05d}",
            role="CADRE" if n % 7 == 0 else "IBODE",
            on_shift=n % 2 == 0,
            chat=CHATS + n if n % 3 and n % 11 else None,
            phone=f"+3363998{n:04d}" if n % 11 else None,
            mail=f"{n}{MAIL}@example.org",
        )
        for n in range(count)
    ]


def find_canaries(octets: bytes, secrets: Iterable[bytes] = ()) -> list[bytes]:
    """What shows in these octets, with what stands around it; ``secrets`` are tokens and keys to look for besides."""
    wanted = [*_MARKS, *(secret.lower() for secret in secrets)]
    found = _look(octets, wanted, (*_CHAT_OCTETS,))
    for unpacked in _unpack(octets):
        found += _look(unpacked, wanted, ())
    return found


def _look(octets: bytes, wanted: Iterable[bytes], binary: Iterable[bytes]) -> list[bytes]:
    plain, bare = octets.lower(), octets.lower().translate(None, _SEPARATORS)
    found = [_around(octets, place) for mark in binary if (place := octets.find(mark)) >= 0]
    for view in (plain, bare):
        found += [_around(view, place) for mark in (*wanted, _CHAT) if (place := view.find(mark)) >= 0]
    if b"63998" in bare:
        written = _HEXED.sub(b"\n", plain)
        for view in (written, written.translate(None, _SEPARATORS)):
            found += [_around(view, number.start()) for number in _NUMBER.finditer(view)]
    return found


def _around(octets: bytes, place: int) -> bytes:
    return octets[max(0, place - 40) : place + 60]


def _unpack(octets: bytes) -> Iterator[bytes]:
    """Every run that may be hex, base64 (at each of its four offsets) or percent-encoding, decoded; zeros of UTF-16 left out."""
    for view in {octets, octets.translate(None, b"\0")}:
        hexed, based, quoted = (set(pattern.findall(view)) for pattern in _PACKED)  # a log says the same words again and again
        yield b"\n".join(
            binascii.unhexlify(run[start : start + (len(run) - start) // 2 * 2]) for run in hexed for start in (0, 1)
        )
        plain = [run.replace(b"=", b"").translate(_URL_SAFE) for run in based]
        for start in range(4):
            yield b"\n".join(_decode(run[start:]) for run in plain)
        yield b"\n".join(unquote_to_bytes(run) for run in quoted)


def _decode(run: bytes) -> bytes:
    whole = run[:-1] if len(run) % 4 == 1 else run
    return base64.b64decode(whole + b"=" * (-len(whole) % 4))


_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def files_under(folder: Path, leave: Iterable[str] = ()) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file, but for those whose name begins with one of ``leave``."""
    skipped = tuple(leave)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(skipped or ("\0",)):
            yield str(path.relative_to(folder)), path.read_bytes()
