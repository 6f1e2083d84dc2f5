"""Which shape a database has: this release's, or one to be brought to it (``store.migrating``)."""

from importlib import import_module

from sqlalchemy import delete, insert, inspect, make_url, select, text, update
from sqlalchemy.schema import CreateSchema

from notifier.store.tables import house
from notifier.store.transaction import Store, Tx

HEAD = "0019"  # the newest of ``migrations/versions``


async def upgrade(store: Store, url: str) -> None:
    """Create or upgrade the tables, in one transaction. Raises NewerDatabase."""

    def work(tx: Tx) -> None:
        make_place(tx, url)
        import_module("notifier.store.migrating").upgrade(tx)  # alembic takes long to read, and few starts migrate

    if await store.read(read_revision) != HEAD:
        await store.write(work)


def make_place(tx: Tx, url: str) -> None:
    """The schema that the address names (``?schema=``), if it names one."""
    schema = make_url(url).query.get("schema")
    if isinstance(schema, str):
        tx.execute(CreateSchema(schema, if_not_exists=True))


def read_revision(tx: Tx) -> str | None:
    """The migration that the tables are at; None before the first."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def read_fact(tx: Tx, name: str) -> str | None:
    """One fact about the house."""
    found: str | None = tx.execute(select(house.c.value).where(house.c.name == name)).scalar_one_or_none()
    return found


def write_fact(tx: Tx, name: str, value: str) -> None:
    """Set one fact about the house."""
    if not tx.execute(update(house).where(house.c.name == name).values(value=value)).rowcount:
        tx.execute(insert(house).values(name=name, value=value))


def forget_fact(tx: Tx, name: str) -> None:
    """Take one fact about the house away."""
    tx.execute(delete(house).where(house.c.name == name))
