"""What the newest import found before it changed it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from notifier.store.contacts import Open, Seal, mark_changed, read_version
from notifier.store.ids import new_id, new_ids
from notifier.store.tables import addresses, clinics, former, people, recipients, slots

Stretch = tuple[int, str, datetime, datetime]  # person, kind, start, end


def keep(tx: Connection, told: str, seal: Seal, at: datetime) -> None:
    """In the place of what the import before it has kept; last in an import, when the contacts are as it leaves them."""
    version, _ = read_version(tx)
    tx.execute(delete(former))
    number = new_id()
    tx.execute(insert(former).values(id=number, version=version or "", at=at, told_sealed=seal(told, f"former:{number}:told")))


def take(tx: Connection, open_text: Open) -> tuple[str, bool] | None:
    """What is kept, and whether the contacts are still as that import left them; it is kept no longer."""
    row = tx.execute(select(former)).first()
    if row is None:
        return None
    version, _ = read_version(tx)
    mark_changed(tx)
    tx.execute(delete(former))
    return open_text(row.told_sealed, f"former:{row.id}:told"), row.version == version


def ids_of(tx: Connection, homes: Iterable[tuple[str, str]]) -> list[int]:
    """Of the people known there under these matricules."""
    wanted = set(homes)
    rows = tx.execute(select(people.c.id, people.c.clinic, people.c.matricule).order_by(people.c.id))
    return [row.id for row in rows if (row.clinic, row.matricule) in wanted]


def any_called(tx: Connection, persons: Collection[int]) -> bool:
    """Whether an alert has ever had one of them."""
    called = set(tx.execute(select(recipients.c.person).distinct()).scalars())
    return not called.isdisjoint(persons)


def stretches_of(tx: Connection, codes: Collection[str], persons: Collection[int]) -> list[Stretch]:
    """All that is planned in these clinics, and for these people wherever they are."""
    query = select(slots.c.person, people.c.clinic, slots.c.kind, slots.c.starts, slots.c.ends)
    rows = tx.execute(query.join(people, people.c.id == slots.c.person))
    return [(row.person, row.kind, row.starts, row.ends) for row in rows if row.clinic in codes or row.person in persons]


def put_back_plan(
    tx: Connection, planned: Mapping[str, datetime | None], persons: Collection[int], stretches: Iterable[Stretch]
) -> None:
    """The plan of these clinics, how old it is, and what these people had, as they were."""
    gone = {person for person, *_ in stretches_of(tx, planned.keys(), persons)}
    for person in gone:
        tx.execute(delete(slots).where(slots.c.person == person))
    back = list(stretches)
    names = ("person", "kind", "starts", "ends")
    if back:
        told = zip(new_ids(len(back)), back, strict=True)
        tx.execute(insert(slots), [{"id": number, **dict(zip(names, one, strict=True))} for number, one in told])
    for code, at in planned.items():
        tx.execute(update(clinics).where(clinics.c.code == code).values(planned_at=at))


def unflag(tx: Connection, ids: Iterable[int]) -> None:
    """These addresses stand outside the hospital's own network again."""
    for address in ids:
        tx.execute(update(addresses).where(addresses.c.id == address).values(in_band=False))
