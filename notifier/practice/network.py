"""The whole rehearsal network on loopback: one HTTP port, one mail port, and everybody who lives behind them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from aiohttp import web

from notifier.clock import Clock
from notifier.practice import control, phones
from notifier.practice.android import AndroidGateway
from notifier.practice.botapi import BotApi
from notifier.practice.courier import Courier
from notifier.practice.faults import Faults
from notifier.practice.ledger import Ledger
from notifier.practice.mailbox import Mailroom, close_mailroom, open_mailroom
from notifier.practice.ovh import OvhGateway
from notifier.practice.staff import Customs, Given, Resident, Town
from notifier.practice.updates import UpdateQueue

TOKEN = "7000000001:" + "practice" * 4 + "abc"
HOOK_PATIENCE = aiohttp.ClientTimeout(total=10)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass
class Network:
    """Where everything is, and what happened. ``android.hook_url`` and ``ovh.hook_url`` are set by whoever wants receipts."""

    url: str
    mail_port: int
    town: Town
    ledger: Ledger
    faults: Faults
    bot: BotApi
    android: AndroidGateway
    ovh: OvhGateway
    mailroom: Mailroom

    @property
    def telegram_url(self) -> str:
        """The Bot API's base address: python-telegram-bot's ``base_url`` is this and ``/bot``."""
        return f"{self.url}/telegram"

    @property
    def android_url(self) -> str:
        """The telephone's, before ``/messages``."""
        return f"{self.url}/android"

    @property
    def ovh_url(self) -> str:
        """OVHcloud's API, before ``/sms``."""
        return f"{self.url}/ovh/1.0"

    @property
    def phones_url(self) -> str:
        """The page that shows the phones."""
        return f"{self.url}/phones"

    @property
    def given(self) -> list[Given]:
        """Every answer that somebody gave and that went through."""
        return self.town.given


@asynccontextmanager
async def open_network(
    residents: Sequence[Resident],
    *,
    clock: Clock,
    seed: int = 1,
    faults: float = 0.0,
    customs: Customs | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    mail_port: int = 0,
    mail_tls: ssl.SSLContext | None = None,
    mail_login: tuple[str, str] | None = None,
    grey_for: timedelta | None = None,
) -> AsyncIterator[Network]:
    """Start it; port 0 takes a free one. ``customs`` are the odds of habits, ``mail_tls`` offers STARTTLS, ``mail_login`` asks
    AUTH, ``grey_for`` greylists. Raises ValueError where ``host`` is not this machine, OSError where a port is taken."""
    if host not in LOOPBACK:
        raise ValueError("the rehearsal network stays on loopback")
    town = Town({resident.key: resident for resident in residents}, seed, clock, customs or Customs())
    ledger, trouble = Ledger(), Faults(seed, faults)
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=50)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=HOOK_PATIENCE, connector=connector))
        updates = UpdateQueue(session)
        stack.push_async_callback(updates.close)
        stack.push_async_callback(town.close)
        courier = Courier(town, ledger, trouble, clock, session)
        bot = BotApi(TOKEN, town, ledger, trouble, clock, updates)
        android, ovh = AndroidGateway(courier), OvhGateway(courier)
        mailroom = Mailroom(town, ledger, trouble, clock, session, grey_for=grey_for, login=mail_login)
        server = await open_mailroom(mailroom, host, mail_port, mail_tls)
        stack.push_async_callback(close_mailroom, server, mailroom)
        network = Network("", server.sockets[0].getsockname()[1], town, ledger, trouble, bot, android, ovh, mailroom)
        routes = [
            *bot.routes(),
            *android.routes(),
            *ovh.routes(),
            *phones.routes(town, ledger, trouble, bot.stands),
            *control.routes(network),
        ]
        network.url = await stack.enter_async_context(_serve(routes, host, port))
        yield network


@asynccontextmanager
async def _serve(routes: Sequence[web.RouteDef], host: str, port: int) -> AsyncIterator[str]:
    app = web.Application(client_max_size=1 << 20)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield f"http://{host if ':' not in host else f'[{host}]'}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)
