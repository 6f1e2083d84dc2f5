"""People answer: a pressed button, a digit or a word by SMS, the page from an e-mail. And gateways report.

An answer is committed before anybody is told that it counts; it cancels what that person still had waiting of that alert. No
answer counts that the person did not give: a button is bound to the chat it was sent to, a digit to the number it came from, a
page to its own token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial

from notifier.desk.batching import commit_together
from notifier.desk.desk import Desk
from notifier.domain.delivery import Evidence, Report
from notifier.domain.errors import BadAddress
from notifier.domain.message import Choice
from notifier.domain.people import Channel, parse_phone
from notifier.domain.references import split_button, token_hash
from notifier.domain.replies import read_reply
from notifier.store import alerts, answers, contacts, journal, outbox
from notifier.store.alerts import RecipientRow
from notifier.store.transaction import Tx


class Source(StrEnum):
    """By which way an answer came."""

    TELEGRAM = "telegram"
    SMS = "sms"
    WEB = "web"


class Fate(StrEnum):
    """What became of an answer."""

    COUNTED = "counted"
    REPEATED = "repeated"  # the same answer as before: nothing changed
    CHANGED = "changed"  # another answer than before: the newest holds
    LATE = "late"  # the alert is over: kept as evidence, does not count
    FOREIGN = "foreign"  # not this person's to give, or no such question
    UNREAD = "unread"  # a text that is no answer on offer: for a human


@dataclass(frozen=True, slots=True)
class Told:
    """What the face tells the person."""

    fate: Fate
    label: str = ""
    at: datetime | None = None
    language: str = "fr"


@dataclass(frozen=True, slots=True)
class Page:
    """What the page without login shows. No address, and of the name only the given name and an initial."""

    alert: str
    title: str
    exercise: bool
    over: bool
    ended_at: datetime | None
    answer_by: datetime | None
    shown: str
    text: str
    choices: tuple[Choice, ...]
    answer: str | None
    answered_at: datetime | None
    staffed_number: str
    language: str


async def press_button(desk: Desk, data: str, chat: int, event: str = "") -> Told:
    """A button of Telegram was pressed in private chat ``chat``. ``data`` is looked up; nothing in it is trusted.

    ``event`` names the press itself: one that Telegram tells again after a crash does not undo a newer answer.
    """
    return await commit_together(desk.store, partial(_press, desk, data, chat, event))


async def read_text(desk: Desk, sender: str, text: str, event: str) -> Told:
    """A text came in by SMS: a digit or a word on offer answers, and only where exactly one open question asked it by text."""
    return await commit_together(desk.store, partial(_read, desk, sender, text, event))


async def answer_page(desk: Desk, token: str, choice: str) -> Told:
    """The form of the page was sent (POST) with the key of a choice."""
    return await commit_together(desk.store, partial(_answer_page, desk, token, choice))


async def show_page(desk: Desk, token: str) -> Page | None:
    """The page behind a link; changes nothing. None when no such link was ever made."""
    return await desk.store.read(partial(_show, desk, token))


async def take_reports(desk: Desk, lane: str, reports: Sequence[Report]) -> int:
    """Receipts from a gateway; gives how many moved a message."""
    moved = await commit_together(desk.store, lambda tx: outbox.take_reports(tx, lane, reports, desk.clock.now()))
    if moved and any(report.evidence is Evidence.UNDELIVERED for report in reports):
        desk.ring()  # good news has no consequence that could be due
    return moved


def _press(desk: Desk, data: str, chat: int, event: str, tx: Tx) -> Told:
    split = split_button(data)
    found = alerts.find_by_button(tx, token_hash(split[0])) if split else None
    if split is None or found is None:
        return Told(Fate.FOREIGN)
    mine = contacts.find_by_blind(tx, desk.vault.blind(Channel.TELEGRAM, str(chat)))
    if found.person not in mine:
        return Told(Fate.FOREIGN)
    choice = next((c for c in answers.choices_of(tx, found) if c.digit == split[1]), None)
    if choice is None:
        return Told(Fate.FOREIGN)
    if event and not answers.is_new(tx, event, desk.clock.now()):
        held = next((c.label for c in answers.choices_of(tx, found) if c.key == found.answer), choice.label)
        return Told(Fate.REPEATED, held, found.answered_at, found.language)
    return _record(desk, tx, found.id, choice, Source.TELEGRAM)


def _read(desk: Desk, sender: str, text: str, event: str, tx: Tx) -> Told:
    at = desk.clock.now()
    try:
        address = parse_phone(sender)
    except BadAddress:
        return Told(Fate.FOREIGN)
    if not answers.is_new(tx, event, at):
        return Told(Fate.REPEATED)
    people = contacts.find_by_blind(tx, desk.vault.blind(Channel.SMS, address.value))
    asked = alerts.asked_of(tx, people) if people else []
    states = alerts.load_alerts(tx, {row.alert for row in asked})
    live = [row for row in asked if states[row.alert].state == "approved"]
    texted = outbox.texted(tx, [row.id for row in asked])
    once_told = [row for row in asked if row.id in texted]  # of stopped alerts too: their texts lie on the phone
    told = [row for row in live if row.id in texted]  # what no text has asked yet, no text answers
    for rows in _most_likely_first(told, at):
        meant = [(row, choice) for row in rows if (choice := _clear_answer(text, answers.choices_of(tx, row))) is not None]
        if len(meant) == 1 and (texted[meant[0][0].id] or not _may_mean_another(tx, text, once_told, meant[0][0])):
            return _record(desk, tx, meant[0][0].id, meant[0][1], Source.SMS)
        if meant:
            break  # two questions offer this answer: nothing is guessed
    _leave_to_human(tx, told, at)
    return Told(Fate.UNREAD if people else Fate.FOREIGN)


def _may_mean_another(tx: Tx, text: str, told: Sequence[RecipientRow], row: RecipientRow) -> bool:
    """True where another text may have offered this answer: it is then no answer to one that perhaps never arrived."""
    others = (other for other in told if other.id != row.id)
    return any(_clear_answer(text, answers.choices_of(tx, other)) is not None for other in others)


def _clear_answer(text: str, choices: Sequence[Choice]) -> Choice | None:
    """What the text chooses, where it says nothing more that somebody would have to read."""
    reading = read_reply(text, choices)
    return None if reading.to_read else reading.choice


def _most_likely_first(told: Sequence[RecipientRow], at: datetime) -> list[list[RecipientRow]]:
    """What is still true before what has run out, and of each what has no answer yet before what has one."""
    groups: dict[tuple[bool, bool], list[RecipientRow]] = {}
    for row in told:
        groups.setdefault((row.expires_at <= at, row.answer is not None), []).append(row)
    return [groups[key] for key in sorted(groups)]


def _leave_to_human(tx: Tx, told: Sequence[RecipientRow], at: datetime) -> None:
    """Somebody wrote what no rule can read: whoever has questions open goes on the list of those to call."""
    for row in alerts.lock_recipients(tx, [row.id for row in told if row.expires_at > at]):
        if row.answer is None and row.by_hand_at is None:
            alerts.update_recipient(tx, row.id, by_hand_at=at)


def _answer_page(desk: Desk, token: str, key: str, tx: Tx) -> Told:
    found = alerts.find_by_link(tx, token_hash(token))
    choice = None if found is None else next((c for c in answers.choices_of(tx, found) if c.key == key), None)
    return Told(Fate.FOREIGN) if found is None or choice is None else _record(desk, tx, found.id, choice, Source.WEB)


def _record(desk: Desk, tx: Tx, recipient: int, choice: Choice, source: Source) -> Told:
    at = desk.clock.now()
    row = alerts.lock_recipients(tx, [recipient])[0]
    alert = alerts.load_alerts(tx, [row.alert])[row.alert]
    over = alert.state != "approved"
    answers.insert_answer(tx, row.id, choice.key, source.value, at, held=not over)
    if over:
        return Told(Fate.LATE, choice.label, at, row.language)
    outbox.cancel_waiting(tx, [row.id], at, "answered")
    if row.answer == choice.key:
        return Told(Fate.REPEATED, choice.label, row.answered_at, row.language)
    alerts.update_recipient(
        tx, row.id, answer=choice.key, answered_at=at, answered_by=source.value, look_at=None, by_hand_at=None
    )
    facts = {"alert": alert.code, "recipient": _commit(desk, row), "choice": choice.key, "source": source.value}
    journal.write(tx, at, "staff", "answer", facts)
    return Told(Fate.COUNTED if row.answer is None else Fate.CHANGED, choice.label, at, row.language)


def _commit(desk: Desk, row: RecipientRow) -> str:
    """A salted commitment: which recipient, provable with the key, nothing without it."""
    return desk.vault.commit(f"recipient:{row.id}:person:{row.person}")


def _show(desk: Desk, token: str, tx: Tx) -> Page | None:
    row = alerts.find_by_link(tx, token_hash(token))
    if row is None:
        return None
    alert = alerts.load_alerts(tx, [row.alert])[row.alert]
    wording = answers.page_wording(tx, row)
    clinic = contacts.load_group(tx).clinic(row.clinic)
    over = alert.state != "approved" or row.expires_at <= desk.clock.now()
    return Page(
        alert=alert.code,
        title=alert.title,
        exercise=alert.exercise,
        over=over,
        ended_at=(alert.stopped_at or row.expires_at) if over else None,
        answer_by=alert.deadline_at,
        shown=desk.vault.open(row.name_sealed, f"recipients:{row.id}:name"),
        text=wording.text if wording else "",
        choices=wording.choices if wording else (),
        answer=row.answer,
        answered_at=row.answered_at,
        staffed_number=clinic.staffed_number if clinic else "",
        language=row.language,
    )
