"""Somebody inside alters the journal afterwards (threat 14): whatever row it was, the first number that is false is named."""

import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, insert, select, text, update

from notifier.domain.delivery import Accepted, Unsure
from notifier.store import journal
from notifier.store.journal import Head, Verdict
from notifier.store.outbox import Finished
from notifier.store.tables import attempts
from notifier.store.tables import journal as book
from notifier.store.transaction import Tx
from tests.soak.effort import effort
from tests.store.scene import NIGHT, Scene, open_scene

ROUNDS = 8  # of acts and attempts, each sealed


@dataclass
class Book:
    """A sealed journal, what is in it, and the head that somebody noted outside."""

    scene: Scene
    entries: list[dict[str, object]]
    tries: list[dict[str, object]]
    head: Head

    @property
    def last(self) -> int:
        return len(self.entries)


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[Book]:
    """Some fifty entries, every fifth or so of which covers attempts."""
    scene = await open_scene(database_url, people=ROUNDS)
    epoch = await scene.take() or 0
    for number in range(ROUNDS):
        for row in (await scene.turn(epoch, room=1)).wired:
            outcome = Accepted(f"m{number}") if number % 2 else Unsure("reset")
            await scene.turn(epoch, Finished(row.id, epoch, row.copies, outcome), room=0)
        for act in range(5):
            at = NIGHT + timedelta(minutes=number, seconds=act)
            await scene.store.write(partial(journal.write, at=at, actor="Alla", act="test", facts={"n": act, "of": [number]}))
        await scene.store.write(partial(journal.seal, at=NIGHT + timedelta(minutes=number, seconds=30)))
    entries = await scene.store.read(lambda tx: [dict(row._mapping) for row in tx.execute(select(book).order_by(book.c.seq))])
    tries = await scene.store.read(lambda tx: [dict(row._mapping) for row in tx.execute(select(attempts))])
    yield Book(scene, entries, tries, Head(len(entries), str(entries[-1]["hash"])[:16]))
    await scene.store.close()


class _Undone(Exception):
    """Carries the verdict out of a transaction that leaves nothing behind."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict = verdict


async def _judge(kept: Book, alter: Callable[[Tx], None]) -> Verdict:
    """What the verifier says of the altered journal; it is then as before."""

    def work(tx: Tx) -> None:
        alter(tx)
        raise _Undone(journal.verify(tx, kept.head))

    with pytest.raises(_Undone) as undone:
        await kept.scene.store.write(work)
    return undone.value.verdict


Alteration = tuple[str, int, Callable[[Tx], None]]  # what it is, the first false number, how it is done


def _alter_entry(kept: Book, draw: random.Random) -> Alteration:
    entry = draw.choice(kept.entries)
    seq = int(str(entry["seq"]))
    mine, other = book.c.seq == seq, draw.choice([number for number in range(1, kept.last + 1) if number != seq])
    digits = str(entry["hash"])
    place = draw.randrange(64)
    flipped = digits[:place] + draw.choice("0123456789abcdef".replace(digits[place], "")) + digits[place + 1 :]
    changes: list[tuple[str, dict[str, object]]] = [
        ("actor", {"actor": draw.choice(("Mallory", "alla", "Alla "))}),
        ("act", {"act": "tést"}),
        ("facts", {"facts": {**dict(entry["facts"] or {}), "n": draw.random()}}),  # type: ignore[call-overload]
        ("no facts", {"facts": {}}),
        ("time", {"at": NIGHT + timedelta(microseconds=draw.randrange(1, 10**9), days=-1)}),
        ("id", {"id": draw.randrange(1, 1 << 62)}),
        ("hash", {"hash": flipped}),
        ("no hash", {"hash": None}),
        ("no number", {"seq": None}),
        ("number", {"seq": kept.last + draw.randrange(2, 1000)}),
    ]
    kind = draw.random()
    if kind < 0.6:
        name, values = draw.choice(changes)
        return f"{name} of {seq}", seq, lambda tx: _run(tx, update(book).where(mine).values(**values))
    if kind < 0.75:
        return f"{seq} deleted", seq, lambda tx: _run(tx, delete(book).where(mine))
    if kind < 0.9:
        return f"cut off from {seq}", seq, lambda tx: _run(tx, delete(book).where(book.c.seq >= seq))
    return f"{seq} and {other} exchanged", min(seq, other), partial(_exchange, seq, other)


def _exchange(one: int, other: int, tx: Tx) -> None:
    for seq, new in ((one, -1), (other, one), (-1, other)):
        _run(tx, update(book).where(book.c.seq == seq).values(seq=new))


def _alter_attempt(kept: Book, draw: random.Random) -> Alteration:
    one = draw.choice(kept.tries)
    sealed, mine = int(str(one["sealed_in"])), attempts.c.id == one["id"]
    elsewhere = draw.choice([each for each in kept.tries if each["row"] != one["row"]])
    other = int(str(elsewhere["sealed_in"]))
    changes: list[tuple[str, int, dict[str, object]]] = [
        ("row", sealed, {"row": elsewhere["row"]}),
        ("lane", sealed, {"lane": "sms"}),
        ("epoch", sealed, {"epoch": int(str(one["epoch"])) + 1}),
        ("copy", sealed, {"copy": int(str(one["copy"])) + 1}),
        ("event", sealed, {"event": "refused"}),
        ("time", sealed, {"at": NIGHT - timedelta(microseconds=draw.randrange(1, 10**9))}),
        ("provider id", sealed, {"provider_id": "m99"}),
        ("detail", sealed, {"detail": "other"}),
        ("id", sealed, {"id": 10**6}),
        ("no seal", sealed, {"sealed_in": None}),
        ("seal", min(sealed, other), {"sealed_in": other}),
    ]
    name, seq, values = draw.choice(changes)
    kind = draw.random()
    if kind < 0.7 and not (name == "seal" and other == sealed):
        return f"{name} of attempt {one['id']}", seq, lambda tx: _run(tx, update(attempts).where(mine).values(**values))
    if kind < 0.85:
        return f"attempt {one['id']} deleted", sealed, lambda tx: _run(tx, delete(attempts).where(mine))
    forged = {**{key: value for key, value in one.items() if key != "id"}, "event": "accepted"}
    return f"an attempt invented under {sealed}", sealed, lambda tx: _run(tx, insert(attempts).values(**forged))


def _run(tx: Tx, statement: object) -> None:
    tx.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("few", [pytest.param(150, id="few"), pytest.param(0, id="many", marks=pytest.mark.soak)])
async def test_threat_14_whatever_is_altered_the_first_false_number_is_named(kept: Book, seed: int, few: int) -> None:
    draw = random.Random(seed)
    for _ in range(few or effort(test=150, short=500, full=10_000)):
        what, first, alter = draw.choice((_alter_entry, _alter_entry, _alter_attempt))(kept, draw)
        verdict = await _judge(kept, alter)
        assert verdict.bad_seq == first, (what, verdict)
    assert (await kept.scene.store.read(lambda tx: journal.verify(tx, kept.head))).bad_seq is None


async def test_threat_14_a_journal_written_anew_does_not_hold_beside_a_head_noted_elsewhere(kept: Book) -> None:
    """Whoever knows how it is chained can chain it again: the chain by itself holds then."""

    def rewrite(tx: Tx) -> None:
        _run(tx, update(book).where(book.c.seq == 3).values(actor="Mallory"))
        previous = str(kept.entries[1]["hash"])
        for row in tx.execute(select(book).where(book.c.seq >= 3).order_by(book.c.seq)).all():
            previous = journal._link(previous, row.seq, journal._Act(row.id, row.at, row.actor, row.act, row.facts))
            _run(tx, update(book).where(book.c.seq == row.seq).values(hash=previous))
        assert journal.verify(tx).bad_seq is None

    verdict = await _judge(kept, rewrite)
    assert (verdict.bad_seq, verdict.reason) == (kept.head.seq, "replaced")


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (book, "at = 'yesterday'"),
        (book, "at = 12"),
        (book, "facts = '{'"),
        (book, "facts = '[1]'"),
        (book, "facts = 'null'"),
        (book, "seq = 'third'"),
        (book, "seq = 3.5"),
        (book, "hash = x'00ff'"),
        (book, "act = 'attempts'"),
        (attempts, "at = 'yesterday'"),
        (attempts, "epoch = 'one'"),
    ],
)
async def test_threat_14_values_that_are_none_are_named_as_well(tmp_path: Path, table: Table, values: str) -> None:
    """SQLite takes anything for anything; PostgreSQL does not."""
    scene = await open_scene(f"sqlite:///{tmp_path / 'notifier.db'}", people=2)
    epoch = await scene.take() or 0
    await scene.turn(epoch)
    for number in range(4):
        await scene.store.write(partial(journal.write, at=NIGHT, actor="Alla", act="test", facts={"n": number}))
    await scene.store.write(partial(journal.seal, at=NIGHT))
    covering = await scene.store.read(lambda tx: tx.execute(select(book.c.seq).where(book.c.act == "attempts")).scalar_one())
    which = "seq = 3" if table is book else f"sealed_in = {covering}"
    await scene.store.write(lambda tx: tx.execute(text(f"UPDATE {table.name} SET {values} WHERE {which}")))  # noqa: S608
    verdict = await scene.store.read(journal.verify)
    await scene.store.close()
    assert verdict.bad_seq == (3 if table is book else covering)
