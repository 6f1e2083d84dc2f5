"""Are we ready: each clinic and service, counted."""

from notifier.desk.desk import Desk
from notifier.domain.authority import Act, Actor, require
from notifier.domain.readiness import Readiness, count_ready
from notifier.store import contacts, readiness
from notifier.store.transaction import Tx


async def look_ready(desk: Desk, actor: Actor) -> Readiness:
    """How much of the staff can be reached by the accounts that are set, and how lately that was tested."""
    require(actor, Act.SEE)
    at = desk.clock.now()

    def work(tx: Tx) -> Readiness:
        group = contacts.load_group(tx)
        services = {clinic.code: [service.code for service in clinic.services] for clinic in group.clinics}
        channels = {lane.channel for lane in desk.lanes}
        return count_ready(services, readiness.load_members(tx, at), channels, at - desk.verified_for)

    return await desk.store.read(work)
