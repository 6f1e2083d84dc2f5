"""Who is called, against a second reading of the same expression, which looks at one person at a time and knows no shortcut."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.audience import narrow, parse, resolve, why_unreachable
from notifier.domain.errors import EmptyAudience
from notifier.domain.people import Channel
from notifier.domain.roster import FRESH, Contact, Duty, Kind, Person, Slot, SlotKind, Status, duty_at
from tests.domain.cast import GROUP, LANDLINE, MOBILE, NIGHT, contact, make_person
from tests.properties.examples import examples

pytestmark = pytest.mark.grows

ROLES = ("IDE", "IBODE", "CADRE", "MED")
HOMES = (("KER", "BLOC"), ("KER", "URG"), ("SAG", "BLOC"))
CONTACTS = st.sampled_from(
    [
        (Channel.SMS, MOBILE),
        (Channel.SMS, LANDLINE),
        (Channel.EMAIL, "a@example.org"),
        (Channel.TELEGRAM, "9000000000000012"),
    ]
)


@st.composite
def contacts(draw: st.DrawFn, number: int) -> tuple[Contact, ...]:
    """Up to four addresses, some of them of no use."""
    given = draw(st.lists(st.tuples(CONTACTS, st.booleans(), st.booleans()), max_size=4))
    return tuple(
        contact(number * 10 + place, channel, value, in_band=in_band, dead=dead)
        for place, ((channel, value), in_band, dead) in enumerate(given)
    )


@st.composite
def persons(draw: st.DrawFn, number: int) -> Person:
    """Anybody."""
    clinic, service = draw(st.sampled_from(HOMES))
    person = make_person(
        number, draw(st.sampled_from(["Le Goff", "Goff"])), "Alla", clinic, service, draw(st.sampled_from(ROLES))
    )
    relay = draw(st.integers(0, 4)) == 0
    return replace(
        person,
        kind=Kind.RELAY if relay else Kind.PERSON,
        role="RELAIS" if relay else person.role,
        status=draw(st.sampled_from(Status)),
        on_call=draw(st.booleans()),
        volunteer=draw(st.booleans()),
        tags=draw(st.frozensets(st.sampled_from(["Renfort", "nuit"]))),
        contacts=draw(contacts(number)),
    )


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Person, ...]:
    """Up to eight people."""
    return tuple(draw(persons(number)) for number in range(1, draw(st.integers(1, 8)) + 1))


@st.composite
def duties(draw: st.DrawFn) -> Duty:
    """A picture of any night; who is on shift on a stale plan stands in no such picture (``duty_at``)."""
    on_shift, on_call, away = (draw(st.frozensets(st.integers(1, 8))) for _ in range(3))
    return Duty(on_shift, on_call, away, draw(st.frozensets(st.sampled_from(["KER", "SAG"]))), {})


@dataclass(frozen=True)
class Night:
    """What a reading of one person may look at."""

    people: tuple[Person, ...]
    duty: Duty

    def on_duty(self, person: Person) -> bool:
        """On shift; on a stale plan on call; a post always; never on leave."""
        if person.kind is Kind.RELAY:
            return True
        listed = person.id in self.duty.on_call or person.on_call
        present = listed if person.clinic in self.duty.stale else person.id in self.duty.on_shift
        return present and person.id not in self.duty.away

    def called_out(self, person: Person) -> bool:
        """On call at home."""
        listed = person.id in self.duty.on_call or (person.on_call and person.clinic in self.duty.stale)
        return listed and person.id not in self.duty.away and person.kind is Kind.PERSON


Means = Callable[[Night, Person], bool]


@dataclass(frozen=True)
class Said:
    """An expression, and whom it means."""

    text: str
    means: Means


LEAVES = [
    Said("all", lambda _night, _person: True),
    Said("clinic:KER", lambda _night, person: person.clinic == "KER"),
    Said("site:kerlic,SAG", lambda _night, _person: True),
    Said('service:"bloc opératoire"', lambda _night, person: person.service == "BLOC"),
    Said("service:urg", lambda _night, person: person.service == "URG"),
    Said("status:étudiant", lambda _night, person: person.status is Status.STUDENT),
    Said("etiquette:RENFORT", lambda _night, person: "Renfort" in person.tags),
    Said('nom:"le goff"', lambda _night, person: person.family_name == "Le Goff"),
    Said("on-duty", lambda night, person: night.on_duty(person)),
    Said("astreinte", lambda night, person: night.called_out(person)),
    Said("relay", lambda _night, person: person.kind is Kind.RELAY),
    Said("volontaire", lambda _night, person: person.volunteer),
    Said("role:IDE,IBODE", lambda _night, person: person.role in ("IDE", "IBODE")),
]
# Beside *on-duty* a role also means the posts where such a person works; that rule has a property of its own.
PLAIN = [leaf for leaf in LEAVES if not leaf.text.startswith(("role", "status"))]


def joined(leaves: list[Said]) -> st.SearchStrategy[Said]:
    """Everything that can be said with them."""
    return st.recursive(
        st.sampled_from(leaves),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(
                lambda p: Said(f"({p[0].text} {p[1].text})", lambda n, w: p[0].means(n, w) and p[1].means(n, w))
            ),
            st.tuples(inner, inner).map(
                lambda p: Said(f"({p[0].text} ou {p[1].text})", lambda n, w: p[0].means(n, w) or p[1].means(n, w))
            ),
            inner.map(lambda said: Said(f"sauf ({said.text})", lambda n, w: not said.means(n, w))),
        ),
        max_leaves=6,
    )


def chosen(text: str, night: Night) -> tuple[Person, ...]:
    """Whom the product would call."""
    try:
        return tuple(resolve(parse(text), night.people, night.duty, GROUP))
    except EmptyAudience:
        return ()


@examples(12_000)
@given(people=crowds(), duty=duties(), said=joined(PLAIN))
def test_an_expression_selects_whom_it_says_and_nobody_else(people: tuple[Person, ...], duty: Duty, said: Said) -> None:
    night = Night(people, duty)
    found = chosen(said.text, night)
    assert {person.id for person in found} == {person.id for person in people if said.means(night, person)}
    assert len(found) == len(set(found))


@examples(8_000)
@given(people=crowds(), duty=duties(), said=joined(LEAVES))
def test_whoever_is_selected_has_a_way_or_is_named_with_its_cause(people: tuple[Person, ...], duty: Duty, said: Said) -> None:
    for person in chosen(said.text, Night(people, duty)):
        named = why_unreachable(person) is not None
        assert named is not bool(person.reachable), "either a way or a cause, never both, never neither"


@examples(8_000)
@given(people=crowds(), duty=duties(), said=joined(LEAVES), data=st.data())
def test_the_order_of_the_roster_changes_nobody(people: tuple[Person, ...], duty: Duty, said: Said, data: st.DataObject) -> None:
    found = chosen(said.text, Night(people, duty))
    shuffled = chosen(said.text, Night(tuple(data.draw(st.permutations(people))), duty))
    assert set(found) == set(shuffled)
    first = [why_unreachable(person) for person in found].count(None)
    assert first == [why_unreachable(person) for person in shuffled].count(None)


@examples(8_000)
@given(people=crowds(), duty=duties(), meant=joined(LEAVES), out=joined(LEAVES))
def test_whoever_is_excluded_is_never_called(people: tuple[Person, ...], duty: Duty, meant: Said, out: Said) -> None:
    night = Night(people, duty)
    excluded = set(chosen(out.text, night))
    assert not set(chosen(f"({meant.text}) sauf ({out.text})", night)) & excluded


@examples(4_000)
@given(people=crowds(), duty=duties(), bound=joined(PLAIN), wanted=joined(PLAIN))
def test_a_template_s_audience_binds_whatever_is_asked_for(
    people: tuple[Person, ...], duty: Duty, bound: Said, wanted: Said
) -> None:
    night = Night(people, duty)
    both = {person for person in people if bound.means(night, person) and wanted.means(night, person)}
    try:
        assert set(resolve(narrow(parse(bound.text), parse(wanted.text)), people, duty, GROUP)) == both
    except EmptyAudience:
        assert not both


@examples(8_000)
@given(people=crowds(), duty=duties(), role=st.sampled_from(ROLES))
def test_beside_on_duty_a_role_means_the_posts_where_such_a_person_works(
    people: tuple[Person, ...], duty: Duty, role: str
) -> None:
    night = Night(people, duty)
    works = {
        (p.clinic, p.service)
        for p in people
        if p.kind is Kind.PERSON
        and p.role == role
        and (p.id in duty.on_shift or (p.clinic in duty.stale and p.id not in duty.away))
    }
    meant = {
        p for p in people if (p.role == role and night.on_duty(p)) or (p.kind is Kind.RELAY and (p.clinic, p.service) in works)
    }
    assert set(chosen(f"role:{role} on-duty", night)) == meant
    assert not any(p.kind is Kind.RELAY for p in chosen(f"role:{role} on-duty not relay", night))


@st.composite
def slots(draw: st.DrawFn) -> Slot:
    """A stretch near the instant that is asked for, its edges included."""
    starts = draw(st.integers(-3, 2))
    ends = draw(st.integers(starts + 1, 4))
    hour = timedelta(hours=1)
    return Slot(draw(st.integers(1, 9)), "", draw(st.sampled_from(SlotKind)), NIGHT + starts * hour, NIGHT + ends * hour)


@examples(8_000)
@given(
    people=crowds(),
    planned=st.dictionaries(st.sampled_from(["KER", "SAG"]), st.integers(0, 96)),
    rota=st.lists(slots(), max_size=12),
)
def test_a_stale_plan_falls_back_on_posts_and_people_on_call(
    people: tuple[Person, ...], planned: dict[str, int], rota: list[Slot]
) -> None:
    since: dict[str, datetime] = {clinic: NIGHT - timedelta(hours=hours) for clinic, hours in planned.items()}
    homes = {person.id: person.clinic for person in people}
    rota = [replace(slot, clinic=homes[slot.person]) for slot in rota if slot.person in homes]
    duty = duty_at(homes.values(), rota, since, NIGHT)
    now = [slot for slot in rota if slot.starts <= NIGHT < slot.ends]
    for person in people:
        kinds = {slot.kind for slot in now if slot.person == person.id}
        stale = person.clinic not in since or NIGHT - since[person.clinic] > FRESH
        at_home = SlotKind.ON_CALL in kinds
        works = bool(kinds & {SlotKind.SHIFT, SlotKind.GUARD})
        present = (at_home or person.on_call) if stale else works
        assert (person.clinic in duty.stale) is stale
        on_duty = person in chosen("on-duty", Night(people, duty))
        assert on_duty is (person.kind is Kind.RELAY or (present and SlotKind.LEAVE not in kinds))
        woken = person.kind is Kind.RELAY or ((present or at_home) and SlotKind.LEAVE not in kinds)
        assert duty.woken(person) is woken
