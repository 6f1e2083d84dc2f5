"""What the house says back: receipts and help by SMS, the bot's conversation, and messages that show what became of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.desk.conversing import Chat, hear
from notifier.desk.enrolling import confirm, issue, list_waiting
from notifier.desk.freezing import freeze, thaw
from notifier.desk.handling import read_inbox
from notifier.domain.headcount import TeamCount
from notifier.domain.notice import MOST_HELP, MOST_TEXTS
from notifier.practice import Resident
from notifier.store import tables
from tests.journeys.night import ALLA, BORIS, CHAT, Member, Night, open_night
from tests.journeys.reckoning import reckon

ORDER = {"avant": "23h10"}
ROLL = {"avant": "23h20"}
NEED = {"metier": "ibode", "nombre": "1", "lieu": "Accueil", "debut": "23h30", "fin": "07h00"}
NINA = Member("Nina", on_shift=True, phone="+33639980021")  # a bare phone
DORA = Member("Dora", chat=CHAT + 40)
HUGO = Member("Hugo", on_shift=True, chat=CHAT + 42)
STRANGER = Resident("stranger", "Nobody", chat=CHAT + 41, phone="+33639980022")


@pytest.fixture
async def night(database_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    async with open_night(database_url, tmp_path, [ALLA, BORIS, NINA, DORA]) as opened:
        opened.network.town.settle([STRANGER])
        yield opened


def _texts(night: Night, name: str) -> list[str]:
    return [text for text, _ in night.chat(name)]


async def test_a_message_shows_its_answer_and_lets_it_be_changed(night: Night) -> None:
    code = await night.send("paper-bloc", "service:BLOC", ORDER)
    words, labels = night.chat("Alla")[-1]
    assert labels == ["C’est fait", "J’ai un souci"]
    await night.press("Alla", "C’est fait")
    await night.settle()
    assert night.chat("Alla")[-1] == (f"{words}\n\n✔ Vous avez répondu : C’est fait (22:45)", ["Modifier ma réponse"])
    assert (await night.press("Alla", "Modifier ma réponse", edited=True)).startswith("Choisissez votre nouvelle réponse")
    await night.settle()
    shown, again = night.chat("Alla")[-1]
    assert "Votre réponse compte encore : C’est fait (22:45)" in shown
    assert again == labels
    assert await night.answer_of("Alla", code) == "done", "it holds until another one is given"
    await night.pass_time(minutes=1)
    await night.press("Alla", "J’ai un souci", edited=True)
    await night.settle()
    assert night.chat("Alla")[-1][0] == f"{words}\n\n✔ Vous avez répondu : J’ai un souci (22:46)"
    assert await night.answer_of("Alla", code) == "trouble"
    await reckon(night)


async def test_an_answer_by_another_way_shows_on_the_message_too(night: Night) -> None:
    await night.send("first-alert", "all")
    await night.text("Alla", "1")
    await night.settle()
    assert "✔ Vous avez répondu" in night.chat("Alla")[-1][0]
    assert night.told("Alla") != []


async def test_what_is_corrected_says_so_where_it_stands_and_the_correction_rings(night: Night) -> None:
    code = await night.send("paper-bloc", "service:BLOC", ORDER)
    words, _ = night.chat("Alla")[-1]
    await night.pass_time(minutes=2)
    night.rang()
    await night.send("cancel", "", {"message": code, "cause": "erreur"})
    old, new = night.chat("Alla")[-2:]
    assert old == (f"{words}\n\n⛔ Plus valable depuis 22:47 : n'en tenez plus compte.", [])
    assert code in new[0]
    assert "Alla telegram" in night.rang()
    await reckon(night)


async def test_a_bare_phone_is_told_that_its_answer_has_been_taken(night: Night) -> None:
    code = await night.send("first-alert", "all")
    await night.text("Nina", "1")
    await night.settle()
    assert night.told("Nina") == ["Bien recu, J'AI LU, 22h45."]
    assert await night.answer_of("Nina", code) == "read"
    await night.text("Nina", "1")
    await night.settle()
    assert len(night.told("Nina")) == 1, "the same answer again says nothing new"
    await reckon(night)


async def test_what_cannot_be_read_brings_help_twice_and_then_silence(night: Night) -> None:
    code = await night.send("first-alert", "all")
    for words in ("xyz", "abracadabra", "plouf", "zut alors"):
        await night.text("Nina", words)
        await night.settle()
    helped = night.told("Nina")
    assert len(helped) == MOST_HELP
    assert helped[0] == "Non compris. Repondez 1. Une personne lira votre message."
    assert await night.answer_of("Nina", code) is None
    assert len(await read_inbox(night.house.desk, night.actor)) == 4
    await night.text("Nina", "1")
    await night.settle()
    assert night.told("Nina")[-1] == "Bien recu, J'AI LU, 22h45."
    await reckon(night)


async def test_two_machines_do_not_keep_talking_to_each_other(night: Night) -> None:
    await night.send("first-alert", "all")
    for place in range(MOST_TEXTS + 4):
        await night.text("Nina", f"arret cardiaque ch {place}")
    await night.settle()
    assert len(night.told("Nina")) == MOST_TEXTS


async def test_clinical_words_are_told_at_once_that_nobody_treats_them_here(night: Night) -> None:
    code = await night.send("first-alert", "all")
    await night.text("Nina", "arret cardiaque ch 12")
    await night.write("Alla", "hémorragie au bloc")
    await night.settle()
    assert night.told("Nina") == ["Ce numero ne traite aucune urgence. Appelez le numero interne ou le 15."]
    assert _texts(night, "Alla")[-1] == "Ce bot ne traite aucune urgence. Appelez le numéro interne ou le 15."
    letters = await read_inbox(night.house.desk, night.actor)
    assert [letter.emergency for letter in letters] == [True, True]
    assert await night.answer_of("Nina", code) is None


async def test_an_unknown_number_is_told_nothing(night: Night) -> None:
    await night.send("first-alert", "all")
    for words in ("1", "bonjour", "arret cardiaque"):
        night.network.ovh.hear(str(STRANGER.phone), words)
    await night.text("Nina", "1")  # came after them
    await night.settle()
    assert night.network.ledger.of("sms", str(STRANGER.phone)) == []


async def test_an_answer_that_comes_too_late_is_told_so(night: Night) -> None:
    code = await night.send("first-alert", "all")
    await night.stop(code)
    await night.text("Nina", "1")
    await night.settle()
    assert ["ne compte pas. Appelez 02 61 91 01 00" in text for text in night.told("Nina")] == [True]
    assert await night.answer_of("Nina", code) is None


async def test_a_card_makes_a_chat_ones_own(night: Night) -> None:
    desk = night.house.desk
    desk.confirm_enrolments = False
    ((_, token),) = (await issue(desk, night.actor, "KER", matricule="NINA")).tokens
    await _type(night, STRANGER, f"/start {token}")
    shown = night.network.bot.shows(STRANGER.chat or 0)
    assert shown[-1][0].startswith("Bonjour Nina. Ce compte recevra les alertes de")
    assert shown[-1][1] == ["C'est bien moi", "Ce n'est pas moi"]
    await _press_as(night, STRANGER, "C'est bien moi")
    assert "C'est fait, Nina" in night.network.bot.shows(STRANGER.chat or 0)[-1][0]
    await _type(night, STRANGER, "/moi")
    assert "telegram:" in night.network.bot.shows(STRANGER.chat or 0)[-1][0]
    assert str(NINA.phone) not in night.network.bot.shows(STRANGER.chat or 0)[-1][0], "masked"
    await night.send("first-alert", "all")
    assert len(night.network.ledger.of("telegram", str(STRANGER.chat))) == 4, "the alert comes to the new chat"


async def test_a_card_in_wrong_hands_is_worth_nothing_any_more(night: Night) -> None:
    ((_, token),) = (await issue(night.house.desk, night.actor, "KER", matricule="NINA")).tokens
    await _type(night, STRANGER, f"/start {token}")
    await _press_as(night, STRANGER, "Ce n'est pas moi")
    assert "ne vaut plus rien" in night.network.bot.shows(STRANGER.chat or 0)[-1][0]
    await _type(night, STRANGER, f"/start {token}")
    assert "ne vaut plus rien" in night.network.bot.shows(STRANGER.chat or 0)[-1][0]


async def test_in_an_incident_the_new_chat_reads_a_code_and_is_told_when_it_is_confirmed(night: Night) -> None:
    ((_, token),) = (await issue(night.house.desk, night.actor, "KER", matricule="NINA")).tokens
    await _type(night, STRANGER, f"/start {token}")
    await _press_as(night, STRANGER, "C'est bien moi")
    (waiting,) = await list_waiting(night.house.desk, night.actor)
    assert waiting.code in night.network.bot.shows(STRANGER.chat or 0)[-1][0]
    await confirm(night.house.desk, night.actor, "KER", "NINA")
    await night.settle()
    assert "C'est fait, Nina" in night.network.bot.shows(STRANGER.chat or 0)[-1][0]


async def test_nothing_that_is_said_to_the_bot_goes_unanswered(night: Night) -> None:
    await night.write("Dora", "/aide")
    assert _texts(night, "Dora")[-1].startswith("Bonjour Dora. Ce compte reçoit les alertes de")
    await night.write("Dora", "/test")
    assert "Ce compte fonctionne" in _texts(night, "Dora")[-1]
    await night.write("Dora", "qui est-ce ?")
    assert "/moi : vos coordonnées" in _texts(night, "Dora")[-1]
    await night.write("Dora", "/langue")
    assert night.chat("Dora")[-1][1] == ["Français", "English"]
    await _press_as(night, night.network.town.residents["Dora"], "English")
    assert _texts(night, "Dora")[-1] == "The next messages will be in English."
    await night.write("Dora", "/start")
    assert _texts(night, "Dora")[-1].startswith("Hello Dora. This account receives the alerts of")
    await _type(night, STRANGER, "bonjour")
    assert "ne parle qu'au personnel inscrit" in night.network.bot.shows(STRANGER.chat or 0)[-1][0].replace("\u00a0", " ")
    assert await read_inbox(night.house.desk, night.actor) == [], "nobody has a question open"


async def test_free_text_during_a_question_is_left_to_a_person_and_answers_nothing(night: Night) -> None:
    code = await night.send("first-alert", "all")
    await night.write("Alla", "1")
    assert _texts(night, "Alla")[-1].startswith("Transmis à la cellule de crise")
    assert await night.answer_of("Alla", code) is None
    assert [(letter.text, letter.alert) for letter in await read_inbox(night.house.desk, night.actor)] == [("1", code)]


async def test_whoever_speaks_for_a_service_does_so_in_the_chat_too_and_has_not_answered_for_himself(night: Night) -> None:
    code = await night.send("roll-call", "service:BLOC", ROLL)
    await night.write("Alla", "3/4 X")
    assert _texts(night, "Alla")[-1].startswith("Bien reçu pour KER BLOC : 3/4 X, à 22:45.")
    line = await night.service(code, "BLOC")
    counted = line.headcount
    assert counted is not None
    assert (counted.said, counted.source, counted.said_by) == (TeamCount(3, 4, trouble=True), "telegram", "Alla L.")
    assert (line.tally.answers, await night.answer_of("Alla", code)) == (0, None)
    assert await read_inbox(night.house.desk, night.actor) == []
    await night.pass_time(minutes=1)
    await night.write("Alla", "4/4 une aide-soignante arrive")
    assert _texts(night, "Alla")[-1].endswith("Une personne lira le reste de votre message.")
    (letter,) = await read_inbox(night.house.desk, night.actor)
    assert (letter.text, letter.alert) == ("4/4 une aide-soignante arrive", code)
    night.rang()
    await night.pass_time(minutes=30)
    assert night.rang() == [], "nobody of the service is reminded"
    assert (await night.lists(code))[1] == []
    await reckon(night)


async def test_what_was_said_for_a_service_is_not_said_again_by_an_update_that_comes_twice(night: Night) -> None:
    code = await night.send("roll-call", "service:BLOC", ROLL)
    desk, chat = night.house.desk, ALLA.chat or 0
    first, second = (Chat("telegram", 1_000_000 + place, chat) for place in range(2))
    for update, words in ((first, "3/4"), (second, "4/4"), (first, "3/4")):
        await night.pass_time(minutes=1)
        await hear(desk, update, words)
    await night.settle()
    assert [words.partition(",")[0] for words in _texts(night, "Alla")[-2:]] == [
        f"Bien reçu pour KER BLOC : {n}/4" for n in (3, 4)
    ]
    counted = (await night.service(code, "BLOC")).headcount
    assert counted is not None
    assert counted.said == TeamCount(4, 4)


async def test_nobody_else_speaks_for_the_service_in_the_chat_and_danger_is_told_so(database_url: str, tmp_path: Path) -> None:
    async with open_night(database_url, tmp_path, [ALLA, HUGO]) as night:
        code = await night.send("roll-call", "service:BLOC", ROLL)
        await night.write("Hugo", "3/4")
        assert _texts(night, "Hugo")[-1].startswith("Transmis à la cellule de crise")
        clinical = "3/4 arret cardiaque ch 12"
        await night.write("Alla", clinical)
        assert _texts(night, "Alla")[-1].startswith("Ce bot ne traite aucune urgence")
        assert (await night.service(code, "BLOC")).headcount is None
        assert {letter.text for letter in await read_inbox(night.house.desk, night.actor)} == {"3/4", clinical}


async def test_whoever_stops_the_bot_is_called_by_the_next_channel_until_he_starts_it_again(night: Night) -> None:
    await night.write("Alla", "/stop")
    assert night.chat("Alla")[-1][1] == ["Oui, ne plus recevoir ici", "Non, continuer"]
    await _press_as(night, night.network.town.residents["Alla"], "Oui, ne plus recevoir ici")
    assert _texts(night, "Alla")[-1].startswith("Arrêté")
    night.rang()
    await night.send("paper-bloc", "service:BLOC", ORDER)
    rang = night.rang()
    assert "Alla telegram" not in rang
    assert "Alla sms" in rang
    await night.write("Alla", "/start")
    await night.send("paper-bloc", "service:BLOC", ORDER)
    assert "Alla telegram" in night.rang()


async def test_while_everything_is_frozen_the_house_says_nothing_either(night: Night) -> None:
    await night.send("first-alert", "all")
    await freeze(night.house.desk, night.actor, "doute")
    await night.text("Nina", "1")
    await _count_waiting(night, 1)
    assert night.told("Nina") == []
    await thaw(night.house.desk, night.actor)
    await night.until(lambda: night.told("Nina"))
    assert night.told("Nina") == ["Bien recu, J'AI LU, 22h45."]


async def test_once_enough_have_said_yes_the_others_are_told_that_they_need_not_come(database_url: str, tmp_path: Path) -> None:
    will = Member("Will", volunteer=True, phone="+33639980006")
    vera = Member("Véra", volunteer=True, chat=CHAT + 5)
    zoe = Member("Zoé", volunteer=True, chat=CHAT + 6)
    async with open_night(database_url, tmp_path, [ALLA, vera, will, zoe]) as night:
        await night.send("recall", "service:BLOC", NEED)
        await night.press("Véra", "Oui, en moins de 30 minutes")
        await night.settle()
        met = "Besoin couvert, merci : inutile de venir (Appel à volontaires, 22:45)."
        assert night.told("Will") == [met]
        assert [text for text, _ in night.chat("Zoé")][-1] == met
        assert night.told("Véra", "telegram") == [], "she is waited for"
        assert "déjà couvert" in await night.press("Zoé", "Oui, en moins de 30 minutes")
        await night.settle()
        assert night.told("Zoé", "telegram") == [met], "once"
        assert night.told("Alla") == []
        await reckon(night)


async def _count_waiting(night: Night, count: int) -> None:
    query = select(tables.notices.c.id).where(tables.notices.c.kind == "receipt", tables.notices.c.stage == "queued")
    assert len(await night.house.desk.store.read(lambda tx: tx.execute(query).all())) == count


async def _type(night: Night, who: Resident, words: str) -> None:
    from_chat, bot = who.chat or 0, night.network.bot
    before = len(bot.shows(from_chat))
    await bot.hear(who, words)
    await night.until(lambda: len(bot.shows(from_chat)) > before)


async def _press_as(night: Night, who: Resident, label: str) -> None:
    chat, bot = who.chat or 0, night.network.bot
    before = len(bot.shows(chat))
    await bot.tap(who, label)
    await night.until(lambda: len(bot.shows(chat)) > before)
