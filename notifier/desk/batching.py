"""Answers that come in together are committed together, and none is told before its commit.

Every commit waits for the disk (100 to 400 a second on a plain one), so that what arrives during one commit shares the next;
nobody waits for company that is not at the door yet. A group that fails is tried again one by one: one bad answer harms nobody
else.

What is alike is written as a set, its recipients locked in order of id, as the rounds lock them. Anything else is done one after
the other in the group. On PostgreSQL a transaction holds one set, or one of anything else: locks taken in order of arrival would
cross the rounds.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from notifier.domain.errors import NotReady
from notifier.store.transaction import Store, Tx

T = TypeVar("T")
Q = TypeVar("Q")
LARGEST = 24  # in one commit, at 2 to 4 ms of work each: the first is told, and a turn goes on, within about 0.1 s
ALIKE = 128  # of those that are written as a set, at some tenths of a millisecond each
STEPS = 3  # of the loop in which nobody new comes: whoever had arrived has asked by then


@dataclass(eq=False, slots=True)
class _Asked:
    """``work`` takes a set of questions; its answers come in the same order."""

    work: Callable[[Tx, Sequence[Any]], Sequence[Any]]
    question: Any
    weight: float
    committed: asyncio.Future[None]
    answer: Any = None


@dataclass(eq=False, slots=True)
class _Group:
    """Who waits for the next commit of one database."""

    waiting: deque[_Asked] = field(default_factory=deque)
    flushing: asyncio.Task[None] | None = None  # only while it runs: its context may hold the database, which nobody would let go


_groups: WeakKeyDictionary[Store, _Group] = WeakKeyDictionary()


async def commit_together(store: Store, work: Callable[[Tx], T]) -> T:
    """The result of ``work``, once it is committed, alone or with others. Raises what ``work`` or the database raised."""
    if not store.is_sqlite:
        return await store.write(work, urgent=True)
    answer: T = await _ask(store, _one_by_one, work, 1 / LARGEST)
    return answer


async def commit_alike(store: Store, work: Callable[[Tx, Sequence[Q]], Sequence[T]], question: Q) -> T:
    """The answer to ``question``, once it is committed with all that came in for the same ``work`` meanwhile.

    ``work`` locks what it locks in order of id. Raises what it or the database raised for this question.
    """
    answer: T = await _ask(store, work, question, 1 / ALIKE)
    return answer


async def _ask(store: Store, work: Callable[[Tx, Sequence[Any]], Sequence[Any]], question: Any, weight: float) -> Any:
    group = _groups.setdefault(store, _Group())
    asked = _Asked(work, question, weight, asyncio.get_running_loop().create_future())
    group.waiting.append(asked)
    if group.flushing is None:
        group.flushing = asyncio.create_task(_flush(store, group))
    await asked.committed
    return asked.answer


def _one_by_one(tx: Tx, works: Sequence[Callable[[Tx], Any]]) -> list[Any]:
    return [work(tx) for work in works]


async def _flush(store: Store, group: _Group) -> None:
    try:
        while group.waiting:
            await _let_in(group)
            await _flush_some(store, group)
    finally:
        group.flushing = None


async def _let_in(group: _Group) -> None:
    """Whoever is at the door comes along: beside a transaction they and it would contend for the interpreter, at double cost."""
    known, quiet = 0, 0
    while quiet < STEPS and known < ALIKE:
        quiet = quiet + 1 if len(group.waiting) == known else 0
        known = len(group.waiting)
        await asyncio.sleep(0)


async def _flush_some(store: Store, group: _Group) -> None:
    batch = [group.waiting.popleft()]
    weight = batch[0].weight
    while group.waiting and weight + group.waiting[0].weight <= 1:
        if not store.is_sqlite and group.waiting[0].work is not batch[0].work:
            break
        weight += group.waiting[0].weight
        batch.append(group.waiting.popleft())
    error = await _commit(store, batch)
    if error is None or len(batch) == 1 or isinstance(error, NotReady):
        for asked in batch:
            _settle(asked, error)
    else:
        for asked in batch:
            _settle(asked, await _commit(store, [asked]))


async def _commit(store: Store, batch: list[_Asked]) -> BaseException | None:
    """One transaction; gives what went wrong, if anything."""
    written = asyncio.create_task(store.write(partial(_run_all, batch), urgent=True))
    await asyncio.wait([written])
    return written.exception()


def _run_all(batch: list[_Asked], tx: Tx) -> None:
    """May run again: the last answers are the committed ones."""
    for work, some in groupby(batch, key=lambda asked: asked.work):
        alike = list(some)
        for asked, answer in zip(alike, work(tx, [asked.question for asked in alike]), strict=True):
            asked.answer = answer


def _settle(asked: _Asked, error: BaseException | None) -> None:
    if asked.committed.done():
        return  # whoever asked has gone; the answer is kept all the same
    if error is None:
        asked.committed.set_result(None)
    else:
        asked.committed.set_exception(error)
