"""Backups: one moment of the database, sealed; restored into an empty house only, frozen, with every doubt counted."""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from notifier.desk.alerting import stop_alert
from notifier.desk.desk import Desk
from notifier.desk.keeping import keep_backup, make_backup, read_state, write_backup
from notifier.desk.recording import verify_journal
from notifier.desk.restoring import Restored, inspect_backup, restore_backup
from notifier.desk.showing import list_alarms
from notifier.desk.watching import engine_health
from notifier.domain.alarm import BackupTrouble, Freeze
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.delivery import Accepted, State, Unsure
from notifier.domain.errors import BadBackup, Forbidden, HomeClosed, HomeInUse, NewerDatabase, UnreadableFile, WrongKey
from notifier.domain.incident import MAX_NUMBER
from notifier.domain.keeping import AHEAD, BackupPlan, is_due, name_backup, outdated
from notifier.store import copying, journal, leases, migrating, schema, tables
from notifier.store.leases import Holder
from notifier.store.transaction import Tx, open_store
from notifier.vault import create_key, read_key
from notifier.vault.box import SealedWriter, read_sealed
from tests.conftest import sqlite_url
from tests.desk.house import NIGHT, OPERATOR, Ward, open_ward

EVERY = timedelta(minutes=5)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """The fixed cast, everybody called; the bloc was asked by text too, and one message is on the wire."""
    opened = await open_ward(database_url, tmp_path)
    await opened.send("first-alert", to="all", suite="23h30")
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    yield opened
    await opened.desk.store.close()


@pytest.fixture
async def empty(request: pytest.FixtureRequest, ward: Ward, tmp_path: Path) -> AsyncIterator[Desk]:
    """An empty house with the same key, on a database of the same kind."""
    async for desk in _open_empty(request, ward, tmp_path, on_sqlite=ward.desk.store.is_sqlite):
        yield desk


@pytest.fixture
async def across(request: pytest.FixtureRequest, ward: Ward, tmp_path: Path) -> AsyncIterator[Desk]:
    """An empty house with the same key, on a database of the other kind."""
    async for desk in _open_empty(request, ward, tmp_path, on_sqlite=not ward.desk.store.is_sqlite):
        yield desk


async def _open_empty(request: pytest.FixtureRequest, ward: Ward, tmp_path: Path, *, on_sqlite: bool) -> AsyncIterator[Desk]:
    (tmp_path / "new").mkdir()
    store = open_store(sqlite_url(tmp_path / "new") if on_sqlite else str(request.getfixturevalue("other_postgres")))
    yield replace(ward.desk, store=store)
    await store.close()


async def restore(ward: Ward, empty: Desk, tmp_path: Path) -> Restored:
    """Back up, restore next door a minute later."""
    path = tmp_path / "a.backup"
    await write_backup(ward.desk, path)
    ward.clock.pass_time(minutes=1)
    return await restore_backup(empty, path, inspect_backup(path, empty.vault), operator="Diane", reason="perdu")


async def everything(desk: Desk) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""

    def work(tx: Tx) -> dict[str, list[tuple[object, ...]]]:
        found = {}
        for table in tables.metadata.sorted_tables:
            keys = list(table.primary_key.columns)
            found[table.name] = [tuple(row) for row in tx.execute(select(table).order_by(*keys))]
        return found

    return await desk.store.read(work)


async def test_a_restored_house_holds_every_row_and_differs_only_by_what_it_doubts(
    ward: Ward, empty: Desk, tmp_path: Path
) -> None:
    await _compare(ward, empty, tmp_path)


async def test_a_backup_of_either_database_is_restored_on_the_other(ward: Ward, across: Desk, tmp_path: Path) -> None:
    await _compare(ward, across, tmp_path)


async def _compare(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    await ward.desk.store.write(lambda tx: journal.seal(tx, ward.clock.now()))
    before = await everything(ward.desk)
    await restore(ward, empty, tmp_path)
    after = await everything(empty)
    assert {name for name in before if before[name] != after[name]} == {"house", "incidents", "outbox", "journal", "operators"}
    assert [row for row in after["journal"] if row in before["journal"]] == before["journal"]
    assert len(after["outbox"]) == len(before["outbox"])
    await empty.store.write(lambda tx: journal.seal(tx, ward.clock.now()))
    verdict = await verify_journal(empty, OPERATOR)
    assert (verdict.bad_seq, verdict.unsealed) == (None, 0)
    assert await empty.store.write(migrating.differences) == []


async def test_what_waited_or_was_on_the_wire_is_unsure_after_a_restore_with_a_copy_counted(
    ward: Ward, empty: Desk, tmp_path: Path
) -> None:
    wired = await ward.turn("sms", room=2)
    unsure = await ward.turn("sms", (wired[0], Unsure("cut")), room=0)
    assert unsure == ()
    taken = await ward.turn("telegram", room=1)
    await ward.turn("telegram", (taken[0], Accepted("1")), room=0)
    spent = await ward.turn("email", room=1)
    assert spent == ()
    states = await _states(ward.desk)
    done = await restore(ward, empty, tmp_path)
    restored = await _states(empty)
    for row, (state, copies) in states.items():
        match state:
            case State.QUEUED | State.UNSURE:
                assert restored[row] == (State.UNSURE, copies + 1)
            case State.ON_WIRE:
                assert restored[row] == (State.UNSURE, copies)
            case _:
                assert restored[row] == (state, copies)
    assert {state for state, _ in states.values()} >= {State.QUEUED, State.UNSURE, State.ON_WIRE, State.ACCEPTED}
    assert done.doubtful == done.waiting == sum(state is not State.ACCEPTED for state, _ in states.values())


async def _states(desk: Desk) -> dict[int, tuple[State, int]]:
    query = select(tables.outbox.c.id, tables.outbox.c.state, tables.outbox.c.copies)
    return {row.id: (State(row.state), row.copies) for row in await desk.store.read(lambda tx: tx.execute(query).all())}


async def test_a_third_copy_is_never_followed_by_a_fourth_and_the_next_channel_is_due(
    ward: Ward, empty: Desk, tmp_path: Path
) -> None:
    rows = tables.outbox
    await ward.desk.store.write(
        lambda tx: tx.execute(update(rows).where(rows.c.channel == "sms").values(state="unsure", copies=2))
    )
    await restore(ward, empty, tmp_path)
    ended = select(rows.c.state, rows.c.copies, rows.c.unswept).where(rows.c.channel == "sms")
    assert {tuple(row) for row in await empty.store.read(lambda tx: tx.execute(ended).all())} == {("exhausted", 3, True)}


async def test_what_was_not_due_yet_when_the_house_was_restored_cannot_have_left(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    rows = tables.outbox
    morning = NIGHT + timedelta(hours=7)
    await ward.desk.store.write(lambda tx: tx.execute(update(rows).where(rows.c.channel == "sms").values(due=morning)))
    await restore(ward, empty, tmp_path)
    held = select(rows.c.state, rows.c.copies).where(rows.c.channel == "sms")
    assert {tuple(row) for row in await empty.store.read(lambda tx: tx.execute(held).all())} == {("queued", 0)}


async def test_a_stop_after_a_restore_says_how_many_may_have_left_meanwhile(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    await restore(ward, empty, tmp_path)
    waited = len(ward.people)
    left, kept = await stop_alert(empty, OPERATOR, "HGX1-01")
    assert left == kept >= waited


async def test_a_restored_house_is_frozen_and_its_journal_says_who_restored_what(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    await ward.desk.store.write(
        lambda tx: leases.take_lease(tx, "sms", Holder("old", "old home", locked=True), ward.clock.wall(), ward.clock.now())
    )
    done = await restore(ward, empty, tmp_path)
    assert done.people == len(ward.people)
    (freeze,) = await list_alarms(empty)
    assert isinstance(freeze, Freeze)
    assert (freeze.by, freeze.reason) == ("Diane", "perdu")
    newest = (await empty.store.read(journal.read_entries))[0]
    assert (newest.act, newest.actor) == ("house.restore", "Diane")
    assert newest.facts["doubtful"] == done.doubtful
    holder = Holder("new", "new home", locked=True)
    taken = await empty.store.write(lambda tx: leases.take_lease(tx, "sms", holder, ward.clock.wall(), ward.clock.now()))
    assert taken is not None, "the lost house holds no lane of the new one"


async def test_message_numbers_that_may_be_on_phones_are_not_given_out_again(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    await restore(ward, empty, tmp_path)
    numbered = select(tables.incidents.c.numbered)
    assert await empty.store.read(lambda tx: tx.execute(numbered).scalar_one()) == 2 + copying.SKIPPED
    await empty.store.write(lambda tx: tx.execute(update(tables.incidents).values(numbered=MAX_NUMBER - 3)))
    await empty.store.write(copying.skip_numbers)
    assert await empty.store.read(lambda tx: tx.execute(numbered).scalar_one()) == MAX_NUMBER


async def test_new_attempts_get_new_ids_after_a_restore(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    await ward.turn("sms", room=2)
    await restore(ward, empty, tmp_path)
    await empty.store.write(leases.thaw)
    again = replace(ward, desk=empty, epochs={})
    wired = await again.turn("sms", room=5)
    assert wired
    newest = select(func.max(tables.attempts.c.id), func.count())
    last, count = await empty.store.read(lambda tx: tx.execute(newest).one())
    assert last >= count == 2 + len(wired)


async def test_a_house_with_a_database_is_not_restored_into(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.backup"
    await write_backup(ward.desk, path)
    manifest = inspect_backup(path, ward.desk.vault)
    before = await everything(ward.desk)
    with pytest.raises(HomeInUse):
        await restore_backup(ward.desk, path, manifest, operator="Diane", reason="")
    assert await everything(ward.desk) == before
    await schema.upgrade(empty.store, str(empty.store.engine.url.render_as_string(hide_password=False)))
    await restore_backup(empty, path, manifest, operator="Diane", reason="")  # what `notifier check` makes is empty


async def test_whoever_may_not_manage_neither_backs_up_nor_restores(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    with pytest.raises(Forbidden):
        await make_backup(ward.desk, Actor("Yann", frozenset({Role.CELL}), Face.CLI))
    path = tmp_path / "a.backup"
    await ward.desk.store.write(
        lambda tx: tx.execute(tables.operators.insert().values(name="Yann", roles=["cell"], enrolled_at=NIGHT))
    )
    await write_backup(ward.desk, path)
    with pytest.raises(Forbidden):
        await restore_backup(empty, path, inspect_backup(path, empty.vault), operator="Yann", reason="")
    with pytest.raises(HomeInUse):
        await restore_backup(ward.desk, path, inspect_backup(path, empty.vault), operator="Diane", reason="")
    await restore_backup(empty, path, inspect_backup(path, empty.vault), operator="Diane", reason="")  # nothing was left behind


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Ward]:
    """The same cast on SQLite only, nothing sent: for what has nothing to do with the database."""
    opened = await open_ward(sqlite_url(tmp_path), tmp_path)
    opened.desk.backup = BackupPlan(str(tmp_path / "kept"), EVERY, keep=3)
    yield opened
    await opened.desk.store.close()


async def test_a_torn_or_changed_backup_is_refused_before_anything_is_touched(small: Ward, tmp_path: Path) -> None:
    path, bad = tmp_path / "a.backup", tmp_path / "bad.backup"
    await write_backup(small.desk, path)
    whole = path.read_bytes()
    for spoilt in (whole[:-1], whole[: len(whole) // 2], whole[:80], whole[:-40] + bytes(40), whole + b"x"):
        bad.write_bytes(spoilt)
        with pytest.raises(BadBackup) as refused:
            inspect_backup(bad, small.desk.vault)
        assert refused.value.reason == "damaged"
    create_key(tmp_path / "other")
    with pytest.raises(WrongKey):
        inspect_backup(path, read_key(tmp_path / "other"))
    with pytest.raises(UnreadableFile):
        inspect_backup(tmp_path / "none.backup", small.desk.vault)


async def test_a_backup_of_a_newer_release_is_named(small: Ward, tmp_path: Path) -> None:
    lines = await small.desk.store.read(lambda tx: list(copying.dump(tx, "9999", NIGHT)))
    with (tmp_path / "a.backup").open("wb") as file:
        sealed = SealedWriter(file, small.desk.vault)
        sealed.write(zlib.compress(b"".join(lines)))
        sealed.close()
    with pytest.raises(NewerDatabase) as refused:
        inspect_backup(tmp_path / "a.backup", small.desk.vault)
    assert refused.value.found == "9999"


async def test_a_backup_shows_one_moment_while_others_write(ward: Ward, tmp_path: Path) -> None:
    """Two facts that are always written together are together in every backup."""
    stop = asyncio.Event()

    async def write() -> None:
        for n in range(10_000):
            if stop.is_set():
                break
            await ward.desk.store.write(partial(_write_both, str(n)))

    writing = asyncio.create_task(write())
    path, seen = tmp_path / "a.backup", set()
    for _ in range(20):
        await write_backup(ward.desk, path)
        seen.add(_facts(path, ward))
        assert all(a == z for a, z in seen)
    stop.set()
    await writing
    assert len(seen) > 1


def _write_both(value: str, tx: Tx) -> None:
    schema.write_fact(tx, "a", value)
    schema.write_fact(tx, "z", value)


def _facts(path: Path, ward: Ward) -> tuple[str, str]:
    with path.open("rb") as file:
        plain = zlib.decompress(b"".join(read_sealed(file, ward.desk.vault, str(path))))
    lines = plain.splitlines()
    return _fact(lines, "a"), _fact(lines, "z")


def _fact(lines: list[bytes], name: str) -> str:
    return next((line.decode().split('"')[3] for line in lines if line.startswith(f'["{name}",'.encode())), "")


async def test_backups_are_whole_files_for_their_owner_only_and_old_ones_go(small: Ward, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    for _ in range(5):
        kept = await keep_backup(small.desk)
        assert kept.path.stat().st_mode & 0o777 == 0o600
        small.clock.pass_time(minutes=5)
    (folder / "something.else").write_text("")
    await keep_backup(small.desk)
    names = sorted(path.name for path in folder.iterdir())
    ours = [name_backup(NIGHT + n * EVERY) for n in (3, 4, 5)]
    assert names == [*ours, "something.else"]


def test_only_the_newest_of_our_own_files_are_kept() -> None:
    assert outdated(["notifier-2.backup", "x", "notifier-1.backup", "notifier-3.backup", ".notifier-0.backup-7"], 2) == [
        "notifier-1.backup"
    ]
    assert outdated(["notifier-1.backup"], 24) == []


async def test_each_backup_is_copied_to_the_second_place_by_the_command(small: Ward, tmp_path: Path) -> None:
    second = tmp_path / "second place"
    second.mkdir()
    copy = (sys.executable, "-c", "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])", "{file}", str(second))
    small.desk.backup = replace(small.desk.backup, copy=copy)
    kept = await make_backup(small.desk, OPERATOR)
    assert kept.failed is None
    assert (second / kept.path.name).read_bytes() == kept.path.read_bytes()
    small.clock.pass_time(minutes=2)
    health = await engine_health(small.desk)
    assert (health.backup, health.safe, health.trouble) == (timedelta(minutes=2), timedelta(minutes=2), None)


@pytest.mark.parametrize(
    ("copy", "why"),
    [((sys.executable, "-c", "raise SystemExit(3)", "{file}"), "copy"), (("/no/such/command", "{file}"), "copy_missing")],
)
async def test_a_copy_that_fails_alarms_until_one_succeeds(small: Ward, copy: tuple[str, ...], why: str) -> None:
    small.desk.backup = replace(small.desk.backup, copy=copy)
    await keep_backup(small.desk)
    small.clock.pass_time(minutes=5)
    await keep_backup(small.desk)
    assert await list_alarms(small.desk) == (BackupTrouble(why, NIGHT),)
    health = await engine_health(small.desk)
    assert (health.backup, health.safe, health.trouble) == (timedelta(0), None, why)
    small.desk.backup = replace(small.desk.backup, copy=(sys.executable, "-c", "", "{file}"))
    await keep_backup(small.desk)
    assert await list_alarms(small.desk) == ()


async def test_a_copy_that_hangs_is_ended(small: Ward) -> None:
    hangs = (sys.executable, "-c", "import time; time.sleep(600)", "{file}")
    small.desk.backup = replace(small.desk.backup, copy=hangs, copy_within=timedelta(seconds=0.2))
    assert (await keep_backup(small.desk)).failed == "copy_slow"


async def test_a_folder_that_cannot_be_written_alarms_and_is_tried_at_the_next_turn(small: Ward, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file in the folder's place")
    with pytest.raises(HomeClosed):
        await keep_backup(small.desk)
    assert await list_alarms(small.desk) == (BackupTrouble("disk", NIGHT),)
    state = await small.desk.store.read(read_state)
    assert not is_due(small.desk.backup, state, NIGHT + EVERY - AHEAD - timedelta(seconds=1))
    assert is_due(small.desk.backup, state, NIGHT + EVERY - AHEAD), "the next arrives before this one is too old"


async def test_turns_that_were_missed_are_told(small: Ward) -> None:
    await keep_backup(small.desk)
    small.clock.pass_time(minutes=15)
    assert await list_alarms(small.desk) == ()
    small.clock.pass_time(seconds=1)
    assert await list_alarms(small.desk) == (BackupTrouble("late", NIGHT),)


async def test_an_alert_that_is_past_can_be_stopped_before_the_thaw(ward: Ward, empty: Desk, tmp_path: Path) -> None:
    done = await restore(ward, empty, tmp_path)
    for code in ("HGX1-01", "HGX1-02"):
        await stop_alert(empty, OPERATOR, code)
    assert done.waiting
    live = select(func.count()).where(tables.outbox.c.state.in_(["queued", "unsure", "on_wire"]))
    assert await empty.store.read(lambda tx: tx.execute(live).scalar_one()) == 0
