"""A house in plain dictionaries: as it must be by the promise, and as its database says it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import strategies as st
from sqlalchemy import select

from notifier.domain.delivery import WAITING, State
from notifier.domain.people import Channel
from notifier.store import contacts, leases, tables
from notifier.store.transaction import Tx
from notifier.vault import Vault

HEADER = "matricule;nom;service;fonction;mobile;e-mail;telegram;astreinte"
MATRICULES = ("K1", "K2", "K3", "K4", "K9")


@dataclass(frozen=True)
class Member:
    """One row of the roster. ``aside``: chats that were his when he was called."""

    role: str
    phone: str = ""
    mail: str = ""
    chat: str = ""
    on_call: bool = False
    aside: frozenset[str] = frozenset()

    def told(self, matricule: str) -> str:
        """As the sheet has it."""
        called = "oui" if self.on_call else ""
        return f"{matricule};Le Goff {matricule};BLOC;{self.role};{self.phone};{self.mail};{self.chat};{called}"

    @property
    def addresses(self) -> set[str]:
        """Those that may be used."""
        return {value for value in (self.phone, self.mail, self.chat) if value}


@dataclass
class Message:
    """One row of the outbox as it must be."""

    alert: str
    person: str
    channel: str
    step: int
    expires: datetime
    state: State = State.QUEUED
    copies: int = 0
    tries: int = 0


@dataclass
class Asked:
    """One recipient: what he was asked, and what holds."""

    id: int
    question: str
    woken: bool
    answer: str | None = None


@dataclass
class Model:
    """Everything that is known, in plain dictionaries."""

    people: dict[str, Member] = field(default_factory=dict)
    stopped: dict[str, bool] = field(default_factory=dict)  # by alert
    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)  # by alert and person
    messages: dict[int, Message] = field(default_factory=dict)
    frozen: bool = False

    def cancel(self, alert: str, person: str | None = None) -> None:
        """What waits will not leave."""
        for message in self.messages.values():
            if message.alert == alert and person in (None, message.person) and message.state in WAITING:
                message.state = State.CANCELLED

    def forget(self, matricule: str) -> None:
        """Nobody by that name is known; what was asked and sent stays, of a number without a name."""
        del self.people[matricule]
        for message in self.messages.values():
            if message.person == matricule:
                message.person = gone(self.asked[message.alert, matricule].id)
        self.asked = {
            (alert, gone(asked.id) if person == matricule else person): asked for (alert, person), asked in self.asked.items()
        }

    def is_moot(self, message: Message) -> bool:
        """Answered or stopped."""
        return self.stopped[message.alert] or self.asked[message.alert, message.person].answer is not None


def gone(recipient: int) -> str:
    """Whoever that recipient was."""
    return f"gone {recipient}"


@st.composite
def members(draw: st.DrawFn, matricule: str) -> Member:
    """Somebody with any of his addresses, each in two editions."""
    number = MATRICULES.index(matricule)

    def maybe(*editions: str) -> str:
        return draw(st.sampled_from(("", *editions)))

    return Member(
        role="RELAIS" if matricule == "K9" else draw(st.sampled_from(["CADRE", "IDE"])),
        phone=maybe(f"+3363998001{number}", f"+3363998002{number}"),
        mail=maybe(f"a{number}@example.org", f"b{number}@example.org"),
        chat=maybe(f"900000000000001{number}", f"900000000000002{number}"),
        on_call=draw(st.booleans()),
    )


def read_model(tx: Tx, open_text: Callable[[bytes, str], str]) -> Model:
    """What the database says."""
    found = Model(frozen=leases.read_freeze(tx) is not None)
    persons = {person.id: person for person in contacts.load_people(tx, open_text)}
    for person in persons.values():
        values = {contact.address.channel: contact.address.value for contact in person.contacts}
        found.people[person.matricule] = Member(
            person.role,
            values.get(Channel.SMS, ""),
            values.get(Channel.EMAIL, ""),
            values.get(Channel.TELEGRAM, ""),
            person.on_call,
        )
    alerts = {row.id: row for row in tx.execute(select(tables.alerts)).all()}
    found.stopped = {row.code: row.state != "approved" for row in alerts.values()}
    who = {}
    for row in tx.execute(select(tables.recipients)).all():
        who[row.id] = alerts[row.alert].code, persons[row.person].matricule if row.person in persons else gone(row.id)
        found.asked[who[row.id]] = Asked(row.id, row.question, row.woken, row.answer)
    for row in tx.execute(select(tables.outbox)).all():
        facts = {
            "step": row.step,
            "expires": row.expires_at,
            "state": State(row.state),
            "copies": row.copies,
            "tries": row.tries,
        }
        found.messages[row.id] = Message(*who[row.recipient], row.channel, **facts)
    return found


def find_traces(tx: Tx, vault: Vault, person: int, matricule: str, values: Iterable[str]) -> list[object]:
    """Whatever still leads to somebody: a word that the vault opens, a blind index, the personnel number, a row of a plan."""
    words = (tables.people.c.name_sealed, tables.recipients.c.name_sealed, tables.addresses.c.value_sealed)
    opened = {
        vault.open(sealed, f"{column.table.name}:{row}:{column.name.removesuffix('_sealed')}")
        for column in words
        for row, sealed in tx.execute(select(column.table.c.id, column))
    }
    traces: list[object] = [text for text in opened if matricule in text or text in values]
    blinds = [vault.blind(channel.value, value) for channel in Channel for value in values]
    for column in (tables.addresses.c.value_blind, tables.inbox.c.sender_blind):
        traces += tx.execute(select(column).where(column.in_(blinds))).scalars()
    traces += tx.execute(select(tables.people.c.id).where(tables.people.c.matricule == matricule)).scalars()
    for table in (tables.slots, tables.invitations, tables.claims):
        traces += tx.execute(select(table.c.id).where(table.c.person == person)).scalars()
    return traces
