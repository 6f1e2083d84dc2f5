"""A relay post, or whoever is responsible, ticks the names of those he has seen: a word on the service, nobody's answer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from notifier.desk.answering import Source
from notifier.desk.batching import commit_together
from notifier.desk.counting import Spoken, newest_headcounts, record_headcount, speaks_for_team
from notifier.desk.desk import Desk
from notifier.domain.alert import LISTENS
from notifier.domain.headcount import Headcount, TeamCount
from notifier.domain.message import Question
from notifier.domain.references import token_hash
from notifier.store import alerts, headcounts
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.transaction import Tx


@dataclass(frozen=True, slots=True)
class Mate:
    """One of the team, under the reference that the form gives back; the given name and an initial."""

    ref: int
    shown: str


@dataclass(frozen=True, slots=True)
class Team:
    """Those on duty in the service, in order of name, and what was last said of them."""

    mates: tuple[Mate, ...]
    counted: Headcount | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """What was recorded, and when; None where nothing was: nobody of the team ticked, or the alert is over."""

    said: TeamCount | None
    at: datetime


async def show_team(desk: Desk, token: str) -> Team | None:
    """The team for which the link's owner may speak; changes nothing. None where there is none, or no such link was ever made."""
    return await desk.store.read(partial(_show, desk, token))


async def tick_team(desk: Desk, token: str, seen: Collection[int], *, trouble: bool) -> Ticked | None:
    """Those of ``seen`` who are of the team were seen there; ``trouble`` as an X by text. None as ``show_team``."""
    return await commit_together(desk.store, partial(_tick, desk, token, frozenset(seen), trouble))


def _speaker(tx: Tx, token: str) -> tuple[RecipientRow, AlertRow] | None:
    row = alerts.find_by_link(tx, token_hash(token))
    if row is None or row.question == Question.NONE.value:
        return None
    alert = alerts.load_alerts(tx, [row.alert])[row.alert]
    return (row, alert) if speaks_for_team(row, alert) else None


def _mates(desk: Desk, tx: Tx, row: RecipientRow) -> tuple[Mate, ...]:
    mates = headcounts.mates_of(tx, row.alert).get((row.clinic, row.service), {})
    found = (Mate(ref, desk.vault.open(name, f"recipients:{ref}:name")) for ref, name in mates.items())
    return tuple(sorted(found, key=lambda mate: (mate.shown, mate.ref)))


def _show(desk: Desk, token: str, tx: Tx) -> Team | None:
    found = _speaker(tx, token)
    if found is None:
        return None
    row, _ = found
    counted = newest_headcounts(desk, tx, row.alert).get((row.clinic, row.service))
    return Team(_mates(desk, tx, row), counted)


def _tick(desk: Desk, token: str, seen: frozenset[int], trouble: bool, tx: Tx) -> Ticked | None:
    found = _speaker(tx, token)
    if found is None:
        return None
    row, alert = found
    at, mates = desk.clock.now(), headcounts.mates_of(tx, row.alert).get((row.clinic, row.service), {})
    there = sorted(seen & mates.keys())
    if not there or alert.state not in LISTENS or row.expires_at <= at:
        return Ticked(None, at)
    said = TeamCount(len(there), len(mates), trouble)
    record_headcount(desk, tx, Spoken(row, said), alert, Source.WEB.value, at, seen=there)
    return Ticked(said, at)
