"""What stands in the way of sending, or of starting again elsewhere: shown wherever somebody decides or watches."""

from dataclasses import dataclass
from datetime import datetime

from notifier.domain.delivery import LaneFault


@dataclass(frozen=True, slots=True)
class LaneDown:
    """An account that cannot send: its lane, why, and since when. ``cause`` is the room's own word for it, where it has one."""

    lane: str
    fault: LaneFault
    since: datetime
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Freeze:
    """Nothing leaves until somebody thaws: since when, who froze, and the reason that was given (may be empty)."""

    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class BackupTrouble:
    """The newest backup is not where it should be: why (``domain.keeping.Failed``, or ``late``), and since when."""

    why: str
    since: datetime


Alarm = LaneDown | Freeze | BackupTrouble
