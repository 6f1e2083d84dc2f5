"""The page without login: looking changes nothing, a choice counts once, and it is light, quiet and readable at night."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifier.desk.alerting import stop_alert
from notifier.desk.forms import form_holds, seal_form
from notifier.web import drawing
from tests.desk.house import ALLA, BORIS, OPERATOR, Member, Ward, open_ward
from tests.web.face import Visitor, count_answers, everything, link_of, visiting

ENGLISH = Member("Emily", role="CADRE", language="en", mail="emily@example.org")
LIGHT = 14 * 1024


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is asked whether it is done, Boris is only informed."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS, ENGLISH])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    yield opened
    await opened.desk.store.close()


@pytest.fixture
async def visitor(ward: Ward) -> AsyncIterator[Visitor]:
    """Somebody with a browser."""
    async with visiting(ward) as opened:
        yield opened


async def test_looking_ten_times_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    link, before = await link_of(ward), await everything(ward)
    for _ in range(10):
        assert (await visitor.get(link)).status == 200
    for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"):
        await visitor.ask(method, link, b"choice=done")
    await visitor.get(f"{link}?choice=done&seal=1&change")
    assert await everything(ward) == before


async def test_the_page_says_real_whose_it_is_what_to_do_and_preselects_nothing(ward: Ward, visitor: Visitor) -> None:
    page = (await visitor.get(await link_of(ward))).text
    assert '<html lang="fr">' in page
    for shown in ("RÉEL", "HGX1-01 · Belair", "04/10 22h45", "Bloc opératoire au papier", "Continuez les actes en cours"):
        assert shown in page
    assert "<strong>Alla L.</strong> · <u>Ce n&#39;est pas vous\u00a0?</u>" in page
    assert page.count('type="radio"') == 2
    assert "checked" not in page.partition("</style>")[2]
    assert "LE GOFF" not in page
    assert "example.org" not in page
    assert not re.search("[\ue000-\uf8ff]", page), "a slot is left open"


async def test_an_exercise_says_so_in_the_banner_and_the_title(database_url: str, tmp_path: Path) -> None:
    ward = await open_ward(database_url, tmp_path, [ALLA], exercise=True)
    await ward.send("roll-call", to="all", avant="23h30")
    async with visiting(ward) as visitor:
        seen = await visitor.get(await link_of(ward))
    await ward.desk.store.close()
    assert seen.title.startswith("EXERCICE · ")
    assert 'class="drill"' in seen.text
    assert "Ceci est un exercice" in seen.text


async def test_english_is_spoken_to_whoever_reads_english(ward: Ward, visitor: Visitor) -> None:
    page = (await visitor.get(await link_of(ward, "Emily"))).text
    assert '<html lang="en">' in page
    for shown in ("REAL", "Not you?", "Send my answer"):
        assert shown in page


async def test_a_choice_is_confirmed_with_its_time_and_can_be_changed(ward: Ward, visitor: Visitor) -> None:
    link = await link_of(ward)
    done = await visitor.answer(link, "done")
    assert done.status == 200
    assert "Bien reçu à 22:45\u00a0: C’est fait" in done.text
    assert 'href="?change"' in done.text
    assert "Bien reçu à 22:45" in (await visitor.get(link)).text
    ward.clock.pass_time(minutes=3)
    assert "Réponse actuelle\u00a0: C’est fait (à 22:45)" in (await visitor.get(link + "?change")).text
    assert "Bien reçu à 22:48\u00a0: J’ai un souci" in (await visitor.answer(link, "trouble")).text
    assert ((await ward.recipient("Alla"))["answer"], (await ward.recipient("Alla"))["answered_by"]) == ("trouble", "web")


async def test_the_same_form_sent_twice_is_one_answer(ward: Ward, visitor: Visitor) -> None:
    link = await link_of(ward)
    form = {"seal": (await visitor.get(link)).seal, "choice": "done"}
    first = await visitor.ask("POST", link, form)
    settled = await ward.recipient("Alla")
    ward.clock.pass_time(minutes=1)
    assert (await visitor.ask("POST", link, form)).text == first.text
    assert await ward.recipient("Alla") == settled


BAD_FORMS = (
    b"",
    b"choice=",
    b"seal=",
    b"choice=done",
    b"choice=done&seal=0.x",
    b"\xff\xfe",
    b"a=1&" * 50,
    b"choice=done&seal=" + b"9" * 99,
)


async def test_a_form_without_choice_or_without_our_seal_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    link, before = await link_of(ward), await everything(ward)
    for body in BAD_FORMS:
        seen = await visitor.ask("POST", link, body)
        assert (seen.status, seen.title.partition(" · ")[0]) == (422, "Erreur"), body
    assert await everything(ward) == before


async def test_without_a_choice_the_page_asks_for_one(ward: Ward, visitor: Visitor) -> None:
    seen = await visitor.answer(await link_of(ward), None)
    assert "Choisissez une réponse." in seen.text
    assert await count_answers(ward) == 0


async def test_a_choice_that_is_not_on_offer_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    assert (await visitor.answer(await link_of(ward), "present")).status == 422
    assert await count_answers(ward) == 0


async def test_a_seal_holds_for_its_own_page_and_for_a_night(ward: Ward) -> None:
    seal = seal_form(ward.desk, "a" * 22)
    assert form_holds(ward.desk, "a" * 22, seal)
    assert not form_holds(ward.desk, "b" * 22, seal)
    assert not form_holds(ward.desk, "a" * 22, "1" + seal)
    assert not form_holds(ward.desk, "a" * 22, seal + "é")
    ward.clock.pass_time(hours=11)
    assert form_holds(ward.desk, "a" * 22, seal)
    ward.clock.pass_time(hours=2)
    assert not form_holds(ward.desk, "a" * 22, seal)


async def test_a_link_that_was_never_made_is_nobodys(ward: Ward, visitor: Visitor) -> None:
    link = await link_of(ward)
    for path in ("/r/" + "x" * 22, "/r/x", link + "x", link[:-1], link.swapcase(), "/r/" + "%00" * 22, "/nowhere"):
        assert (await visitor.get(path)).status == 404
    english = await visitor.get("/r/x", **{"accept-language": "en-GB,en;q=0.9"})
    assert "This page does not exist" in english.text


async def test_a_stopped_alert_shows_since_when_and_whom_to_call(ward: Ward, visitor: Visitor) -> None:
    link = await link_of(ward)
    seal = (await visitor.get(link)).seal
    ward.clock.pass_time(minutes=5)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    page = (await visitor.get(link)).text
    assert "Cette alerte est terminée depuis 22:50." in page
    assert 'href="tel:+33261910100">02\u00a061\u00a091\u00a001\u00a000' in page
    assert "<form" not in page
    late = await visitor.ask("POST", link, {"seal": seal, "choice": "done"})
    assert "elle est gardée, mais ne compte pas" in late.text
    assert await count_answers(ward) == 0
    assert (await ward.recipient("Alla"))["answer"] is None


async def test_words_that_are_no_longer_true_are_not_shown(ward: Ward, visitor: Visitor) -> None:
    ward.clock.pass_time(hours=30)
    page = (await visitor.get(await link_of(ward))).text
    assert "terminée depuis le 05/10" in page
    assert "Continuez les actes" not in page


async def test_every_page_is_light_and_fetches_nothing(ward: Ward, visitor: Visitor) -> None:
    link = await link_of(ward)
    pages = [
        await visitor.get(link),
        await visitor.answer(link, "done"),
        await visitor.answer(link, None),
        await visitor.get("/r/x"),
    ]
    for seen in pages:
        assert seen.octets <= LIGHT
        assert not re.search(r"<script|<link|<img|<iframe|@import|url\(|https?://", seen.text)


async def test_every_answer_carries_the_headers_that_keep_it_private(ward: Ward, visitor: Visitor) -> None:
    paths = (await link_of(ward), "/r/x", "/nowhere", "/livez", "/readyz", "/health/engine", "/metrics", "/hooks/none")
    for path in paths:
        headers = (await visitor.get(path)).headers
        assert headers["cache-control"] == "no-store", path
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "server" not in headers


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(sign * 2 for sign in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_seven_to_one_by_day_and_by_night(scheme: str) -> None:
    sheet = (Path(drawing.__file__).parent / "pages" / "page.css").read_text(encoding="utf-8")
    by_day, by_night = re.findall(r":root\{([^}]*)\}", sheet)
    inks = dict(re.findall(r"--(\w+):(#\w+)", by_day if scheme == "light" else by_night))
    pairs = [(ink, ground) for ink in ("ink", "soft", "act", "bad", "good") for ground in ("bg", "card")] + [("on", "act")]
    for ink, ground in pairs:
        assert _contrast(inks[ink], inks[ground]) >= 7, (scheme, ink, ground)
    for ground in ("real", "drill", "drill2"):
        assert _contrast("#fff", inks[ground]) >= 7, (scheme, ground)
