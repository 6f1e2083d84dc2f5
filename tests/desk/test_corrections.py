"""Bad rows on their own: left out on demand, written down with the reasons, mended and taken in."""

import csv
import os
from datetime import timedelta

import pytest

from notifier.domain.errors import UnreadableFile
from notifier.domain.people import Channel
from notifier.store import contacts
from tests.desk.house import NIGHT
from tests.desk.office import ALLA, BORIS, HEADER, ON_SHIFT, RELAY, Office, counts


async def test_good_rows_alone_are_taken_on_demand_and_the_others_written_down(office: Office) -> None:
    office.write("KER.csv", ALLA.replace("06 39 98 00 01", "+3363"), BORIS, RELAY)
    office.plan(ON_SHIFT, "K2;poste;04/10/2026 19:00;05/10/2026 07:00")
    done = await office.take(skip_bad=True)
    assert counts(done) == (0, 0, 3, 0)
    assert done.skipped == 2
    assert [path.name for path in done.corrections] == ["KER-a-corriger.csv", "KER-shifts-a-corriger.csv"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in done.corrections)
    rows = list(csv.reader(done.corrections[0].read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0] == [*HEADER.split(";"), "à corriger"]
    assert rows[1][:2] == ["K1", "LE GOFF"]
    assert rows[1][6] == "'+3363"
    assert rows[1][-1].startswith("KER.csv, ligne 2, mobile\u00a0: ce n'est pas un numéro de téléphone\u00a0: un seul par case")
    shifts = done.corrections[1].read_text(encoding="utf-8-sig")
    assert shifts.startswith("# établi le 04/10/2026 20:00\nmatricule;type;début;fin;à corriger\nK1;poste;04/10/2026 19:00")
    assert sorted(await office.people()) == ["K2", "K9", "S1"]


async def test_a_mended_correction_file_completes_the_import_and_the_plan(office: Office) -> None:
    office.write("KER.csv", ALLA.replace("06 39 98 00 01", "+3363"), BORIS, RELAY)
    office.plan(ON_SHIFT, "K2;poste;04/10/2026 19:00;05/10/2026 07:00")
    people, shifts = (await office.take(skip_bad=True)).corrections
    people.write_text(people.read_text(encoding="utf-8-sig").replace("'+3363", "'+33639980001"), encoding="utf-8")
    done = await office.take(people, shifts)
    assert counts(done) == (0, 0, 1, 0)
    assert done.notices == ()
    assert sorted(await office.people()) == ["K1", "K2", "K9", "S1"]
    slots = await office.desk.store.read(lambda tx: contacts.load_slots(tx, NIGHT, NIGHT + timedelta(hours=1)))
    assert len(slots) == 2
    assert counts(await office.take(people, shifts)) == (1, 0, 0, 0)
    assert (await office.count())[3] == 2


async def test_a_corrected_plan_is_as_old_as_the_plan_it_completes(small: Office) -> None:
    path = small.plan(ON_SHIFT, "K2;poste;hier;05/10/2026 07:00", head="matricule;type;début;fin\r\n")
    since = NIGHT - timedelta(days=3)
    os.utime(path, (since.timestamp(), since.timestamp()))
    (mended,) = (await small.take(skip_bad=True)).corrections
    text = mended.read_text(encoding="utf-8-sig")
    assert text.startswith("# établi le 01/10/2026 22:45\n")
    mended.write_text(text.replace("hier", "04/10/2026 19:00"), encoding="utf-8")
    await small.take(mended)
    assert (await small.count())[3] == 2
    assert await small.desk.store.read(contacts.load_planned) == {"KER": since}


async def test_a_correction_file_survives_excel(small: Office) -> None:
    """Excel takes zeros away and rounds long digits; written as a formula they stay."""
    small.write("KER.csv", ALLA.replace("K1", "00012").replace("06 39 98 00 01", "06"), BORIS)
    (small.folder / "KER-shifts.csv").unlink()
    (mended,) = (await small.take(skip_bad=True)).corrections
    text = mended.read_text(encoding="utf-8-sig")
    assert '"=""00012""";' in text
    assert '"=""9000000000000001""";' in text
    mended.write_text(text.replace('"=""06"""', "06 39 98 00 01"), encoding="utf-8")
    assert counts(await small.take(mended)) == (0, 0, 1, 0)
    assert (await small.people())["00012"].reachable == (Channel.TELEGRAM, Channel.SMS, Channel.EMAIL)


async def test_a_correction_file_is_never_overwritten_nor_read_with_its_folder(small: Office) -> None:
    small.write("KER.csv", ALLA.replace("06 39 98 00 01", "06"), BORIS)
    (small.folder / "KER-shifts.csv").unlink()
    assert [path.name for path in (await small.take(skip_bad=True)).corrections] == ["KER-a-corriger.csv"]
    assert [path.name for path in (await small.take(skip_bad=True)).corrections] == ["KER-a-corriger-2.csv"]
    assert sorted(await small.people()) == ["K2", "S1"]


async def test_a_row_that_is_bad_today_is_not_counted_absent(small: Office) -> None:
    await small.take()
    small.write("KER.csv", ALLA.replace("06 39 98 00 01", "06"), BORIS, RELAY)
    assert counts(await small.take(skip_bad=True)) == (3, 0, 0, 0)
    assert "K1" in await small.people()


async def test_rows_that_cannot_be_written_down_are_not_left_out(small: Office) -> None:
    path = small.write("KER.csv", ALLA.replace("06 39 98 00 01", "06"), BORIS)
    (small.folder / "KER-a-corriger.csv").symlink_to(small.folder / "nowhere" / "else.csv")  # a name that cannot be written
    with pytest.raises(UnreadableFile) as refused:
        await small.take(path, small.folder / "group.toml", skip_bad=True)
    assert refused.value.reason == "folder"
    assert await small.count() == (0, 0, 0, 0, 0)
