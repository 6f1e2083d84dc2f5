"""``notifier demo``: one night, from a roster of nine clinics to simulated phones and back; nobody is called, nothing leaves.

The story's clock runs ``--speed`` times faster; deadlines of calls, leases, pace and a provider's retry_after stay real.
"""

import asyncio
import os
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
import uvloop
from rich.console import Console, RenderableType
from rich.live import Live
from rich.text import Text

from notifier.bot import hear_staff
from notifier.cli.board import write_lists, write_paper
from notifier.cli.language import pick_language, show_count, speak
from notifier.cli.opening import operator_name, screen, width_of
from notifier.cli.reckoning import Account, Copy, Word, as_line, read_listed, take_account
from notifier.cli.rehearsal import Stage, evening, make_lanes, make_settings, neighbours, set_stage
from notifier.cli.story import PAPER, Told, tell_night
from notifier.cli.wall import Shown, draw_boards, draw_progress
from notifier.clock import Clock
from notifier.desk.answering import Source
from notifier.desk.desk import Desk
from notifier.desk.importing import import_contacts
from notifier.desk.noticing import count_unsaid
from notifier.desk.operators import enter
from notifier.desk.shipped import shipped
from notifier.desk.showing import list_missing, show_board, show_ways
from notifier.domain.authority import Actor
from notifier.domain.delivery import FAILED, TAKEN, State
from notifier.domain.errors import BadValue
from notifier.domain.template import show_clock
from notifier.practice import Network, open_network
from notifier.settings.values import read_database_url
from notifier.web.serving import serve_web
from notifier.wiring import House, open_house, run_house

PARIS = ZoneInfo("Europe/Paris")
SMALL = 500  # people: up to here the night passes 60 times faster, beyond 15 times, for a lane's pace stays real
PICTURE = 0.5  # s, real, between two pictures of the night
LAST_LOOKS = 40  # whether everything has been said, a picture's time apart
INTERRUPTED = 130
aside = Console(stderr=True, highlight=False, markup=False, width=width_of(sys.stderr))


def demo(
    staff: Annotated[int | None, typer.Option(help="Nombre de personnes ; toutes par défaut.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Graine : la même nuit, les mêmes habitudes.")] = 1,
    speed: Annotated[float | None, typer.Option(help="Combien de fois plus vite passe la nuit.", min=1, max=600)] = None,
    once: Annotated[bool, typer.Option("--once", help="S'arrête quand l'histoire est finie.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Dernière ligne : les comptes, en JSON.")] = False,
    faults: Annotated[float, typer.Option(help="Probabilité qu'un appel tourne mal, de 0 à 1.", min=0, max=1)] = 0.0,
    database: Annotated[str, typer.Option(help="postgresql://… ; SQLite par défaut.")] = "",
    port: Annotated[int, typer.Option(help="Port de la page ; libre par défaut.", min=0, max=65535)] = 0,
) -> None:
    pace = speed or (60.0 if staff is not None and staff <= SMALL else 15.0)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        base = Path(os.environ.get("NOTIFIER_HOME", "var")).resolve()
        code = runner.run(_play(base, staff, seed, pace, once, json, faults, database, port))
    if code:
        raise typer.Exit(code)


async def _play(
    base: Path, staff: int | None, seed: int, speed: float, once: bool, json: bool, faults: float, database: str, port: int
) -> int:
    """The exit code."""
    leaving = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, leaving.set)
    began = Clock()
    clock = Clock(speed=speed, started=evening(began.wall().astimezone(PARIS)))
    postgres = _read_postgres(database)
    stage = set_stage(base, shipped("contacts"), staff, seed, clock.now().astimezone(PARIS), PAPER)
    url = _own_schema(postgres, stage)
    aside.print(textwrap.fill(speak("demo.what"), aside.width), style="bold")  # at once: the rest takes some seconds to stand
    async with _open_stage(stage, clock, seed, faults, url, port or _free_port()) as night:
        _say_hello(night, seed, faults)
        whole = await _pass_night(night, leaving)
        await _hear_out(night)
        accounts = await _reckon(night)
        for picture in draw_boards(night.desk, await night.look(), screen.width):
            screen.print(picture)
        lost = sum(account.lost for account in accounts)
        screen.print(_last_word(night, accounts, whole=whole), soft_wrap=True)
        if json:
            typer.echo(await _sum_up(night, accounts, seed, began))
        if whole and not once:
            aside.print(speak("demo.stays"), soft_wrap=True)
            await _follow(night, asyncio.create_task(leaving.wait()))
    return (1 if lost else 0) if whole else INTERRUPTED


@dataclass(slots=True)
class Night:
    """What the demo works with while the night lasts."""

    house: House
    actor: Actor
    stage: Stage
    network: Network
    told: list[Told] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        return self.house.desk

    async def look(self) -> list[Shown]:
        """Every alert so far with its board."""
        return [(told, await show_board(self.desk, self.actor, told.code)) for told in self.told]

    async def draw(self) -> RenderableType:
        """The night so far."""
        return draw_progress(self.desk, await self.look(), self.network.ledger.counts(), aside.width)


def _say_hello(night: Night, seed: int, faults: float) -> None:
    """Who plays, and where to look."""
    people = night.stage.roster.residents
    facts = {"clinics": len({resident.clinic for resident in people}), "people": show_count(len(people)), "seed": seed}
    speed = f"{night.desk.clock.speed:g}"
    aside.print(textwrap.fill(speak("demo.who", **facts, speed=speed, faults=f"{faults * 100:g}"), aside.width))
    for line in (  # a terminal wraps these itself, so that an address can be copied whole
        speak("demo.phones", phones=night.network.phones_url),
        speak("demo.service", url=night.house.settings.public_url),
        speak("demo.home", home=str(night.stage.home)),
    ):
        aside.print(line, soft_wrap=True)
    aside.print()


def _say(at: datetime, sentence: str) -> None:
    """One line of the story with its hour; rich puts it above the picture that moves."""
    hour = show_clock(at, pick_language())
    told = textwrap.fill(sentence, aside.width, initial_indent=f"{hour}  ", subsequent_indent=" " * (len(hour) + 2))
    aside.print(Text.assemble((hour, "bold yellow"), told.removeprefix(hour)))


async def _pass_night(night: Night, leaving: asyncio.Event) -> bool:
    """Tell the story to its end, or until somebody leaves; False then."""
    telling = asyncio.create_task(tell_night(night.house, night.actor, night.told, _say))
    leave = asyncio.create_task(leaving.wait())
    await _follow(night, telling, leave)
    leave.cancel()
    if telling.done():
        telling.result()
        return True
    telling.cancel()
    await asyncio.wait([telling])
    return False


async def _follow(night: Night, *ends: asyncio.Task[object]) -> None:
    """The picture that moves, where there is a screen, until one of these tasks ends; a file gets the last one."""
    if not aside.is_terminal:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        aside.print(await night.draw())
        return
    with Live(console=aside, auto_refresh=False) as live:
        while not any(end.done() for end in ends):
            began = night.desk.clock.real()
            live.update(await night.draw(), refresh=True)
            pause = max(PICTURE, 4 * (night.desk.clock.real() - began))  # the picture never costs the night more than a fifth
            await asyncio.wait(ends, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
        live.update(await night.draw(), refresh=True)


@asynccontextmanager
async def _open_stage(stage: Stage, clock: Clock, seed: int, faults: float, database: str, port: int) -> AsyncIterator[Night]:
    """House, operator and network, all at work; the web face first, so that it answers at once."""
    async with AsyncExitStack() as stack:
        people = neighbours(stage.roster, clock.now().astimezone(PARIS).replace(tzinfo=None))
        network = await stack.enter_async_context(open_network(people, clock=clock, seed=seed, faults=faults))
        settings = make_settings(stage, database, port, make_lanes(network))
        house = await stack.enter_async_context(open_house(settings, clock))
        await stack.enter_async_context(run_house(house))
        faces = await stack.enter_async_context(hear_staff(house))
        await stack.enter_async_context(serve_web(house, {name: face.take_update for name, face in faces.items()}))
        network.ovh.hook_url = f"{settings.public_url}/hooks/sms"
        network.android.hook_url = f"{settings.public_url}/hooks/telephone"
        actor = await enter(house.desk, operator_name())
        await import_contacts(house.desk, actor, [stage.contacts])
        yield Night(house, actor, stage, network)


def _read_postgres(database: str) -> str:
    if not database:
        return ""
    try:
        url = read_database_url(database)
    except ValueError as refused:
        raise BadValue("--database", "database") from refused
    if not url.startswith("postgresql"):
        raise BadValue("--database", "database")
    return url


def _own_schema(url: str, stage: Stage) -> str:
    """On PostgreSQL each run has a schema of its own; on SQLite a file in its home."""
    return url and f"{url}{'&' if '?' in url else '?'}schema={stage.home.name.replace('-', '_')}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _hear_out(night: Night) -> None:
    """Receipts and help are on their way a little longer than the alerts: the account is taken once they have been said."""
    for _ in range(LAST_LOOKS):
        if not await count_unsaid(night.desk):
            return
        await asyncio.sleep(PICTURE)


async def _reckon(night: Night) -> list[Account]:
    """Account for everybody from the CSV, the gateways' ledger and the lists as they were exported."""
    copies = [Copy(e.channel, e.address, e.alert, e.delivered, e.real) for e in night.network.ledger]
    words = [Word(each.key, each.alert, each.given, each.real) for each in night.network.town.confirmed]
    works: Callable[[str, str], bool] = night.network.town.works
    accounts = []
    for alert in night.told:
        lists = await list_missing(night.desk, night.actor, alert.code)
        paths = write_lists(lists, night.stage.lists)
        write_paper(night.desk, lists, night.stage.lists)
        called = night.stage.roster.called(alert.kind, alert.service, alert.at.replace(tzinfo=None))
        accounts.append(take_account(alert.code, alert.kind, called, copies, read_listed(paths[0]), works, words))
    return accounts


def _last_word(night: Night, accounts: Sequence[Account], *, whole: bool) -> str:
    lost, folder = sum(account.lost for account in accounts), str(night.stage.lists)
    if not whole:
        at = show_clock(night.desk.clock.now().astimezone(night.desk.zone), pick_language())
        return speak("demo.interrupted", at=at, open=show_count(lost))
    if lost:
        return speak("demo.lost", lost=show_count(lost), folder=folder)
    first = accounts[0]
    reached, unreachable = show_count(first.reached), show_count(first.unreachable)
    return f"{speak('demo.whole', reached=reached, unreachable=unreachable)}\n{speak('demo.lists', folder=folder)}"


async def _sum_up(night: Night, accounts: Sequence[Account], seed: int, began: Clock) -> str:
    alerts = []
    for account in accounts:
        view = await show_board(night.desk, night.actor, account.code)
        ways, climbed = await show_ways(night.desk, night.actor, account.code)
        states = view.delivery.states
        counts = asdict(account)
        alerts.append(
            {
                **{
                    name: counts[name] for name in ("code", "kind", "people", "reached", "unreachable", "listed_though_reachable")
                },
                "answered": view.delivery.answered,
                "queued": sum(states.values()),
                "accepted": sum(states.get(state, 0) for state in (*TAKEN, State.UNDELIVERED)),
                "failed": sum(states.get(state, 0) for state in FAILED - {State.EXPIRED}),
                "expired": states.get(State.EXPIRED, 0),
                "by_channel": {
                    "telegram": ways[Source.TELEGRAM],
                    "sms": ways[Source.SMS] + ways[Source.SMS_CODE],
                    "web": ways[Source.WEB],
                    "email": ways[Source.EMAIL],
                    "by_hand": ways[Source.BY_HAND],
                },
                "escalated": climbed,
                "called_by_hand": view.board.total.by_hand,
                "stood_down": view.board.total.stood_down,
                "in_flight": account.in_flight,
                "steps_after_answer": account.steps_after_answer,
            }
        )
    passed = (began.wall() - began.started) / timedelta(seconds=1)
    return as_line(
        {
            "seed": seed,
            "staff": len(night.stage.roster.residents),
            "alerts": alerts,
            "ledger": night.network.ledger.counts(),
            "lost": sum(account.lost for account in accounts),
            "duplicates": sum(account.duplicates for account in accounts),
            "seconds": round(passed, 1),
        }
    )
