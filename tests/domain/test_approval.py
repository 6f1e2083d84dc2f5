import random
from dataclasses import replace
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.approval import Approval, How, approval_hash, may_send_alone, require_second_person
from notifier.domain.errors import NotApproved
from notifier.domain.message import CODE_SLOT, Choice, Question, WayBack, Wording
from notifier.domain.people import Channel, Language
from tests.domain.cast import NIGHT

SMS = Wording(
    Channel.SMS,
    Language.FR,
    WayBack.DIGITS,
    "KER",
    Question.DONE_TROUBLE,
    f"RÉEL HGX1-03 Kerlic. Passez au papier. 1=fait 2=souci. Code {CODE_SLOT}",
    choices=(Choice(1, "done", "fait"), Choice(2, "trouble", "souci")),
)
MAIL = replace(SMS, channel=Channel.EMAIL, way_back=WayBack.LINK, subject="RÉEL HGX1-03")


class Bound(TypedDict, total=False):
    """What an approval covers beside the words."""

    audience: str
    people: list[int]
    channels: list[Channel]
    template: str
    template_hash: str
    values: dict[str, str]
    conditions: dict[str, str | int | bool]


BOUND: Bound = {
    "audience": "clinic:KER service:BLOC on-duty",
    "people": [1, 4, 6],
    "channels": [Channel.SMS, Channel.EMAIL],
    "template": "paper-bloc",
    "template_hash": "ab12",
    "values": {"suite": "23h30", "lieu": "salle 2"},
    "conditions": {"exercise": False, "life": 3600, "incident": "HGX1"},
}
CHANGES: list[Bound] = [
    {"audience": "clinic:KER service:BLOC"},
    {"people": [1, 4]},
    {"people": [1, 4, 6, 2]},
    {"channels": [Channel.SMS]},
    {"template": "paper-urg"},
    {"template_hash": "ab13"},
    {"values": {"suite": "23h31", "lieu": "salle 2"}},
    {"values": {"suite": "23h30"}},
    {"conditions": {"exercise": True, "life": 3600, "incident": "HGX1"}},
    {"conditions": {"exercise": 0, "life": 3600, "incident": "HGX1"}},
    {"conditions": {}},
]
WORDS = [
    replace(SMS, text=SMS.text.replace("papier", "papiers")),
    replace(SMS, text=SMS.text.replace(CODE_SLOT, "K7M4")),
    replace(SMS, text=SMS.text + " "),
    replace(SMS, text=SMS.text.replace("É", "E\u0301")),
    replace(SMS, choices=SMS.choices[::-1]),
    replace(SMS, choices=(SMS.choices[0],)),
    replace(SMS, clinic="SAG"),
    replace(SMS, question=Question.READ),
    replace(SMS, way_back=WayBack.NUMBER),
    replace(SMS, language=Language.EN),
]


def test_the_hash_is_the_same_whatever_the_order() -> None:
    shuffled: Bound = {**BOUND, "people": [6, 1, 4, 1], "channels": [Channel.EMAIL, Channel.SMS]}
    shuffled["values"] = dict(reversed(BOUND["values"].items()))
    assert approval_hash([SMS, MAIL], **BOUND) == approval_hash([MAIL, SMS], **shuffled)
    assert len(approval_hash([SMS], **BOUND)) == 64


@pytest.mark.parametrize("change", CHANGES)
def test_anything_changed_around_the_words_breaks_the_approval(change: Bound) -> None:
    changed: Bound = {**BOUND, **change}
    assert approval_hash([SMS, MAIL], **changed) != approval_hash([SMS, MAIL], **BOUND)


@pytest.mark.parametrize("wording", WORDS)
def test_one_byte_changed_in_the_words_breaks_the_approval(wording: Wording) -> None:
    assert approval_hash([wording, MAIL], **BOUND) != approval_hash([SMS, MAIL], **BOUND)


def test_a_wording_more_or_twice_breaks_the_approval() -> None:
    hashes = {approval_hash(words, **BOUND) for words in ([SMS], [SMS, MAIL], [SMS, SMS], [])}
    assert len(hashes) == 4


@given(text=st.text(), other=st.text(), seed=st.integers())
def test_different_texts_never_share_a_hash_and_order_never_matters(text: str, other: str, seed: int) -> None:
    one, two = replace(SMS, text=text), replace(MAIL, text=other)
    words = [one, two, SMS]
    random.Random(seed).shuffle(words)
    assert approval_hash(words, **BOUND) == approval_hash([one, two, SMS], **BOUND)
    assert (text == other) is (approval_hash([one], **BOUND) == approval_hash([replace(SMS, text=other)], **BOUND))


@pytest.mark.parametrize(
    ("preapproved", "matches", "free", "reason"),
    [
        (False, True, (), "not_preapproved"),
        (False, False, ("note",), "not_preapproved"),
        (True, False, (), "hash_differs"),
        (True, True, ("note",), "changed_text"),
    ],
)
def test_one_person_alone_may_not_send_this(preapproved: bool, matches: bool, free: tuple[str, ...], reason: str) -> None:
    with pytest.raises(NotApproved) as refused:
        may_send_alone("paper-bloc", template_preapproved=preapproved, hash_matches=matches, free_text_fields=free)
    assert refused.value.reason == reason
    assert refused.value.fields == (free if reason == "changed_text" else ())


def test_an_unchanged_preapproved_template_may_be_sent_by_one_person() -> None:
    may_send_alone("paper-bloc", template_preapproved=True, hash_matches=True)


def test_the_author_never_approves_their_own_words() -> None:
    with pytest.raises(NotApproved):
        require_second_person("paper-bloc", author="Dina", approver="dina ")
    require_second_person("paper-bloc", author="Dina", approver="Boris")


def test_an_approval_comes_back_from_json_as_it_was() -> None:
    approval = Approval("Dina", NIGHT, "ab" * 32, How.PREAPPROVED)
    assert Approval.from_json(approval.to_json()) == approval
