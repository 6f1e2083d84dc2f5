"""Backups made and copied away: the whole database in one sealed file, which the home's key opens."""

import asyncio
import contextlib
import errno
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from notifier.desk.desk import Desk
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import DiskFull, HomeClosed
from notifier.domain.keeping import FILE, BackupPlan, BackupState, Failed, name_backup, outdated
from notifier.store import copying, journal, schema
from notifier.store.transaction import Tx
from notifier.vault.box import SealedWriter

STATE = "backup"  # the fact of the house that tells its backups' state
_TIMES = ("tried", "made", "copied", "failed_since")
_LEVEL = 1  # of zlib: what is sealed does not shrink, and the rest shrinks tenfold at once


@dataclass(frozen=True, slots=True)
class Kept:
    """One backup: where, how large (octets), how many rows, and what went wrong with its copy, if something did."""

    path: Path
    size: int
    rows: int
    failed: Failed | None


async def make_backup(desk: Desk, actor: Actor) -> Kept:
    """One backup now, on demand. Raises Forbidden, DiskFull, HomeClosed."""
    require(actor, Act.MANAGE)
    facts = {"face": actor.face.value}
    await desk.store.write(lambda tx: journal.write(tx, desk.clock.now(), actor.person, "house.backup", facts))
    return await keep_backup(desk)


async def keep_backup(desk: Desk) -> Kept:
    """Make a backup in the plan's folder, copy it away, forget old ones, and write down how it went.

    Raises DiskFull, HomeClosed.
    """
    plan, at = desk.backup, desk.clock.wall()
    path = Path(plan.folder) / name_backup(at)
    try:
        rows = await write_backup(desk, path)
    except (DiskFull, HomeClosed):
        await desk.store.write(partial(_note, Failed.DISK, None, None, at))
        raise
    failed = await _copy_away(plan, path) if plan.copy else None
    copied = at if plan.copy and failed is None else None
    await desk.store.write(partial(_note, failed, at, copied, at))
    with contextlib.suppress(OSError):  # another process of this home forgets them as well
        for name in outdated([found.name for found in path.parent.iterdir()], plan.keep):
            (path.parent / name).unlink(missing_ok=True)
    return Kept(path, path.stat().st_size, rows, failed)


async def write_backup(desk: Desk, path: Path) -> int:
    """The whole database as it stands at one moment, in one sealed file that is there whole or not at all. Gives its rows."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    with _writing(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.fdopen(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    try:
        with _writing(path.parent):
            with file:
                rows = await desk.store.read(partial(_dump, desk, file, path.parent))
                await asyncio.to_thread(_make_durable, file)
            draft.rename(path)
            await asyncio.to_thread(_keep_folder, path.parent)
    finally:
        draft.unlink(missing_ok=True)
    return rows


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What the disk of the backups refuses; the database's own troubles have other names."""
    try:
        yield
    except OSError as refused:
        full = refused.errno in (errno.ENOSPC, errno.EDQUOT)
        raise DiskFull(path=str(folder)) if full else HomeClosed(path=str(folder)) from None


def _dump(desk: Desk, file: BinaryIO, folder: Path, tx: Tx) -> int:
    """``work`` of a transaction: it may run again, from the start."""
    packer, rows = zlib.compressobj(_LEVEL), 0
    with _writing(folder):
        file.seek(0)
        file.truncate()
        sealed = SealedWriter(file, desk.vault)
    for lines in copying.dump(tx, schema.HEAD, desk.clock.wall()):
        rows += lines.count(b"\n") if lines.startswith(b"[") else 0
        with _writing(folder):
            sealed.write(packer.compress(lines))
    with _writing(folder):
        sealed.write(packer.flush())
        sealed.close()
    return rows


def _make_durable(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _keep_folder(folder: Path) -> None:
    """The file's name survives a power cut as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def _copy_away(plan: BackupPlan, path: Path) -> Failed | None:
    """Run the copy command with the file's path in it; what it says is not read, since it may name accounts."""
    quiet = asyncio.subprocess.DEVNULL
    words = [word.replace(FILE, str(path)) for word in plan.copy]
    try:
        command = await asyncio.create_subprocess_exec(*words, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError:
        return Failed.COPY_MISSING
    try:
        async with asyncio.timeout(plan.copy_within.total_seconds()):
            return None if await command.wait() == 0 else Failed.COPY
    except TimeoutError:
        return Failed.COPY_SLOW
    finally:
        if command.returncode is None:
            command.kill()
            await command.wait()


async def look_kept(desk: Desk) -> BackupState:
    """What is known of this house's backups."""
    return await desk.store.read(read_state)


def read_state(tx: Tx) -> BackupState:
    """What is known of this house's backups."""
    kept = schema.read_fact(tx, STATE)
    if kept is None:
        return BackupState()
    told = json.loads(kept)
    tried, made, copied, since = (datetime.fromisoformat(told[name]) if told[name] else None for name in _TIMES)
    return BackupState(tried, made, copied, Failed(told["failed"]) if told["failed"] else None, since)


def _note(failed: Failed | None, made: datetime | None, copied: datetime | None, at: datetime, tx: Tx) -> None:
    old = read_state(tx)
    since = (old.failed_at if old.failed is failed else at) if failed else None
    times = (at, made or old.made_at, copied or old.copied_at, since)
    told = {name: then.isoformat() if then else None for name, then in zip(_TIMES, times, strict=True)}
    schema.write_fact(tx, STATE, json.dumps({**told, "failed": failed}))
