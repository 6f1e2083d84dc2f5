"""The code that an answer by text bears: the four signs of this very message for this very person, on his card and in the text.

Anybody can send a text from somebody's number; who has not had the message does not know its code. A template's ``sms_code`` asks
for it. Wrong ones are counted, of one person and of one alert, until no code counts any more: whoever guesses has a chance of one
in ten thousand to hit one of an alert at all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from notifier.desk.desk import Desk
from notifier.domain.codes import is_code, split_code, verification_code
from notifier.store import alerts, journal
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.transaction import Tx

TRIES = 5  # wrong codes of one person for one alert
TRIES_IN_ALL = 100  # of everybody for one alert, among 32^4 = 1,048,576


class Assurance(Enum):
    """What an answer by text is worth."""

    LOW = auto()  # it came from his number
    SOUND = auto()  # with the code
    MISSING = auto()  # the code is asked for and is not there: for a person to read
    REFUSED = auto()  # a wrong code, or one after too many wrong ones


@dataclass(frozen=True, slots=True)
class Said:
    """A text as it reads for one question: without the code behind it, where that is asked for or is the right one."""

    text: str
    code: str = ""
    sound: bool = False


def split_codes(desk: Desk, text: str, told: Iterable[RecipientRow], raised: Mapping[int, AlertRow]) -> dict[int, Said]:
    """By recipient: the same text may bear the code of one question and be mere words for another."""
    rest, code = split_code(text)
    whole, key = Said(text), desk.vault.derive("codes")
    found = {}
    for row in told:
        alert = raised[row.alert]
        sound = bool(code) and is_code(code, verification_code(key, row.person, row.card, alert.exercise, alert.number))
        found[row.id] = Said(rest, code, sound) if sound or (code and alert.sms_code) else whole
    return found


def weigh_code(desk: Desk, tx: Tx, row: RecipientRow, alert: AlertRow, said: Said) -> Assurance:
    """What this answer of a recipient, who is locked, is worth. A wrong code is journalled, and the person is to be called."""
    if not alert.sms_code:
        return Assurance.SOUND if said.sound else Assurance.LOW
    if not said.code:
        return Assurance.MISSING
    at, called = desk.clock.now(), row.by_hand_at or (None if row.answer else desk.clock.now())
    if row.wrong_codes >= TRIES or alerts.count_wrong_codes(tx, alert.id) >= TRIES_IN_ALL:
        alerts.update_recipient(tx, row.id, by_hand_at=called)
        return Assurance.REFUSED
    if said.sound:
        return Assurance.SOUND
    wrong = row.wrong_codes + 1
    alerts.update_recipient(tx, row.id, wrong_codes=wrong, by_hand_at=called)
    whose = desk.vault.commit(f"recipient:{row.id}:person:{row.person}")
    facts: journal.Facts = {"alert": alert.code, "recipient": whose, "wrong": wrong, "locked": wrong >= TRIES}
    journal.write(tx, at, "staff", "answer.wrong_code", facts)
    return Assurance.REFUSED
