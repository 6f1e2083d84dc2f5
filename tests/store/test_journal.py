"""The main courante: chained, sealed within a second, and honest about the first entry that does not hold."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import delete, insert, select, update

from notifier.store import journal
from notifier.store.journal import Verdict
from notifier.store.tables import attempts
from notifier.store.tables import journal as book
from notifier.store.transaction import Tx
from tests.store.scene import LANE, NIGHT, Scene, open_scene


@pytest.fixture
async def scene(database_url: str) -> AsyncIterator[Scene]:
    """An alert on the wire, and five acts sealed in two rounds."""
    opened = await open_scene(database_url, people=3)
    epoch = await opened.take() or 0
    await opened.turn(epoch, room=2)
    for number in range(3):
        await opened.store.write(partial(_act, "Alla", number))
    await opened.store.write(lambda tx: journal.seal(tx, NIGHT))
    for number in range(2):
        await opened.store.write(partial(_act, "Boris", number))
    await opened.store.write(lambda tx: journal.seal(tx, NIGHT))
    yield opened
    await opened.store.close()


def _act(actor: str, number: int, tx: Tx) -> None:
    at = NIGHT if actor == "Alla" else NIGHT + timedelta(hours=1)
    journal.write(tx, at, actor, "test", {"n": number})


async def _verdict(scene: Scene) -> Verdict:
    return await scene.store.read(journal.verify)


async def test_a_whole_journal_verifies_with_its_attempts(scene: Scene) -> None:
    verdict = await _verdict(scene)
    assert (verdict.entries, verdict.attempts, verdict.bad_seq) == (6, 2, None)


async def test_sealing_again_without_news_changes_nothing(scene: Scene) -> None:
    before = await _verdict(scene)
    assert await scene.store.write(lambda tx: journal.seal(tx, NIGHT)) == 0
    assert await _verdict(scene) == before


async def test_the_time_of_acts_never_goes_back(scene: Scene) -> None:
    await scene.store.write(lambda tx: journal.write(tx, NIGHT - timedelta(days=1), "Clara", "test", {}))
    newest = await scene.store.read(journal.newest_at)
    assert newest is not None
    assert newest > NIGHT + timedelta(hours=1)


def _change_fact(tx: Tx) -> None:
    tx.execute(update(book).where(book.c.seq == 3).values(facts={"n": 99}))


def _change_actor(tx: Tx) -> None:
    tx.execute(update(book).where(book.c.seq == 3).values(actor="Mallory"))


def _drop_one(tx: Tx) -> None:
    tx.execute(delete(book).where(book.c.seq == 3))


def _swap_two(tx: Tx) -> None:
    for seq, other in ((3, 1000), (5, 3), (1000, 5)):
        tx.execute(update(book).where(book.c.seq == seq).values(seq=other))


@pytest.mark.parametrize("tamper", [_change_fact, _change_actor, _drop_one, _swap_two])
async def test_whatever_is_changed_afterwards_is_found_at_its_number(scene: Scene, tamper: Callable[[Tx], None]) -> None:
    await scene.store.write(tamper)
    assert (await _verdict(scene)).bad_seq == 3


async def test_a_changed_or_invented_attempt_is_found(scene: Scene) -> None:
    await scene.store.write(lambda tx: tx.execute(update(attempts).values(event="accepted")))
    verdict = await _verdict(scene)
    assert verdict.reason == "attempts"


async def test_an_attempt_slipped_in_under_an_old_seal_is_found(scene: Scene) -> None:
    def slip_in(tx: Tx) -> None:
        kept = tx.execute(select(attempts).limit(1)).one()
        tx.execute(
            insert(attempts).values(
                row=kept.row, lane=LANE, epoch=1, copy=1, event="accepted", at=NIGHT, sealed_in=kept.sealed_in
            )
        )

    await scene.store.write(slip_in)
    assert (await _verdict(scene)).reason == "attempts"
