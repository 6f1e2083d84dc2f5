"""The vault: what is sealed opens only in its own place, with its own key, and shows nothing on the way."""

import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import KeyMissing, UnreadableFile, WrongKey
from notifier.vault import Vault, create_key, read_key

PLACE = "addresses:1:value"
PHONE = "+33639980012"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    create_key(tmp_path / "key")
    return read_key(tmp_path / "key")


def test_a_phone_number_takes_41_octets_and_opens_again(vault: Vault) -> None:
    sealed = vault.seal(PHONE, PLACE)
    assert len(sealed) == 41
    assert sealed[0] == 1
    assert PHONE.encode() not in sealed
    assert vault.open(sealed, PLACE) == PHONE


def test_the_same_text_is_never_sealed_alike(vault: Vault) -> None:
    assert vault.seal(PHONE, PLACE) != vault.seal(PHONE, PLACE)


@pytest.mark.parametrize("place", ["addresses:2:value", "people:1:name", "addresses:1:value2", ""])
def test_a_row_that_was_swapped_does_not_open(vault: Vault, place: str) -> None:
    with pytest.raises(WrongKey):
        vault.open(vault.seal(PHONE, PLACE), place)


def test_one_changed_bit_anywhere_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(PHONE, PLACE)
    for octet in range(len(sealed)):
        spoilt = bytearray(sealed)
        spoilt[octet] ^= 1
        with pytest.raises(WrongKey):
            vault.open(bytes(spoilt), PLACE)


def test_what_was_cut_short_does_not_open(vault: Vault) -> None:
    sealed = vault.seal(PHONE, PLACE)
    for length in range(len(sealed)):
        with pytest.raises(WrongKey):
            vault.open(sealed[:length], PLACE)


def test_another_key_opens_nothing_and_is_recognised(vault: Vault, tmp_path: Path) -> None:
    create_key(tmp_path / "other")
    other = read_key(tmp_path / "other")
    with pytest.raises(WrongKey) as refused:
        other.open(vault.seal(PHONE, PLACE), PLACE)
    assert refused.value.path == str(tmp_path / "other")
    assert other.fingerprint != vault.fingerprint
    assert other.blind("sms", PHONE) != vault.blind("sms", PHONE)
    assert other.derive("codes") != vault.derive("codes")


def test_a_second_key_opens_what_the_first_sealed_and_finds_the_same_people() -> None:
    first, second = bytes(range(32)), bytes(range(32, 64))
    before, after = Vault({1: first}, 1), Vault({1: first, 2: second}, 2)
    assert after.open(before.seal(PHONE, PLACE), PLACE) == PHONE
    assert after.seal(PHONE, PLACE)[0] == 2
    assert after.blind("sms", PHONE) == before.blind("sms", PHONE)
    assert after.fingerprint == before.fingerprint
    with pytest.raises(WrongKey):
        before.open(after.seal(PHONE, PLACE), PLACE)


def test_the_blind_index_tells_channels_and_values_apart(vault: Vault) -> None:
    indexes = {vault.blind("sms", PHONE), vault.blind("telegram", PHONE), vault.blind("sms", "+33639980013")}
    assert len(indexes) == 3
    assert {len(index) for index in indexes} == {32}
    assert vault.blind("sms", PHONE) in indexes


def test_each_purpose_has_a_key_of_its_own(vault: Vault) -> None:
    purposes = ["codes", "links", "buttons", "journal", "seal", "index", "fingerprint"]
    assert len({vault.derive(purpose) for purpose in purposes}) == len(purposes)
    assert all(len(vault.derive(purpose)) == 32 for purpose in purposes)
    assert vault.fingerprint != vault.derive("fingerprint").hex()  # half of it: what the database keeps is no key


@given(text=st.text(max_size=200), place=st.text(max_size=40))
def test_any_text_comes_back(text: str, place: str) -> None:
    vault = Vault({7: b"k" * 32}, 7)
    assert vault.open(vault.seal(text, place), place) == text


def test_the_key_file_is_for_its_owner_only_and_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    create_key(path)
    made = path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_key(path)
    assert path.read_bytes() == made
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyMissing) as refused:
        read_key(tmp_path / "key")
    assert refused.value.path == str(tmp_path / "key")


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "7",
     '{"active": 1, "keys": {}}', '{"active": 1, "keys": {"1": "c2hvcnQ="}}', '{"active": 1, "keys": {"1": 7}}',
     '{"active": 1, "keys": {"un": "c2hvcnQ="}}', '{"active": 1, "keys": {"1": "***"}}', "\xff"],
)  # fmt: skip
def test_a_spoilt_key_file_is_refused_and_told_apart_from_a_missing_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "key").write_text(content, encoding="latin-1")
    with pytest.raises(UnreadableFile) as refused:
        read_key(tmp_path / "key")
    assert refused.value.reason == "key"


def test_a_folder_in_the_keys_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_key(tmp_path)


def test_a_key_is_never_printed(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    secret = json.loads((tmp_path / "key").read_text())["keys"]["1"]
    vault = read_key(tmp_path / "key")
    assert secret not in repr(vault)
    assert repr(vault) == "Vault(1 keys)"
