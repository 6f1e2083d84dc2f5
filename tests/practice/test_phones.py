"""The page of phones: what each got and answered, why one stays silent, and a page that stays fresh under the reader's hand."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters

from notifier.practice import Customs, Fault
from notifier.practice.staff import Said
from tests.channels.services import until
from tests.needs import need_program
from tests.practice.test_botapi import BUTTONS
from tests.practice.test_mailbox import client, letter
from tests.practice.test_network import fetch
from tests.practice.test_staff import KEYBOARD
from tests.practice.town import ALLA, BORIS, CLARA, bot_of, call_bot, post_text, town

NOBODY = Customs(0, 1, 0, 0, 0, 0, 0, 0)  # everybody sleeps but who is on duty


async def page_of(url: str, query: str = "") -> str:
    """The page, as it is without scripts."""
    _, page = await fetch("GET", f"{url}?{query}")
    return str(page)


async def test_the_page_shows_what_the_phones_got_and_what_was_answered() -> None:
    async with town() as network:
        assert "Aucun message" in await page_of(network.phones_url)
        await call_bot(network, "sendMessage", chat_id=ALLA.chat, text="RÉEL HGX1-01 <Kerlic>", reply_markup=KEYBOARD)
        await post_text(network, "a1", number=str(CLARA.phone))
        await until(lambda: len(network.given) == 1 and len(network.town.shown) == 2, "Alla answers, Clara's phone has it")
        page = await page_of(network.phones_url)
        assert "Alla Marchand" in page
        assert "<strong>RÉEL HGX1-01</strong> &lt;Kerlic&gt;" in page
        assert page.count("a répondu") == 1
        assert f"<li class=pressed>{network.given[0].label}</li>" in page
        assert "Clara Nédélec" in page
        assert "Boris Tanguy" not in page
        assert "<dd>2 <small>/ 3</small></dd>" in page


async def test_a_message_stands_there_as_the_chat_shows_it_now_and_service_texts_in_their_order() -> None:
    async with town(customs=NOBODY) as network, bot_of(network) as bot:
        chat = BORIS.chat or 0
        order = await bot.send_message(chat, "RÉEL HGX1-03 Bloc", reply_markup=BUTTONS)
        gone = await bot.send_message(chat, "RÉEL HGX1-04 Erreur")
        await bot.send_message(chat, "Rappel HGX1-03", reply_parameters=ReplyParameters(order.message_id))
        await post_text(network, "b1", number=str(BORIS.phone))
        await until(lambda: len(network.town.shown[BORIS.key]) == 4, "his phone has the text too")
        network.town.keep(Said(BORIS.key, "", "sms", "1", network.town.clock.now()))
        await post_text(network, "b2", "Bien recu, FAIT, 03h14.", number=str(BORIS.phone))
        await until(lambda: len(network.town.shown[BORIS.key]) == 5, "and its receipt")
        page = await page_of(network.phones_url)
        assert "<li>Fait</li><li>Souci</li>" in page
        assert '<blockquote aria-label="En réponse à">RÉEL HGX1-03 Bloc</blockquote>' in page
        assert "modifié" not in page
        again = InlineKeyboardMarkup([[InlineKeyboardButton("Modifier ma réponse", callback_data="tok.0")]])
        await bot.edit_message_text("RÉEL HGX1-03 Bloc\n\n✔ Fait <3", chat, order.message_id, reply_markup=again)
        await bot.delete_message(chat, gone.message_id)
        page = await page_of(network.phones_url)
        assert "<strong>RÉEL HGX1-03</strong> Bloc\n\n✔ Fait &lt;3</p><ul><li>Modifier ma réponse</li></ul>" in page
        assert re.search(r"<i>modifié à \d\dh\d\d</i>", page)
        assert "Souci" not in page
        assert "HGX1-04" not in page, "deleted, it is gone from the phone"
        order_of = ["Bien recu, FAIT", "<p>1</p>", "Continuez les actes", "Rappel HGX1-03", "✔ Fait"]
        assert [page.index(words) for words in order_of] == sorted(page.index(words) for words in order_of)


async def test_phones_are_found_by_name_clinic_and_whether_they_answered() -> None:
    async with town(customs=NOBODY) as network:
        for who in (ALLA, CLARA):
            await call_bot(network, "sendMessage", chat_id=who.chat, text="RÉEL HGX1-01", reply_markup=KEYBOARD)
        await until(lambda: len(network.given) == 1, "Alla, who is on duty, answers")
        expected = {
            "q=clara": [CLARA.name],
            "clinic=La+Sagesse": [CLARA.name],
            "show=answered": [ALLA.name],
            "show=silent": [CLARA.name],
            "show=nothing": [BORIS.name],
            "n=1": [CLARA.name],
            "show=nothing&q=zz": [],
        }
        for query, names in expected.items():
            page = await page_of(network.phones_url, query)
            assert [who.name for who in (ALLA, BORIS, CLARA) if who.name in page] == names, query
        page = await page_of(network.phones_url, "clinic=La+Sagesse&lang=en&q=%22%3E%3Cscript%3E")
        assert '<option value="La Sagesse" selected>La Sagesse</option>' in page
        assert "No phone matches." in page
        assert re.search(r"Practice network · \d\d:\d\d", page)
        assert '"><script>' not in page


async def test_a_phone_that_stays_silent_says_why_and_a_double_is_counted() -> None:
    customs = Customs(muted=1, asleep=0, locker=1, no_signal=0, nonsense=0, blocked_bot=1, lost_sim=1, closed_mailbox=1)
    async with town(customs=customs) as network:
        await post_text(network, "a1", number=str(ALLA.phone))
        page = await page_of(network.phones_url, "show=nothing&q=alla")
        for word in (
            "sourdine",
            "téléphone au vestiaire",
            "bot bloqué",
            "SIM perdue",
            "boîte fermée",
            "perdu : SIM hors service",
        ):
            assert word in page, word
    async with town() as network, client(network) as smtp:
        network.faults.plan("smtp", Fault.LATENCY)
        for _ in range(2):
            await smtp.send_message(letter("alla@example.org"))
        page = await page_of(network.phones_url)
        assert "reçu 2 fois" in page
        assert "<dt>Doubles</dt><dd>1</dd>" in page
        assert "<dt>Pannes jouées</dt><dd>1</dd>" in page


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    program = need_program("chromium")
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


@pytest.mark.parametrize("width", [390, 1440])
async def test_in_a_browser_the_page_stays_fresh_and_keeps_what_is_typed(browser: Browser, width: int) -> None:
    async with town() as network, client(network) as smtp:
        page = await browser.new_page(viewport={"width": width, "height": 800})
        trouble: list[Any] = []
        page.on("console", lambda message: trouble.append(message.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        await page.goto(network.phones_url)
        await smtp.send_message(letter("alla@example.org"))
        await page.wait_for_selector("text=Alla Marchand", timeout=20_000)
        await page.click("summary")
        await page.fill("input[name=q]", "alla")
        await post_text(network, "a1", number=str(ALLA.phone))
        await post_text(network, "b1", number=str(BORIS.phone))
        await page.wait_for_selector(".in.sms", timeout=20_000)
        assert await page.input_value("input[name=q]") == "alla"
        assert await page.evaluate("document.activeElement.name") == "q"
        assert await page.evaluate("document.querySelector('details').open")
        assert await page.locator("article").count() == 1
        await page.focus("summary")
        await post_text(network, "a2", "Bien recu, FAIT, 03h14.", number=str(ALLA.phone))
        await page.wait_for_selector("text=Bien recu", timeout=20_000)
        assert await page.evaluate("document.activeElement.tagName") == "SUMMARY", "the keyboard stays where it was"
        assert "q=alla" in page.url
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert trouble == []
