"""Readiness is counted right, whoever works where with whatever addresses."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.people import Channel
from notifier.domain.readiness import ContactTest, Member, Result, Way, count_ready
from tests.properties.examples import examples

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
SINCE = NOW - timedelta(days=90)
TESTS = st.builds(ContactTest, st.integers(0, 200).map(lambda days: NOW - timedelta(days=days)), st.sampled_from(Result))
WAYS = st.builds(
    Way,
    st.sampled_from(Channel),
    in_band=st.booleans(),
    dead=st.booleans(),
    landline=st.booleans(),
    test=st.none() | TESTS,
)
MEMBERS = st.builds(
    Member,
    st.sampled_from(["KER", "SAG"]),
    st.sampled_from(["BLOC", "REA", "LOST"]),
    st.booleans(),
    st.lists(WAYS, max_size=4).map(tuple),
)
SERVICES = {"KER": ["BLOC", "REA"], "SAG": ["BLOC"]}


@examples(4_000)
@given(members=st.lists(MEMBERS, max_size=12), channels=st.frozensets(st.sampled_from(Channel)))
def test_everybody_is_counted_once_where_he_works_and_a_clinic_is_the_sum_of_its_services(
    members: list[Member], channels: frozenset[Channel]
) -> None:
    found = count_ready(SERVICES, members, channels, SINCE)
    staff = Counter((member.clinic, member.service) for member in members if not member.relay)
    for clinic, services in found.clinics:
        assert [line.service for line in services][: len(SERVICES[clinic.clinic])] == SERVICES[clinic.clinic]
        for count in ("staff", "one", "two", "verified", "relays"):
            assert getattr(clinic, count) == sum(getattr(line, count) for line in services)
        for line in (clinic, *services):
            assert 0 <= line.two <= line.one <= line.staff
            assert 0 <= line.verified <= line.one
        for line in services:
            assert line.staff == staff.pop((line.clinic, line.service or ""), 0)
    assert not staff, "nobody is left out, known service or not"
    if not channels:
        assert set(found.unreachable) == {line for _, services in found.clinics for line in services}


@examples(4_000)
@given(members=st.lists(MEMBERS, max_size=6), channels=st.frozensets(st.sampled_from(Channel)), extra=WAYS)
def test_one_more_way_never_makes_a_service_less_ready_and_counts_only_where_it_works(
    members: list[Member], channels: frozenset[Channel], extra: Way
) -> None:
    before = count_ready(SERVICES, [*members, Member("KER", "BLOC", False, ())], channels, SINCE).clinics[0][0]
    after = count_ready(SERVICES, [*members, Member("KER", "BLOC", False, (extra,))], channels, SINCE).clinics[0][0]
    works = not (extra.in_band or extra.dead or extra.landline) and extra.channel in channels
    works = works and (extra.test is None or extra.test.result is not Result.FAILED)
    lately = extra.test is not None and extra.test.result is Result.ANSWERED and extra.test.at >= SINCE
    assert (after.one - before.one, after.two - before.two) == (works, 0)
    assert after.verified - before.verified == (works and lately)
