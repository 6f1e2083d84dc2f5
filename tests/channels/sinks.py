"""Servers that misbehave on command: real sockets, one behaviour a server, and every request kept as it came."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from socket import socket
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Request:
    """One request, byte for byte."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's fields."""
        return dict(parse_qsl(urlsplit(self.target).query))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form, or of a JSON object, in which all but text is written as a form has it."""
        if self.headers.get("content-type") == "application/json":
            return {name: one if isinstance(one, str) else json.dumps(one) for name, one in self.json.items()}
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> dict[str, object]:
        """The body as a JSON object."""
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[bool | None]]  # True: keep the connection for the next request


@dataclass
class Sink:
    """A server on loopback with one behaviour."""

    url: str
    requests: list[Request] = field(default_factory=list)
    connections: int = 0


@asynccontextmanager
async def serve(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Sink]:
    """A sink for as long as the context lives."""
    sink = Sink("")
    open_lines: set[asyncio.StreamWriter] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sink.connections += 1
        open_lines.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            while True:
                request = await _read_request(reader)
                sink.requests.append(request)
                if not await behave(request, writer):
                    break
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    sink.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        server.close()
        for writer in open_lines:
            writer.transport.abort()
        await asyncio.sleep(0.01)


async def _read_request(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    return Request(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def raw(status: int, body: bytes, kind: str = "application/json", **headers: str) -> bytes:
    """A whole answer."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body


def answering(status: int, body: object, kind: str = "application/json", **headers: str) -> Behaviour:
    """Always this answer, well-formed; bytes as they are, anything else as JSON."""
    sent = raw(status, body if isinstance(body, bytes) else json.dumps(body).encode(), kind, **headers)

    async def behave(_request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(sent)
        await writer.drain()
        return True

    return behave


def replying(reply: Callable[[Request], tuple[int, object]]) -> Behaviour:
    """An answer that depends on the request."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        status, body = reply(request)
        writer.write(raw(status, body if isinstance(body, bytes) else json.dumps(body).encode()))
        await writer.drain()
        return True

    return behave


async def cut(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Take the request, then hang up: accepted or not, nobody knows."""
    writer.transport.abort()


async def cut_midway(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Announce an answer and hang up in the middle of it."""
    writer.write(raw(200, b'{"ok":true,"result":{"message_id":7}}')[:-9])
    await writer.drain()


async def speak_garbage(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Not HTTP at all."""
    writer.write(bytes(range(256)) * 8)
    await writer.drain()


async def say_nothing(_request: Request, _writer: asyncio.StreamWriter) -> None:
    """Take the request and never answer."""
    await asyncio.sleep(60)


async def drip(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Slow-loris: one octet of the answer every tenth of a second, without end."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def flood(_request: Request, writer: asyncio.StreamWriter) -> None:
    """A body of 1 GB, as fast as it is taken."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n")
    for _ in range(1000):
        writer.write(b" " * 1_000_000)
        await writer.drain()


async def swell_headers(_request: Request, writer: asyncio.StreamWriter) -> None:
    """Header after header, without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(200_000):
        writer.write(b"x-%d: %s\r\n" % (number, b"y" * 200))
        await writer.drain()


@contextmanager
def closed_port() -> Iterator[str]:
    """An address where nobody listens, kept from others meanwhile."""
    with socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@contextmanager
def deaf_port() -> Iterator[str]:
    """An address that takes connections and never says a word: a TLS handshake there has no end."""
    with socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen(16)
        yield f"https://127.0.0.1:{held.getsockname()[1]}"


def own_certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a certificate nobody trusts, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "gateway.pem", folder / "gateway.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
