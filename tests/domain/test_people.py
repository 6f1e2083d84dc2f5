"""Addresses as French clinics write them: read once, in one form, shown to nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.errors import BadAddress
from notifier.domain.people import FICTION_CHAT_IDS, Address, Channel, parse_chat, parse_mail, parse_phone


@pytest.mark.parametrize(
    "written",
    ["06 39 98 00 12", "0639980012", "06.39.98.00.12", "06-39-98-00-12", "06\u00a039\u202f98 00 12", "+33 6 39 98 00 12",
     "+33 (0)6 39 98 00 12", "0033 6 39 98 00 12", "639980012", "33639980012", "06 39 98 00 12\u200b", "\u202d0639980012\u202c"],
)  # fmt: skip
def test_a_mobile_is_one_number_however_it_is_written(written: str) -> None:
    assert parse_phone(written) == Address(Channel.SMS, "+33639980012")


@pytest.mark.parametrize(
    "written",
    ["", "15", "3218", "06 39 98 00 1", "06 39 98 00 12 0", "0639CALLME", "O639980012", "06 39 98 00 12 ou 13",
     "06 39 98 00 12 poste 3", "0639980012;0639980013", "0639980012,13", "6,3998E+08",
     "0000000000", "+33000000000", "+639980012", "00639980012", "+1",
     "voir secrétariat", "０６３９９８００１２", "٠٦٣٩٩٨٠٠١٢", "06 39 98 00 12 / 06 39 98 00 13", "9" * 400],
)  # fmt: skip
def test_what_is_no_single_number_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_phone(written)
    assert refused.value.reason == "phone"
    assert refused.value.__cause__ is None or written not in str(refused.value)


@pytest.mark.parametrize("written", ["+32 470 12 34 56", "0032470123456", "+41 79 123 45 67", "+262 692 00 00 00"])
def test_a_neighbour_s_mobile_is_taken(written: str) -> None:
    assert parse_phone(written).takes_sms


@pytest.mark.parametrize("written", ["02 61 91 00 12", "01 99 00 00 12", "03 53 01 00 12", "0800 123 456"])
def test_a_landline_takes_no_sms(written: str) -> None:
    assert not parse_phone(written).takes_sms


def test_a_mail_address_is_one_however_it_is_written() -> None:
    assert parse_mail(" alla.LeGoff@Example.ORG ") == Address(Channel.EMAIL, "alla.legoff@example.org")


@pytest.mark.parametrize(
    "written", ["", "alla", "alla@", "@example.org", "a b@example.org", "a@example.org, b@example.org", "a@b@c"]
)
def test_what_is_no_mail_address_is_refused(written: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_mail(written)
    assert refused.value.reason == "mail"


@pytest.mark.parametrize(
    "written", ["", "0", "-100123", "@alla", "1.5", "9,00000000038245E+15", "9223372036854775808", "1" * 30, "١٢٣"]
)
def test_what_is_no_private_chat_is_refused(written: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_chat(written)
    assert refused.value.reason == "chat"


def test_the_greatest_chat_is_still_one() -> None:
    assert parse_chat(str((1 << 63) - 1)).value == "9223372036854775807"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address(Channel.SMS, "+33639980012"), "Address(sms:…012)"),
        (Address(Channel.EMAIL, "alla.legoff@example.org"), "Address(email:…off)"),
        (Address(Channel.EMAIL, "al@example.org"), "Address(email:…)"),
        (Address(Channel.TELEGRAM, str(FICTION_CHAT_IDS[17])), "Address(telegram:…017)"),
    ],
)
def test_an_address_never_prints_in_full(address: Address, shown: str) -> None:
    assert {repr(address), str(address), f"{address}", f"{address!r}", f"{[address]}"[1:-1]} == {shown}


@pytest.mark.parametrize("block", ["+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998"])
def test_the_six_blocks_of_fiction_are_known(block: str) -> None:
    whole = (block + "0000")[:12]
    assert parse_phone(whole).is_fiction
    assert not Address(Channel.SMS, "+3363997" + "9999").is_fiction


@given(text=st.text(max_size=40))
def test_whatever_is_typed_is_an_address_or_refused(text: str) -> None:
    for parse in (parse_phone, parse_mail, parse_chat):
        try:
            assert parse(parse(text).value) == parse(text)
        except BadAddress:
            continue
