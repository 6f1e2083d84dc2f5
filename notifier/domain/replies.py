"""What a text message answers (UX 5.2): a digit, one of the words on offer, or one typo away from a single one of them.

The rules stand in their order, and what none of them reads is left to a person: nothing is guessed, and a refusal, a doubt or an
emergency never counts as an answer.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from notifier.domain.folding import fold, fold_words
from notifier.domain.message import Choice

_LONGEST = 24  # signs; nobody writes one digit with more around it
_TYPO_FROM = 4  # letters: in a shorter word one letter is the whole difference (lu, vu, non, nom)
_PAUSE = ("stop", "arret")
_YES = ("oui", "ok", "yes")  # to the first answer on offer, where it is one of these: an order that is done wants "fait"
_YES_TO = ("read", "present", "coming")
# What people write besides the words on offer, by the key of the answer.
_SAID = {
    "read": ("lu", "recu", "bien recu", "vu", "read", "received", "seen"),
    "present": ("present", "presente", "la", "je suis la", "dispo", "here"),
    "coming": ("j'arrive", "en route", "je viens", "coming", "on my way"),
    "absent": ("absent", "absente", "non", "indispo", "malade", "no"),
    "no": ("non", "indispo", "absent", "absente", "malade", "no"),
    "done": ("fait", "c'est fait", "done"),
    "trouble": ("souci", "probleme", "problem"),
    "late": ("plus tard", "later"),
    "later": ("plus tard", "later"),
    "help": ("aide", "besoin d'aide", "a l'aide", "help", "need help"),
}
NEGATIONS = frozenset("pas ne n non jamais impossible sauf aucun refuse not no never cannot cant dont t".split())  # noqa: SIM905
# Words of their own, one letter away from an answer: a refusal, a fault or somebody's state, and no slip of the finger.
_OWN_WORDS = frozenset("dont fail faim faint faut fuit malades recul refu".split())  # noqa: SIM905
_THUMB = re.compile("\U0001f44d[\U0001f3fb-\U0001f3ff]?")
# Whoever writes one of these needs somebody now, and not an answer: read before everything else.
_EMERGENCY = (
    "arret cardiaque", "acr", "hemorragie", "hemorragique", "saigne", "saignement", "inconscient", "inconsciente", "coma", "avc",
    "infarctus", "convulsion", "convulse", "detresse", "etouffe", "asphyxie", "respire plus", "ne respire", "choc", "anaphylaxie",
    "douleur thoracique", "urgence vitale", "blesse", "blessee", "mort", "decede", "decedee", "deces", "feu", "incendie", "fumee",
    "agression", "cardiac arrest", "bleeding", "unconscious", "not breathing", "stroke", "seizure", "fire", "smoke", "dying",
    "morte", "dead", "died", "choking",
)  # fmt: skip


class Sense(StrEnum):
    """What a text is to the house."""

    ANSWER = "answer"
    PAUSE = "pause"  # no more text messages, please
    TO_READ = "to_read"  # a person has to read it
    UNKNOWN = "unknown"  # one word that is none of those on offer
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class MailReply:
    """What somebody wrote above the quotation. ``row`` is what the address that he wrote to proves to be the row of ours."""

    row: str
    sender: str = field(repr=False)  # as From has it
    text: str = field(repr=False)
    event_id: str


@dataclass(frozen=True, slots=True)
class Reading:
    """``choice`` is what an ANSWER chose; ``to_read`` that it says more than that; ``emergency`` that a person reads it first."""

    sense: Sense
    choice: Choice | None = None
    to_read: bool = False
    emergency: bool = False


def read_reply(text: str, choices: Sequence[Choice]) -> Reading:
    """What ``text`` says to somebody who was offered ``choices``. Pure, and the same for SMS and for the first line of a mail."""
    plain = normalise(text)
    if not plain:
        return _read_sign(text, choices)
    if plain in _PAUSE:
        return Reading(Sense.PAUSE)
    if _tells_of_danger(plain):
        return Reading(Sense.TO_READ, to_read=True, emergency=True)
    if "?" in unicodedata.normalize("NFKC", text):  # whoever asks has not answered, whatever the word
        return Reading(Sense.TO_READ, to_read=True)
    if choice := read_digit(text, choices):
        return Reading(Sense.ANSWER, choice)
    if choice := _only(_saying(plain, choices) or _nearly_saying(plain, choices)):
        return Reading(Sense.ANSWER, choice)
    words = fold_words(plain).split()
    if choice := _led_by_digit(words, choices):
        return Reading(Sense.ANSWER, choice, to_read=not _repeats(words[1:], choice))
    return Reading(Sense.TO_READ, to_read=True) if len(words) > 1 else Reading(Sense.UNKNOWN)


def read_mail_reply(text: str, choices: Sequence[Choice]) -> Reading:
    """The first line answers; an emergency further down is read by a person first, whatever that line says."""
    first, _, rest = text.strip().partition("\n")
    if read_reply(rest, ()).emergency:
        return Reading(Sense.TO_READ, to_read=True, emergency=True)
    return read_reply(first, choices)


def normalise(text: str) -> str:
    """Trimmed, without case, accents, quotation marks or punctuation around it: ``« Oui ! »`` → ``oui``."""
    plain = fold(unicodedata.normalize("NFKC", text))
    start, end = 0, len(plain)
    while start < end and _is_wrapping(plain[start]):
        start += 1
    while start < end and _is_wrapping(plain[end - 1]):
        end -= 1
    return plain[start:end]


def read_digit(text: str, choices: Iterable[Choice]) -> Choice | None:
    """The choice that the whole message names by its digit: ``1``, ``1.``, ``"1"``, ``n° 1``. None for anything else."""
    if len(text.strip()) > _LONGEST:
        return None
    found = re.fullmatch(r"(?:n ?[o°]? ?)?([1-9])", normalise(text))
    return next((choice for choice in choices if found and choice.digit == int(found[1])), None)


def _is_wrapping(sign: str) -> bool:
    return sign.isspace() or (unicodedata.category(sign)[0] in "PZCS" and sign != "+")


def _read_sign(text: str, choices: Sequence[Choice]) -> Reading:
    """A thumb says that it was read, and answers no other question; other pictures are for a person."""
    if not any(unicodedata.category(sign) == "So" for sign in text):
        return Reading(Sense.EMPTY)
    only_read = len(choices) == 1 and choices[0].key == "read"
    if only_read and _THUMB.fullmatch(text.strip()):
        return Reading(Sense.ANSWER, choices[0])
    return Reading(Sense.TO_READ, to_read=True)


def _tells_of_danger(plain: str) -> bool:
    words = fold_words(plain)
    return any(f" {sign} " in words for sign in _EMERGENCY)


def _saying(plain: str, choices: Sequence[Choice]) -> list[Choice]:
    """The choices whose own words, or what people write for them, are the whole message."""
    said = _squeeze(plain)
    return [choice for choice, words in _vocabulary(choices) if said and said in map(_squeeze, words)]


def _nearly_saying(plain: str, choices: Sequence[Choice]) -> list[Choice]:
    """The choices one typo away from one word, but for its first letter: people seldom miss that, and *none* is not *done*."""
    said = _squeeze(plain)
    if " " in plain or not said.isalpha() or said in _OWN_WORDS:
        return []
    return [
        choice
        for choice, words in _vocabulary(choices)
        if any(len(word) >= _TYPO_FROM and said[0] == word[0] and _is_one_typo(said, word) for word in map(_squeeze, words))
    ]


def _vocabulary(choices: Sequence[Choice]) -> Iterator[tuple[Choice, tuple[str, ...]]]:
    """Each choice with its own words and what people write for them."""
    for place, choice in enumerate(choices):
        yes = _YES if place == 0 and choice.key in _YES_TO else ()
        yield choice, (choice.label, *yes, *_SAID.get(choice.key, ()))


def _squeeze(text: str) -> str:
    """Letters and digits only, none twice in a row: ``J'arrive`` and ``jarive``, ``oui`` and ``ouiii`` are one."""
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[\W_]+", "", fold(text)))


def _is_one_typo(said: str, word: str) -> bool:
    """One letter too many, too few, another, or two neighbours swapped (Damerau 1964: four of five typing errors)."""
    if said == word or abs(len(said) - len(word)) > 1:
        return False
    same = next((n for n, (a, b) in enumerate(zip(said, word, strict=False)) if a != b), min(len(said), len(word)))
    left, right = said[same:], word[same:]
    swapped = left[:2] == right[:2][::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right[1:] or left[1:] == right or left == right[1:]


def _only(found: Sequence[Choice]) -> Choice | None:
    """The one that it is, where it is one only."""
    return found[0] if len(found) == 1 else None


def _led_by_digit(words: Sequence[str], choices: Sequence[Choice]) -> Choice | None:
    """The choice whose digit begins a sentence that neither refuses nor names another one."""
    chosen = next((choice for choice in choices if words and words[0] == str(choice.digit)), None)
    if chosen is None or len(words) < 2 or any(word in NEGATIONS for word in words[1:]):
        return None
    rest = f" {' '.join(words[1:])} "
    for other, said in _vocabulary(choices):
        if other is not chosen and any(fold_words(word) in rest for word in (str(other.digit), *said)):
            return None
    return chosen


def _repeats(words: Sequence[str], choice: Choice) -> bool:
    """``1=fait``: the digit and its own words, as the message showed them."""
    return bool(_saying(" ".join(words), [choice]))
