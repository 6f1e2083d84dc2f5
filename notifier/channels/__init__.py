"""One room per channel and gateway, all of one shape (``contract``); ``ROOMS`` gives them by the gateway's name in [[lane]]."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from notifier.channels.contract import Room

__all__ = ["ROOMS"]

_MODULES = {
    "telegram": "notifier.channels.telegram",
    "email": "notifier.channels.email",
    "android": "notifier.channels.sms.android",
    "kannel": "notifier.channels.sms.kannel",
    "ovh": "notifier.channels.sms.ovh",
    "gammu": "notifier.channels.sms.gammu",
}


class Rooms(Mapping[str, Room]):
    """Each room is read when it is first asked for: what they all stand on costs a second of processor time."""

    def __getitem__(self, gateway: str) -> Room:
        return cast(Room, import_module(_MODULES[gateway]))

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


ROOMS = Rooms()
