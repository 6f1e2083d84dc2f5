"""The answer page in a real browser: one that runs scripts and presses nothing answers nothing; the keyboard alone is enough."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.conftest import sqlite_url
from tests.desk.house import ALLA, Ward, open_ward
from tests.needs import need_program
from tests.web.face import everything, link_of, visiting

PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is asked."""
    opened = await open_ward(sqlite_url(tmp_path), tmp_path, [ALLA])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    yield opened
    await opened.desk.store.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    program = need_program("chromium")
    async with async_playwright() as play:
        opened = await play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        await opened.close()


async def _open(browser: Browser, url: str, **options: object) -> tuple[Page, list[str]]:
    page = await browser.new_page(viewport=PHONE, **options)  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(url)
    return page, asked


async def test_a_browser_that_runs_scripts_and_presses_nothing_answers_nothing(ward: Ward, browser: Browser) -> None:
    before = await everything(ward)
    async with visiting(ward) as visitor:
        url = visitor.url + await link_of(ward)
        page, asked = await _open(browser, url)
        await page.mouse.wheel(0, 2000)
        await asyncio.sleep(0.5)
        await page.reload()
        assert {address for address in asked if not address.endswith("/favicon.ico")} == {url}
        await page.evaluate("document.forms[0].submit()")  # a scanner that sends the form as it stands
        await page.wait_for_selector("#wrong")
    assert await everything(ward) == before


async def test_the_keyboard_alone_is_enough_to_answer_and_to_change(ward: Ward, browser: Browser) -> None:
    async with visiting(ward) as visitor:
        page, _ = await _open(browser, visitor.url + await link_of(ward), java_script_enabled=True)
        for _ in range(10):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.type") == "radio":
                break
        await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.type") == "submit"
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[role=status]")
        assert "Bien reçu à 22:45" in await page.inner_text("main")
        assert (await ward.recipient("Alla"))["answer"] == "done"
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("form")
        assert await page.locator("input:checked").count() == 0


async def test_without_scripts_on_a_small_screen_nothing_is_cut_off_and_targets_are_large(ward: Ward, browser: Browser) -> None:
    async with visiting(ward) as visitor:
        url = visitor.url + await link_of(ward)
        page, _ = await _open(browser, url, java_script_enabled=False, color_scheme="dark")
        await page.set_viewport_size({"width": 320, "height": 640})
        for target in ("label.pick", "button", "a.call", "details.who summary"):
            box = await page.locator(target).first.bounding_box()
            assert box is not None
            assert box["height"] >= 48, target
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 320, target
        await page.close()
        page, _ = await _open(browser, url, color_scheme="dark")
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await page.evaluate("document.documentElement.scrollWidth") <= 320
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", ground))) < 120, "the night page is dark"
