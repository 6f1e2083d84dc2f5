"""The house that every night begins with, built once on each engine."""

from pathlib import Path

from notifier.desk.desk import Desk
from notifier.desk.importing import import_contacts
from notifier.desk.incidents import open_incident
from notifier.store import leases, schema
from notifier.store.transaction import open_store
from notifier.vault import create_key, read_key
from tests.desk.house import LANES, LIBRARY, NIGHT, OPERATOR, WoundClock
from tests.desk.office import GROUP
from tests.properties.databases import Copies


async def build(url: str, home: Path) -> None:
    """A house with its group, its lanes and an open incident."""
    store = open_store(url)
    await schema.upgrade(store, url)
    await store.write(lambda tx: leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in LANES}))
    desk = Desk(store, read_key(home / "key"), WoundClock(started=NIGHT), LIBRARY, LANES)
    (home / "group.toml").write_text(GROUP, encoding="utf-8")
    await import_contacts(desk, OPERATOR, [home / "group.toml"])
    await open_incident(desk, OPERATOR, "HGX1", ["KER"], exercise=False)
    await store.close()


def copies_in(folder: Path) -> Copies:
    """Houses of one key, on SQLite."""
    create_key(folder / "key")
    return Copies(folder, lambda url: build(url, folder))
