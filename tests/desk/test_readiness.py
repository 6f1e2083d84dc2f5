"""Every address is tested by its own message, answered by itself; what came of it says who could be reached on the night."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.answering import Fate, answer_page, press_button, read_text, take_reports
from notifier.desk.planning import Order
from notifier.desk.readiness import look_ready
from notifier.domain.delivery import Accepted, Evidence, Outcome, Refused, RefusedFor, Report
from notifier.domain.message import Question
from notifier.domain.people import Address, Channel, Language
from notifier.domain.readiness import Line
from notifier.domain.references import make_token
from notifier.domain.roster import Kind, Status
from notifier.domain.sheets import Entry, Row
from notifier.store import contacts, readiness, tables
from notifier.store.transaction import Tx
from tests.desk.house import ALLA, BORIS, CHAT, OPERATOR, Ward, open_ward

FIXED = Refused(RefusedFor.OTHER)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is on duty and Boris off duty, in the morning, with three devices each."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    opened.clock.pass_time(hours=12)
    yield opened
    await opened.desk.store.close()


async def _test(ward: Ward, channel: Channel, **outcomes: Outcome) -> None:
    """A test of contacts by one channel; each message is accepted, or ends as told by name."""
    order = Order("contact-test", "HGX1", "clinic:KER", channel=channel)
    preview = await preview_alert(ward.desk, OPERATOR, order)
    assert preview.similar is None, "a test by another channel is not the same test again"
    await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)
    names = {person: name for name, person in ward.people.items()}
    wired = await ward.turn(channel)
    assert len(wired) == 2
    await ward.turn(channel, *((row, outcomes.get(names[row.person], Accepted(str(row.id)))) for row in wired), room=0)


async def _token(ward: Ward, purpose: str, name: str) -> str:
    return make_token(ward.desk.vault.derive(purpose), int(str((await ward.recipient(name))["id"])))


async def _results(ward: Ward, name: str) -> dict[str, str]:
    """What the last test of each address of that person came to."""

    def work(tx: Tx) -> dict[str, str]:
        tests = readiness.load_tests(tx, ward.desk.clock.now())
        mine = select(tables.addresses.c.id, tables.addresses.c.channel).where(
            tables.addresses.c.person == ward.people[name], tables.addresses.c.position != contacts.ASIDE
        )
        return {channel: tests[address].result.value for address, channel in tx.execute(mine) if address in tests}

    return await ward.desk.store.read(work)


async def _bloc(ward: Ward) -> Line:
    found = await look_ready(ward.desk, OPERATOR)
    (line,) = (line for _, services in found.clinics for line in services if line.clinic == "KER")
    return line


def _counts(line: Line) -> tuple[int, int, int, int]:
    return line.staff, line.one, line.two, line.verified


async def test_each_way_is_verified_by_its_own_answer_and_a_refusal_an_undelivered_text_and_silence_are_told_apart(
    ward: Ward,
) -> None:
    before = await look_ready(ward.desk, OPERATOR)
    assert _counts(await _bloc(ward)) == (2, 2, 2, 0), "what was never tested may be good"
    assert [line.clinic for line in before.untested] == ["KER", "SAG"]
    assert [(line.clinic, line.service) for line in before.unreachable] == [("SAG", "BLOC")], "nobody is known there"

    await _test(ward, Channel.TELEGRAM)
    assert (await ward.recipient("Boris"))["question"] == Question.READ, "off duty too, he may answer when he reads it"
    pressed = await press_button(ward.desk, f"{await _token(ward, 'buttons', 'Alla')}.1", CHAT + 1)
    await _test(ward, Channel.SMS, Boris=FIXED)
    texted = await read_text(ward.desk, "+33639980001", "lu", "sms:1")  # whatever its digit is
    await _test(ward, Channel.EMAIL)
    paged = await answer_page(ward.desk, await _token(ward, "links", "Alla"), "read")
    assert (pressed.fate, texted.fate, paged and paged[0].fate) == (Fate.COUNTED,) * 3
    lost = Report(Evidence.UNDELIVERED, our_id=await _sent(ward, "Boris", Channel.EMAIL))
    await take_reports(ward.desk, "email", [lost])

    assert await _results(ward, "Alla") == {"telegram": "answered", "sms": "answered", "email": "answered"}
    assert await _results(ward, "Boris") == {"sms": "failed", "email": "failed"}, "he may still answer by Telegram"
    ward.clock.pass_time(days=2)
    assert await _results(ward, "Boris") == {"telegram": "silent", "sms": "failed", "email": "failed"}
    line = await _bloc(ward)
    assert _counts(line) == (2, 2, 1, 1)
    assert line.tested_at is not None
    assert (ward.clock.now() - line.tested_at).days == 2
    assert [line.clinic for line in (await look_ready(ward.desk, OPERATOR)).untested] == ["SAG"]
    ward.clock.pass_time(days=89)
    assert _counts(await _bloc(ward)) == (2, 2, 1, 0), "an answer of last quarter verifies nothing any more"
    assert [line.clinic for line in (await look_ready(ward.desk, OPERATOR)).untested] == ["KER", "SAG"]


async def _sent(ward: Ward, name: str, channel: Channel) -> str:
    query = (
        select(tables.outbox.c.id)
        .join(tables.recipients, tables.recipients.c.id == tables.outbox.c.recipient)
        .where(tables.recipients.c.person == ward.people[name], tables.outbox.c.channel == channel)
    )
    return str(await ward.desk.store.read(lambda tx: tx.execute(query).scalar_one()))


async def test_an_answer_by_one_way_says_nothing_of_another_and_no_other_message_is_a_test(ward: Ward) -> None:
    await ward.send(suite="23h30")
    await press_button(ward.desk, f"{await _token(ward, 'buttons', 'Alla')}.1", CHAT + 1)
    assert await _results(ward, "Alla") == {}
    await _test(ward, Channel.SMS)
    await answer_page(ward.desk, await _token(ward, "links", "Alla"), "read")
    ward.clock.pass_time(days=2)
    assert await _results(ward, "Alla") == {"sms": "silent"}, "the page was opened from no e-mail of this test"


async def test_a_test_stays_with_its_address_through_an_import_and_begins_anew_with_a_new_one(ward: Ward) -> None:
    await _test(ward, Channel.SMS)
    await read_text(ward.desk, "+33639980001", "lu", "sms:1")  # whatever its digit is
    row = Row(
        "KER", 2, "Alla", Kind.PERSON, "BLOC", "CADRE", Status.EMPLOYEE, Language.FR, "LE GOFF", "Alla", None, False, False, (),
        (Entry(Address(Channel.SMS, "+33639980001"), False),),
    )  # fmt: skip

    async def take(row: Row) -> dict[str, str]:
        vault, at = ward.desk.vault, ward.desk.clock.now()
        changed = [(ward.people["Alla"], row)]
        await ward.desk.store.write(lambda tx: contacts.change_people(tx, changed, vault.seal, vault.blind, at))
        return await _results(ward, "Alla")

    assert await take(row) == {"sms": "answered"}
    assert await take(replace(row, entries=(Entry(Address(Channel.SMS, "+33639980011"), False),))) == {}
    assert (await _bloc(ward)).verified == 0
    landline = replace(row, entries=(Entry(Address(Channel.SMS, "+33199000100"), False),))
    await take(landline)
    assert _counts(await _bloc(ward)) == (2, 1, 1, 0), "a landline takes no text"


async def test_an_address_found_dead_and_a_channel_without_an_account_reach_nobody(ward: Ward) -> None:
    gone = update(tables.addresses).values(dead_at=ward.clock.now())
    await ward.desk.store.write(lambda tx: tx.execute(gone.where(tables.addresses.c.channel == "telegram")))
    assert _counts(await _bloc(ward)) == (2, 2, 2, 0)
    ward.desk.lanes = tuple(lane for lane in ward.desk.lanes if lane.channel is not Channel.SMS)
    assert _counts(await _bloc(ward)) == (2, 2, 0, 0)
    ward.desk.lanes = ()
    assert not (await _bloc(ward)).reachable
