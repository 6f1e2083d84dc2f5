"""A backup put into an empty house, which doubts what it cannot know, that what waited has not left since, and starts frozen."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from notifier.desk import operators
from notifier.desk.desk import Desk
from notifier.desk.keeping import STATE
from notifier.domain.alarm import Freeze
from notifier.domain.authority import Act, Actor, Face, Role, require
from notifier.domain.errors import BadBackup, HomeInUse, NewerDatabase, UnreadableFile
from notifier.store import contacts, copying, journal, leases, migrating, picture, schema
from notifier.store.copying import Manifest
from notifier.store.transaction import Tx
from notifier.vault import Vault
from notifier.vault.box import read_sealed


@dataclass(frozen=True, slots=True)
class Restored:
    """A house that stands again, frozen: who is in it, and how many messages wait, ``doubtful`` of which may have left."""

    people: int
    alerts: int
    waiting: int
    doubtful: int


def inspect_backup(path: Path, vault: Vault) -> Manifest:
    """What a backup holds, after every part of it has been opened and every row counted.

    Raises BadBackup, WrongKey, UnreadableFile, NewerDatabase; nothing has been touched then.
    """
    try:
        manifest = copying.read_manifest(_lines(path, vault))
    except OSError:
        raise UnreadableFile(path=str(path), reason="permission" if path.exists() else "missing") from None
    except (zlib.error, ValueError, KeyError):
        raise BadBackup(path=str(path), reason="damaged") from None
    if manifest is None:
        raise BadBackup(path=str(path), reason="damaged")
    if not migrating.knows(manifest.revision):
        raise NewerDatabase(found=manifest.revision, known=schema.HEAD)
    return manifest


def _lines(path: Path, vault: Vault) -> Iterator[bytes]:
    unpacker, rest = zlib.decompressobj(), b""
    with path.open("rb") as file:
        for part in read_sealed(file, vault, str(path)):
            *lines, rest = (rest + unpacker.decompress(part)).split(b"\n")
            yield from lines
    if rest or not unpacker.eof:
        raise BadBackup(path=str(path), reason="damaged")


async def restore_backup(desk: Desk, path: Path, manifest: Manifest, *, operator: str, reason: str) -> Restored:
    """Put the backup that was inspected into this empty house, doubt what may have left since, and freeze. All or nothing.

    ``operator`` is who does it, ``reason`` what the freeze says. Raises HomeInUse, Forbidden.
    """
    return await desk.store.write(partial(_restore, desk, path, manifest, operator, reason))


def _restore(desk: Desk, path: Path, manifest: Manifest, operator: str, reason: str, tx: Tx) -> Restored:
    migrating.build(tx, manifest.revision)
    if not copying.is_empty(tx):
        raise HomeInUse(database=desk.store.place)
    copying.clear_house(tx)
    copying.load(tx, _lines(path, desk.vault))
    migrating.build(tx, schema.HEAD)
    at = desk.clock.now()
    doubtful = copying.doubt_what_waited(tx, at)
    copying.skip_numbers(tx)
    schema.forget_fact(tx, STATE)
    roles = operators.enrol(desk, operator, Face.CLI, tx)
    actor = Actor(operator, frozenset(Role(role) for role in roles), Face.CLI)
    require(actor, Act.MANAGE)
    facts = {
        "made_at": manifest.made_at.isoformat(),
        "rows": sum(manifest.rows.values()),
        "doubtful": doubtful,
        "face": actor.face.value,
    }
    journal.write(tx, at, operator, "house.restore", facts)
    if leases.read_freeze(tx) is None:
        leases.freeze(tx, Freeze(at, operator, reason))
    return Restored(contacts.count_people(tx), manifest.rows["alerts"], picture.count_live(tx), doubtful)
