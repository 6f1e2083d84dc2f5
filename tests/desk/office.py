"""A desk on an empty database and a folder of contacts, written file by file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.desk import Desk
from notifier.desk.importing import Imported, import_contacts
from notifier.desk.incidents import open_incident
from notifier.desk.planning import Order
from notifier.domain.errors import BadImport
from notifier.domain.roster import Person
from notifier.store import contacts, leases, schema, tables
from notifier.store.transaction import open_store
from notifier.vault import create_key, read_key
from tests.desk.house import LANES, LIBRARY, NIGHT, OPERATOR, WoundClock, fill_in

GROUP = """
name = "Groupe HGX"
[[clinic]]
code = "KER"
name = "Clinique Kerlic"
city = "Quimper"
sms_name = "Kerlic"
in_band_domains = ["kerlic.hgx.example"]
pbx_ranges = ["+333530101"]
[[clinic.service]]
code = "BLOC"
name = "Bloc opératoire"
sms_name = "BLOC"
responsible_role = "CADRE"
[[clinic]]
code = "SAG"
name = "La Sagesse"
city = "Rennes"
sms_name = "Sagess"
in_band_domains = ["sagess.hgx.example"]
pbx_ranges = ["+333530102"]
[[clinic.service]]
code = "BLOC"
name = "Bloc opératoire"
sms_name = "BLOC"
responsible_role = "CADRE"
"""
HEADER = "matricule;nom;prénom;service;fonction;statut;mobile;e-mail;e-mail pro;telegram;langue"
ALLA = "K1;LE GOFF;Alla;BLOC;CADRE;salarié;06 39 98 00 01;alla@example.org;alla@kerlic.hgx.example;9000000000000001;fr"
BORIS = "K2;MOREAU;Boris;BLOC;IDE;;06 39 98 00 02;;;;fr"
CLARA = "S1;JÉGOU;Clara;BLOC;IDE;;06 39 98 00 03;;;;en"
RELAY = "K9;Mobile partagé;;BLOC;RELAIS;;06 39 98 00 09;;;;"
SHIFTS = "# établi le 04/10/2026 20:00\r\nmatricule;type;début;fin\r\n"
ON_SHIFT = "K1;poste;04/10/2026 19:00;05/10/2026 07:00"


@dataclass
class Office:
    """A desk on an empty database, and a folder of contacts."""

    desk: Desk
    clock: WoundClock
    folder: Path

    def write(self, name: str, *rows: str, encoding: str = "utf-8", header: str = HEADER) -> Path:
        path = self.folder / name
        path.write_bytes("\r\n".join([header, *rows, ""]).encode(encoding))
        return path

    def plan(self, *rows: str, name: str = "KER-shifts.csv", head: str = SHIFTS) -> Path:
        path = self.folder / name
        path.write_text(head + "\r\n".join(rows) + "\r\n", encoding="utf-8")
        return path

    async def take(self, *paths: Path, dry_run: bool = False, skip_bad: bool = False) -> Imported:
        return await import_contacts(self.desk, OPERATOR, paths or [self.folder], dry_run=dry_run, skip_bad=skip_bad)

    async def refused(self, *paths: Path, skip_bad: bool = False) -> list[tuple[str, str]]:
        with pytest.raises(BadImport) as refused:
            await self.take(*paths, skip_bad=skip_bad)
        return [(fault.where, fault.code) for fault in refused.value.faults]

    async def people(self) -> dict[str, Person]:
        found = await self.desk.store.read(lambda tx: contacts.load_people(tx, self.desk.open_text))
        return {person.matricule: person for person in found}

    async def call_everybody(self) -> None:
        """One alert to all of Kerlic."""
        await self.desk.store.write(lambda tx: leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in LANES}))
        await open_incident(self.desk, OPERATOR, "HGX1", ["KER"], exercise=False)
        order = Order("first-alert", "HGX1", "all", fill_in(self.desk.library().template("first-alert")))
        preview = await preview_alert(self.desk, OPERATOR, order)
        await send_alert(self.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)

    async def count(self) -> tuple[int, ...]:
        wanted = (tables.clinics, tables.people, tables.addresses, tables.slots, tables.journal)
        return await self.desk.store.read(lambda tx: tuple(len(tx.execute(select(table)).all()) for table in wanted))


async def open_office(url: str, home: Path) -> AsyncIterator[Office]:
    create_key(home / "key")
    store = open_store(url)
    await schema.upgrade(store, url)
    clock = WoundClock(started=NIGHT)
    folder = home / "contacts"
    folder.mkdir()
    (folder / "group.toml").write_text(GROUP, encoding="utf-8")
    opened = Office(Desk(store, read_key(home / "key"), clock, LIBRARY, LANES), clock, folder)
    opened.write("KER.csv", ALLA, BORIS, RELAY)
    opened.write("SAG.csv", CLARA)
    opened.plan(ON_SHIFT)
    yield opened
    await store.close()


def counts(done: Imported) -> tuple[int, int, int, int]:
    return done.unchanged, done.changed, done.added, done.absent
