"""The web face of the house: the staff's page, the gateways' door, and what monitoring asks."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notifier.desk.desk import Desk
from notifier.domain.errors import DiskFull, NotReady
from notifier.domain.lane import LaneSettings
from notifier.web.answer import AnswerPage
from notifier.web.drawing import HEADERS, draw_error
from notifier.web.engine import Engine
from notifier.web.gate import Gate
from notifier.web.hooks import Hooks, TakeUpdate
from notifier.web.team import TeamPage

log = logging.getLogger(__name__)

_OURS = {name.encode(): value.encode() for name, value in HEADERS.items()}
BODY_LIMIT = 256 * 1024  # octets of any request: a provider's largest report is far smaller


def make_app(
    desk: Desk,
    *,
    lanes: Sequence[LaneSettings] | None = None,
    metrics_token: str = "",
    updates: Mapping[str, TakeUpdate] | None = None,
) -> Starlette:
    """The ASGI application. ``lanes`` are the desk's unless given; an empty ``metrics_token`` means no ``/metrics``."""
    gate = Gate()
    engine = Engine(desk, gate, metrics_token)
    page, team_page = AnswerPage(desk, gate), TeamPage(desk, gate)
    hooks = Hooks(desk, desk.lanes if lanes is None else lanes, gate, updates)

    async def answer(request: Request) -> Response:
        return await page(request)

    async def team(request: Request) -> Response:
        return await team_page(request)

    async def hook(request: Request) -> Response:
        return await hooks(request)

    return Starlette(
        routes=[
            Route("/r/{token}", answer, methods=["GET", "POST"]),
            Route("/r/{token}/team", team, methods=["GET", "POST"]),
            Route("/hooks/{lane}", hook, methods=["GET", "POST"]),
            Route("/hooks/{lane}/{rest:path}", hook, methods=["GET", "POST"]),
            Route("/livez", engine.live),
            Route("/readyz", engine.ready),
            Route("/health/engine", engine.health),
            Route("/metrics", engine.metrics),
        ],
        # Inside: the limit cuts an answer short by an exception of its own, which is no accident of ours.
        middleware=[Middleware(Guarded), Middleware(RequestBodyLimitMiddleware, max_body_size=BODY_LIMIT)],
        exception_handlers={HTTPException: _refuse},
    )


async def _refuse(request: Request, refusal: Exception) -> Response:
    status = refusal.status_code if isinstance(refusal, HTTPException) else 500
    return draw_error(request, status)


class Guarded:
    """Around every answer: the security headers; and a calm page where something broke, never a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = [header for header in message["headers"] if header[0] not in _OURS]
                message = {**message, "headers": [*given, *_OURS.items()]}
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:  # noqa: BLE001 - the error page; its text may be personal, so only kind and place are told
            log.error("a request failed: %s at %s", type(error).__name__, _place(error))
            if begun:
                return None  # uvicorn cuts the connection
            status = 507 if isinstance(error, DiskFull) else 503 if isinstance(error, NotReady) else 500
            await draw_error(Request(scope), status)(scope, receive, send_guarded)
        return None


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
