"""Rest: whom a call for volunteers leaves alone, and why (Code du travail L.3131-1: 11 hours in a row each day).

By what is planned: the shifts of a plan that is fresh enough to be believed, and leave in any case. A plan that is too old tells
nobody's rest. Who is on call for the time is called all the same, for that is what being on call means.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from notifier.domain.roster import Slot, SlotKind

REST = timedelta(hours=11)  # default of the setting ``rest_hours``; a company agreement may go down to 9
LOOK_BACK = timedelta(days=2)  # no shift lasts longer


class Spared(StrEnum):
    """Why a volunteer is left alone."""

    LEAVE = "leave"
    RESTING = "resting"  # the last shift ended less than a rest before the time that he is wanted for
    NEXT_SHIFT = "next_shift"  # the next shift begins less than a rest after it: tomorrow's team sleeps


def spare(
    slots: Iterable[Slot], starts: datetime, ends: datetime, *, rest: timedelta = REST, stale: Iterable[str] = ()
) -> dict[int, Spared]:
    """Who of the people of these slots is left alone, if wanted from ``starts`` to ``ends``.

    ``slots`` are those that touch the time from ``starts`` less ``LOOK_BACK`` to ``ends`` and a rest; of ``stale`` clinics only
    leave counts. Who is on shift when the time begins is at work already, and may be asked.
    """
    old = set(stale)
    away, called, working, last, following = set[int](), set[int](), set[int](), dict[int, datetime](), dict[int, datetime]()
    for slot in slots:
        person = slot.person
        if slot.kind is SlotKind.LEAVE:
            if slot.starts < ends and starts < slot.ends:
                away.add(person)
        elif slot.clinic in old:
            continue
        elif slot.kind is SlotKind.ON_CALL:
            if slot.starts <= starts < slot.ends:
                called.add(person)
        elif slot.starts <= starts < slot.ends:
            working.add(person)
        elif slot.ends <= starts:
            last[person] = max(slot.ends, last.get(person, slot.ends))
        else:
            following[person] = min(slot.starts, following.get(person, slot.starts))
    asked = called | working
    resting = {person for person, ended in last.items() if ended + rest > starts} - asked
    sleeping = {person for person, begins in following.items() if begins < ends + rest} - asked
    return {
        **dict.fromkeys(sleeping, Spared.NEXT_SHIFT),
        **dict.fromkeys(resting, Spared.RESTING),
        **dict.fromkeys(away, Spared.LEAVE),
    }
