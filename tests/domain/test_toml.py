"""Whatever a TOML file holds, it is read or refused by the one error that every reader expects."""

import tomllib
from pathlib import Path

import pytest

from notifier.domain.errors import BadSettings
from notifier.domain.group_sheet import read_group
from notifier.domain.toml import read_toml
from notifier.settings import read_settings

ENDLESS = (
    "a = " + "[" * 3_000,
    "a = " + "{b = " * 3_000,
    "a = " + "9" * 5_000,
    "a = 0x" + "f" * 5_000,
    "a = [{b = 9223372036854775808}]",
    ".".join(["a"] * 50_000) + " = 1",
)


@pytest.mark.parametrize("text", ENDLESS, ids=lambda text: text[:8])
def test_brackets_and_digits_without_end_are_a_fault_like_a_missing_quote(text: str, tmp_path: Path) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        read_toml(text)
    group, faults = read_group(text, "group.toml")
    assert (group, [fault.code for fault in faults]) == (None, ["import.toml"])
    (tmp_path / "notifier.toml").write_text(text)
    with pytest.raises(BadSettings) as refused:
        read_settings({}, tmp_path)
    assert [fault.code for fault in refused.value.faults] == ["config_syntax"]


def test_the_largest_number_of_64_bits_is_one() -> None:
    assert read_toml("a = [9223372036854775807, -9223372036854775808, true]\nb = 1e400") == {
        "a": [9223372036854775807, -9223372036854775808, True],
        "b": float("inf"),
    }
