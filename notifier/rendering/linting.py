"""The library checked at its longest: every text that anybody could get, rendered and read by the rules of ``domain.lint``."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

from notifier.domain.errors import BadInput, BadValue, Fault, GuardedWords, MissingWords
from notifier.domain.folding import fold
from notifier.domain.gsm import segments
from notifier.domain.incident import MAX_NUMBER
from notifier.domain.lint import Finding, Sample, check_guard, check_manifest, check_sample, check_signs, plain_words
from notifier.domain.message import Question, WayBack, fill
from notifier.domain.people import Channel, Language
from notifier.domain.roster import Clinic, Service
from notifier.domain.template import LONGEST_NUMBER, LONGEST_PLACE, LONGEST_TEXT, Template, Variable, VariableType
from notifier.rendering.freezing import Case, compose, reference, show_mark, show_sent
from notifier.rendering.library import FILE_OF, FILES, FRAME, SUBJECT, Library, read_library
from notifier.rendering.syntax import FRAME_FLAGS, FRAME_WORDS

# The longest names that the contacts may bring (group.toml allows 6 and 5 characters in a text message).
_CLINIC = Clinic("LONG", "Polyclinique Saint-Corentin de la Grande-Traversée", "Quimper", "mco", "Belair")
_SERVICE = Service("LONG", "BRANC", "Réanimation, soins intensifs polyvalents et réveil", "BRANC", "CADRE")
_NUMBER, _INCIDENT, _STAFFED = MAX_NUMBER, "HGX1", "+33199001234"
_ZONE = ZoneInfo("Europe/Paris")
_AT = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
_AHEAD, _PAST = "05/10 23h30", "03/10 23h30"  # more than half a day off, so that the date shows
_NAME, _CODE, _LINK = "LE GOFF-KERMARREC Anne-Françoise", "K7M4", "https://alerte.example.org/r/" + "x" * 22
_TAG = re.compile(r"\{[{%](?:(?!\{[{%]).)*?[}%]\}")  # no tag in a tag, so that a row of braces is read once only
_WAYS = {
    Channel.SMS: (WayBack.DIGITS, WayBack.NUMBER),
    Channel.TELEGRAM: (WayBack.BUTTONS,),
    Channel.EMAIL: (WayBack.LINK,),
}


@dataclass(frozen=True, slots=True)
class Length:
    """How long a template's text message gets at the longest names: units and parts, real and as an exercise."""

    template: str
    language: Language
    units: int
    parts: int
    exercise_units: int
    exercise_parts: int


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found: how many templates there are, every fault, and the lengths per template and language."""

    templates: int
    faults: tuple[Fault, ...]
    lengths: tuple[Length, ...]


def lint_folder(path: Path) -> Linted:
    """Everything wrong with a folder of templates, unreadable ones included. Raises UnreadableFile where there is no folder."""
    library, faults = read_library(path)
    linted = lint_library(library)
    return Linted(linted.templates, (*faults, *linted.faults), linted.lengths)


def lint_library(library: Library) -> Linted:
    """Every fault of the templates that could be read."""
    faults: dict[Fault, None] = {}
    lengths = []
    for template in library.templates.values():
        samples = []
        for case in cases(template):
            try:
                samples.append(_sample(library, case))
            except BadInput as refused:
                faults |= dict.fromkeys(_unrendered(template, case, refused))
        faults |= dict.fromkeys(_lint_template(template, samples))
        lengths += [length for language in Language if (length := _measure(template, language, samples))]
    return Linted(len(library.templates), tuple(faults), tuple(lengths))


def render_samples(library: Library, template: Template) -> Iterator[Sample]:
    """Every text of a template that is fit to be rendered."""
    return (_sample(library, case) for case in cases(template))


def cases(template: Template) -> Iterator[Case]:
    """All that anybody could get: language, channel, question, way back, real or exercise, with or without a staffed number,
    optional values in and out."""
    for language, number in product(Language, (_STAFFED, "")):
        longest = {v.name: _longest(v, language) for v in template.variables}
        for left_out in _left_out([v.name for v in template.variables if not v.required]):
            values = {name: value for name, value in longest.items() if name not in left_out}
            for channel, question, exercise in product(Channel, template.questions, (False, True)):
                for way_back in (WayBack.NONE,) if question is Question.NONE else _WAYS[channel]:
                    service = _SERVICE if template.service else None
                    place = (_INCIDENT, _NUMBER, exercise, _CLINIC, service, values, _AT, _ZONE)
                    yield Case(template, *place, channel, language, way_back, question, number)


def _left_out(optional: Sequence[str]) -> Iterable[frozenset[str]]:
    """None, each one, all but each one, all: every combination of three, and what an ``if`` on one or two of more can tell."""
    each = [{frozenset({name}), frozenset(optional) - {name}} for name in optional]
    return dict.fromkeys((frozenset(), *(out for outs in each for out in outs), frozenset(optional)))


def _longest(variable: Variable, language: Language) -> str:
    """What an operator would type to get the longest text in this language."""
    match variable.type:
        case VariableType.TIME:
            return _PAST if variable.past else _AHEAD
        case VariableType.NUMBER:
            return variable.longest or str(LONGEST_NUMBER)
        case VariableType.MESSAGE:
            return str(_NUMBER - 1)
        case VariableType.CHOICE:
            return max(variable.choices, key=lambda option: len(option.shown[language])).key if variable.choices else ""
        case VariableType.PLACE:
            return variable.longest or "M" * LONGEST_PLACE
        case VariableType.TEXT:
            return variable.longest or "M" * LONGEST_TEXT


def _sample(library: Library, case: Case) -> Sample:
    wording, body = compose(library, case)
    words = fill(wording, name=_NAME, code=_CODE, link=_LINK)
    clinic = _CLINIC.sms_name if case.channel is Channel.SMS else _CLINIC.name
    mark = show_mark(case.language, exercise=case.exercise)
    marks = (mark, reference(_INCIDENT, _NUMBER), clinic, show_sent(_AT, _ZONE, case.language), _CODE)
    kind = (case.template, case.channel, case.language, case.way_back, case.question, case.exercise)
    return Sample(*kind, body, words.text, words.subject, marks)


def _lint_template(template: Template, samples: Iterable[Sample]) -> Iterator[Fault]:
    for finding in check_manifest(template):
        yield _fault(template, f"{template.name}/template.toml", finding)
    for where, text in template.files.items():
        for finding in check_guard(_own_words(where, text)):
            yield _fault(template, where, finding)
        if where.endswith("sms.txt"):
            for finding in check_signs(_own_words(where, text), keep_accents=template.keep_accents):
                yield _fault(template, where, finding)
    yield from _check_names(template)
    yield from _check_languages(template)
    for place, body in dict.fromkeys((_file_of(template, sample), sample.body) for sample in samples):
        for finding in check_guard(plain_words(body)):  # what an "if" inside a word had kept apart
            yield _fault(template, place, finding)
    for sample in {(s.way_back, s.question, s.text, s.subject): s for s in samples}.values():
        for finding in check_sample(sample):
            framed = finding[0].startswith("words.frame")
            folder = FRAME if framed else template.name
            file = SUBJECT if finding[0] == "words.subject_length" else FILE_OF[sample.channel]
            yield _fault(template, f"{folder}/{sample.language}/{file}", finding)


def _file_of(template: Template, sample: Sample) -> str:
    return f"{template.name}/{sample.language}/{FILE_OF[sample.channel]}"


def _check_names(template: Template) -> Iterator[Fault]:
    """A variable called ``code`` or ``mark`` would never show: the frame's own word stands in its place."""
    for variable in template.variables:
        for name in variable.words:
            if name in FRAME_WORDS | FRAME_FLAGS:
                yield Fault(f"{template.name}/template.toml", "words.variable_reserved", (("found", name),))


def _own_words(where: str, text: str) -> str:
    """A file as its author wrote it, without the names and flags that Jinja reads."""
    if where.endswith(".toml"):
        return " . ".join(_strings(json.loads(text)))
    return re.sub(r"<[^<>]*>", "", re.sub(r"\{[{%#](?:(?!\{[{%#]).)*?[}%#]\}", " … ", text))


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from _strings(inner)
        case list():
            for inner in value:
                yield from _strings(inner)


def _check_languages(template: Template) -> Iterator[Fault]:
    """Both languages say the same things: the same variables, in words of their own."""
    names = [variable.name for variable in template.variables]
    used = set()
    for file in FILES:
        french, english = (template.files[f"{template.name}/{language}/{file}"] for language in Language)
        told = ["".join(_TAG.findall(text)) for text in (french, english)]
        in_each = [{v.name for v in template.variables if any(re.search(rf"\b{w}\b", tags) for w in v.words)} for tags in told]
        used |= in_each[0] | in_each[1]
        where = f"{template.name}/{Language.EN}/{file}"
        if in_each[0] != in_each[1]:
            yield Fault(where, "words.languages_differ", (("names", ", ".join(sorted(in_each[0] ^ in_each[1]))),))
        if french == english and re.search(r"\w{4}", _TAG.sub("", french)):
            yield Fault(where, "words.untranslated")
    for name in names:
        if name not in used and name != template.deadline:
            yield Fault(f"{template.name}/template.toml", "words.unused", (("found", name),))


def _fault(template: Template, where: str, finding: Finding) -> Fault:
    code, facts, words = finding
    source = template.files.get(where, "")
    line = 1
    if words and not where.endswith(".toml"):
        sought = fold(words).split()
        line = next((n for n, text in enumerate(source.splitlines(), 1) if all(w in fold(text) for w in sought)), 1)
    return Fault(where if where.endswith(".toml") else f"{where}:{line}", code, facts)


def _unrendered(template: Template, case: Case, refused: BadInput) -> Iterator[Fault]:
    """A longest value that cannot be used. A sign of the template's own is named with its file already."""
    where = f"{template.name}/template.toml"
    match refused:
        case BadValue(field="", reason="character"):
            return
        case BadValue(field, reason, facts):
            yield Fault(where, f"BadValue.{reason}", (("field", field), *facts))
        case GuardedWords(field, word, rule):
            yield Fault(where, f"GuardedWords.{rule}", (("field", field), ("word", word)))
        case MissingWords(_, missing):
            yield Fault(
                f"{template.name}/{case.language}/{FILE_OF[case.channel]}", "words.missing", (("missing", ", ".join(missing)),)
            )
        case _:
            raise refused


def _measure(template: Template, language: Language, samples: Iterable[Sample]) -> Length | None:
    cuts = {False: (0, 0), True: (0, 0)}
    for sample in samples:
        if sample.channel is Channel.SMS and sample.language is language:
            cut = segments(sample.text)
            cuts[sample.exercise] = max(cuts[sample.exercise], (cut.units, cut.parts))
    return Length(template.name, language, *cuts[False], *cuts[True]) if cuts[True][0] else None
