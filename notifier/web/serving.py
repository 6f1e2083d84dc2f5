"""The web face on its port, for as long as a context lives: uvicorn in this process and this event loop."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from notifier.domain.errors import PortTaken
from notifier.web.app import make_app
from notifier.web.hooks import TakeUpdate
from notifier.wiring import House

GRACE = 5  # s for requests under way when we stop
_REFUSED = {errno.EACCES: "denied", errno.EADDRNOTAVAIL: "host", socket.EAI_NONAME: "host"}
CONNECTIONS = 1000  # at once; beyond it 503


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: whoever runs the house decides when it stops."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.open = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says when the door is open."""
        await super().startup(sockets)
        self.open.set()


@asynccontextmanager
async def serve_web(house: House, updates: Mapping[str, TakeUpdate] | None = None) -> AsyncIterator[int]:
    """The house's web face on its configured port; gives the port. Raises PortTaken."""
    settings = house.settings
    app = make_app(house.desk, lanes=settings.lanes, metrics_token=settings.metrics_token, updates=updates)
    async with serve_app(app, settings.host, settings.port) as port:
        yield port


@asynccontextmanager
async def serve_app(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """The application on ``host:port`` (0: any free one) until the context ends; requests under way are finished."""
    listener = _listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,  # a path holds a token
        server_header=False,
        date_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    with listener:
        task = asyncio.create_task(server.serve([listener]), name="web")
        try:
            await server.open.wait()
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)  # before we say that we are there, so that a second process fails at once
    except OSError as refused:
        listener.close()
        raise PortTaken(host, port, _REFUSED.get(refused.errno or 0, "")) from refused
    listener.setblocking(False)
    return listener
