"""What a text must be before it may be a template: rules over one rendered sample, each finding with a stable code and its facts.

The rules are those that experience paid for: a message is read at three in the morning, on a lock screen, by somebody who cannot
answer a one-way number and must never take "PC" for "pump".
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

from notifier.domain.audience import parse
from notifier.domain.errors import BadAudience, BadValue
from notifier.domain.folding import fold
from notifier.domain.gsm import Encoding, segments, to_gsm
from notifier.domain.guard import find_guarded, find_unsafe, refuse_hidden
from notifier.domain.message import Question, WayBack
from notifier.domain.people import Channel, Language
from notifier.domain.template import Template, TemplateKind, VariableType

FRAME_PARTS = ("mark", "reference", "clinic", "sent_at", "code")  # what every frame shows, in this order in ``Sample.marks``
FRAME_ROOM = 64  # characters of a text message's frame in an exercise, at the longest names
TELEGRAM_ROOM = 4096  # Bot API, after entities
SUBJECT_ROOM = 150
MAIL_LINE = 998  # octets, RFC 5322 2.1.1
TAGS = frozenset({"b", "i", "u", "code"})
SERVICES = frozenset(
    {"URG", "BLOC", "REA", "PUI", "LABO", "IMAG", "ADM", "MAT", "DIAL", "ONCO", "SMR", "HAD", "BRANC", "STAND", "RESTO"}
)
_IMPERATIVES = {
    Language.FR: """
        accueillez affichez appelez appliquez apportez arretez attendez comparez comptez confirmez conservez continuez
        controlez delivrez dites evacuez faites fermez gardez ignorez imprimez lisez maintenez notez organisez ouvrez
        passez prenez preparez presentez prevenez priorisez quittez rappelez rassemblez refusez rejoignez relisez remettez
        remplacez reportez reprenez ressaisissez restez rouvrez signalez suivez surveillez suspendez tenez travaillez
        utilisez venez verifiez
    """,
    Language.EN: """
        answer apply back-enter bring call check close come compare confirm continue count deliver dispense do evacuate
        follow go hold ignore join keep leave note open postpone prepare print put read refuse reopen replace report resume
        start stay suspend switch take tell use verify wait warn watch work
    """,
}
IMPERATIVES = {language: frozenset(words.split()) for language, words in _IMPERATIVES.items()}
WAY_OUT = {Language.FR: ("souci", "non", "aide", "empeche"), Language.EN: ("problem", "no", "help", "cannot")}
_REPLY = re.compile(r"\brepond(?:ez|re)\b|\brep\b|\breply\b|\banswer (?:by|with|1)\b|\btext back\b|\b\d ?= ?\S")
_COUNT = "une?|deux|trois|cinq|dix|quinze|vingt|trente|quelques|an?|one|two|three|five|ten|fifteen|twenty|thirty|a few|few"
_SPAN = rf"(?:\d+|{_COUNT}) ?(?:min|mn|h|minutes?|heures?|jours?|hours?|days?)"
_RELATIVE = {
    Language.FR: re.compile(
        r"\b(?:aujourd'hui|demain|hier|ce soir|ce matin|cette nuit|cet apres-midi|ce midi|tout a l'heure|tantot|bientot"
        rf"|prochainement|sous peu|dans (?:l'heure|la journee|la matinee|{_SPAN})|d'ici (?:{_SPAN})"
        rf"|il y a {_SPAN}|ce jour|ce week-end|(?:cette|la) semaine prochaine|cette semaine"
        r"|(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche) prochain)\b"
    ),
    Language.EN: re.compile(
        r"\b(?:today|tonight|tomorrow|yesterday|this (?:morning|afternoon|evening)|soon|shortly|this week(?:end)?|next week"
        rf"|(?:with)?in (?:an hour|the hour|{_SPAN})|(?:an hour|{_SPAN}) ago)\b"
    ),
}
_VOLUNTARY = {
    Language.FR: (re.compile(r"\bvolonta(?:ires?|riat)\b"), re.compile(r"\baucun motif\b")),
    Language.EN: (re.compile(r"\bvolunt(?:eers?|ary)\b"), re.compile(r"\bno reason\b")),
}
_URL = re.compile(r"https?:|\bwww\.|\b[\w-]+\.[a-z]{2,4}/")

Finding = tuple[str, tuple[tuple[str, str], ...], str]  # code, facts, and the words by which the line is found


@dataclass(frozen=True, slots=True)
class Sample:
    """One text as somebody would get it, at the longest names: ``body`` without frame, ``text`` and ``subject`` filled."""

    template: Template
    channel: Channel
    language: Language
    way_back: WayBack
    question: Question
    exercise: bool
    body: str
    text: str
    subject: str
    marks: tuple[str, ...]  # what the frame must show: RÉEL or EXERCICE first, then number, clinic, time, code


def plain_words(text: str) -> str:
    """A Telegram message as it is read, without its tags and entities."""
    return html.unescape(re.sub(r"<[^<>]*>", "", text))


def check_sample(sample: Sample) -> Iterator[Finding]:
    """Every rule that looks at words."""
    yield from _frame(sample)
    yield from _words(sample)
    match sample.channel:
        case Channel.SMS:
            yield from _sms(sample)
        case Channel.TELEGRAM:
            yield from check_html(sample.text)
            if (shown := len(plain_words(sample.text))) > TELEGRAM_ROOM:
                yield "words.telegram_length", (("over", str(shown - TELEGRAM_ROOM)),), ""
        case Channel.EMAIL:
            yield from _mail(sample)


def check_guard(text: str) -> Iterator[Finding]:
    """The guard over a template's own words."""
    try:
        refuse_hidden(text, field="")
    except BadValue as refused:
        yield "words.hidden", refused.facts, ""
    for word, rule in find_guarded(text):
        yield f"words.guarded.{rule}", (("word", word),), word


def check_signs(text: str, *, keep_accents: bool) -> Iterator[Finding]:
    """What a text message cannot carry in a template's own words."""
    try:
        to_gsm(text, keep_accents=keep_accents)
    except BadValue as refused:
        sign = dict(refused.facts)["character"]
        yield "words.character", (("character", sign),), sign


def check_manifest(template: Template) -> Iterator[Finding]:
    """The rules over ``template.toml``: questions, answers, variables, whom it is for, the pre-approval."""
    for field, values in (("digit", [a.digit for a in template.answers]), ("key", [a.key for a in template.answers])):
        for value, times in Counter(map(str, values)).items():
            if times > 1:
                yield "words.answer_twice", (("field", field), ("found", value)), value
    yield from _check_questions(template)
    yield from _check_variables(template)
    for field, typed in (("audience", template.audience), ("deputies", template.deputies)):
        try:
            if typed:
                parse(typed)
        except BadAudience as refused:
            yield "words.audience", (("found", typed), ("position", str(refused.position))), field
    for field, service in (("service", template.service), ("cadre", template.cadre)):
        if service and service not in SERVICES:
            yield "words.service", (("found", service), ("known", ", ".join(sorted(SERVICES)))), field
    if template.preapproved is not None and not template.hash_matches:
        yield "words.stamp", (("by", template.preapproved.by), ("name", template.name)), "[preapproved]"


def _check_variables(template: Template) -> Iterator[Finding]:
    names = [name for variable in template.variables for name in variable.words]
    for name, times in Counter(names).items():
        if times > 1:
            yield "words.variable_twice", (("found", name),), name
    for variable in template.variables:
        if (variable.type is VariableType.CHOICE) is not bool(variable.choices):
            yield "words.variable_choices", (("found", variable.name),), variable.name
        if variable.type is VariableType.NUMBER and variable.longest and not re.fullmatch(r"[0-9]{1,4}", variable.longest):
            yield "words.variable_longest", (("found", variable.longest),), variable.longest
    deadline = template.variable(template.deadline)
    if template.deadline and (deadline is None or deadline.type is not VariableType.TIME or deadline.past):
        yield "words.deadline", (("found", template.deadline),), "deadline"
    until = template.variable(template.until)
    if template.until and (until is None or until.type is not VariableType.NUMBER):
        yield "words.until", (("found", template.until),), "until"


def _check_questions(template: Template) -> Iterator[Finding]:
    if Question.CHOICES not in template.questions:
        if template.answers:
            yield "words.answers_unasked", (), "answer"
        return
    if not template.answers:
        yield "words.answers_missing", (), "ask"
        return
    out = [answer for answer in template.answers if answer.way_out]
    if not out:
        yield "words.way_out", (), "answer"
    if any(answer.deputy and not answer.way_out for answer in template.answers) or (
        any(answer.deputy for answer in template.answers) and not template.deputies
    ):
        yield "words.deputy", (), "deputy"
    for language in Language:
        shorts, labels = ([getattr(answer, form)[language] for answer in out] for form in ("sms", "label"))
        if out and not all(set(re.findall(r"\w+", fold(" ".join(said)))) & set(WAY_OUT[language]) for said in (shorts, labels)):
            yield "words.way_out_words", (("language", language.value), ("known", ", ".join(WAY_OUT[language]))), "way_out"


def _frame(sample: Sample) -> Iterator[Finding]:
    shown = plain_words(sample.text) if sample.channel is Channel.TELEGRAM else sample.text
    mark = sample.marks[0]
    if not shown.startswith(mark):
        yield "words.frame_first", (("mark", mark),), "mark"
    if sample.exercise and not shown.endswith(mark):
        yield "words.frame_last", (("mark", mark),), "mark"
    missing = [name for name, part in zip(FRAME_PARTS, sample.marks, strict=True) if part not in shown]
    if sample.channel is Channel.EMAIL and mark not in sample.subject:
        missing.append("mark")
    if missing:
        yield "words.frame_lost", (("found", ", ".join(missing)),), "code"
    if sample.channel is Channel.SMS and sample.exercise and sample.question is Question.NONE:
        room = len(sample.text) - len(sample.body)
        if room > FRAME_ROOM:
            yield "words.frame_long", (("found", str(room)), ("room", str(FRAME_ROOM))), "mark"


def _words(sample: Sample) -> Iterator[Finding]:
    plain = plain_words(sample.body) if sample.channel is Channel.TELEGRAM else sample.body
    folded = fold(plain)
    first = re.match(r"(n[e' ]+)?([\w-]+)", folded)
    verb = first[2] if first else ""
    prohibits = bool(first and first[1] and verb.endswith("ez")) and sample.language is Language.FR
    if not prohibits and verb not in IMPERATIVES[sample.language]:
        yield "words.imperative", (("found", verb),), plain.split("\n")[0][:20]
    if found := _RELATIVE[sample.language].search(folded):
        yield "words.relative_time", (("found", found.group()),), found.group()
    for unsafe, rule in find_unsafe(plain):
        yield f"words.{rule}", (("found", unsafe),), unsafe
    if sample.template.kind is TemplateKind.RECALL:
        for pattern, wanted in zip(_VOLUNTARY[sample.language], ("volontaire", "aucun motif"), strict=True):
            if not pattern.search(folded):
                yield "words.recall", (("wanted", wanted),), ""


def _sms(sample: Sample) -> Iterator[Finding]:
    cut = segments(sample.text)
    keeps = sample.template.keep_accents
    room = (2 if sample.exercise else 1) + (1 if keeps else 0)
    if cut.encoding is not Encoding.GSM7 and not keeps:
        yield "words.encoding", (), ""
    if cut.parts > room:
        facts = (("parts", str(cut.parts)), ("units", str(cut.units)), ("room", str(room)), ("language", sample.language.value))
        yield ("words.parts_exercise" if sample.exercise else "words.parts"), facts, ""
    if found := _URL.search(fold(sample.text)):
        yield "words.sms_link", (("found", found.group()),), "link"
    if sample.way_back in (WayBack.NUMBER, WayBack.NONE) and (found := _REPLY.search(fold(sample.text))):
        yield "words.reply_line", (("found", found.group()),), found.group()


def _mail(sample: Sample) -> Iterator[Finding]:
    for line in sample.text.splitlines():
        if (long := len(line.encode())) > MAIL_LINE:
            yield "words.mail_line", (("octets", str(long)),), line[:30]
    if len(sample.subject) > SUBJECT_ROOM:
        yield "words.subject_length", (("room", str(SUBJECT_ROOM)),), ""


def check_html(text: str) -> Iterator[Finding]:
    """Telegram's HTML as we use it: b, i, u and code, without attributes, closed in order, everything else escaped."""
    reader = _TagReader()
    reader.feed(text)
    reader.close()
    for found in reader.wrong:
        yield "words.telegram_html", (("found", found),), found
    for tag in reader.still_open:
        yield "words.telegram_unclosed", (("found", tag),), f"<{tag}"
    bare = re.sub(r"</?(?:b|i|u|code)>|&(?:amp|lt|gt|quot|#\d+|#x[0-9a-f]+);", "", text)
    if sign := re.search(r"[<>&] ?[^ \n]*", bare):
        yield "words.telegram_html", (("found", sign.group()),), sign.group()


class _TagReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.still_open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or attrs:
            self.wrong.append(f"<{tag}>")
        else:
            self.still_open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.still_open and self.still_open[-1] == tag:
            self.still_open.pop()
        else:
            self.wrong.append(f"</{tag}>")
