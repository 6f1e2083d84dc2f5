"""The main courante: every act, chained by SHA-256, so that a change afterwards is found.

An act is written in its own transaction, without a number. One sealer (leased) numbers the new acts within a second, chains
them, and folds in a digest of the attempts made since, so that no call on the wire waits for the chain::

    hash(n) = SHA-256("notifier journal 1" | hash(n-1) | canonical JSON of {seq, id, at, actor, act, facts})

Personal data stands in ``facts`` only as salted commitments (vault), so that erasing a person keeps the chain valid.

A chain shows what was changed in it. That its end was cut off, or that all of it was written anew, shows only beside a head that
somebody noted elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select, update

from notifier.store.ids import new_ids
from notifier.store.prepared import Prepared, PreparedForEach
from notifier.store.tables import attempts, journal

Facts = Mapping[str, object]  # JSON: text, whole numbers, booleans, None, lists and objects of these
GENESIS = "0" * 64
SEALED_AT_ONCE = 2000  # attempts folded into one entry at most: a bounded transaction


class _Act(NamedTuple):
    """An entry, as far as its hash covers it."""

    id: int
    at: datetime
    actor: str
    act: str
    facts: Facts


_ATTEMPT = [attempts.c[name] for name in ("id", "row", "lane", "epoch", "copy", "event", "at", "provider_id", "detail")]
_UNSEALED = Prepared(
    lambda _: select(*_ATTEMPT).where(attempts.c.sealed_in.is_(None)).order_by(attempts.c.id).limit(SEALED_AT_ONCE)
)
_SEALED = Prepared(lambda _: select(*_ATTEMPT).where(attempts.c.sealed_in == bindparam("seq")).order_by(attempts.c.id))
_NEWEST = Prepared(lambda _: select(func.max(journal.c.at)))
_HEAD = Prepared(lambda _: select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc().nulls_last()).limit(1))
_OPENED = Prepared(
    lambda _: (
        select(*(journal.c[name] for name in _Act._fields)).where(journal.c.seq.is_(None)).order_by(journal.c.at, journal.c.id)
    )
)
_CHAIN = PreparedForEach(
    {name: journal.c[name].type for name in ("id", "seq", "hash")},
    lambda told: update(journal).where(journal.c.id == told["id"]).values(seq=told["seq"], hash=told["hash"]),
)
_SEAL = Prepared(lambda ids: update(attempts).where(attempts.c.id.in_(ids)).values(sealed_in=bindparam("seq")))


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as the journal tells it. ``seq`` is None until it is sealed."""

    seq: int | None
    at: datetime
    actor: str
    act: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain, as it is or as it was noted outside of this house: the newest entry's number and its hash.

    As text it is short: the number, and how the hash begins. So much of it is enough to be noted.
    """

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}-{self.hash[:16]}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how many entries hold, and the first one that does not. ``unsealed`` ones await the sealer.

    ``reason``: missing, changed, attempts (those that an entry covers), unreadable; beside a noted head: replaced, cut_off.
    """

    entries: int
    attempts: int
    unsealed: int = 0
    bad_seq: int | None = None
    reason: str = ""
    head: str = GENESIS

    @property
    def to_be_noted(self) -> str:
        """The last entry that holds, as a head is noted."""
        return str(Head(self.entries, self.head))


def write(tx: Connection, at: datetime, actor: str, act: str, facts: Facts) -> None:
    """Write one act, in the transaction of the act itself. Its time never goes back behind the newest entry's."""
    write_all(tx, at, actor, act, [facts])


def write_all(tx: Connection, at: datetime, actor: str, act: str, each: Sequence[Facts]) -> None:
    """Write as many acts of one kind, in their order."""
    if not each:
        return
    newest = newest_at(tx)
    if newest is not None and at <= newest:
        at = newest + timedelta(microseconds=1)
    tx.execute(
        insert(journal),
        [
            {"id": entry, "at": at + place * timedelta(microseconds=1), "actor": actor, "act": act, "facts": dict(facts)}
            for place, (entry, facts) in enumerate(zip(new_ids(len(each)), each, strict=True))
        ],
    )


def newest_at(tx: Connection) -> datetime | None:
    """The time of the newest entry: a clock behind it is refused at start."""
    newest: datetime | None = _NEWEST.rows(tx)[0][0]
    return newest


def read_head(tx: Connection) -> Head:
    """The newest entry that is chained; 0 before there is one."""
    return next((Head(seq, hashed) for seq, hashed in _HEAD.rows(tx) if seq is not None), Head(0, GENESIS))


def seal(tx: Connection, at: datetime) -> int:
    """Number and chain what is new; gives how many entries were sealed. The caller holds the sealer's lease."""
    head = read_head(tx)
    seq, previous = head.seq, head.hash
    fresh = _UNSEALED.rows(tx)
    if fresh:
        digest, first, last = _digest(fresh), fresh[0][0], fresh[-1][0]
        write(tx, at, "notifier", "attempts", {"count": len(fresh), "first": first, "last": last, "digest": digest})
    chained = []
    for row in map(_Act._make, _OPENED.rows(tx)):
        seq += 1
        previous = _link(previous, seq, row)
        chained.append({"id": row.id, "seq": seq, "hash": previous})
        if row.act == "attempts" and fresh:
            _SEAL.run(tx, [attempt[0] for attempt in fresh], seq=seq)
    _CHAIN.run(tx, chained)
    return len(chained)


def verify(tx: Connection, noted: Head | None = None) -> Verdict:
    """Walk the whole chain, attempts included; stops at the first entry that does not hold."""
    previous, count, folded = GENESIS, 0, 0
    try:
        for row in tx.execute(select(journal).where(journal.c.seq.is_not(None)).order_by(journal.c.seq)):
            if row.seq != count + 1:
                return Verdict(count, folded, 0, count + 1, "missing", previous)
            if _link(previous, row.seq, _Act(row.id, row.at, row.actor, row.act, row.facts)) != row.hash:
                return Verdict(count, folded, 0, row.seq, "changed", previous)
            if noted is not None and noted.seq == row.seq and not row.hash.startswith(noted.hash):
                return Verdict(count, folded, 0, row.seq, "replaced", previous)
            if row.act == "attempts":
                covered = _SEALED.rows(tx, seq=row.seq)
                if _digest(covered) != row.facts["digest"]:
                    return Verdict(count, folded, 0, row.seq, "attempts", previous)
                folded += len(covered)
            count, previous = row.seq, row.hash
    except (ValueError, TypeError, AttributeError, LookupError):  # SQLite takes any value: a time that is none, broken JSON
        return Verdict(count, folded, 0, count + 1, "unreadable", previous)
    if noted is not None and noted.seq > count:
        return Verdict(count, folded, 0, count + 1, "cut_off", previous)
    unsealed = tx.execute(select(func.count()).select_from(journal).where(journal.c.seq.is_(None))).scalar_one()
    return Verdict(count, folded, unsealed, head=previous)


def read_entries(tx: Connection, limit: int = 200) -> list[Entry]:
    """The newest acts, newest first."""
    rows = tx.execute(select(journal).order_by(journal.c.at.desc(), journal.c.id).limit(limit))
    return [Entry(row.seq, row.at, row.actor, row.act, row.facts) for row in rows]


def _link(previous: str, seq: int, row: _Act) -> str:
    told = {
        "seq": seq,
        "id": str(row.id),
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "act": row.act,
        "facts": row.facts,
    }
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"notifier journal 1|" + previous.encode() + b"|" + text.encode()).hexdigest()


def _digest(rows: Iterable[tuple[Any, ...]]) -> str:
    digest = hashlib.sha256(b"notifier attempts 1")
    for id_, row, lane, epoch, copy, event, at, provider_id, detail in rows:
        digest.update(repr((id_, row, lane, epoch, copy, event, at.isoformat(), provider_id, detail)).encode())
    return digest.hexdigest()
