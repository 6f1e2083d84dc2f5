"""The cards by which people enrol: what stands on them, and that a name of any length leaves the codes their place."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.desk.cards import CODES, name_bot, nameless
from notifier.domain.errors import NoBot
from notifier.domain.lane import LaneSettings, Network, Role
from notifier.domain.paper import Card, Deck
from notifier.domain.people import Channel
from notifier.printing import print_deck
from tests.needs import need_program

NAMES = ("head", "private", "enrol", "step1", "step2", "step3", "never", "sms", "way", "android", "iphone", "codes", "check")
WORDS = {**{name: f"{name} : des mots" for name in NAMES}, "real": "RÉEL", "exercise": "EXERCICE"}
LINK = "https://t.me/hgx_alerte_bot?start=C1h-7LQRTJzKgk9fXZWcLQ"
REAL = tuple(f"R{number:03d}" for number in range(CODES))
EXERCISE = tuple(f"E{number:03d}" for number in range(CODES))
CARD = Card("LE GOFF Alla", "BLOC · CADRE", "fr", LINK, REAL, EXERCISE)
LONG = replace(
    CARD, name="LE GOFF-KERMARREC DE LA VILLEMARQUÉ Anne-Françoise Marie-Charlotte #panic *x*", place="MATERNIT · PUERICULTRICE"
)
BOT = LaneSettings("bot", Channel.TELEGRAM, "telegram", Network.PRACTICE, "", 1.0, options={"bot": "@hgx_alerte_bot"})
TEXTS = LaneSettings("sms", Channel.SMS, "ovh", Network.PRACTICE, "", 1.0)


def _read(tmp_path: Path, *cards: Card, **words: str) -> list[str]:
    path = tmp_path / "cards.pdf"
    path.write_bytes(print_deck(Deck("Cartes", cards, {"fr": WORDS | words})))
    text = subprocess.run([need_program("pdftotext"), "-raw", str(path), "-"], capture_output=True, text=True, check=True)
    return text.stdout.rstrip("\f").split("\f")


def test_four_cards_go_on_a_page_and_each_says_everything(tmp_path: Path) -> None:
    pages = _read(tmp_path, *(replace(CARD, name=f"AGENT {number}") for number in range(5)))
    assert [page.count("AGENT") for page in pages] == [4, 1]
    card = pages[1]
    said = "".join(card.split())
    assert LINK.replace(" ", "") in said
    for words in WORDS.values():
        assert words.replace(" ", "") in said
    codes = [part for part in card.split() if part in REAL + EXERCISE]
    assert codes == [*REAL, *EXERCISE]
    for number in range(1, CODES + 1):
        assert f"{number:02d}R{number - 1:03d}" in said


def test_the_longest_name_and_advice_leave_the_codes_their_place(tmp_path: Path) -> None:
    long = "Réglages › Ne pas déranger › Personnes : autorisez ce contact et tous les autres. " * 4
    (page,) = _read(tmp_path, LONG, android=long, iphone=long)
    assert " ".join(page.split()).count("#panic *x*") == 1
    boxes = subprocess.run(
        [need_program("pdftotext"), "-bbox", str(tmp_path / "cards.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    tops = {
        word: float(line.split('yMin="')[1].split('"')[0])
        for line in boxes
        for word in ("contact", "R000", "E039")
        if f">{word}<" in line
    }
    assert tops["contact"] < tops["R000"] < tops["E039"] < 842 / 2, "the advice ends above the codes, the codes above the cut"


def test_a_card_without_a_text_lane_says_nothing_of_texts(tmp_path: Path) -> None:
    (page,) = _read(tmp_path, CARD, sms="")
    assert "android" not in page
    assert "E039" in page


def test_cards_lead_to_the_bot_of_the_first_account() -> None:
    backup = replace(BOT, name="zweit", role=Role.BACKUP, options={"bot": "other_bot"})
    assert name_bot([backup, TEXTS, BOT]) == "hgx_alerte_bot"


@pytest.mark.parametrize(
    ("lanes", "lane", "reason"),
    [
        ([TEXTS], "", "no_lane"),
        ([replace(BOT, options={})], "bot", "missing"),
        ([replace(BOT, options={"bot": "https://t.me/hgx"})], "bot", "name"),
    ],
)
def test_a_bot_without_a_name_prints_no_card(lanes: list[LaneSettings], lane: str, reason: str) -> None:
    with pytest.raises(NoBot) as refused:
        name_bot(lanes)
    assert (refused.value.lane, refused.value.reason) == (lane, reason)


def test_an_account_without_a_number_is_named() -> None:
    assert nameless([BOT, TEXTS, replace(TEXTS, name="ovh", sender="38200")]) == ("sms",)
