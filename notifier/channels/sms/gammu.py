"""gammu-smsd on this machine, by its FILES service: a modem or a phone on a cable, and no internet at all.

Sources: gammu-smsd-files(7), gammu-smsdrc(5), smsd/services/files.c. The daemon takes ``outbox/OUT…``, sends, and moves the file
to ``sent/`` or, after its own retries, to ``error/``; what comes in it writes to ``inbox/IN…``. A file's name ends with our
reference, so a repeat finds the first one wherever it stands, and nothing is sent twice. Files are UTF-16 with a byte order mark:
without one gammu reads them in whatever locale it was started in. It takes names in alphabetical order and ignores the date in
them, so the date that we write is the end of the words' life: the shortest first, and what has outlived its words is withdrawn.

The lane's address is the spool, with these four folders in it. ``smsdrc`` needs ``service = files``, ``inboxformat = unicode``,
``transmitformat = auto`` and ``deliveryreport`` no or log, and the daemon the right to write to all four.
"""

import asyncio
import errno
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from notifier.channels.contract import Forged, Heard, Hook, Incoming, Parcel
from notifier.clock import Clock
from notifier.domain.delivery import Accepted, Evidence, LaneFault, NotSent, Outcome, Refused, RefusedFor, Report, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneFacts, LaneSettings
from notifier.domain.lane import LaneSettings as Settings

__all__ = ["KIND", "GammuChannel", "Settings", "open_channel", "read_report"]

KIND = "gammu"

Found = TypeVar("Found")

INBOX, OUTBOX, SENT, ERROR = FOLDERS = ("inbox", "outbox", "sent", "error")
READ = "read"  # inside inbox/: what the desk has taken in
HANDS = 2  # one to write, one to look
LOOK = 1.0  # s between two looks at the folders
MEMORY = timedelta(days=3)  # receipts are final at 72 h; older files are history
LONGEST = 9 * 153  # septets that gammu cuts into parts at most; ours take two parts
URGENT, ORDINARY = "A", "M"
_NUMBER = re.compile(r"\+?\d{3,15}")
_REF = re.compile(r"[A-Za-z0-9]{1,40}")
_OURS = re.compile(r"OUT[A-Z](?P<end>\d{8}_\d{6})_00_\+?\d+_n(?P<ref>[A-Za-z0-9]+)\.txt")
_THEIRS = re.compile(r"IN(?P<at>\d{8}_\d{6})_(?P<serial>\d+)_(?P<sender>.*)_(?P<part>\d{2,3})\.txt")


class GammuChannel:
    """One spool. ``hands`` are threads of its own, as a disk may be slow: the common ones may all hang in a dead resolver, on the
    very night for which the modem is kept."""

    def __init__(self, spool: Path, hands: Executor) -> None:
        self._spool = spool
        self._hands = hands
        self._clock = Clock()

    async def _do(self, work: Callable[[], Found]) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._hands, work)

    @property
    def facts(self) -> LaneFacts:
        """Our id in the file's name; sent and not sent as receipts, never delivered."""
        return LaneFacts(takes_our_id=True, gives_receipts=True)

    async def send(self, parcel: Parcel) -> Outcome:
        """Hand one file over. A file once handed over is the daemon's, whatever becomes of us."""
        number, ref, text = parcel.address.value, parcel.ref, parcel.words.text
        if not _NUMBER.fullmatch(number) or not _REF.fullmatch(ref):
            return Refused(RefusedFor.BAD_ADDRESS, dead=True, detail="number")
        if not text or len(text) > LONGEST:
            return Refused(RefusedFor.BAD_CONTENT, detail="length")
        try:
            octets = b"\xfe\xff" + text.encode("utf-16-be")
        except UnicodeEncodeError:
            return Refused(RefusedFor.BAD_CONTENT, detail="character")
        name = _outbox_name(number, ref, self._clock.wall() + parcel.life, urgent=parcel.urgent)
        try:
            return await self._do(partial(_hand_over, self._spool, name, ref, octets))
        except OSError as error:
            return NotSent(LaneFault.UNREACHABLE, _disk_fault(error))

    async def credit(self) -> int | None:
        """A SIM card does not say."""
        return None

    async def listen(self) -> AsyncIterator[Heard]:
        """Texts and receipts from the folders, for ever. What was yielded counts as taken in once the next is asked for."""
        seen = _Seen()
        while True:
            now = self._clock.wall()
            texts: tuple[tuple[Incoming, tuple[Path, ...]], ...] = ()
            reports: tuple[Report, ...] = ()
            with suppress(OSError):  # a folder that is gone for now: send says so, we look again
                texts = await self._do(partial(_read_inbox, self._spool, seen))
            with suppress(OSError):
                reports = await self._do(partial(_read_ends, self._spool, seen, now))
            if texts or reports:
                yield Heard(reports, tuple(text for text, _ in texts))
                await self._do(partial(_put_away, self._spool, [path for _, paths in texts for path in paths]))
            await asyncio.sleep(LOOK)


@dataclass(slots=True)
class _Seen:
    """What this process has looked at."""

    ends: set[str] = field(default_factory=set)  # folder/name of files already reported
    taken: set[str] = field(default_factory=set)  # inbox files taken in, should they not let themselves be moved
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)  # size and mtime at the last look


def _outbox_name(number: str, ref: str, end: datetime, *, urgent: bool) -> str:
    """``OUTA20261004_233000_00_+33639980012_n123.txt``, below gammu's limit of 99 characters."""
    return f"OUT{URGENT if urgent else ORDINARY}{end.astimezone(UTC):%Y%m%d_%H%M%S}_00_{number}_n{ref}.txt"


def _hand_over(spool: Path, name: str, ref: str, octets: bytes) -> Outcome:
    """Write beside, then rename: gammu skips names with a leading dot, and never sees half a file."""
    if (standing := _find(spool, ref)) is not None:
        if standing.parent.name == ERROR:
            standing.rename(spool / OUTBOX / name)  # given up by the daemon, wanted again: its turn comes anew
        return Accepted(ref)
    draft = spool / OUTBOX / f".{name}"
    try:
        with draft.open("wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o660)
        draft.rename(spool / OUTBOX / name)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    try:
        _sync_folder(spool / OUTBOX)
    except OSError as error:
        return Unsure(_disk_fault(error))
    return Accepted(ref)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _find(spool: Path, ref: str) -> Path | None:
    """The file that carries this reference, in the order in which it travels, so that a move between two looks is not missed."""
    for folder in (OUTBOX, SENT, ERROR):
        for name, found in _ours(spool / folder):
            if found["ref"] == ref:
                return spool / folder / name
    return None


def _ours(folder: Path) -> Iterator[tuple[str, re.Match[str]]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if found := _OURS.match(entry.name):
                yield entry.name, found


def _disk_fault(error: OSError) -> str:
    return {
        errno.ENOENT: "spool_missing",
        errno.ENOTDIR: "spool_missing",
        errno.ENOSPC: "disk_full",
        errno.EDQUOT: "disk_full",
        errno.EACCES: "spool_denied",
        errno.EPERM: "spool_denied",
        errno.EROFS: "spool_denied",
    }.get(error.errno or 0, f"spool {errno.errorcode.get(error.errno or 0, '')}".strip())


def _read_ends(spool: Path, seen: _Seen, now: datetime) -> tuple[Report, ...]:
    """What came to an end since the last look; files left over from another life of this spool are passed by."""
    found: list[Report] = []
    _withdraw(spool, now)
    for folder, evidence in ((SENT, Evidence.SENT), (ERROR, Evidence.UNDELIVERED)):
        names = {f"{folder}/{name}": match for name, match in _ours(spool / folder)}
        for key, match in sorted(names.items()):
            if key not in seen.ends and _end_of(match) > now - MEMORY:
                ref = match["ref"]
                found.append(Report(evidence, provider_id=ref, our_id=ref, event_id=f"{ref}:{folder}:{match['end']}"))
        seen.ends = {key for key in seen.ends if not key.startswith(f"{folder}/")} | names.keys()
    return tuple(found)


def _withdraw(spool: Path, now: datetime) -> None:
    """Out of the daemon's reach once the words are no longer true: a modem back in the morning must not send the night."""
    for name, match in list(_ours(spool / OUTBOX)):
        if _end_of(match) <= now:
            with suppress(OSError):  # taken by the daemon a moment ago
                (spool / OUTBOX / name).rename(spool / ERROR / name)


def _end_of(match: re.Match[str]) -> datetime:
    try:
        return datetime.strptime(match["end"], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # not a date: not written by us
        return datetime.max.replace(tzinfo=UTC) - MEMORY


def _read_inbox(spool: Path, seen: _Seen) -> tuple[tuple[Incoming, tuple[Path, ...]], ...]:
    """Whole texts: every part of a message, and none still being written (unchanged since the last look)."""
    groups: dict[tuple[str, str, str], list[tuple[int, Path]]] = {}
    still: dict[str, tuple[int, int]] = {}
    with os.scandir(spool / INBOX) as entries:
        for entry in entries:
            if (found := _THEIRS.fullmatch(entry.name)) and entry.name not in seen.taken:
                about = entry.stat()
                still[entry.name] = (about.st_size, about.st_mtime_ns)
                key = (found["at"], found["serial"], found["sender"])
                groups.setdefault(key, []).append((int(found["part"]), Path(entry.path)))
    texts = []
    for key, parts in sorted(groups.items()):
        paths = tuple(path for _, path in sorted(parts))
        if all(seen.sizes.get(path.name) == still[path.name] for path in paths):
            with suppress(OSError):  # one that cannot be read keeps no other from being heard
                texts.append((_incoming(key, paths, still), paths))
                seen.taken.update(path.name for path in paths)
    seen.sizes = still
    return tuple(texts)


def _incoming(key: tuple[str, str, str], paths: tuple[Path, ...], still: dict[str, tuple[int, int]]) -> Incoming:
    text = "".join(_decode(path.read_bytes()) for path in paths)
    at, serial, named = key
    sender = os.fsencode(named).decode("utf-8", "replace")  # the octets of a file's name need not be text
    # gammu counts its serial anew once a file has been moved away, so the file's own time belongs to the event.
    return Incoming(sender[:40], text[:2000], f"{at}_{serial}_{sender[-9:]}_{still[paths[0].name][1]}")


def _decode(octets: bytes) -> str:
    """``inboxformat = unicode`` writes a byte order mark; any other format is bytes of the daemon's locale."""
    if octets.startswith(b"\xfe\xff"):
        text = octets[2:].decode("utf-16-be", "replace")
    elif octets.startswith(b"\xff\xfe"):
        text = octets[2:].decode("utf-16-le", "replace")
    else:
        text = octets.decode("utf-8", "replace")
    return text.replace("\x00", "")  # gammu pads UCS-2 texts with NULs


def _put_away(spool: Path, paths: list[Path]) -> None:
    """Out of the inbox once taken in, so that the next start does not read them again."""
    with suppress(OSError):
        (spool / INBOX / READ).mkdir(exist_ok=True)
    for path in paths:
        with suppress(OSError):
            path.rename(spool / INBOX / READ / path.name)


def read_report(_settings: LaneSettings, _hook: Hook, /) -> Heard:
    """gammu-smsd calls nobody over HTTP: whoever does is no gateway of ours."""
    raise Forged


@asynccontextmanager
async def open_channel(settings: LaneSettings, /) -> AsyncIterator[GammuChannel]:
    """The spool. Raises LaneMisset: ``spool_missing`` (fact ``path``), ``spool_denied``."""
    spool = Path(settings.address)
    for folder in FOLDERS:
        path = spool / folder
        if not path.is_dir():
            raise LaneMisset(settings.name, "spool_missing", (("path", str(path)),))
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise LaneMisset(settings.name, "spool_denied", (("path", str(path)),))
    hands = ThreadPoolExecutor(HANDS, thread_name_prefix=settings.name)
    try:
        yield GammuChannel(spool, hands)
    finally:
        hands.shutdown(wait=False, cancel_futures=True)
