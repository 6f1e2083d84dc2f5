"""A small JSON API for whoever runs the network in a process of its own: ``/control/…``. It is no provider's."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, fields
from typing import Protocol

from aiohttp import web

from notifier.practice.faults import Faults
from notifier.practice.ledger import Ledger
from notifier.practice.staff import Given, Resident, Said, Town
from notifier.practice.wire import read_object

Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Hooked(Protocol):
    hook_url: str


class _Network(Protocol):
    @property
    def town(self) -> Town: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def android(self) -> _Hooked: ...
    @property
    def ovh(self) -> _Hooked: ...


def read_resident(told: object) -> Resident:
    """One person from JSON: ``key`` and ``name``, and whatever devices there are. Raises ValueError."""
    if not isinstance(told, dict):
        raise ValueError("a resident is an object")
    if strange := told.keys() - {one.name for one in fields(Resident)}:
        raise ValueError(f"unknown field {min(strange)}")
    key, name = told.get("key"), told.get("name")
    if not isinstance(key, str) or not isinstance(name, str):
        raise ValueError("a resident has a key and a name")
    chat = told.get("chat")
    if chat is not None and not (isinstance(chat, int | str) and str(chat).isdigit()):
        raise ValueError("a chat is a number")
    phone, mail = (str(told[one]) if told.get(one) else None for one in ("phone", "mail"))
    group, post = (str(told.get(one) or "") for one in ("group", "post"))
    return Resident(key, name, int(chat) if chat else None, phone, mail, group, bool(told.get("on_duty")), post)


def read_residents(told: object) -> list[Resident]:
    """Many. Raises ValueError."""
    if not isinstance(told, list):
        raise ValueError("residents come as a list")
    return [read_resident(one) for one in told]


def routes(network: _Network) -> list[web.RouteDef]:
    """What the server mounts."""
    return [
        web.get("/control/health", _soundly(lambda _: _health(network))),
        web.get("/control/ledger", _soundly(lambda request: _ledger(network, request))),
        web.get("/control/answers", _soundly(lambda _: _answers(network))),
        web.get("/control/faults", _soundly(lambda _: _faults(network))),
        web.post("/control/faults", _soundly(lambda request: _set_faults(network, request))),
        web.get("/control/residents", _soundly(lambda _: _residents(network))),
        web.post("/control/residents", _soundly(lambda request: _settle(network, request))),
        web.post("/control/hooks", _soundly(lambda request: _set_hooks(network, request))),
    ]


def _soundly(act: Handler) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        try:
            return await act(request)
        except ValueError as bad:
            return web.json_response({"error": str(bad)}, status=400)

    return answer


async def _health(network: _Network) -> web.Response:
    return web.json_response({"residents": len(network.town.residents), "ledger": network.ledger.counts()})


async def _ledger(network: _Network, request: web.Request) -> web.Response:
    """All entries, or those from the ``since``-th on."""
    since = request.query.get("since", "0")
    if not since.isdigit():
        raise ValueError("since is a number")
    entries = [entry.to_json() for entry in network.ledger.entries[int(since) :]]
    told = {"counts": network.ledger.counts(), "duplicates": network.ledger.duplicates(), "worst": network.ledger.worst()}
    return web.json_response({**told, "entries": entries})


async def _answers(network: _Network) -> web.Response:
    def draw(lines: Iterable[Given | Said]) -> list[dict[str, object]]:
        return [asdict(line) | {"at": line.at.isoformat()} for line in lines]

    town = network.town
    return web.json_response({"given": draw(town.given), "intended": draw(town.intended), "said": draw(town.said)})


async def _faults(network: _Network) -> web.Response:
    return web.json_response(network.faults.to_json())


async def _set_faults(network: _Network, request: web.Request) -> web.Response:
    network.faults.apply(await read_object(request))
    return await _faults(network)


async def _residents(network: _Network) -> web.Response:
    town = network.town
    told = [
        {**asdict(one), "working": sorted(map(list, town.working(one.key))), "answers": town.habits[one.key].answers}
        for one in town.residents.values()
    ]
    return web.json_response(told)


async def _settle(network: _Network, request: web.Request) -> web.Response:
    network.town.settle(read_residents((await read_object(request)).get("residents")))
    return await _health(network)


async def _set_hooks(network: _Network, request: web.Request) -> web.Response:
    """``{"android": url, "ovh": url}``: where receipts and texts are told."""
    told = await read_object(request)
    for name, gateway in (("android", network.android), ("ovh", network.ovh)):
        if name in told:
            gateway.hook_url = str(told[name] or "")
    return web.json_response({"android": network.android.hook_url, "ovh": network.ovh.hook_url})
