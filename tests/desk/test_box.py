"""A sealed file opens whole, with its own key, or not at all."""

import io
from pathlib import Path
from random import Random

import pytest

from notifier.domain.errors import BadBackup, WrongKey
from notifier.vault import Vault
from notifier.vault.box import MARK, PART, SealedWriter, read_sealed

VAULT = Vault({1: bytes(range(32))}, 1, "the key")
HEADER = len(MARK) + 1 + 32 + 16


def seal(plain: bytes, vault: Vault = VAULT, pieces: int = 1000) -> bytes:
    """``plain`` written piece by piece."""
    file = io.BytesIO()
    sealed = SealedWriter(file, vault)
    for start in range(0, len(plain), pieces):
        sealed.write(plain[start : start + pieces])
    sealed.close()
    return file.getvalue()


def unseal(file: bytes, vault: Vault = VAULT) -> bytes:
    return b"".join(read_sealed(io.BytesIO(file), vault, "a.backup"))


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 17])
def test_what_is_sealed_comes_back_whatever_its_size(size: int) -> None:
    plain = Random(size).randbytes(size)
    file = seal(plain)
    assert unseal(file) == plain
    assert size < 64 or plain[:64] not in file
    assert len(file) == HEADER + size + 16 * max(1, -(-size // PART))


def test_a_file_that_is_cut_off_anywhere_does_not_open(seed: int) -> None:
    file = seal(Random(seed).randbytes(3 * PART))
    ends = [HEADER, HEADER + 1, HEADER + PART, HEADER + PART + 16, HEADER + 2 * (PART + 16), len(file) - 1]
    for end in [*ends, *(Random(seed).randrange(len(MARK), len(file)) for _ in range(200))]:
        with pytest.raises(BadBackup) as refused:
            unseal(file[:end])
        assert refused.value.reason == "damaged"


def test_a_file_with_one_changed_bit_does_not_open(seed: int) -> None:
    file = seal(Random(seed).randbytes(2 * PART))
    for _ in range(200):
        spoilt = bytearray(file)
        spoilt[Random(seed).randrange(len(file))] ^= 1
        with pytest.raises((BadBackup, WrongKey)):
            unseal(bytes(spoilt))
        seed += 1


def test_parts_that_are_swapped_repeated_or_another_files_do_not_open() -> None:
    one, two = seal(b"a" * (3 * PART)), seal(b"a" * (3 * PART))
    head, part = one[:HEADER], [one[HEADER + n * (PART + 16) : HEADER + (n + 1) * (PART + 16)] for n in range(3)]
    strange = two[HEADER : HEADER + PART + 16]
    for mixed in ([1, 0, 2], [0, 0, 2], [0, 2], [0, 1, 2, 2]):
        with pytest.raises(BadBackup):
            unseal(head + b"".join(part[n] for n in mixed))
    with pytest.raises(BadBackup):
        unseal(head + strange + part[1] + part[2])
    with pytest.raises(BadBackup):
        unseal(one + b"\0")


def test_another_key_is_told_apart_from_a_damaged_file() -> None:
    with pytest.raises(WrongKey) as refused:
        unseal(seal(b"a"), Vault({1: b"k" * 32}, 1, "other key"))
    assert refused.value.path == "other key"


def test_a_key_that_came_later_is_needed_for_a_file_of_its_time_and_the_older_files_still_open() -> None:
    later = Vault({1: bytes(range(32)), 2: b"k" * 32}, 2, "new key")
    assert unseal(seal(b"old"), later) == b"old"
    with pytest.raises(WrongKey):
        unseal(seal(b"new", later), VAULT)


@pytest.mark.parametrize("strange", [b"", b"SQLite format 3\0", b"PK\x03\x04", b"notifier backup 2\n" + bytes(200)])
def test_what_is_no_backup_is_said_to_be_none(strange: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadBackup) as refused:
        unseal(strange)
    assert refused.value.reason == "foreign"
