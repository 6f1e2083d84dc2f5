"""An operator reads the inbox, and notes what people answered by telephone or on paper, each with its real time and his name."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from notifier.desk.answering import Fate, Source, record_by_hand, weigh_headcount
from notifier.desk.counting import Spoken, record_headcount
from notifier.desk.desk import Desk
from notifier.domain.alert import LISTENS, AlertState
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import BadValue, UnknownAlert, UnknownPerson
from notifier.domain.folding import fold
from notifier.domain.headcount import SERVICE_REPORT, UNCOUNTED, read_report, read_team
from notifier.domain.incident import alert_code, read_past, split_alert_code
from notifier.domain.message import Choice
from notifier.domain.people import Address, Channel
from notifier.store import alerts, answers, contacts, erasing, headcounts, inbox, journal
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.inbox import InboxRow
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Letter:
    """One text that waits. ``name`` is empty for an unknown sender; ``alert`` where it is clear what it is about."""

    number: int
    at: datetime
    emergency: bool
    sender: str  # masked
    name: str
    alert: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of an answer that was noted, and whose it is."""

    fate: Fate
    label: str
    name: str
    alert: str


async def read_inbox(desk: Desk, actor: Actor) -> list[Letter]:
    """What nobody has handled, emergencies first, then the oldest. Raises Forbidden."""
    require(actor, Act.ANSWER_FOR)
    return await desk.store.read(lambda tx: [_open_letter(desk, tx, row) for row in inbox.open_rows(tx)])


async def take_letter(desk: Desk, actor: Actor, number: int, answer: str, code: str = "") -> Noted:
    """What this text says is that answer, given when it came in. ``code`` names the alert where the text's is not clear.

    Raises BadValue, UnknownAlert, Forbidden.
    """
    require(actor, Act.ANSWER_FOR)
    return await desk.store.write(partial(_take, desk, actor, number, answer, code))


async def close_letter(desk: Desk, actor: Actor, number: int) -> None:
    """Somebody has read this text and done what it wanted. Raises BadValue, Forbidden."""
    require(actor, Act.ANSWER_FOR)
    await desk.store.write(partial(_close, desk, actor, number))


async def note_answer(desk: Desk, actor: Actor, code: str, clinic: str, matricule: str, answer: str, given: str = "") -> Noted:
    """One person's answer by telephone or on paper, ``given`` at ``03h10`` or ``04/10 03h10`` (empty: now).

    Raises BadValue, UnknownAlert, UnknownPerson, Forbidden.
    """
    require(actor, Act.ANSWER_FOR)
    at = read_past(given, at=desk.clock.now(), zone=desk.zone, name="at") if given else desk.clock.now()
    return await desk.store.write(partial(_note, desk, actor, code, clinic.strip().upper(), matricule.strip(), answer, at))


async def note_team(desk: Desk, actor: Actor, code: str, clinic: str, service: str, said: str, given: str = "") -> Noted:
    """What was said of a service by telephone or on paper, as a text would say it; ``given`` as of ``note_answer``.

    Raises BadValue, UnknownAlert, Forbidden.
    """
    require(actor, Act.ANSWER_FOR)
    at = read_past(given, at=desk.clock.now(), zone=desk.zone, name="at") if given else desk.clock.now()
    place = clinic.strip().upper(), service.strip().upper()
    return await desk.store.write(partial(_note_team, desk, actor, code, place, said, at))


def _open_letter(desk: Desk, tx: Tx, row: InboxRow) -> Letter:
    channel = Channel(row.channel)
    sender = Address(channel, desk.vault.open(row.sender_sealed, f"inbox:{row.id}:sender")) if row.sender_sealed else None
    words = desk.vault.open(row.text_sealed, f"inbox:{row.id}:text") if row.text_sealed else ""
    name = code = ""
    if row.recipient is not None:
        code, _, sealed = inbox.whose(tx, row.recipient)
        name = desk.vault.open(sealed, f"recipients:{row.recipient}:name")
    elif row.sender_blind is not None:
        name = ", ".join(contacts.names_of(tx, contacts.find_by_blind(tx, row.sender_blind), desk.vault.open))
    return Letter(row.number, row.at, row.emergency, sender.masked if sender else "", name, code, words)


def _lock(tx: Tx, number: int) -> InboxRow:
    row = inbox.lock_row(tx, number)
    if row is None:
        raise BadValue("N", "inbox", (("number", str(number)),))
    return row


def _take(desk: Desk, actor: Actor, number: int, answer: str, code: str, tx: Tx) -> Noted:
    letter = _lock(tx, number)
    recipient = letter.recipient
    if code:
        people = set(contacts.find_by_blind(tx, letter.sender_blind)) if letter.sender_blind else set()
        if recipient is not None:
            people = {inbox.whose(tx, recipient)[1]}
        recipient = alerts.find_recipient(tx, _find_alert(tx, code).id, people)
    if recipient is None:
        raise BadValue("--alert", "inbox_whose", (("number", str(number)),))
    noted = _record(desk, actor, recipient, answer, letter.at, tx)
    _settle(desk, actor, letter, "answer", tx)
    return noted


def _close(desk: Desk, actor: Actor, number: int, tx: Tx) -> None:
    _settle(desk, actor, _lock(tx, number), "done", tx)


def _settle(desk: Desk, actor: Actor, letter: InboxRow, how: str, tx: Tx) -> None:
    at = desk.clock.now()
    inbox.close(tx, letter.id, at, actor.person, how)
    facts = {"number": letter.number, "how": how, "face": actor.face.value}
    journal.write(tx, at, actor.person, "inbox.handled", facts)


def _note(desk: Desk, actor: Actor, code: str, clinic: str, matricule: str, answer: str, at: datetime, tx: Tx) -> Noted:
    alert = _find_alert(tx, code)
    found = erasing.find_person(tx, clinic, matricule, desk.vault.open)
    if found is None:
        raise UnknownPerson(clinic=clinic, matricule=matricule)
    recipient = alerts.find_recipient(tx, alert.id, {found[0]})
    if recipient is None:
        raise BadValue("matricule", "not_asked", (("code", alert.code), ("matricule", matricule)))
    return _record(desk, actor, recipient, answer, at, tx)


def _note_team(desk: Desk, actor: Actor, code: str, place: tuple[str, str], typed: str, at: datetime, tx: Tx) -> Noted:
    alert = _find_alert(tx, code)
    if alert.kind in UNCOUNTED:
        raise BadValue("code", "uncounted", (("code", alert.code),))
    said, bare = read_report(typed), read_team(typed)
    if said is None or said.blocked or (bare is not None and bare.to_read) or (bare is None and alert.kind != SERVICE_REPORT):
        raise BadValue("said", "headcount", ())
    speaker = headcounts.likely_speaker(tx, alert.id, *place)
    if speaker is None:
        raise BadValue("service", "not_called", (("code", alert.code), ("service", " ".join(place))))
    _require_raised(alert, at)
    if alert.state not in LISTENS and at > (alert.stopped_at or alert.expires_at):
        raise BadValue("--at", "after_alert", (("code", alert.code),))
    before = record_headcount(desk, tx, Spoken(speaker, said), alert, Source.BY_HAND.value, at, noted_by=actor.person)
    return Noted(weigh_headcount(before, said, at), said.shown, " ".join(place), alert.code)


def _require_raised(alert: AlertRow, at: datetime) -> None:
    if at < alert.raised_at.replace(second=0, microsecond=0):  # people tell minutes
        raise BadValue("--at", "before_alert", (("code", alert.code),))


def _find_alert(tx: Tx, code: str) -> AlertRow:
    split = split_alert_code(code)
    alert = alerts.find_alert(tx, code=alert_code(*split)) if split else None
    if alert is None or alert.state == AlertState.DRAFT.value:
        raise UnknownAlert(code=code)
    return alert


def _record(desk: Desk, actor: Actor, recipient: int, answer: str, at: datetime, tx: Tx) -> Noted:
    row = alerts.lock_recipients(tx, [recipient])[0]
    alert = alerts.load_alerts(tx, [row.alert])[row.alert]
    _require_raised(alert, at)
    choice = _choose(answer, answers.words_of(tx, [row])[row.id].texted)
    told = record_by_hand(desk, tx, row, choice, at)
    facts: journal.Facts = {
        "alert": alert.code,
        "recipient": desk.vault.commit(f"recipient:{row.id}:person:{row.person}"),
        "choice": choice.key,
        "given_at": at.isoformat(),
        "fate": told.fate.value,
        "face": actor.face.value,
    }
    journal.write(tx, desk.clock.now(), actor.person, "answer.noted", facts)
    return Noted(told.fate, choice.label, _name(desk, row), alert.code)


def _choose(answer: str, choices: tuple[Choice, ...]) -> Choice:
    """By key, label or digit. Raises BadValue with those on offer; nobody who was only informed has any."""
    wanted = fold(answer.strip())
    for choice in choices:
        if wanted in (choice.key, fold(choice.label), str(choice.digit)):
            return choice
    if not choices:
        raise BadValue("answer", "no_question")
    raise BadValue("answer", "choice", (("known", ", ".join(choice.key for choice in choices)),))


def _name(desk: Desk, row: RecipientRow) -> str:
    return desk.vault.open(row.name_sealed, f"recipients:{row.id}:name")
