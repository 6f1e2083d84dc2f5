"""Alerts with their frozen words and their recipients."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, null, or_, select, true, update

from notifier.domain.alert import LISTENS, AlertState
from notifier.domain.message import Choice, Question, WayBack, Wording
from notifier.domain.people import Channel, Language
from notifier.store.ids import new_ids
from notifier.store.inserting import insert_rows, to_database
from notifier.store.prepared import Prepared, PreparedForEach
from notifier.store.tables import alerts, recipients, wordings


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert as it stands. ``ladder`` and ``approval`` are JSON objects, read by their domain modules."""

    id: int
    code: str
    incident: str
    number: int
    template: str
    kind: str
    level: str
    title: str
    exercise: bool
    protect: bool
    audience: str
    ladder: dict[str, Any]
    state: str
    form_key: str
    approval: dict[str, Any] | None
    raised_at: datetime
    raised_by: str
    expires_at: datetime
    deadline_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    despite_rest: str | None = None
    sms_code: bool = False
    vital: bool = False
    met_at: datetime | None = None
    stood_down_at: datetime | None = None


@dataclass(slots=True)
class RecipientRow:
    """One recipient of one alert, frozen when it was raised, and what came of him."""

    id: int
    alert: int
    person: int
    kind: str
    clinic: str
    service: str
    role: str
    language: str
    card: int
    name_sealed: bytes = field(repr=False)
    woken: bool
    question: str
    responsible: bool
    channels: dict[str, int]  # usable when raised: channel to address id
    release_at: datetime
    expires_at: datetime
    look_at: datetime | None
    button_hash: bytes = field(repr=False)
    link_hash: bytes = field(repr=False)
    cause: str | None = None
    listed_at: datetime | None = None
    by_hand_at: datetime | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    rest: str | None = None
    stood_down_at: datetime | None = None
    digits: str = ""  # that answer by text
    wrong_codes: int = 0
    rank: int = 0
    called_at: datetime | None = None


CALLED = or_(recipients.c.rank == 0, recipients.c.called_at.is_not(None))  # whoever stands by is nobody's business yet
_ALERT = select(*(alerts.c[name] for name in AlertRow.__slots__))
_ALERTS_OF = Prepared(lambda ids: _ALERT.where(alerts.c.id.in_(ids)))
_WHOLE = select(*(recipients.c[name] for name in RecipientRow.__slots__))
_BY_ID = Prepared(lambda ids: _WHOLE.where(recipients.c.id.in_(ids)).order_by(recipients.c.id).with_for_update())
_BY_BUTTON = Prepared(lambda them: _WHOLE.where(recipients.c.button_hash.in_(them)).order_by(recipients.c.id).with_for_update())
_BY_LINK = Prepared(lambda them: _WHOLE.where(recipients.c.link_hash.in_(them)).order_by(recipients.c.id).with_for_update())
_HOLD = PreparedForEach(
    {name: recipients.c[name].type for name in ("id", "answer", "answered_by", "answered_at")},
    lambda told: (
        update(recipients)
        .where(recipients.c.id == told["id"])
        .values(
            answer=told["answer"],
            answered_by=told["answered_by"],
            answered_at=told["answered_at"],
            look_at=null(),
            by_hand_at=null(),
            unshown=true(),
        )
    ),
)
_COURSE = PreparedForEach(
    {name: recipients.c[name].type for name in ("id", "look_at", "cause", "listed_at", "by_hand_at")},
    lambda told: (
        update(recipients).where(recipients.c.id == told["id"]).values({name: told[name] for name in told if name != "id"})
    ),
)
_MET = Prepared(
    lambda _: (
        select(alerts.c.id)
        .where(alerts.c.state == AlertState.MET.value, alerts.c.stood_down_at.is_(None))
        .order_by(alerts.c.id)
        .limit(bindparam("room"))
    )
)
_END_PAST = Prepared(
    lambda _: (
        update(alerts)
        .where(or_(*(alerts.c.state == state.value for state in sorted(LISTENS))), alerts.c.expires_at < bindparam("before"))
        .values(state=AlertState.ENDED.value)
    )
)


def insert_alert(tx: Connection, alert: AlertRow) -> None:
    """Write the alert; its id, code and form key are new (a second press violates the key and changes nothing)."""
    tx.execute(insert(alerts).values(**{name: getattr(alert, name) for name in AlertRow.__slots__}))


def find_alert(tx: Connection, *, code: str | None = None, form_key: str | None = None, lock: bool = False) -> AlertRow | None:
    """By the number that shows, or by the form's key."""
    query = _ALERT.where(alerts.c.code == code if code is not None else alerts.c.form_key == form_key)
    row = tx.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else AlertRow(*row)


def load_alerts(tx: Connection, ids: Collection[int]) -> dict[int, AlertRow]:
    """These alerts by id."""
    return {row[0]: AlertRow(*row) for row in _ALERTS_OF.rows(tx, list(ids))} if ids else {}


def lock_alerts(tx: Connection, ids: Collection[int]) -> list[AlertRow]:
    """These alerts, locked in order of id: after recipients, before the outbox."""
    query = _ALERT.where(alerts.c.id.in_(list(ids))).order_by(alerts.c.id).with_for_update()
    return [AlertRow(*row) for row in tx.execute(query)]


def list_alerts(tx: Connection, *, since: datetime | None = None) -> list[AlertRow]:
    """All alerts, or those raised at or after ``since``, newest first."""
    query = _ALERT.order_by(alerts.c.raised_at.desc(), alerts.c.number.desc())
    if since is not None:
        query = query.where(alerts.c.raised_at >= since)
    return [AlertRow(*row) for row in tx.execute(query)]


def set_state(tx: Connection, alert: int, state: str, **facts: object) -> None:
    """Move an alert to another state; the desk has asked ``domain.alert`` whether it may."""
    tx.execute(update(alerts).where(alerts.c.id == alert).values(state=state, **facts))


def end_past(tx: Connection, before: datetime) -> None:
    """Alerts whose words ran out before ``before`` are over: a later answer is kept and does not count."""
    _END_PAST.run(tx, before=before)


def insert_wordings(tx: Connection, alert: int, frozen: Sequence[Wording]) -> dict[Wording, int]:
    """Freeze the words of an alert; gives the id of each."""
    ids = dict(zip(frozen, new_ids(len(frozen)), strict=True))
    if not ids:
        return ids
    tx.execute(
        insert(wordings),
        [
            {
                "id": wording_id,
                "alert": alert,
                "channel": wording.channel.value,
                "language": wording.language.value,
                "way_back": wording.way_back.value,
                "clinic": wording.clinic,
                "question": wording.question.value,
                "subject": wording.subject,
                "text": wording.text,
                "choices": [[choice.digit, choice.key, choice.label] for choice in wording.choices],
            }
            for wording, wording_id in ids.items()
        ],
    )
    return ids


def load_wordings(tx: Connection, ids: Iterable[int]) -> dict[int, Wording]:
    """Frozen words by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: _wording(row) for row in tx.execute(select(wordings).where(wordings.c.id.in_(wanted)))}


def wordings_of(tx: Connection, alert: int) -> dict[int, Wording]:
    """All frozen words of an alert, by id."""
    return {row.id: _wording(row) for row in tx.execute(select(wordings).where(wordings.c.alert == alert))}


def wordings_for(tx: Connection, row: RecipientRow) -> list[Wording]:
    """The frozen words that this recipient may get, one for each channel and way back: of texts those with his own digits."""
    query = select(wordings).where(
        wordings.c.alert == row.alert,
        wordings.c.clinic == row.clinic,
        wordings.c.question == row.question,
        wordings.c.language == row.language,
    )
    found = [_wording(found) for found in tx.execute(query.order_by(wordings.c.id))]
    return [words for words in found if words.way_back is not WayBack.DIGITS or words.digits == row.digits]


def insert_recipients(tx: Connection, rows: Iterable[RecipientRow]) -> None:
    """Write the recipients of an alert, who have not answered yet; each is asked for when it is written."""
    instant = to_database(tx)
    columns = (
        "id", "alert", "person", "kind", "clinic", "service", "role", "language", "card", "name_sealed", "woken", "question",
        "responsible", "channels", "cause", "listed_at", "by_hand_at", "release_at", "expires_at", "look_at",
        "button_hash", "link_hash", "rest", "digits", "rank",
    )  # fmt: skip
    told = (
        (
            row.id, row.alert, row.person, row.kind, row.clinic, row.service, row.role, row.language, row.card, row.name_sealed,
            row.woken, row.question, row.responsible, _write_channels(row.channels), row.cause, instant(row.listed_at),
            instant(row.by_hand_at), instant(row.release_at), instant(row.expires_at), instant(row.look_at),
            row.button_hash, row.link_hash, row.rest, row.digits, row.rank,
        )
        for row in rows
    )  # fmt: skip
    insert_rows(tx, recipients, columns, told)


def _write_channels(channels: dict[str, int]) -> str:
    """As ``json.dumps`` has it, in a fifth of its time: the keys are channels' names, which nobody types."""
    return "{" + ", ".join([f'"{name}": {address}' for name, address in channels.items()]) + "}"


def people_of(tx: Connection, alert: int) -> set[int]:
    """Whom an alert calls."""
    return set(tx.execute(select(recipients.c.person).where(recipients.c.alert == alert, CALLED)).scalars())


def digits_since(tx: Connection, since: datetime) -> dict[int, tuple[str, ...]]:
    """By person: the digits of every question raised after ``since`` that a text may have asked him, the newest first."""
    query = (
        select(recipients.c.person, recipients.c.digits)
        .join(alerts, alerts.c.id == recipients.c.alert)
        .where(alerts.c.raised_at > since, recipients.c.digits != "")
        .order_by(alerts.c.raised_at.desc(), alerts.c.number.desc())
    )
    found: dict[int, tuple[str, ...]] = {}
    for person, digits in tx.execute(query):
        found[person] = (*found.get(person, ()), digits)
    return found


def releases_since(tx: Connection, since: datetime, least: int) -> dict[int, list[datetime]]:
    """By person: when each message that is not vital left him after ``since`` or is to leave, unless it was stopped before.

    Only of those who have ``least`` of them: of 50,000 people few have.
    """
    leaves = func.coalesce(recipients.c.called_at, recipients.c.release_at)
    counted = (
        leaves > since,
        alerts.c.vital.is_(False),
        CALLED,
        or_(alerts.c.stopped_at.is_(None), leaves <= alerts.c.stopped_at),
    )
    mine = select(recipients.c.person).join(alerts, alerts.c.id == recipients.c.alert).where(*counted)
    many = mine.group_by(recipients.c.person).having(func.count() >= least)
    query = mine.add_columns(leaves).where(recipients.c.person.in_(many))
    found: dict[int, list[datetime]] = {}
    for person, at in tx.execute(query):
        found.setdefault(person, []).append(at)
    return found


def count_wrong_codes(tx: Connection, alert: int) -> int:
    """Of everybody whom this alert calls."""
    query = select(func.coalesce(func.sum(recipients.c.wrong_codes), 0)).where(recipients.c.alert == alert)
    return int(tx.execute(query).scalar_one())


def codes_since(tx: Connection, since: datetime) -> tuple[str, ...]:
    """The numbers of the alerts raised after ``since``."""
    return tuple(tx.execute(select(alerts.c.code).where(alerts.c.raised_at > since).order_by(alerts.c.code)).scalars())


def lock_recipients(tx: Connection, ids: Sequence[int]) -> list[RecipientRow]:
    """These recipients, locked in order of id (the lock order of the house: recipients, then outbox)."""
    return _lock(tx, _BY_ID, ids)


def lock_by_button(tx: Connection, hashes: Sequence[bytes]) -> dict[bytes, RecipientRow]:
    """Whose these buttons are, locked in order of id."""
    return {row.button_hash: row for row in _lock(tx, _BY_BUTTON, hashes)}


def lock_by_link(tx: Connection, hashes: Sequence[bytes]) -> dict[bytes, RecipientRow]:
    """Whose these pages are, locked in order of id."""
    return {row.link_hash: row for row in _lock(tx, _BY_LINK, hashes)}


def _lock(tx: Connection, which: Prepared, keys: Sequence[int] | Sequence[bytes]) -> list[RecipientRow]:
    return [RecipientRow(*row) for row in which.rows(tx, keys)] if keys else []


def find_by_link(tx: Connection, hashed: bytes) -> RecipientRow | None:
    """Whose page this is; not locked."""
    row = tx.execute(_WHOLE.where(recipients.c.link_hash == hashed)).one_or_none()
    return None if row is None else RecipientRow(*row)


def asked_of(tx: Connection, people: Sequence[int]) -> list[RecipientRow]:
    """What these people have been asked by text, newest alert first."""
    query = (
        _WHOLE.join(alerts, alerts.c.id == recipients.c.alert)
        .where(recipients.c.person.in_(list(people)), recipients.c.question != Question.NONE.value, CALLED)
        .order_by(alerts.c.raised_at.desc(), alerts.c.number.desc())
    )
    return [RecipientRow(*row) for row in tx.execute(query)]


def find_recipient(tx: Connection, alert: int, people: Collection[int]) -> int | None:
    """The recipient of an alert that is one of these people, where exactly one is."""
    query = select(recipients.c.id).where(recipients.c.alert == alert, recipients.c.person.in_(list(people)), CALLED)
    found = list(tx.execute(query).scalars())
    return found[0] if len(found) == 1 else None


def update_recipient(tx: Connection, recipient: int, **facts: object) -> None:
    """Change what came of a recipient, who is locked by the caller."""
    tx.execute(update(recipients).where(recipients.c.id == recipient).values(**facts))


def mark_unshown(tx: Connection, alert: int) -> None:
    """The messages by Telegram of everybody of this alert, which is locked, are to show what has become of it."""
    tx.execute(update(alerts).where(alerts.c.id == alert).values(unshown=True))


def count_standing(tx: Connection, alert: int, keys: Collection[str]) -> int:
    """How many have given one of these answers and are not stood down."""
    query = select(func.count()).where(
        recipients.c.alert == alert, recipients.c.answer.in_(list(keys)), recipients.c.stood_down_at.is_(None)
    )
    return int(tx.execute(query).scalar_one())


def any_met(tx: Connection) -> bool:
    """True where enough have answered some alert, and not everybody else has been stood down yet."""
    return bool(_MET.rows(tx, room=1))


def awaited_in_vain(tx: Connection, limit: int) -> tuple[list[int], list[int]]:
    """Whom nobody waits for any more, as enough others have answered; and the alerts of which nobody else is left."""
    found: list[int] = []
    done: list[int] = []
    for [alert] in _MET.rows(tx, room=limit):
        query = select(recipients.c.id).where(
            recipients.c.alert == alert,
            recipients.c.answer.is_(None),
            recipients.c.stood_down_at.is_(None),
            recipients.c.question != Question.NONE.value,
            CALLED,
        )
        mine = list(tx.execute(query.order_by(recipients.c.id).limit(limit)).scalars())
        found += mine
        if not mine:
            done.append(alert)
    return sorted(found), done


def close_standing_down(tx: Connection, ids: Sequence[int], at: datetime) -> None:
    """Nobody is left to be stood down of these alerts, whatever has become of them meanwhile."""
    if ids:
        tx.execute(update(alerts).where(alerts.c.id.in_(list(ids))).values(stood_down_at=at))


def keep_course(tx: Connection, locked: Sequence[RecipientRow]) -> None:
    """When each of these recipients is looked at next, and whether he is listed or to be called by hand."""
    _COURSE.run(
        tx,
        [
            {"id": row.id, "look_at": row.look_at, "cause": row.cause, "listed_at": row.listed_at, "by_hand_at": row.by_hand_at}
            for row in locked
        ],
    )


def hold_answers(tx: Connection, changed: Mapping[int, tuple[str, str, datetime]]) -> None:
    """By recipient, locked by the caller: the choice that holds from now on, its source and time. Nobody looks any more."""
    answered = [
        {"id": row, "answer": choice, "answered_by": source, "answered_at": at}
        for row, (choice, source, at) in sorted(changed.items())
    ]
    _HOLD.run(tx, answered)


def _wording(row: Row[Any]) -> Wording:
    return Wording(
        channel=Channel(row.channel),
        language=Language(row.language),
        way_back=WayBack(row.way_back),
        clinic=row.clinic,
        question=Question(row.question),
        text=row.text,
        subject=row.subject,
        choices=tuple(Choice(digit, key, label) for digit, key, label in row.choices),
    )
