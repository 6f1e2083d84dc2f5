"""A relay post or the person responsible speaks for a whole service: that is kept, and nobody of it is chased any more.

It is nobody's personal answer: each of them stays silent on the board until he answers himself.
"""

from collections.abc import Collection, Mapping, Sequence

from notifier.desk.desk import Desk
from notifier.domain.headcount import COUNTING, UNCOUNTED, Headcount, TeamCount
from notifier.domain.roster import Kind
from notifier.store import headcounts, journal, outbox
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.headcounts import HeadcountRow, Team
from notifier.store.ids import new_id
from notifier.store.transaction import Tx


def find_speaker(desk: Desk, tx: Tx, asked: Sequence[RecipientRow], raised: Mapping[int, AlertRow]) -> RecipientRow | None:
    """Who of ``asked`` speaks for his service, and on which alert; None where nobody may, or two questions are as likely.

    An alert that asks for people is meant before one that does not, one that has not run out before one that has, and one for
    which nobody has spoken yet before one for which somebody has: that one is corrected.
    """
    may = [row for row in asked if speaks_for_team(row, raised[row.alert])]
    spoken, at = headcounts.counted_teams(tx, sorted({row.alert for row in may})), desk.clock.now()

    def likely(row: RecipientRow) -> tuple[bool, bool, bool]:
        return (raised[row.alert].kind not in COUNTING, row.expires_at <= at, team_of(row) in spoken)

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
    desk: Desk, tx: Tx, speaker: RecipientRow, alert: AlertRow, said: TeamCount, source: str
) -> Headcount | None:
    """Keep it, and let the ladders of that service rest; gives what was held before. Locks its recipients, then the outbox."""
    at = desk.clock.now()
    team = headcounts.lock_team(tx, speaker)
    before = newest_headcounts(desk, tx, speaker.alert).get((speaker.clinic, speaker.service))
    row = HeadcountRow(
        new_id(), speaker.alert, speaker.clinic, speaker.service, speaker.id, source, at, said.present, said.needed, said.trouble
    )
    headcounts.insert_headcount(tx, row)
    outbox.cancel_waiting(tx, headcounts.who_has_it(tx, team), at, "headcount")
    headcounts.spare_the_call(tx, team)
    facts: journal.Facts = {
        "alert": alert.code,
        "clinic": row.clinic,
        "service": row.service,
        "recipient": desk.vault.commit(f"recipient:{speaker.id}:person:{speaker.person}"),
        "said": said.shown,
        "source": source,
    }
    journal.write(tx, at, "staff", "headcount", facts)
    return before


def newest_headcounts(desk: Desk, tx: Tx, alert: int) -> dict[tuple[str, str], Headcount]:
    """By clinic and service, the word that holds."""
    found = {}
    for place, (row, sealed) in headcounts.newest_of(tx, alert).items():
        name = desk.vault.open(sealed, f"recipients:{row.recipient}:name")
        found[place] = Headcount(row.clinic, row.service, row.present, row.needed, row.trouble, row.source, name, row.at)
    return found


def spoken_for(tx: Tx, asked: Collection[RecipientRow]) -> set[int]:
    """Those of these recipients whose silence is no longer chased, because somebody has spoken for their service."""
    teams = headcounts.counted_teams(tx, sorted({row.alert for row in asked}))
    return {row.id for row in asked if row.woken and team_of(row) in teams} if teams else set()
