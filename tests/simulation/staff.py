"""Staff: who answers, late, wrongly, by several ways, or not at all; and what they know themselves to have answered."""

import asyncio
import html
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from notifier.desk.answering import Fate
from tests.desk.house import Member
from tests.simulation.process import Process, read_seal
from tests.simulation.world import Call, Down, World

SOON, LATER = (0.1, 2.0), (5.0, 25.0)  # s, virtual
AGAIN = 0.6  # s before a text or a form that was not taken is sent again
LINK = re.compile(r"http://127\.0\.0\.1:1(/r/[\w-]+)")


@dataclass(slots=True)
class Given:
    """What one person has answered to one alert.

    ``tried``: something valid is on its way; ``known``: since when the house has said that it counts; ``by``: the ways it went.
    """

    tried: bool = False
    known: float | None = None
    updates: list[int] = field(default_factory=list)
    last_button: str = ""
    by: set[str] = field(default_factory=set)


class Staff:
    """Each person has habits for the night, drawn by the seed."""

    def __init__(self, world: World, cast: tuple[Member, ...], draw: random.Random, house: Callable[[], Process]) -> None:
        self._world = world
        self._house = house
        self._draw = draw
        self.given: dict[tuple[str, str], Given] = {}  # (alert, name)
        self.owners: dict[tuple[str, str], Member] = {}
        self._habits = {}
        self.wrote: Counter[str] = Counter()  # texts, by name
        self._texts = 0
        self.busy = 0  # messages that somebody is about to answer
        for member in cast:
            self._habits[member.name] = draw.choice(("prompt", "prompt", "prompt", "late", "wrong", "silent", "silent"))
            for channel, value in (("telegram", member.chat), ("sms", member.phone), ("email", member.mail)):
                if value is not None:
                    self.owners[channel, str(value)] = member
        self._chats = [member.chat for member in cast if member.chat is not None]
        world.shown = self.read

    def of(self, alert: str, name: str) -> Given:
        """What somebody has answered."""
        return self.given.setdefault((alert, name), Given())

    def read(self, call: Call) -> None:
        """A message shows on a phone."""
        member = self.owners[call.channel, call.address]
        self.busy += 1
        self._world.start(self._react_and_rest(call, member))

    async def _react_and_rest(self, call: Call, member: Member) -> None:
        try:
            await self._react(call, member)
        finally:
            self.busy -= 1

    async def _react(self, call: Call, member: Member) -> None:
        habit, draw = self._habits[member.name], self._draw
        if call.channel == "email":
            await self._scan(call)
        if habit == "silent":
            return
        await asyncio.sleep(draw.uniform(*(LATER if habit == "late" else SOON)))
        if habit == "wrong" and draw.random() < 0.7:
            await self._blunder(call, member)
            return
        for _ in range(draw.choice((1, 1, 2))):
            await self._answer(call, member)
            await asyncio.sleep(draw.uniform(0.0, 0.5))

    async def _answer(self, call: Call, member: Member) -> None:
        match call.channel:
            case "telegram":
                self._press(call, member)
            case "sms":
                await self._text(call, member)
            case _:
                await self._send_form(call, member)

    def _press(self, call: Call, member: Member) -> None:
        keyboard = self._world.bot_keyboards.get(call.ref)
        if keyboard is None or member.chat is None:
            return
        data = self._draw.choice(sorted(keyboard.values()))
        given = self.of(call.alert, member.name)
        given.tried = True
        given.last_button = data
        given.by.add("telegram")
        given.updates.append(self._world.bot.press(member.chat, data))

    async def _text(self, call: Call, member: Member) -> None:
        digits = re.findall(r"\b([1-9])=", call.text)
        if not digits:
            return
        self._texts += 1
        self.wrote[member.name] += 1
        text, event = self._draw.choice(digits), f"text-{self._texts}"
        while True:
            self._meant(call.address)
            try:
                told = await self._house().tell_text(call.lane, str(member.phone), text, event)
            except Down:
                await asyncio.sleep(AGAIN)
                continue
            if told.fate in (Fate.COUNTED, Fate.CHANGED) and len(self._meant(call.address)) == 1:
                self._know(self.of(call.alert, member.name))
            return

    def _meant(self, number: str) -> set[str]:
        """A digit goes to whichever open question offers it, when it is read: to any alert that was texted to him by then."""
        calls = self._world.calls
        texted = {call.alert for call in calls if (call.channel, call.address) == ("sms", number) and call.alert}
        for alert in texted:
            given = self.of(alert, self.owners["sms", number].name)
            given.tried = True
            given.by.add("sms")
        return texted

    async def _send_form(self, call: Call, member: Member) -> None:
        path = self._link(call)
        if path is None:
            return
        try:
            _, page = await self._house().browse("GET", path)
            seal, choices = read_seal(page), re.findall(r'type="radio"[^>]*value="(\w+)"', page)
            if seal is None or not choices:
                return
            given = self.of(call.alert, member.name)
            given.tried = True
            given.by.add("web")
            status, page = await self._house().browse("POST", path, {"seal": seal, "choice": self._draw.choice(choices)})
        except Down:
            return  # the browser shows an error; some try again with the next copy
        if status == 200 and read_seal(page) is None and 'class="good over"' not in page:
            self._know(given)

    async def _scan(self, call: Call) -> None:
        """A mail scanner follows the link, and sends the form as it stands by GET."""
        path = self._link(call)
        if path is None or self._draw.random() < 0.5:
            return
        try:
            _, page = await self._house().browse("GET", path)
            choices = re.findall(r'type="radio"[^>]*value="(\w+)"', page)
            await self._house().browse("GET", path, {"seal": read_seal(page) or "", "choice": choices[0] if choices else ""})
        except Down:
            return

    async def _blunder(self, call: Call, member: Member) -> None:
        """Nonsense by text; a button pressed from somebody else's chat."""
        if call.channel == "telegram" and (keyboard := self._world.bot_keyboards.get(call.ref)):
            stranger = self._draw.choice([chat for chat in self._chats if chat != member.chat])
            self._world.bot.press(stranger, self._draw.choice(sorted(keyboard.values())))
        elif call.channel == "sms":
            self._texts += 1
            self.wrote[member.name] += 1
            try:
                await self._house().tell_text(call.lane, str(member.phone), "ok merci", f"text-{self._texts}")
            except Down:
                return

    def _link(self, call: Call) -> str | None:
        found = LINK.search(html.unescape(call.text))
        return found[1] if found else None

    def _know(self, given: Given) -> None:
        if given.known is None:
            given.known = self._world.loop.time()

    def settle_presses(self) -> None:
        """What Telegram has been told is confirmed is known since then."""
        for given in self.given.values():
            for update in given.updates:
                at = self._world.bot.confirmed.get(update)
                if at is not None:
                    given.known = at if given.known is None else min(given.known, at)
