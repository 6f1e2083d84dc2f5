"""What is spoilt harms itself alone: a message that its room cannot bear (row 29), an import that breaks off (row 30)."""

import asyncio
import random
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from notifier.channels import telegram
from notifier.channels.contract import Channel, Heard, Parcel
from notifier.desk.importing import import_contacts
from notifier.desk.undoing import Undone, undo_import
from notifier.domain.delivery import Outcome
from notifier.domain.errors import BadImport, DatabaseBroken, DiskFull, MissingWords, NotUndone
from notifier.domain.lane import LaneFacts
from notifier.domain.people import Language
from notifier.lanes import Lane, Trade
from notifier.store import contacts, journal, tables
from notifier.store.contacts import known_matricules
from notifier.store.leases import Holder
from notifier.store.transaction import Tx, open_store
from tests.desk.house import CHAT, OPERATOR
from tests.desk.office import ALLA, BORIS, GROUP, RELAY
from tests.desk.office import CLARA as CLARA_OF_SAGESSE
from tests.desk.office import Office as Cabinet
from tests.desk.office import open_office as open_cabinet
from tests.faults.afflicted import on_disk
from tests.faults.disk import FailingDisk, Trouble, open_disk
from tests.faults.disk_night import DiskDriver
from tests.faults.post import Post, open_post, staff
from tests.journeys.night import CLARA, Member, write_contacts
from tests.journeys.office import end, open_office
from tests.simulation.night import Auditor
from tests.simulation.virtual import VirtualLoop


class Fussy(Channel):
    """A real room that cannot bear one address: it raises."""

    def __init__(self, room: Channel, poison: str) -> None:
        self._room, self._poison = room, poison
        self.poisoned = 0

    @property
    def facts(self) -> LaneFacts:
        """As the room's."""
        return self._room.facts

    async def send(self, parcel: Parcel) -> Outcome:
        """As the room, but for the one."""
        if parcel.address.value == self._poison:
            self.poisoned += 1
            raise RecursionError(parcel.words.text)
        return await self._room.send(parcel)

    async def credit(self) -> int | None:
        """As the room's."""
        return await self._room.credit()

    def listen(self) -> AsyncIterator[Heard]:
        """As the room's."""
        return self._room.listen()


@asynccontextmanager
async def _fussy_lane(post: Post, poison: str) -> AsyncIterator[Fussy]:
    desk, settings = post.ward.desk, post.settings.lanes[0]
    trade = Trade(desk.store, desk.vault, desk.clock, Holder("fussy", "home", locked=True), "http://127.0.0.1:1", desk.ring)
    stopping = asyncio.Event()
    async with telegram.open_channel(settings) as room:
        fussy = Fussy(room, poison)
        lane = Lane(trade, settings, fussy)
        work = asyncio.create_task(lane.work(stopping))
        try:
            yield fussy
        finally:
            stopping.set()
            lane.bell.ring()
            await work


async def test_row_29_a_message_that_its_room_cannot_bear_harms_nobody_else(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Three doubtful attempts, then the next channel; the log names what was raised and not a word of the message."""
    async with open_post(database_url, tmp_path, staff(6), ["telegram", "sms"]) as post:
        await post.send()
        async with _fussy_lane(post, str(CHAT + 3)) as fussy:
            await post.until(lambda: len(post.copies("telegram")) == 5)
            await post.until(lambda: fussy.poisoned == 3)
        async with post.at_work():
            await post.until_told()
            await post.until_ended()
        assert set(post.copies("telegram").values()) == {1}
        assert list(post.copies("sms")) == ["+33639981003"]
        assert await post.lists() == {}
    assert "its room raised RecursionError" in caplog.text
    assert "Agent" not in caplog.text


async def test_row_29_after_three_attempts_it_is_parked_and_the_operator_sees_whom_to_call(
    database_url: str, tmp_path: Path
) -> None:
    async with open_post(database_url, tmp_path, staff(4, phone=False, mail=False), ["telegram"]) as post:
        await post.send()
        async with _fussy_lane(post, str(CHAT + 2)) as fussy:
            await post.until(lambda: fussy.poisoned == 3)
            await post.until(lambda: len(post.copies("telegram")) == 3)
        async with post.at_work():
            await post.until_ended()
        assert fussy.poisoned == 3
        assert await post.states() == {"telegram accepted": 3, "telegram exhausted": 1}
        assert await post.lists() == {"Agent 02": "doubtful"}


async def test_row_29_a_message_that_cannot_be_packed_leaves_by_the_next_channel_and_alone(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An address that the key does not open: nothing of it has left, so nothing is doubtful."""
    async with open_post(database_url, tmp_path, staff(5), ["telegram", "sms"]) as post:
        spoilt = tables.addresses.update().where(
            tables.addresses.c.person == post.ward.people["Agent 04"], tables.addresses.c.channel == "telegram"
        )
        await post.send()
        await post.ward.desk.store.write(lambda tx: tx.execute(spoilt.values(value_sealed=b"spoilt")))
        async with post.at_work():
            await post.until_told()
            await post.until_ended()
        assert len(post.copies("telegram")) == 4
        assert post.copies("sms") == {"+33639981004": 1}
        assert await post.lists() == {}
    assert "a message could not be packed" in caplog.text


async def test_row_29_words_that_cannot_be_made_stop_the_alert_before_anybody_is_called(
    database_url: str, tmp_path: Path
) -> None:
    """Every wording is rendered when it is previewed and approved; nothing is rendered at the wire."""
    async with open_post(database_url, tmp_path, staff(3), ["telegram"]) as post:
        async with post.at_work():
            with pytest.raises(MissingWords):
                await post.ward.send("first-alert")
            await post.until_ended()
        assert post.network.ledger.entries == []


@pytest.fixture
async def cabinet(database_url: str, tmp_path: Path) -> AsyncIterator[Cabinet]:
    """A desk whose contacts have been taken in once."""
    async for opened in open_cabinet(database_url, tmp_path):
        await opened.take()
        yield opened


def _row(number: int, mail: str) -> str:
    return f"N{number};KERMARREC;Nolwenn;BLOC;IDE;;06 39 98 {number // 100:02} {number % 100:02};{mail};;;fr"


async def test_row_30_a_file_that_is_malformed_half_way_changes_nothing(cabinet: Cabinet) -> None:
    before = await cabinet.people()
    good = [_row(n, f"n{n}@example.org") for n in range(300)]
    cabinet.write("KER.csv", *good[:150], _row(150, "no address"), *good[151:])
    with pytest.raises(BadImport):
        await cabinet.take()
    cabinet.write("KER.csv", *good[:150], '"cut off in the middle')
    with pytest.raises(BadImport):
        await cabinet.take()
    assert await cabinet.people() == before


def _know(tx: Tx) -> list[tuple[object, ...]]:
    """All that the database holds of the roster, but for ids and ciphertexts of addresses, and when a row was taken in."""
    found: list[tuple[object, ...]] = []
    of_people = [column for column in tables.people.c if column.name not in ("name_sealed", "imported_at")]
    of_addresses = [column for column in tables.addresses.c if column.name not in ("id", "value_sealed")]
    of_slots = [column for column in tables.slots.c if column.name != "id"]
    for columns in (tables.clinics.c, tables.services.c, of_people, of_addresses, of_slots):
        found += sorted((tuple(row) for row in tx.execute(select(*columns)).all()), key=repr)
    return found


async def _why_not(cabinet: Cabinet) -> str:
    with pytest.raises(NotUndone) as refused:
        await undo_import(cabinet.desk, OPERATOR)
    return refused.value.reason


async def test_row_30_the_wrong_file_is_taken_back_by_a_rollback_to_the_former_roster(cabinet: Cabinet) -> None:
    store = cabinet.desk.store
    before = await store.read(_know)
    cabinet.write("KER.csv", ALLA.replace("06 39 98 00 01", "06 39 98 00 77").replace("CADRE", "IDE"), _row(7, "n7@example.org"))
    cabinet.write("SAG.csv", CLARA_OF_SAGESSE, BORIS)
    cabinet.plan("K1;garde;05/10/2026 19:00;06/10/2026 07:00")
    wrong = GROUP.replace('"+333530101"', '"+333530101", "+33639980009"').replace("Kerlic", "Kerlix")
    (cabinet.folder / "group.toml").write_text(wrong, encoding="utf-8")
    await cabinet.take()
    assert await store.read(_know) != before
    assert await undo_import(cabinet.desk, OPERATOR) == Undone(changed=2, removed=1)
    assert await store.read(_know) == before
    assert await _why_not(cabinet) == "none"
    entries = await store.read(journal.read_entries)
    assert [entry.act for entry in entries[:2]] == ["contacts.undo", "contacts.import"]


async def test_row_30_a_rollback_refuses_where_somebody_has_changed_or_was_called_since(cabinet: Cabinet) -> None:
    cabinet.write("KER.csv", ALLA, BORIS, RELAY, _row(7, "n7@example.org"))
    await cabinet.take()
    before = await cabinet.people()
    await cabinet.call_everybody()
    assert await _why_not(cabinet) == "called"
    person = before["K1"].id
    await cabinet.desk.store.write(lambda tx: contacts.set_language(tx, person, Language.EN))
    assert await _why_not(cabinet) == "changed"
    assert set(await cabinet.people()) == set(before)


async def test_row_30_a_disk_that_fills_up_during_an_import_changes_nothing(cabinet: Cabinet) -> None:
    before, disk = await cabinet.people(), on_disk(cabinet.desk.store)
    cabinet.write("KER.csv", *(_row(n, f"n{n}@example.org") for n in range(900)))
    await disk.fill(spare=40)
    with pytest.raises(DiskFull):
        await cabinet.take()
    await disk.clear()
    assert await cabinet.people() == before
    await cabinet.take()
    assert len(await cabinet.people()) == len(before) + 900


async def test_row_30_the_power_goes_during_an_import_and_the_former_roster_is_there_or_the_new_one(
    tmp_path: Path, seed: int
) -> None:
    """At one call of the disk after the other; on SQLite, whose file is ours."""
    path, draw, former = tmp_path / "notifier.db", random.Random(seed), set[str]()
    async for office in open_cabinet(f"sqlite:///{path}", tmp_path):
        await office.take()
        former = set(await office.people())
        office.write("KER.csv", ALLA, BORIS, RELAY, *(_row(n, f"n{n}@example.org") for n in range(60)))
    with open_disk() as disk:
        kept = {
            (at, len(found) - len(former))
            for at in (0, *range(1 + draw.randrange(4), 60, 4))
            for found in [await asyncio.to_thread(_import_without_power, office, path, disk, at, draw)]
        }
    assert {more for _, more in kept} == {0, 60}, "there were some of either kind"
    assert (0, 60) in kept, "with power all the way"


def _import_without_power(office: Cabinet, path: Path, disk: FailingDisk, at: int, draw: random.Random) -> set[str]:
    """The roster that is there after an import during which the power went at the ``at``-th call; 0 for none."""
    mine, loop = path.with_name("mine.db"), VirtualLoop()
    for old in path.parent.glob("mine.db*"):
        old.unlink()
    shutil.copy(path, mine)
    disk.forget()
    driver = DiskDriver(disk)

    async def take() -> set[str]:
        store = driver.open(mine, Auditor())
        disk.arm(Trouble.POWER, at)
        done = False
        with suppress(DatabaseBroken):
            await import_contacts(replace(office.desk, store=store), OPERATOR, [office.folder])
            done = True
        await store.close()
        if disk.is_off:
            disk.power_on(draw)
        store = driver.open(mine, Auditor())
        assert await store.read(lambda tx: tx.execute(text("PRAGMA integrity_check")).scalar_one()) == "ok"
        found = await store.read(lambda tx: {person.matricule for person in contacts.load_people(tx, office.desk.open_text)})
        await store.close()
        assert not done or len(found) == 64, "what was said to be taken in is there"
        return found

    try:
        return loop.run_until_complete(take())
    finally:
        loop.close()


async def test_row_30_killed_during_an_import_leaves_the_former_roster_or_the_new_one(
    database_url: str, tmp_path: Path, seed: int
) -> None:
    draw = random.Random(seed)
    cast = [CLARA, *(Member(f"Agent {n}", on_shift=True, chat=CHAT + n, phone=f"+3363998{n:04}") for n in range(100, 500))]
    async with open_office(tmp_path, database_url, cast[:2]) as office:
        files = write_contacts(tmp_path / "contacts", cast)
        store_url = office.environ["NOTIFIER_DATABASE_URL"]
        for _ in range(3):
            importing = await office._start("import", str(files))
            await asyncio.sleep(1.0 + draw.random() * 1.5)
            if importing.returncode is None:
                await end(importing, signal.SIGKILL)
            assert await _count_people(store_url) in (2, 401)
        assert (await office.run("import", str(files)))[0] == 0
        assert await _count_people(store_url) == 401
        assert (await office.run("journal", "verify"))[0] == 0


async def _count_people(url: str) -> int:
    store = open_store(url)
    known = await store.read(known_matricules)
    await store.close()
    return sum(len(matricules) for matricules in known.values())
