"""What an import changes in who is known: moves, shared addresses, and what turns out to be the hospital's own."""

from notifier.store import contacts
from tests.desk.office import ALLA, BORIS, CLARA, GROUP, RELAY, Office, counts


async def test_a_column_that_is_not_there_leaves_nobody_without_a_way(small: Office) -> None:
    await small.take()
    path = small.write("KER.csv", "K1;LE GOFF;BLOC;IADE", header="matricule;nom;service;fonction")
    assert (await small.take(path)).unreachable == 0


async def test_who_has_no_way_outside_the_hospital_is_named_by_row(small: Office) -> None:
    small.write("KER.csv", ALLA, BORIS.replace("06 39 98 00 02", "03 53 01 01 44"))
    done = await small.take()
    assert done.unreachable == 1
    assert ("KER.csv, ligne 3", "import.no_way") in [(notice.where, notice.code) for notice in done.notices]


async def test_a_person_who_moves_to_another_clinic_stays_one_person(office: Office) -> None:
    await office.take()
    before = (await office.people())["K1"]
    office.write("KER.csv", BORIS, RELAY)
    office.write("SAG.csv", CLARA, ALLA)
    done = await office.take()
    assert [(t.clinic, t.unchanged, t.changed, t.added, t.absent, t.shifts) for t in done.tallies] == [
        ("KER", 2, 0, 0, 0, 0),
        ("SAG", 1, 1, 0, 0, None),
    ]
    assert [(notice.where, notice.code) for notice in done.notices] == [
        ("SAG.csv, ligne 3, matricule", "import.moved"),
        ("KER-shifts.csv, ligne 3, matricule", "import.moved_shift"),
    ]
    after = (await office.people())["K1"]
    assert (after.id, after.clinic, after.contacts) == (before.id, "SAG", before.contacts)
    assert (await office.count())[3] == 0
    office.plan("K2;poste;04/10/2026 19:00;05/10/2026 07:00")
    assert counts(await office.take()) == (4, 0, 0, 0)


async def test_a_person_who_may_work_in_two_clinics_is_kept_in_both_and_told(small: Office) -> None:
    await small.take()
    done = await small.take(small.write("SAG.csv", CLARA, ALLA))
    assert counts(done) == (1, 0, 1, 0)
    assert ("SAG.csv, ligne 3, matricule", "import.elsewhere") in [(notice.where, notice.code) for notice in done.notices]
    people = await small.desk.store.read(lambda tx: contacts.load_people(tx, small.desk.open_text))
    assert sorted(person.clinic for person in people if person.matricule == "K1") == ["KER", "SAG"]


async def test_the_same_matricule_under_another_name_is_another_person(small: Office) -> None:
    await small.take()
    done = await small.take(small.write("SAG.csv", CLARA.replace("S1", "K1")))
    assert counts(done) == (0, 0, 1, 1)
    assert "import.elsewhere" not in [notice.code for notice in done.notices]


async def test_an_address_of_two_people_is_told_whoever_they_are(small: Office) -> None:
    small.write("KER.csv", ALLA, BORIS.replace("00 02", "00 01"), RELAY)
    done = await small.take()
    assert [(n.where, n.code, dict(n.facts)["other"]) for n in done.notices] == [
        ("KER.csv, ligne 3, mobile", "import.shared", "KER K1")
    ]
    renumbered = await small.take(small.write("KER.csv", ALLA.replace("K1", "N1"), RELAY))
    assert {dict(n.facts)["other"] for n in renumbered.notices if n.code == "import.shared"} == {"KER K1", "KER K2"}


async def test_a_domain_that_turns_out_to_be_the_hospital_s_silences_every_address_of_it(office: Office) -> None:
    """Also those of people whom no file names, and those put aside while an alert still has them."""
    await office.take()
    await office.call_everybody()
    office.write("KER.csv", ALLA.replace("alla@example.org", "alla@example.net"), RELAY)
    await office.take()
    ids = {a.id for a in await office.desk.store.read(lambda tx: contacts.out_of_band(tx, office.desk.open_text))}
    group = office.folder / "group.toml"
    group.write_text(GROUP.replace('"kerlic.hgx.example"', '"kerlic.hgx.example", "example.org"'), encoding="utf-8")
    assert [dict(notice.facts) for notice in (await office.take(group)).notices] == [{"count": "1"}]
    left = {a.id for a in await office.desk.store.read(lambda tx: contacts.out_of_band(tx, office.desk.open_text))}
    assert len(ids - left) == 1


async def test_people_of_a_service_that_the_group_no_longer_has_are_told(small: Office) -> None:
    await small.take()
    group = small.folder / "group.toml"
    group.write_text(GROUP.replace('code = "BLOC"', 'code = "OPER"', 1), encoding="utf-8")
    (notice,) = (await small.take(group)).notices
    assert (notice.code, dict(notice.facts)) == ("import.orphans", {"service": "BLOC", "clinic": "KER", "count": "3"})


async def test_an_address_whose_flag_changes_is_the_same_address(small: Office) -> None:
    await small.take()
    before = {contact.id for contact in (await small.people())["K1"].contacts}
    text = GROUP.replace('"kerlic.hgx.example"', '"kerlic.hgx.example", "example.org"')
    (small.folder / "group.toml").write_text(text, encoding="utf-8")
    await small.take()
    alla = (await small.people())["K1"]
    assert {contact.id for contact in alla.contacts} == before
    assert [contact.in_band for contact in alla.contacts] == [False, False, True, True]
