from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.board import Ending, RecipientFacts, Standing, draw_board, ending
from notifier.domain.delivery import TAKEN, State
from notifier.domain.escalation import Cause
from notifier.domain.headcount import Headcount, TeamCount
from notifier.domain.message import Question
from notifier.domain.roster import Kind
from tests.domain.cast import NIGHT

ALLA = RecipientFacts(
    person=1,
    clinic="KER",
    service="BLOC",
    role="IDE",
    kind=Kind.PERSON,
    woken=True,
    question=Question.READ,
    responsible=False,
    states=(State.DELIVERED,),
)
DINA = replace(ALLA, person=4, role="CADRE", question=Question.DONE_TROUBLE, responsible=True)
BORIS = replace(ALLA, person=2, woken=False, question=Question.NONE)  # off duty: told, not asked
POST = replace(ALLA, person=6, kind=Kind.RELAY)
LOST = replace(ALLA, person=7, states=(State.REFUSED,), cause=Cause.REFUSED, by_hand=True)
COUNTED = Headcount("KER", "URG", TeamCount(4, 5), source="sms", said_by="Relais urgences", at=NIGHT)


def answered(facts: RecipientFacts, answer: str, minutes: int = 3) -> RecipientFacts:
    return replace(facts, answer=answer, answered_at=NIGHT + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("states", "cause", "end"),
    [
        ((), None, Ending.OPEN),
        ((State.QUEUED,), None, Ending.OPEN),
        ((State.UNDELIVERED,), None, Ending.OPEN),
        ((State.UNDELIVERED,), Cause.REFUSED, Ending.LISTED),
        ((State.UNDELIVERED, State.ACCEPTED), None, Ending.REACHED),
        ((State.EXHAUSTED, State.REFUSED), Cause.DOUBTFUL, Ending.LISTED),
        ((State.DELIVERED,), Cause.DOUBTFUL, Ending.REACHED),
        ((), Cause.NO_CHANNEL, Ending.LISTED),
    ],
)
def test_a_recipient_is_open_reached_or_listed(states: tuple[State, ...], cause: Cause | None, end: Ending) -> None:
    assert ending(states, cause) is end
    assert ending(states, cause, answered=True) is Ending.REACHED


def test_totals_count_people_and_add_up() -> None:
    queued = replace(ALLA, person=8, states=(State.QUEUED,))
    board = draw_board("first_alert", [ALLA, answered(DINA, "read"), BORIS, POST, LOST, queued])
    total = board.total
    assert (total.total, total.reached, total.listed, total.in_progress, total.relays) == (6, 4, 1, 1, 1)
    assert (total.accepted, total.delivered) == (4, 4)
    assert total.not_reached == {Cause.REFUSED: 1}
    assert total.answered == {"read": 1}
    assert (total.asked, total.answers, total.unaccounted) == (5, 1, 4)
    assert not board.is_settled


def test_only_people_on_duty_who_were_asked_and_have_it_are_silent() -> None:
    told = replace(ALLA, person=9, question=Question.NONE)
    volunteer = replace(ALLA, person=10, woken=False, question=Question.CHOICES)
    board = draw_board("first_alert", [ALLA, BORIS, told, volunteer, LOST, answered(DINA, "read")])
    assert board.total.silent == 1
    assert draw_board("recall", [replace(ALLA, question=Question.CHOICES)]).total.silent == 0


def test_not_reached_and_call_by_hand_are_two_lists() -> None:
    silent = replace(ALLA, by_hand=True)
    off_duty = replace(LOST, person=2, woken=False, by_hand=True)
    board = draw_board("first_alert", [silent, LOST, off_duty, answered(replace(DINA, by_hand=True), "done")])
    assert board.not_reached == ((2, Cause.REFUSED), (7, Cause.REFUSED))
    assert board.by_hand == (1, 7)
    assert board.total.by_hand == 2


def test_a_late_receipt_takes_a_person_off_the_list() -> None:
    board = draw_board("first_alert", [replace(LOST, states=(State.REFUSED, State.DELIVERED))])
    assert board.not_reached == ()
    assert board.total.reached == 1


def test_trouble_stands_first_then_the_service_whose_cadre_cannot_be_reached() -> None:
    bloc = answered(DINA, "trouble")
    urg = replace(DINA, person=11, service="URG", states=(State.REFUSED,), cause=Cause.REFUSED)
    pui = replace(DINA, person=12, service="PUI")
    labo = answered(replace(DINA, person=13, service="LABO"), "done")
    read_only = answered(replace(ALLA, person=14, service="SMR"), "read")
    board = draw_board("paper_switch", [labo, pui, urg, bloc, read_only])
    lines = board.clinics[0].services
    assert [(line.service, line.standing) for line in lines] == [
        ("BLOC", Standing.TROUBLE),
        ("URG", Standing.NOBODY),
        ("SMR", Standing.NOBODY),
        ("PUI", Standing.WAITING),
        ("LABO", Standing.DONE),
    ]
    assert lines[0].responsible_answer == "trouble"
    assert board.clinics[0].standing is Standing.TROUBLE
    assert [problem.person for problem in board.problems] == [4]


def test_one_of_two_responsible_people_reached_is_enough() -> None:
    lost = replace(DINA, person=5, states=(State.REFUSED,), cause=Cause.REFUSED)
    assert draw_board("paper_switch", [DINA, lost]).clinics[0].services[0].standing is Standing.WAITING


def test_the_responsible_persons_souci_stands_before_the_others_and_the_oldest_first() -> None:
    troubles = [answered(replace(ALLA, person=20), "trouble", 1), answered(replace(ALLA, person=21), "help", 0)]
    board = draw_board("paper_switch", [*troubles, answered(DINA, "trouble", 9)])
    assert [problem.person for problem in board.problems] == [4, 21, 20]
    assert board.total.trouble == 3


def test_the_worst_clinic_stands_first_and_the_groups_order_settles_the_rest() -> None:
    sag = answered(replace(DINA, person=30, clinic="SAG"), "trouble")
    others = [replace(DINA, person=31 + place, clinic=code) for place, code in enumerate(("BBB", "AAA"))]
    board = draw_board("paper_switch", [*others, sag], clinics=("BBB", "AAA", "SAG"))
    assert [line.clinic for line in board.clinics] == ["SAG", "BBB", "AAA"]


def test_a_roll_call_puts_the_service_with_most_unaccounted_first() -> None:
    asked = replace(ALLA, question=Question.CHOICES)
    one = [answered(asked, "present"), replace(asked, person=2)]
    two = [replace(asked, person=3 + n, service="URG") for n in range(3)]
    done = [answered(replace(asked, person=8, service="PUI"), "present")]
    board = draw_board("roll_call", [*done, *one, *two])
    assert [line.service for line in board.clinics[0].services] == ["URG", "BLOC", "PUI"]
    assert board.clinics[0].services[2].standing is Standing.DONE


def test_a_roll_call_lists_services_that_are_unaccounted_for_before_all_others() -> None:
    asked = replace(ALLA, question=Question.CHOICES)
    hurt = [answered(replace(asked, person=10, service="REA"), "help")]
    spoken = [replace(asked, person=20 + n, service="URG") for n in range(5)]
    board = draw_board("roll_call", [*hurt, *spoken, asked, replace(asked, person=30, clinic="SAG")], headcounts=[COUNTED])
    assert [line.service for line in board.clinics[0].services] == ["BLOC", "REA", "URG"]
    assert [(line.clinic, line.service) for line in board.unheard] == [("KER", "BLOC"), ("SAG", "BLOC")]
    told = board.clinics[0].services[2]
    assert (told.headcount, told.standing, told.tally.silent) == (COUNTED, Standing.DONE, 5)
    heard = draw_board("roll_call", [*hurt, replace(asked, person=30, clinic="SAG")])
    assert [line.clinic for line in heard.clinics] == ["SAG", "KER"], "the trouble is accounted for"


def test_a_team_in_trouble_is_trouble_and_one_that_is_spoken_for_is_not_out_of_reach() -> None:
    lost = replace(DINA, service="URG", states=(State.REFUSED,), cause=Cause.REFUSED)
    (line,) = draw_board("first_alert", [lost], headcounts=[COUNTED]).clinics
    assert line.standing is Standing.DONE
    (line,) = draw_board("first_alert", [lost], headcounts=[replace(COUNTED, said=TeamCount(4, 5, trouble=True))]).clinics
    assert line.standing is Standing.TROUBLE


def test_a_service_has_reported_once_its_post_or_the_person_responsible_has_said_anything() -> None:
    asked = [replace(DINA, person=40 + place, service=code) for place, code in enumerate(("BLOC", "PUI", "URG"))]
    board = draw_board("service_report", [*asked[:1], answered(asked[1], "holding"), asked[2]], headcounts=[COUNTED])
    assert [line.service for line in board.unheard] == ["BLOC"]


def test_an_alert_to_nobody_has_an_empty_board() -> None:
    board = draw_board("first_alert", [])
    assert board.clinics == ()
    assert board.is_settled


FACTS = st.builds(
    RecipientFacts,
    person=st.integers(1, 1_000),
    clinic=st.sampled_from(["KER", "SAG"]),
    service=st.sampled_from(["BLOC", "URG"]),
    role=st.just("IDE"),
    kind=st.sampled_from(Kind),
    woken=st.booleans(),
    question=st.sampled_from(Question),
    responsible=st.booleans(),
    states=st.lists(st.sampled_from(State), max_size=3).map(tuple),
    cause=st.one_of(st.none(), st.sampled_from(Cause)),
    answer=st.sampled_from([None, "done", "trouble", "present"]),
    by_hand=st.booleans(),
)


@given(
    recipients=st.lists(FACTS, max_size=30, unique_by=lambda facts: facts.person),
    kind=st.sampled_from(["first_alert", "paper_switch", "roll_call", "recall"]),
)
def test_every_recipient_is_counted_once_whatever_happened(recipients: list[RecipientFacts], kind: str) -> None:
    board = draw_board(kind, recipients)
    for tally in [board.total, *(line.tally for line in board.clinics)]:
        assert tally.total == tally.in_progress + tally.reached + tally.listed
        assert tally.silent <= tally.reached
    assert board.total.total == len(recipients)
    assert board.total.total == sum(s.tally.total for line in board.clinics for s in line.services)
    assert board.total.accepted == sum(any(state in TAKEN for state in facts.states) for facts in recipients)
    assert len(board.not_reached) == board.total.listed
    assert len(board.by_hand) == board.total.by_hand
    assert len(board.problems) == board.total.trouble


@given(
    recipients=st.lists(FACTS.filter(lambda facts: facts.answer != "trouble"), max_size=8, unique_by=lambda facts: facts.person),
    people=st.integers(2, 50),
)
def test_people_of_whom_all_the_same_is_true_may_be_counted_at_once(recipients: list[RecipientFacts], people: int) -> None:
    unlisted = [
        facts
        for facts in recipients
        if not facts.wants_a_call and ending(facts.states, facts.cause, answered=facts.answer is not None) is not Ending.LISTED
    ]
    together = [replace(facts, people=people) for facts in unlisted]
    one_by_one = [facts for facts in unlisted for _ in range(people)]
    assert draw_board("roll_call", together) == draw_board("roll_call", one_by_one)
