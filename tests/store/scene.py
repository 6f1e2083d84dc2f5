"""A small scene in a real database: one incident, one alert, and as many recipients as asked, each with one row queued."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, update

from notifier.domain.people import Channel
from notifier.store import leases, outbox, schema, tables
from notifier.store.ids import new_id, new_ids
from notifier.store.leases import Holder
from notifier.store.outbox import Finished, NewRow, Turn
from notifier.store.transaction import Store, Tx, open_store

NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Quimper
LANE = "telegram"


@dataclass
class Scene:
    """The database and the ids of what is in it. Time is wound by hand."""

    store: Store
    url: str
    alert: int
    recipients: list[int]
    at: datetime = NIGHT
    wall: datetime = NIGHT

    async def rows(self) -> list[dict[str, object]]:
        """Every outbox row, in order of recipient."""
        found = await self.store.read(lambda tx: tx.execute(select(tables.outbox).order_by(tables.outbox.c.recipient)).all())
        return [dict(row._mapping) for row in found]

    async def states(self) -> list[str]:
        """Their states."""
        return [str(row["state"]) for row in await self.rows()]

    async def attempts(self) -> list[tuple[int, str]]:
        """What the attempts tell: copy and event, in the order they were written."""
        found = await self.store.read(lambda tx: tx.execute(select(tables.attempts).order_by(tables.attempts.c.id)).all())
        return [(row.copy, row.event) for row in found]

    async def take(self, owner: str = "one", *, locked: bool = False) -> int | None:
        """Take the lane over."""
        holder = Holder(owner, "home", locked)
        return await self.store.write(lambda tx: leases.take_lease(tx, LANE, holder, self.wall, self.at))

    async def turn(self, epoch: int, *finished: Finished, room: int = 8) -> Turn:
        """One turn under ``epoch``."""
        return await self.store.write(lambda tx: outbox.take_turn(tx, LANE, epoch, finished, at=self.at, story=1.0, room=room))

    async def let_lease_run_out(self) -> None:
        """As if its owner had been silent for 15 s, by whichever clock the database reads."""
        long_ago = NIGHT - timedelta(days=400)
        await self.store.write(lambda tx: tx.execute(update(tables.lanes).values(lease_until=long_ago)))

    def pass_time(self, **span: float) -> None:
        """Wind both clocks."""
        self.at += timedelta(**span)
        self.wall += timedelta(**span)


async def open_scene(url: str, people: int = 1) -> Scene:
    """A fresh database with ``people`` recipients, one queued Telegram row each."""
    store = open_store(url)
    await schema.upgrade(store, url)
    alert, wording = new_id(), new_id()
    ids = new_ids(people)

    def fill(tx: Tx) -> None:
        leases.ensure_lanes(tx, {LANE: Channel.TELEGRAM.value})
        tx.execute(insert(tables.clinics).values(code="KER", position=0, facts={}))
        tx.execute(
            insert(tables.incidents).values(
                code="HGX1", clinics=["KER"], exercise=False, aware_at=NIGHT, opened_at=NIGHT, opened_by="Alla", numbered=1
            )
        )
        tx.execute(
            insert(tables.alerts).values(
                id=alert, code="HGX1-01", incident="HGX1", number=1, template="first-alert", kind="first_alert", level="red",
                title="Première alerte", exercise=False, protect=False, audience="all", ladder={}, state="approved",
                form_key="key", raised_at=NIGHT, raised_by="Alla", expires_at=NIGHT + timedelta(hours=1),
            )
        )  # fmt: skip
        tx.execute(
            insert(tables.wordings).values(
                id=wording, alert=alert, channel="telegram", language="fr", way_back="none", clinic="KER", question="none",
                subject="", text="RÉEL", choices=[],
            )
        )  # fmt: skip
        tx.execute(insert(tables.people), [_person(person, n) for n, person in enumerate(ids)])
        tx.execute(insert(tables.addresses), [_address(person) for person in ids])
        tx.execute(insert(tables.recipients), [_recipient(alert, person) for person in ids])
        outbox.put(tx, [_row(alert, wording, person) for person in ids])

    await store.write(fill)
    return Scene(store, url, alert, ids)


def _person(person: int, number: int) -> dict[str, object]:
    return {
        "id": person, "clinic": "KER", "matricule": f"K{number:04}", "kind": "person", "service": "BLOC", "role": "IDE",
        "status": "salarie", "language": "fr", "name_sealed": b"x", "on_call": False, "volunteer": False, "tags": [],
        "card": 1, "imported_at": NIGHT,
    }  # fmt: skip


def _address(person: int) -> dict[str, object]:
    return {
        "id": person, "person": person, "channel": "telegram", "position": 0, "value_sealed": b"x",
        "value_blind": str(person).encode(), "in_band": False,
    }  # fmt: skip


def _recipient(alert: int, person: int) -> dict[str, object]:
    return {
        "id": person, "alert": alert, "person": person, "kind": "person", "clinic": "KER", "service": "BLOC", "role": "IDE",
        "language": "fr", "card": 1, "name_sealed": b"x", "woken": True, "question": "read", "responsible": False,
        "channels": {"telegram": person}, "release_at": NIGHT, "expires_at": NIGHT + timedelta(hours=1),
        "button_hash": f"b{person}".encode(), "link_hash": f"l{person}".encode(),
    }  # fmt: skip


def _row(alert: int, wording: int, person: int) -> NewRow:
    hour = timedelta(hours=1)
    return NewRow(alert, person, wording, person, LANE, "telegram", 0, 0, NIGHT, NIGHT + hour)
