"""One error tree. Facts stand in fields; the sentence and the cure are made at the face, in the reader's language (``prose``).

::

    NotifierError
    ├── BadInput            what a person typed or a file holds; nothing was changed
    │   ├── BadAddress · BadAudience · EmptyAudience · UnknownTemplate · MissingWords · BadValue · GuardedWords
    │   ├── BadImport · UnreadableFile · UnknownClinic · UnknownIncident · UnknownAlert · UnknownPerson · AlreadyOpen
    │   └── NobodyWaits · BadTemplate · BadBackup
    ├── NotAllowed          the act is well formed, the actor may not do it, or not now
    │   └── NotApproved · ChangedSince · WouldOutlast · CreditShort · Forbidden · Frozen · StillCalled · ChatTaken · NotUndone
    └── NotReady            the house cannot work as it stands
        └── BadSettings · LaneMisset · NoBot · WrongKey · KeyMissing · NewerDatabase · ClockBehind · PortTaken · DiskFull
            · NeedsPostgres · HomeTaken · HomeClosed · HomeInUse · CopyFailed · BrokenJournal · DatabaseAway
            · DatabaseBroken · DatabaseUnfit
"""

from dataclasses import dataclass


class NotifierError(Exception):
    """Everything we raise for a person to read."""


class BadInput(NotifierError):
    """Typed or filed wrong; nothing was changed."""


class NotAllowed(NotifierError):
    """Refused to this actor, or not now; nothing was changed."""


class NotReady(NotifierError):
    """The house cannot work as it stands."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a settings file, an import or a template: where, which rule (stable code) and the facts it needs.

    ``where`` names the field, the cell (``KER.csv, ligne 14, mobile``) or the template and line; ``prose`` looks ``code`` up.
    """

    where: str
    code: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass
class BadAddress(BadInput):
    reason: str  # phone, mail, chat; never the address itself


@dataclass
class BadAudience(BadInput):
    text: str
    position: int  # of the first character that cannot be read
    reason: str  # unexpected, unclosed, unknown_field, unknown_value
    facts: tuple[tuple[str, str], ...] = ()


@dataclass
class EmptyAudience(BadInput):
    text: str
    reason: str = ""  # followed: it follows an alert up, and nobody is left of those


@dataclass
class EverybodyRests(BadInput):
    """Whoever a call for volunteers selects ought to rest."""

    people: int


@dataclass
class UnknownTemplate(BadInput):
    name: str
    near: tuple[str, ...] = ()


@dataclass
class MissingWords(BadInput):
    template: str
    missing: tuple[str, ...]


@dataclass
class BadValue(BadInput):
    field: str
    reason: str  # time, place, number, choice, character, length, private_use …
    facts: tuple[tuple[str, str], ...] = ()


@dataclass
class GuardedWords(BadInput):
    field: str
    word: str
    rule: str


@dataclass
class BadImport(BadInput):
    """``reason`` is ``rows`` where leaving out the bad rows would help, ``files`` where it would not."""

    faults: tuple[Fault, ...]
    reason: str = "rows"


@dataclass
class UnreadableFile(BadInput):
    path: str
    reason: str


@dataclass
class UnknownClinic(BadInput):
    code: str
    known: tuple[str, ...]


@dataclass
class UnknownIncident(BadInput):
    code: str


@dataclass
class UnknownAlert(BadInput):
    code: str


@dataclass
class UnknownPerson(BadInput):
    clinic: str
    matricule: str


@dataclass
class NobodyWaits(BadInput):
    """No chat waits to become this person's."""

    clinic: str
    matricule: str


@dataclass
class AlreadyOpen(BadInput):
    code: str


@dataclass
class BadTemplate(BadInput):
    faults: tuple[Fault, ...]


@dataclass
class BadBackup(BadInput):
    path: str
    reason: str  # foreign (no backup of ours), damaged (cut short or changed)


@dataclass
class NotApproved(NotAllowed):
    template: str
    reason: str  # changed_text, not_preapproved, hash_differs
    fields: tuple[str, ...] = ()


@dataclass
class ChangedSince(NotAllowed):
    alert: str


@dataclass
class SentBefore(NotAllowed):
    alert: str
    people: int
    seconds: float


@dataclass
class WouldOutlast(NotAllowed):
    lane: str
    drain_seconds: float
    life_seconds: float


@dataclass
class CreditShort(NotAllowed):
    lane: str
    needed: int
    left: int


@dataclass
class NotUndone(NotAllowed):
    reason: str


@dataclass
class StillCalled(NotAllowed):
    """``code`` is the alert that has the person as a recipient still."""

    code: str


@dataclass
class ChatTaken(NotAllowed):
    """The chat that waited has become somebody else's."""

    clinic: str
    matricule: str


@dataclass
class Forbidden(NotAllowed):
    actor: str
    act: str


@dataclass
class Frozen(NotAllowed):
    since: str
    by: str


@dataclass
class BadSettings(NotReady):
    faults: tuple[Fault, ...]


@dataclass
class LaneMisset(NotReady):
    lane: str
    code: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass
class NoBot(NotReady):
    """A card leads to the bot, whose name no setting tells; ``reason``: no_lane, missing, name."""

    lane: str
    reason: str


@dataclass
class WrongKey(NotReady):
    path: str


@dataclass
class KeyMissing(NotReady):
    path: str
    database: str


@dataclass
class NewerDatabase(NotReady):
    found: str
    known: str


@dataclass
class ClockBehind(NotReady):
    now: str
    journal: str


@dataclass
class PortTaken(NotReady):
    host: str
    port: int
    reason: str = ""  # denied (a port below 1024), host (not an address of this machine); empty: somebody listens there


@dataclass
class DiskFull(NotReady):
    path: str


@dataclass
class NeedsPostgres(NotReady):
    command: str


@dataclass
class HomeTaken(NotReady):
    path: str


@dataclass
class HomeClosed(NotReady):
    path: str


@dataclass
class HomeInUse(NotReady):
    """Something to be put into an empty home met one that holds a database."""

    database: str


@dataclass
class CopyFailed(NotReady):
    path: str  # of the backup, which is whole
    reason: str  # domain.keeping.Failed


@dataclass
class BrokenJournal(NotReady):
    seq: int
    reason: str


@dataclass
class DatabaseAway(NotReady):
    """No answer for now; the next try may find it."""

    place: str


@dataclass
class DatabaseBroken(NotReady):
    """A disk that failed, a file that is damaged: this process believes nothing of it any more and ends."""

    place: str


@dataclass
class DatabaseUnfit(NotReady):
    """Only a person can mend it: a right, a password, an address."""

    place: str
    reason: str  # denied (this account may not open or write the file), refused (PostgreSQL's login)
