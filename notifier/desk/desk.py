"""What every verb of the desk works with. One verb, one call, one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from notifier.clock import Clock
from notifier.domain.keeping import BackupPlan
from notifier.domain.lane import LaneSettings, Role
from notifier.domain.people import Channel
from notifier.domain.readiness import VERIFIED_FOR
from notifier.domain.rest import REST
from notifier.rendering import Library
from notifier.store.transaction import Store
from notifier.vault import Vault


def _nobody() -> None:
    """Nobody listens: another process sends."""


@dataclass(slots=True)
class Desk:
    """The house as the desk sees it; ``wiring`` puts it together.

    ``ring`` wakes the lanes and the rounds of this process, if it has any. ``library`` reads the templates, and may raise
    BadTemplate: only who makes an alert asks for them, for what has been approved is frozen and needs none to be sent or stopped.
    """

    store: Store
    vault: Vault
    clock: Clock
    library: Callable[[], Library]
    lanes: tuple[LaneSettings, ...] = ()
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    fresh: timedelta = timedelta(hours=48)
    quiet_until: time = time(6, 0)
    rest: timedelta = REST
    messages_per_hour: int | None = None  # to one person, save vital ones; None: as many as come
    verified_for: timedelta = VERIFIED_FOR
    backup: BackupPlan = field(default_factory=BackupPlan)
    confirm_enrolments: bool = True
    ring: Callable[[], None] = _nobody

    def open_text(self, sealed: bytes, bound: str) -> str:
        """The vault's, for store functions that decrypt through the desk."""
        return self.vault.open(sealed, bound)


def choose_lane(
    lanes: tuple[LaneSettings, ...], channel: Channel, recipient: int, faulty: Mapping[str, object] | frozenset[str] = frozenset()
) -> LaneSettings | None:
    """The lane that this recipient's message takes: primaries that can send, then backups, then primaries that cannot.

    Several accounts of one rank share the people by their limits, the same person always on the same account.
    """
    of_channel = [lane for lane in lanes if lane.channel is channel]
    for rank in (
        [lane for lane in of_channel if lane.role is Role.PRIMARY and lane.name not in faulty],
        [lane for lane in of_channel if lane.role is Role.BACKUP and lane.name not in faulty],
        of_channel,
    ):
        if rank:
            return rank[0] if len(rank) == 1 else _share(rank, recipient)
    return None


def _share(lanes: list[LaneSettings], recipient: int) -> LaneSettings:
    place = (recipient * 0x9E3779B1 % (1 << 32)) / (1 << 32) * sum(lane.per_second for lane in lanes)
    for lane in lanes:
        place -= lane.per_second
        if place < 0:
            return lane
    return lanes[-1]
