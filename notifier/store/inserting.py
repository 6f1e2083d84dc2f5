"""Many new rows of one table, as plain tuples: a fan-out writes two for each of 50,000 people.

SQLAlchemy's own way makes a dictionary of each row and looks at every value of it, which takes several times as long as the
database does. Here each row is handed to the driver as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.util import await_only

from notifier.store.tables import Instant

AT_ONCE = 1000  # rows that wait in memory to be handed over


def insert_rows(tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows whose values stand in the order of ``columns``, as the database's driver takes them (``to_database``)."""
    if tx.dialect.name == "postgresql":
        _copy(tx, table, columns, rows)
        return
    words = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our own names
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        tx.exec_driver_sql(words, some)


def _copy(tx: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """By COPY, in half the server's time. SQLAlchemy has no word for it, and would have given its errors these names."""
    driver: Any = tx.connection.driver_connection
    asyncpg: Any = tx.dialect.dbapi.asyncpg  # type: ignore[union-attr]  # read only by who has a PostgreSQL
    try:
        await_only(driver.copy_records_to_table(table.name, records=rows, columns=columns))
    except asyncpg.InterfaceError as error:
        raise OperationalError(f"COPY {table.name}", None, error, hide_parameters=True) from error
    except asyncpg.PostgresError as error:
        named = IntegrityError if error.sqlstate.startswith("23") else DBAPIError
        raise named(f"COPY {table.name}", None, error, hide_parameters=True) from error


def to_database(tx: Connection) -> Callable[[datetime | None], Any]:
    """What an instant becomes on its way into this database; each is worked out once, for most rows share theirs."""
    change = Instant().dialect_impl(tx.dialect).bind_processor(tx.dialect)
    known: dict[datetime | None, Any] = {}

    def put(instant: datetime | None) -> Any:
        found = known.get(instant)
        if found is None and instant is not None:
            found = known[instant] = instant if change is None else change(instant)
        return found

    return put
