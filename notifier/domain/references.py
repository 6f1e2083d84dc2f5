"""Opaque references that come back from people: a button's, a page's and a mail's. Derived, so that no row holds one in clear.

Each is 128 bits of HMAC-SHA-256 over the recipient's id under its own key; the database keeps only a SHA-256 of it.
"""

import base64
import hashlib
import hmac
from functools import lru_cache

CHANGE = 0  # the digit of the button that shows the choices again


def make_token(key: bytes, recipient: int) -> str:
    """22 characters of base64url, the same each time for one recipient and key."""
    return base64.urlsafe_b64encode(mac(key, str(recipient))[:16]).rstrip(b"=").decode()


def mac(key: bytes, said: str) -> bytes:
    """HMAC-SHA-256, 32 octets, for few keys and many texts: a fan-out makes two for each of 50,000 people."""
    begun = _keyed(key).copy()
    begun.update(said.encode())
    return begun.digest()


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    """To be copied: ``hmac.digest`` lets go of the interpreter's lock, and a turn's thread has it before it is back."""
    return hmac.new(key, digestmod=hashlib.sha256)


def token_hash(token: str) -> bytes:
    """What the database keeps: 16 bytes of SHA-256."""
    return hashlib.sha256(token.encode()).digest()[:16]


def sign_row(key: bytes, purpose: str, row: str) -> str:
    """What stands behind the plus of a mail's return path or reply address: the row, and 80 bits that only we can write.

    Lower case and at most 36 signs: mail servers fold case, and the whole of it must stay within a local part's 64.
    """
    return f"{row}-{base64.b32encode(mac(key, f'{purpose}:{row}')[:10]).decode().lower()}"


def read_signed(key: bytes, purpose: str, signed: str) -> str | None:
    """The row that we signed for this purpose; None for anything else."""
    row = signed.partition("-")[0]
    return row if hmac.compare_digest(sign_row(key, purpose, row).encode(), signed.lower().encode()) else None


def split_button(data: str) -> tuple[str, int] | None:
    """A button's reference is ``token.digit``; None for anything else."""
    token, dot, digit = data.rpartition(".")
    return (token, int(digit)) if dot and len(token) == 22 and digit.isascii() and digit.isdigit() and len(digit) == 1 else None
