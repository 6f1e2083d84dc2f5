"""Words are frozen byte for byte: the two examples, the frame, the slots, and data that stays data."""

from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.domain.errors import BadInput, BadValue, GuardedWords, MissingWords, UnknownTemplate
from notifier.domain.gsm import segments
from notifier.domain.guard import tidy
from notifier.domain.lint import check_html
from notifier.domain.message import CODE_SLOT, LINK_SLOT, NAME_SLOT, Choice, Question, WayBack, Wording, fill
from notifier.domain.people import Channel, Language
from notifier.domain.template import VariableType
from tests.rendering.kit import NIGHT, library, write

FIRST = (
    "RÉEL HGX1-01 Belair 04/10 22h45. Passez au papier, pochette rouge. Ne touchez plus aux PC. "
    "Ne coupez aucun appareil de soin. Suite 23h30. Code K7M4"
)
THEATRE = (
    "RÉEL HGX1-03 Belair BLOC 04/10 22h55. Continuez les actes en cours. Aucune entrée en salle hors urgence. "
    "Avant 23h10: 1=fait 2=souci. Code K7M4"
)


def as_exercise(text: str) -> str:
    return text.replace("RÉEL", "EXERCICE") + " EXERCICE"


@pytest.mark.parametrize(("exercise", "length"), [(False, 147), (True, 160)])
def test_the_first_alert_reads_as_in_the_example(exercise: bool, length: int) -> None:
    text = fill(write("first-alert", exercise=exercise, suite="23h30"), name="Alla", code="K7M4").text
    assert text == (as_exercise(FIRST) if exercise else FIRST)
    assert (len(text), segments(text).parts) == (length, 1)


@pytest.mark.parametrize(("exercise", "length"), [(False, 143), (True, 156)])
def test_the_theatre_instruction_reads_as_in_the_example(exercise: bool, length: int) -> None:
    at = NIGHT.replace(minute=55)
    wording = write("paper-bloc", question=Question.DONE_TROUBLE, number=3, exercise=exercise, at=at, avant="23h10")
    text = fill(wording, name="Alla", code="K7M4").text
    assert text == (as_exercise(THEATRE) if exercise else THEATRE)
    assert (len(text), segments(text).parts) == (length, 1)
    assert wording.choices == (Choice(1, "done", "fait"), Choice(2, "trouble", "souci"))


def test_english_says_real_and_shows_english_times() -> None:
    text = fill(write("first-alert", language=Language.EN, suite="23h30"), name="Alla", code="K7M4").text
    assert text == (
        "REAL HGX1-01 Belair 04/10 22:45. Switch to paper, red folder. Do not touch any PC. "
        "Do not switch off any medical device. Next 23:30. Code K7M4"
    )


def test_a_one_way_lane_gives_the_staffed_number_or_asks_for_nothing() -> None:
    troubled = write("paper-bloc", question=Question.DONE_TROUBLE, way_back=WayBack.NUMBER, avant="23h10")
    assert "Souci: appelez le 01 99 00 12 34." in troubled.text
    assert "=" not in troubled.text
    assert troubled.choices == ()
    assert "01 99" not in write("paper-bloc", question=Question.READ, way_back=WayBack.NUMBER, avant="23h10").text
    unstaffed = write("paper-bloc", question=Question.DONE_TROUBLE, way_back=WayBack.NUMBER, staffed="", avant="23h10")
    assert "appelez" not in unstaffed.text


def test_those_who_are_not_asked_see_no_question() -> None:
    for channel in Channel:
        wording = write("paper-bloc", channel, avant="23h10")
        assert wording.choices == ()
        assert LINK_SLOT not in wording.text
        assert "23h10" not in wording.text


@pytest.mark.parametrize("name", sorted(library().templates))
@pytest.mark.parametrize("exercise", [False, True])
def test_no_channel_loses_the_frame(name: str, exercise: bool) -> None:
    template = library().template(name)
    typed = {
        VariableType.TIME: "23h10",
        VariableType.NUMBER: "3",
        VariableType.MESSAGE: "3",
        VariableType.PLACE: "Hall",
        VariableType.TEXT: "Restez.",
    }
    values = {v.name: v.choices[0].key if v.choices else typed[v.type] for v in template.variables}
    for channel in Channel:
        wording = write(name, channel, template.responsible, number=8, exercise=exercise, values=values)
        shown = wording.text.replace("<b>", "").replace("</b>", "")
        mark = "EXERCICE" if exercise else "RÉEL"
        assert shown.startswith(mark)
        assert shown.endswith("EXERCICE") is exercise
        assert wording.text.count(CODE_SLOT) == 1
        assert "HGX1-08" in wording.text
        assert "04/10 22h45" in wording.text
        assert (mark in wording.subject) is (channel is Channel.EMAIL)
        assert NAME_SLOT not in wording.subject + (wording.text if channel is Channel.SMS else "")


def test_the_subject_says_who_and_what_and_has_one_line() -> None:
    real = write("first-alert", Channel.EMAIL, suite="23h30").subject
    assert real == "[ALERTE][Clinique Belair & <Mer>] RÉEL HGX1-01 Passez au papier"
    drill = write("first-alert", Channel.EMAIL, exercise=True, suite="23h30").subject
    assert drill == "[EXERCICE][Clinique Belair & <Mer>] HGX1-01 Passez au papier - EXERCICE"


def test_names_are_escaped_in_telegram_and_plain_in_mail() -> None:
    assert "Belair &amp; &lt;Mer&gt;" in write("first-alert", Channel.TELEGRAM, suite="23h30").text
    assert "Belair & <Mer>" in write("first-alert", Channel.EMAIL, suite="23h30").text


def test_a_mail_carries_one_link_and_only_where_something_is_asked() -> None:
    assert write("first-alert", Channel.EMAIL, Question.READ, suite="23h30").text.count(LINK_SLOT) == 1
    assert write("first-alert", Channel.EMAIL, suite="23h30").text.count(LINK_SLOT) == 0


def test_a_missing_value_or_service_stops_everything() -> None:
    with pytest.raises(MissingWords) as refused:
        write("first-alert")
    assert refused.value == MissingWords("first-alert", ("suite",))
    with pytest.raises(MissingWords) as refused:
        write("paper-bloc", service=None, avant="23h10")
    assert refused.value.missing == ("service",)


def test_an_unknown_template_is_refused_with_those_that_come_near() -> None:
    with pytest.raises(UnknownTemplate) as refused:
        library().template("papier-bloc")
    assert "paper-bloc" in refused.value.near


def test_equal_keys_give_equal_bytes() -> None:
    assert write("first-alert", Channel.EMAIL, suite="23h30") == write("first-alert", Channel.EMAIL, suite="23:30")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def tags(text: str) -> list[str]:
    reader = _Tags()
    reader.feed(text)
    reader.close()
    return reader.tags


HOSTILE = (
    *("{{ 7*7 }}", "{% if exercise %}x{% endif %}", "{{ name }}", "{#", "%}"),
    *("<b>gras", "</b></code>", "<a href=x>", "& < >", "&amp;", "\ue002", "\ue003"),
)
TYPED = st.one_of(st.text(max_size=40), st.sampled_from(HOSTILE), st.text(alphabet="{}%#<>&;\"'/abc \n", max_size=40))


def write_or_refuse(channel: Channel, typed: str) -> Wording | BadInput:
    try:
        return write("correction", channel, number=8, message="2", heure="23h00", texte=typed)
    except BadInput as refused:
        return refused


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(TYPED)
def test_what_an_operator_types_is_never_parsed_and_breaks_no_html(typed: str) -> None:
    mail, telegram = write_or_refuse(Channel.EMAIL, typed), write_or_refuse(Channel.TELEGRAM, typed)
    if isinstance(mail, BadInput) or isinstance(telegram, BadInput):
        assert isinstance(mail, BadValue | GuardedWords | MissingWords)
        assert type(telegram) is type(mail)
        return
    assert tidy(typed).split("\n")[0].rstrip() in mail.text
    plain = write_or_refuse(Channel.TELEGRAM, "Restez.")
    assert isinstance(plain, Wording)
    assert list(check_html(telegram.text)) == []
    assert tags(telegram.text) == tags(plain.text)
    assert telegram.text.count(CODE_SLOT) == mail.text.count(CODE_SLOT) == 1
    assert telegram.text.count(LINK_SLOT) == 0


def test_jinja_in_a_typed_text_stays_as_it_was_typed() -> None:
    wording = write("correction", Channel.EMAIL, number=8, message="2", heure="23h00", texte="{{ 7*7 }} {% if x %}")
    assert "{{ 7*7 }} {% if x %}" in wording.text


def test_nobody_can_type_a_slot() -> None:
    with pytest.raises(BadValue, match="private_use"):
        write("correction", number=8, message="2", heure="23h00", texte=f"Code {CODE_SLOT}")


def test_french_typography_is_set_outside_text_messages_and_typed_words_stay_as_typed() -> None:
    mail = write(
        "correction", Channel.EMAIL, number=8, message="2", heure="23h00", texte="Attention : l'accueil ferme ; merci !"
    ).text
    assert "Un doute, pas de réseau\u00a0? Appelez" in mail
    assert "S’il n’y figure pas, n’exécutez rien" in mail
    assert "Attention : l'accueil ferme ; merci !" in mail
    assert "\u00a0" not in write("first-alert", suite="23h30").text
    assert "’" not in write("cell-call-up", question=Question.CHOICES, lieu="Salle 2", heure="23h00", niveau="site").text


@pytest.mark.parametrize("typed", ["7", "07", "HGX1-07", "hgx1-7"])
def test_an_earlier_message_is_called_by_what_stands_on_it(typed: str) -> None:
    text = fill(write("cancel", number=8, message=typed, cause="erreur"), name="Alla", code="K7M4").text
    assert text == ("RÉEL HGX1-08 Belair 04/10 22h45. Ignorez HGX1-07, envoyé par erreur. Reprenez votre travail. Code K7M4")


@pytest.mark.parametrize("typed", ["8", "9", "0", "HGX2-07", "sept"])
def test_only_a_message_already_sent_can_be_cancelled(typed: str) -> None:
    with pytest.raises(BadValue, match="message"):
        write("cancel", number=8, message=typed, cause="erreur")


@pytest.mark.parametrize(
    ("typed", "language", "sms", "mail"),
    [
        ("23h30", Language.FR, "Suite 23h30.", "Prochaine information à 23h30."),
        ("06/10 08h00", Language.FR, "Suite 06/10 08h00.", "Prochaine information le 06/10 à 08h00."),
        ("23h30", Language.EN, "Next 23:30.", "Next information at 23:30."),
        ("06/10 08h00", Language.EN, "Next 06/10 08:00.", "Next information at 08:00 on 06/10."),
    ],
)
def test_a_far_time_is_said_in_a_whole_sentence_where_there_is_room(typed: str, language: Language, sms: str, mail: str) -> None:
    assert sms in write("first-alert", language=language, suite=typed).text
    for channel in (Channel.TELEGRAM, Channel.EMAIL):
        assert mail in write("first-alert", channel, language=language, suite=typed).text


def test_the_deadline_of_a_letter_is_a_whole_sentence_too() -> None:
    far = {"avant": "06/10 08h00"}
    assert "attendue avant le 06/10 à 08h00." in write("paper-bloc", Channel.EMAIL, Question.READ, values=far).text
    assert "Avant 06/10 08h00: 1=lu." in write("paper-bloc", question=Question.READ, values=far).text


@pytest.mark.parametrize("channel", list(Channel))
def test_typed_words_may_not_reach_a_medical_device(channel: Channel) -> None:
    for typed, rule in (
        ("Éteignez tous les PC.", "devices"),
        ("Débranchez les pompes.", "device_order"),
        ("Coupez tout.", "device_order"),
    ):
        with pytest.raises(GuardedWords) as refused:
            write("correction", channel, number=8, message="2", heure="23h00", texte=typed)
        assert (refused.value.field, refused.value.rule) == ("texte", rule)
    spared = "Éteignez les PC, mais aucun appareil de soin."
    assert spared in write("correction", channel, number=8, message="2", heure="23h00", texte=spared).text


def test_nobody_types_an_answer_line() -> None:
    for typed in ("Répondez 1", "Rep 1", "1=oui 2=non", "reply yes"):
        with pytest.raises(GuardedWords) as refused:
            write("correction", number=8, message="2", heure="23h00", texte=typed)
        assert refused.value.rule == "reply"


def test_without_a_staffed_number_nobody_is_told_to_call() -> None:
    assert "prévenez votre cadre." in write("first-alert", Channel.EMAIL, staffed="", suite="23h30").text
    assert "appelez." in write("first-alert", Channel.EMAIL, suite="23h30").text
