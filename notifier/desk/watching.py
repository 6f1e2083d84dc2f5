"""What monitoring may know of the engine: is it alive, how much waits, how far it has come. No person, no address."""

from dataclasses import dataclass
from datetime import timedelta

from notifier.desk.desk import Desk
from notifier.desk.keeping import read_state
from notifier.desk.phone_tree import read_paper
from notifier.domain.delivery import LaneFault
from notifier.domain.keeping import find_trouble
from notifier.store import gauges, journal, leases, outbox, schema
from notifier.store.gauges import Counts
from notifier.store.leases import WATCH
from notifier.store.transaction import Tx

STALE = timedelta(seconds=30)  # without a renewed lease: another worker would have taken over by now


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits on one lane. ``tick`` is how long ago its dispatcher gave a sign of life; None: nobody works it.

    ``fault`` is why its account cannot send, where it cannot.
    """

    lane: str
    tick: timedelta | None
    waiting: int
    oldest: timedelta
    fault: LaneFault | None = None


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """Well when the rounds and every lane gave a sign of life within ``STALE``. ``frozen`` is for how long nothing may leave.

    ``backup`` is how old the newest backup is, ``safe`` the newest one that was copied away (RPO); ``trouble`` is why, where they
    are not as they should be. ``paper`` is how old the oldest phone tree on paper is, ``paper_late`` that a clinic's is too old
    or missing. ``head`` is the journal's, for machines outside to note.
    """

    round: timedelta | None
    lanes: tuple[Backlog, ...]
    frozen: timedelta | None = None
    backup: timedelta | None = None
    safe: timedelta | None = None
    trouble: str | None = None
    paper: timedelta | None = None
    paper_late: bool = False
    head: str = ""

    @property
    def well(self) -> bool:
        """False as soon as one part has been silent for too long."""
        return all(age is not None and age <= STALE for age in (self.round, *(lane.tick for lane in self.lanes)))


@dataclass(frozen=True, slots=True)
class Metrics:
    """The engine's health with its counts."""

    health: EngineHealth
    counts: Counts


async def engine_health(desk: Desk) -> EngineHealth:
    """The ages of the last dispatch ticks and the last round, and the backlog per lane."""
    return await desk.store.read(lambda tx: _health(desk, tx))


async def read_metrics(desk: Desk) -> Metrics:
    """Everything that /metrics shows, in one snapshot of the database."""
    return await desk.store.read(lambda tx: Metrics(_health(desk, tx), gauges.count_all(tx)))


async def database_answers(desk: Desk) -> bool:
    """True when the database gives an answer. Raises DatabaseAway and the like where it cannot."""
    return await desk.store.read(lambda tx: schema.read_fact(tx, "key") is not None)


def _health(desk: Desk, tx: Tx) -> EngineHealth:
    ages = gauges.lease_ages(tx, desk.clock.wall())
    waiting = outbox.waiting_by_lane(tx, desk.clock.now())
    faults = {lane.name: lane.fault for lane in leases.list_lanes(tx, desk.clock.wall())}
    names = [lane.name for lane in desk.lanes]
    names += sorted(waiting.keys() - set(names))  # a lane that is no longer in the settings, and still holds messages
    nothing = (0, timedelta(0))
    freeze = leases.read_freeze(tx)
    kept, paper, wall = read_state(tx), read_paper(tx), desk.clock.wall()
    trouble = find_trouble(desk.backup, kept, wall)
    return EngineHealth(
        round=ages.get(WATCH),
        lanes=tuple(Backlog(name, ages.get(name), *waiting.get(name, nothing), faults.get(name)) for name in names),
        frozen=None if freeze is None else desk.clock.now() - freeze.since,
        backup=None if kept.made_at is None else wall - kept.made_at,
        safe=None if kept.copied_at is None else wall - kept.copied_at,
        trouble=None if trouble is None else trouble.why,
        paper=None if paper.printed_at is None else wall - paper.printed_at,
        paper_late=paper.is_late(wall),
        head=str(journal.read_head(tx)),
    )
