"""People answer: a pressed button, a digit or a word by SMS, the page from an e-mail, a reply to it. And gateways report.

An answer is committed before anybody is told that it counts; it cancels what that person still had waiting of that alert. No
answer counts that the person did not give: a button is bound to the chat it was sent to, a digit to the number it came from, a
page to its own token, a mail to the address that it came from and to the one that it answers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from notifier.desk.batching import commit_alike, commit_together
from notifier.desk.counting import Spoken, hear_team, record_headcount, speaks_for_team
from notifier.desk.desk import Desk
from notifier.desk.inbox import Unread, leave_to_human
from notifier.desk.noticing import SmsTalk, stand_down_by
from notifier.desk.proving import Assurance, Said, split_codes, weigh_code
from notifier.desk.standing_down import stop_when_met
from notifier.desk.standing_in import call_deputies
from notifier.domain.alert import LISTENS
from notifier.domain.delivery import Evidence, Report
from notifier.domain.errors import BadAddress
from notifier.domain.headcount import Headcount, TeamCount, read_report
from notifier.domain.message import Choice, Question, Wording
from notifier.domain.people import Channel, Language, parse_mail, parse_phone, show_number
from notifier.domain.references import CHANGE, split_button, token_hash
from notifier.domain.replies import MailReply, Reading, Sense, read_mail_reply, read_reply
from notifier.store import alerts, answers, contacts, journal, notices, outbox
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.transaction import Tx

_LONGEST_SENDER = 80  # signs of what is no number


class Source(StrEnum):
    """By which way an answer came."""

    TELEGRAM = "telegram"
    SMS = "sms"  # of low assurance: from the person's number, and anybody can write that on a text
    SMS_CODE = "sms_code"  # with the code of this very message
    WEB = "web"
    EMAIL = "email"
    BY_HAND = "by_hand"  # somebody else noted it, with its real time


class Fate(StrEnum):
    """What became of an answer."""

    COUNTED = "counted"
    REPEATED = "repeated"  # the same answer as before: nothing changed
    CHANGED = "changed"  # another answer than before: the newest holds
    OLDER = "older"  # one that was given later holds: kept in the history
    LATE = "late"  # the alert is over: kept as evidence, does not count
    FOREIGN = "foreign"  # not this person's to give, or no such question
    REOPENED = "reopened"  # no answer: his choices are shown to him again
    UNREAD = "unread"  # a text that is no answer on offer: for a human


@dataclass(frozen=True, slots=True)
class Told:
    """What the face tells the person. ``covered``: enough others have answered, nobody need come for it."""

    fate: Fate
    label: str = ""
    at: datetime | None = None
    language: str = "fr"
    covered: bool = False


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
    speaks: bool  # for the service


@dataclass(frozen=True, slots=True)
class _Pressed:
    """A button of Telegram: whose it is by its token's hash, and who pressed it by his chat's blind index."""

    desk: Desk
    hashed: bytes
    digit: int
    chat: bytes
    event: str


@dataclass(frozen=True, slots=True)
class _Sent:
    """A form of the page: whose it is by its token's hash, and the key of a choice."""

    desk: Desk
    hashed: bytes
    choice: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """A choice that is to be recorded for a recipient, who is locked. ``at``: its real time where that is not now."""

    row: RecipientRow
    choice: Choice
    source: Source
    at: datetime | None = None


async def press_button(desk: Desk, data: str, chat: int, event: str = "") -> Told:
    """A button of Telegram was pressed in private chat ``chat``. ``data`` is looked up; nothing in it is trusted.

    ``event`` names the press itself: one that Telegram tells again after a crash does not undo a newer answer.
    """
    split = split_button(data)
    if split is None:
        return Told(Fate.FOREIGN)
    pressed = _Pressed(desk, token_hash(split[0]), split[1], desk.vault.blind(Channel.TELEGRAM, str(chat)), event)
    return await commit_alike(desk.store, _press, pressed)


async def read_text(desk: Desk, sender: str, text: str, event: str) -> Told:
    """A text came in by SMS: a digit or a word on offer answers, and only where exactly one open question asked it by text."""
    return await commit_together(desk.store, partial(_read, desk, sender, text, event))


async def read_mail(desk: Desk, mail: MailReply, event: str) -> Told:
    """A mail came in that answers one of ours, from an address of the person to whom that went. Its first line answers."""
    return await commit_together(desk.store, partial(_read_mail, desk, mail, event))


async def answer_page(desk: Desk, token: str, choice: str) -> tuple[Told, Page] | None:
    """The form of the page was sent (POST) with the key of a choice; with the page as it was. None as ``show_page``."""
    return await commit_alike(desk.store, _answer_page, _Sent(desk, token_hash(token), choice))


async def show_page(desk: Desk, token: str) -> Page | None:
    """The page behind a link; changes nothing. None when no such link was ever made."""
    return await desk.store.read(partial(_show, desk, token))


async def take_reports(desk: Desk, lane: str, reports: Sequence[Report]) -> int:
    """Receipts from a gateway; gives how many moved a message."""
    moved = await commit_together(desk.store, lambda tx: outbox.take_reports(tx, lane, reports, desk.clock.now()))
    if moved and any(report.evidence is Evidence.UNDELIVERED for report in reports):
        desk.ring()  # good news has no consequence that could be due
    return moved


def _press(tx: Tx, pressed: Sequence[_Pressed]) -> list[Told]:
    desk = pressed[0].desk
    rows = alerts.lock_by_button(tx, [press.hashed for press in pressed])
    owners = contacts.find_owners(tx, {press.chat for press in pressed})
    words = answers.words_of(tx, rows.values())
    told: dict[int, Told] = {}
    meant: dict[int, _Answer] = {}
    for place, press in enumerate(pressed):
        found, mine = rows.get(press.hashed), owners.get(press.chat, set())
        if found is None:
            continue
        if found.person not in mine:
            continue
        choice = next((c for c in words[found.id].choices if c.digit == press.digit), None)
        if choice is not None:
            meant[place] = _Answer(found, choice, Source.TELEGRAM)
        elif press.digit == CHANGE and found.answer is not None:
            told[place] = _reopen(desk, tx, found)
    new = answers.note_events(tx, [pressed[place].event for place in meant if pressed[place].event], desk.clock.now())
    for place, answer in list(meant.items()):
        event, row = pressed[place].event, answer.row
        if event and event not in new:
            held = next((c.label for c in words[row.id].choices if c.key == row.answer), answer.choice.label)
            told[place] = Told(Fate.REPEATED, held, row.answered_at, row.language)
            del meant[place]
        new.discard(event)  # told twice at once, it counts once
    told |= dict(zip(meant, _record(desk, tx, list(meant.values())), strict=True))
    return [told.get(place, Told(Fate.FOREIGN)) for place in range(len(pressed))]


def _reopen(desk: Desk, tx: Tx, row: RecipientRow) -> Told:
    """Somebody wants to change his answer, which holds until he has given another one."""
    if alerts.load_alerts(tx, [row.alert])[row.alert].state not in LISTENS:
        return Told(Fate.LATE, at=row.answered_at, language=row.language)
    notices.reopen(tx, row.id, desk.clock.now())
    return Told(Fate.REOPENED, at=row.answered_at, language=row.language)


def record_by_hand(desk: Desk, tx: Tx, row: RecipientRow, choice: Choice, at: datetime) -> Told:
    """An answer that somebody else noted, at its real time; ``row`` is locked. The newest by real time holds."""
    return _record(desk, tx, [_Answer(row, choice, Source.BY_HAND, at)])[0]


def _read(desk: Desk, sender: str, text: str, event: str, tx: Tx) -> Told:
    at = desk.clock.now()
    number = _normal_form(sender)
    if not answers.note_events(tx, [event], at):
        return Told(Fate.REPEATED)
    people = contacts.find_by_blind(tx, desk.vault.blind(Channel.SMS, number))
    alone = read_reply(text, ())  # what it says to whoever was asked nothing
    if alone.sense is Sense.EMPTY:
        return Told(Fate.UNREAD if people else Fate.FOREIGN)
    asked = alerts.asked_of(tx, people) if people else []
    states = alerts.load_alerts(tx, {row.alert for row in asked})
    texted = outbox.texted(tx, [row.id for row in asked])
    told = [row for row in asked if row.id in texted]  # what no text has asked yet, no text answers
    over = {row.id for row in told if states[row.alert].state not in LISTENS}  # stopped or ended: their texts lie on the phone
    words = answers.words_of(tx, told)
    unread = Unread(event, Channel.SMS, number, text, emergency=alone.emergency)
    talk = SmsTalk(desk, tx, number, event)
    wanting: tuple[RecipientRow, Choice] | None = None  # an answer that lacks the message's own code
    saying = split_codes(desk, text, told, states)
    live = [row for row in told if row.id not in over]
    if spoken := hear_team(desk, tx, text, asked, states, texted):
        counted = _count(desk, tx, spoken, states[spoken.speaker.alert], event)
        _reply(tx, talk, spoken.speaker, counted)
        if spoken.said.to_read:
            leave_to_human(desk, tx, unread, spoken.speaker.id)
        return counted
    for rows in [] if read_report(text) else _most_likely_first(told, over, at):
        read = [(row, read_reply(saying[row.id].text, words[row.id].texted)) for row in rows]
        meant = [(row, choice, reading.to_read) for row, reading in read if (choice := reading.choice) is not None]
        if len(meant) == 1 and (texted[meant[0][0].id] or not _may_mean_another(tx, saying, told, meant[0][0])):
            [(found, choice, more)] = meant
            row = alerts.lock_recipients(tx, [found.id])[0]
            assurance = weigh_code(desk, tx, row, states[row.alert], saying[row.id])
            if assurance is Assurance.REFUSED:
                return Told(Fate.UNREAD)
            if assurance is Assurance.MISSING:
                wanting = row, choice
                break
            source = Source.SMS_CODE if assurance is Assurance.SOUND else Source.SMS
            counted = _record(desk, tx, [_Answer(row, choice, source)])[0]
            _reply(tx, talk, row, counted)
            if more:
                leave_to_human(desk, tx, unread, row.id)
            return counted
        if meant:
            break  # two questions offer this answer: nothing is guessed
    still = [row for row in live if row.expires_at > at]
    _have_called(tx, [row.id for row in still], at)
    only = still[0] if len(still) == 1 else None
    if people:
        about = wanting[0] if wanting else next(iter([*still, *([] if live else told)]), None)
        offered = (wanting[1],) if wanting else words[only.id].texted if only else ()
        _say_how(tx, talk, alone, about, offered, open_still=bool(still), coded=wanting is not None)
    leave_to_human(desk, tx, unread, only.id if only else None)
    return Told(Fate.UNREAD if people else Fate.FOREIGN)


def _reply(tx: Tx, talk: SmsTalk, row: RecipientRow, told: Told) -> None:
    """What the phone shows of an answer that was read."""
    if told.covered:
        return  # told that nobody need come any more
    if told.fate in (Fate.COUNTED, Fate.CHANGED) and told.at is not None:
        talk.confirm(row.id, row.language, told.label, told.at)
    elif told.fate is Fate.LATE:
        _regret(tx, talk, row)


def _say_how(
    tx: Tx,
    talk: SmsTalk,
    alone: Reading,
    about: RecipientRow | None,
    offered: Sequence[Choice],
    *,
    open_still: bool,
    coded: bool,
) -> None:
    """A text that could not be read: how the question ``about`` is answered, or that it is over; danger before all else."""
    if alone.emergency:
        talk.warn(about.language if about else Language.FR.value, about.id if about else None)
    elif about is None or alone.sense is Sense.PAUSE:
        return
    elif coded:
        talk.ask_code(about.id, about.language, offered[0].digit)
    elif open_still:
        talk.help(about.id, about.language, offered)
    else:
        _regret(tx, talk, about)


def _regret(tx: Tx, talk: SmsTalk, row: RecipientRow) -> None:
    number = contacts.staffed_numbers(tx, [row.clinic]).get(row.clinic, "")
    talk.regret(row.id, row.language, show_number(number, " "))


def _count(desk: Desk, tx: Tx, spoken: Spoken, alert: AlertRow, event: str) -> Told:
    """A text that spoke for a whole service."""
    at = desk.clock.now()
    before = record_headcount(desk, tx, spoken, alert, Source.SMS.value, at, event=event)
    return Told(weigh_headcount(before, spoken.said, at), spoken.said.shown, at, spoken.speaker.language)


def weigh_headcount(before: Headcount | None, said: TeamCount, at: datetime) -> Fate:
    """What became of a word on a service, of which ``before`` was the newest."""
    if before is None:
        return Fate.COUNTED
    if before.at > at:
        return Fate.OLDER
    return Fate.REPEATED if before.said.shown == said.shown else Fate.CHANGED


def _normal_form(sender: str) -> str:
    """The number it came from; whatever else a gateway gave, as it gave it."""
    try:
        return parse_phone(sender).value
    except BadAddress:
        return sender[:_LONGEST_SENDER]


def _may_mean_another(tx: Tx, saying: Mapping[int, Said], told: Sequence[RecipientRow], row: RecipientRow) -> bool:
    """True where another text may have offered this answer: it is then no answer to one that perhaps never arrived."""
    words = answers.words_of(tx, told)
    others = [other for other in told if other.id != row.id]
    return any(read_reply(saying[other.id].text, words[other.id].texted).choice is not None for other in others)


def _read_mail(desk: Desk, mail: MailReply, event: str, tx: Tx) -> Told:
    at = desk.clock.now()
    try:
        sender = parse_mail(mail.sender).value
    except BadAddress:
        return Told(Fate.FOREIGN)
    recipient = outbox.recipient_of(tx, int(mail.row))
    rows = alerts.lock_recipients(tx, [] if recipient is None else [recipient])
    if not rows or rows[0].person not in contacts.find_by_blind(tx, desk.vault.blind(Channel.EMAIL, sender)):
        return Told(Fate.FOREIGN)
    if not answers.note_events(tx, [event], at):
        return Told(Fate.REPEATED)
    row = rows[0]
    choices = answers.words_of(tx, rows)[row.id].choices
    reading = read_mail_reply(mail.text, choices)
    told = Told(Fate.UNREAD)
    if reading.choice is not None:
        told = _record(desk, tx, [_Answer(row, reading.choice, Source.EMAIL)])[0]
    elif choices and alerts.load_alerts(tx, [row.alert])[row.alert].state in LISTENS:
        _have_called(tx, [row.id], at)
    if reading.choice is None or reading.to_read:
        leave_to_human(desk, tx, Unread(event, Channel.EMAIL, sender, mail.text, emergency=reading.emergency), row.id)
    return told


def _most_likely_first(told: Sequence[RecipientRow], over: Collection[int], at: datetime) -> list[list[RecipientRow]]:
    """What is open before what is ``over``, what is still true before what has run out, unanswered before answered."""
    groups: dict[tuple[bool, bool, bool], list[RecipientRow]] = {}
    for row in told:
        groups.setdefault((row.id in over, row.expires_at <= at, row.answer is not None), []).append(row)
    return [groups[key] for key in sorted(groups)]


def _have_called(tx: Tx, still: Sequence[int], at: datetime) -> None:
    """Somebody wrote what no rule can read: whoever has questions open goes on the list of those to call."""
    for row in alerts.lock_recipients(tx, still):
        if row.answer is None and row.by_hand_at is None and row.stood_down_at is None:
            alerts.update_recipient(tx, row.id, by_hand_at=at)


def _answer_page(tx: Tx, sent: Sequence[_Sent]) -> list[tuple[Told, Page] | None]:
    desk = sent[0].desk
    rows = alerts.lock_by_link(tx, [form.hashed for form in sent])
    words = answers.words_of(tx, rows.values())
    raised = alerts.load_alerts(tx, {row.alert for row in rows.values()})
    numbers = contacts.staffed_numbers(tx, {row.clinic for row in rows.values()})
    told: list[tuple[Told, Page] | None] = [None] * len(sent)
    meant: dict[int, _Answer] = {}
    for place, form in enumerate(sent):
        row = rows.get(form.hashed)
        if row is None:
            continue
        mine = words[row.id]
        told[place] = Told(Fate.FOREIGN), _draw_page(desk, row, raised[row.alert], mine.page, numbers.get(row.clinic, ""))
        choice = next((c for c in mine.choices if c.key == form.choice), None)
        if choice is not None:
            meant[place] = _Answer(row, choice, Source.WEB)
    for place, one in zip(meant, _record(desk, tx, list(meant.values()), raised), strict=True):
        if (shown := told[place]) is not None:
            told[place] = one, shown[1]
    return told


def _record(desk: Desk, tx: Tx, given: Sequence[_Answer], raised: Mapping[int, AlertRow] | None = None) -> list[Told]:
    """Answers of recipients who are locked, in the order in which they came; of each recipient the newest by real time holds."""
    now = desk.clock.now()
    if raised is None:
        raised = alerts.load_alerts(tx, {answer.row.alert for answer in given})
    told: list[Told] = []
    kept: list[answers.NewAnswer] = []
    changed: dict[int, tuple[str, str, datetime]] = {}
    acts: list[journal.Facts] = []
    before = {answer.row.id: answer.row.answer for answer in given}
    for answer in given:
        row, choice, source = answer.row, answer.choice, answer.source.value
        alert, at = raised[row.alert], answer.at or now
        over = alert.state not in LISTENS and not (answer.at and answer.at <= (alert.stopped_at or alert.expires_at))
        kept.append(answers.NewAnswer(row.id, choice.key, source, at, held=not over))
        if over:
            told.append(Told(Fate.LATE, choice.label, at, row.language))
        elif answer.at and (newest := answers.newest_at(tx, row.id)) is not None and newest > at:
            told.append(Told(Fate.OLDER, choice.label, at, row.language))
        elif row.answer == choice.key:
            if row.answered_by == Source.SMS and answer.source is not Source.SMS:  # the same again, by a surer way
                row.answered_by = source
                changed[row.id] = choice.key, source, row.answered_at or at
            told.append(Told(Fate.REPEATED, choice.label, row.answered_at, row.language))
        else:
            told.append(Told(Fate.COUNTED if row.answer is None else Fate.CHANGED, choice.label, at, row.language))
            row.answer, row.answered_at, row.answered_by = choice.key, at, source  # for the next one of the same person
            changed[row.id] = choice.key, source, at
            acts.append({"alert": alert.code, "recipient": _commit(desk, row), "choice": choice.key, "source": source})
    answers.insert_answers(tx, kept)
    outbox.cancel_waiting(tx, sorted({answer.recipient for answer in kept if answer.held}), now, "answered")
    alerts.hold_answers(tx, changed)
    journal.write_all(tx, now, "staff", "answer", acts)
    call_deputies(tx, raised, (answer.row for answer in given if answer.row.id in changed), now)
    covered = stop_when_met(tx, raised, [(answer.row, before[answer.row.id]) for answer in given], now)
    last = {answer.row.id: answer.row for answer in given if answer.row.id in covered}
    stand_down_by(desk, tx, list(last.values()))
    return [replace(one, covered=True) if answer.row.id in covered else one for one, answer in zip(told, given, strict=True)]


def _commit(desk: Desk, row: RecipientRow) -> str:
    """A salted commitment: which recipient, provable with the key, nothing without it."""
    return desk.vault.commit(f"recipient:{row.id}:person:{row.person}")


def _show(desk: Desk, token: str, tx: Tx) -> Page | None:
    row = alerts.find_by_link(tx, token_hash(token))
    if row is None:
        return None
    alert = alerts.load_alerts(tx, [row.alert])[row.alert]
    number = contacts.staffed_numbers(tx, [row.clinic]).get(row.clinic, "")
    return _draw_page(desk, row, alert, answers.words_of(tx, [row])[row.id].page, number)


def _draw_page(desk: Desk, row: RecipientRow, alert: AlertRow, wording: Wording | None, number: str) -> Page:
    over = alert.state not in LISTENS or row.expires_at <= desk.clock.now()
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
        staffed_number=number,
        language=row.language,
        speaks=row.question != Question.NONE and speaks_for_team(row, alert),
    )
