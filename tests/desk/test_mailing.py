"""A reply by mail counts for whom it was sent to, once; bounces and automatic answers never do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.channels.email.incoming import read_mail
from notifier.channels.email.letter import Letterhead
from notifier.desk.alerting import stop_alert
from notifier.desk.answering import Fate, Told
from notifier.desk.escalating import sweep
from notifier.desk.listening import take_in
from notifier.domain.delivery import Accepted, Report
from notifier.domain.replies import MailReply
from notifier.store import tables
from tests.channels.test_incoming import AUTOMATIC, bounced, written
from tests.desk.house import ALLA, BORIS, OPERATOR, Member, Ward, open_ward

CLINICAL = "1\nEt arrêt cardiaque chambre 12, personne ne vient"


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is asked, and her mail has left."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    opened.clock.pass_time(minutes=10)
    await sweep(opened.desk)  # neither telephone answered
    mailed = await opened.turn("email")
    assert len(mailed) == 1
    await opened.turn("email", *((row, Accepted("4BAGtt0q2z")) for row in mailed), room=0)
    yield opened
    await opened.desk.store.close()


async def _head(ward: Ward) -> tuple[str, str]:
    """Alla's reply address and the return path of her mail."""
    found = await ward.desk.store.read(
        lambda tx: tx.execute(
            select(tables.outbox.c.id)
            .join(tables.recipients, tables.recipients.c.id == tables.outbox.c.recipient)
            .where(tables.recipients.c.person == ward.people["Alla"], tables.outbox.c.channel == "email")
        ).scalar_one()
    )
    key = ward.desk.vault.derive("returns")
    head = Letterhead("alerte@hgx.example", "", "hgx.example", "rebond", "alerte@hgx.example", key)
    return head.reply_to(str(found)), head.return_path(str(found))


async def _arrive(ward: Ward, octets: bytes) -> tuple[Told, ...]:
    """One mail, as the mailbox gives it."""
    said = read_mail(octets, ward.desk.vault.derive("returns"))
    reports = [said] if isinstance(said, Report) else []
    return await take_in(ward.desk, "email", reports, [], [said] if isinstance(said, MailReply) else [])


async def _came_of(ward: Ward) -> tuple[object, object, bool]:
    row = await ward.recipient("Alla")
    return row["answer"], row["answered_by"], row["by_hand_at"] is not None


async def test_the_first_line_of_a_reply_counts_once_and_cancels_what_still_waits(ward: Ward) -> None:
    reply = written("1\n\nLe 4 oct. 2026 à 22:46, HGX a écrit :\n> 2", to=(await _head(ward))[0])
    assert [told.fate for told in await _arrive(ward, reply)] == [Fate.COUNTED]
    assert [told.fate for told in await _arrive(ward, reply)] == [Fate.REPEATED], "taken in again after a crash"
    assert await _came_of(ward) == ("done", "email", False)
    assert not [state for _, _, state in await ward.rows("Alla") if state == "queued"]


async def test_a_reply_from_an_address_that_is_not_hers_counts_for_nobody(ward: Ward) -> None:
    to, _ = await _head(ward)
    for sender in ("boris@example.org", "alla@example.net", "no address", "alla@example.org <boris@example.org>"):
        told = await _arrive(ward, written("1", to=to, From=sender))
        assert all(one.fate is Fate.FOREIGN for one in told)
    assert await _came_of(ward) == (None, None, False)


@pytest.mark.parametrize("text", ["Je ne sais pas, appelez-moi", "1 ?", CLINICAL, ""])
async def test_a_reply_that_no_rule_can_read_puts_its_author_on_the_list_of_those_to_call(ward: Ward, text: str) -> None:
    assert [told.fate for told in await _arrive(ward, written(text, to=(await _head(ward))[0]))] == [Fate.UNREAD]
    assert await _came_of(ward) == (None, None, True)


async def test_a_reply_to_an_alert_that_is_over_is_kept_with_it_and_does_not_count(ward: Ward) -> None:
    to, _ = await _head(ward)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    assert [told.fate for told in await _arrive(ward, written("1", to=to))] == [Fate.LATE]
    assert await _came_of(ward) == (None, None, False)
    kept = await ward.desk.store.read(lambda tx: tx.execute(select(tables.answers.c.source, tables.answers.c.held)).all())
    assert [tuple(row) for row in kept] == [("email", False)]


async def test_out_of_office_and_bounce_mails_do_not_count_as_read(ward: Ward) -> None:
    """Acceptance check 15 of UX."""
    to, back = await _head(ward)
    for number, headers in enumerate(AUTOMATIC.values()):
        assert await _arrive(ward, written("1", to=to, **{"Message-ID": f"<a{number}@example.org>"} | headers)) == ()
    await _arrive(ward, written("1", to=back))
    await _arrive(ward, bounced("failed", "5.1.1", "550 5.1.1 User unknown", to=back))
    await _arrive(ward, bounced("delayed", "4.4.1", "timed out", to=back))
    await _arrive(ward, bounced("failed", "5.1.1", "550 5.1.1 User unknown", to=to))
    assert await _came_of(ward) == (None, None, False)


async def test_a_hard_bounce_marks_the_address_dead_and_a_delay_changes_nothing(ward: Ward) -> None:
    _, back = await _head(ward)
    before = await ward.rows("Alla")
    await _arrive(ward, bounced("delayed", "4.4.1", "timed out", to=back))
    assert await ward.rows("Alla") == before
    assert await _dead(ward) == []
    for _ in range(2):
        await _arrive(ward, bounced("failed", "5.1.1", "550 5.1.1 User unknown", to=back))
    assert [state for _, channel, state in await ward.rows("Alla") if channel == "email"] == ["undelivered"]
    assert await _dead(ward) == [("email", "unknown_address")]
    assert not await ward.desk.store.read(lambda tx: tx.execute(select(tables.answers)).all())


async def test_whom_only_mail_reaches_is_called_by_hand_as_soon_as_it_bounces(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [Member("Alla", role="CADRE", mail="alla@example.org")])
    await ward.send("paper-bloc", to="service:BLOC", avant="23h10")
    await ward.turn("email", *((row, Accepted("4BAGtt0q2z")) for row in await ward.turn("email")), room=0)
    await sweep(ward.desk)
    assert await _came_of(ward) == (None, None, False)
    await _arrive(ward, bounced("failed", "5.1.1", "550 5.1.1 User unknown", to=(await _head(ward))[1]))
    await sweep(ward.desk)
    assert await _came_of(ward) == (None, None, True)
    await ward.desk.store.close()


async def _dead(ward: Ward) -> list[tuple[str, str]]:
    query = select(tables.addresses.c.channel, tables.addresses.c.dead_why).where(tables.addresses.c.dead_at.is_not(None))
    return [(row.channel, row.dead_why) for row in await ward.desk.store.read(lambda tx: tx.execute(query).all())]


async def test_threat_3_a_scanner_that_answers_mail_for_her_says_nothing_in_her_name(ward: Ward) -> None:
    to, _ = await _head(ward)
    for headers in ({"Auto-Submitted": "auto-generated"}, {"From": "postmaster@example.org"}, {"From": "scanner@kerlic.example"}):
        await _arrive(ward, written("1", to=to, **headers))
    assert await _came_of(ward) == (None, None, False)
