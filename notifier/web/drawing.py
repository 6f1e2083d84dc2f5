"""Pages as staff get them: one file, its style within, nothing fetched from anywhere."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from notifier.domain.people import Language
from notifier.prose import say

_PAGES = Path(__file__).parent / "pages"
_STYLE = re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", (_PAGES / "page.css").read_text(encoding="utf-8"), flags=re.DOTALL))
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
_TOLD = {404: "404", 405: "4xx", 429: "429", 500: "500", 503: "503", 507: "503"}

_environment = Environment(
    loader=FileSystemLoader(_PAGES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # a file that is looked at for each page costs as much as the page
)


def draw(page: str, language: Language, facts: Mapping[str, object], status: int = 200) -> HTMLResponse:
    """The page of that name, in the reader's language."""
    return HTMLResponse(draw_text(page, language, facts), status)


def draw_text(page: str, language: Language, facts: Mapping[str, object]) -> str:
    """The same, to be kept."""
    around = {"say": partial(tell, language), "lang": language.value, "style": _STYLE}
    return _environment.get_template(f"{page}.html").render({**facts, **around})


def draw_error(request: Request, status: int) -> HTMLResponse:
    """What went wrong and what to do, without a word about how."""
    kind = _TOLD.get(status, "4xx" if status < 500 else "500")
    told = draw("unknown", read_language(request), {"kind": kind}, status)
    if status in (429, 503):
        told.headers["retry-after"] = "30"
    return told


def read_language(request: Request) -> Language:
    """The browser's, of somebody whom we do not know; French unless English comes first."""
    asked = request.headers.get("accept-language", "").strip().lower()
    return Language.EN if asked.startswith("en") else Language.FR


def show_time(instant: datetime, now: datetime, zone: tzinfo, language: Language, form: str = "when") -> str:
    """``à 03:14`` on the local clock, ``le 04/10 à 03:14`` when that is not today; form ``since`` goes after « depuis »."""
    local = instant.astimezone(zone)
    day = "today" if local.date() == now.astimezone(zone).date() else "day"
    return tell(language, f"{form}.{day}", clock=f"{local:%H:%M}", day=f"{local:%d/%m}")


def tell(language: Language, code: str, **facts: str) -> str:
    """A sentence of the pages. Hundreds of answers a second are told in the same words: each is made once."""
    return _tell(language, code, tuple(facts.items()))


@lru_cache(maxsize=2000)
def _tell(language: Language, code: str, facts: tuple[tuple[str, str], ...]) -> str:
    return say(code, language, **dict(facts))
