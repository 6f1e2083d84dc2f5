from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.audience import (
    Unreachable,
    check,
    parse,
    resolve,
    responsible_people,
    why_unreachable,
)
from notifier.domain.errors import BadAudience, EmptyAudience
from notifier.domain.people import Channel
from notifier.domain.roster import Contact, Duty, Person
from tests.domain.cast import (
    ALLA,
    BORIS,
    CLARA,
    DINA,
    EMIL,
    EVERYBODY,
    FRESH_DUTY,
    GROUP,
    LANDLINE,
    MOBILE,
    POST,
    STALE_DUTY,
    contact,
)

ROLES = ("IDE", "IBODE", "CADRE", "MED")


def called(text: str, duty: Duty = FRESH_DUTY) -> set[Person]:
    try:
        return set(resolve(parse(text), EVERYBODY, duty, GROUP))
    except EmptyAudience:
        return set()


def refused_at(text: str) -> int:
    """Where the text cannot be read; 1 where it can, or is empty."""
    try:
        parse(text)
    except EmptyAudience:
        return 1
    except BadAudience as refused:
        return refused.position
    return 1


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("clinic:KER service:BLOC role:IDE on-duty", {ALLA, POST}),
        ("clinic:KER,SAG role:IDE", {ALLA, CLARA}),
        ("clinic:ker, sag role:ide", {ALLA, CLARA}),
        ("clinique:KER fonction:cadre", {BORIS, DINA}),
        ("clinique:Kerlic service:urg", {EMIL}),
        ('clinique:"quimper-kerlic" service:"BLOC OPERATOIRE" de-service', {ALLA, DINA, POST}),
        ("statut:salarié non fonction:IDE", {BORIS, DINA, POST}),
        ("statut:libéral ou étiquette:RENFORT", {EMIL, BORIS}),
        ("status:liberal OR tag:renfort", {EMIL, BORIS}),
        ('name:"le goff"', {ALLA}),
        ("nom:goff", {ALLA, CLARA}),
        ("nom:«alla le goff»", {ALLA}),
        ("nom:etienne", {BORIS}),
        ("nom:l'hostis", {DINA}),
        ("nom:lhostis", set()),
        ("relais", {POST}),
        ("relay or volunteer", {POST, EMIL}),
        ("astreinte", {EMIL}),
        ("clinic:KER on-duty not relay", {ALLA, DINA}),
        ("clinic:KER responsable", {BORIS, DINA}),
        ("clinic:SAG responsible", set()),
        ("clinic:KER (role:IDE or role:MED)", {ALLA, EMIL}),
        ("clinic:KER role:IDE or clinic:SAG", {ALLA, CLARA}),
        ("not (clinic:KER or clinic:SAG)", set()),
        ("not not clinic:SAG", {CLARA}),
        ("clinic:KER and not relay and role:MED", {EMIL}),
        ("tous", set(EVERYBODY)),
    ],
)
def test_an_expression_selects_these_people(text: str, who: set[Person]) -> None:
    assert called(text) == who


def test_clara_of_another_clinic_is_never_called_for_kerlic() -> None:
    for text in ("clinic:KER", "clinic:KER on-duty", "clinic:KER service:BLOC", "clinic:KER (role:IDE or name:clara)"):
        assert CLARA not in called(text)


def test_on_a_stale_plan_on_duty_means_relay_posts_and_the_on_call_list() -> None:
    assert called("clinic:KER on-duty", STALE_DUTY) == {BORIS, POST}
    assert called("clinic:KER on-call", STALE_DUTY) == {BORIS}
    assert called("clinic:SAG on-duty", STALE_DUTY) == {CLARA}


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("clinic:KER status:salarie on-duty", {ALLA, DINA, POST}),
        ("clinic:KER role:IDE on-duty not relay", {ALLA}),
        ("(service:BLOC on-duty) (clinic:KER (role:IDE or role:MED))", {ALLA, POST}),
        ("clinic:KER not role:IDE on-duty", {DINA, POST}),
        ("clinic:KER role:IDE", {ALLA}),
        ("clinic:KER role:MED on-duty", set()),
        ("clinic:SAG role:IDE on-duty", {CLARA}),
        ("clinic:KER responsible on-duty", {DINA}),
    ],
)
def test_who_asks_for_a_role_on_duty_gets_the_relay_posts_of_its_services(text: str, who: set[Person]) -> None:
    assert called(text) == who


def test_on_a_stale_plan_a_role_on_duty_is_its_services_relay_posts_and_those_on_call() -> None:
    assert called("clinic:KER role:IDE on-duty", STALE_DUTY) == {POST}
    assert called("clinic:KER role:CADRE on-duty", STALE_DUTY) == {BORIS, POST}
    assert called("clinic:KER role:MED on-duty", STALE_DUTY) == set()


def test_people_on_leave_are_neither_on_duty_nor_on_call() -> None:
    away = replace(FRESH_DUTY, away=frozenset({ALLA.id, EMIL.id}))
    assert called("on-duty or on-call", away) == {CLARA, DINA, POST}


def test_who_answers_for_a_service_is_the_one_on_duty_else_all_of_that_role() -> None:
    assert responsible_people(EVERYBODY, FRESH_DUTY, GROUP)["KER", "BLOC"] == (DINA,)
    nobody = replace(FRESH_DUTY, on_shift=frozenset())
    assert responsible_people(EVERYBODY, nobody, GROUP) == {
        ("KER", "BLOC"): (BORIS, DINA),
        ("KER", "URG"): (),
        ("SAG", "BLOC"): (),
    }


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("clinic:KER )", 12, "unexpected"),
        ("clinic:", 8, "unexpected"),
        ("clinic:KER,", 12, "unexpected"),
        ("or clinic:KER", 1, "unexpected"),
        ("clinic:KER or", 14, "unexpected"),
        ("not", 4, "unexpected"),
        ("()", 2, "unexpected"),
        (':KER"', 5, "unclosed"),
        ("(clinic:KER", 1, "unclosed"),
        ('clinic:KER name:"le goff', 17, "unclosed"),
        ("clinic:KER,SAG:x", 15, "unexpected"),
        ("klinic:KER", 1, "unknown_field"),
        ("clinic:KER ondury", 12, "unknown_word"),
        ("(" * 40 + "relay" + ")" * 40, 22, "too_deep"),
        ("relay " * 3_000, 12_001, "too_long"),
        ('name:""', 6, "unexpected"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, position: int, reason: str) -> None:
    with pytest.raises(BadAudience) as refused:
        parse(text)
    assert (refused.value.position, refused.value.reason) == (position, reason)


def test_a_misspelt_field_or_word_brings_the_near_ones() -> None:
    with pytest.raises(BadAudience) as refused:
        parse("servise:BLOC")
    assert "service" in dict(refused.value.facts)["near"]
    with pytest.raises(BadAudience) as refused:
        parse("on-dutty")
    assert "on-duty" in dict(refused.value.facts)["near"]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_expression_is_an_empty_audience(text: str) -> None:
    with pytest.raises(EmptyAudience):
        parse(text)


def test_an_expression_that_selects_nobody_is_refused() -> None:
    with pytest.raises(EmptyAudience):
        list(resolve(parse("clinic:KER role:IBODE"), EVERYBODY, FRESH_DUTY, GROUP))


@pytest.mark.parametrize(
    ("text", "value", "near"),
    [
        ("service:BLOK", "BLOK", "BLOC"),
        ("clinic:KER,SAK", "SAK", "SAG"),
        ("role:IDEE on-duty", "IDEE", "IDE"),
        ("not (status:salary or relay)", "salary", "salarie"),
    ],
)
def test_an_unknown_value_is_refused_with_near_ones(text: str, value: str, near: str) -> None:
    with pytest.raises(BadAudience) as refused:
        check(parse(text), GROUP, ROLES)
    facts = dict(refused.value.facts)
    assert refused.value.reason == "unknown_value"
    assert facts["value"] == value
    assert near in facts["near"]
    assert refused.value.text[refused.value.position - 1 :].startswith(value)


def test_known_values_pass_the_check_by_code_and_by_name() -> None:
    check(parse('clinic:kerlic,SAG service:"bloc operatoire" role:ide statut:étudiant tag:anything name:nobody'), GROUP, ROLES)
    with pytest.raises(BadAudience):
        check(parse("tag:anything"), GROUP, ROLES, tags=("renfort",))


@pytest.mark.parametrize(
    ("contacts", "cause"),
    [
        ((), Unreachable.NONE),
        ((contact(1, Channel.EMAIL, "a@hgx.example", in_band=True),), Unreachable.IN_BAND),
        ((contact(1, Channel.SMS, LANDLINE),), Unreachable.LANDLINE),
        ((contact(1, Channel.SMS, MOBILE, dead=True),), Unreachable.DEAD),
        ((contact(1, Channel.SMS, LANDLINE), contact(2, Channel.EMAIL, "a@hgx.example", in_band=True)), Unreachable.LANDLINE),
        ((contact(1, Channel.SMS, LANDLINE), contact(2, Channel.EMAIL, "a@example.org", dead=True)), Unreachable.DEAD),
        ((contact(1, Channel.SMS, LANDLINE), contact(2, Channel.EMAIL, "a@example.org")), None),
    ],
)
def test_why_nobody_can_reach_a_person_is_said(contacts: tuple[Contact, ...], cause: Unreachable | None) -> None:
    person = replace(ALLA, contacts=contacts)
    assert why_unreachable(person) is cause
    assert (not person.reachable) is (cause is not None)
    assert list(resolve(parse("all"), (person, BORIS), FRESH_DUTY, GROUP)) == [person, BORIS]


@given(st.text(alphabet='cliner:KSAG,()" «»notruduty-é\t', max_size=60))
def test_any_text_is_either_read_or_refused_with_a_place_inside_it(text: str) -> None:
    assert 1 <= refused_at(text) <= len(text) + 1


@given(st.recursive(st.sampled_from(["clinic:KER", "relay", "role:IDE", "on-duty", "nom:goff"]), lambda inner: st.one_of(
    st.tuples(inner, inner).map(lambda p: f"({p[0]} or {p[1]})"),
    st.tuples(inner, inner).map(lambda p: f"({p[0]} {p[1]})"),
    inner.map(lambda p: f"not ({p})"),
), max_leaves=6))  # fmt: skip
def test_an_expression_and_its_negation_share_nobody_and_leave_nobody_out(text: str) -> None:
    yes, no = called(text), called(f"not ({text})")
    assert not yes & no
    assert yes | no == set(EVERYBODY)
    assert called(f"NON NON ({text})") == yes
