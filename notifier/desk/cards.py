"""The cards by which people enrol: printed, cut, put into sealed envelopes, handed over."""

from collections.abc import Sequence
from datetime import datetime

from notifier.desk.desk import Desk
from notifier.desk.enrolling import Issued
from notifier.domain.codes import verification_code
from notifier.domain.enrolment import deep_link, read_bot
from notifier.domain.errors import NoBot
from notifier.domain.lane import LaneSettings, Role
from notifier.domain.paper import Card, Deck
from notifier.domain.people import Channel, Language, show_number
from notifier.domain.roster import Person
from notifier.printing import print_deck
from notifier.prose import say

CODES = 40  # messages of one incident that a card has codes for
_FIXED = ("private", "step1", "step3", "never", "codes", "real", "exercise")


def name_bot(lanes: Sequence[LaneSettings]) -> str:
    """The bot that cards lead to: that of the first Telegram account. Raises NoBot."""
    bots = sorted((lane for lane in lanes if lane.channel is Channel.TELEGRAM), key=lambda lane: lane.role is Role.BACKUP)
    if not bots:
        raise NoBot(lane="", reason="no_lane")
    told = bots[0].options.get("bot", "")
    bot = read_bot(told)
    if bot is None:
        raise NoBot(lane=bots[0].name, reason="name" if told.strip() else "missing")
    return bot


def nameless(lanes: Sequence[LaneSettings]) -> tuple[str, ...]:
    """SMS accounts whose settings do not tell what number their messages come from: no card can say it."""
    return tuple(lane.name for lane in lanes if lane.channel is Channel.SMS and not lane.sender)


def print_cards(desk: Desk, issued: Issued) -> bytes:
    """The cards as a PDF, four a page, in the order of services and names. Raises NoBot."""
    bot, key = name_bot(desk.lanes), desk.vault.derive("codes")
    cards = tuple(_card(person, deep_link(bot, token), key) for person, token in issued.tokens)
    words = {language.value: _words(desk, issued, bot, language) for language in Language}
    return print_deck(Deck(say("card.title", Language.FR, clinic=issued.clinic), cards, words))


def _card(person: Person, link: str, key: bytes) -> Card:
    real, exercise = (
        tuple(verification_code(key, person.id, person.card, kind, number) for number in range(1, CODES + 1))
        for kind in (False, True)
    )
    return Card(person.shown, f"{person.service} · {person.role}", person.language.value, link, real, exercise)


def _words(desk: Desk, issued: Issued, bot: str, language: Language) -> dict[str, str]:
    """What all cards say in this language; the advice is the one that fits the numbers they will be texted from."""
    clinic = issued.group.clinic(issued.clinic)
    lanes = [lane for lane in desk.lanes if lane.channel is Channel.SMS and lane.sender]
    senders = list(dict.fromkeys(lane.sender for lane in lanes))
    way = "favourite" if all(lane.two_way for lane in lanes) else "name" if not any(lane.two_way for lane in lanes) else "mixed"
    number = show_number(clinic.staffed_number) if clinic else ""
    words = {name: say(f"card.{name}", language) for name in _FIXED}
    words |= {name: say(f"card.{name}.{way}", language) if senders else "" for name in ("way", "android", "iphone")}
    return {
        **words,
        "head": " · ".join(part for part in (issued.group.name, clinic.name if clinic else "") if part),
        "enrol": say("card.enrol", language, until=_day(issued.expires_at.astimezone(desk.zone), language)),
        "step2": say("card.step2", language, bot=bot),
        "sms": say("card.sms", language, senders=", ".join(map(show_number, senders))) if senders else "",
        "check": say("card.check", language, number=number) if number else say("card.check.cadre", language),
    }


def _day(local: datetime, language: Language) -> str:
    return f"{local:%d/%m/%Y}" if language is Language.FR else f"{local:%d %b %Y}"
