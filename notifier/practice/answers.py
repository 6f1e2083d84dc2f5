"""The ways to answer that a message offers: a button, a digit, or a page behind a link. Nobody answers with anything else."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp

LINK = re.compile(r"https?://[^\s<>\"']+")
CHOICE = re.compile(r"(?<![\w=])([1-9])=\s*([^=]*?)(?=\s+[1-9]=|[.;,\n]|$)")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PATIENCE = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, slots=True)
class Offer:
    """One answer that may be given. ``value`` goes back: a button's reference, a digit, a radio button's value."""

    value: str
    label: str


@dataclass(slots=True)
class Form:
    """A page's form, as a browser would hold it."""

    url: str
    hidden: dict[str, str] = field(default_factory=dict)
    name: str = ""
    offers: list[Offer] = field(default_factory=list)


def read_digits(text: str) -> tuple[Offer, ...]:
    """``1=fait 2=souci`` in a text."""
    found = {digit: Offer(digit, label.strip()) for digit, label in CHOICE.findall(text)}
    return tuple(found.values())


def find_link(text: str) -> str | None:
    """The one link of a letter."""
    found = LINK.search(text)
    return found[0].rstrip(".,;:)") if found else None


class _Reader(HTMLParser):
    """Collects the first form that is sent by POST."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.form = Form(url)
        self._inside = False
        self._radio = ""
        self._label = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note hidden fields and radio buttons."""
        told = {name: value or "" for name, value in attrs}
        if tag == "form" and told.get("method", "").lower() == "post":
            self._inside = True
            self.form.url = urljoin(self.form.url, told.get("action", ""))
        if not self._inside or tag != "input":
            return
        if told.get("type") == "hidden":
            self.form.hidden[told.get("name", "")] = told.get("value", "")
        elif told.get("type") == "radio":
            self._keep()
            self.form.name, self._radio = told.get("name", ""), told.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """A label's end closes its button."""
        if tag in ("label", "form"):
            self._keep()
        if tag == "form":
            self._inside = False

    def handle_data(self, data: str) -> None:
        """What stands beside a button."""
        if self._radio:
            self._label += data

    def _keep(self) -> None:
        if self._radio:
            self.form.offers.append(Offer(self._radio, " ".join(self._label.split())))
        self._radio = self._label = ""


def read_form(page: str, url: str) -> Form:
    """The page's form; without offers where there is none."""
    reader = _Reader(url)
    reader.feed(page)
    reader.close()
    return reader.form


async def open_page(session: aiohttp.ClientSession, link: str) -> Form | None:
    """Open a link as a browser would; None where it cannot be opened or asks nothing. Links that leave this machine stay shut."""
    if urlsplit(link).hostname not in LOOPBACK:
        return None
    try:
        async with session.get(link, timeout=PATIENCE) as page:
            form = read_form(await page.text(), str(page.url)) if page.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, OSError, UnicodeDecodeError):
        return None
    return form if form is not None and form.offers else None


async def send_form(session: aiohttp.ClientSession, form: Form, offer: Offer) -> bool:
    """Choose, and send the form with its hidden fields. True when the page took it."""
    try:
        async with session.post(form.url, data={**form.hidden, form.name: offer.value}, timeout=PATIENCE) as done:
            return done.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
