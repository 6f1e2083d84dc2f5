"""A lane is one account's way out: one bot, one SMS gateway, one mail relay, with its own pace."""

from dataclasses import dataclass, field
from enum import StrEnum

from notifier.domain.people import Address, Channel


class Network(StrEnum):
    """Live lanes reach real people; practice lanes reach the rehearsal network on loopback, and only fiction addresses."""

    LIVE = "live"
    PRACTICE = "practice"


class Role(StrEnum):
    PRIMARY = "primary"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class LaneSettings:
    """One ``[[lane]]`` table, checked. ``secrets`` are the credentials, read from files (never printed).

    ``address`` is the provider's base URL (HTTP), ``host:port`` (mail) or a folder (gammu). ``per_second`` is the account's
    limit; ``window`` how many calls may be under way (the K of promise P2). ``sender`` is a two-way number (digits, ``+``) or an
    alphanumeric name of at most 11 characters, which cannot be answered. ``options`` are the room's own.
    """

    name: str
    channel: Channel
    gateway: str
    network: Network
    address: str
    per_second: float
    sender: str = ""
    window: int = 8
    role: Role = Role.PRIMARY
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    options: dict[str, str] = field(default_factory=dict)

    @property
    def two_way(self) -> bool:
        """True where the person can answer on the same lane."""
        if self.channel is Channel.SMS:
            return bool(self.sender) and self.sender.lstrip("+").isdigit()
        return True


@dataclass(frozen=True, slots=True)
class LaneFacts:
    """What the gateway can do, so that the desk and the rooms share it without knowing each other.

    ``takes_our_id``: a repeat of the same ``ref`` is recognised (409) and never delivered twice. ``per_address``: real seconds
    between two messages to one address (Telegram: 1). ``cents``: price of one part, in euro cents, 0 where free or unknown.
    """

    takes_our_id: bool = False
    takes_ttl: bool = False
    gives_receipts: bool = False
    per_address: float = 0.0
    cents: float = 0.0


def may_send(network: Network, address: Address) -> bool:
    """Live lanes refuse fiction numbers and reserved domains; practice lanes take nothing else."""
    return address.is_fiction is (network is Network.PRACTICE)
