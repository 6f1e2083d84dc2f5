"""Room that is kept beside a SQLite database for the day its disk is full (RELIABILITY 3, row 7).

What has been accepted goes on in its place: outcomes, answers, receipts, next steps and lists are written. What is new is
refused until the room is there again.
"""

import errno
import os
from pathlib import Path

ROOM = 16 << 20  # octets: a night of 3,000 people writes about half of it, the WAL included
MARGIN = 1 << 20  # octets that stay free when it is had back
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Ballast:
    """One file of ``room`` octets that holds nothing."""

    def __init__(self, path: Path, room: int = ROOM) -> None:
        self._path = path
        self._room = room

    @property
    def is_kept(self) -> bool:
        """It is there, and whole."""
        try:
            return self._path.stat().st_size == self._room
        except OSError:
            return False

    def keep(self) -> bool:
        """Make it where it is not there; False while the disk has no room for it.

        On a file system where room cannot be kept, or may not, nothing is: that alone refuses nobody.
        """
        if self.is_kept:
            return True
        try:
            if self.left() < self._room + MARGIN:
                return False  # asked first: a try would take from the database, for a moment, what it goes on in
            with self._path.open("ab") as file:
                self.fill(file.fileno(), self._room)
        except OSError as refused:
            self.spend()
            return refused.errno not in _FULL
        return True

    def left(self) -> int:
        """How many octets the disk has left."""
        found = os.statvfs(self._path.parent)
        return found.f_bavail * found.f_frsize

    def fill(self, file: int, room: int) -> None:
        """Really have these octets, not only their number."""
        os.posix_fallocate(file, 0, room)

    def spend(self) -> bool:
        """Give its room to the database; False where that has been done."""
        try:
            self._path.unlink()
        except OSError:
            return False
        return True
