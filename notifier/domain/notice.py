"""Service texts: what the house says to one person beside the alerts (RELIABILITY 4.2, *Turn*).

Their wording is shipped with the release, they never carry an order, and they are counted apart. They promise nothing: what may
have left is not sent again, but for an edit, which says the same twice without harm.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from notifier.domain.delivery import Accepted, Deferred, NotSent, Outcome, Refused, Unsure, backoff


class NoticeKind(StrEnum):
    """What a service text is for."""

    RECEIPT = "receipt"  # an answer by SMS has been taken
    HELP = "help"  # a text could not be read
    DANGER = "danger"  # clinical words: this number treats no emergency
    STAND_DOWN = "stand_down"  # enough others have answered: nobody need come any more
    CHAT = "chat"  # the bot's side of a conversation
    EDIT = "edit"  # a message of ours shows what has become of it


class Stage(StrEnum):
    """Where a service text stands."""

    QUEUED = "queued"
    ON_WIRE = "on_wire"
    DONE = "done"
    ENDED = "ended"  # given up: refused, doubtful, or too old


LIFE = timedelta(minutes=30)  # after that a receipt or a word of help only puzzles
EDIT_LIFE = timedelta(hours=12)
KEPT = timedelta(hours=24)  # then nothing is left of it but its act in the journal
MOST_HELP = 2  # a person and alert
MOST_TEXTS = 5  # to one number an hour, whatever comes in from it: two machines must not talk to each other (GoAlert's limit)
MOST_RECEIPTS = 20  # the same for answers that count, each of which says something new
MOST_CHATS = 60  # to one chat an hour
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Next:
    """What a service text becomes when an attempt has ended."""

    stage: Stage
    wait: timedelta = timedelta(0)  # real


def what_next(kind: NoticeKind, outcome: Outcome, tries: int) -> Next:
    """``tries`` counts the attempt."""
    match outcome:
        case Accepted():
            return Next(Stage.DONE)
        case Deferred(wait):
            return Next(Stage.QUEUED, wait)
        case NotSent():  # until it is too old
            return Next(Stage.QUEUED, backoff(tries))
        case Unsure() if kind is NoticeKind.EDIT and tries < MOST_TRIES:
            return Next(Stage.QUEUED, backoff(tries))
        case Refused() | Unsure():
            return Next(Stage.ENDED)
