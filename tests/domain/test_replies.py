import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.message import Choice
from notifier.domain.replies import Reading, Sense, normalise, read_digit, read_reply

DONE, TROUBLE = Choice(1, "done", "fait"), Choice(2, "trouble", "souci")
CHOICES = (DONE, TROUBLE)
WAYS = [
    "1",
    " 1 ",
    "1.",
    '"1"',
    "n°1",
    "N° 1",
    "nº1",
    "no 1",
    "№1",
    "«\u00a01\u00a0»",
    "(1)",
    "1)",
    "1 !",
    "- 1",
    "1\n",
    "１",
    "1️⃣",
    "“1”",
    "#1",
]
LEFT = ["", " ", "0", "3", "11", "12", "1 2", "1 mais apres 18h", "1 pas avant 9h", "1=fait", "fait", "oui", "ok", "1 K7M4", "+1"]
LEFT += ["1er", "1h", "un", "non 1", "ne 1", "il y a le feu", "arret cardiaque ch 1", "👍", "1" + "." * 40, "١", "½", "-", "n°"]


@pytest.mark.parametrize("text", WAYS)
def test_a_whole_digit_is_read_however_it_is_written(text: str) -> None:
    assert read_digit(text, CHOICES) is DONE
    assert read_digit(text.replace("1", "2").replace("１", "２"), CHOICES) is TROUBLE


@pytest.mark.parametrize("text", LEFT)
def test_anything_else_is_left_to_a_person(text: str) -> None:
    assert read_digit(text, CHOICES) is None


def test_nothing_is_read_where_nothing_was_asked() -> None:
    assert read_digit("1", ()) is None


@pytest.mark.parametrize(
    ("text", "plain"), [(" « Oui ! » ", "oui"), ("PRÉSENT.", "present"), ("j’arrive", "j'arrive"), ("…", "")]
)
def test_a_reply_is_compared_without_case_accents_or_punctuation_around_it(text: str, plain: str) -> None:
    assert normalise(text) == plain


@given(st.text(max_size=200))
def test_any_text_gives_an_offered_choice_or_none(text: str) -> None:
    found = read_digit(text, CHOICES)
    assert found is None or str(found.digit) in normalise(text)
    assert normalise(normalise(text)) == normalise(text)


PRESENT, COMING, AWAY = Choice(1, "present", "présent"), Choice(2, "coming", "j'arrive"), Choice(3, "absent", "indisponible")
ROLL_CALL = (PRESENT, COMING, AWAY)
READ = (Choice(1, "read", "lu"),)
SAYING = {
    PRESENT: ["1", " 1 ", "1.", '"1"', "n°1", "OUI", "Oui!", "ouii", "présent", "presnet", "Présente", "ok", "la", "1 present"],
    COMING: ["2", "j'arrive", "jarrive", "J ARRIVE", "J’arrive !", "en route", "jarive", "2 j'arrive", "2=j'arrive"],
    AWAY: ["3", "non", "Non.", "indsipo", "indisponible", "malade", "absente"],
}
TO_READ = ["1 pas avant 9h", "1 2", "1 ou 2 ?", "12/14", "pas dispo", "je ne suis pas present", "ok mais en route", "1 en route"]
TO_READ += ["1 mais je suis malade", "2 non", "je ne peux pas", "oui non", "non 1", "on est 3", "2 je suis la"]
EMERGENCIES = ["arret cardiaque ch 12", "Arrêt cardiaque", "1 arrêt cardiaque", "patient inconscient", "1 mort", "il y a le feu"]
UNKNOWN = ["4", "xyz", "nom", "ndispo", "11", "1er", "+1", "dispos" * 5, "merci"]


@pytest.mark.parametrize(("text", "choice"), [(text, choice) for choice, said in SAYING.items() for text in said])
def test_the_ways_in_which_people_say_an_answer(text: str, choice: Choice) -> None:
    assert read_reply(text, ROLL_CALL) == Reading(Sense.ANSWER, choice)


def test_an_answer_with_more_to_it_counts_and_is_read_by_a_person() -> None:
    assert read_reply("1 mais apres 18h", ROLL_CALL) == Reading(Sense.ANSWER, PRESENT, to_read=True)


@pytest.mark.parametrize("text", TO_READ)
def test_a_sentence_that_refuses_doubts_or_names_two_answers_is_read_by_a_person(text: str) -> None:
    reading = read_reply(text, ROLL_CALL)
    assert (reading.sense, reading.choice, reading.to_read) == (Sense.TO_READ, None, True)


@pytest.mark.parametrize("text", EMERGENCIES)
def test_an_emergency_is_read_first_and_is_neither_an_answer_nor_a_stop(text: str) -> None:
    assert read_reply(text, ROLL_CALL) == Reading(Sense.TO_READ, to_read=True, emergency=True)


@pytest.mark.parametrize("text", UNKNOWN)
def test_one_word_that_is_not_on_offer_is_not_understood(text: str) -> None:
    assert read_reply(text, ROLL_CALL) == Reading(Sense.UNKNOWN)


@pytest.mark.parametrize("text", ["stop", "STOP", "Arrêt", "arret.", "« stop »"])
def test_stop_alone_asks_for_no_more_texts(text: str) -> None:
    assert read_reply(text, ROLL_CALL) == Reading(Sense.PAUSE)


def test_a_thumb_answers_only_the_question_whether_it_was_read() -> None:
    assert read_reply("👍", READ) == read_reply("👍🏽", READ) == Reading(Sense.ANSWER, READ[0])
    for text, choices in (("👍", ROLL_CALL), ("👎", READ), ("👍👎", READ), ("🔥", READ)):
        assert read_reply(text, choices) == Reading(Sense.TO_READ, to_read=True)


@pytest.mark.parametrize("text", ["", " ", "\n", "…", "?!", "..."])
def test_an_empty_text_says_nothing(text: str) -> None:
    assert read_reply(text, ROLL_CALL) == Reading(Sense.EMPTY)


def test_yes_is_no_answer_where_it_could_mean_that_the_order_was_only_read() -> None:
    for text in ("oui", "ok", "lu"):
        assert read_reply(text, CHOICES) == Reading(Sense.UNKNOWN)
    assert read_reply("fait", CHOICES).choice is DONE
    assert read_reply("soucis", CHOICES).choice is TROUBLE


def test_nobody_who_was_asked_nothing_answers() -> None:
    for text in ("1", "oui", "present", "👍", "1 mais apres 18h"):
        assert read_reply(text, ()).choice is None


@pytest.mark.parametrize("text", ["1 ?", "1?", "fait ?", "Présent ?", "C'est fait\u00a0?", "lu？", "ok?", "1=fait ?"])
def test_whoever_asks_has_not_answered(text: str) -> None:
    for choices in (ROLL_CALL, CHOICES, READ):
        assert read_reply(text, choices) == Reading(Sense.TO_READ, to_read=True)


@pytest.mark.parametrize("text", ["don't", "Dont", "none", "gone", "n'arrive", "narrive", "where", "ndispo", "fail", "fuit"])
def test_another_word_is_not_a_slip_of_an_answer(text: str) -> None:
    """One letter away from *done*, *j'arrive*, *here*, *dispo* or *fait*, and as often as not its contrary."""
    for choices in (ROLL_CALL, CHOICES, READ, ROLL_CALL[:2]):
        assert read_reply(text, choices).choice is None


def test_a_death_is_not_a_slip_of_read() -> None:
    assert read_reply("Dead", READ) == read_reply("dead ?", READ) == Reading(Sense.TO_READ, to_read=True, emergency=True)


@given(st.text(alphabet="123 nonpasoukréetilduv'!.=", max_size=40), st.sampled_from([ROLL_CALL, CHOICES, READ]))
def test_a_refusal_never_counts_as_an_answer(text: str, choices: tuple[Choice, ...]) -> None:
    """A sentence with « pas » in it chooses nothing, whatever else it says."""
    assert read_reply(f"{text} pas {text}", choices).choice is None


@given(st.text(max_size=200), st.sampled_from([ROLL_CALL, CHOICES, READ]))
def test_whatever_is_read_is_on_offer_and_consistent(text: str, choices: tuple[Choice, ...]) -> None:
    reading = read_reply(text, choices)
    assert (reading.choice in choices) == (reading.sense is Sense.ANSWER)
    assert reading.to_read or reading.sense is not Sense.TO_READ
    assert read_reply(f"  {text}\n", choices) == reading
