"""What no rule can read is kept for a person: sealed, once an event, in the transaction of whatever else the text did.

A day after somebody handled it, its words and its sender are gone. The journal never has them.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from notifier.desk.desk import Desk
from notifier.domain.people import Channel
from notifier.store import inbox
from notifier.store.ids import new_id
from notifier.store.inbox import InboxRow
from notifier.store.transaction import Tx

KEPT = timedelta(hours=24)  # after it was handled
LONGEST = 2000  # signs: more than ten joined text messages hold


@dataclass(frozen=True, slots=True)
class Unread:
    """A text by any way back: ``event`` is its lane and the provider's id for it, ``sender`` an address in normal form."""

    event: str
    channel: Channel
    sender: str = field(repr=False)
    text: str = field(repr=False)
    emergency: bool = False


def leave_to_human(desk: Desk, tx: Tx, unread: Unread, recipient: int | None) -> None:
    """Put it in the inbox; ``recipient`` where it is clear whose question it is about.

    The last thing that a transaction does: whoever comes next waits for its commit.
    """
    row, event = new_id(), unread.event[:160]
    kept = InboxRow(
        id=row,
        number=0,
        event=event,
        lane=event.partition(":")[0][:40],
        channel=unread.channel.value,
        recipient=recipient,
        sender_sealed=desk.vault.seal(unread.sender, f"inbox:{row}:sender"),
        sender_blind=desk.vault.blind(unread.channel, unread.sender),
        text_sealed=desk.vault.seal(unread.text[:LONGEST], f"inbox:{row}:text"),
        emergency=unread.emergency,
        at=desk.clock.now(),
    )
    inbox.enter(tx, kept)


async def purge_inbox(desk: Desk) -> int:
    """Forget the words of what was handled a day ago; gives how many."""
    before = desk.clock.now() - KEPT
    if not await desk.store.read(lambda tx: inbox.any_to_purge(tx, before)):
        return 0
    return await desk.store.write(lambda tx: inbox.purge(tx, before))
