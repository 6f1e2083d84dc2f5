"""A relay post or the person responsible speaks for a whole service: that is kept, and nobody of it is chased any more.

It is nobody's personal answer: each of them stays silent on the board until he answers himself.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifier.desk.desk import Desk
from notifier.domain.alert import LISTENS
from notifier.domain.headcount import COUNTING, SERVICE_REPORT, UNCOUNTED, Headcount, TeamCount, read_report, read_team
from notifier.domain.roster import Kind
from notifier.store import headcounts, journal, outbox
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.headcounts import HeadcountRow, Team
from notifier.store.ids import new_id
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Spoken:
    """Who speaks for his service, on which alert of his, and what he says."""

    speaker: RecipientRow
    said: TeamCount


def hear_team(
    desk: Desk, tx: Tx, text: str, asked: Sequence[RecipientRow], raised: Mapping[int, AlertRow], texted: Collection[int]
) -> Spoken | None:
    """What this text says for a whole service; None where it is no such text, its sender may not, or two questions are as likely.

    ``texted``: whom a text may have reached. What no message has asked yet, no text answers, and one that perhaps never arrived
    is not answered while another one is as likely.
    """
    bare, report = read_team(text), read_report(text)
    if report is None:
        return None
    may = [row for row in asked if speaks_for_team(row, raised[row.alert])]
    if bare is None:  # whatever goes on as a report does answers a report only
        may = [row for row in may if raised[row.alert].kind == SERVICE_REPORT]
    has = headcounts.who_has_it(tx, [row.id for row in may])
    once = [row for row in may if row.id in has or row.id in texted]
    meant = _most_likely(desk, tx, [row for row in once if raised[row.alert].state in LISTENS], raised)
    if meant is None or (meant.id not in has and _most_likely(desk, tx, once, raised) is not meant):
        return None
    return Spoken(meant, bare if bare is not None and raised[meant.alert].kind != SERVICE_REPORT else report)


def _most_likely(desk: Desk, tx: Tx, may: Sequence[RecipientRow], raised: Mapping[int, AlertRow]) -> RecipientRow | None:
    """A roll call before a report and a report before anything else, what has not run out before what has, and what nobody has
    spoken for yet before what somebody has: that is corrected."""
    spoken, at = headcounts.counted_teams(tx, sorted({row.alert for row in may})), desk.clock.now()

    def likely(row: RecipientRow) -> tuple[int, bool, bool]:
        kind = raised[row.alert].kind
        place = COUNTING.index(kind) if kind in COUNTING else len(COUNTING)
        return (place, row.expires_at <= at, team_of(row) in spoken)

    best = min(map(likely, may), default=None)
    meant = [row for row in may if likely(row) == best]
    if len({team_of(row) for row in meant}) != 1:
        return None
    return min(meant, key=lambda row: (row.kind != Kind.RELAY.value, row.id))  # a post and a person may share a telephone


def speaks_for_team(row: RecipientRow, alert: AlertRow) -> bool:
    """True where this recipient, who was asked, may answer this alert for his service."""
    return (row.kind == Kind.RELAY.value or row.responsible) and alert.kind not in UNCOUNTED


def team_of(row: RecipientRow) -> Team:
    """Of which alert, and which service."""
    return row.alert, row.clinic, row.service


def record_headcount(
    desk: Desk,
    tx: Tx,
    spoken: Spoken,
    alert: AlertRow,
    source: str,
    at: datetime,
    *,
    event: str = "",
    seen: Sequence[int] = (),
    noted_by: str | None = None,
) -> Headcount | None:
    """Keep it, and let the ladders of that service rest; gives what was held before. Locks its recipients, then the outbox.

    ``event`` is that of its text, which waits in the inbox where a person has to read it; ``seen`` are recipients whom the
    speaker has named; ``noted_by`` is the operator who wrote down what was said at ``at``.
    """
    now, speaker, said = desk.clock.now(), spoken.speaker, spoken.said
    team = headcounts.lock_team(tx, speaker)
    before = newest_headcounts(desk, tx, speaker.alert).get((speaker.clinic, speaker.service))
    row = HeadcountRow(
        id=new_id(),
        alert=speaker.alert,
        clinic=speaker.clinic,
        service=speaker.service,
        recipient=speaker.id,
        source=source,
        at=at,
        present=said.present,
        needed=said.needed,
        trouble=said.trouble,
        patients=said.patients,
        folder=said.folder,
        phones=said.phones,
        blocked=said.blocked,
        event=event[:160] if said.to_read and event else None,
        noted_by=noted_by,
    )
    headcounts.insert_headcount(tx, row, seen)
    outbox.cancel_waiting(tx, sorted(headcounts.who_has_it(tx, team)), now, "headcount")
    headcounts.spare_the_call(tx, team)
    facts: journal.Facts = {
        "alert": alert.code,
        "clinic": row.clinic,
        "service": row.service,
        "recipient": desk.vault.commit(f"recipient:{speaker.id}:person:{speaker.person}"),
        "said": said.shown,
        "source": source,
        "given_at": at.isoformat(),
    }
    journal.write(tx, now, noted_by or "staff", "headcount", facts)
    return before


def newest_headcounts(desk: Desk, tx: Tx, alert: int) -> dict[tuple[str, str], Headcount]:
    """By clinic and service, the word that holds."""
    found = {}
    named, mates = headcounts.seen_of(tx, alert), dict[tuple[str, str], dict[int, bytes]]()
    if named:
        mates = headcounts.mates_of(tx, alert)
    for place, (row, sealed, letter) in headcounts.newest_of(tx, alert).items():
        name = desk.vault.open(sealed, f"recipients:{row.recipient}:name")
        said = TeamCount(
            row.present, row.needed, row.trouble, row.event is not None, row.patients, row.folder, row.phones, row.blocked
        )
        missed = mates.get(place, {}).keys() - named[row.id] if row.id in named else ()
        unseen = tuple(sorted(desk.vault.open(mates[place][ref], f"recipients:{ref}:name") for ref in missed))
        found[place] = Headcount(row.clinic, row.service, said, row.source, row.noted_by or name, row.at, letter, unseen)
    return found


def spoken_for(tx: Tx, asked: Collection[RecipientRow]) -> set[int]:
    """Those of these recipients whose silence is no longer chased, because somebody has spoken for their service."""
    teams = headcounts.counted_teams(tx, sorted({row.alert for row in asked}))
    return {row.id for row in asked if row.woken and team_of(row) in teams} if teams else set()
