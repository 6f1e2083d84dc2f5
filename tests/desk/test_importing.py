"""The import: all or nothing, a true diff, nothing deleted by absence, nothing in clear on the disk."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select, update

from notifier.desk.importing import import_contacts
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.errors import BadImport, Forbidden, UnreadableFile, WrongKey
from notifier.domain.people import Channel
from notifier.store import contacts, tables
from notifier.store.transaction import Tx
from tests.desk.house import NIGHT
from tests.desk.office import ALLA, BORIS, CLARA, HEADER, ON_SHIFT, RELAY, SHIFTS, Office, counts


async def test_a_folder_is_taken_in_and_found_again(office: Office) -> None:
    done = await office.take()
    assert counts(done) == (0, 0, 4, 0)
    assert (done.clinics, done.shifts, done.in_band, done.unreachable) == (2, 1, 1, 0)
    people = await office.people()
    assert sorted(people) == ["K1", "K2", "K9", "S1"]
    assert people["K1"].shown == "LE GOFF Alla"
    assert people["K1"].reachable == (Channel.TELEGRAM, Channel.SMS, Channel.EMAIL)
    assert [contact.in_band for contact in people["K1"].contacts] == [False, False, False, True]
    blind = office.desk.vault.blind("sms", "+33639980003")
    assert await office.desk.store.read(lambda tx: contacts.find_by_blind(tx, blind)) == [people["S1"].id]
    slots = await office.desk.store.read(lambda tx: contacts.load_slots(tx, NIGHT, NIGHT + timedelta(hours=1)))
    assert [slot.person for slot in slots] == [people["K1"].id]
    planned = await office.desk.store.read(contacts.load_planned)
    assert planned == {"KER": datetime(2026, 10, 4, 18, tzinfo=UTC)}


async def test_the_group_comes_back_as_it_was_written(office: Office) -> None:
    await office.take()
    group = await office.desk.store.read(contacts.load_group)
    assert [(clinic.code, clinic.sms_name, clinic.in_band_domains) for clinic in group.clinics] == [
        ("KER", "Kerlic", ("kerlic.hgx.example",)),
        ("SAG", "Sagess", ("sagess.hgx.example",)),
    ]
    assert [service.code for service in group.clinics[0].services] == ["BLOC"]
    assert group.name == "Groupe HGX"


async def test_the_same_files_again_change_nothing(office: Office) -> None:
    await office.take()
    before = await office.people()
    assert counts(await office.take()) == (4, 0, 0, 0)
    assert await office.people() == before


async def test_the_diff_tells_what_changes_and_keeps_who_is_absent(office: Office) -> None:
    await office.take()
    office.write("KER.csv", ALLA.replace("00 01", "00 11"), "K3;NOUVEAU;Dora;BLOC;IDE;;06 39 98 00 04;;;;fr", RELAY)
    assert counts(await office.take(dry_run=True)) == (2, 1, 1, 1)
    done = await office.take()
    assert counts(done) == (2, 1, 1, 1)
    assert [(t.clinic, t.unchanged, t.changed, t.added, t.absent, t.shifts) for t in done.tallies] == [
        ("KER", 1, 1, 1, 1, 1),
        ("SAG", 1, 0, 0, 0, None),
    ]
    people = await office.people()
    assert sorted(people) == ["K1", "K2", "K3", "K9", "S1"]
    phone = people["K1"].usable(Channel.SMS)
    assert phone is not None
    assert phone.address.value == "+33639980011"
    assert people["K2"].shown == "MOREAU Boris"


async def test_a_dry_run_writes_nothing(office: Office) -> None:
    done = await office.take(dry_run=True)
    assert counts(done) == (0, 0, 4, 0)
    assert not done.written
    assert await office.count() == (0, 0, 0, 0, 0)


async def test_one_bad_cell_keeps_everything_out_and_every_fault_is_named(office: Office) -> None:
    office.write("KER.csv", ALLA.replace("06 39 98 00 01", "06 39"), BORIS, BORIS)
    office.write("SAG.csv", CLARA.replace("BLOC", "CANTINE"))
    office.plan(ON_SHIFT, "K7;poste;04/10/2026 19:00;05/10/2026 07:00", "K2;poste;hier;05/10/2026 07:00")
    assert await office.refused() == [
        ("KER.csv, ligne 2, mobile", "import.phone"),
        ("KER.csv, ligne 4, matricule", "import.twice"),
        ("SAG.csv, ligne 2, service", "import.service"),
        ("KER-shifts.csv, ligne 4, matricule", "import.stranger"),
        ("KER-shifts.csv, ligne 5, début", "import.moment"),
    ]
    assert await office.count() == (0, 0, 0, 0, 0)
    assert sorted(path.name for path in office.folder.iterdir()) == ["KER-shifts.csv", "KER.csv", "SAG.csv", "group.toml"]


async def test_a_bad_header_cannot_be_skipped(small: Office) -> None:
    small.write("KER.csv", ALLA, header=HEADER.replace("nom;", "patronyme;", 1))
    assert await small.refused(skip_bad=True) == [("KER.csv, ligne 1", "import.no_column")]
    assert await small.count() == (0, 0, 0, 0, 0)


async def test_what_french_excel_saves_is_understood(office: Office) -> None:
    """UX check 18: semicolons, Windows-1252, a lost zero, a landline, a duplicate."""
    office.write(
        "KER.csv",
        "1;ÉVENOU;Anaïs;Bloc opératoire;IDE;Salarié;639980012;;;;",
        "2;L\u2019HOSTIS;Zoé;BLOC;IDE;Libéral;02 61 91 00 12;zoe@example.org;;;",
        "1;ÉVENOU;Anaïs;Bloc opératoire;IDE;Salarié;639980012;;;;",
        "3;CŒUR;Noël;BLOC;IDE;;6,3998E+08;;;;",
        encoding="cp1252",
    )
    (office.folder / "KER-shifts.csv").unlink()
    assert await office.refused() == [
        ("KER.csv, ligne 4, matricule", "import.twice"),
        ("KER.csv, ligne 5, mobile", "import.phone"),
    ]
    done = await office.take(skip_bad=True)
    assert (counts(done), done.skipped, done.landlines) == ((0, 0, 3, 0), 2, 1)
    assert [(notice.where, notice.code) for notice in done.notices] == [("KER.csv, ligne 3, mobile", "import.landline")]
    people = await office.people()
    phone = people["1"].usable(Channel.SMS)
    assert phone is not None
    assert phone.address.value == "+33639980012"
    assert people["2"].shown == "L’HOSTIS Zoé"
    assert people["2"].reachable == (Channel.EMAIL,)


async def test_a_workbook_is_as_good_as_a_csv(small: Office) -> None:
    (small.folder / "KER.csv").unlink()
    (small.folder / "KER-shifts.csv").unlink()
    people, plan = Workbook(), Workbook()
    assert people.active is not None
    assert plan.active is not None
    for row in (HEADER, ALLA, BORIS):
        people.active.append([int(cell) if cell.isdigit() else cell for cell in row.split(";")])
    plan.active.append(["matricule", "type", "début", "fin"])
    local = (datetime(2026, 10, 4, 19), datetime(2026, 10, 5, 7))  # noqa: DTZ001 - a cell has no zone
    plan.active.append(["K1", "poste", *local])
    people.save(small.folder / "KER.xlsx")
    plan.save(small.folder / "KER-shifts.xlsx")
    done = await small.take()
    assert (counts(done), done.shifts) == ((0, 0, 3, 0), 1)
    person = (await small.people())["K1"]
    assert person.reachable == (Channel.TELEGRAM, Channel.SMS, Channel.EMAIL)


async def test_a_new_number_puts_the_old_one_away_for_good(office: Office) -> None:
    await office.take()
    old = (await office.people())["K2"].contacts[0].id
    await office.call_everybody()
    office.write("KER.csv", ALLA, BORIS.replace("00 02", "00 12"), RELAY)
    assert counts(await office.take()) == (3, 1, 0, 0)
    assert counts(await office.take()) == (4, 0, 0, 0)
    assert [contact.address.value for contact in (await office.people())["K2"].contacts] == ["+33639980012"]
    kept = await office.desk.store.read(lambda tx: tx.execute(select(tables.addresses.c.id)).scalars().all())
    assert old in kept
    office.write("KER.csv", ALLA, BORIS, RELAY)
    assert counts(await office.take()) == (3, 1, 0, 0)
    assert [contact.id for contact in (await office.people())["K2"].contacts] == [old]


async def test_an_address_that_the_provider_called_dead_stays_dead(office: Office) -> None:
    await office.take()
    dead = (await office.people())["K2"].contacts[0].id
    kill = update(tables.addresses).where(tables.addresses.c.id == dead).values(dead_at=NIGHT, dead_why="blocked")
    await office.desk.store.write(lambda tx: tx.execute(kill))
    office.write("KER.csv", ALLA, BORIS.replace("IDE", "IADE"), RELAY)
    assert counts(await office.take()) == (3, 1, 0, 0)
    person = (await office.people())["K2"]
    assert (person.role, person.contacts[0].id, person.contacts[0].dead) == ("IADE", dead, True)


async def test_a_column_that_is_not_there_takes_no_address_away(small: Office) -> None:
    await small.take()
    path = small.write("KER.csv", "K1;LE GOFF;BLOC;IADE", header="matricule;nom;service;fonction")
    assert counts(await small.take(path)) == (0, 1, 0, 2)
    person = (await small.people())["K1"]
    assert (person.role, len(person.contacts), person.given_name) == ("IADE", 4, "Alla")


async def test_zeros_that_excel_ate_do_not_make_a_second_person(small: Office) -> None:
    small.write("KER.csv", ALLA.replace("K1", "00012"), BORIS)
    (small.folder / "KER-shifts.csv").unlink()
    await small.take()
    small.write("KER.csv", ALLA.replace("K1", "12"), BORIS)
    assert await small.refused() == [("KER.csv, ligne 2, matricule", "import.zeros")]


async def test_a_plan_replaces_the_former_one_as_a_whole(office: Office) -> None:
    await office.take()
    path = office.plan("K2;absence;04/10/2026 00:00;06/10/2026 00:00", "K2;absence;04/10/2026 00:00;06/10/2026 00:00")
    await office.take(path)
    slots = await office.desk.store.read(lambda tx: contacts.load_slots(tx, NIGHT, NIGHT + timedelta(hours=1)))
    assert [slot.kind.value for slot in slots] == ["absence"]


async def test_a_plan_without_a_date_is_as_old_as_its_file(small: Office) -> None:
    path = small.plan(ON_SHIFT, head="matricule;type;début;fin\r\n")
    since = NIGHT - timedelta(days=3)
    os.utime(path, (since.timestamp(), since.timestamp()))
    await small.take()
    assert await small.desk.store.read(contacts.load_planned) == {"KER": since}


async def test_a_plan_from_the_future_counts_from_its_import(small: Office) -> None:
    small.plan(ON_SHIFT, head=SHIFTS.replace("2026", "2036"))
    done = await small.take()
    assert [notice.code for notice in done.notices] == ["import.ahead"]
    assert await small.desk.store.read(contacts.load_planned) == {"KER": NIGHT}


@pytest.mark.parametrize(
    ("name", "code"), [("BEL.csv", "import.file_name"), ("liste.xlsx", "import.file_name"), ("KER.xlsx", "import.second")]
)
async def test_a_file_of_no_clinic_or_a_second_one_of_the_same_is_refused(small: Office, name: str, code: str) -> None:
    path = small.folder / "KER.csv"
    (small.folder / name).write_bytes(path.read_bytes())
    assert await small.refused() == [(name, code)]


async def test_sheets_may_come_without_the_group_once_it_is_known(small: Office) -> None:
    sheet = small.folder / "KER.csv"
    assert await small.refused(sheet) == [("group.toml", "import.no_group")]
    await small.take()
    assert counts(await small.take(sheet)) == (3, 0, 0, 0)


async def test_an_old_workbook_is_named_and_not_passed_over(small: Office) -> None:
    (small.folder / "BEL.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(512))
    assert await small.refused() == [("BEL.xls", "import.file_name")]
    (small.folder / "BEL.xls").rename(small.folder / "KER.xls")
    (small.folder / "KER.csv").unlink()
    with pytest.raises(UnreadableFile) as refused:
        await small.take()
    assert (refused.value.path, refused.value.reason) == ("KER.xls", "kind")


async def test_what_leaving_rows_out_cannot_mend_is_not_offered_it(small: Office) -> None:
    small.write("KER.csv", ALLA.replace("06 39 98 00 01", "06"))
    with pytest.raises(BadImport) as refused:
        await small.take()
    assert refused.value.reason == "rows"
    small.write("KER.csv", ALLA, header=HEADER.replace("nom;", "patronyme;", 1))
    with pytest.raises(BadImport) as refused:
        await small.take(skip_bad=True)
    assert refused.value.reason == "files"


async def test_an_empty_folder_and_a_missing_file_are_named(small: Office, tmp_path: Path) -> None:
    (tmp_path / "vide").mkdir()
    for path, reason in ((tmp_path / "vide", "no_sheet"), (tmp_path / "KER.csv", "missing")):
        with pytest.raises(UnreadableFile) as refused:
            await small.take(small.folder / "group.toml", path) if reason == "missing" else await small.take(path)
        assert refused.value.reason == reason


async def test_only_who_may_import_does(small: Office) -> None:
    with pytest.raises(Forbidden):
        await import_contacts(small.desk, Actor("Boris", frozenset({Role.AGENT}), Face.CLI), [small.folder])


async def test_each_import_stands_in_the_journal_without_a_name(small: Office) -> None:
    await small.take()
    entries = await small.desk.store.read(lambda tx: tx.execute(select(tables.journal)).all())
    assert len(entries) == 1
    assert "'added': 4" in str(entries[0]) or '"added": 4' in str(entries[0])
    assert not any(word in str(entries[0]) for word in CANARIES)


CANARIES = ("LE GOFF", "Alla", "Boris", "MOREAU", "639980001", "39 98 00", "alla@", "9000000000000001")


def steal(home: Path) -> bytes:
    """Every octet of the database: file, log and index."""
    return b"".join(path.read_bytes() for path in home.glob("notifier.db*"))


async def test_a_stolen_database_shows_no_name_and_no_address(small: Office, tmp_path: Path) -> None:
    await small.take()
    await small.desk.store.close()
    stolen = steal(tmp_path)
    assert b"BLOC" in stolen
    assert [word for word in CANARIES if word.encode() in stolen] == []


async def test_a_refused_import_tells_no_name_and_no_address(small: Office) -> None:
    slipped = ALLA.replace("K1;", "K1;;").rpartition(";")[0]
    small.write("KER.csv", ALLA.replace(" 00 01", " 00 01 5").replace("alla@", "al la@").replace("9000", "x9000"), slipped)
    with pytest.raises(BadImport) as refused:
        await small.take()
    assert len(refused.value.faults) > 4
    assert [word for word in CANARIES if word in repr(refused.value)] == []
    people = repr(list((await small.people()).values()))
    assert [word for word in CANARIES if word in people] == []


async def test_rows_that_were_swapped_in_the_database_do_not_open(office: Office) -> None:
    await office.take()

    def swap(tx: Tx) -> None:
        first, second = tx.execute(select(tables.addresses.c.id, tables.addresses.c.value_sealed).limit(2)).all()
        for row, other in ((first, second), (second, first)):
            tx.execute(update(tables.addresses).where(tables.addresses.c.id == row.id).values(value_sealed=other.value_sealed))

    await office.desk.store.write(swap)
    with pytest.raises(WrongKey):
        await office.people()
