"""Answers that come in together are committed together, and none is told before its commit.

On SQLite every commit waits for the disk (100 to 400 a second on a plain one), so that what arrives during one commit shares the
next; nobody waits for company. A group that fails is tried again one by one: one bad answer harms nobody else. PostgreSQL commits
side by side by itself, and rows locked in order of arrival would cross the rounds, who lock them in order of id.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar
from weakref import WeakKeyDictionary

from notifier.domain.errors import NotReady
from notifier.store.transaction import Store, Tx

T = TypeVar("T")
LARGEST = 24  # answers in one commit, at 3 to 5 ms of work each: the first is told, and a turn goes on, within about 0.1 s


@dataclass(eq=False, slots=True)
class _Asked:
    run: Callable[[Tx], None]
    committed: asyncio.Future[None]


class _Group:
    """Who waits for the next commit of one database."""

    def __init__(self) -> None:
        self.waiting: deque[_Asked] = deque()
        self.flushing: asyncio.Task[None] | None = None


_groups: WeakKeyDictionary[Store, _Group] = WeakKeyDictionary()


async def commit_together(store: Store, work: Callable[[Tx], T]) -> T:
    """The result of ``work``, once it is committed, alone or with others. Raises what ``work`` or the database raised."""
    if not store.is_sqlite:
        return await store.write(work, urgent=True)
    done: list[T] = []

    def run(tx: Tx) -> None:
        done[:] = [work(tx)]  # may run again: the last run is the committed one

    group = _groups.setdefault(store, _Group())
    asked = _Asked(run, asyncio.get_running_loop().create_future())
    group.waiting.append(asked)
    if group.flushing is None or group.flushing.done():
        group.flushing = asyncio.create_task(_flush(store, group))
    await asked.committed
    return done[0]


async def _flush(store: Store, group: _Group) -> None:
    while group.waiting:
        batch = list(islice(group.waiting, LARGEST))
        for _ in batch:
            group.waiting.popleft()
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
    for asked in batch:
        asked.run(tx)


def _settle(asked: _Asked, error: BaseException | None) -> None:
    if asked.committed.done():
        return  # whoever asked has gone; the answer is kept all the same
    if error is None:
        asked.committed.set_result(None)
    else:
        asked.committed.set_exception(error)
