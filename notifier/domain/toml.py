"""TOML read so that nothing in a file is an accident: a thousand brackets or digits are a fault like a missing quote."""

import re
import tomllib
from collections.abc import Iterator

_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_DEEPEST = 20  # dots outside of quotes in one line: a name of 50,000 names takes the reader a minute and 9 GB
_WHOLE = range(-(1 << 63), 1 << 63)  # TOML 1.0: integers are 64 bits; a hexadecimal one could have more digits than Python writes


def read_toml(text: str) -> dict[str, object]:
    """The tables of ``text``. Raises TOMLDecodeError, whatever is wrong with it."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > _DEEPEST and _QUOTED.sub("", line.partition("#")[0]).count(".") > _DEEPEST:
            raise tomllib.TOMLDecodeError(f"A name of too many names (at line {number}, column 1)")
    try:
        told: dict[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (ValueError, RecursionError):  # more digits than Python reads, more brackets than it follows
        raise tomllib.TOMLDecodeError("A number or a nest of brackets without end") from None
    if any(whole not in _WHOLE for whole in _numbers(told)):
        raise tomllib.TOMLDecodeError("A number beyond 64 bits")
    return told


def _numbers(value: object) -> Iterator[int]:
    match value:
        case int():
            yield value
        case dict():
            for inner in value.values():
                yield from _numbers(inner)
        case list():
            for inner in value:
                yield from _numbers(inner)
