"""Backups: how often, how many are kept, and by which command each one is copied to a second place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.alarm import BackupTrouble

FILE = "{file}"  # in the copy command: the backup's path
LATE = 3  # turns missed before a backup is late
AHEAD = timedelta(seconds=15)  # 5 s until its turn is noticed, 10 s to be made and to arrive
_STAMP = "%Y%m%dT%H%M%SZ"
_SUFFIX = ".backup"


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """``folder`` is a path; ``every``: how old the newest may become, None: only on demand; ``copy`` empty: nowhere else."""

    folder: str = ""
    every: timedelta | None = None
    keep: int = 24
    copy: tuple[str, ...] = ()
    copy_within: timedelta = timedelta(minutes=5)  # real: a copy that takes longer is stopped


class Failed(StrEnum):
    """Why the newest backup is not where it should be."""

    COPY = "copy"  # the copy command ended with an error
    COPY_MISSING = "copy_missing"  # there is no such command
    COPY_SLOW = "copy_slow"  # it was stopped after its deadline
    DISK = "disk"  # the folder cannot be written


@dataclass(frozen=True, slots=True)
class BackupState:
    """What is known of the backups: when one was last tried, made, and copied away, and what fails since when."""

    tried_at: datetime | None = None
    made_at: datetime | None = None
    copied_at: datetime | None = None
    failed: Failed | None = None
    failed_at: datetime | None = None

    def safe_at(self, plan: BackupPlan) -> datetime | None:
        """Up to when nothing is lost with this machine's disk; with this folder's, where nothing is copied."""
        return self.copied_at if plan.copy else self.made_at


def is_due(plan: BackupPlan, state: BackupState, at: datetime) -> bool:
    """True when the schedule wants another one, so early that it arrives before the last is as old as it may become."""
    return plan.every is not None and (state.tried_at is None or at - state.tried_at >= plan.every - AHEAD)


def find_trouble(plan: BackupPlan, state: BackupState, at: datetime) -> BackupTrouble | None:
    """What failed last, or that several turns of the schedule have brought nothing to safety."""
    if state.failed is not None and state.failed_at is not None:
        return BackupTrouble(state.failed.value, state.failed_at)
    safe = state.safe_at(plan)
    late = plan.every is not None and safe is not None and at - safe > LATE * plan.every
    return BackupTrouble("late", safe) if late and safe is not None else None


def name_backup(at: datetime) -> str:
    """``notifier-20261125T130500Z.backup``: in order of time."""
    return f"notifier-{at:{_STAMP}}{_SUFFIX}"


def outdated(names: Sequence[str], keep: int) -> list[str]:
    """Of a folder's file names, the backups that are not among the newest ``keep``."""
    ours = sorted(name for name in names if name.startswith("notifier-") and name.endswith(_SUFFIX))
    return ours[:-keep]
