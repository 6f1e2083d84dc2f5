"""The discipline of every HTTP call: one deadline, one size, no redirect, and certainty about what was not sent.

A call gives an ``Answer``, or ``NotSent`` where no connection was had (DNS, connect, TLS, refused: nothing left this machine), or
``Unsure`` once a connection was had and the answer did not come whole. What an answer means is each room's own code table.
"""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import SimpleNamespace

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from notifier.channels.contract import BODY_CAP, CALL_DEADLINE, Heard
from notifier.channels.hosts import KnownHosts
from notifier.clock import Clock
from notifier.domain.delivery import LaneFault, NotSent, Outcome, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneSettings

DEADLINE = CALL_DEADLINE - timedelta(milliseconds=500)  # ours ends first, so that a connection never had is told as NotSent
CONNECT = timedelta(seconds=4)  # DNS, TCP and TLS; leaves a slow provider more than half of the call
KEPT = 15.0  # s an idle connection is kept: below the 20 to 75 s after which servers close theirs
BESIDES = 4  # connections beyond the window: long polling, answers to taps, credit
# What proxies, portals and providers call themselves and their trouble, beside the reason phrases of HTTP.
_CALLED = (
    "apache blocked captive certificate cloudflare credit error expired failed fortigate google invalid iis login maintenance "
    "nginx openresty portal quota squid traefik varnish welcome wifi zscaler"
)
SAID = frozenset(re.findall(r"[a-z]{3,}", " ".join([_CALLED, *(status.phrase for status in HTTPStatus)]).casefold()))
LONG_WAIT = timedelta(days=1)  # no wait that a provider asks for is believed beyond this


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole, whatever its status. The body may be about a person: it is never printed."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # names in lower case

    def read(self) -> object:
        """The body as JSON; None where it is none."""
        return parse_json(self.body)

    def read_object(self) -> dict[str, object]:
        """The body as a JSON object; empty where it is none."""
        found = self.read()
        return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}

    def doubt(self, why: str = "") -> Unsure:
        """What no table knows: the status, or ``why``, and as much of the body as may be kept."""
        return Unsure(f"{why or f'status {self.status}'} {sketch(self.body)}".strip())

    def wait(self, usual: timedelta) -> timedelta:
        """What ``Retry-After`` asks for in seconds, else ``usual``."""
        return read_wait(self.headers.get("retry-after"), usual)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a code table: this status, with these words in the provider's reason, is this outcome."""

    status: int
    marker: str  # lower case; empty for any reason
    outcome: Outcome


def look_up(rules: Sequence[Rule], status: int, reason: str) -> Outcome | None:
    """The first line that fits; None where the table knows nothing, which the room tells as Unsure."""
    said = reason.casefold()
    return next((rule.outcome for rule in rules if rule.status == status and rule.marker in said), None)


def sketch(body: bytes) -> str:
    """A strange answer as it may be kept: the words of ``SAID`` in its first 2 KB, each once. Any other could be somebody's."""
    words = re.findall(r"[a-z]{3,}", body[:2048].decode("utf-8", "replace").casefold())
    return " ".join(dict.fromkeys(word for word in words if word in SAID))[:60]


def parse_json(body: bytes) -> object:
    """JSON, or None for anything else. Never raises: a nest of brackets and an endless number are garbage too."""
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed


def read_wait(asked: object, usual: timedelta) -> timedelta:
    """Seconds as a provider writes them, between 1 s and a day; ``usual`` where they are no number."""
    text = str(asked).strip() if isinstance(asked, int | str) and not isinstance(asked, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return usual
    return min(max(timedelta(seconds=int(text)), timedelta(seconds=1)), LONG_WAIT)


def clean_text(value: object, limit: int = 2000) -> str:
    """Text from outside, fit for every database: no half surrogate, no NUL, at most ``limit`` characters; empty for no text."""
    if not isinstance(value, str):
        return ""
    whole = value[:limit].replace("\x00", "")
    return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def wall_time() -> datetime:
    """The wall clock, for signatures: a fresh look, so that a corrected clock counts at once."""
    return Clock().wall()


def unix_seconds(at: datetime) -> int:
    """Whole seconds since 1970, as signatures write them."""
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())


def need_secret(settings: LaneSettings, name: str) -> str:
    """A credential of the lane. Raises LaneMisset with the code ``secret_missing``."""
    found = settings.secrets.get(name, "").strip()
    if not found:
        raise LaneMisset(settings.name, "secret_missing", (("key", name),))
    return found


def read_number(settings: LaneSettings, name: str, usual: float) -> float:
    """An option that is a number above zero. Raises LaneMisset with the code ``option_number``."""
    text = settings.options.get(name, "")
    if not text:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < 1e6:
        raise LaneMisset(settings.name, "option_number", (("key", name),))
    return number


async def hear_nothing() -> AsyncIterator[Heard]:
    """The ``listen`` of a room that is told by hooks only: it ends at once."""
    nothing: tuple[Heard, ...] = ()
    for heard in nothing:
        yield heard


class Wire:
    """Connections to one provider, kept; as many at once as the lane's window, and ``BESIDES``."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def call(
        self,
        method: str,
        url: str | URL,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        within: timedelta = DEADLINE,
    ) -> Answer | NotSent | Unsure:
        """One request, ended ``within``. Never raises for what a network or a provider can do."""
        progress = SimpleNamespace(begun=False)
        try:
            async with (
                asyncio.timeout(within.total_seconds()),
                self._session.request(
                    method,
                    url if isinstance(url, URL) else URL(url, encoded=True),  # sent as it stands: a signature covers it
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                    trace_request_ctx=progress,
                ) as response,
            ):
                return await _read(response)
        except (TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError, EOFError) as error:
            cause = error.__cause__ if isinstance(error, _Cut) else error
            if isinstance(cause, aiohttp.ClientConnectorCertificateError):
                return NotSent(LaneFault.UNREACHABLE, "certificate_untrusted")
            name = type(cause).__name__  # its text may hold an address or a token
            return Unsure(name) if progress.begun else NotSent(detail=name)


class _Cut(aiohttp.ClientError):
    """The line broke; the cause says how."""


async def _once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Hides a broken line from aiohttp, which would send a GET, as Kannel's sendsms is, once more: two texts in one attempt."""
    try:
        return await send(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as broken:
        raise _Cut from broken


async def _read(response: aiohttp.ClientResponse) -> Answer | Unsure:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > BODY_CAP:
            response.close()
            return Unsure("body")
    return Answer(response.status, bytes(body), {name.lower(): value for name, value in response.headers.items()})


@asynccontextmanager
async def open_wire(settings: LaneSettings, headers: Mapping[str, str] | None = None) -> AsyncIterator[Wire]:
    """Connections for one lane. Raises LaneMisset (``ca_file``) where the option names no readable certificate file."""
    trust, hosts = _trust(settings), KnownHosts(aiohttp.DefaultResolver())
    with suppress(ValueError):  # an address that is none: the first call tells
        url = URL(settings.address)
        if url.host and url.port:
            hosts.learn(url.host, url.port)
    connector = aiohttp.TCPConnector(
        limit=settings.window + BESIDES,
        keepalive_timeout=KEPT,
        ssl=trust,
        resolver=hosts,
        use_dns_cache=True,
        ttl_dns_cache=60,
    )
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT.total_seconds()),
        headers={"user-agent": "notifier", "accept-encoding": "identity", **(headers or {})},  # compressed, it could pass the cap
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,  # a proxy of the hospital's would be the way we exist to avoid
        auto_decompress=False,
        trace_configs=[_trace()],
        middlewares=(_once,),
    )
    try:
        async with session:
            yield Wire(session)
    finally:
        await hosts.close()  # aiohttp leaves a resolver that it was given open


def _trust(settings: LaneSettings) -> ssl.SSLContext | bool:
    path = settings.options.get("ca_file", "")
    if not path:
        return True
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as refused:
        raise LaneMisset(settings.name, "ca_file", (("path", path),)) from refused


def _trace() -> aiohttp.TraceConfig:
    """Marks a call as begun once it has a connection, new (TLS done) or kept: only then may a byte of it have left."""

    async def begun(_session: aiohttp.ClientSession, call: SimpleNamespace, _about: object) -> None:
        call.trace_request_ctx.begun = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(begun)
    trace.on_connection_reuseconn.append(begun)
    return trace
