"""What readiness is counted from: everybody's addresses and their tests, nothing of it decrypted.

The last test of an address is read from the test itself, its message and its answers: an address keeps it as long as it keeps its
row, which an import that changes it replaces, and no copy can say anything else. A chat that its person has bound is tested
anew.
"""

from datetime import datetime

from sqlalchemy import Connection, or_, select

from notifier.domain.delivery import State
from notifier.domain.people import Channel
from notifier.domain.readiness import ContactTest, Member, Way, judge_test
from notifier.domain.roster import Kind
from notifier.domain.template import TemplateKind
from notifier.store.contacts import ASIDE, ERASED
from notifier.store.tables import addresses, alerts, answers, outbox, people, recipients

# By which channel's message an answer came: the page is opened from an e-mail.
_CAME_BY = {"telegram": Channel.TELEGRAM, "sms": Channel.SMS, "web": Channel.EMAIL, "email": Channel.EMAIL}
_TESTING = alerts.c.kind == TemplateKind.CONTACT_TEST.value


def load_members(tx: Connection, at: datetime) -> list[Member]:
    """Everybody who is known, relay posts included, with the addresses that are theirs now."""
    tests = load_tests(tx, at)
    ways: dict[int, list[Way]] = {}
    named = addresses.c.id, addresses.c.person, addresses.c.channel, addresses.c.in_band, addresses.c.landline
    for row in tx.execute(select(*named, addresses.c.dead_at).where(addresses.c.position != ASIDE)):
        way = Way(Channel(row.channel), row.in_band, row.dead_at is not None, row.landline, tests.get(row.id))
        ways.setdefault(row.person, []).append(way)
    everybody = select(people.c.id, people.c.clinic, people.c.service, people.c.kind).where(people.c.kind != ERASED)
    return [
        Member(clinic, service, kind == Kind.RELAY.value, tuple(ways.get(person, ())))
        for person, clinic, service, kind in tx.execute(everybody.order_by(people.c.clinic, people.c.service))
    ]


def load_tests(tx: Connection, at: datetime) -> dict[int, ContactTest]:
    """By address: its last test that has come to a result."""
    came = (
        select(answers.c.recipient, answers.c.source)
        .join(recipients, recipients.c.id == answers.c.recipient)
        .join(alerts, alerts.c.id == recipients.c.alert)
        .where(_TESTING)
        .distinct()
    )
    answered = {(recipient, _CAME_BY.get(source)) for recipient, source in tx.execute(came)}
    enrolled = addresses.c.enrolled_at
    sent = (
        select(
            outbox.c.address, outbox.c.recipient, outbox.c.channel, outbox.c.state, outbox.c.wired_at, outbox.c.expires_at
        )
        .join(alerts, alerts.c.id == outbox.c.alert)
        .join(addresses, addresses.c.id == outbox.c.address)
        .where(_TESTING, outbox.c.wired_at.is_not(None), or_(enrolled.is_(None), outbox.c.wired_at >= enrolled))
        .order_by(outbox.c.wired_at, outbox.c.id)
    )  # fmt: skip
    tests: dict[int, ContactTest] = {}
    for row in tx.execute(sent):
        mine = (row.recipient, Channel(row.channel)) in answered
        result = judge_test(State(row.state), answered=mine, over=row.expires_at <= at)
        if result is not None:
            tests[row.address] = ContactTest(row.wired_at, result)
    return tests
