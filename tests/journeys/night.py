"""One night with the whole house at work on the practice network: wiring, lanes, rounds, bot and web face, all on loopback.

The story's clock stands still until it is wound; what is real (deadlines of calls, leases, pace) stays real. Nobody of the cast
does anything by himself: a journey says who presses, texts or opens a page. Alla is on duty, Boris is off duty, Clara works in
another clinic and must never be called.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import and_, func, select, true

from notifier.bot import hear_staff
from notifier.cli.rehearsal import make_lanes
from notifier.clock import Clock
from notifier.desk.alerting import Raised, preview_alert, send_alert, stop_alert
from notifier.desk.importing import import_contacts
from notifier.desk.incidents import open_incident
from notifier.desk.operators import enter
from notifier.desk.planning import Order
from notifier.desk.showing import BoardView, list_missing, show_board
from notifier.domain.authority import Actor
from notifier.domain.board import ServiceLine
from notifier.domain.lane import LaneSettings
from notifier.practice import Customs, Entry, Network, Resident, open_network
from notifier.practice.staff import Message
from notifier.settings import Settings
from notifier.store import tables
from notifier.store.transaction import Tx
from notifier.web.serving import serve_web
from notifier.wiring import House, open_house, read_credit, run_house

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Quimper
PARIS = ZoneInfo("Europe/Paris")
SILENT = Customs(asleep=1.0, muted=0, locker=0, no_signal=0, nonsense=0, blocked_bot=0, lost_sim=0, closed_mailbox=0)
PATIENCE = 60.0  # s, real: two cores are shared
CHAT = 9_000_000_000_000_000
T = TypeVar("T")
FIRST = {"suite": "23h30"}
SLOW = "Pas encore enregistré"

GROUP = """
name = "Groupe HGX"
[[clinic]]
code = "KER"
name = "Clinique Kerlic"
city = "Quimper"
sms_name = "Kerlic"
in_band_domains = ["kerlic.hgx.example"]
pbx_ranges = ["+333530101"]
staffed_number = "02 61 91 01 00"
[[clinic.service]]
code = "BLOC"
name = "Bloc opératoire"
sms_name = "BLOC"
responsible_role = "CADRE"
[[clinic.service]]
code = "URG"
name = "Urgences"
sms_name = "URG"
responsible_role = "CADRE"
[[clinic]]
code = "SAG"
name = "La Sagesse"
city = "Rennes"
sms_name = "Sagess"
in_band_domains = ["sagess.hgx.example"]
pbx_ranges = ["+333530102"]
staffed_number = "02 61 91 02 00"
[[clinic.service]]
code = "BLOC"
name = "Bloc opératoire"
sms_name = "BLOC"
responsible_role = "CADRE"
"""
HEADER = "matricule;nom;prénom;service;fonction;statut;mobile;e-mail;e-mail pro;telegram;langue;astreinte;volontaire"


@dataclass(slots=True)
class StoryClock(Clock):
    """The story stands still until it is wound."""

    at: datetime = NIGHT

    def now(self) -> datetime:
        """Where its hands stand."""
        return self.at


@dataclass(slots=True)
class TownClock(Clock):
    """The practice network's: the same hands, and receipts that do not keep a test waiting."""

    hands: StoryClock = field(default_factory=StoryClock)

    def now(self) -> datetime:
        """Where the story's hands stand."""
        return self.hands.at

    def seconds(self, story: timedelta) -> float:
        """Next to nothing."""
        return story.total_seconds() / 4000


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast, with the devices given."""

    name: str
    clinic: str = "KER"
    service: str = "BLOC"
    role: str = "IBODE"
    on_shift: bool = False
    volunteer: bool = False
    chat: int | None = None
    phone: str | None = None
    mail: str | None = None
    hospital_mail: str = ""

    @property
    def matricule(self) -> str:
        """As the house keeps it: personnel numbers are capitals."""
        return self.name.upper()

    @property
    def line(self) -> str:
        """The line of the clinic's CSV."""
        chat, volunteer = self.chat or "", "oui" if self.volunteer else ""
        told = (self.matricule, "LE GOFF", self.name, self.service, self.role, "salarié", self.phone or "", self.mail or "")
        return ";".join(map(str, (*told, self.hospital_mail, chat, "fr", "", volunteer)))

    @property
    def resident(self) -> Resident:
        """As the practice network knows him."""
        return Resident(self.name, self.name, self.chat, self.phone, self.mail, self.clinic)


ALLA = Member("Alla", role="CADRE", on_shift=True, chat=CHAT + 1, phone="+33639980001", mail="alla@example.org")
BORIS = Member("Boris", chat=CHAT + 2, phone="+33639980002", mail="boris@example.org")
CLARA = Member("Clara", "SAG", on_shift=True, volunteer=True, chat=CHAT + 3, phone="+33639980003", mail="clara@example.org")
RELAY = Member("Relais", role="RELAIS", phone="+33639980009")
CAST = (ALLA, BORIS, CLARA, RELAY)


@dataclass
class Night:
    """The house, the outside world, and the clock. ``houses`` are several where several processes work."""

    houses: list[House]
    network: Network
    clock: StoryClock
    actor: Actor
    cast: dict[str, Member]
    settings: Settings
    session: aiohttp.ClientSession
    _seen: int = 0

    @property
    def house(self) -> House:
        """The first one: whoever is at the desk uses it."""
        return self.houses[0]

    # the cell

    async def order(self, template: str, to: str = "", values: Mapping[str, str] = FIRST, *, vital: bool | None = None) -> Raised:
        """Preview, confirm, send; the messages are then on their way."""
        order = Order(template, "HGX1", to, values, vital)
        desk = self.house.desk
        preview = await preview_alert(desk, self.actor, order, credit=await read_credit(self.house))
        return await send_alert(desk, self.actor, order, at=preview.plan.at, expects=preview.plan.hash)

    async def send(self, template: str, to: str = "", values: Mapping[str, str] = FIRST, *, vital: bool | None = None) -> str:
        """The same, and everything that can leave has left; gives the alert's number."""
        raised = await self.order(template, to, values, vital=vital)
        await self.settle()
        return raised.code

    async def stop(self, code: str) -> tuple[int, int]:
        """How many messages had left, and how many will not."""
        return await stop_alert(self.house.desk, self.actor, code)

    async def board(self, code: str) -> BoardView:
        """The picture on the wall."""
        return await show_board(self.house.desk, self.actor, code)

    async def service(self, code: str, service: str, clinic: str = "KER") -> ServiceLine:
        """One line of it."""
        board = (await self.board(code)).board
        return next(s for line in board.clinics if line.clinic == clinic for s in line.services if s.service == service)

    async def lists(self, code: str) -> tuple[dict[str, str], list[str]]:
        """Who is not reached and why, and who is to be called by hand."""
        lists = await list_missing(self.house.desk, self.actor, code)
        named = {member.matricule: name for name, member in self.cast.items()}
        not_reached = {named[one.person.matricule]: one.cause for one in lists.not_reached}
        return not_reached, [named[one.person.matricule] for one in lists.by_hand]

    # time

    async def pass_time(self, *, stops: int = 20, **span: float) -> None:
        """Wind the clock on; it stops where something is due, at most so many times."""
        until, least = self.clock.at + timedelta(**span), timedelta(**span) / stops
        while self.clock.at < until:
            due = await self.house.desk.store.read(self._next_due)
            self.clock.at = until if due is None else min(until, max(due, self.clock.at + least))
            await self.settle()

    async def wait_until(self, hour: int, minute: int = 0, *, stops: int = 20) -> None:
        """Wind it to the next such time in Quimper."""
        local = self.clock.at.astimezone(PARIS)
        then = datetime.combine(local.date(), time(hour, minute), PARIS)
        await self.pass_time(stops=stops, seconds=((then if then > local else then + timedelta(days=1)) - local).total_seconds())

    async def settle(self) -> None:
        """Until nothing more can happen at this minute: a whole round found and changed nothing."""
        async with asyncio.timeout(PATIENCE):
            _, before = await self.house.desk.store.read(self._look)
            for house in self.houses:
                house.ring()
            while True:
                await self._whole_round()
                busy, now = await self.house.desk.store.read(self._look)
                if not busy and now == before:
                    return
                before = now

    async def _whole_round(self) -> None:
        """Every watch begins two rounds: the first of them is then over."""
        watches = [house.watch for house in self.houses if house.watch]
        for _ in range(2):
            marks = [watch.looked_at for watch in watches]
            for watch in watches:
                watch.bell.ring()
            while any(watch.looked_at == mark for watch, mark in zip(watches, marks, strict=True)):
                await asyncio.sleep(0.005)

    def _next_due(self, tx: Tx) -> datetime | None:
        """The next instant at which a look, a message or the end of some words is due."""
        rows, people, waiting = tables.outbox, tables.recipients, tables.outbox.c.state.in_(("queued", "unsure"))
        found = [
            tx.execute(select(func.min(column)).where(column > self.clock.now(), narrow)).scalar_one()
            for column, narrow in ((people.c.look_at, true()), (rows.c.due, waiting), (rows.c.expires_at, waiting))
        ]
        return min((instant for instant in found if instant is not None), default=None)

    def _look(self, tx: Tx) -> tuple[bool, object]:
        now, rows, people = self.clock.now(), tables.outbox, tables.recipients
        stuck = set(tx.execute(select(tables.lanes.c.name).where(tables.lanes.c.fault.is_not(None))).scalars())
        stuck |= {lane.settings.name for house in self.houses for lane in house.lanes if lane.is_put_off}
        states = tx.execute(select(rows.c.id, rows.c.state, rows.c.lane, rows.c.due, rows.c.unswept).order_by(rows.c.id)).all()
        looks = tx.execute(
            select(people.c.id, people.c.look_at, people.c.cause, people.c.answer, people.c.unshown).order_by(people.c.id)
        ).all()
        busy = any(
            row.unswept
            or row.state == "on_wire"
            or (row.state in ("queued", "unsure") and row.due <= now and row.lane not in stuck)
            for row in states
        ) or any(look.unshown or (look.look_at is not None and look.look_at <= now) for look in looks)
        spoken = tables.notices
        waiting = and_(spoken.c.stage.in_(("queued", "on_wire")), spoken.c.due <= now, spoken.c.expires_at > now)
        talks = tx.execute(select(spoken.c.id, spoken.c.stage, spoken.c.lane).where(waiting).order_by(spoken.c.id)).all()
        busy = busy or any(talk.lane not in stuck for talk in talks)
        return busy, (states, looks, talks)

    async def until(self, holds: Callable[[], T]) -> T:
        """What ``holds`` gives, once that is something."""
        async with asyncio.timeout(PATIENCE):
            while not (found := holds()):
                await asyncio.sleep(0.01)
        return found

    # the phones

    def break_device(self, name: str, *channels: str) -> None:
        """From now on these devices of somebody take nothing."""
        habits = self.network.town.habits
        habits[name] = replace(habits[name], broken=habits[name].broken | set(channels))

    def owners(self) -> set[str]:
        """Everybody who has got anything."""
        return {self._owner(entry) for entry in self.network.ledger.entries}

    def rang(self) -> list[str]:
        """Which devices have got an alert's message since the last look, in order: ``Alla telegram``."""
        fresh, self._seen = self.network.ledger.entries[self._seen :], len(self.network.ledger.entries)
        return [f"{self._owner(entry)} {entry.channel}" for entry in fresh if entry.alert]

    def _owner(self, entry: Entry) -> str:
        resident = self.network.town.find(entry.channel, entry.address)
        return resident.name if resident else "?"

    def got(self, name: str, channel: str) -> list[str]:
        """An alert's words on one device, oldest first; a letter's subject comes before its text."""
        address = dict(self.cast[name].resident.devices)[channel]
        entries = [entry for entry in self.network.ledger.of(channel, address) if entry.alert]
        return [f"{entry.subject}\n{entry.text}" if entry.subject else entry.text for entry in entries]

    def told(self, name: str, channel: str = "sms") -> list[str]:
        """What the house has said to somebody beside the alerts, oldest first."""
        address = dict(self.cast[name].resident.devices)[channel]
        entries = self.network.ledger.of(channel, address)
        return [entry.text.replace("\u00a0", " ") for entry in entries if not entry.alert]

    def chat(self, name: str) -> list[tuple[str, list[str]]]:
        """What stands in somebody's chat with the bot now: the words and the labels of the buttons."""
        found = self.network.bot.shows(self.cast[name].chat or 0)
        return [(text.replace("\u00a0", " "), labels) for text, labels in found]

    async def write(self, name: str, words: str) -> None:
        """Somebody writes to the bot; returns once it has answered."""
        town, before = self.network.town, len(self.chat(name))
        here = Message("telegram", "telegram", str(self.cast[name].chat), "")
        assert await town.ways["telegram"].say(town.residents[name], here, words)
        await self.until(lambda: len(self.chat(name)) > before)

    async def press(self, name: str, label: str, *, on: str = "", alert: str = "", edited: bool = False) -> str:
        """Press the newest button of that label, on one's own phone or (a modified client) on that of ``on``; gives what the
        person reads. ``edited``: a button that an edit has brought."""
        town = self.network.town
        shown = [message for _, message in town.shown[on or name] if message.channel == "telegram" and alert in message.text]
        again = told = SLOW
        while told.startswith(SLOW):  # a machine under load: the person is asked to press again, and reads that it had counted
            before = len(self.network.bot.answered)
            if edited:
                await self.network.bot.tap(town.residents[name], label)
            else:
                message, offer = next((m, o) for m in reversed(shown) for o in m.offers if o.label == label)
                assert await town.ways["telegram"].give(town.residents[name], message, offer)
            await self.until(lambda before=before: len(self.network.bot.answered) > before)  # type: ignore[misc]
            again, told = told, self.network.bot.answered[-1]["text"].replace("\u00a0", " ")
        return told if again == SLOW else told.replace("Déjà reçu", "Bien reçu")

    async def text(self, name: str, words: str) -> None:
        """A text to the number that the SMS came from; returns once the house has taken it in."""
        number = self.network.ovh.hear(str(self.cast[name].phone), words)
        query = select(tables.receipts.c.event).where(tables.receipts.c.event == f"sms:incoming-{number}")
        async with asyncio.timeout(PATIENCE):
            while not await self.house.desk.store.read(lambda tx: tx.execute(query).first()):
                await asyncio.sleep(0.02)

    async def failed(self, code: str) -> None:
        """Until the house knows that a message of this alert did not arrive."""
        query = select(tables.outbox.c.id).join(tables.alerts, tables.alerts.c.id == tables.outbox.c.alert)
        lost = query.where(tables.alerts.c.code == code, tables.outbox.c.state == "undelivered")
        async with asyncio.timeout(PATIENCE):
            while not await self.house.desk.store.read(lambda tx: tx.execute(lost).first()):
                await asyncio.sleep(0.02)

    def link(self, name: str) -> str:
        """The link in somebody's newest letter."""
        found = re.findall(r"http://\S+/r/[\w-]+", self.got(name, "email")[-1])
        return str(found[-1])

    async def open_page(self, link: str) -> tuple[int, str]:
        """What a browser, or a mail scanner, gets."""
        async with self.session.get(link) as page:
            return page.status, await page.text()

    async def send_page(self, link: str, choice: str) -> tuple[int, str]:
        """Open, choose, send."""
        _, page = await self.open_page(link)
        seal = re.search(r'name="seal" value="([^"]+)"', page)
        form = {"seal": seal[1] if seal else "", "choice": choice}
        async with self.session.post(link, data=form) as done:
            return done.status, await done.text()

    async def answer_of(self, name: str, code: str) -> str | None:
        """The answer of one of the cast that holds."""
        query = (
            select(tables.recipients.c.answer)
            .join(tables.people, tables.people.c.id == tables.recipients.c.person)
            .join(tables.alerts, tables.alerts.c.id == tables.recipients.c.alert)
            .where(tables.people.c.matricule == name.upper(), tables.alerts.c.code == code)
        )
        found: str | None = await self.house.desk.store.read(lambda tx: tx.execute(query).scalar_one())
        return found


def write_contacts(folder: Path, cast: Sequence[Member], since: datetime = NIGHT - timedelta(hours=1)) -> Path:
    """The cast as the clinics' files; the shift began at ``since`` and lasts twelve hours."""
    folder.mkdir(exist_ok=True)
    (folder / "group.toml").write_text(GROUP, encoding="utf-8")
    begins, ends = (f"{(since + span).astimezone(PARIS):%d/%m/%Y %H:%M}" for span in (timedelta(0), timedelta(hours=12)))
    for clinic in ("KER", "SAG"):
        mine = [member for member in cast if member.clinic == clinic]
        (folder / f"{clinic}.csv").write_text("\r\n".join([HEADER, *(m.line for m in mine), ""]), encoding="utf-8")
        shifts = [f"{m.matricule};poste;{begins};{ends}" for m in mine if m.on_shift]
        head = [f"# établi le {begins}", "matricule;type;début;fin"]
        (folder / f"{clinic}-shifts.csv").write_text("\r\n".join([*head, *shifts, ""]), encoding="utf-8")
    return folder


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_settings(home: Path, url: str, lanes: tuple[LaneSettings, ...]) -> Settings:
    """The house's settings on loopback."""
    port = free_port()
    return Settings(
        home=home,
        database_url=url,
        key_file=home.parent / "notifier.key",
        public_url=f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        time_zone="Europe/Paris",
        duty_fresh_hours=48,
        rest_hours=11,
        quiet_until=time(6, 0),
        metrics_token="",
        lanes=lanes,
        source=None,
    )


def make_journey_lanes(network: Network) -> tuple[LaneSettings, ...]:
    """The demo's lanes, whose ears are quicker."""
    return tuple(
        replace(lane, options={**lane.options, "poll_seconds": "0.1"}) if lane.gateway == "ovh" else lane
        for lane in make_lanes(network)
    )


@asynccontextmanager
async def at_work(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """What ``notifier serve`` is, in this process; a graceful stop at its end."""
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings, clock))
        await stack.enter_async_context(run_house(house))
        faces = await stack.enter_async_context(hear_staff(house))
        await stack.enter_async_context(serve_web(house, {name: face.take_update for name, face in faces.items()}))
        yield house


@asynccontextmanager
async def open_night(
    url: str, home: Path, cast: Sequence[Member] = CAST, *, exercise: bool = False, lanes: tuple[str, ...] = ()
) -> AsyncIterator[Night]:
    """22h45 at Kerlic: contacts imported, incident HGX1 open there, everything at work. ``lanes`` narrows the ways out."""
    clock = StoryClock(started=NIGHT)
    cast = [*cast, *([] if CLARA in cast else [CLARA])]
    async with AsyncExitStack() as stack:
        people = [member.resident for member in cast]
        town = TownClock(hands=clock)
        network = await stack.enter_async_context(open_network(people, clock=town, customs=SILENT))
        ways = tuple(lane for lane in make_journey_lanes(network) if not lanes or lane.name in lanes)
        settings = make_settings(home / "home", url, ways)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        house = await stack.enter_async_context(at_work(settings, clock))
        network.ovh.hook_url = f"{settings.public_url}/hooks/sms"
        network.android.hook_url = f"{settings.public_url}/hooks/telephone"
        actor = await enter(house.desk, "diane")
        await import_contacts(house.desk, actor, [write_contacts(home / "contacts", cast)])
        await open_incident(house.desk, actor, "HGX1", ["KER"], exercise=exercise)
        yield Night([house], network, clock, actor, {member.name: member for member in cast}, settings, session)
