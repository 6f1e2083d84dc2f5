"""Whom a call for volunteers leaves to their rest, by what is planned."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.rest import REST, Spared, spare
from notifier.domain.roster import Slot, SlotKind
from tests.properties.examples import examples

NIGHT = datetime(2026, 10, 4, tzinfo=UTC)
STARTS, ENDS = NIGHT + timedelta(hours=23), NIGHT + timedelta(hours=31)  # wanted from 23h to 7h


def _slot(kind: SlotKind, first: float, last: float, person: int = 1, clinic: str = "KER") -> Slot:
    return Slot(person, clinic, kind, NIGHT + timedelta(hours=first), NIGHT + timedelta(hours=last))


@pytest.mark.parametrize(
    ("slots", "why"),
    [
        ([], None),
        ([_slot(SlotKind.SHIFT, 5, 13)], Spared.RESTING),
        ([_slot(SlotKind.SHIFT, 4, 12)], None),  # eleven hours to the minute
        ([_slot(SlotKind.GUARD, -1, 20)], Spared.RESTING),
        ([_slot(SlotKind.SHIFT, 41, 49)], Spared.NEXT_SHIFT),
        ([_slot(SlotKind.SHIFT, 42, 50)], None),
        ([_slot(SlotKind.SHIFT, 19, 31)], None),  # at work already
        ([_slot(SlotKind.SHIFT, 24, 32)], Spared.NEXT_SHIFT),  # begins while he is wanted
        ([_slot(SlotKind.LEAVE, 0, 48)], Spared.LEAVE),
        ([_slot(SlotKind.LEAVE, 0, 23)], None),
        ([_slot(SlotKind.SHIFT, 5, 13), _slot(SlotKind.ON_CALL, 20, 32)], None),
        ([_slot(SlotKind.ON_CALL, 0, 12)], None),  # at home: no working time
        ([_slot(SlotKind.SHIFT, 5, 13), _slot(SlotKind.LEAVE, 20, 48)], Spared.LEAVE),
        ([_slot(SlotKind.SHIFT, -20, -10), _slot(SlotKind.SHIFT, 8, 16)], Spared.RESTING),
        ([_slot(SlotKind.SHIFT, 5, 13, clinic="SAG")], None),  # a plan that is too old tells nothing
        ([_slot(SlotKind.LEAVE, 5, 30, clinic="SAG")], Spared.LEAVE),
    ],
)
def test_who_is_left_alone_and_why(slots: list[Slot], why: Spared | None) -> None:
    assert spare(slots, STARTS, ENDS, stale={"SAG"}).get(1) is why


def test_a_company_agreement_may_shorten_the_rest() -> None:
    assert spare([_slot(SlotKind.SHIFT, 5, 13)], STARTS, ENDS, rest=timedelta(hours=9)) == {}


@st.composite
def plans(draw: st.DrawFn) -> list[Slot]:
    """Some days of some people, in any order."""
    shifts = []
    for person in range(draw(st.integers(1, 4))):
        hour = draw(st.integers(-30, 0))
        for _ in range(draw(st.integers(0, 4))):
            length, gap = draw(st.integers(1, 13)), draw(st.integers(0, 30))
            shifts.append(_slot(SlotKind.SHIFT, hour, hour + length, person))
            hour += length + gap
    return draw(st.permutations(shifts))


@examples(2_000)
@given(plans())
def test_nobody_is_called_whose_rest_would_be_cut_short_and_nobody_else_is_left(slots: list[Slot]) -> None:
    spared = spare(slots, STARTS, ENDS)
    for person in {slot.person for slot in slots}:
        mine = [slot for slot in slots if slot.person == person]
        at_work = any(slot.starts <= STARTS < slot.ends for slot in mine)
        cut = any(slot.ends <= STARTS < slot.ends + REST or STARTS < slot.starts < ENDS + REST for slot in mine)
        assert (person in spared) is (cut and not at_work)
