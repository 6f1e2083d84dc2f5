"""The main courante, read."""

from notifier.desk.desk import Desk
from notifier.domain.authority import Act, Actor, require
from notifier.store import journal
from notifier.store.journal import Verdict


async def verify_journal(desk: Desk, actor: Actor) -> Verdict:
    """Walk the whole chain; the verdict names the first entry that does not hold."""
    require(actor, Act.VERIFY)
    return await desk.store.read(journal.verify)
