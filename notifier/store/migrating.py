"""Bringing a database to this release's shape, and refusing one that is newer."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from notifier.domain.errors import NewerDatabase
from notifier.store.schema import HEAD
from notifier.store.tables import metadata
from notifier.store.transaction import Tx

_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(tx: Tx) -> None:
    """Every migration that is missing. Raises NewerDatabase."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(727164)"))  # two workers that start together
    found = MigrationContext.configure(tx).get_current_revision()
    if found is not None and not knows(found):
        raise NewerDatabase(found=found, known=HEAD)
    build(tx, HEAD)


def build(tx: Tx, revision: str) -> None:
    """The tables of this revision, out of none or of an older one's; those of this release's stay as they are."""
    config = _configure()
    config.attributes["connection"] = tx
    if MigrationContext.configure(tx).get_current_revision() != HEAD:
        command.upgrade(config, revision)


def knows(revision: str) -> bool:
    """True for a schema that this release can work with or bring up to date."""
    return revision in {each.revision for each in ScriptDirectory.from_config(_configure()).walk_revisions()}


def _configure() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def differences(tx: Tx) -> list[object]:
    """What the database and ``store.tables`` do not have in common; none after an upgrade."""
    return list(compare_metadata(MigrationContext.configure(tx), metadata))
