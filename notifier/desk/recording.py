"""The main courante, read."""

from functools import partial

from notifier.desk.desk import Desk
from notifier.domain.authority import Act, Actor, require
from notifier.store import journal
from notifier.store.journal import Head, Verdict


async def verify_journal(desk: Desk, actor: Actor, noted: tuple[int, str] | None = None) -> Verdict:
    """Walk the whole chain; the verdict names the first entry that does not hold.

    ``noted`` is the number and hash of its newest entry as somebody wrote them down earlier, outside of this house.
    """
    require(actor, Act.VERIFY)
    return await desk.store.read(partial(journal.verify, noted=Head(*noted) if noted else None))
