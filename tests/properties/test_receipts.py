"""Outcomes and receipts: whatever the order, a row ends in the same place, and no more copies leave than are promised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.delivery import (
    MAX_COPIES,
    MAX_TRIES,
    WAITING,
    Accepted,
    Deferred,
    Evidence,
    LaneFault,
    NotSent,
    Outcome,
    Refused,
    RefusedFor,
    State,
    Unsure,
    advance,
    settle,
)
from tests.properties.examples import examples

pytestmark = pytest.mark.grows

RECEIPTS = st.lists(st.sampled_from(Evidence), max_size=12)
OUTCOMES = st.one_of(
    st.builds(Accepted, st.none() | st.text(max_size=8)),
    st.builds(Deferred, st.timedeltas(), st.booleans()),
    st.builds(Refused, st.sampled_from(RefusedFor), st.booleans()),
    st.builds(NotSent, st.none() | st.sampled_from(LaneFault)),
    st.builds(Unsure),
)


def after(state: State, receipts: list[Evidence]) -> State:
    """The state once all of them have come."""
    for evidence in receipts:
        state = advance(state, evidence)
    return state


@examples(15_000)
@given(state=st.sampled_from(State), receipts=RECEIPTS, data=st.data())
def test_receipts_in_any_order_and_any_number_end_in_the_same_place(
    state: State, receipts: list[Evidence], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(receipts), max_size=6)) if receipts else []
    shuffled = data.draw(st.permutations([*receipts, *again]))
    assert after(state, receipts) is after(state, shuffled)


@examples(15_000)
@given(state=st.sampled_from(State), receipts=RECEIPTS)
def test_a_receipt_never_takes_back_what_is_known(state: State, receipts: list[Evidence]) -> None:
    end = after(state, receipts)
    if Evidence.DELIVERED in receipts or state is State.DELIVERED:
        assert end is State.DELIVERED
    elif Evidence.UNDELIVERED in receipts or state is State.UNDELIVERED:
        assert end is State.UNDELIVERED
    elif Evidence.SENT in receipts:
        assert end is State.SENT
    else:
        assert end is state


@examples(15_000)
@given(outcomes=st.lists(OUTCOMES, min_size=1, max_size=80))
def test_no_row_is_copied_more_often_than_promised_or_tried_for_ever(outcomes: list[Outcome]) -> None:
    state, copies, tries, arrived = State.QUEUED, 0, 0, 0
    for outcome in outcomes:
        if state not in WAITING or copies >= MAX_COPIES:
            break
        copies, tries = copies + 1, tries + 1  # before the wire
        arrived += isinstance(outcome, Accepted | Unsure)
        settled = settle(outcome, copies=copies, tries=tries)
        state, copies = settled.state, settled.copies
        assert 0 <= copies <= MAX_COPIES
        assert arrived <= copies, "what may have arrived is always counted"
        assert (state is State.UNSURE) is (copies > 0 and state in WAITING), "doubt is never forgotten"
        assert copies < MAX_COPIES or state not in WAITING
        if tries >= MAX_TRIES and not (isinstance(outcome, Deferred) or (isinstance(outcome, NotSent) and outcome.fault)):
            assert state not in WAITING
