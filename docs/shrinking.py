"""Makes a PNG small: few colours, each pixel one octet. Without a library for pictures, which nothing else here would use."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

MAGIC, MOST = b"\x89PNG\r\n\x1a\n", 96  # colours: text on plain grounds has no more that matter


def shrink(path: Path) -> None:
    """Rewrite a picture of 24 or 32 bits, not interlaced, with its most frequent colours. The eye sees the same."""
    parts = dict(_read_parts(path.read_bytes()))
    width, height, depth, kind, *_, woven = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    if (depth, woven) != (8, 0) or kind not in (2, 6):
        return
    lines = _unfilter(zlib.decompress(parts[b"IDAT"]), width, height, 3 if kind == 2 else 4)
    counts = Counter(pixel for line in lines for pixel in line)
    palette = _choose(counts)

    @cache
    def nearest(pixel: tuple[int, ...]) -> int:
        return min(range(len(palette)), key=lambda place: sum((a - b) ** 2 for a, b in zip(palette[place], pixel, strict=True)))

    drawn = b"".join(b"\0" + bytes(map(nearest, line)) for line in lines)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = bytes(octet for colour in palette for octet in colour)
    told = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(drawn, 9)), (b"IEND", b""))
    path.write_bytes(MAGIC + b"".join(_write_part(*part) for part in told))


def _read_parts(octets: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each kind once; the pixels, which may come in pieces, joined."""
    found: dict[bytes, bytes] = {}
    place = len(MAGIC)
    while place < len(octets):
        (length,) = struct.unpack(">I", octets[place : place + 4])
        kind = octets[place + 4 : place + 8]
        found[kind] = found.get(kind, b"") + octets[place + 8 : place + 8 + length]
        place += length + 12
    yield from found.items()


def _write_part(kind: bytes, told: bytes) -> bytes:
    return struct.pack(">I", len(told)) + kind + told + struct.pack(">I", zlib.crc32(kind + told))


def _unfilter(octets: bytes, width: int, height: int, size: int) -> list[list[tuple[int, ...]]]:
    """Lines of pixels, red, green and blue."""
    above, lines, stride = bytearray(width * size), [], width * size
    for row in range(height):
        start = row * (stride + 1)
        line = bytearray(octets[start + 1 : start + 1 + stride])
        for place in range(stride):
            left, up = line[place - size] if place >= size else 0, above[place]
            corner = above[place - size] if place >= size else 0
            line[place] = (line[place] + _guess(octets[start], left, up, corner)) & 255
        above = line
        lines.append([tuple(line[at : at + 3]) for at in range(0, stride, size)])
    return lines


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    """What a filter of PNG (RFC 2083, 6) has taken away."""
    match kind:
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case 4:
            guess = left + up - corner
            return min((left, up, corner), key=lambda one: abs(guess - one))
        case _:
            return 0


def _choose(counts: Counter[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The most frequent colours, no two of them hardly different."""
    kept: dict[tuple[int, ...], tuple[int, ...]] = {}
    for colour, _ in counts.most_common():
        kept.setdefault(tuple(part >> 3 for part in colour), colour)
        if len(kept) == MOST:
            break
    return list(kept.values())
