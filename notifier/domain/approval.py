"""How an alert becomes approved: which act, by whom, and over exactly which words, people and channels.

The hash covers everything that decides what a phone shows and who gets it. One changed byte, one person more, and the approval no
longer fits (habit 10: what was approved is what is filled is what was read).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifier.domain.errors import NotApproved
from notifier.domain.message import CODE_SLOT, LINK_SLOT, NAME_SLOT, Wording
from notifier.domain.people import Channel

_FORM = "notifier-approval-1"  # names the canonical form, so that a later one cannot be mistaken for it


class How(StrEnum):
    PREAPPROVED = "preapproved"  # an unchanged template, approved beforehand by name, date and hash
    TWO_PERSONS = "two_persons"


@dataclass(frozen=True, slots=True)
class Approval:
    """Given by ``by``, who is never the author where two persons are needed."""

    by: str
    at: datetime
    hash: str
    how: How

    def to_json(self) -> dict[str, str]:
        """What the alert's row and the journal keep."""
        return {"by": self.by, "at": self.at.isoformat(), "hash": self.hash, "how": self.how.value}

    @classmethod
    def from_json(cls, kept: Mapping[str, str]) -> "Approval":
        """The same approval again."""
        return cls(kept["by"], datetime.fromisoformat(kept["at"]), kept["hash"], How(kept["how"]))


def approval_hash(
    wordings: Iterable[Wording],
    *,
    audience: str,
    people: Iterable[int],
    channels: Iterable[Channel],
    template: str,
    template_hash: str,
    values: Mapping[str, str],
    conditions: Mapping[str, str | int | bool] | None = None,
) -> str:
    """SHA-256 in hex over canonical JSON. The order in which words, people or channels are given does not matter.

    ``people`` are ids, ``audience`` the expression as typed, ``values`` what the operator filled in. ``conditions`` is what else
    binds: incident, exercise, level, vital, life, deadline, ladder.
    """
    bound = {
        "form": _FORM,
        "slots": [NAME_SLOT, CODE_SLOT, LINK_SLOT],
        "words": sorted((_wording_facts(wording) for wording in wordings), key=_canonical),
        "audience": audience,
        "people": sorted(set(people)),
        "channels": sorted({channel.value for channel in channels}),
        "template": [template, template_hash],
        "values": dict(values),
        "conditions": dict(conditions or {}),
    }
    return hashlib.sha256(_canonical(bound).encode()).hexdigest()


def _wording_facts(wording: Wording) -> list[object]:
    choices = [[choice.digit, choice.key, choice.label] for choice in wording.choices]
    place = [wording.channel.value, wording.language.value, wording.way_back.value, wording.clinic, wording.question.value]
    return [*place, wording.subject, wording.text, choices]


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def may_send_alone(
    template: str, *, template_preapproved: bool, hash_matches: bool, free_text_fields: Sequence[str] = ()
) -> None:
    """One person may send an unchanged, pre-approved template. Raises NotApproved with the reason and its fields.

    Typed variables (time, place, number, choice) leave a template unchanged; any filled free text makes it changed text.
    """
    if not template_preapproved:
        raise NotApproved(template, "not_preapproved")
    if not hash_matches:
        raise NotApproved(template, "hash_differs")
    if free_text_fields:
        raise NotApproved(template, "changed_text", tuple(free_text_fields))


def require_second_person(template: str, *, author: str, approver: str) -> None:
    """The approver is never the author. Raises NotApproved ``same_person``."""
    if author.casefold().strip() == approver.casefold().strip():
        raise NotApproved(template, "same_person")
