"""In which order a transaction locks rows: recipients by id, then the outbox (RELIABILITY 4.2). Read off its statements.

SQLite has no row locks and leaves FOR UPDATE out; here its dialect keeps it as a comment, so that a night on it shows as well
which transaction would wait for which on PostgreSQL.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql import Select

from notifier.domain.delivery import State

_KEY = "notifier_locks"
_LOCKS = re.compile(r"\A(?:SELECT .*?\bFROM (\w+)\b.*\bFOR UPDATE|UPDATE (\w+) )", re.DOTALL)
_IN_ORDER = "ORDER BY recipients.id"
_EVIDENCE = {State.ACCEPTED, State.SENT, State.DELIVERED, State.UNDELIVERED}  # an answer, or a receipt that was ahead of it
_DECISIONS = frozenset(State) - _EVIDENCE


class CommentingCompiler(SQLiteCompiler):
    """Says which rows it would lock."""

    def for_update_clause(self, select: Select[Any], **_kw: Any) -> str:
        return " /* FOR UPDATE */"


@dataclass(slots=True)
class _Held:
    recipients: set[int] = field(default_factory=set)
    outbox: bool = False
    unnamed: bool = False  # some were locked by the hash of a button or link, which says nothing of their ids
    moved_to: set[str] = field(default_factory=set)  # states that are no evidence


class LockBook:
    """Every write transaction of an engine; ``findings`` names those that lock in another order than the house's."""

    def __init__(self) -> None:
        self.findings: list[str] = []

    def watch(self, engine: Engine) -> None:
        """From now on."""
        event.listen(engine, "begin", _begin)
        event.listen(engine, "before_cursor_execute", self._look)

    def _look(self, tx: Connection, _cursor: object, statement: str, given: Any, _context: object, many: bool) -> None:
        held: _Held | None = tx.info.get(_KEY)
        found = _LOCKS.match(statement) if held is not None else None
        if held is None or found is None:
            return
        table = found[1] or found[2]
        if table == "outbox":
            held.outbox = True
            if found[2]:
                held.moved_to |= {value for row in _sets(given, many=many) for value in row if value in _DECISIONS}
        elif table == "recipients":
            asked = found[1] is not None
            if asked and len(given) > 1 and _IN_ORDER not in statement:
                self._find("recipients are locked in no order", statement)
            named = _recipients(given, many=many, asked=asked)
            held.unnamed |= asked and not named and not held.outbox
            self._lock(held, named, statement)

    def _lock(self, held: _Held, recipients: Sequence[int], statement: str) -> None:
        fresh = set() if held.unnamed else set(recipients) - held.recipients
        if fresh and held.outbox:
            self._find("a recipient is locked after the outbox", statement)
        if fresh and held.recipients and min(fresh) < max(held.recipients):
            self._find("recipients are locked in another order than by id", statement)
        held.recipients |= fresh

    def _find(self, told: str, statement: str) -> None:
        finding = f"locks: {told}: {' '.join(statement.split())[:120]}"
        if finding not in self.findings:
            self.findings.append(finding)


def _begin(tx: Connection) -> None:
    tx.info[_KEY] = _Held()


def _is_table(given: Any) -> bool:
    """PostgreSQL gets many sets of values as one table, a list for each column (``store.prepared.PreparedForEach``)."""
    return bool(given) and all(isinstance(column, list) for column in given)


def _sets(given: Any, *, many: bool) -> list[Sequence[Any]]:
    """The parameters of a statement, set by set."""
    if many:
        return list(given)
    return list(zip(*given, strict=True)) if _is_table(given) else [given]


def _recipients(given: Any, *, many: bool, asked: bool) -> list[int]:
    """The ids among a statement's parameters: all of a SELECT's, the last of an UPDATE's, the first of a table's."""
    if asked:
        return [value for value in given if isinstance(value, int)]
    place = 0 if _is_table(given) and not many else -1
    return [row[place] for row in _sets(given, many=many)]


def is_only_evidence(tx: Connection) -> bool:
    """True where this transaction has moved rows of the outbox only to what an answer or a receipt proves."""
    held: _Held | None = tx.info.get(_KEY)
    return held is None or not held.moved_to


def several_at_once(tx: Connection) -> None:
    """Answers of several people share this commit, which happens on SQLite only: their order says nothing."""
    tx.info[_KEY] = None
