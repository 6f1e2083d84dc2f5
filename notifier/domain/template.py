"""A template: one message of the organisation, its questions, its typed variables, and who approved it beforehand.

Time, place, number, choice and earlier message are typed: filling them leaves the template what was approved. Free text makes it
changed text.
"""

import hashlib
import json
import re
from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from notifier.domain.alert import local_instant
from notifier.domain.errors import BadValue, GuardedWords, MissingWords
from notifier.domain.escalation import Level
from notifier.domain.folding import fold
from notifier.domain.gsm import segments, to_gsm
from notifier.domain.guard import find_reply, guard, tidy
from notifier.domain.message import Choice, Question
from notifier.domain.people import Channel, Language

HALF_YEAR = timedelta(days=180)
NEAR = timedelta(hours=12)  # a time further off is shown with its date: 22h30 said at 22h45 is tomorrow's, and must look so
LONGEST_PLACE, LONGEST_TEXT, LONGEST_NUMBER = 30, 600, 9999


class TemplateKind(StrEnum):
    """What a message is for."""

    FIRST_ALERT = "first_alert"
    CALL_UP = "call_up"
    PAPER_SWITCH = "paper_switch"
    ROLL_CALL = "roll_call"
    RECALL = "recall"
    SERVICE_REPORT = "service_report"
    INCOMING_SHIFT = "incoming_shift"
    UPDATE = "update"
    CORRECTION = "correction"
    REMINDER = "reminder"
    RETURN_IT = "return_it"
    BACK_ENTRY = "back_entry"
    ALL_CLEAR = "all_clear"
    CANCEL = "cancel"
    FALSE_MESSAGE = "false_message"
    CONTACT_TEST = "contact_test"


class VariableType(StrEnum):
    TIME = "time"
    PLACE = "place"
    NUMBER = "number"
    CHOICE = "choice"
    MESSAGE = "message"  # an earlier message of the incident, by its number: shown as HGX1-03
    TEXT = "text"  # free: makes the template changed text


Labels = Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice variable: what is typed, and what each language shows."""

    key: str
    shown: Labels


@dataclass(frozen=True, slots=True)
class Variable:
    """What the operator fills in. ``longest`` is the longest value that may come; the lint renders with it.

    A time lies ahead, unless ``past`` says that it is of something that happened.
    """

    name: str
    type: VariableType
    label: Labels
    required: bool = True
    choices: tuple[Option, ...] = ()
    longest: str = ""
    past: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """What a file may name of it: the value and, for a time, the value with its preposition; then the flag."""
        return (self.name, *((f"{self.name}_at",) if self.type is VariableType.TIME else ()), self.flag)

    @property
    def flag(self) -> str:
        """Up where the value is filled in."""
        return f"{self.name}_given"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the template's own question; ``way_out`` marks the one for whom it does not go well.

    ``deputy``: whoever gives it asks that his deputy is called, and nobody waits for his patience to end.
    """

    digit: int
    key: str
    sms: Labels
    label: Labels
    way_out: bool = False
    deputy: bool = False


@dataclass(frozen=True, slots=True)
class PreApproval:
    """Who approved these very files, and when: one person may then send the template unchanged."""

    by: str
    on: date
    hash: str


@dataclass(frozen=True, slots=True)
class Template:
    """One folder of ``templates/``. ``files`` are what the hash covers: the folder's own and the shared frames, by path.

    ``responsible`` is what the responsible role is asked, ``others`` what everybody else is. ``deadline`` names the time variable
    until which answers are awaited, ``until`` the number variable that says how many are enough, ``service`` the service whose
    instruction this is (paper switches), ``audience`` the default. ``steps`` are the channels by which those who are woken are
    tried, each with its patience; none: as the level says. For a chased person who stays silent stand in, in this order, those of
    his service whom the expression ``deputies`` means, and who answers for the service ``cadre`` of his clinic.
    """

    name: str
    titles: Labels
    kind: TemplateKind
    level: Level
    life: timedelta
    patience: timedelta
    responsible: Question = Question.NONE
    others: Question = Question.NONE
    audience: str = ""
    service: str = ""
    deadline: str = ""
    vital: bool = False
    protect: bool = False
    keep_accents: bool = False
    once: bool = False
    sms_code: bool = False
    until: str = ""
    steps: tuple[tuple[tuple[Channel, ...], timedelta], ...] = ()
    deputies: str = ""
    cadre: str = ""
    variables: tuple[Variable, ...] = ()
    answers: tuple[Answer, ...] = ()
    preapproved: PreApproval | None = None
    files: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 in hex over every file: what a pre-approval binds."""
        return content_hash(self)

    @property
    def hash_matches(self) -> bool:
        """True where the pre-approval is of exactly these files."""
        return self.preapproved is not None and self.preapproved.hash == self.hash

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question under which this template's words are frozen; NONE is always one (those who are not woken)."""
        return tuple(dict.fromkeys((self.responsible, self.others, Question.NONE)))

    def variable(self, name: str) -> Variable | None:
        return next((variable for variable in self.variables if variable.name == name), None)

    def free_text(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The free-text variables that are filled: with any, the template is changed text."""
        return tuple(v.name for v in self.variables if v.type is VariableType.TEXT and values.get(v.name, "").strip())


@dataclass(frozen=True, slots=True)
class Value:
    """What one variable shows in each language; ``instant`` for a time."""

    shown: Labels
    instant: datetime | None = None


def content_hash(template: Template) -> str:
    """SHA-256 over all files of the message and the shared frames, paths in order, each with its length."""
    digest = hashlib.sha256(b"notifier-template-1\n")
    for path, text in sorted(template.files.items()):
        raw = text.encode()
        digest.update(json.dumps([path, len(raw)]).encode() + b"\n" + raw)
    return digest.hexdigest()


def offered(template: Template, question: Question, channel: Channel, language: Language) -> tuple[Choice, ...]:
    """The answers to a question: short words for a text message, whole ones on buttons and pages."""
    short = channel is Channel.SMS
    return tuple(Choice(a.digit, a.key, (a.sms if short else a.label)[language]) for a in _answers(template, question))


def _answers(template: Template, question: Question) -> tuple[Answer, ...]:
    match question:
        case Question.NONE:
            return ()
        case Question.READ:
            return (_READ,)
        case Question.DONE_TROUBLE:
            return (_DONE, _TROUBLE)
        case Question.CHOICES:
            return template.answers


def welcome(template: Template) -> tuple[str, ...]:
    """The keys of the answers for whom it goes well: what is counted where so many are enough."""
    asked = dict.fromkeys((template.responsible, template.others))
    return tuple(dict.fromkeys(a.key for question in asked for a in _answers(template, question) if not a.way_out))


def for_deputy(template: Template) -> tuple[str, ...]:
    """The keys of the answers by which somebody asks that his deputy is called."""
    return tuple(answer.key for answer in template.answers if answer.deputy)


def own_digits(template: Template, question: Question) -> str:
    """The digits of its answers, as the template has them: ``123``."""
    return "".join(str(answer.digit) for answer in _answers(template, question))


def read_values(template: Template, values: Mapping[str, str], *, at: datetime, zone: tzinfo) -> dict[str, Value]:
    """Every filled variable, read and guarded. Raises MissingWords for all that are missing at once, BadValue, GuardedWords."""
    known = {variable.name for variable in template.variables}
    for name in values:
        if name not in known:
            raise BadValue(name, "unknown", (("known", ", ".join(sorted(known))),))
    given = {name: tidy(text) for name, text in values.items()}
    missing = tuple(v.name for v in template.variables if v.required and not given.get(v.name))
    if missing:
        raise MissingWords(template.name, missing)
    return {v.name: read_value(v, given[v.name], at=at, zone=zone) for v in template.variables if given.get(v.name)}


def deadline_of(template: Template, values: Mapping[str, str], *, at: datetime, zone: tzinfo) -> datetime | None:
    """Until when answers are awaited, in UTC; None where the template has no deadline or it is left empty."""
    variable = template.variable(template.deadline)
    typed = tidy(values.get(template.deadline, ""))
    return read_value(variable, typed, at=at, zone=zone).instant if variable and typed else None


def read_value(variable: Variable, text: str, *, at: datetime, zone: tzinfo) -> Value:
    """One value as typed. Raises BadValue with the variable's type as reason, GuardedWords for what must not be sent."""
    name = variable.name
    match variable.type:
        case VariableType.TIME:
            instant = read_time(text, at=at, zone=zone, name=name, past=variable.past)
            return Value({language: show_time(instant, at, zone, language) for language in Language}, instant)
        case VariableType.NUMBER:
            if not re.fullmatch(r"[0-9]{1,4}", text) or int(text) > int(variable.longest or LONGEST_NUMBER):
                raise BadValue(name, "number", (("longest", variable.longest or str(LONGEST_NUMBER)),))
            return _same(str(int(text)))
        case VariableType.MESSAGE:
            if not re.fullmatch(r"(?:[A-Z0-9]{1,4}-)?[0-9]{1,3}", text.upper()):
                raise BadValue(name, "message", (("found", text),))
            return _same(text.upper())
        case VariableType.CHOICE:
            option = next((o for o in variable.choices if fold(text) in (o.key, *map(fold, o.shown.values()))), None)
            if option is None:
                raise BadValue(name, "choice", (("known", ", ".join(o.key for o in variable.choices)),))
            return Value(option.shown)
        case VariableType.PLACE:
            if not re.fullmatch(r"[^\W_][\w '’.,/()°-]*", text) or "_" in text:
                raise BadValue(name, "place", (("found", text),))
            return _same(_fitting(text, len(variable.longest) or LONGEST_PLACE, name))
        case VariableType.TEXT:
            return _same(_fitting(text, len(variable.longest) or LONGEST_TEXT, name))


def _fitting(text: str, longest: int, name: str) -> str:
    """Guarded words, no longer than declared: as a text message carries them, where ``œ`` and ``€`` take two places."""
    guard(text, field=name)
    if asks := find_reply(text):
        raise GuardedWords(name, asks, "reply")
    try:
        units = segments(
            to_gsm(text)
        ).units  # what a text message cannot carry is named while the operator still looks at the field
    except BadValue as refused:
        raise BadValue(name, refused.reason, refused.facts) from refused
    if (over := max(units, len(text)) - longest) > 0:
        raise BadValue(name, "length", (("longest", str(longest)), ("over", str(over))))
    return text


def _same(text: str) -> Value:
    return Value(dict.fromkeys(Language, text))


_TIME = re.compile(r"(?:(?P<day>\d{1,2})/(?P<month>\d{1,2})[ à]+)?(?P<hour>\d{1,2}) ?[hH:] ?(?P<minute>\d{2})?", re.ASCII)


def read_time(text: str, *, at: datetime, zone: tzinfo, name: str = "", past: bool = False) -> datetime:
    """``23h30``, ``23:30``, ``6h``, ``05/10 06h00``: the next such instant of the local clock, or the last one, in UTC.

    Raises BadValue ``time`` for anything else, ``time_past`` for a date that does not lie within half a year on the right side.
    """
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise BadValue(name, "time", (("found", text),))
    today = at.astimezone(zone).date()
    try:
        wall = time(int(found["hour"]), int(found["minute"] or 0))
        if found["day"] is None:
            days = [today + timedelta(days=step) for step in (-1, 0, 1)]
        else:
            days = [_on(today.year + step, int(found["month"]), int(found["day"])) for step in (-1, 0, 1)]
    except ValueError as refused:
        raise BadValue(name, "time", (("found", text),)) from refused
    instants = [local_instant(day, wall, zone) for day in days]
    fitting = [i for i in instants if (at - HALF_YEAR < i <= at if past else at < i < at + HALF_YEAR)]
    if not fitting:  # a date just gone must not be read as next year's
        raise BadValue(name, "time_past" if not past else "time_ahead", (("found", text),))
    return fitting[-1] if past else fitting[0]


def _on(year: int, month: int, day: int) -> date:
    """29 February reads as the 28th where the year has none."""
    return date(year, month, 28 if (month, day) == (2, 29) and not isleap(year) else day)


def show_time(instant: datetime, at: datetime, zone: tzinfo, language: Language) -> str:
    """``23h30`` or ``23:30``; with the day where it is more than half a day off."""
    local = instant.astimezone(zone)
    clock = show_clock(local, language)
    return clock if abs(instant - at) <= NEAR else f"{local:%d/%m} {clock}"


def say_time(instant: datetime, at: datetime, zone: tzinfo, language: Language) -> str:
    """As a sentence says it after "before": ``23h30``, ``le 05/10 à 23h30``; in English ``23:30``, ``23:30 on 05/10``."""
    clock = show_clock(instant.astimezone(zone), language)
    if abs(instant - at) <= NEAR:
        return clock
    day = f"{instant.astimezone(zone):%d/%m}"
    return f"le {day} à {clock}" if language is Language.FR else f"{clock} on {day}"


def say_when(instant: datetime, at: datetime, zone: tzinfo, language: Language) -> str:
    """With its preposition: ``à 23h30``, ``le 05/10 à 23h30``; ``at 23:30``, ``at 23:30 on 05/10``."""
    said = say_time(instant, at, zone, language)
    if language is Language.EN:
        return f"at {said}"
    return said if said.startswith("le ") else f"à {said}"


def show_clock(local: datetime, language: Language) -> str:
    """French ``22h45``, English ``22:45``."""
    return f"{local:%Hh%M}" if language is Language.FR else f"{local:%H:%M}"


def _labels(fr: str, en: str) -> Labels:
    return {Language.FR: fr, Language.EN: en}


_READ = Answer(1, "read", _labels("lu", "read"), _labels("J’ai lu", "I have read it"))
_DONE = Answer(1, "done", _labels("fait", "done"), _labels("C’est fait", "Done"))
_TROUBLE = Answer(2, "trouble", _labels("souci", "problem"), _labels("J’ai un souci", "I have a problem"), way_out=True)
