"""The switch that stops everything at once: a stolen account, a doubt, a house that has just been restored."""

from functools import partial

from notifier.desk.desk import Desk
from notifier.domain.alarm import Freeze
from notifier.domain.authority import Act, Actor, require
from notifier.domain.errors import Frozen
from notifier.store import journal, leases, picture
from notifier.store.transaction import Tx


async def freeze(desk: Desk, actor: Actor, reason: str) -> tuple[Freeze, bool]:
    """From the commit on no call starts; gives the freeze that stands, and whether it is this one. Raises Forbidden."""
    require(actor, Act.FREEZE)
    return await desk.store.write(partial(_freeze, desk, actor, reason.strip()), urgent=True)


async def thaw(desk: Desk, actor: Actor) -> Freeze | None:
    """What waits leaves, as far as its words are still true; gives the freeze that is over, None where none stood."""
    require(actor, Act.THAW)
    over = await desk.store.write(partial(_thaw, desk, actor))
    desk.ring()
    return over


async def look_frozen(desk: Desk) -> tuple[Freeze | None, int]:
    """The freeze that stands, if one does, and how many messages wait or are on the wire."""
    return await desk.store.read(lambda tx: (leases.read_freeze(tx), picture.count_live(tx)))


def refuse_frozen(desk: Desk, tx: Tx) -> None:
    """Raises Frozen: what is sent now would leave at the thaw, at an hour that nobody has seen in the preview."""
    if (standing := leases.read_freeze(tx)) is not None:
        raise Frozen(since=f"{standing.since.astimezone(desk.zone):%d/%m %H:%M}", by=standing.by)


def _freeze(desk: Desk, actor: Actor, reason: str, tx: Tx) -> tuple[Freeze, bool]:
    if (standing := leases.read_freeze(tx)) is not None:
        return standing, False
    begun = Freeze(desk.clock.now(), actor.person, reason)
    leases.freeze(tx, begun)
    journal.write(tx, begun.since, actor.person, "house.freeze", {"reason": reason, "face": actor.face.value})
    return begun, True


def _thaw(desk: Desk, actor: Actor, tx: Tx) -> Freeze | None:
    standing = leases.read_freeze(tx)
    if standing is not None:
        leases.thaw(tx)
        facts = {"since": standing.since.isoformat(), "frozen_by": standing.by, "face": actor.face.value}
        journal.write(tx, desk.clock.now(), actor.person, "house.thaw", facts)
    return standing
