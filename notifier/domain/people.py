"""Channels, addresses and the people and posts that are called.

An ``Address`` is parsed once, here, and masks itself: nothing that prints it shows it in full.
Phone numbers are E.164 (ITU-T), parsed with phonenumbers in region FR; mail addresses are parsed with
email-validator, without a look at the network; a Telegram address is a private chat's numeric id.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from notifier.domain.errors import BadAddress


class Channel(StrEnum):
    """A way to a person. The order is the one in which people are tried."""

    TELEGRAM = "telegram"
    SMS = "sms"
    EMAIL = "email"


class Language(StrEnum):
    """The reader's language; French first."""

    FR = "fr"
    EN = "en"


# ARCEP's six blocks of numbers for fiction (decision 2018-0881 as amended), in E.164.
FICTION_PREFIXES = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
# RFC 2606 and RFC 6761: names that never resolve to anybody.
RESERVED_DOMAINS = ("example.org", "example.com", "example.net")
RESERVED_SUFFIXES = (".example", ".invalid", ".test", ".localhost")
FICTION_CHAT_IDS = range(9_000_000_000_000_000, 1 << 53)  # above Telegram's ids (52 significant bits), exact in JSON

_MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


@dataclass(frozen=True, slots=True)
class Address:
    """One address on one channel; ``value`` is normal form (E.164, casefolded mail, decimal chat id).

    ``repr`` and ``str`` mask it: ``Address(sms:…012)``.
    """

    channel: Channel
    value: str = field(repr=False)

    def __repr__(self) -> str:
        return f"Address({self.masked})"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    @property
    def masked(self) -> str:
        """What a screen may show: the channel and the last three characters (mail: of the local part)."""
        tail = self.value.partition("@")[0] if self.channel is Channel.EMAIL else self.value
        return f"{self.channel}:…{tail[-3:]}" if len(tail) > 4 else f"{self.channel}:…"

    @property
    def is_fiction(self) -> bool:
        """True for ARCEP fiction numbers, reserved mail domains and practice chat ids."""
        match self.channel:
            case Channel.SMS:
                return self.value.startswith(FICTION_PREFIXES)
            case Channel.EMAIL:
                domain = self.value.rpartition("@")[2]
                return domain.endswith(RESERVED_SUFFIXES) or any(
                    domain == reserved or domain.endswith("." + reserved) for reserved in RESERVED_DOMAINS
                )
            case Channel.TELEGRAM:
                return int(self.value) in FICTION_CHAT_IDS

    @property
    def takes_sms(self) -> bool:
        """False for a landline. An unknown kind of number is given the benefit of the doubt."""
        if self.channel is not Channel.SMS:
            return False
        if self.value.startswith("+33") and self.value[3:4] in "1234567":
            return self.value[3] in "67"  # the French plan at a glance: an audience asks this 50,000 times
        number = phonenumbers.parse(self.value)
        kind = phonenumbers.number_type(number)
        if kind is phonenumbers.PhoneNumberType.UNKNOWN:
            return not re.match(r"\+33[1-59]", self.value)
        return kind in _MOBILE


def parse_phone(text: str) -> Address:
    """A number as a French clinic writes it, to E.164: ``06 39 98 00 12``, ``639980012`` (Excel ate the zero),
    ``0033…``, ``+33…``.

    Raises BadAddress with the reason code ``phone``.
    """
    bare = re.sub(r"[\s.\-/()\u00a0\u202f\u200b-\u200f\u2060\u202a-\u202e\ufeff]", "", text)
    if not re.fullmatch(r"\+?[0-9]{4,17}", bare):
        raise BadAddress(reason="phone")  # phonenumbers would read letters as keys, and drop what follows a ``;`` or a comma
    if re.fullmatch(r"[1-9]\d{8}", bare):
        bare = "0" + bare
    elif re.fullmatch(r"33[1-9]\d{8}", bare):
        bare = "+" + bare  # Excel ate the plus
    if re.fullmatch(r"0[1-9]\d{8}", bare):
        return Address(Channel.SMS, "+33" + bare[1:])  # what phonenumbers would say, 40 times as fast
    try:
        number = phonenumbers.parse(bare, "FR")
    except phonenumbers.NumberParseException:
        raise BadAddress(reason="phone") from None
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # ARCEP's mobile block for fiction is no valid number to phonenumbers, so the French plan is judged by its form.
    if not (re.fullmatch(r"\+33[1-9]\d{8}", value) or (number.country_code != 33 and phonenumbers.is_valid_number(number))):
        raise BadAddress(reason="phone")
    return Address(Channel.SMS, value)


def parse_mail(text: str) -> Address:
    """A mail address in lower case, as every mailbox reads it. Raises BadAddress with the reason code ``mail``."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:  # whose text repeats the address
        raise BadAddress(reason="mail") from None
    return Address(Channel.EMAIL, found.normalized.casefold())


def parse_chat(text: str) -> Address:
    """A private chat's id: a positive integer below 2**63. Raises BadAddress with the reason code ``chat``."""
    bare = text.strip()
    if not re.fullmatch(r"[1-9][0-9]{0,18}", bare) or int(bare) >= 1 << 63:
        raise BadAddress(reason="chat")
    return Address(Channel.TELEGRAM, bare)


def show_number(number: str, gap: str = "\u00a0") -> str:
    """A French number as people read it aloud: ``01 99 00 12 34``; any other stays as it is."""
    bare = re.fullmatch(r"(?:\+33|0)([1-9]\d{8})", number.replace(" ", ""))
    return gap.join(re.findall("..", "0" + bare[1])) if bare else number
