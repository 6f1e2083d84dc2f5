import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.authority import HOUSE, MATRIX, Act, Actor, Face, Role, may, require
from notifier.domain.errors import Forbidden

SENDING = (Act.OPEN_INCIDENT, Act.DRAFT, Act.SEND, Act.APPROVE, Act.THAW)


def actor(*roles: Role, face: Face = Face.CLI) -> Actor:
    return Actor("Dina", frozenset(roles), face)


def test_every_act_has_its_row_in_the_matrix() -> None:
    assert MATRIX.keys() == set(Act)


def test_whoever_may_send_may_also_stop_and_freeze() -> None:
    for act in (Act.STOP, Act.FREEZE):
        assert MATRIX[act] >= MATRIX[Act.SEND] | MATRIX[Act.APPROVE]


@pytest.mark.parametrize("act", SENDING)
def test_staff_cadres_and_the_administrator_start_nothing(act: Act) -> None:
    for role in (Role.AGENT, Role.CADRE, Role.ADMIN):
        assert not may(actor(role), act)


def test_staff_who_only_answer_hold_no_act_at_all() -> None:
    assert not any(may(actor(Role.AGENT), act) for act in Act)


def test_the_house_may_climb_and_nothing_else_and_nobody_else_may_that() -> None:
    assert {act for act in Act if may(HOUSE, act)} == {Act.ESCALATE}
    assert not may(actor(*Role), Act.ESCALATE)
    assert not may(actor(*Role, face=Face.HOUSE), Act.SEND)


def test_a_refusal_names_the_actor_and_the_act() -> None:
    with pytest.raises(Forbidden) as refused:
        require(actor(Role.CADRE), Act.SEND)
    assert (refused.value.actor, refused.value.act) == ("Dina", "send")
    require(actor(Role.CELL), Act.SEND)


@given(
    st.frozensets(st.sampled_from(Role)),
    st.sampled_from(Role),
    st.sampled_from(Act),
    st.sampled_from([Face.CLI, Face.WEB, Face.BOT]),
)
def test_one_role_more_never_takes_an_act_away(roles: frozenset[Role], more: Role, act: Act, face: Face) -> None:
    if may(Actor("Dina", roles, face), act):
        assert may(Actor("Dina", roles | {more}, face), act)
