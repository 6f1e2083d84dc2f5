"""What a phone gets, at the very edges of its parts; smsutil gives the second opinion."""

import re

import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from notifier.domain.errors import BadValue
from notifier.domain.gsm import BASIC, EXTENSION, Encoding, changes, is_gsm, segments, to_gsm
from tests.properties.examples import examples

pytestmark = pytest.mark.grows

# Without CR and FF, which to_gsm never leaves, and ESC, which the oracle takes for a letter.
PLAIN, PAIRS = sorted(BASIC - {"\r"}), sorted(EXTENSION - {"\f"})
WIDE = st.sampled_from([*"êœ’Łя中", "🙂", "𝄞"])
EDGES = st.sampled_from([153, 160, 306, 459, 612]).flatmap(lambda edge: st.integers(edge - 3, edge + 2))
WIDE_EDGES = st.sampled_from([67, 70, 134, 201]).flatmap(lambda edge: st.integers(edge - 3, edge + 2))
ANY = st.text(st.characters(exclude_characters="\x1b"), max_size=80)


@st.composite
def near_an_edge(draw: st.DrawFn) -> str:
    """Plain signs up to an edge, pairs across it, and a little more."""
    before = draw(EDGES)
    pairs = draw(st.lists(st.sampled_from(PAIRS), max_size=4))
    places = draw(st.lists(st.integers(0, 4), max_size=3))
    text = [draw(st.sampled_from(PLAIN))] * max(0, before - 2 * len(pairs)) + pairs
    for place in places:
        text.insert(max(0, len(text) - place), draw(st.sampled_from(PLAIN)))
    return "".join(text) + draw(st.text(PLAIN, max_size=5))


@examples(12_000)
@given(near_an_edge())
@example("a" * 160)
@example("a" * 161)
@example("a" * 159 + "€")
@example("a" * 152 + "€" * 8)
def test_gsm_parts_are_cut_as_the_oracle_cuts_them(text: str) -> None:
    cut, oracle = segments(text), smsutil.split(text)
    assert (cut.parts, cut.units, cut.encoding) == (len(oracle.parts), oracle.total_bytes, Encoding.GSM7)
    each = 160 if cut.parts == 1 else 153
    assert cut.left == each - oracle.parts[-1].bytes


@examples(12_000)
@given(before=WIDE_EDGES, tail=st.lists(st.one_of(WIDE, st.sampled_from(PLAIN)), max_size=6))
@example(before=69, tail=["🙂"])
@example(before=66, tail=["🙂", *"aaaa"])
def test_wide_parts_are_cut_as_the_oracle_cuts_them(before: int, tail: list[str]) -> None:
    text = "ê" * before + "".join(tail)
    cut, oracle = segments(text), smsutil.split(text)
    assert (cut.parts, cut.units * 2, cut.encoding) == (len(oracle.parts), oracle.total_bytes, Encoding.UCS2)
    each = 70 if cut.parts == 1 else 67
    assert cut.left * 2 == each * 2 - oracle.parts[-1].bytes


@examples(8_000)
@given(near_an_edge(), st.sampled_from([*PLAIN, *PAIRS]))
def test_one_sign_more_is_never_fewer_parts(text: str, sign: str) -> None:
    before, after = segments(text), segments(text + sign)
    assert before.parts <= after.parts <= before.parts + 1
    assert after.units == before.units + (2 if sign in PAIRS else 1)


@examples(15_000)
@given(text=ANY, keep_accents=st.booleans())
def test_nothing_becomes_a_question_mark_and_the_list_of_changes_is_the_change(text: str, keep_accents: bool) -> None:
    try:
        sent = to_gsm(text, keep_accents=keep_accents)
    except BadValue as refused:
        facts = dict(refused.facts)
        assert text[int(facts["position"]) - 1] == facts["character"], "named by its place"
        return
    assert sent.count("?") == text.count("?")
    assert keep_accents or is_gsm(sent)
    assert to_gsm(sent, keep_accents=keep_accents) == sent
    rebuilt, at = "", 0
    for place, was, to in changes(text, keep_accents=keep_accents):
        assert text[place - 1 : place - 1 + len(was)] == was
        rebuilt += text[at : place - 1] + to
        at = place - 1 + len(was)
    assert rebuilt + text[at:] == sent


@examples(8_000)
@given(st.text("0123456789 nN°º²³½¼¾kcdmCF,.", max_size=30))
def test_digits_keep_their_order_and_never_run_together(text: str) -> None:
    try:
        sent = to_gsm(text)
    except BadValue:
        return
    whole = re.sub("[½¼¾]", lambda sign: {"½": " 1/2 ", "¼": " 1/4 ", "¾": " 3/4 "}[sign[0]], text)
    numbers = re.findall(r"\d+", whole.replace("²", "2").replace("³", "3").replace("°", " ").replace("º", " "))
    assert re.findall(r"\d+", sent) == numbers
