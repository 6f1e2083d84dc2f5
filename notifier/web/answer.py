"""The page without login: one alert, one person, one answer. It shows by GET and changes by POST only.

No answer is preselected, there is no script, and the form carries a seal that only the shown page has: a scanner that follows
the link, runs scripts or sends the form as it stands changes nothing. The link can be used again, until the alert is over.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from notifier.desk.answering import Fate, Page, Told, answer_page, show_page
from notifier.desk.desk import Desk
from notifier.desk.forms import form_holds, seal_form
from notifier.domain.message import CODE_SLOT, LINK_SLOT, NAME_SLOT
from notifier.domain.people import Language, show_number
from notifier.web.drawing import draw, draw_error, draw_text, show_time, tell
from notifier.web.gate import Gate
from notifier.web.source import read_body, source_of

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
_GREETING = 60  # characters: a paragraph this short that holds the name is the letter's salutation
_OPEN = 260  # characters of the instruction that show at once; the rest is one touch away


@dataclass(frozen=True, slots=True)
class Body:
    """The frozen words of the letter, as the page shows them."""

    first: tuple[str, ...]
    rest: tuple[str, ...]


class AnswerPage:
    """The staff's page, at ``/r/{token}``."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._gate = gate

    async def __call__(self, request: Request) -> Response:
        """GET and HEAD show, POST answers."""
        token, source, real = str(request.path_params["token"]), source_of(request), self._desk.clock.real()
        if not self._gate.admits(source, real):
            return draw_error(request, 429)
        answer = await self._reply(request, token) if _TOKEN.fullmatch(token) else None
        if answer is None:
            self._gate.blame(source, real)
            return draw_error(request, 404)
        self._gate.trust(source, real)
        return answer

    async def _reply(self, request: Request, token: str) -> Response | None:
        """None where no such link was ever made."""
        if request.method == "POST":
            return await self._take(token, _read_form(await read_body(request)))
        page = await show_page(self._desk, token)
        if page is None:
            return None
        if page.over or not page.choices:
            return self._draw_over(page) if page.over else self._draw_form(token, page)
        if page.answer is not None and "change" not in request.query_params:
            return self._draw_done(page, _label(page), page.answered_at)
        return self._draw_form(token, page)

    async def _take(self, token: str, form: Mapping[str, str]) -> Response | None:
        holds = form_holds(self._desk, token, form.get("seal", ""))
        if not holds or not form.get("choice"):
            page = await show_page(self._desk, token)
            if page is None:
                return None
            return (
                self._draw_over(page)
                if page.over
                else self._draw_form(token, page, wrong="page.choose" if holds else "page.again")
            )
        answered = await answer_page(self._desk, token, form["choice"])
        if answered is None:
            return None
        told, page = answered
        match told.fate:
            case Fate.COUNTED | Fate.CHANGED | Fate.REPEATED:
                return self._draw_done(page, told.label, told.at)
            case Fate.LATE | Fate.OLDER:
                return self._draw_over(page, told)
            case Fate.FOREIGN | Fate.UNREAD | Fate.REOPENED:
                return self._draw_form(token, page, wrong="page.choose")

    def _draw_form(self, token: str, page: Page, wrong: str = "") -> Response:
        """The form, none preselected; ``wrong`` says why it comes again."""
        coming = page.answer_by is not None and page.answer_by > self._desk.clock.now()
        facts = {
            "body": _lay_out(page),
            "choices": page.choices,
            "seal": seal_form(self._desk, token),
            "before": self._time(page, page.answer_by, "since") if coming else "",
            "wrong": wrong,
            "token": token,
        }
        return self._draw("answer", page, facts, 422 if wrong else 200)

    def _draw_done(self, page: Page, label: str, at: datetime | None) -> Response:
        """Drawn once for all who say the same in the same minute; the name is filled in."""
        language = _language(page)
        told = tell(language, "page.done", label=label, when=self._time(page, at))
        around = (page.exercise, page.title, _head(page), page.staffed_number)
        return HTMLResponse(_draw_done(language, told, *around).replace(NAME_SLOT, html.escape(page.shown)))

    def _draw_over(self, page: Page, told: Told | None = None) -> Response:
        return self._draw("over", page, {"since": self._time(page, page.ended_at, "since"), "late": told is not None})

    def _draw(self, name: str, page: Page, facts: Mapping[str, object], status: int = 200) -> Response:
        """With what every page shows: the head of the letter, the answer so far, the number to call."""
        around = {
            "page": page,
            "head": _head(page),
            "was": _label(page),
            "was_when": self._time(page, page.answered_at),
            "dial": _dial(page.staffed_number),
            "number": show_number(page.staffed_number),
        }
        return draw(name, _language(page), around | dict(facts), status)

    def _time(self, page: Page, instant: datetime | None, form: str = "when") -> str:
        if instant is None:
            return ""
        return show_time(instant, self._desk.clock.now(), self._desk.zone, _language(page), form)


@lru_cache(maxsize=500)
def _draw_done(language: Language, told: str, exercise: bool, title: str, head: str, number: str) -> str:
    facts = {"done": told, "head": head, "dial": _dial(number), "number": show_number(number)}
    return draw_text("done", language, facts | {"page": {"exercise": exercise, "title": title, "shown": NAME_SLOT}})


def _head(page: Page) -> str:
    return page.text.partition("\n")[0].partition(" ")[2] or page.alert


def _dial(number: str) -> str:
    return re.sub(r"[^+\d]", "", number)


def _language(page: Page) -> Language:
    return Language(page.language)


def _label(page: Page) -> str:
    return next((choice.label for choice in page.choices if choice.key == page.answer), page.answer or "")


def _lay_out(page: Page) -> Body:
    """The letter without what belongs to a letter: salutation, link, code. Names, order and wording stay as approved."""
    head, *paragraphs = page.text.split("\n\n")
    mark = head.partition(" ")[0]
    kept: list[str] = []
    for paragraph in paragraphs:
        if LINK_SLOT in paragraph or CODE_SLOT in paragraph or paragraph == mark:
            continue
        if NAME_SLOT in paragraph and len(paragraph) < _GREETING:
            continue
        kept.append(paragraph.replace(NAME_SLOT, page.shown))
    first: list[str] = []
    while kept and (not first or sum(map(len, first)) + len(kept[0]) <= _OPEN):
        first.append(kept.pop(0))
    return Body(tuple(first), tuple(kept))


def _read_form(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=8))
    except ValueError:  # not a form of ours
        return {}
