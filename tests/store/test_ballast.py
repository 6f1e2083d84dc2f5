import errno
import os
from pathlib import Path

import pytest

from notifier.domain.errors import DiskFull
from notifier.store.ballast import Ballast
from notifier.store.transaction import open_store

ROOM = 1 << 20


class Elsewhere(Ballast):
    """On a disk that says this when room is asked for."""

    says = errno.ENOSPC

    def fill(self, file: int, room: int) -> None:
        """Some of it is there, then it is said."""
        super().fill(file, room // 2)
        raise OSError(self.says, os.strerror(self.says))


def test_it_holds_its_room_until_it_is_spent_and_can_be_had_again(tmp_path: Path) -> None:
    path = tmp_path / "notifier.ballast"
    ballast = Ballast(path, ROOM)
    assert ballast.keep()
    assert path.stat().st_blocks * 512 >= ROOM, "not a file with a hole in it"
    assert ballast.spend()
    assert not path.exists()
    assert not ballast.spend(), "once"
    assert ballast.keep()
    assert path.stat().st_size == ROOM


def test_one_that_a_crash_left_half_made_is_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "notifier.ballast"
    path.write_bytes(b"0" * 100)
    assert Ballast(path, ROOM).keep()
    assert path.stat().st_size == ROOM


class Crowded(Ballast):
    """On a disk that has so much left."""

    some = 0

    def left(self) -> int:
        """That."""
        return self.some

    def fill(self, file: int, room: int) -> None:
        """Only where there is enough."""
        assert self.some > room
        super().fill(file, room)


def test_while_the_disk_is_nearly_full_not_even_a_try_takes_from_the_database(tmp_path: Path) -> None:
    ballast = Crowded(tmp_path / "notifier.ballast", ROOM)
    for ballast.some in (0, ROOM // 2, ROOM):
        assert not ballast.keep()
    ballast.some = 3 * ROOM
    assert ballast.keep()


def test_a_full_disk_keeps_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "notifier.ballast"
    assert not Elsewhere(path, ROOM).keep()
    assert not path.exists()


async def test_where_room_cannot_be_kept_nobody_is_refused(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'some.db'}")
    store.ballast = Elsewhere(tmp_path / "notifier.ballast", ROOM)
    try:
        with pytest.raises(DiskFull):
            await store.write(lambda tx: tx.exec_driver_sql("CREATE TABLE some (thing)"), new=True)
        store.ballast.says = errno.EOPNOTSUPP
        await store.write(lambda tx: tx.exec_driver_sql("CREATE TABLE some (thing)"), new=True)
    finally:
        await store.close()
