"""How an audience is written: an expression into a tree (``audience`` says whom it selects).

Juxtaposition binds closer than *or*, *not* closest. Quotation marks hold what contains a space: ``nom:"le goff"``.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from notifier.domain.errors import BadAudience, EmptyAudience
from notifier.domain.folding import fold
from notifier.domain.roster import Status

MAX_DEPTH = 20  # brackets and nots inside one another; a person's expression has two or three
MAX_TOKENS = 2_000  # more is a pasted list, which wants an import or a tag


class Field(StrEnum):
    """What a value is compared with."""

    CLINIC = "clinic"
    SERVICE = "service"
    ROLE = "role"
    STATUS = "status"
    TAG = "tag"
    TRAVEL = "travel"  # <30, 30-60, >60 minutes
    NAME = "name"
    CALLED = "called"  # by an alert, which is named by its number; the next three as well
    SILENT = "silent"
    FAILED = "failed"
    ANSWERED = "answered"  # HGX1-03, or HGX1-03=present


class Trait(StrEnum):
    """What is true of a person without a value."""

    ALL = "all"
    ON_DUTY = "on-duty"
    ON_CALL = "on-call"
    RELAY = "relay"
    RESPONSIBLE = "responsible"
    VOLUNTEER = "volunteer"


FIELDS: Mapping[str, Field] = {
    **dict.fromkeys(("clinic", "clinique", "site", "etablissement"), Field.CLINIC),
    **dict.fromkeys(("service", "unite"), Field.SERVICE),
    **dict.fromkeys(("role", "fonction", "metier", "profession"), Field.ROLE),
    **dict.fromkeys(("status", "statut"), Field.STATUS),
    **dict.fromkeys(("tag", "etiquette"), Field.TAG),
    **dict.fromkeys(("travel", "trajet", "bande"), Field.TRAVEL),
    **dict.fromkeys(("name", "nom"), Field.NAME),
    **dict.fromkeys(("called", "appeles", "destinataires"), Field.CALLED),
    **dict.fromkeys(("silent", "muets", "sans-reponse"), Field.SILENT),
    **dict.fromkeys(("failed", "echecs", "non-joints"), Field.FAILED),
    **dict.fromkeys(("answered", "repondu", "ont-repondu"), Field.ANSWERED),
}
FOLLOWING = frozenset({Field.CALLED, Field.SILENT, Field.FAILED, Field.ANSWERED})
TRAITS: Mapping[str, Trait] = {
    **dict.fromkeys(("all", "everybody", "everyone", "tous", "toutes", "tout-le-monde"), Trait.ALL),
    **dict.fromkeys(("on-duty", "on-shift", "de-service", "en-service", "en-poste", "de-garde"), Trait.ON_DUTY),
    **dict.fromkeys(("on-call", "astreinte", "d'astreinte", "en-astreinte"), Trait.ON_CALL),
    **dict.fromkeys(("relay", "relays", "relais"), Trait.RELAY),
    **dict.fromkeys(("responsible", "responsable", "responsables"), Trait.RESPONSIBLE),
    **dict.fromkeys(("volunteer", "volunteers", "volontaire", "volontaires"), Trait.VOLUNTEER),
}
STATUSES: Mapping[str, Status] = {
    **{status.value: status for status in Status},
    **dict.fromkeys(("employee", "salariee", "cdi", "cdd"), Status.EMPLOYEE),
    **dict.fromkeys(("liberale", "self-employed"), Status.LIBERAL),
    **dict.fromkeys(("temp", "interimaire", "vacataire"), Status.TEMP),
    **dict.fromkeys(("student", "etudiante", "stagiaire"), Status.STUDENT),
    **dict.fromkeys(("contractor",), Status.CONTRACTOR),
}
_AND, _OR, _NOT = frozenset({"and", "et"}), frozenset({"or", "ou"}), frozenset({"not", "non", "sauf"})
_QUOTES = {'"': '"', "«": "»", "“": "”"}


@dataclass(frozen=True, slots=True)
class Value:
    """One value as typed, and where its first character stands (from 1)."""

    text: str
    position: int


@dataclass(frozen=True, slots=True)
class Has:
    field: Field
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Is:
    trait: Trait


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Node", ...]


Node = Has | Is | Not | Both | Either


@dataclass(frozen=True, slots=True)
class Audience:
    """An expression that has been read. ``text`` is what was typed, and what the approval binds."""

    text: str
    root: Node

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Audience:
    """Read an expression. Raises BadAudience with the position counted from 1, EmptyAudience where nothing is typed."""
    tokens = _tokens(text)
    if not tokens:
        raise EmptyAudience(text)
    reader = _Reader(text, tokens)
    root = reader.read_any(0)
    if reader.here is not None:
        raise reader.unexpected()
    return Audience(text, root)


def walk(node: Node) -> Iterable[Node]:
    """Every part of the tree, the whole first."""
    yield node
    match node:
        case Not(part):
            yield from walk(part)
        case Both(parts) | Either(parts):
            for part in parts:
                yield from walk(part)
        case Has() | Is():
            return


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # word, text (quoted), or one of ( ) , :
    text: str
    position: int


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if sign.isspace():
            at += 1
        elif sign in "(),:":
            tokens.append(_Token(sign, sign, at + 1))
            at += 1
        elif sign in _QUOTES:
            end = text.find(_QUOTES[sign], at + 1)
            if end < 0:
                raise BadAudience(text, at + 1, "unclosed")
            tokens.append(_Token("text", text[at + 1 : end].strip(), at + 1))
            at = end + 1
        else:
            end = at
            while end < len(text) and not text[end].isspace() and text[end] not in '(),:"«“':
                end += 1
            tokens.append(_Token("word", text[at:end], at + 1))
            at = end
    return tokens


class _Reader:
    """Recursive descent over the tokens; each method reads one level of binding."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self._text, self._tokens, self._at = text, tokens, 0
        if len(tokens) > MAX_TOKENS:
            raise BadAudience(text, tokens[MAX_TOKENS].position, "too_long")

    @property
    def here(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def read_any(self, depth: int) -> Node:
        parts = [self._read_all(depth)]
        while self._take_word(_OR):
            parts.append(self._read_all(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def unexpected(self) -> BadAudience:
        token = self.here
        position = token.position if token else len(self._text) + 1
        return BadAudience(self._text, position, "unexpected", (("found", token.text if token else ""),))

    def _read_all(self, depth: int) -> Node:
        parts = [self._read_one(depth)]
        while self.here is not None and self.here.kind != ")" and not self._is_word(_OR):
            self._take_word(_AND)
            parts.append(self._read_one(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _read_one(self, depth: int) -> Node:
        token = self.here
        if token is None or (token.kind != "(" and token.kind != "word"):
            raise self.unexpected()
        if depth > MAX_DEPTH:
            raise BadAudience(self._text, token.position, "too_deep")
        self._at += 1
        if token.kind == "(":
            inside = self.read_any(depth + 1)
            if self.here is None:
                raise BadAudience(self._text, token.position, "unclosed")
            self._at += 1
            return inside
        if fold(token.text) in _NOT:
            return Not(self._read_one(depth + 1))
        if self.here is not None and self.here.kind == ":":
            return self._read_field(token)
        return self._read_trait(token)

    def _read_field(self, token: _Token) -> Node:
        name = fold(token.text)
        if name not in FIELDS:
            raise self._unknown(token, "unknown_field", FIELDS)
        self._at += 1  # the colon
        values = [self._read_value()]
        while self.here is not None and self.here.kind == ",":
            self._at += 1
            values.append(self._read_value())
        return Has(FIELDS[name], tuple(values))

    def _read_value(self) -> Value:
        token = self.here
        if token is None or token.kind not in ("word", "text") or not token.text:
            raise self.unexpected()
        self._at += 1
        return Value(token.text, token.position)

    def _read_trait(self, token: _Token) -> Node:
        name = fold(token.text)
        if name in _AND | _OR:
            self._at -= 1
            raise self.unexpected()
        if name not in TRAITS:
            raise self._unknown(token, "unknown_word", {**TRAITS, **FIELDS})
        return Is(TRAITS[name])

    def _unknown(self, token: _Token, reason: str, known: Mapping[str, object]) -> BadAudience:
        near = difflib.get_close_matches(fold(token.text), known, 3)
        return BadAudience(self._text, token.position, reason, (("found", token.text), ("near", ", ".join(near))))

    def _is_word(self, words: frozenset[str]) -> bool:
        return self.here is not None and self.here.kind == "word" and fold(self.here.text) in words

    def _take_word(self, words: frozenset[str]) -> bool:
        if not self._is_word(words):
            return False
        self._at += 1
        return True
