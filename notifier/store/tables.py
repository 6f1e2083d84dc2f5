"""The tables, one definition for SQLite and PostgreSQL.

Ids are made by us before the row is written (``ids.new_ids``), so that what is encrypted can be bound to its row. Columns named
``*_sealed`` hold AES-GCM (vault), ``*_blind`` and ``*_hash`` hold hashes; no column holds an address, a name or a token in clear.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy import DateTime as SqlDateTime
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps it without its zone and gives it back with one."""

    impl = SqlDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a naive time: it would be read as another zone elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a time without a zone was given to the database")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's
        """Always aware, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite keeps a table in the order of its key only where the column's type says INTEGER; else each id is looked up twice.
_Key = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    return Column("id", _Key, primary_key=True, autoincrement=False)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(target), nullable=nullable, index=index)


def _of_alert(name: str, *, index: bool = False) -> Column[int]:
    """What is written in one transaction with its alert and never deleted: looking it up 50,000 times proves nothing."""
    return Column(name, BigInteger, nullable=False, index=index)


_Json: TypeDecorator[Any] | JSON = JSON()

# One row a fact about the house itself: schema's maker, key fingerprint, freeze, time of the newest journal entry.
house = Table("house", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))

# -- who may be called ---------------------------------------------------------------------------------------------------------

clinics = Table(
    "clinics",
    metadata,
    Column("code", String(8), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("facts", _Json, nullable=False),  # name, city, kind, sms_name, in-band domains, PBX ranges, staffed number
    Column("planned_at", Instant),  # when the duty plan was true; None: never imported
)
services = Table(
    "services",
    metadata,
    Column("clinic", String(8), ForeignKey("clinics.code"), primary_key=True),
    Column("code", String(8), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("facts", _Json, nullable=False),  # name, sms_name, responsible_role, need
)
people = Table(
    "people",
    metadata,
    _id(),
    Column("clinic", String(8), ForeignKey("clinics.code"), nullable=False, index=True),
    Column("matricule", String(24), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("service", String(8), nullable=False),
    Column("role", String(16), nullable=False),
    Column("status", String(12), nullable=False),
    Column("language", String(2), nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),  # "family\x1fgiven", bound to people:<id>:name
    Column("travel", String(8)),
    Column("on_call", Boolean, nullable=False),
    Column("volunteer", Boolean, nullable=False),
    Column("tags", _Json, nullable=False),
    Column("card", Integer, nullable=False),
    Column("imported_at", Instant, nullable=False),
    UniqueConstraint("clinic", "matricule"),
)
addresses = Table(
    "addresses",
    metadata,
    _id(),
    _ref("person", "people.id", index=True),
    Column("channel", String(8), nullable=False),
    Column("position", Integer, nullable=False),  # order among the person's addresses
    Column("value_sealed", LargeBinary, nullable=False),  # bound to addresses:<id>:value
    Column("value_blind", LargeBinary, nullable=False, index=True),
    Column("in_band", Boolean, nullable=False),
    Column("landline", Boolean, nullable=False, server_default=false()),  # a number that takes no SMS
    Column("dead_at", Instant),
    Column("dead_why", String(20)),
    Column("enrolled_at", Instant),  # when the person bound this chat; None: it came with an import
)
# A single-use token that binds a chat to one person; ended by its use or a revocation, whichever comes first.
invitations = Table(
    "invitations",
    metadata,
    _id(),
    _ref("person", "people.id", index=True),
    Column("kind", String(8), nullable=False),  # card, screen
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("issued_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("used_blind", LargeBinary),  # by which chat: a press that is told twice is no second use
    Column("revoked_at", Instant),
)
# Chats that wait for an operator's word; there is a row only for as long as one waits.
claims = Table(
    "claims",
    metadata,
    _id(),
    Column("person", BigInteger, ForeignKey("people.id"), nullable=False, unique=True),  # the first one waits, others are told so
    Column("chat_sealed", LargeBinary, nullable=False),  # bound to claims:<id>:chat
    Column("chat_blind", LargeBinary, nullable=False, unique=True),
    Column("claimed_at", Instant, nullable=False),
)
slots = Table(
    "slots",
    metadata,
    _id(),
    _ref("person", "people.id", index=True),
    Column("kind", String(12), nullable=False),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
)
# What the newest import has changed, so that it can be undone for as long as nothing else has; one row at most.
former = Table(
    "former",
    metadata,
    _id(),
    Column("version", String(40), nullable=False),  # of the contacts, as the import left them
    Column("at", Instant, nullable=False),
    Column("told_sealed", LargeBinary, nullable=False),  # bound to former:<id>:told
)

# -- what is said --------------------------------------------------------------------------------------------------------------

incidents = Table(
    "incidents",
    metadata,
    Column("code", String(4), primary_key=True),
    Column("clinics", _Json, nullable=False),
    Column("exercise", Boolean, nullable=False),
    Column("aware_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("opened_by", String(80), nullable=False),
    Column("closed_at", Instant),
    Column("numbered", Integer, nullable=False),  # messages numbered so far
)
operators = Table(
    "operators",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("roles", _Json, nullable=False),
    Column("enrolled_at", Instant, nullable=False),
)
alerts = Table(
    "alerts",
    metadata,
    _id(),
    Column("code", String(12), nullable=False, unique=True),  # HGX1-03, the number that shows
    Column("incident", String(4), ForeignKey("incidents.code"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("template", String(60), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("level", String(8), nullable=False),
    Column("title", String(120), nullable=False),
    Column("exercise", Boolean, nullable=False),
    Column("protect", Boolean, nullable=False),
    Column("audience", Text, nullable=False),  # the expression as typed
    Column("ladder", _Json, nullable=False),  # copied from the template when raised
    Column("state", String(10), nullable=False, index=True),  # draft, approved, met, stopped, ended
    Column("form_key", String(64), nullable=False, unique=True),  # a double press creates one alert
    Column("approval", _Json),  # by, at, hash, how
    Column("raised_at", Instant, nullable=False),
    Column("raised_by", String(80), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("deadline_at", Instant),  # for an answer (roll call)
    Column("stopped_at", Instant),
    Column("stopped_by", String(80)),
    Column("unshown", Boolean, nullable=False, server_default=false()),  # its messages do not show yet that it is over
    Column("vital", Boolean, nullable=False, server_default=false()),  # wakes everybody, and is no part of anybody's load
    Column("sms_code", Boolean, nullable=False, server_default=false()),  # an answer by text counts only with the message's code
    Column("despite_rest", Text),  # why people who ought to rest are called by it
    Column("met_at", Instant),  # when as many as were wanted had answered
    Column("stood_down_at", Instant),  # when everybody else was marked as no longer needed
)
wordings = Table(
    "wordings",
    metadata,
    _id(),
    _ref("alert", "alerts.id", index=True),
    Column("channel", String(8), nullable=False),
    Column("language", String(2), nullable=False),
    Column("way_back", String(8), nullable=False),
    Column("clinic", String(8), nullable=False),
    Column("question", String(14), nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("choices", _Json, nullable=False),  # [[digit, key, label], …]
)
recipients = Table(
    "recipients",
    metadata,
    _id(),
    _of_alert("alert"),
    _ref("person", "people.id"),
    Column("kind", String(8), nullable=False),
    Column("clinic", String(8), nullable=False),
    Column("service", String(8), nullable=False),
    Column("role", String(16), nullable=False),
    Column("language", String(2), nullable=False),
    Column("card", Integer, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),  # frozen, bound to recipients:<id>:name
    Column("woken", Boolean, nullable=False),
    Column("question", String(14), nullable=False),
    Column("responsible", Boolean, nullable=False),
    Column(
        "digits", String(9), nullable=False, server_default=""
    ),  # that answer by text, one a choice: none of an older question's
    Column("wrong_codes", Integer, nullable=False, server_default="0"),  # that came by text instead of his own
    Column("channels", _Json, nullable=False),  # usable when raised: channel to address id
    Column("cause", String(16)),  # why listed; None while open or reached
    Column("listed_at", Instant),
    Column("by_hand_at", Instant),  # on the call-by-hand list since
    Column("answer", String(16)),  # key of the choice that holds
    Column("answered_at", Instant),
    Column("answered_by", String(10)),  # telegram, sms, sms_code, web, email, by_hand
    Column("release_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("rest", String(12)),  # called although he ought to rest: leave, resting, next_shift
    Column("stood_down_at", Instant),  # enough others have answered: nobody waits for this one
    Column("rank", Integer, nullable=False, server_default="0"),  # above 0: stands in, once everybody below has stayed silent
    Column("called_at", Instant),  # when somebody of such a rank was called; until then nothing goes out to him
    Column("look_at", Instant),  # when the sweep looks next; None: nothing left to decide
    Column("unshown", Boolean, nullable=False, server_default=false()),  # his messages by Telegram do not show yet how he stands
    Column("button_hash", LargeBinary, nullable=False, unique=True),
    Column("link_hash", LargeBinary, nullable=False, unique=True),
    UniqueConstraint("alert", "person"),
    Index("ix_recipients_look_at", "look_at"),
    Index("ix_recipients_person", "person"),
    Index("ix_recipients_unshown", "id", sqlite_where=text("unshown"), postgresql_where=text("unshown")),
)

# -- what goes out -------------------------------------------------------------------------------------------------------------

# Who sends by which account. One more row, ``watch``, is held by the process that makes the rounds and seals the journal.
lanes = Table(
    "lanes",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("channel", String(8), nullable=False),
    Column("owner", String(60)),  # home and process that hold the lease
    Column("home", String(200)),  # whose file lock allows a take-over at once
    Column("epoch", Integer, nullable=False),
    Column("lease_until", Instant),
    Column("blocked_until", Instant),
    Column("fault", String(20)),
    Column("fault_at", Instant),
)
# As the partial indexes have it; a query must say it in the same words to be served by one.
WAITS = "state IN ('queued', 'unsure')"
WAITS_AGAIN = f"{WAITS} AND tries > 0"
KNOWN = "provider_id IS NOT NULL"
outbox = Table(
    "outbox",
    metadata,
    _id(),
    _of_alert("alert", index=True),
    _ref("recipient", "recipients.id"),  # indexed by what is unique below
    _of_alert("wording"),
    _ref("address", "addresses.id"),
    Column("lane", String(40), nullable=False),
    Column("channel", String(8), nullable=False),
    Column("step", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("priority", Integer, nullable=False),  # 0 red, 2 orange, 4 info; + 1 for those who are not woken
    Column("due", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("wired_at", Instant),  # of the last attempt
    Column("settled_at", Instant),
    Column("provider_id", String(80)),
    Column("reason", String(40)),
    Column("unswept", Boolean, nullable=False, default=False),  # failed, and the sweep has not drawn the consequence yet
    UniqueConstraint("recipient", "step", "channel"),
    Index("ix_outbox_unswept", "unswept", sqlite_where=text("unswept"), postgresql_where=text("unswept")),
    Index("ix_outbox_expiry", "expires_at", sqlite_where=text(WAITS), postgresql_where=text(WAITS)),
    Index("ix_outbox_again", "recipient", sqlite_where=text(WAITS_AGAIN), postgresql_where=text(WAITS_AGAIN)),
    Index("ix_outbox_turn", "lane", "state", "priority", "due", "id"),  # a turn's order, streamed
    Index("ix_outbox_provider", "lane", "provider_id", sqlite_where=text(KNOWN), postgresql_where=text(KNOWN)),
)
# Append only: one row when an attempt goes on the wire, one when its outcome is known.
attempts = Table(
    "attempts",
    metadata,
    Column("id", _Key, primary_key=True, autoincrement=True),
    _ref("row", "outbox.id", index=True),
    Column("lane", String(40), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("copy", Integer, nullable=False),
    Column("event", String(12), nullable=False),  # wire, accepted, deferred, refused, not_sent, unsure
    Column("at", Instant, nullable=False),
    Column("provider_id", String(80)),
    Column("detail", Text),  # of a strange answer as much as may be kept (``channels.wire.sketch``)
    Column("sealed_in", Integer),  # journal number whose digest covers this row
    Index("ix_attempts_sealed_in", "sealed_in"),
)

# Service texts (``domain.notice``). A text is to ``to``; an edit is about ``row``, and what it shows is read when it leaves.
notices = Table(
    "notices",
    metadata,
    _id(),
    Column("key", String(80), nullable=False, unique=True),  # one text a cause; of a message's edits only the newest waits
    Column("kind", String(10), nullable=False),
    Column("lane", String(40), nullable=False),
    _ref("row", "outbox.id", nullable=True, index=True),
    _ref("recipient", "recipients.id", nullable=True, index=True),  # whose question it is about
    Column("to_sealed", LargeBinary),  # bound to notices:<id>:to
    Column("to_blind", LargeBinary, index=True),
    Column("text_sealed", LargeBinary),  # bound to notices:<id>:text
    Column("buttons", _Json, nullable=False),  # [[label, reference], …]
    Column("reopened", Boolean, nullable=False),  # the edit shows the choices again
    Column("stage", String(8), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("due", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index("ix_notices_turn", "lane", "stage", "due", "id"),
)

# -- what comes back -----------------------------------------------------------------------------------------------------------

answers = Table(
    "answers",
    metadata,
    _id(),
    _ref("recipient", "recipients.id", index=True),
    Column("choice", String(16), nullable=False),
    Column("source", String(10), nullable=False),
    Column("at", Instant, nullable=False),
    Column("held", Boolean, nullable=False),  # False: came after the alert was closed, kept as evidence
)
# What a relay post or the person responsible says of a whole service, as it came: the newest by real time holds.
headcounts = Table(
    "headcounts",
    metadata,
    _id(),
    _of_alert("alert", index=True),
    Column("clinic", String(8), nullable=False),
    Column("service", String(8), nullable=False),
    _ref("recipient", "recipients.id", index=True),  # who said it; it is not his own answer
    Column("source", String(10), nullable=False),
    Column("at", Instant, nullable=False),
    Column("present", Integer, nullable=False),
    Column("needed", Integer, nullable=False),
    Column("trouble", Boolean, nullable=False),
    Column("patients", Integer),  # of a service report, as are the next three; None: not said
    Column("folder", Boolean),
    Column("phones", Boolean),
    Column("blocked", Boolean, nullable=False, server_default=false()),  # free words say what is missing: they lie in the inbox
    Column("event", String(160)),  # of the text in the inbox, where a person reads it
    Column("noted_by", String(80)),  # the operator who wrote down what was said by telephone or on paper
)
# Whom the speaker of a headcount has named as seen there. It is nobody's answer.
seen = Table(
    "seen",
    metadata,
    Column("headcount", BigInteger, ForeignKey("headcounts.id"), primary_key=True),
    Column("recipient", BigInteger, ForeignKey("recipients.id"), primary_key=True),
)
receipts = Table(
    "receipts",
    metadata,
    Column("event", String(160), primary_key=True),  # lane and the provider's event id
    Column("at", Instant, nullable=False),
    Column("lane", String(40), nullable=False),
    Column("provider_id", String(80)),
    Column("evidence", String(12), nullable=False),
    Column("known", Boolean, nullable=False),  # False: names no row of ours yet (it may be ahead of its settle); quarantine
    Index("ix_receipts_quarantine", "lane", "provider_id"),
)
# What a person has to read. Once it was handled for a day, nothing is left of it but who handled it, and how.
inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("number", BigInteger, nullable=False, unique=True),  # by which operators name it; never used again
    Column("event", String(160), nullable=False, unique=True),
    Column("lane", String(40), nullable=False),
    Column("channel", String(8), nullable=False),
    _ref("recipient", "recipients.id", nullable=True, index=True),  # whose question it is about, where that is clear
    Column("sender_sealed", LargeBinary),  # bound to inbox:<id>:sender
    Column("sender_blind", LargeBinary, index=True),
    Column("text_sealed", LargeBinary),  # bound to inbox:<id>:text
    Column("emergency", Boolean, nullable=False),  # clinical words: read first
    Column("at", Instant, nullable=False),
    Column("handled_at", Instant, index=True),
    Column("handled_by", String(80)),
    Column("handled_how", String(20)),  # answer, done
)
cursors = Table(
    "cursors",
    metadata,
    Column("name", String(60), primary_key=True),  # a lane's incoming position (Telegram's update offset)
    Column("value", BigInteger, nullable=False),
)

# -- what happened -------------------------------------------------------------------------------------------------------------

journal = Table(
    "journal",
    metadata,
    _id(),
    Column("at", Instant, nullable=False, index=True),
    Column("actor", String(80), nullable=False),
    Column("act", String(40), nullable=False),
    Column("facts", _Json, nullable=False),
    Column("seq", Integer, unique=True),  # given by the sealer
    Column("hash", String(64)),
)
