"""A page that shows the phones: what everybody's devices got, what was answered, and why a phone stays silent.

A message by Telegram stands there as its chat shows it now: edits, buttons and all.
French, or English with ``?lang=en``. Without scripts it is a plain page with a form; with them it keeps itself fresh.
"""

import html
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from aiohttp import web

from notifier.practice.botapi import Standing
from notifier.practice.faults import Faults
from notifier.practice.ledger import CHANNELS, CODE, Entry, Ledger
from notifier.practice.staff import Given, Message, Resident, Said, Town

SHOWN, MOST = 48, 400  # phones on the page, unless ?n= asks for more
ZONE = ZoneInfo("Europe/Paris")
NAMES = {"telegram": "Telegram", "sms": "SMS", "email": "E-mail"}
FILES = Path(__file__).with_name("page")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:",
}
WORDS: dict[str, tuple[str, str]] = {
    "title": ("Les téléphones", "The phones"),
    "network": ("Réseau d’exercice · {at}", "Practice network · {at}"),
    "gone": ("Le réseau d’exercice ne répond plus", "The practice network no longer answers"),
    "rang": ("Ont sonné", "Rang"),
    "answers": ("Réponses", "Answers"),
    "copies": ("Doubles", "Copies"),
    "faults": ("Pannes jouées", "Faults played"),
    "clinics": ("Toutes les cliniques", "All clinics"),
    "clinic": ("Clinique", "Clinic"),
    "which": ("Quels téléphones", "Which phones"),
    "name": ("Nom", "Name"),
    "filter": ("Filtrer", "Filter"),
    "all": ("Ont sonné", "Rang"),
    "answered": ("Ont répondu", "Answered"),
    "silent": ("Sans réponse", "No answer"),
    "nothing": ("Rien reçu", "Nothing received"),
    "no_match": ("Aucun téléphone ne correspond.", "No phone matches."),
    "no_message": ("Aucun message pour l’instant.", "No message yet."),
    "shown": ("{shown} téléphones sur {all}", "{shown} phones of {all}"),
    "replied": ("a répondu", "answered"),
    "wrote": ("a écrit", "wrote"),
    "edited": ("modifié à {at}", "edited at {at}"),
    "answers_to": ("En réponse à", "In reply to"),
    "twice": ("reçu {times} fois", "received {times} times"),
    "waits": ("en attente de réseau", "waiting for signal"),
    "failed": ("perdu : SIM hors service", "lost: SIM out of service"),
    "empty": ("Rien reçu cette nuit.", "Nothing received tonight."),
    "asleep": ("dort", "asleep"),
    "locker": ("téléphone au vestiaire", "phone in a locker"),
    "muted": ("sourdine", "muted"),
    "no_device": ("aucun appareil hors de l’hôpital", "no device outside the hospital"),
    "no_telegram": ("bot bloqué", "bot blocked"),
    "no_sms": ("SIM perdue", "SIM lost"),
    "no_email": ("boîte fermée", "mailbox closed"),
    "other": ("English", "Français"),
}


Stands = Callable[[Message], Standing | None]  # a message by Telegram as it stands now; None once it was deleted


class _Page:
    """One drawing of the page, for one reader."""

    def __init__(self, town: Town, ledger: Ledger, faults: Faults, stands: Stands, asked: Mapping[str, str]) -> None:
        self._town = town
        self._stands = stands
        self._ledger = ledger
        self._faults = faults
        self._wanted = asked.get("q", "").strip()
        self._group = asked.get("clinic", "")
        self._show = asked.get("show", "all")
        self._language = "en" if asked.get("lang") == "en" else "fr"
        number = asked.get("n", "")
        self._most = min(MOST, int(number)) if number.isascii() and number.isdigit() else SHOWN

    def say(self, word: str, **facts: object) -> str:
        return WORDS[word][self._language == "en"].format(**facts)

    def clock(self, at: datetime) -> str:
        return f"{at.astimezone(ZONE):{'%H:%M' if self._language == 'en' else '%Hh%M'}}"

    def draw(self) -> str:
        chosen = list(self._choose())
        phones = "".join(self._phone(resident) for resident in chosen[: self._most])
        empty = self.say("no_match" if self._town.shown else "no_message")
        count = self.say("shown", shown=_number(min(self._most, len(chosen))), all=_number(len(chosen))) if chosen else ""
        title = self.say("title")
        at = self.say("network", at=self.clock(self._town.clock.now()))
        return (
            f'<!doctype html><html lang="{self._language}"><head><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
            '<link rel="stylesheet" href="/phones/phones.css"><script src="/phones/phones.js" defer></script>'
            '<noscript><meta http-equiv="refresh" content="10"></noscript></head><body>'
            f"<header><h1>{title}<small>{at}</small></h1><dl>{self._numbers()}</dl>{self._form()}</header>"
            f'<main>{phones or f"""<p class="none">{empty}</p>"""}</main><footer>{count}</footer></body></html>'
        )

    def _numbers(self) -> str:
        town, counts = self._town, self._ledger.counts()
        numbers = [("", self.say("rang"), f"{_number(len(town.shown))} <small>/ {_number(len(town.residents))}</small>")]
        numbers += [(channel, NAMES[channel], _number(counts[channel])) for channel in CHANNELS]
        numbers.append(("", self.say("answers"), _number(len(town.given))))
        if doubles := self._ledger.duplicates():
            numbers.append(("warn", self.say("copies"), _number(doubles)))
        if played := sum(self._faults.told.values()):
            numbers.append(("warn", self.say("faults"), _number(played)))
        return "".join(f'<div class="{kind}"><dt>{name}</dt><dd>{number}</dd></div>' for kind, name, number in numbers)

    def _form(self) -> str:
        groups = sorted({resident.group for resident in self._town.residents.values() if resident.group})
        clinics = _options([("", self.say("clinics")), *((one, one) for one in groups)], self._group)
        shows = _options([(one, self.say(one)) for one in ("all", "answered", "silent", "nothing")], self._show)
        other = {"q": self._wanted, "clinic": self._group, "show": self._show, "lang": "fr" if self._language == "en" else "en"}
        link = html.escape(f"/phones?{urlencode({name: value for name, value in other.items() if value})}")
        name = self.say("name")
        return (
            f'<form data-gone="{self.say("gone")}"><input type="hidden" name="lang" value="{self._language}">'
            f'<select name="show" aria-label="{self.say("which")}">{shows}</select>'
            f'<select name="clinic" aria-label="{self.say("clinic")}">{clinics}</select>'
            f'<input name="q" value="{html.escape(self._wanted)}" placeholder="{name}" aria-label="{name}">'
            f'<button>{self.say("filter")}</button><a href="{link}">{self.say("other")}</a></form>'
        )

    def _choose(self) -> Iterator[Resident]:
        """Whose phone is drawn: the newest message first, those without any by name."""
        town, wanted = self._town, self._wanted.casefold()
        rang = sorted(town.shown.items(), key=lambda item: item[1][-1][0], reverse=True)
        keys = [key for key, _ in rang]
        if self._show == "nothing":
            keys = sorted(town.residents.keys() - town.shown.keys(), key=lambda key: town.residents[key].name)
        answered = {given.key for given in town.given} if self._show in ("answered", "silent") else set()
        for key in keys:
            resident = town.residents[key]
            if self._group and resident.group != self._group:
                continue
            if self._show in ("answered", "silent") and (key in answered) is not (self._show == "answered"):
                continue
            if wanted in f"{resident.name} {resident.post} {resident.group} {resident.key}".casefold():
                yield resident

    def _phone(self, resident: Resident) -> str:
        lines = [(line.at, self._sent(line)) for line in self._town.lines_of(resident.key)]
        lines += [*self._on_the_way(resident), *self._received(resident)]  # what came at the minute of an answer came upon it
        lines.sort(key=lambda line: line[0])
        drawn = "".join(line for _, line in reversed(lines))  # the newest stands below
        screen = drawn or f'<p class="nothing">{self.say("empty")}</p>'
        habits = self._town.habits[resident.key]
        traits = [word for word in ("asleep", "locker", "muted") if getattr(habits, word)]
        traits += [] if resident.devices else ["no_device"]
        traits += [f"no_{channel}" for channel, _ in resident.devices if channel in habits.broken]
        who = "".join(f"<i>{self.say(word)}</i>" for word in traits) + html.escape(resident.post)
        quiet = "" if drawn else ' class="quiet"'
        name, group = html.escape(resident.name), html.escape(resident.group)
        return (
            f'<article id="{html.escape(resident.key)}"{quiet}><h2>{name}<small>{group}</small></h2><p class="who">{who}</p>'
            f'<div class="screen" tabindex="0">{screen}</div></article>'
        )

    def _received(self, resident: Resident) -> Iterator[tuple[datetime, str]]:
        """What the screen shows; the same words again make no second bubble, they are counted."""
        bubbles: dict[tuple[str, Standing], tuple[datetime, int]] = {}
        for at, message in self._town.shown.get(resident.key, ()):
            standing = self._stands(message) if message.channel == "telegram" else Standing(message.text)
            if standing is not None:
                first, times = bubbles.get((message.channel, standing), (at, 0))
                bubbles[message.channel, standing] = (first, times + 1)
        pressed = {(line.alert, line.label) for line in self._town.lines_of(resident.key) if isinstance(line, Given)}
        for (channel, standing), (at, times) in bubbles.items():
            yield at, self._bubble(at, channel, standing, times, pressed)

    def _bubble(self, at: datetime, channel: str, standing: Standing, times: int, pressed: set[tuple[str, str]]) -> str:
        marks = f"<em>{self.say('twice', times=times)}</em>" if times > 1 else ""
        marks += f"<i>{self.say('edited', at=self.clock(standing.edited))}</i>" if standing.edited else ""
        head = f"<header><b>{NAMES[channel]}</b>{marks}<span>{self.clock(at)}</span></header>"
        found = CODE.search(standing.text)
        keyboard = ""
        if standing.labels:
            alert = found[0] if found else ""
            labels = [(label, (alert, label) in pressed) for label in standing.labels]
            keyboard = "".join(f"<li{' class=pressed' if done else ''}>{html.escape(label)}</li>" for label, done in labels)
            keyboard = f"<ul>{keyboard}</ul>"
        if standing.answers:
            above = html.escape(standing.answers.partition("\n")[0])
            head += f'<blockquote aria-label="{self.say("answers_to")}">{above}</blockquote>'
        if channel == "email":
            subject, _, body = standing.text.partition("\n\n")
            name = html.escape(f"{found[0] if found else ''} {self.clock(at)}")
            words = (
                f'<details data-id="{name}"><summary>{html.escape(subject)}</summary><p>{html.escape(body.strip())}</p></details>'
            )
        else:
            place = found.end() if found else 0
            words = f"<p><strong>{html.escape(standing.text[:place])}</strong>{html.escape(standing.text[place:])}</p>"
        return f'<div class="in {channel}">{head}{words}{keyboard}</div>'

    def _on_the_way(self, resident: Resident) -> Iterator[tuple[datetime, str]]:
        """Copies that a gateway has taken and that no screen shows: waiting for a network, or lost."""
        for channel, address in resident.devices:
            for entry in self._ledger.of(channel, address):
                if entry.shown_at is None:
                    yield entry.at, self._shadow(entry)

    def _shadow(self, entry: Entry) -> str:
        why = self.say("waits" if entry.delivered else "failed")
        head = f"<header><b>{NAMES[entry.channel]}</b><em>{why}</em><span>{self.clock(entry.at)}</span></header>"
        return f'<div class="in {entry.channel} waiting">{head}<p>{html.escape(entry.alert)}</p></div>'

    def _sent(self, line: Given | Said) -> str:
        said = isinstance(line, Said)
        head = f"<header><span>{self.say('wrote' if said else 'replied')}</span><span>{self.clock(line.at)}</span></header>"
        words = line.text if isinstance(line, Said) else line.label or line.choice
        return f'<div class="out{" said" if said else ""}">{head}<p>{html.escape(words)}</p></div>'


def _options(choices: list[tuple[str, str]], chosen: str) -> str:
    drawn = []
    for value, label in choices:
        selected = " selected" if value == chosen else ""
        drawn.append(f'<option value="{html.escape(value)}"{selected}>{html.escape(label)}</option>')
    return "".join(drawn)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


def routes(town: Town, ledger: Ledger, faults: Faults, stands: Stands) -> list[web.RouteDef]:
    """What the server mounts."""
    files = {name: (FILES / name).read_text(encoding="utf-8") for name in ("phones.css", "phones.js")}

    async def show(request: web.Request) -> web.Response:
        page = _Page(town, ledger, faults, stands, request.query).draw()
        return web.Response(text=page, content_type="text/html", headers=HEADERS)

    async def file(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in files:
            raise web.HTTPNotFound
        kind = "text/css" if name.endswith(".css") else "text/javascript"
        return web.Response(text=files[name], content_type=kind, headers=HEADERS)

    return [web.get("/phones", show), web.get("/phones/{name}", file)]
