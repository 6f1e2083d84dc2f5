"""Words frozen once for everybody of one channel, language, way back, clinic and question; only slots are left to fill."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from markupsafe import Markup

from notifier.domain.errors import BadValue, GuardedWords, MissingWords
from notifier.domain.escalation import Level
from notifier.domain.gsm import to_gsm
from notifier.domain.guard import find_unsafe
from notifier.domain.lint import plain_words
from notifier.domain.message import CODE_SLOT, LINK_SLOT, NAME_SLOT, Choice, Question, WayBack, Wording
from notifier.domain.people import Channel, Language, show_number
from notifier.domain.roster import Clinic, Service
from notifier.domain.template import (
    Template,
    Value,
    Variable,
    VariableType,
    offered,
    read_values,
    say_time,
    say_when,
    show_clock,
)
from notifier.rendering.library import FILE_OF, FRAME, SUBJECT, Library

_MARKS = {Language.FR: ("RÉEL", "EXERCICE"), Language.EN: ("REAL", "EXERCISE")}
_LEVELS = {
    Language.FR: {Level.RED: "Rouge", Level.ORANGE: "Orange", Level.INFO: "Information"},
    Language.EN: {Level.RED: "Red", Level.ORANGE: "Orange", Level.INFO: "Information"},
}
_THEN_CODE = {Language.FR: ", puis le code", Language.EN: ", then the code"}
_ALARMS = {Language.FR: ("ALERTE", "INFO"), Language.EN: ("ALERT", "INFO")}


@dataclass(frozen=True, slots=True)
class Case:
    """For whom words are frozen, and with what: everybody of one case gets the same ones."""

    template: Template
    incident: str
    number: int
    exercise: bool
    clinic: Clinic
    service: Service | None
    values: Mapping[str, str]
    at: datetime
    zone: tzinfo
    channel: Channel
    language: Language
    way_back: WayBack
    question: Question
    staffed_number: str = ""
    digits: str = ""  # under which a text asks; empty: the template's own


def freeze(
    library: Library,
    template: Template,
    *,
    incident: str,
    number: int,
    exercise: bool,
    clinic: Clinic,
    service: Service | None = None,
    values: Mapping[str, str],
    at: datetime,
    zone: tzinfo | str,
    channel: Channel,
    language: Language,
    way_back: WayBack,
    question: Question,
    staffed_number: str = "",
    digits: str = "",
) -> Wording:
    """The frozen words, frame included, with slot characters for name, code and link.

    ``values`` are as typed. Raises MissingWords where one is missing (``service`` for an instruction to one), BadValue and
    GuardedWords for one that cannot be used. ``at`` is when the alert is raised, shown on the local clock of ``zone``. ``digits``
    are those under which the answers are on offer, one for each, where they are not the template's own.
    """
    zone = ZoneInfo(zone) if isinstance(zone, str) else zone
    place = (incident, number, exercise, clinic, service, values, at, zone)
    return compose(library, Case(template, *place, channel, language, way_back, question, staffed_number, digits))[0]


def compose(library: Library, case: Case) -> tuple[Wording, str]:
    """The frozen words, and their body without the frame. Raises like ``freeze``."""
    if case.template.service and case.service is None:
        raise MissingWords(case.template.name, ("service",))
    words = _words(case, read_values(case.template, case.values, at=case.at, zone=case.zone))
    subject = _render(library, case, SUBJECT, words)[0] if case.channel is Channel.EMAIL else ""
    text, body = _render(library, case, FILE_OF[case.channel], words)
    _refuse_unsafe(case, body)
    silent = case.way_back in (WayBack.NONE, WayBack.NUMBER)
    choices = () if silent else _choices(case)
    key = (case.channel, case.language, case.way_back, case.clinic.code, case.question)
    return Wording(*key, text, " ".join(subject.split()), choices), body


def _choices(case: Case) -> tuple[Choice, ...]:
    choices = offered(case.template, case.question, case.channel, case.language)
    if not case.digits:
        return choices
    return tuple(replace(choice, digit=int(digit)) for choice, digit in zip(choices, case.digits, strict=True))


def _refuse_unsafe(case: Case, body: str) -> None:
    """Template and typed words together: an order about computers spares medical devices, whoever wrote which half of it."""
    typed = [v.name for v in case.template.variables if v.type is VariableType.TEXT and case.values.get(v.name, "").strip()]
    if typed:
        for word, rule in find_unsafe(plain_words(body) if case.channel is Channel.TELEGRAM else body):
            raise GuardedWords(", ".join(typed), word, rule)


def reference(incident: str, number: int) -> str:
    """What people and papers call a message: ``HGX1-03``."""
    return f"{incident}-{number:02d}"


def show_mark(language: Language, *, exercise: bool) -> str:
    """The first word of every message, and the last one of an exercise."""
    return _MARKS[language][exercise]


def show_sent(at: datetime, zone: tzinfo, language: Language) -> str:
    """``04/10 22h45``, in English ``04/10 22:45``."""
    local = at.astimezone(zone)
    return f"{local:%d/%m} {show_clock(local, language)}"


def _words(case: Case, typed: Mapping[str, Value]) -> dict[str, object]:
    """All that a file may name; a value that was left out is empty, and its flag is down."""
    template, language = case.template, case.language
    words: dict[str, object] = {}
    for variable in template.variables:
        words |= _typed(case, variable, typed.get(variable.name))
    alarm, news = _ALARMS[language]
    return (
        words
        | _place(case)
        | _asked(case)
        | {
            "mark": show_mark(language, exercise=case.exercise),
            "exercise": case.exercise,
            "title": template.titles[language],
            "level": _LEVELS[language][template.level],
            "alarm": news if template.level is Level.INFO else alarm,
            "before": words.get(template.deadline, ""),
            "has_before": template.deadline in typed,
            "name": NAME_SLOT,
            "code": CODE_SLOT,
            "link": LINK_SLOT,
        }
    )


def _typed(case: Case, variable: Variable, value: Value | None) -> dict[str, object]:
    """A value as a file may name it: ``heure``, ``heure_given`` and, for a time, ``heure_at`` with its preposition."""
    name = variable.name
    if value is None:
        return {name: "", f"{name}_given": False} | ({f"{name}_at": ""} if variable.type is VariableType.TIME else {})
    words: dict[str, object] = {name: value.shown[case.language], f"{name}_given": True}
    if value.instant is not None:
        when = (value.instant, case.at, case.zone, case.language)
        words[f"{name}_at"] = say_when(*when)
        if case.channel is not Channel.SMS:  # which has no room for whole sentences
            words[name] = say_time(*when)
    elif variable.type is VariableType.MESSAGE:
        words[name] = _earlier(case, name, value.shown[case.language])
    return words


def _earlier(case: Case, name: str, typed: str) -> str:
    """``HGX1-03`` for 3 or HGX1-3. Raises BadValue ``message`` for what was not sent before this one in the same incident."""
    incident, _, digits = typed.rpartition("-")
    if incident not in ("", case.incident) or not 0 < int(digits) < case.number:
        raise BadValue(name, "message", (("found", typed),))
    return reference(case.incident, int(digits))


def _place(case: Case) -> dict[str, object]:
    short, service = case.channel is Channel.SMS, case.service
    return {
        "reference": reference(case.incident, case.number),
        "clinic": case.clinic.sms_name if short else case.clinic.name,
        "service": "" if service is None else service.sms_name if short else service.name,
        "has_service": service is not None,
        "sent_at": show_sent(case.at, case.zone, case.language),
        "staffed_number": show_number(case.staffed_number, " " if short else "\u00a0"),
        "has_staffed": bool(case.staffed_number),
    }


def _asked(case: Case) -> dict[str, object]:
    question = case.question
    answers = " ".join(f"{choice.digit}={choice.label}" for choice in _choices(case))
    return {
        "answers": answers + (_THEN_CODE[case.language] if case.template.sms_code and answers else ""),
        "two_way": case.way_back in (WayBack.BUTTONS, WayBack.DIGITS, WayBack.LINK),
        "links": case.way_back is WayBack.LINK,
        "asks": question is not Question.NONE,
        "asks_read": question is Question.READ,
        "asks_done": question is Question.DONE_TROUBLE,
        "asks_choices": question is Question.CHOICES,
    }


def _render(library: Library, case: Case, file: str, words: Mapping[str, object]) -> tuple[str, str]:
    """The framed text, and its body alone."""
    name, folder = case.template.name, str(case.language)
    body = library.render(name, f"{name}/{folder}/{file}", words).strip()
    framed = {**words, "body": Markup(body) if file.endswith(".html") else body}  # noqa: S704 - rendered with autoescape just above
    text = library.render(name, f"{FRAME}/{folder}/{file}", framed).strip()
    if case.channel is Channel.SMS:
        keeps = case.template.keep_accents
        return _for_phones(text, keep_accents=keeps), _for_phones(body, keep_accents=keeps)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)), body


def _for_phones(text: str, *, keep_accents: bool) -> str:
    """One line of GSM-7 around the slots, which stand for themselves until they are filled."""
    pieces = re.split(f"([{NAME_SLOT}{CODE_SLOT}{LINK_SLOT}])", " ".join(text.split()))
    return "".join(p if p in (NAME_SLOT, CODE_SLOT, LINK_SLOT) else to_gsm(p, keep_accents=keep_accents) for p in pieces)
