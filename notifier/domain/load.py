"""How much one person is sent: in an hour no more than so many messages, save vital ones; what is too many leaves later."""

from collections.abc import Sequence
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
PER_HOUR = 8  # default of the setting ``messages_per_hour``: an alert is one message, by however many channels it goes


def leaves_at(wanted: datetime, others: Sequence[datetime], limit: int) -> datetime:
    """The first instant from ``wanted`` on at which one more message makes no hour of more than ``limit``.

    ``others`` are when the same person's other ones left or will leave.
    """
    later = sorted({other + HOUR for other in others if other + HOUR > wanted})
    return next(at for at in (wanted, *later) if _fits(at, others, limit))


def _fits(at: datetime, others: Sequence[datetime], limit: int) -> bool:
    """True where no hour that holds ``at`` gets too many; behind the last of the others that is always so."""
    near = [other for other in (*others, at) if at - HOUR < other < at + HOUR]
    return all(sum(end - HOUR < other <= end for other in near) <= limit for end in near if end >= at)
