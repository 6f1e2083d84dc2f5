"""Somebody has left, or asks to be forgotten (GDPR, article 17): what was counted stays countable, who it was does not."""

from dataclasses import dataclass
from functools import partial

from notifier.desk.desk import Desk
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import StillCalled, UnknownPerson
from notifier.store import contacts, erasing, journal
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Erased:
    """``alerts``: in how many past ones the person is now a number without a name."""

    alerts: int


async def name_person(desk: Desk, actor: Actor, clinic: str, matricule: str) -> str:
    """Given and family name, so that the right person is meant. Raises UnknownPerson, Forbidden."""
    require(actor, Act.ERASE)
    _, name = await desk.store.read(partial(_find, desk, clinic, matricule))
    family, _, given = name.partition(contacts.NAME_PARTS)
    return f"{given} {family}".strip()


async def erase_person(desk: Desk, actor: Actor, clinic: str, matricule: str) -> Erased:
    """Forget one person. Raises UnknownPerson, StillCalled while an alert to the person runs, Forbidden."""
    require(actor, Act.ERASE)
    return await desk.store.write(partial(_erase, desk, actor, clinic, matricule))


def _find(desk: Desk, clinic: str, matricule: str, tx: Tx) -> tuple[int, str]:
    code = clinic.strip().upper()
    found = erasing.find_person(tx, code, matricule.strip(), desk.vault.open)
    if found is None:
        raise UnknownPerson(clinic=code, matricule=matricule.strip())
    return found


def _erase(desk: Desk, actor: Actor, clinic: str, matricule: str, tx: Tx) -> Erased:
    contacts.mark_changed(tx)  # first: whoever sends at this moment is waited for, and a preview that is kept holds no longer
    at = desk.clock.now()
    person, _ = _find(desk, clinic, matricule, tx)
    if running := erasing.running_alert(tx, person):
        raise StillCalled(code=running)
    alerts = erasing.erase(tx, person, desk.vault.seal, at)
    facts = {"person": desk.vault.commit(f"person:{person}"), "alerts": alerts, "face": actor.face.value}
    journal.write(tx, at, actor.person, "person.erase", facts)
    return Erased(alerts)
