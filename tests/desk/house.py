"""A desk on a real database with the fixed cast and a clock that is wound by hand.

Alla is on duty, Boris is off duty, Clara works in another clinic and must never be called.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from sqlalchemy import insert, select

from notifier.clock import Clock
from notifier.desk.alerting import Raised, preview_alert, send_alert
from notifier.desk.desk import Desk
from notifier.desk.incidents import open_incident
from notifier.desk.planning import Order
from notifier.desk.shipped import shipped
from notifier.domain.authority import Actor, Face, Role
from notifier.domain.delivery import Outcome
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.people import Channel
from notifier.domain.template import Template, VariableType
from notifier.rendering import load_library
from notifier.store import leases, outbox, schema, tables
from notifier.store.contacts import NAME_PARTS
from notifier.store.ids import new_id
from notifier.store.leases import Holder
from notifier.store.outbox import Finished, Wired
from notifier.store.transaction import Tx, open_store
from notifier.vault import Vault, create_key, read_key

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Quimper
OPERATOR = Actor("Diane", frozenset({Role.CELL, Role.APPROVER, Role.ADMIN}), Face.CLI)
CHAT = 9_000_000_000_000_000
LIBRARY = cache(partial(load_library, shipped("templates")))  # read once in a run


@dataclass(slots=True)
class WoundClock(Clock):
    """Stands still until it is wound."""

    at: datetime = NIGHT

    def now(self) -> datetime:
        """Where the hands stand."""
        return self.at

    def wall(self) -> datetime:
        """The same."""
        return self.at

    def pass_time(self, **span: float) -> None:
        """Wind it on."""
        self.at += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast, with the devices given."""

    name: str
    clinic: str = "KER"
    service: str = "BLOC"
    role: str = "IBODE"
    kind: str = "person"
    on_shift: bool = True
    volunteer: bool = False
    language: str = "fr"
    chat: int | None = None
    phone: str | None = None
    mail: str | None = None
    in_band_mail: str | None = None
    tags: tuple[str, ...] = ()


ALLA = Member("Alla", role="CADRE", chat=CHAT + 1, phone="+33639980001", mail="alla@example.org")
BORIS = Member("Boris", on_shift=False, chat=CHAT + 2, phone="+33639980002", mail="boris@example.org")
CLARA = Member("Clara", clinic="SAG", chat=CHAT + 3, phone="+33639980003", mail="clara@example.org")
RELAY = Member("Relais bloc", role="RELAIS", kind="relay", phone="+33639980009")
LANES = tuple(
    LaneSettings(channel.value, channel, gateway, Network.PRACTICE, "http://127.0.0.1:1", 1000.0, sender=sender)
    for channel, gateway, sender in (
        (Channel.TELEGRAM, "telegram", ""),
        (Channel.SMS, "ovh", "38200"),
        (Channel.EMAIL, "email", "alerte@hgx.example"),
    )
)


@dataclass
class Ward:
    """The desk, its clock, and the people by name."""

    desk: Desk
    clock: WoundClock
    people: dict[str, int]
    epochs: dict[str, int] = field(default_factory=dict)

    async def send(self, template: str = "first-alert", to: str = "all", **values: str) -> Raised:
        """Preview, confirm, send."""
        order = Order(template, "HGX1", to, values)
        preview = await preview_alert(self.desk, OPERATOR, order)
        return await send_alert(self.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash)

    async def turn(self, lane: str, *ended: tuple[Wired, Outcome], room: int = 50) -> tuple[Wired, ...]:
        """One turn of a lane by hand: settle what is given, put the next on the wire."""
        store = self.desk.store
        if lane not in self.epochs:
            holder = Holder("test", "home", locked=True)
            epoch = await store.write(lambda tx: leases.take_lease(tx, lane, holder, self.clock.wall(), self.clock.now()))
            self.epochs[lane] = epoch or 0
        done = [Finished(row.id, row.epoch, row.copies, outcome) for row, outcome in ended]
        turn = await store.write(
            lambda tx: outbox.take_turn(tx, lane, self.epochs[lane], done, at=self.clock.now(), story=1.0, room=room)
        )
        return turn.wired

    async def rows(self, name: str) -> list[tuple[int, str, str]]:
        """Step, channel and state of what was queued for one of the cast, all alerts."""
        query = (
            select(tables.outbox.c.step, tables.outbox.c.channel, tables.outbox.c.state)
            .join(tables.recipients, tables.recipients.c.id == tables.outbox.c.recipient)
            .join(tables.alerts, tables.alerts.c.id == tables.recipients.c.alert)
            .where(tables.recipients.c.person == self.people[name])
            .order_by(tables.alerts.c.number, tables.outbox.c.step, tables.outbox.c.channel)
        )
        found = await self.desk.store.read(lambda tx: tx.execute(query).all())
        return [(row.step, row.channel, row.state) for row in found]

    async def recipient(self, name: str) -> dict[str, object]:
        """What came of one of the cast in the newest alert."""
        query = (
            select(tables.recipients)
            .join(tables.alerts, tables.alerts.c.id == tables.recipients.c.alert)
            .where(tables.recipients.c.person == self.people[name])
            .order_by(tables.alerts.c.number.desc())
        )
        row = await self.desk.store.read(lambda tx: tx.execute(query).first())
        assert row is not None, f"{name} was not called"
        return dict(row._mapping)


def fill_in(template: Template) -> dict[str, str]:
    """A value for every variable that the template requires."""
    filled = {}
    for variable in template.variables:
        match variable.type:
            case _ if not variable.required:
                continue
            case VariableType.TIME:
                filled[variable.name] = "23h30"
            case VariableType.NUMBER | VariableType.MESSAGE:
                filled[variable.name] = "3"
            case VariableType.CHOICE:
                filled[variable.name] = variable.choices[0].key
            case VariableType.PLACE | VariableType.TEXT:
                filled[variable.name] = "Salle des gardes"
    return filled


async def open_ward(
    url: str, home: Path, cast: Sequence[Member] = (ALLA, BORIS, CLARA, RELAY), *, planned: bool = True, exercise: bool = False
) -> Ward:
    """A fresh database with the cast, an open incident HGX1 at KER, and lanes that nobody works."""
    create_key(home / "key")
    vault = read_key(home / "key")
    store = open_store(url)
    await schema.upgrade(store, url)
    clock = WoundClock(started=NIGHT)
    people = {member.name: new_id() for member in cast}

    def fill(tx: Tx) -> None:
        leases.ensure_lanes(tx, {lane.name: lane.channel.value for lane in LANES})
        for place, (code, name) in enumerate((("KER", "Belair"), ("SAG", "Sagess"))):
            facts = {
                "name": name, "city": name, "kind": "mco", "sms_name": name, "in_band_domains": ["hgx.example"],
                "pbx_ranges": [], "staffed_number": "+33261910100",
            }  # fmt: skip
            since = NIGHT - timedelta(hours=1) if planned else None
            tx.execute(insert(tables.clinics).values(code=code, position=place, facts=facts, planned_at=since))
            bloc = {"name": "Bloc opératoire", "sms_name": "BLOC", "responsible_role": "CADRE", "need": {}}
            tx.execute(insert(tables.services).values(clinic=code, code="BLOC", position=0, facts=bloc))
        for member in cast:
            _insert_member(tx, vault, people[member.name], member)

    await store.write(fill)
    desk = Desk(store, vault, clock, LIBRARY, LANES)
    await open_incident(desk, OPERATOR, "HGX1", ["KER"], exercise=exercise)
    return Ward(desk, clock, people)


def _insert_member(tx: Tx, vault: Vault, person: int, member: Member) -> None:
    name = vault.seal(f"LE GOFF{NAME_PARTS}{member.name}", f"people:{person}:name")
    tx.execute(
        insert(tables.people).values(
            id=person, clinic=member.clinic, matricule=member.name, kind=member.kind, service=member.service, role=member.role,
            status="salarie", language=member.language, name_sealed=name,
            travel=None, on_call=False, volunteer=member.volunteer, tags=list(member.tags), card=1, imported_at=NIGHT,
        )
    )  # fmt: skip
    given = (("telegram", member.chat), ("sms", member.phone), ("email", member.in_band_mail), ("email", member.mail))
    for place, (channel, value) in enumerate(given):
        if value is None:
            continue
        address = new_id()
        sealed, blind = vault.seal(str(value), f"addresses:{address}:value"), vault.blind(channel, str(value))
        tx.execute(
            insert(tables.addresses).values(
                id=address, person=person, channel=channel, position=place, value_sealed=sealed,
                value_blind=blind, in_band=value == member.in_band_mail,
            )
        )  # fmt: skip
    if member.on_shift and member.kind == "person":
        shift = {"kind": "poste", "starts": NIGHT - timedelta(hours=1), "ends": NIGHT + timedelta(hours=8)}
        tx.execute(insert(tables.slots).values(id=new_id(), person=person, **shift))
