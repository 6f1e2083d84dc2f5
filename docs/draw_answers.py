"""Draws ``pictures/``: how staff answer, for README, from a night of the whole house on the practice network.

    python -m docs.draw_answers

Wants Chromium and pdftoppm. Nobody in it lives, and no number in it is anybody's.
"""

import asyncio
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright
from sqlalchemy import select

from notifier.desk.answering import read_mail
from notifier.desk.cards import print_cards
from notifier.desk.enrolling import issue
from notifier.domain.replies import MailReply
from notifier.practice.staff import Said
from notifier.store import tables
from tests.journeys.night import CHAT, Member, Night, open_night
from tests.needs import need_program

PICTURES = Path(__file__).parent / "pictures"
WIDTH, SHARP = 360, 1.5  # css px, as a small phone has them, and points for each
WHOLE = "article{height:auto!important;max-height:none!important}"  # nothing is scrolled out of sight
CARD = {"-r": 110, "-x": 0, "-y": 0, "-W": 454, "-H": 641}  # the first card of the page

BORIS = Member("Boris", on_shift=True, chat=CHAT + 2)
NINA = Member("Nina", on_shift=True, phone="+33639980021")
HANA = Member("Hana", on_shift=True, mail="hana@example.org")
ILAN = Member("Ilan", on_shift=True, mail="ilan@example.org")
POST = Member("Relais bloc", role="RELAIS", phone="+33639980009")
CAST = (BORIS, NINA, HANA, ILAN, POST)


@dataclass
class Draughtsman:
    """Takes the pictures, with one browser."""

    night: Night
    page: Page

    async def draw_phone(self, name: str, whose: str) -> None:
        """What somebody's phone shows now."""
        await self.page.goto(f"{self.night.network.phones_url}?q={whose}")
        await self.page.add_style_tag(content=WHOLE)
        for letter in await self.page.locator("summary").all():
            await letter.click()
        await self.page.locator("article").screenshot(path=PICTURES / f"{name}.png")

    async def draw_page(self, name: str) -> None:
        """The page that the browser shows."""
        await self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    async def write(self, whose: str, channel: str, words: str) -> None:
        """Somebody's phone shows what he has written."""
        self.night.network.town.keep(Said(whose, "", channel, words, self.night.clock.now()))

    async def text(self, whose: str, words: str) -> None:
        """Somebody answers by SMS."""
        await self.night.pass_time(minutes=1)
        await self.night.text(whose, words)
        await self.write(whose, "sms", words)
        await self.night.settle()


async def play(night: Night, drawn: Draughtsman) -> None:
    """A roll call, which each answers his own way."""
    await night.send("roll-call", "service:BLOC", {"avant": "23h10"})
    _wake(night)
    await drawn.draw_phone("telegram-before", "Boris")
    await night.pass_time(minutes=1)
    await night.press("Boris", "Présent et en sécurité")
    await night.settle()
    await drawn.draw_phone("telegram-after", "Boris")
    await drawn.text("Nina", "1")
    await drawn.draw_phone("sms", "Nina")
    await drawn.text("Relais bloc", "12/14")
    await drawn.draw_phone("team", "Relais")
    await drawn.page.goto(night.link("Hana"))
    await drawn.draw_page("page-before")
    await drawn.page.locator("input[type=radio]").first.check()
    await drawn.page.locator("button").click()
    await drawn.draw_page("page-after")
    await _reply_by_mail(night, "Ilan", "Présent")
    await drawn.write("Ilan", "email", "Présent")
    await drawn.draw_phone("mail", "Ilan")


def _wake(night: Night) -> None:
    """The cast sleeps, so that nobody answers by himself; once everybody has the message, the pictures need not say so."""
    town = night.network.town
    for key, member in night.cast.items():
        town.habits[key] = replace(town.habits[key], asleep=False)
        town.residents[key] = replace(town.residents[key], group="Kerlic", post=f"{member.service} · {member.role}")


async def _reply_by_mail(night: Night, whose: str, words: str) -> None:
    """As the mailbox hands over a reply: the practice network has no mailbox to be fetched from."""
    rows, people, persons = tables.outbox, tables.recipients, tables.people
    joined = select(rows.c.id).join(people, people.c.id == rows.c.recipient).join(persons, persons.c.id == people.c.person)
    query = joined.where(persons.c.matricule == whose.upper(), rows.c.channel == "email")
    row = await night.house.desk.store.read(lambda tx: tx.execute(query).scalars().first())
    await night.pass_time(minutes=1)
    await read_mail(night.house.desk, MailReply(str(row), f"{whose.lower()}@example.org", words, "1"), f"mail:{whose}")


async def draw_card(night: Night, folder: Path) -> None:
    """The printed card of one person."""
    desk = night.house.desk
    lanes = tuple(replace(lane, options={**lane.options, "bot": "@alerte_practice_bot"}) for lane in desk.lanes)
    issued = await issue(desk, night.actor, "KER", matricule="NINA")
    deck = folder / "cards.pdf"
    deck.write_bytes(print_cards(replace(desk, lanes=lanes), issued))
    options = [str(part) for option in CARD.items() for part in option]
    command = [need_program("pdftoppm"), "-png", "-singlefile", *options, str(deck), str(PICTURES / "card")]
    await asyncio.to_thread(subprocess.run, command, check=True)


async def main() -> None:
    """All of them."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with open_night(f"sqlite:///{folder / 'night.db'}", folder, CAST) as night, async_playwright() as play_write:
            browser: Browser = await play_write.chromium.launch(executable_path=need_program("chromium"), args=["--no-sandbox"])
            context = await browser.new_context(
                viewport={"width": WIDTH, "height": 100}, device_scale_factor=SHARP, bypass_csp=True, locale="fr-FR"
            )
            await context.route("**/phones.js", lambda script: script.abort())  # a picture of a page that keeps still
            await play(night, Draughtsman(night, await context.new_page()))
            await draw_card(night, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
