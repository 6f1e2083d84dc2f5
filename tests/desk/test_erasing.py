"""Somebody is forgotten: nothing that could name or reach the person stays, and what was counted stays countable."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.desk.alerting import preview_alert, send_alert, stop_alert
from notifier.desk.answering import Fate, press_button
from notifier.desk.erasing import Erased, erase_person, name_person
from notifier.desk.planning import Order
from notifier.desk.showing import list_missing, show_board
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.delivery import Accepted
from notifier.domain.errors import ChangedSince, Forbidden, StillCalled, UnknownPerson
from notifier.domain.references import make_token
from notifier.store import journal, tables
from notifier.store.transaction import Tx
from tests.desk.house import ALLA, BORIS, CHAT, CLARA, OPERATOR, Member, Ward, open_ward

UNREACHABLE = Member("Hana", on_shift=True)
CELL = Actor("Dina", frozenset({Role.CELL, Role.APPROVER}), Face.CLI)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla was called and is reached, Hana stands on the list, the alert is over; Clara was never called."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS, CLARA, UNREACHABLE])
    raised = await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    wired = await opened.turn("telegram")
    await opened.turn("telegram", *((row, Accepted(str(row.id))) for row in wired), room=0)
    await stop_alert(opened.desk, OPERATOR, raised.code)
    yield opened
    await opened.desk.store.close()


def _sealed(tx: Tx) -> set[tuple[str, int, bytes]]:
    """Every sealed value with its place."""
    columns = (tables.people.c.name_sealed, tables.addresses.c.value_sealed, tables.recipients.c.name_sealed)
    return {
        (f"{column.table.name}:{{}}:{column.name.removesuffix('_sealed')}", row[0], row[1])
        for column in columns
        for row in tx.execute(select(column.table.c.id, column))
    }


async def _told(ward: Ward) -> set[str]:
    """All that the vault can open."""
    sealed = await ward.desk.store.read(_sealed)
    return {ward.desk.vault.open(value, place.format(row)) for place, row, value in sealed}


async def test_whoever_was_called_becomes_a_number_without_a_name(ward: Ward) -> None:
    token = make_token(ward.desk.vault.derive("buttons"), int(str((await ward.recipient("Alla"))["id"])))
    before = (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total
    assert await name_person(ward.desk, OPERATOR, "ker", " Alla ") == "Alla LE GOFF"
    assert await erase_person(ward.desk, OPERATOR, "ker", " Alla ") == Erased(alerts=1)
    told = " ".join(await _told(ward))
    for known in ("Alla", str(ALLA.chat), str(ALLA.phone), str(ALLA.mail)):
        assert known not in told
    assert "Hana" in told, "nobody else is"
    assert (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.total == before
    assert (await press_button(ward.desk, f"{token}.1", CHAT + 1)).fate is Fate.FOREIGN
    assert (await ward.desk.store.read(journal.verify)).bad_seq is None
    with pytest.raises(UnknownPerson):
        await erase_person(ward.desk, OPERATOR, "KER", "Alla")


async def test_whoever_is_on_a_list_of_those_not_reached_stays_counted_there(ward: Ward) -> None:
    await erase_person(ward.desk, OPERATOR, "KER", "Hana")
    listed = (await list_missing(ward.desk, OPERATOR, "HGX1-01")).not_reached
    assert [(one.cause, one.person.family_name) for one in listed if one.person.family_name != "LE GOFF"] == [("no_channel", "—")]


async def test_whoever_was_never_called_is_not_there_any_more(ward: Ward) -> None:
    assert await erase_person(ward.desk, OPERATOR, "SAG", "Clara") == Erased(alerts=0)
    assert not {"Clara", str(CLARA.phone)} & set(" ".join(await _told(ward)).split())
    people = await ward.desk.store.read(lambda tx: tx.execute(select(tables.people.c.matricule)).scalars().all())
    assert "Clara" not in people


async def test_nobody_is_erased_while_an_alert_counts_on_the_person(ward: Ward) -> None:
    await ward.send("roll-call", to="name:Alla", avant="23h20")
    with pytest.raises(StillCalled) as refused:
        await erase_person(ward.desk, OPERATOR, "KER", "Alla")
    assert refused.value.code == "HGX1-02"
    assert "Alla" in " ".join(await _told(ward))


async def test_an_erased_person_is_in_no_audience_and_comes_back_by_an_import_only(ward: Ward) -> None:
    await erase_person(ward.desk, OPERATOR, "KER", "Alla")
    raised = await ward.send("first-alert", suite="23h30")
    called = await ward.desk.store.read(
        lambda tx: (
            tx.execute(
                select(tables.recipients.c.person)
                .join(tables.alerts, tables.alerts.c.id == tables.recipients.c.alert)
                .where(tables.alerts.c.code == raised.code)
            )
            .scalars()
            .all()
        )
    )
    assert ward.people["Alla"] not in called
    assert ward.people["Boris"] in called


async def test_a_preview_that_counts_on_somebody_who_is_erased_is_not_sent(ward: Ward) -> None:
    order = Order("first-alert", "HGX1", "all", {"suite": "23h30"})
    preview = await preview_alert(ward.desk, OPERATOR, order)
    await erase_person(ward.desk, OPERATOR, "KER", "Boris")
    with pytest.raises(ChangedSince):
        await send_alert(ward.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)


async def test_the_act_is_journalled_without_the_person(ward: Ward) -> None:
    await erase_person(ward.desk, OPERATOR, "KER", "Alla")
    entries = await ward.desk.store.read(lambda tx: journal.read_entries(tx, 100))
    (erased,) = [entry for entry in entries if entry.act == "person.erase"]
    assert erased.facts["alerts"] == 1
    assert "Alla" not in str(erased.facts)
    assert str(ward.people["Alla"]) not in str(erased.facts)


async def test_erasing_is_the_administrators(ward: Ward) -> None:
    for act in (name_person, erase_person):
        with pytest.raises(Forbidden):
            await act(ward.desk, CELL, "KER", "Alla")
