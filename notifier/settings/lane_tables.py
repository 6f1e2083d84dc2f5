"""The ``[[lane]]`` tables: fields one by one, then what must hold between them; all faults of all lanes at once."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from notifier.domain.errors import BadAddress, Fault
from notifier.domain.lane import LaneSettings, Network, Role
from notifier.domain.people import Channel, parse_mail
from notifier.settings.faults import field_faults, unknown
from notifier.settings.values import is_loopback, split_mail_host, split_url
from notifier.settings.variables import Variables, read_secret

# Which channel each gateway serves.
GATEWAYS = {
    "telegram": Channel.TELEGRAM,
    "email": Channel.EMAIL,
    "android": Channel.SMS,
    "kannel": Channel.SMS,
    "ovh": Channel.SMS,
    "gammu": Channel.SMS,
}
# The credentials without which an account cannot work.
NEEDS: dict[str, tuple[str, ...]] = {
    "telegram": ("token",),
    "android": ("username", "password"),
    "kannel": ("username", "password"),
    "ovh": ("application_key", "application_secret", "consumer_key"),
}
# Providers with one public address; the others stand on the customer's own machine.
ADDRESSES = {"telegram": "https://api.telegram.org", "ovh": "https://eu.api.ovh.com/1.0"}
SENDER_LENGTH = 11  # characters of an alphanumeric sender (3GPP TS 23.040, 9.1.2.5)
_SECRET_WORDS = ("password", "secret", "token", "key")
_CHOICES = {
    "channel": tuple(Channel),
    "gateway": tuple(GATEWAYS),
    "network": tuple(Network),
    "role": tuple(Role),
}


class _Table(BaseModel):
    """One table as written; ``gateway`` is checked beside ``channel``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    channel: Channel
    gateway: str
    network: Network
    per_second: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
    address: str = ""
    window: Annotated[int, Field(ge=1, le=256)] = 8
    sender: str = ""
    role: Role = Role.PRIMARY
    credentials: dict[str, str] = Field(default_factory=dict)
    options: dict[str, str | int | float | bool] = Field(default_factory=dict)


def read_lanes(tables: object, folder: Path, variables: Variables, faults: list[Fault]) -> tuple[LaneSettings, ...]:
    """Every lane that can be read; what is wrong with the others is added to ``faults``."""
    if not isinstance(tables, list):
        faults.append(Fault("[[lane]]", "lane_not_list"))
        return ()
    raw = [table if isinstance(table, dict) else {} for table in tables]
    faults.extend(_repeated(raw))
    order = sorted(range(len(raw)), key=lambda place: -len(_text(raw[place], "name")))  # "sms-2" takes its variables before "sms"
    told: list[list[Fault]] = [[] for _ in raw]
    found = {place: _read_lane(raw[place], place + 1, folder, variables, told[place]) for place in order}
    faults.extend(fault for each in told for fault in each)  # as they stand in the file
    return tuple(lane for place in sorted(found) if (lane := found[place]))


def variable_name(lane: str) -> str:
    """``sms-2`` is ``SMS_2`` in ``NOTIFIER_LANE_SMS_2_PASSWORD``."""
    return re.sub(r"[^A-Z0-9]", "_", lane.upper())


def _repeated(raw: list[dict[str, object]]) -> Iterator[Fault]:
    seen: set[str] = set()
    for table in raw:
        name = variable_name(_text(table, "name"))
        if name and name in seen:
            yield Fault(f"[[lane]] {_text(table, 'name')}, name", "lane_twice", (("key", _text(table, "name")),))
        seen.add(name)


def _read_lane(
    raw: dict[str, object],
    number: int,
    folder: Path,
    variables: Variables,
    faults: list[Fault],
) -> LaneSettings | None:
    before = len(faults)
    name = _text(raw, "name")
    where = f"[[lane]] {name or number}"
    table = _validate(raw, where, faults)
    faults.extend(_between(raw, where, folder))
    secrets = _secrets(raw.get("credentials"), name, where, folder, variables, faults)
    faults.extend(_lacking(raw, where, secrets))
    if table is None or len(faults) > before:
        return None
    return LaneSettings(
        name=table.name,
        channel=table.channel,
        gateway=table.gateway,
        network=table.network,
        address=_address(raw, folder),
        per_second=table.per_second,
        sender=table.sender.replace(" ", "") if table.sender.startswith("+") else table.sender,
        window=table.window,
        role=table.role,
        secrets=secrets,
        options={key: _option(key, value, folder) for key, value in table.options.items()},
    )


def _lacking(raw: Mapping[str, object], where: str, secrets: Mapping[str, str]) -> Iterator[Fault]:
    """The credentials that the gateway needs and nobody gave; one that was given and cannot be read has its fault already."""
    written = raw.get("credentials")
    given = {str(key).removesuffix("_file") for key in written} if isinstance(written, dict) else set()
    for key in NEEDS.get(_text(raw, "gateway"), ()):
        if key not in secrets and key not in given:
            yield Fault(f"{where}, credentials", "credential_missing", (("key", key),))


def _option(key: str, value: str | float | bool, folder: Path) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(folder / str(value)) if key.endswith("_file") else str(value)


def _validate(raw: dict[str, object], where: str, faults: list[Fault]) -> _Table | None:
    try:
        return _Table.model_validate(raw)
    except ValidationError as refused:
        faults.extend(field_faults(refused, where=where, known=tuple(_Table.model_fields), choices=_CHOICES))
        return None


def _text(raw: Mapping[str, object], key: str) -> str:
    value = raw.get(key, "")
    return str(value) if isinstance(value, str) else ""


def _between(raw: dict[str, object], where: str, folder: Path) -> Iterator[Fault]:
    """What one field cannot show by itself. Works on the raw table, so that one bad field hides no other fault."""
    name, gateway, channel = _text(raw, "name"), _text(raw, "gateway"), _text(raw, "channel")
    if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", name):
        yield Fault(f"{where}, name", "lane_name")
    if not gateway:
        return
    if gateway not in GATEWAYS:
        yield unknown("unknown_gateway", gateway, tuple(GATEWAYS), f"{where}, gateway")
        return
    if channel in tuple(Channel) and channel != GATEWAYS[gateway]:
        facts = (("gateway", gateway), ("channel", channel), ("right", GATEWAYS[gateway].value))
        yield Fault(f"{where}, gateway", "gateway_channel", facts)
    if code := _address_fault(gateway, _text(raw, "network"), _address(raw, folder)):
        yield Fault(f"{where}, address", code, (("gateway", gateway),))
    if code := _sender_fault(gateway, _text(raw, "sender")):
        yield Fault(f"{where}, sender", code, (("gateway", gateway), ("limit", str(SENDER_LENGTH))))


def _address(raw: dict[str, object], folder: Path) -> str:
    gateway = _text(raw, "gateway")
    given = _text(raw, "address") or ADDRESSES.get(gateway, "")
    return str(folder / given) if gateway == "gammu" and given else given.rstrip("/")


def _address_fault(gateway: str, network: str, address: str) -> str | None:
    if not address:
        return "address_missing"
    if gateway == "gammu":
        return "folder_missing" if network == Network.LIVE and not Path(address).is_dir() else None
    if gateway == "email":
        post = split_mail_host(address)
        host, sound, plain = (post[0] if post else ""), post is not None, False
    else:
        parts = split_url(address)
        host, sound = (parts.hostname or "" if parts else ""), parts is not None
        plain = parts is not None and parts.scheme == "http"
    if not sound:
        return "address_mail" if gateway == "email" else "address_url"
    if network == Network.PRACTICE and not is_loopback(host):
        return "practice_elsewhere"
    if plain and gateway in ADDRESSES and not is_loopback(host):
        return "address_https"  # these two are reached over the open internet, with a secret in each call
    return None


def _sender_fault(gateway: str, sender: str) -> str | None:
    """A mail lane's sender is its From address; a text lane's a number (two-way) or a name; the bot needs none."""
    if gateway == "telegram":
        return None
    if not sender.strip():
        return "sender_missing"
    if gateway == "email":
        try:
            parse_mail(sender)
        except BadAddress:
            return "sender_mail"
        return None
    if re.fullmatch(r"\+?[\d ]+", sender):
        return None if 3 <= len(re.sub(r"\D", "", sender)) <= 15 else "sender_number"
    if len(sender) > SENDER_LENGTH:
        return "sender_long"
    return None if re.fullmatch(r"[A-Za-z0-9 ]*[A-Za-z][A-Za-z0-9 ]*", sender) else "sender_letters"


def _secrets(
    credentials: object,
    name: str,
    where: str,
    folder: Path,
    variables: Variables,
    faults: list[Fault],
) -> dict[str, str]:
    """Files named in the table, then the environment, which wins."""
    secrets: dict[str, str] = {}
    written = credentials if isinstance(credentials, dict) else {}
    for key, value in written.items():
        place = f"{where}, credentials.{key}"
        if key.endswith("_file"):
            if (text := read_secret(folder / str(value), place, faults)) is not None:
                secrets[key.removesuffix("_file")] = text
        elif any(word in key for word in _SECRET_WORDS):
            faults.append(Fault(place, "secret_inline", (("key", key),)))
        else:
            secrets[key] = str(value)
    if name:
        secrets |= variables.take_all(f"NOTIFIER_LANE_{variable_name(name)}_")
    return secrets
