"""The four characters that prove a message: per person, printed on a card beforehand, useless for any other message."""

import hmac
import re

from notifier.domain.message import CODE_ALPHABET
from notifier.domain.references import mac

LENGTH = 4
_BEHIND = re.compile(rf"(.*[\s.,;:/=-]|.*\d)([{CODE_ALPHABET}]{{{LENGTH}}})\W*", re.IGNORECASE | re.ASCII | re.DOTALL)


def verification_code(key: bytes, person: int, card: int, exercise: bool, number: int) -> str:
    """The code of message ``number`` for this person's card, from HMAC-SHA-256: a card printed last month shows the same."""
    return _four_signs(key, f"{person}:{card}:{'exercise' if exercise else 'real'}:{number}")


def split_code(text: str) -> tuple[str, str]:
    """What a text says and the code behind it, in capitals: ``1 K7M4``; no code where its last word cannot be one."""
    found = _BEHIND.fullmatch(text)
    return (found[1], found[2].upper()) if found else (text, "")


def is_code(said: str, code: str) -> bool:
    """In a time that does not tell how many of its signs are right."""
    return hmac.compare_digest(said.encode(), code.encode())


def claim_code(key: bytes, claim: int) -> str:
    """What somebody whose chat waits reads to the operator, who sees the same: it is this chat and no other."""
    return _four_signs(key, f"claim:{claim}")


def _four_signs(key: bytes, said: str) -> str:
    bits = int.from_bytes(mac(key, said))
    signs = []
    for _ in range(LENGTH):
        bits, place = divmod(bits, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[place])
    return "".join(signs)
