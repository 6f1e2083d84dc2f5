"""Errors and faults into sentences, in the reader's language, each with its cure.

Errors carry facts and stable codes (``domain.errors``); nobody below a face makes prose. A sentence is looked up by the error's
class name and its ``reason`` or ``code`` (``BadAddress.phone``), then by the class name alone; a fault by its code. Facts are put
in as ``{field}``. Sentences are written with plain spaces; French gets its no-break spaces here, before the facts are put in.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Self

from notifier.domain.errors import Fault, NotifierError
from notifier.domain.people import Language
from notifier.prose import (
    alerts,
    cards,
    contacts,
    gateways,
    house,
    notices,
    pages,
    phone_tree,
    relays,
    screens,
    settings,
    teams,
    words,
)

PARTS = (house, settings, words, contacts, alerts, cards, gateways, relays, screens, pages, teams, notices, phone_tree)
SENTENCES: Mapping[str, tuple[str, str]] = {code: pair for part in PARTS for code, pair in part.SENTENCES.items()}

_ROWS = re.compile(r"\bligne(s?) (\d+(?:(?:, | à )\d+)*)")  # a sheet's rows, as places are written
_OPENERS = {
    Language.FR: " Vouliez-vous dire {names} ?",
    Language.EN: " Did you mean {names}?",
}
_OR = {Language.FR: " ou ", Language.EN: " or "}
_UNKNOWN_FAULT = {
    Language.FR: "La règle {code} n'est pas respectée : corrigez cette valeur.",
    Language.EN: "Rule {code} is not met: correct this value.",
}
_UNKNOWN_ERROR = {
    Language.FR: "Refusé ({code}), rien n'a été changé : vérifiez la demande et recommencez.",
    Language.EN: "Refused ({code}), nothing was changed: check the request and try again.",
}


def explain(error: NotifierError, language: Language) -> str:
    """The sentence for ``error``, its cure included; where it carries faults, one line more for each."""
    sentence = _pick(_codes(error), _UNKNOWN_ERROR, type(error).__name__, _facts_of(error, language), language)
    faults = _faults_of(error)
    return "\n".join([sentence, *(f"  - {fault_line(fault, language)}" for fault in faults)])


def fault_line(fault: Fault, language: Language) -> str:
    """``where : what is wrong and the cure``, on one line."""
    facts = _worded(fault.facts, language)
    sentence = _pick((fault.code,), _UNKNOWN_FAULT, fault.code, {**facts, "where": fault.where}, language)
    colon = "\u00a0: " if language is Language.FR else ": "
    where = fault.where if language is Language.FR else _ROWS.sub(_say_rows, fault.where)
    return f"{where}{colon}{sentence}" if where else sentence


def _say_rows(found: re.Match[str]) -> str:
    """``lignes 2, 5 à 7`` → ``rows 2, 5 to 7``."""
    return f"row{found[1]} {found[2].replace('à', 'to')}"


def say(code: str, language: Language, /, **facts: object) -> str:
    """The sentence under ``code`` for what is no error of ours: a mistyped command, an accident."""
    return _pick((code,), _UNKNOWN_ERROR, code, _worded(facts.items(), language), language)


def wording_hash(codes: Iterable[str]) -> str:
    """SHA-256 of a service text's wording in both languages, as this release ships it: what the journal names it by."""
    return hashlib.sha256("\n".join(words for code in codes for words in SENTENCES[code]).encode()).hexdigest()


def _codes(error: NotifierError) -> tuple[str, ...]:
    name = type(error).__name__
    reason = getattr(error, "reason", None) or getattr(error, "code", None) or getattr(error, "rule", None)
    return (f"{name}.{reason}", name) if isinstance(reason, str) else (name,)


def _pick(
    codes: Iterable[str],
    fallback: Mapping[Language, str],
    name: str,
    facts: Mapping[str, str],
    language: Language,
) -> str:
    for code in codes:
        if pair := SENTENCES.get(code):
            return typeset(pair[language is Language.EN], language).format_map(_Facts(language, facts))
    return typeset(fallback[language], language).format(code=name)


class _Facts(dict[str, str]):
    """A fact that the error forgot must not hide the error: it shows as an ellipsis."""

    def __init__(self, language: Language, facts: Mapping[str, str]) -> None:
        few = ("0", "1") if language is Language.FR else ("1",)
        super().__init__({name: _Fact(fact, singular=fact in few) for name, fact in facts.items()})

    def __missing__(self, key: str) -> str:
        return _Fact("…", singular=False)


class _Fact(str):
    """A fact as it is, or after ``{count:message|messages}`` the form that agrees with it: French says 0 in the singular."""

    __slots__ = ("_singular",)
    _singular: bool

    def __new__(cls, fact: str, *, singular: bool) -> Self:
        made = super().__new__(cls, fact)
        made._singular = singular
        return made

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        return (one if self._singular else many) if bar else super().__format__(spec)


def _faults_of(error: NotifierError) -> tuple[Fault, ...]:
    faults = getattr(error, "faults", ())
    return tuple(fault for fault in faults if isinstance(fault, Fault))


def _facts_of(error: NotifierError, language: Language) -> dict[str, str]:
    named: dict[str, object] = dict(vars(error))
    facts = _worded(((name, value) for name, value in named.items() if name not in ("facts", "faults")), language)
    more = named.get("facts")
    if isinstance(more, tuple):
        facts |= _worded(more, language)
    return facts | {"count": str(len(_faults_of(error)))}


def _worded(facts: Iterable[tuple[str, object]], language: Language) -> dict[str, str]:
    return {name: _say(name, value, language) for name, value in facts}


def _say(name: str, value: object, language: Language) -> str:
    if name == "near":
        return _nearest(value, language)
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value)
    return f"{value:.0f}" if isinstance(value, float) else str(value)


def _nearest(value: object, language: Language) -> str:
    """`` Vouliez-vous dire « a » ou « b » ?`` or nothing; ``value`` is a tuple of names, or names with commas between."""
    names = [str(name) for name in value] if isinstance(value, tuple) else [part.strip() for part in str(value).split(",")]
    quoted = [f"«\u00a0{name}\u00a0»" if language is Language.FR else f'"{name}"' for name in names if name]
    return typeset(_OPENERS[language], language).format(names=_OR[language].join(quoted)) if quoted else ""


@lru_cache(maxsize=4096)
def typeset(text: str, language: Language) -> str:
    """French no-break spaces, which a sentence in the source writes as plain ones. English is left as it is."""
    if language is Language.EN:
        return text
    return re.sub(r" (?=[:;!?»%€])", "\u00a0", text).replace("« ", "«\u00a0")
