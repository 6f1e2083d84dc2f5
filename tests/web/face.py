"""The web face of a ward on a free port, and a visitor who follows the link of an e-mail."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from sqlalchemy import func, select

from notifier.domain.lane import LaneSettings
from notifier.domain.references import make_token
from notifier.store import tables
from notifier.web.app import make_app
from notifier.web.hooks import TakeUpdate
from notifier.web.serving import serve_app
from tests.desk.house import Ward

METRICS_TOKEN = "metrics-token-of-the-tests"


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer of the web face."""

    status: int
    text: str
    headers: Mapping[str, str]
    octets: int  # of headers and body, as they cross the wire

    @property
    def seal(self) -> str:
        """What the form carries."""
        found = re.search(r'name="seal" value="([^"]+)"', self.text)
        assert found, f"no form on this page: {self.text[-600:]}"
        return found[1]

    @property
    def title(self) -> str:
        """The page's title."""
        found = re.search(r"<title>(.*?)</title>", self.text, re.DOTALL)
        return found[1].strip() if found else ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever talks HTTP to the face."""

    url: str
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Seen:
        """One request; bytes go as they are, a mapping as a form."""
        async with self.session.request(method, self.url + path, data=body, headers=headers, allow_redirects=False) as told:
            content = await told.read()
            heads = sum(len(name) + len(value) + 4 for name, value in told.raw_headers) + 20
            return Seen(told.status, content.decode("utf-8", "replace"), told.headers.copy(), heads + len(content))

    async def get(self, path: str, **headers: str) -> Seen:
        """GET."""
        return await self.ask("GET", path, headers=headers)

    async def answer(self, path: str, choice: str | None) -> Seen:
        """Open the page, choose, send."""
        form = {"seal": (await self.get(path + "?change")).seal}
        return await self.ask("POST", path, form if choice is None else form | {"choice": choice})


@asynccontextmanager
async def visiting(
    ward: Ward, lanes: tuple[LaneSettings, ...] | None = None, updates: Mapping[str, TakeUpdate] | None = None
) -> AsyncIterator[Visitor]:
    """The face of this ward, for as long as the context lives."""
    app = make_app(ward.desk, lanes=lanes, metrics_token=METRICS_TOKEN, updates=updates)
    async with serve_app(app, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        yield Visitor(f"http://127.0.0.1:{port}", session)


async def token_of(ward: Ward, name: str = "Alla", purpose: str = "links") -> str:
    """The token of one of the cast in the newest alert."""
    return make_token(ward.desk.vault.derive(purpose), int(str((await ward.recipient(name))["id"])))


async def link_of(ward: Ward, name: str = "Alla") -> str:
    """The path that is in that person's e-mail."""
    return f"/r/{await token_of(ward, name)}"


async def everything(ward: Ward) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, to see that nothing changed."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for table in tables.metadata.sorted_tables:
        query = select(table).order_by(*table.primary_key.columns)
        found[table.name] = [tuple(row) for row in await ward.desk.store.read(lambda tx, query=query: tx.execute(query).all())]  # type: ignore[misc]
    return found


async def count_answers(ward: Ward) -> int:
    """How many answers that hold are kept."""
    query = select(func.count()).select_from(tables.answers).where(tables.answers.c.held)
    return int(await ward.desk.store.read(lambda tx: tx.execute(query).scalar_one()))
