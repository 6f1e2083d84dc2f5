"""Statements put into words once, for those that run with every turn of every lane and with every round.

SQLAlchemy builds, looks up and unpacks a statement at each execution, which takes several times as long as the database does.
Here a statement is compiled at its first use for a database and width of list; from then on only the values change hands.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Connection, Dialect, Executable, Select, bindparam, column, func
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Change = Callable[[Any], Any]
Listed = Sequence[BindParameter[Any]]
Told = Mapping[str, ColumnElement[Any]]


class _Spoken(NamedTuple):
    """A statement in one database's words: its values in their order, and what changes on the way in and out."""

    text: str
    given: tuple[tuple[str, Change | None], ...]
    fixed: Mapping[str, Any]  # values that stand in the statement itself
    found: tuple[Change | None, ...]


class Prepared:
    """One statement. ``build`` makes it, with as many parameters for its ``IN`` list as it is given; most have no list."""

    def __init__(self, build: Callable[[Listed], Executable]) -> None:
        self._build = build
        self._spoken: dict[tuple[object, int], _Spoken] = {}

    def run(self, tx: Connection, listed: Sequence[Any] = (), /, **values: Any) -> int:
        """Execute it for one set of values; gives how many rows it changed."""
        spoken, given = self._speak(tx, listed, values)
        return tx.exec_driver_sql(spoken.text, given).rowcount

    def rows(self, tx: Connection, listed: Sequence[Any] = (), /, **values: Any) -> list[tuple[Any, ...]]:
        """What it finds, columns in the order of the statement."""
        spoken, given = self._speak(tx, listed, values)
        rows = tx.exec_driver_sql(spoken.text, given).all()
        columns = [_changed(column, change) for column, change in zip(zip(*rows, strict=True), spoken.found, strict=False)]
        return list(zip(*columns, strict=True))

    def _speak(self, tx: Connection, listed: Sequence[Any], values: dict[str, Any]) -> tuple[_Spoken, tuple[Any, ...]]:
        width = 1 << (len(listed) - 1).bit_length() if listed else 0  # few widths; what is missing repeats the last one
        spoken = self._put_into_words(tx.dialect, width)
        values |= spoken.fixed
        if listed:
            values |= zip(_names(width), [*listed, *repeat(listed[-1], width - len(listed))], strict=True)
        return spoken, tuple([values[name] if change is None else change(values[name]) for name, change in spoken.given])

    def _put_into_words(self, dialect: Dialect, width: int) -> _Spoken:
        spoken_by = (dialect.statement_compiler, width)  # whoever puts into words: two of one database may do so differently
        known = self._spoken.get(spoken_by)
        if known is None:
            known = _speak_for(self._build([bindparam(name) for name in _names(width)]), dialect)
            self._spoken[spoken_by] = known
        return known


class PreparedForEach:
    """One statement that is run for each of many sets of values. ``build`` makes it from what each name stands for.

    SQLite takes one set after the other. PostgreSQL takes all of them as one table, in half the time: there the order of the
    sets says nothing, and no two of them may change the same row.
    """

    def __init__(self, kinds: Mapping[str, TypeEngine[Any]], build: Callable[[Told], Executable]) -> None:
        self._kinds = kinds
        self._build = build
        self._spoken: dict[object, _Spoken] = {}

    def run(self, tx: Connection, sets: Sequence[Mapping[str, Any]]) -> None:
        """Execute it."""
        if not sets:
            return
        spoken = self._spoken.get(tx.dialect.statement_compiler) or self._put_into_words(tx.dialect)
        lists = [list(_changed([told[name] for told in sets], change)) for name, change in spoken.given]
        tx.exec_driver_sql(spoken.text, tuple(lists) if _takes_tables(tx.dialect) else list(zip(*lists, strict=True)))

    def _put_into_words(self, dialect: Dialect) -> _Spoken:
        told: Told = {name: bindparam(name, type_=kind) for name, kind in self._kinds.items()}
        if _takes_tables(dialect):
            lists = (bindparam(name, type_=ARRAY(kind)) for name, kind in self._kinds.items())
            columns = (column(name, kind) for name, kind in self._kinds.items())
            table = func.unnest(*lists).table_valued(*columns).render_derived(name="told")
            told = {name: table.c[name] for name in self._kinds}
        spoken = _speak_for(self._build(told), dialect)
        if spoken.fixed:
            raise TypeError(f"values of the statement's own: {', '.join(spoken.fixed)}")
        given = tuple((name, self._kinds[name].dialect_impl(dialect).bind_processor(dialect)) for name, _ in spoken.given)
        self._spoken[dialect.statement_compiler] = found = spoken._replace(given=given)
        return found


def _takes_tables(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _names(width: int) -> list[str]:
    return [f"listed_{place}" for place in range(width)]


def _changed(column: Sequence[Any], change: Change | None) -> Iterable[Any]:
    """Each value as it goes in or comes out; most of a column's instants are the same."""
    if change is None:
        return column
    known = {value: change(value) for value in set(column)}
    return [known[value] for value in column]


def _speak_for(statement: Executable, dialect: Dialect) -> _Spoken:
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every statement is a ClauseElement
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(statement).__name__} has no values to be given")
    named = [(name, compiled.binds[name]) for name in compiled.positiontup or ()]
    given = tuple((name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in named)
    fixed = {name: bind.value for name, bind in named if not bind.required}
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    found = tuple(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    return _Spoken(str(compiled), given, fixed, found)
