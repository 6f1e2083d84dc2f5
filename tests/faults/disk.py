"""A disk under SQLite that fails at the call it is told to: no space, an error, or the power gone with what was not synced.

A VFS (sqlite.org/vfs.html) around the machine's own, registered in the very library that Python's sqlite3 uses, so that what is
tried is the real driver and the real files. Only the files' own calls are counted: the shared memory of a WAL is no disk.
"""

import _sqlite3
import ctypes
import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

FULL = 13  # SQLITE_FULL
READ, WRITE, SYNC, TRUNCATE, DELETE = (10 | number << 8 for number in (1, 3, 4, 6, 10))  # SQLITE_IOERR_…
SHORT_READ = 10 | 2 << 8  # of a file that ends there, which is no error
_OPEN, _CLOSE = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p), ctypes.CFUNCTYPE(c_int, c_void_p)
_DELETE = ctypes.CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_DATA = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_SIZE, _FLAGS = ctypes.CFUNCTYPE(c_int, c_void_p, c_int64), ctypes.CFUNCTYPE(c_int, c_void_p, c_int)
_KEPT: list[Any] = []  # for good: SQLite calls it as long as a connection lives, and the last one may be left to the collector
_MAIN, _WAL = 0x100, 0x80000  # SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_WAL


class _Methods(Structure):
    """sqlite3_io_methods, version 3."""

    _fields_ = (
        ("version", c_int),
        *((name, c_void_p) for name in ("close", "read", "write", "truncate", "sync", "size", "lock", "unlock", "reserved")),
        *((name, c_void_p) for name in ("control", "sector", "traits", "map", "shmlock", "barrier", "unmap", "fetch", "unfetch")),
    )


class _File(Structure):
    """sqlite3_file."""

    _fields_ = (("methods", POINTER(_Methods)),)


class _Vfs(Structure):
    """sqlite3_vfs, version 3."""

    _fields_ = (
        ("version", c_int),
        ("file_size", c_int),
        ("path_length", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        ("delete", c_void_p),
        *((f"other{number}", c_void_p) for number in range(13)),
    )


class Trouble(StrEnum):
    """What happens at the call."""

    FULL = "no space is left, until somebody makes room"
    ERROR = "this one call fails"
    POWER = "the machine is off; of what was not synced some is there, some is not, and some is there in part"


@dataclass
class Kept:
    """What of one file would be there after a power cut: what was synced, and what was written since, in order."""

    durable: bytearray
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)  # None: cut off at this length

    def sync(self) -> None:
        """What was written is there for good."""
        for place, octets in self.pending:
            _apply(self.durable, place, octets)
        self.pending.clear()

    def after_power_cut(self, draw: random.Random) -> bytes:
        """One of the many contents that it may have."""
        for place, octets in self.pending:
            fate = draw.random()
            if fate < 0.4:
                continue
            torn = octets is not None and fate < 0.6
            _apply(self.durable, place, octets[: draw.randrange(len(octets) + 1)] if torn and octets is not None else octets)
        self.pending.clear()
        return bytes(self.durable)


def _apply(content: bytearray, place: int, octets: bytes | None) -> None:
    if octets is None:
        del content[place:]
        return
    if place > len(content):
        content.extend(bytes(place - len(content)))
    content[place : place + len(octets)] = octets


@dataclass
class FailingDisk:
    """``calls`` are counted since it was armed; ``struck`` names the call that failed, with its file's ending."""

    vfs: str
    calls: int = 0
    struck: str = ""
    _at: int = 0
    _trouble: Trouble = Trouble.ERROR
    _full: bool = False
    _off: bool = False
    _files: dict[str, Kept] = field(default_factory=dict)

    def arm(self, trouble: Trouble, at: int) -> None:
        """The ``at``-th call from now on is struck; 0 for none."""
        self.calls, self.struck, self._at, self._trouble = 0, "", at, trouble

    def forget(self) -> None:
        """Another file, another disk. Connections that the traceback of an error still holds are closed now."""
        gc.collect()
        self.arm(Trouble.ERROR, 0)
        self._full = self._off = False
        self._files.clear()

    def make_room(self) -> None:
        """Somebody has deleted something."""
        self._full = False

    @property
    def is_off(self) -> bool:
        return self._off

    def power_on(self, draw: random.Random) -> None:
        """The machine again, with its files as they may be; nobody has them open."""
        for path, kept in self._files.items():
            Path(path).write_bytes(kept.after_power_cut(draw))
            Path(f"{path}-shm").unlink(missing_ok=True)
        self._off = False

    def _judge(self, call: str, path: str, error: int) -> int:
        """What this call comes to; 0 where it may go on."""
        if self._off:
            return error
        self.calls += 1
        if self.calls == self._at and not self.struck:
            self.struck = f"{call} {path[-4:]}"
            self._full, self._off = self._trouble is Trouble.FULL, self._trouble is Trouble.POWER
            if self._trouble is Trouble.ERROR or self._off:
                return error
        return FULL if self._full and call == "write" else 0


@contextmanager
def open_disk(name: str = "failing") -> Iterator[FailingDisk]:
    """The disk, for files that are opened as ``file:path?vfs=name``.

    The collector waits meanwhile: where it closed a connection in the middle of something, our calls met an exception of others.
    """
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = POINTER(_Vfs)
    disk, own = FailingDisk(name), library.sqlite3_vfs_find(None).contents
    vfs = _wrap(disk, own)
    assert own.version >= 1
    assert library.sqlite3_vfs_register(ctypes.byref(vfs), 0) == 0
    gc.disable()
    try:
        yield disk
    finally:
        gc.enable()
        disk.forget()
        assert library.sqlite3_vfs_unregister(ctypes.byref(vfs)) == 0


def _wrap(disk: FailingDisk, own: _Vfs) -> _Vfs:
    """A VFS like the machine's own whose files fail."""
    methods: dict[int, _Methods] = {}  # by the address of the own ones: one table for each kind of file
    paths: dict[int, str] = {}
    real_open, real_delete = _OPEN(own.open), _DELETE(own.delete)

    def open_file(_vfs: int, path: int | None, file: int, flags: int, told: int | None) -> int:
        named = ctypes.string_at(path).decode() if path else ""
        counted = bool(path and flags & (_MAIN | _WAL))
        found = Path(named)
        content = found.read_bytes() if counted and found.exists() else b""
        code: int = real_open(ctypes.addressof(own), path, file, flags, told)
        if code == 0 and counted:
            paths[file] = named
            disk._files.setdefault(named, Kept(bytearray(content)))
            opened = ctypes.cast(file, POINTER(_File)).contents
            address = ctypes.addressof(opened.methods.contents)
            if address not in methods:
                methods[address] = _fail_sometimes(disk, opened.methods.contents, paths)
            opened.methods = ctypes.pointer(methods[address])
        return code

    def delete_file(_vfs: int, path: bytes, folder: int) -> int:
        if disk._off:
            return DELETE
        disk._files.pop(path.decode(), None)
        return int(real_delete(ctypes.addressof(own), path, folder))

    vfs = _Vfs.from_buffer_copy(own)
    vfs.name = disk.vfs.encode()
    told = _OPEN(open_file), _DELETE(delete_file)
    vfs.open, vfs.delete = (ctypes.cast(function, c_void_p).value for function in told)
    _KEPT.extend([vfs, methods, *told, real_open, real_delete])
    return vfs


def _fail_sometimes(disk: FailingDisk, own: _Methods, paths: dict[int, str]) -> _Methods:
    real_read, real_write = _DATA(own.read), _DATA(own.write)
    real_truncate, real_sync, real_close = _SIZE(own.truncate), _FLAGS(own.sync), _CLOSE(own.close)

    def read(file: int, buffer: int, count: int, place: int) -> int:
        return disk._judge("read", paths[file], READ) or real_read(file, buffer, count, place)

    def write(file: int, buffer: int, count: int, place: int) -> int:
        path = paths[file]
        code = disk._judge("write", path, WRITE) or real_write(file, buffer, count, place)
        if code == 0:
            disk._files[path].pending.append((place, ctypes.string_at(buffer, count)))
        return code

    def truncate(file: int, size: int) -> int:
        path = paths[file]
        code = disk._judge("truncate", path, TRUNCATE) or real_truncate(file, size)
        if code == 0:
            disk._files[path].pending.append((size, None))
        return code

    def sync(file: int, _flags: int) -> int:
        path = paths[file]
        code = disk._judge("sync", path, SYNC)
        if code == 0:
            disk._files[path].sync()  # the machine's own disk is not asked: its power stays on
        return code

    def close(file: int) -> int:
        paths.pop(file)
        return int(real_close(file))

    failing = _Methods.from_buffer_copy(own)
    told: list[tuple[str, Any]] = [
        ("read", _DATA(read)),
        ("write", _DATA(write)),
        ("truncate", _SIZE(truncate)),
        ("sync", _FLAGS(sync)),
        ("close", _CLOSE(close)),
    ]
    for name, function in told:
        setattr(failing, name, ctypes.cast(function, c_void_p).value)
    _KEPT.extend([told, real_read, real_write, real_truncate, real_sync, real_close, own])
    return failing
