"""A mail relay that misbehaves on command: every dialogue is kept, every reply can be changed, every command can be the last."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from notifier.channels import email
from notifier.channels.contract import Channel, Parcel
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.message import Words
from notifier.domain.people import Address
from notifier.domain.people import Channel as Kind

CUT = "cut"  # hang up without a reply
HANG = "hang"  # never reply
REPLIES = {
    "GREETING": "220 relay.test ESMTP",
    "EHLO": "250 relay.test",
    "STARTTLS": "220 2.0.0 go ahead",
    "AUTH": "235 2.7.0 ok",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 end with a dot",
    "END": "250 2.0.0 Ok: queued as 4BAGtt0q2z",
    "RSET": "250 2.0.0 ok",
    "QUIT": "221 2.0.0 bye",
}


@dataclass
class Relay:
    """A relay on loopback."""

    replies: dict[str, str] = field(default_factory=dict)  # what differs from REPLIES; a list of turns, with | between
    offers: tuple[str, ...] = ()  # EHLO lines
    tls: ssl.SSLContext | None = None
    port: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)  # of each letter: came over TLS

    @property
    def address(self) -> str:
        """As a lane names it."""
        return f"127.0.0.1:{self.port}"

    def reply(self, verb: str) -> str:
        """The next reply to this command; the last turn stays."""
        turns = self.replies.get(verb, REPLIES.get(verb, "500 5.5.1 what")).split("|")
        if len(turns) > 1:
            self.replies[verb] = "|".join(turns[1:])
        return turns[0]


@asynccontextmanager
async def run_relay(relay: Relay) -> AsyncIterator[Relay]:
    """The relay, listening."""
    lines: set[asyncio.StreamWriter] = set()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        relay.connections += 1
        lines.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            await _talk(relay, reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        for writer in lines:
            writer.transport.abort()
        await asyncio.sleep(0.01)


async def _talk(relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    secure = False
    if not await _say(relay, "GREETING", writer):
        return
    while line := (await reader.readuntil(b"\r\n")).decode("ascii").rstrip("\r\n"):
        verb = line.split()[0].upper()
        relay.commands.append(line)
        if verb == "EHLO":
            offers = [offer for offer in relay.offers if not (secure and offer == "STARTTLS")]
            for offer in (("relay.test", *offers) if offers else ())[:-1]:
                writer.write(f"250-{offer}\r\n".encode())
            if offers and "EHLO" not in relay.replies:
                writer.write(f"250 {offers[-1]}\r\n".encode())
                continue
        said = await _say(relay, verb, writer)
        if not said or verb == "QUIT":
            return
        if verb == "STARTTLS" and relay.tls is not None:
            await _turn_secure(writer, relay.tls)
            secure = True
        if verb == "DATA" and said.startswith("354"):
            relay.letters.append(await reader.readuntil(b"\r\n.\r\n"))
            relay.secure.append(secure)
            if not await _say(relay, "END", writer):
                return


async def _turn_secure(writer: asyncio.StreamWriter, tls: ssl.SSLContext) -> None:
    plain = writer.transport
    try:
        await writer.start_tls(tls)
    except AttributeError:  # Python 3.11, where the client leaves in the handshake: the writer is left without a transport
        writer.__dict__["_transport"] = plain
        raise ConnectionResetError from None


async def _say(relay: Relay, verb: str, writer: asyncio.StreamWriter) -> str:
    """What was said; empty where the relay has hung up."""
    reply = relay.reply(verb)
    if reply == CUT:
        return ""
    if reply == HANG:
        await asyncio.sleep(60)
    writer.write(reply.encode() + b"\r\n")
    await writer.drain()
    return "" if reply.startswith("421") else reply


LANE = LaneSettings("relay", Kind.EMAIL, "email", Network.PRACTICE, "", 20, sender="alerte@groupe.example.org")
TEXT = "RÉEL HGX1-01 Kerlic 04/10 22h45\n\nPassez au papier, pochette rouge.\n.\n..Ne coupez aucun appareil de soin.\nCode K7M4\n"
SUBJECT = "RÉEL HGX1-01 Kerlic : passez au papier"


def mailed(ref: str = "4611686018427387905", to: str = "alla@kerlic.example", **changes: object) -> Parcel:
    """Alla's e-mail."""
    parcel = Parcel(ref, Address(Kind.EMAIL, to), Words(TEXT, SUBJECT), timedelta(minutes=30))
    return replace(parcel, **changes)  # type: ignore[arg-type]  # a test names the fields that it changes


@asynccontextmanager
async def lane_to(relay: Relay | str, settings: LaneSettings = LANE, **options: str) -> AsyncIterator[Channel]:
    """The room's channel, its lane pointed at the relay."""
    address = relay if isinstance(relay, str) else relay.address
    async with email.open_channel(replace(settings, address=address, options={**settings.options, **options})) as channel:
        yield channel
