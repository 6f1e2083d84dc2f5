"""Every gateway that the settings know has its room, and all rooms have the same doors."""

import inspect
from collections.abc import Callable

from notifier.channels import ROOMS
from notifier.settings.lane_tables import GATEWAYS, NEEDS


def test_each_gateway_of_the_settings_has_a_room() -> None:
    assert ROOMS.keys() == GATEWAYS.keys() >= NEEDS.keys()
    assert [name for name, room in ROOMS.items() if name != room.KIND] == []


def test_every_room_has_the_same_doors() -> None:
    for room in ROOMS.values():
        taken = [_positional(room.read_report), _positional(room.open_channel)]
        assert taken == [2, 1]


def _positional(door: Callable[..., object]) -> int:
    kinds = [(one.kind, one.default) for one in inspect.signature(door).parameters.values()]
    return sum(kind is inspect.Parameter.POSITIONAL_ONLY and default is inspect.Parameter.empty for kind, default in kinds)
