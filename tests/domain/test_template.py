"""Typed values: read, checked, shown in each language, and what leaves a template unchanged."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifier.domain.errors import BadValue, GuardedWords, MissingWords
from notifier.domain.escalation import Level
from notifier.domain.message import Question
from notifier.domain.people import Channel, Language
from notifier.domain.template import (
    Answer,
    Option,
    Template,
    TemplateKind,
    Variable,
    VariableType,
    content_hash,
    deadline_of,
    offered,
    read_time,
    read_value,
    read_values,
    show_time,
)

PARIS = ZoneInfo("Europe/Paris")
NIGHT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)  # 22h45 in Paris


def said(fr: str, en: str = "") -> dict[Language, str]:
    return {Language.FR: fr, Language.EN: en or fr}


def variable(kind: VariableType, name: str = "x", **more: object) -> Variable:
    return Variable(name, kind, said(name), **more)  # type: ignore[arg-type]


def template(*variables: Variable, **more: object) -> Template:
    facts: dict[str, object] = {"deadline": "", **more}
    return Template(
        "essai",
        said("Essai"),
        TemplateKind.UPDATE,
        Level.INFO,
        timedelta(hours=1),
        timedelta(minutes=5),
        variables=variables,
        **facts,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("typed", "local"),
    [
        ("23h30", "04/10 23:30"),
        ("23:30", "04/10 23:30"),
        ("23 h 30", "04/10 23:30"),
        ("23h", "04/10 23:00"),
        ("6h05", "05/10 06:05"),
        ("22h45", "05/10 22:45"),  # now is not to come
        ("05/10 06h00", "05/10 06:00"),
        ("5/10 6:00", "05/10 06:00"),
        ("01/01 00h00", "01/01 00:00"),
    ],
)
def test_a_time_is_the_next_one_of_the_local_clock(typed: str, local: str) -> None:
    assert read_time(typed, at=NIGHT, zone=PARIS).astimezone(PARIS).strftime("%d/%m %H:%M") == local


def test_a_past_time_is_the_last_one() -> None:
    assert read_time("22h40", at=NIGHT, zone=PARIS, past=True) == NIGHT - timedelta(minutes=5)
    assert read_time("23h00", at=NIGHT, zone=PARIS, past=True) == NIGHT - timedelta(hours=23, minutes=45)


@pytest.mark.parametrize("typed", ["", "bientôt", "25h00", "12h75", "12", "32/10 12h00", "12h30 demain", "2330", "١٢h٣٠"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadValue) as refused:
        read_time(typed, at=NIGHT, zone=PARIS, name="suite")
    assert (refused.value.field, refused.value.reason) == ("suite", "time")


def test_a_date_just_gone_is_refused_and_not_read_as_next_year() -> None:
    with pytest.raises(BadValue) as refused:
        read_time("03/10 12h00", at=NIGHT, zone=PARIS)
    assert refused.value.reason == "time_past"
    with pytest.raises(BadValue) as refused:
        read_time("05/10 12h00", at=NIGHT, zone=PARIS, past=True)
    assert refused.value.reason == "time_ahead"


def test_a_time_over_the_turn_of_the_clocks_is_the_next_valid_one() -> None:
    before = datetime(2027, 3, 27, 23, 0, tzinfo=UTC)  # the night of 28 March, when 02h30 does not exist
    assert read_time("02h30", at=before, zone=PARIS).astimezone(PARIS).strftime("%d/%m %H:%M") == "28/03 03:00"


def test_a_time_shows_its_day_only_when_it_is_far() -> None:
    assert show_time(NIGHT + timedelta(hours=3), NIGHT, PARIS, Language.FR) == "01h45"
    assert show_time(NIGHT + timedelta(hours=3), NIGHT, PARIS, Language.EN) == "01:45"
    assert show_time(NIGHT + timedelta(hours=23), NIGHT, PARIS, Language.FR) == "05/10 21h45"


def test_a_number_is_digits_up_to_the_longest() -> None:
    count = variable(VariableType.NUMBER, longest="99")
    assert read_value(count, "07", at=NIGHT, zone=PARIS).shown == said("7")
    for typed in ("100", "-1", "7,5", "sept", "٣"):
        with pytest.raises(BadValue, match="number"):
            read_value(count, typed, at=NIGHT, zone=PARIS)


def test_a_choice_is_found_by_key_or_words_and_shown_in_each_language() -> None:
    kind = variable(
        VariableType.CHOICE, choices=(Option("jour", said("de jour", "day")), Option("nuit", said("de nuit", "night")))
    )
    for typed in ("nuit", "De Nuit", "NIGHT"):
        assert read_value(kind, typed, at=NIGHT, zone=PARIS).shown == said("de nuit", "night")
    with pytest.raises(BadValue) as refused:
        read_value(kind, "soir", at=NIGHT, zone=PARIS)
    assert refused.value.facts == (("known", "jour, nuit"),)


@pytest.mark.parametrize("typed", ["Accueil bâtiment B", "Salle 2.12 (1er)", "2e étage, aile nord", "Hall d'entrée"])
def test_a_place_is_a_few_plain_words(typed: str) -> None:
    assert read_value(variable(VariableType.PLACE), typed, at=NIGHT, zone=PARIS).shown == said(typed)


@pytest.mark.parametrize("typed", ["1=oui", "Hall\nici", "<b>", "{{ 7 }}", "Hall ; ici", "_", " ", "Hall: venez"])
def test_a_place_is_nothing_else(typed: str) -> None:
    with pytest.raises(BadValue, match="place"):
        read_value(variable(VariableType.PLACE), typed, at=NIGHT, zone=PARIS)


def test_a_place_longer_than_declared_is_refused_with_how_much() -> None:
    with pytest.raises(BadValue) as refused:
        read_value(variable(VariableType.PLACE, longest="Hall B"), "Hall Bretagne", at=NIGHT, zone=PARIS)
    assert refused.value.facts == (("longest", "6"), ("over", "7"))


def test_typed_words_pass_the_guard_and_must_suit_a_text_message() -> None:
    with pytest.raises(GuardedWords):
        read_value(variable(VariableType.TEXT), "Nos sauvegardes vont bien", at=NIGHT, zone=PARIS)
    with pytest.raises(BadValue) as refused:
        read_value(variable(VariableType.TEXT, "texte"), "Merci 🙂", at=NIGHT, zone=PARIS)
    assert refused.value == BadValue("texte", "character", (("character", "🙂"), ("position", "7")))


def test_all_missing_words_are_named_at_once() -> None:
    wanted = template(
        variable(VariableType.TIME, "suite"),
        variable(VariableType.PLACE, "lieu"),
        variable(VariableType.TEXT, "note", required=False),
    )
    with pytest.raises(MissingWords) as refused:
        read_values(wanted, {"lieu": " \u200b "}, at=NIGHT, zone=PARIS)
    assert refused.value.missing == ("suite", "lieu")


def test_a_value_without_a_variable_is_refused() -> None:
    with pytest.raises(BadValue) as refused:
        read_values(template(), {"suit": "23h30"}, at=NIGHT, zone=PARIS)
    assert (refused.value.field, refused.value.reason) == ("suit", "unknown")


def test_only_filled_free_text_changes_a_template() -> None:
    one = template(variable(VariableType.TIME, "suite"), variable(VariableType.TEXT, "note", required=False))
    assert one.free_text({"suite": "23h30"}) == ()
    assert one.free_text({"suite": "23h30", "note": " "}) == ()
    assert one.free_text({"suite": "23h30", "note": "Venez"}) == ("note",)


def test_the_deadline_is_the_instant_of_its_variable() -> None:
    one = template(variable(VariableType.TIME, "avant", required=False), deadline="avant")
    assert deadline_of(one, {"avant": "23h10"}, at=NIGHT, zone=PARIS) == NIGHT + timedelta(minutes=25)
    assert deadline_of(one, {}, at=NIGHT, zone=PARIS) is None
    assert deadline_of(template(), {}, at=NIGHT, zone=PARIS) is None


def test_answers_are_short_in_a_text_message_and_whole_elsewhere() -> None:
    one = template(answers=(Answer(1, "yes", said("oui", "yes"), said("Oui, je viens", "Yes, I come")),))
    assert [c.label for c in offered(one, Question.DONE_TROUBLE, Channel.SMS, Language.FR)] == ["fait", "souci"]
    assert [c.label for c in offered(one, Question.READ, Channel.TELEGRAM, Language.FR)] == ["J’ai lu"]
    assert [c.label for c in offered(one, Question.CHOICES, Channel.EMAIL, Language.EN)] == ["Yes, I come"]
    assert offered(one, Question.NONE, Channel.SMS, Language.FR) == ()


def test_the_hash_covers_each_file_and_its_name() -> None:
    first = template(files={"a": "x", "b": "y"})
    assert content_hash(first) == content_hash(template(files={"b": "y", "a": "x"}))
    for files in ({"a": "x", "b": "z"}, {"a": "x"}, {"a": "xb", "": "y"}, {"a": "y", "b": "x"}):
        assert content_hash(first) != content_hash(template(files=files))
