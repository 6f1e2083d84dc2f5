"""Addresses and names encrypted at rest, found by blind index, opened only by whoever holds the key file.

AES-256-GCM under a sub-key (HKDF-SHA-256, RFC 5869), 12 random octets of nonce, the row bound as associated data: a ciphertext
that is moved to another row does not open. Layout: key id (1) | nonce (12) | ciphertext | tag (16), so 41 octets a phone number.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notifier.domain.errors import KeyMissing, UnreadableFile, WrongKey
from notifier.domain.references import mac

_NONCE = 12


class Vault:
    """The keys of one home, by id; new secrets are sealed under the active one. Never printed."""

    def __init__(self, keys: Mapping[int, bytes], active: int, path: str = "") -> None:
        self._keys = dict(keys)
        self._active = active
        self._path = path
        self._ciphers = {number: AESGCM(_derive(key, "seal")) for number, key in self._keys.items()}
        self._index = _derive(self._keys[min(self._keys)], "index")  # the first key's for good: lookups outlive a rotation
        self.derive = cache(self._derive_first)

    def __repr__(self) -> str:
        return f"Vault({len(self._keys)} keys)"

    @property
    def fingerprint(self) -> str:
        """What a database keeps to recognise its key."""
        return _derive(self._keys[min(self._keys)], "fingerprint").hex()[:32]

    def seal(self, text: str, bound: str) -> bytes:
        """``text`` encrypted for one place only (``table:row:column``)."""
        nonce = secrets.token_bytes(_NONCE)
        return bytes([self._active]) + nonce + self._ciphers[self._active].encrypt(nonce, text.encode(), bound.encode())

    def open(self, sealed: bytes, bound: str) -> str:
        """The text again. Raises WrongKey for another key, another row, or a changed ciphertext."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise WrongKey(path=self._path)
        try:
            return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], bound.encode()).decode()
        except (InvalidTag, ValueError):  # ValueError: cut short
            raise WrongKey(path=self._path) from None

    def blind(self, channel: str, value: str) -> bytes:
        """The blind index of an address in normal form: HMAC-SHA-256, 32 octets."""
        return mac(self._index, f"{channel}:{value}")

    def commit(self, text: str) -> str:
        """A salted commitment for the journal: shows with the key what it stands for, and nothing without."""
        return mac(self.derive("journal"), text).hex()[:32]

    def derive_for_file(self, salt: bytes, number: int | None = None) -> tuple[int, bytes]:
        """The id of a key (the active one, unless it is given) and 48 octets of its own for a file with this salt.

        Raises WrongKey where this home has no such key.
        """
        chosen = self._active if number is None else number
        if chosen not in self._keys:
            raise WrongKey(path=self._path)
        return chosen, HKDF(SHA256(), 48, salt=salt, info=b"notifier file").derive(self._keys[chosen])

    @property
    def path(self) -> str:
        """The key file."""
        return self._path

    def _derive_first(self, purpose: str) -> bytes:
        """A sub-key of 32 octets for ``purpose``."""
        return _derive(self._keys[min(self._keys)], purpose)


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"notifier " + purpose.encode()).derive(key)


def create_key(path: Path) -> None:
    """Make a key file that only its owner may read, whole or not at all. Raises FileExistsError rather than replace one."""
    content = {"active": 1, "keys": {"1": base64.b64encode(secrets.token_bytes(32)).decode()}}
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, it never replaces: of two commands that start together, one makes the key
    finally:
        draft.unlink(missing_ok=True)
    _keep_folder(path.parent)


def _keep_folder(folder: Path) -> None:
    """The file's name survives a power cut as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_key(path: Path) -> Vault:
    """The vault behind a key file. Raises KeyMissing, UnreadableFile."""
    try:
        told = json.loads(path.read_text())
        keys = {int(number): base64.b64decode(key, validate=True) for number, key in told["keys"].items()}
        active = int(told["active"])
    except FileNotFoundError:
        raise KeyMissing(path=str(path), database="") from None
    except OSError:
        raise UnreadableFile(path=str(path), reason="permission") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableFile(path=str(path), reason="key") from None
    if active not in keys or any(len(key) != 32 for key in keys.values()):
        raise UnreadableFile(path=str(path), reason="key")
    return Vault(keys, active, str(path))
