"""Answers as they came, the newest of which holds; and the events by which they came, so that none counts twice."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, insert, select

from notifier.domain.message import Choice, WayBack, Wording
from notifier.store.alerts import RecipientRow, wordings_for
from notifier.store.ids import new_ids
from notifier.store.prepared import PreparedForEach
from notifier.store.tables import answers, cursors, receipts


class NewAnswer(NamedTuple):
    """One answer, kept even when it changes nothing."""

    recipient: int
    choice: str
    source: str
    at: datetime
    held: bool


class Words(NamedTuple):
    """What a recipient was asked, in his language: the choices of his question, and the words of the page without login."""

    choices: tuple[Choice, ...]
    texted: tuple[Choice, ...]  # the same under the digits that answer by text
    page: Wording | None  # those of the e-mail


_REMEMBERED = 1000  # questions of a database: of some alerts, times clinics, languages and kinds of question
_words: WeakKeyDictionary[Engine, dict[tuple[object, ...], Words]] = WeakKeyDictionary()  # frozen, so that they may be kept


_KEEP = PreparedForEach(
    {name: answers.c[name].type for name in ("id", *NewAnswer._fields)},
    lambda told: insert(answers).from_select(list(told), select(*told.values())),
)


def insert_answers(tx: Connection, new: Sequence[NewAnswer]) -> None:
    """As they came."""
    ids = new_ids(len(new))
    _KEEP.run(tx, [{"id": row_id, **row._asdict()} for row_id, row in zip(ids, new, strict=True)])


def newest_at(tx: Connection, recipient: int) -> datetime | None:
    """The real time of this recipient's newest answer that counts."""
    query = select(func.max(answers.c.at, type_=answers.c.at.type))
    found: datetime | None = tx.execute(query.where(answers.c.recipient == recipient, answers.c.held)).scalar_one()
    return found


def words_of(tx: Connection, rows: Iterable[RecipientRow]) -> dict[int, Words]:
    """By recipient."""
    known = _words.setdefault(tx.engine, {})
    found: dict[int, Words] = {}
    for row in rows:
        asked = (row.alert, row.clinic, row.question, row.language, row.digits)
        words = known.get(asked)
        if words is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            mine = wordings_for(tx, row)
            page = next((w for w in mine if w.way_back is WayBack.LINK), mine[0] if mine else None)
            digits = {choice.key: choice.digit for w in mine if w.way_back is WayBack.DIGITS for choice in w.choices}
            own_first = sorted(mine, key=lambda w: w.way_back is WayBack.DIGITS)  # a button bears the template's own digit
            choices = next((w.choices for w in own_first if w.choices), ())
            texted = tuple(replace(choice, digit=digits.get(choice.key, choice.digit)) for choice in choices)
            words = known[asked] = Words(choices, texted, page)
        found[row.id] = words
    return found


def note_events(tx: Connection, events: Sequence[str], at: datetime) -> set[str]:
    """Those of these events that are seen for the first time; they are remembered in the same transaction."""
    if not events:
        return set()
    keys = {event[:160]: event for event in events}
    seen = set(tx.execute(select(receipts.c.event).where(receipts.c.event.in_(list(keys)))).scalars())
    new = {key: event for key, event in keys.items() if key not in seen}
    if new:
        fixed = {"at": at, "provider_id": None, "evidence": "text", "known": True}
        tx.execute(insert(receipts), [{"event": key, "lane": key.partition(":")[0][:40], **fixed} for key in new])
    return set(new.values())


def read_cursor(tx: Connection, name: str) -> int:
    """How far an incoming stream has been taken in; 0 at first."""
    found: int | None = tx.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar_one_or_none()
    return found or 0


def move_cursor(tx: Connection, name: str, value: int) -> None:
    """The effects up to ``value`` are committed with this."""
    changed = tx.execute(cursors.update().where(cursors.c.name == name).values(value=value))
    if not changed.rowcount:
        tx.execute(insert(cursors).values(name=name, value=value))
