"""Whoever has looked at the contacts can tell, without reading them again, that they are still the same."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from notifier.domain.people import Address, Channel, Language
from notifier.domain.roster import Clinic, Group, Kind, Status
from notifier.domain.sheets import Entry, Row
from notifier.store import contacts, tables
from notifier.store.transaction import Tx
from tests.store.scene import NIGHT, Scene, open_scene


def _sheet_row(matricule: str, *addresses: tuple[str, str]) -> Row:
    entries = tuple(Entry(Address(Channel(channel), value), in_band=False) for channel, value in addresses)
    return Row(
        "KER", 2, matricule, Kind.PERSON, "BLOC", "IDE", Status.EMPLOYEE, Language.FR, "Le Goff", "Alla", None, False, False, (),
        entries,
    )  # fmt: skip


ALLA = _sheet_row("A1", ("sms", "+33639980001"))


def _seal(text: str, bound: str) -> bytes:
    return f"{bound}|{text}".encode()


def _blind(channel: str, value: str) -> bytes:
    return f"{channel}:{value}".encode()


CHANGES: dict[str, Callable[[Tx, Scene], object]] = {
    "a group is read in": lambda tx, _: contacts.save_group(tx, Group("HGX", (Clinic("KER", "Kerlic", "Quimper", "mco", "K"),))),
    "somebody is new": lambda tx, _: contacts.add_people(tx, [ALLA], _seal, _blind, NIGHT),
    "somebody has changed": lambda tx, s: contacts.change_people(tx, [(s.recipients[0], ALLA)], _seal, _blind, NIGHT),
    "a plan is read in": lambda tx, _: contacts.replace_plan(tx, "KER", [], NIGHT),
    "somebody has moved": lambda tx, s: contacts.clear_plan(tx, s.recipients),
    "an address is in band": lambda tx, s: contacts.flag_in_band(tx, s.recipients),
    "an address is dead": lambda tx, _: tx.execute(update(tables.addresses).values(dead_at=NIGHT)),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_every_change_makes_another_version(database_url: str, change: str) -> None:
    scene = await open_scene(database_url)
    before = await scene.store.read(contacts.read_version)
    assert await scene.store.read(contacts.read_version) == before
    await scene.store.write(lambda tx: CHANGES[change](tx, scene))
    assert await scene.store.read(contacts.read_version) != before
    await scene.store.close()


async def test_addresses_come_back_with_whom_they_belong_to_and_in_their_order(database_url: str) -> None:
    scene = await open_scene(database_url)
    mail, phone, again = "a@example.org", "+33639980001", "+33639980002"
    rows = [
        _sheet_row("A1", ("email", mail), ("sms", phone)),
        _sheet_row("A2"),
        _sheet_row("A3", ("sms", again)),
    ]
    await scene.store.write(lambda tx: contacts.add_people(tx, rows, _seal, _blind, NIGHT))
    people = await scene.store.read(lambda tx: contacts.load_people(tx, lambda sealed, _: sealed.decode().partition("|")[2]))
    told = {one.matricule: [contact.address.value for contact in one.contacts] for one in people}
    assert {name: told[name] for name in ("A1", "A2", "A3")} == {"A1": [mail, phone], "A2": [], "A3": [again]}
    await scene.store.close()
