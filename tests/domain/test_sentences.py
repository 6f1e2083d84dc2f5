"""Every code that the rules raise has its sentence in both languages, with a cure and without a hole."""

from collections.abc import Callable
from enum import StrEnum

import pytest

from notifier.domain.alert import AlertState, move_alert
from notifier.domain.approval import require_second_person
from notifier.domain.audience import Unreachable, check, parse
from notifier.domain.authority import Role
from notifier.domain.board import Standing
from notifier.domain.errors import NotifierError
from notifier.domain.escalation import Cause
from notifier.domain.incident import alert_code, check_code
from notifier.domain.people import Language
from notifier.prose import SENTENCES, explain
from tests.domain.cast import GROUP

ACTS: list[Callable[[], object]] = [
    lambda: parse("clinic:KER )"),
    lambda: parse("(clinic:KER"),
    lambda: parse("klinic:KER"),
    lambda: parse("on-dutty"),
    lambda: parse("zzz"),
    lambda: parse("(" * 40),
    lambda: parse("relay " * 3_000),
    lambda: parse(""),
    lambda: check(parse("service:BLOK"), GROUP, ()),
    lambda: check(parse("service:zzz"), GROUP, ()),
    lambda: check_code("HGX12"),
    lambda: alert_code("HGX1", 1_000),
    lambda: move_alert("HGX1-03", AlertState.ENDED, AlertState.STOPPED),
    lambda: require_second_person("paper-bloc", author="Dina", approver="Dina"),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("language", Language)
def test_a_refusal_is_told_in_a_whole_sentence(act: Callable[[], object], language: Language) -> None:
    with pytest.raises(NotifierError) as refused:
        act()
    sentence = explain(refused.value, language)
    assert "{" not in sentence
    assert type(refused.value).__name__ not in sentence
    assert "…" not in sentence.removesuffix("….")
    assert sentence.endswith((".", "?"))


@pytest.mark.parametrize("words", [Cause, Unreachable, Standing, AlertState, Role])
def test_every_cause_state_and_role_has_its_words(words: type[StrEnum]) -> None:
    for word in words:
        french, english = SENTENCES[f"{words.__name__}.{word.value}"]
        assert french
        assert english
