"""The lists of one alert, printed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from notifier.desk.showing import Lists, Missing
from notifier.domain.paper import PaperLine, PaperList, Sheet
from notifier.domain.people import Language
from notifier.domain.template import show_clock
from notifier.printing import print_sheet
from notifier.prose import say

WORDS = ("name", "place", "cause", "contacts", "called", "page", "nobody")


def print_lists(lists: Lists, zone: ZoneInfo, language: Language) -> bytes:
    """Both lists as one PDF: whom nothing reached, then whom somebody should call."""
    alert = lists.alert
    return print_sheet(
        Sheet(
            mark=say("exercise" if alert.exercise else "real", language),
            exercise=alert.exercise,
            code=alert.code,
            title=alert.title,
            at=show_day(lists.at.astimezone(zone), language),
            lists=(
                PaperList(say("paper.not_reached", language), tuple(_line(m, language) for m in lists.not_reached)),
                PaperList(say("paper.by_hand", language), tuple(_line(m, language) for m in lists.by_hand)),
            ),
            words={**{word: say(f"paper.{word}", language) for word in WORDS}, "lang": language.value},
        )
    )


def show_day(local: datetime, language: Language) -> str:
    """``04/10/2026 22h45``."""
    return f"{local:%d/%m/%Y} {show_clock(local, language)}"


def _line(missing: Missing, language: Language) -> PaperLine:
    person = missing.person
    cause = say(f"cause.{missing.cause}", language)
    return PaperLine(person.shown, person.clinic, person.service, person.role, cause, missing.contacts)
