"""Where gateways report and texts come in: ``/hooks/{lane}``.

A signature is checked over the raw body before anything is parsed or asked of the database. 200, with what the provider wants to
read, is said only after the commit; when the database is in trouble it is 503, and the provider tells us again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from notifier.channels import ROOMS
from notifier.channels.contract import Forged, Hook
from notifier.desk.desk import Desk
from notifier.desk.listening import take_in
from notifier.domain.lane import LaneSettings
from notifier.web.gate import Gate
from notifier.web.source import read_body, source_of

TakeUpdate = Callable[[bytes], Awaitable[None]]  # the bot face's, for a Telegram lane in webhook mode


class Hooks:
    """One door for all lanes. ``updates`` are the takers of Telegram updates by lane; without one a bot is polled instead."""

    def __init__(
        self, desk: Desk, lanes: Sequence[LaneSettings], gate: Gate, updates: Mapping[str, TakeUpdate] | None = None
    ) -> None:
        self._desk = desk
        self._lanes = {lane.name: lane for lane in lanes}
        self._gate = gate
        self._updates = updates or {}

    async def __call__(self, request: Request) -> Response:
        """200 after the commit · 403 forged · 404 no such lane · 429 a source that did nothing but harm."""
        source, real = source_of(request), self._desk.clock.real()
        lane = self._lanes.get(str(request.path_params["lane"]))
        if not self._gate.bears(source, real):
            return Response(status_code=429, headers={"retry-after": "60"})
        if lane is None:
            self._gate.blame(source, real)
            return Response(status_code=404)
        hook = await _read_hook(request)
        try:
            heard = ROOMS[lane.gateway].read_report(lane, hook)
        except Forged:
            self._gate.blame(source, real)
            return Response(status_code=403)
        self._gate.trust(source, real)
        texts = [(text.sender, text.text, text.event_id) for text in heard.texts]
        await take_in(self._desk, lane.name, heard.reports, texts)
        if take := self._updates.get(lane.name):
            await take(hook.body)
        return Response(heard.reply, media_type="text/plain")


async def _read_hook(request: Request) -> Hook:
    return Hook(
        method=request.method,
        path=request.url.path,
        headers={name.lower(): value for name, value in request.headers.items()},
        query=dict(request.query_params),
        body=await read_body(request),
    )
