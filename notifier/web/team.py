"""The page on which a relay post, or whoever is responsible, ticks those he has seen. As the answer page: no name is ticked
beforehand, looking changes nothing, and only a form that we showed counts."""

import re
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from notifier.desk.answering import Page, show_page
from notifier.desk.forms import form_holds, seal_form
from notifier.desk.ticking import Team, show_team, tick_team
from notifier.web.answer import AnswerPage
from notifier.web.source import read_body

_REF = re.compile(r"[0-9]{1,19}")
_FIELDS = 400  # no team is as large


class TeamPage(AnswerPage):
    """At ``/r/{token}/team``."""

    async def _reply(self, request: Request, token: str) -> Response | None:
        """None where no such link was ever made, or its owner speaks for nobody."""
        page, team = await show_page(self._desk, token), await show_team(self._desk, token)
        if page is None or team is None:
            return None
        if page.over:
            return self._draw_over(page)
        if request.method == "POST":
            return await self._take_ticks(token, page, team, _read_form(await read_body(request)))
        return self._draw_team(token, page, team)

    async def _take_ticks(self, token: str, page: Page, team: Team, form: list[tuple[str, str]]) -> Response | None:
        if not form_holds(self._desk, _sealed(token), dict(form).get("seal", "")):
            return self._draw_team(token, page, team, wrong="page.again")
        seen = {int(value) for name, value in form if name == "seen" and _REF.fullmatch(value)}
        ticked = await tick_team(self._desk, token, seen, trouble=("trouble", "x") in form)
        if ticked is None:
            return None
        if ticked.said is None:
            return self._draw_team(token, page, team, wrong="team.choose")
        told = {"seen": str(ticked.said.present), "all": str(ticked.said.needed), "trouble": ticked.said.trouble}
        return self._draw("ticked", page, told | {"when": self._time(page, ticked.at)})

    def _draw_team(self, token: str, page: Page, team: Team, wrong: str = "") -> Response:
        counted = team.counted
        facts = {
            "mates": team.mates,
            "seal": seal_form(self._desk, _sealed(token)),
            "back": f"../{token}",
            "counted": "" if counted is None else counted.said.shown,
            "counted_by": "" if counted is None else counted.said_by,
            "counted_when": "" if counted is None else self._time(page, counted.at),
            "wrong": wrong,
        }
        return self._draw("team", page, facts, 422 if wrong else 200)


def _sealed(token: str) -> str:
    """A seal of the answer page holds for that page only."""
    return f"{token}/team"


def _read_form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), max_num_fields=_FIELDS)
    except ValueError:  # not a form of ours
        return []
