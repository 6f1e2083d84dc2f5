"""The whole database as lines of JSON that no database engine shows in, and back: what a backup holds.

::

    {"notifier": 1, "revision": "0001", "made_at": "…"}
    {"table": "people", "columns": [["id", "int"], ["name_sealed", "bytes"], …]}
    [1, "AQ==", …]
    …
    {"end": {"people": 1, …}}

A kind stands beside each column, so that lines of an older revision go into tables of that revision.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Text,
    case,
    column,
    delete,
    func,
    insert,
    inspect,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.types import TypeEngine

from notifier.domain.delivery import MAX_COPIES, WAITING, State
from notifier.domain.incident import MAX_NUMBER
from notifier.store import tables
from notifier.store.tables import Instant, metadata
from notifier.store.transaction import Tx

FORM = 1
BATCH = 500  # rows between two looks at what else there is to do
SKIPPED = 10  # message numbers of each open incident that may have been given out since the backup
_TYPES: dict[str, TypeEngine[Any]] = {
    "instant": Instant(),
    "bytes": LargeBinary(),
    "json": JSON(none_as_null=True),
    "bool": Boolean(),
    "int": BigInteger(),
    "text": Text(),
}
_KINDS = (
    (Instant, "instant"),
    (LargeBinary, "bytes"),
    (JSON, "json"),
    (Boolean, "bool"),
    (Integer, "int"),
    (String, "text"),
)
_OUT: dict[str, Callable[[Any], object]] = {
    "bytes": lambda value: base64.b64encode(value).decode(),
    "instant": lambda value: value.isoformat(),
}
_IN: dict[str, Callable[[Any], object]] = {"bytes": base64.b64decode, "instant": datetime.fromisoformat}
_WITH_THE_HOUSE = {"house", "lanes"}  # rows that every fresh database has


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: the schema's revision, when it was made, how many rows each table has."""

    revision: str
    made_at: datetime
    rows: dict[str, int]


def dump(tx: Tx, revision: str, made_at: datetime) -> Iterator[bytes]:
    """Every row of every table, as it stood at one moment. ``tx`` must have done nothing yet."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    yield _line({"notifier": FORM, "revision": revision, "made_at": made_at.isoformat()})
    counts = {}
    for each in metadata.sorted_tables:
        kinds = [_kind(one) for one in each.columns]
        yield _line({"table": each.name, "columns": [[one.name, kind] for one, kind in zip(each.columns, kinds, strict=True)]})
        counts[each.name] = 0
        changed = [(place, _OUT[kind]) for place, kind in enumerate(kinds) if kind in _OUT]
        for rows in tx.execute(select(each), execution_options={"yield_per": BATCH}).partitions():
            counts[each.name] += len(rows)
            yield b"".join(_line(_turn(row, changed)) for row in rows)
    yield _line({"end": counts})


def read_manifest(lines: Iterator[bytes]) -> Manifest | None:
    """Walk through all lines without keeping them; None where they are not a whole dump of this form."""
    told = json.loads(next(lines, b"null"))
    if not isinstance(told, dict) or told.get("notifier") != FORM:
        return None
    found: dict[str, int] = {}
    name = ""
    for line in lines:
        if line.startswith(b"["):
            found[name] += 1
            continue
        mark = json.loads(line)
        if "end" in mark:
            whole = mark["end"] == found and next(lines, None) is None
            return Manifest(told["revision"], datetime.fromisoformat(told["made_at"]), found) if whole else None
        name = mark["table"]
        found[name] = 0
    return None


def load(tx: Tx, lines: Iterator[bytes]) -> None:
    """Put the rows of a dump into empty tables of the dump's revision."""
    next(lines)
    target, names, changed, rows = table(""), [""], list[tuple[int, Callable[[Any], object]]](), list[dict[str, object]]()
    for line in lines:
        told = json.loads(line)
        if isinstance(told, list):
            rows.append(dict(zip(names, _turn(told, changed), strict=True)))
        if rows and (len(rows) >= BATCH or isinstance(told, dict)):
            tx.execute(insert(target), rows)
            rows = []
        if isinstance(told, dict) and "table" in told:
            names = [name for name, _ in told["columns"]]
            changed = [(place, _IN[kind]) for place, (_, kind) in enumerate(told["columns"]) if kind in _IN]
            target = table(told["table"], *(column(name, _TYPES[kind]) for name, kind in told["columns"]))
    if tx.dialect.name == "postgresql":
        newest = select(func.coalesce(func.max(tables.attempts.c.id), 0) + 1).scalar_subquery()
        tx.execute(select(func.setval(func.pg_get_serial_sequence("attempts", "id"), newest, False)))


def is_empty(tx: Tx) -> bool:
    """True for a database that holds nothing but what every command makes when it finds none."""
    there = set(inspect(tx).get_table_names())
    kept = [each for each in metadata.sorted_tables if each.name in there and each.name not in _WITH_THE_HOUSE]
    return not any(tx.execute(select(1).select_from(each).limit(1)).first() for each in kept)


def clear_house(tx: Tx) -> None:
    """The rows of a fresh database make room for those of a backup."""
    for each in metadata.sorted_tables:
        if each.name in _WITH_THE_HOUSE:
            tx.execute(delete(each))


def doubt_what_waited(tx: Tx, at: datetime) -> int:
    """What a restored database cannot know: messages that waited, or were on the wire, may have left since the backup.

    Each counts one copy more (those on the wire have it already) and is unsure; at three copies it is exhausted, and the next
    channel is due. Leases are nobody's. Gives how many messages are in doubt.
    """
    outbox = tables.outbox
    waiting = tuple(state.value for state in WAITING)
    copies = case((outbox.c.state == State.ON_WIRE.value, outbox.c.copies), else_=outbox.c.copies + 1)
    spent = copies >= MAX_COPIES
    waited = or_(outbox.c.state == State.ON_WIRE.value, outbox.c.state.in_(waiting) & (outbox.c.due <= at))
    done = tx.execute(
        update(outbox)
        .where(waited)
        .values(
            copies=copies,
            state=case((spent, State.EXHAUSTED.value), else_=State.UNSURE.value),
            reason=case((spent, "unsure"), else_=None),
            unswept=spent,
            due=at,
        )
    )
    tx.execute(update(tables.lanes).values(owner=None, home=None, lease_until=None))
    return done.rowcount


def skip_numbers(tx: Tx) -> None:
    """Message numbers that may be on people's phones since the backup are not given out again."""
    incidents = tables.incidents
    further = case((incidents.c.numbered > MAX_NUMBER - SKIPPED, MAX_NUMBER), else_=incidents.c.numbered + SKIPPED)
    tx.execute(update(incidents).where(incidents.c.closed_at.is_(None)).values(numbered=further))


def _kind(found: Column[Any]) -> str:
    return next(kind for type_, kind in _KINDS if isinstance(found.type, type_))


def _turn(row: Any, changed: list[tuple[int, Callable[[Any], object]]]) -> list[object]:
    values = list(row)
    for place, turn in changed:
        if values[place] is not None:
            values[place] = turn(values[place])
    return values


def _line(told: object) -> bytes:
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
