"""Ids are made by us, before the row exists, so that encryption can be bound to the row."""

import secrets
from collections.abc import Callable

draw: Callable[[int], int] = secrets.randbits  # whoever must repeat a run to the letter draws from its seed
_RUN = 1 << 16  # ids of one call lie side by side, which keeps the indexes of a fan-out dense


def new_ids(count: int) -> list[int]:
    """``count`` positive 63-bit ids, in order: runs of 65,536 neighbours, each from a random start (47 bits)."""
    found: list[int] = []
    for start in sorted(draw(47) << 16 for _ in range(0, count, _RUN)):
        found.extend(range(start, start + min(_RUN, count - len(found))))
    return found


def new_id() -> int:
    """One id."""
    return new_ids(1)[0]
