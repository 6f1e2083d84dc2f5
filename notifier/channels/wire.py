"""The discipline of every HTTP call: one deadline, one size, no redirect, and certainty about what was not sent.

A call gives an ``Answer``, or ``NotSent`` where no connection was had (DNS, connect, TLS, refused: nothing left this machine), or
``Unsure`` once a connection was had and the answer did not come whole. What an answer means is each room's own code table.
"""

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from notifier.channels.contract import BODY_CAP, CALL_DEADLINE, Heard
from notifier.channels.hosts import KnownHosts, leads_inward, refuse_inward
from notifier.clock import Clock
from notifier.domain.delivery import LaneFault, NotSent, Outcome, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneSettings, Network

DEADLINE = CALL_DEADLINE - timedelta(milliseconds=500)  # ours ends first, so that a connection never had is told as NotSent
CONNECT = timedelta(seconds=4)  # DNS, TCP and TLS; leaves a slow provider more than half of the call
PATIENCE = aiohttp.ClientTimeout(total=None, connect=CONNECT.total_seconds())
KEPT = 15.0  # s an idle connection is kept: below the 20 to 75 s after which servers close theirs
BESIDES = 4  # connections beyond the window: long polling, answers to taps, credit
# What proxies, portals and providers call themselves and their trouble, and what HTML and JSON are made of, beside the reason
# phrases of HTTP.
_CALLED = (
    "apache blocked captive certificate cloudflare credit error expired failed fortigate google invalid iis login maintenance "
    "nginx openresty portal quota squid traefik varnish welcome wifi zscaler "
    "body center code description doctype false head html id message meta null ok pre result script status title true"
)
SAID = frozenset(re.findall(r"[a-z]{2,}", " ".join([_CALLED, *(status.phrase for status in HTTPStatus)]).casefold()))
KEPT_OF = 2048  # octets of a strange answer that are looked at
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
    """A strange answer as it may be kept: its first 2 KB with ``_`` for all but signs and the words of ``SAID``.

    Any other word or number could be somebody's, or ours: gateways tell back what they were asked.
    """
    text = body[:KEPT_OF].decode("utf-8", "replace").casefold()
    words = re.sub(r"\w+", lambda word: word[0] if word[0] in SAID else "_", text)
    return re.sub(r"_(?: ?_)+", "_", re.sub(r"[^!-~]+", " ", words)).strip()


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


@dataclass(frozen=True, slots=True)
class _Place:
    """A server as the connector wants it described, and what stands in the head of every request to it."""

    description: aiohttp.ClientRequest  # never sent
    lines: tuple[str, ...]


class Wire:
    """Connections to one provider, kept; as many at once as the lane's window, and ``BESIDES``.

    aiohttp keeps the connections and reads the answers. Its session is left out: it takes as long as everything else together,
    and sends a GET, as Kannel's sendsms is, once more by itself when the line breaks: two texts in one attempt.
    """

    def __init__(self, connector: aiohttp.TCPConnector, headers: Mapping[str, str]) -> None:
        self._connector = connector
        self._headers = headers
        self._places: dict[URL, _Place] = {}

    async def call(
        self,
        method: str,
        url: str | URL,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        within: timedelta = DEADLINE,
        leaving: Callable[[], None] | None = None,
    ) -> Answer | NotSent | Unsure:
        """One request, ended ``within``. Never raises for what a network or a provider can do.

        ``leaving`` is called when a connection is had, just before the request goes out.
        """
        begun = False  # a byte of it may have left
        try:
            address = url if isinstance(url, URL) else URL(url, encoded=True)  # sent as it stands: a signature covers it
            place = self._place(address)
            request = _write(method, address, place, headers or {}, body)
            async with asyncio.timeout(within.total_seconds()):
                line = await self._connector.connect(place.description, [], PATIENCE)
                try:
                    protocol = line.protocol
                    if protocol is None or protocol.transport is None or protocol.transport.is_closing():
                        return NotSent(detail="closed")
                    if protocol.should_close:  # it said something unasked while nobody listened, which would pass for our answer
                        return NotSent(detail="unasked")
                    protocol.set_response_params(read_until_eof=True, auto_decompress=False)
                    begun = True
                    if leaving is not None:
                        leaving()
                    protocol.transport.write(request)
                    answer = await _read(protocol)
                    if answer is None:
                        return Unsure("body")
                    line.release()
                    return answer
                finally:
                    line.close()  # unless released
        except (TimeoutError, aiohttp.ClientError, HttpProcessingError, OSError, ValueError, EOFError) as error:
            if isinstance(error, aiohttp.ClientConnectorCertificateError):
                return NotSent(LaneFault.UNREACHABLE, "certificate_untrusted")
            name = type(error).__name__  # its text may hold an address or a token
            return Unsure(name) if begun else NotSent(detail=name)

    def _place(self, address: URL) -> _Place:
        """Raises ValueError for an address that is none."""
        front = address.origin() if address.raw_user is None else address.with_path("/")  # a name and a password before the host
        found = self._places.get(front)
        if found is None:
            if front.scheme not in ("http", "https"):
                raise ValueError("neither http nor https")
            described = aiohttp.ClientRequest("GET", front, headers=self._headers)
            lines = tuple(f"{name}: {value}" for name, value in described.headers.items())
            found = self._places[front] = _Place(described, lines)
        return found


def _write(method: str, address: URL, place: _Place, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """The request as it goes out. Raises ValueError where a line of it would be two."""
    lines = [f"{method} {address.raw_path_qs} HTTP/1.1", *place.lines, *[f"{name}: {value}" for name, value in headers.items()]]
    if body is not None or method != "GET":
        lines.append(f"content-length: {len(body or b'')}")
    head = "\r\n".join(lines)
    breaks = len(lines) - 1
    if head.count("\r") != breaks or head.count("\n") != breaks or "\0" in head or lines[0].count(" ") != 2:
        raise ValueError("a line of the request would be two")
    return head.encode() + b"\r\n\r\n" + (body or b"")


async def _read(protocol: ResponseHandler) -> Answer | None:
    """The answer, whole; None for one that is larger than any of a provider's."""
    told, content = await protocol.read()
    while 100 <= told.code < 200 and told.code != 101:
        told, content = await protocol.read()
    body = b""
    while not content.at_eof():
        body += await content.readany()
        if len(body) > BODY_CAP:
            return None
    return Answer(told.code, body, {name.lower(): value for name, value in told.headers.items()})


@asynccontextmanager
async def open_wire(
    settings: LaneSettings, headers: Mapping[str, str] | None = None, *, public: bool = False
) -> AsyncIterator[Wire]:
    """Connections for one lane; a ``public`` provider stands in no private network.

    Raises LaneMisset: ``ca_file`` where the option names no readable certificate file, ``address_inward``.
    """
    live = settings.network is Network.LIVE
    inward = partial(leads_inward, public=public) if live else lambda _place: False
    trust, hosts = _trust(settings), KnownHosts(aiohttp.DefaultResolver(), inward)
    with suppress(ValueError):  # an address that is none: the first call tells
        url = URL(settings.address)
        refuse_inward(settings, url.raw_host or "", public=public)
        if live and (url.raw_user is not None or url.raw_password is not None):
            raise LaneMisset(settings.name, "address_inward", (("host", "…@"),))  # what stands before the @ looks like the host
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
    usual = {"user-agent": "notifier", "accept-encoding": "identity"}  # compressed, an answer could pass the cap
    try:
        async with connector:
            yield Wire(connector, {**usual, **(headers or {})})
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
