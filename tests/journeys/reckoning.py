"""What must hold at the end of every night, whatever happened in it: seen from the phones' ledger, not from our tables."""

from collections import Counter

from sqlalchemy import select

from notifier.desk.recording import verify_journal
from notifier.domain.codes import verification_code
from notifier.domain.message import fill
from notifier.domain.references import make_token
from notifier.practice import Entry
from notifier.store import alerts, tables
from notifier.store.transaction import Tx
from tests.journeys.night import Night
from tests.spoken import is_service_text


async def reckon(night: Night, *, copies: int = 1) -> None:
    """Clara was never called, every word on a phone is the approved one filled for its owner, nobody got more than ``copies`` of
    a message, no row belongs to an alert that nobody approved, and the journal is whole."""
    spoken = [entry for entry in night.network.ledger.entries if not entry.alert]
    assert [entry for entry in spoken if not is_service_text(entry.channel, entry.text)] == [], "words that no release has"
    ledger = [entry for entry in night.network.ledger.entries if entry.alert]
    assert not night.owners() & {"Clara", "?"}, "Clara works in another clinic"
    words = await night.house.desk.store.read(lambda tx: _approved_words(night, tx))
    strange = [entry for entry in ledger if (entry.channel, entry.address, entry.subject, entry.text.strip()) not in words]
    assert strange == [], "a phone shows what nobody approved"
    several = {key: count for key, count in _count(ledger).items() if count > copies}
    assert several == {}
    unapproved = select(tables.alerts.c.code).where(tables.alerts.c.approval.is_(None))
    assert (await night.house.desk.store.read(lambda tx: tx.execute(unapproved).all())) == []
    verdict = await verify_journal(night.house.desk, night.actor)
    assert verdict.bad_seq is None


def _count(ledger: list[Entry]) -> Counter[tuple[str, str, str]]:
    return Counter((entry.channel, entry.address, entry.subject + entry.text) for entry in ledger)


def _approved_words(night: Night, tx: Tx) -> set[tuple[str, str, str, str]]:
    """Channel, address, subject and text of everything that was queued, filled once more from what is frozen."""
    desk, public_url = night.house.desk, night.settings.public_url
    rows, people, addresses, raised = tables.outbox, tables.recipients, tables.addresses, tables.alerts
    query = (
        select(
            rows.c.wording, rows.c.channel, rows.c.address, addresses.c.value_sealed, people.c.id, people.c.person, people.c.card,
            people.c.name_sealed, raised.c.exercise, raised.c.number,
        )
        .join(people, people.c.id == rows.c.recipient)
        .join(addresses, addresses.c.id == rows.c.address)
        .join(raised, raised.c.id == rows.c.alert)
    )  # fmt: skip
    queued = tx.execute(query).all()
    frozen = alerts.load_wordings(tx, {row.wording for row in queued})
    found = set()
    for row in queued:
        name = desk.vault.open(row.name_sealed, f"recipients:{row.id}:name")
        code = verification_code(desk.vault.derive("codes"), row.person, row.card, row.exercise, row.number)
        link = f"{public_url}/r/{make_token(desk.vault.derive('links'), row.id)}"
        filled = fill(frozen[row.wording], name=name, code=code, link=link)
        address = desk.vault.open(row.value_sealed, f"addresses:{row.address}:value")
        found.add((row.channel, address, filled.subject, filled.text.strip()))
    return found
