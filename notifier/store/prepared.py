"""Statements put into words once, for those that run with every turn of every lane.

SQLAlchemy builds, looks up and unpacks a statement at each execution, which takes several times as long as the database does.
Here a statement is compiled at its first use for a database and width of list; from then on only the values change hands.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Dialect, Executable, Select, bindparam
from sqlalchemy.sql.compiler import SQLCompiler

Change = Callable[[Any], Any]
Listed = Sequence[BindParameter[Any]]


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A statement in one database's words: its values in their order, and what changes on the way in and out."""

    text: str
    given: tuple[tuple[str, Change | None], ...]
    fixed: Mapping[str, Any]  # values that stand in the statement itself
    found: tuple[tuple[int, Change], ...]

    def values(self, told: Mapping[str, Any]) -> tuple[Any, ...]:
        all_told = {**self.fixed, **told}
        return tuple([all_told[name] if change is None else change(all_told[name]) for name, change in self.given])


class Prepared:
    """One statement. ``build`` makes it, with as many parameters for its ``IN`` list as it is given; most have no list."""

    def __init__(self, build: Callable[[Listed], Executable]) -> None:
        self._build = build
        self._spoken: dict[tuple[str, int], _Spoken] = {}

    def run(self, tx: Connection, listed: Sequence[Any] = (), /, **values: Any) -> None:
        """Execute it for one set of values."""
        spoken, told = self._speak(tx, listed, values)
        tx.exec_driver_sql(spoken.text, spoken.values(told))

    def run_each(self, tx: Connection, sets: Sequence[Mapping[str, Any]]) -> None:
        """Execute it for each of these sets of values."""
        if sets:
            spoken, _ = self._speak(tx, (), {})
            tx.exec_driver_sql(spoken.text, [spoken.values(told) for told in sets])

    def rows(self, tx: Connection, listed: Sequence[Any] = (), /, **values: Any) -> list[list[Any]]:
        """What it finds, columns in the order of the statement."""
        spoken, told = self._speak(tx, listed, values)
        rows = [list(row) for row in tx.exec_driver_sql(spoken.text, spoken.values(told))]
        for place, change in spoken.found:
            for row in rows:
                row[place] = change(row[place])
        return rows

    def _speak(self, tx: Connection, listed: Sequence[Any], values: dict[str, Any]) -> tuple[_Spoken, dict[str, Any]]:
        width = 1 << (len(listed) - 1).bit_length() if listed else 0  # few widths; what is missing repeats the last one
        spoken = self._spoken.get((tx.dialect.name, width))
        if spoken is None:
            names: Listed = [bindparam(f"listed_{place}") for place in range(width)]
            spoken = self._spoken[tx.dialect.name, width] = _put_into_words(self._build(names), tx.dialect)
        for place in range(width):
            values[f"listed_{place}"] = listed[min(place, len(listed) - 1)]
        return spoken, values


def _put_into_words(statement: Executable, dialect: Dialect) -> _Spoken:
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every statement is a ClauseElement
    if not isinstance(compiled, SQLCompiler):
        raise TypeError(f"{type(statement).__name__} has no values to be given")
    named = [(name, compiled.binds[name]) for name in compiled.positiontup or ()]
    given = tuple((name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in named)
    fixed = {name: bind.value for name, bind in named if not bind.required}
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    found = [(place, column.type.dialect_impl(dialect).result_processor(dialect, None)) for place, column in enumerate(columns)]
    return _Spoken(str(compiled), given, fixed, tuple((place, change) for place, change in found if change is not None))
