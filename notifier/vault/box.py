"""A file sealed in parts, so that it is written and read as a stream, and opens whole or not at all.

The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár 2015), as age uses it, with AES-256-GCM: a part's nonce is its
number and whether it is the last one, and the header is bound to every part. Parts that are cut off, changed, swapped or taken
from another file do not open. Layout::

    mark (18) | key id (1) | salt (32) | check (16) | parts: at most 64 KiB each, and a tag (16)

The file's own key, and the check that tells another key from a damaged file, are derived from the home's key and the salt.
"""

import secrets
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notifier.domain.errors import BadBackup, WrongKey
from notifier.vault import Vault

MARK = b"notifier backup 1\n"
PART = 1 << 16  # octets of plain text
_SALT, _CHECK, _TAG, _KEY = 32, 16, 16, 32


class SealedWriter:
    """Seals what is written into ``file``, which opens only once ``close`` has sealed the last part."""

    def __init__(self, file: BinaryIO, vault: Vault) -> None:
        salt = secrets.token_bytes(_SALT)
        number, derived = vault.derive_for_file(salt)
        self._file = file
        self._cipher = AESGCM(derived[:_KEY])
        self._header = MARK + bytes([number]) + salt + derived[_KEY:]
        self._waiting = bytearray()
        self._parts = 0
        file.write(self._header)

    def write(self, data: bytes) -> None:
        """Takes any number of octets."""
        self._waiting += data
        while len(self._waiting) > PART:  # the last part is sealed at the end, and is not empty unless the whole file is
            self._seal(bytes(self._waiting[:PART]), last=False)
            del self._waiting[:PART]

    def close(self) -> None:
        """Seal the last part; the file itself stays open."""
        self._seal(bytes(self._waiting), last=True)

    def _seal(self, part: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._parts, last=last), part, self._header))
        self._parts += 1


def read_sealed(file: BinaryIO, vault: Vault, path: str) -> Iterator[bytes]:
    """The plain text, part by part. Raises WrongKey; BadBackup at the first part that is not as it was written."""
    header = file.read(len(MARK) + 1 + _SALT + _CHECK)
    if not header.startswith(MARK):
        raise BadBackup(path=path, reason="foreign")
    if len(header) < len(MARK) + 1 + _SALT + _CHECK:
        raise BadBackup(path=path, reason="damaged")
    salt = header[len(MARK) + 1 : len(MARK) + 1 + _SALT]
    _, derived = vault.derive_for_file(salt, header[len(MARK)])
    if derived[_KEY:] != header[-_CHECK:]:
        raise WrongKey(path=vault.path)
    cipher = AESGCM(derived[:_KEY])
    count, part = 0, file.read(PART + _TAG)
    while True:
        following = file.read(PART + _TAG)
        try:
            yield cipher.decrypt(_nonce(count, last=not following), part, header)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            raise BadBackup(path=path, reason="damaged") from None
        if not following:
            return
        count, part = count + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
