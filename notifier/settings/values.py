"""How single values are read: each function returns the normal form or refuses with one of our codes."""

import difflib
import ipaddress
import re
from datetime import time
from typing import LiteralString
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from pydantic_core import PydanticCustomError

DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
TOKEN_LENGTH = 16  # characters; below, a scraper's token can be guessed over the network


def refuse(code: LiteralString, **facts: str) -> PydanticCustomError:
    """An error that ``faults.field_faults`` passes on under this code."""
    return PydanticCustomError(code, code, {"ours": True, **facts})


def split_url(text: str) -> SplitResult | None:
    """The parts of an http or https address with a host and a sound port; None for anything else."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return parts if sound and not re.search(r"\s", text) else None


def split_mail_host(text: str) -> tuple[str, int] | None:
    """``relay.example.org:587`` or ``[::1]:2525`` as host and port; None for anything else."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    whole = host and port and not parts.path and not parts.username and not re.search(r"\s", text)
    return (str(host), int(port or 0)) if whole else None


def is_loopback(host: str) -> bool:
    """True for localhost, 127.0.0.0/8 and ::1, written out in full: other spellings are not worth the doubt."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address == ipaddress.IPv6Address("::1") or (address.version == 4 and address.is_loopback)


def read_database_url(text: str) -> str:
    """With the driver that we use. Refuses other engines and databases in memory, which a restart would lose."""
    scheme, mark, rest = text.partition("://")
    driver = DRIVERS.get(scheme)
    if not text:
        return text
    if driver is None or not mark:
        raise refuse("database_url")
    if driver.startswith("sqlite") and (not rest.strip("/") or ":memory:" in rest or "mode=memory" in rest):
        raise refuse("database_memory")
    return f"{driver}://{rest}"


def read_public_url(text: str) -> str:
    """The address that people's e-mails lead to: https, except on this machine."""
    parts = split_url(text)
    if not text:
        return text
    if parts is None or parts.query or parts.fragment:
        raise refuse("bad_url")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise refuse("url_https")
    return text.rstrip("/")


def read_host(text: str) -> str:
    """An address or a host name to listen on."""
    if not re.fullmatch(r"[A-Za-z0-9.:\-]{1,253}", text):
        raise refuse("bad_host")
    return text


def read_zone(text: str) -> str:
    """A zone of the IANA database."""
    zones = available_timezones()
    if text not in zones:
        raise refuse("bad_zone", near=",".join(difflib.get_close_matches(text, zones, n=2, cutoff=0.7)))
    return text


def read_time(value: object) -> time:
    """``06:00``, ``6h``, ``06h00`` or TOML's own local time."""
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0, tzinfo=None)
    found = re.fullmatch(r"([01]?\d|2[0-3])\s?[h:]\s?([0-5]\d)?", str(value).strip())
    if not found or (":" in str(value) and not found[2]):
        raise refuse("bad_time")
    return time(int(found[1]), int(found[2] or 0))


def read_token(text: str) -> str:
    """Empty, or long enough not to be guessed."""
    if text and len(text) < TOKEN_LENGTH:
        raise refuse("token_short", limit=str(TOKEN_LENGTH))
    return text
