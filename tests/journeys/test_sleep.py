"""Who is woken at night, and who is let sleep."""

from pathlib import Path

from notifier.practice import Fault
from tests.journeys.night import CAST, CHAT, Member, Night, open_night
from tests.journeys.reckoning import reckon

RELIEF = {"heure": "07h00", "lieu": "Accueil bâtiment B"}
NEED = {"metier": "ibode", "nombre": "2", "lieu": "Accueil", "debut": "23h30", "fin": "07h00"}
VERA = Member("Véra", volunteer=True, chat=CHAT + 5, phone="+33639980005", mail="vera@example.org")
WILL = Member("Will", volunteer=True, phone="+33639980006")


async def test_boris_sleeps_until_six_and_then_gets_one_information_that_asks_nothing(night: Night) -> None:
    code = await night.send("incoming-shift", "all", RELIEF)
    assert sorted(night.rang()) == ["Alla telegram", "Relais sms"]
    await night.wait_until(5, 59)
    assert "Boris telegram" not in night.rang()
    await night.wait_until(6, 0)
    assert night.rang() == ["Boris telegram"]
    assert night.network.town.shown["Boris"][-1][1].offers == ()
    await night.wait_until(13, 30)
    assert night.rang() == [], "told once: nobody chases him"
    board = (await night.board(code)).board
    assert board.total.silent == 2, "Alla and the relay post, who were asked; never Boris"
    assert await night.lists(code) == ({}, ["Alla", "Relais"])


async def test_what_is_held_counts_its_life_from_its_release(night: Night) -> None:
    night.network.faults.switch(1.0, only=[Fault.BUSY])  # every provider puts everything off
    night.network.mailroom.puts_off = True
    code = await night.send("incoming-shift", "all", RELIEF)
    await night.wait_until(6, 50, stops=1)  # eight hours after it was sent
    assert await night.lists(code) == ({"Alla": "expired", "Relais": "expired"}, ["Alla", "Relais"])
    await night.wait_until(13, 50, stops=1)
    assert "Boris" not in (await night.lists(code))[0]
    await night.wait_until(14, 5, stops=1)  # eight hours after 06h00
    assert (await night.lists(code))[0] == {"Alla": "expired", "Relais": "expired", "Boris": "expired"}
    assert night.rang() == []


async def test_the_sender_may_mark_an_information_vital_and_wake_everybody(night: Night) -> None:
    await night.send("incoming-shift", "all", RELIEF, vital=True)
    assert sorted(night.rang()) == ["Alla telegram", "Boris telegram", "Relais sms"]


async def test_a_recall_rings_the_volunteers_once_and_lets_everybody_else_sleep(database_url: str, tmp_path: Path) -> None:
    async with open_night(database_url, tmp_path, [*CAST, VERA, WILL]) as night:
        code = await night.send("recall", "service:BLOC", NEED)
        assert sorted(night.rang()) == ["Véra telegram", "Will sms"], "of those selected, the volunteers"
        assert night.network.town.shown["Véra"][-1][1].offers
        await night.pass_time(minutes=110)
        assert night.rang() == [], "once, without ladder"
        assert await night.lists(code) == ({}, []), "whoever stays silent is on no list"
        assert (await night.board(code)).board.total.silent == 0
        assert await night.press("Véra", "Oui, en moins de 30 minutes") == "Bien reçu à 00:35 : Oui, en moins de 30 minutes"
        assert (await night.board(code)).board.total.answered == {"within_30": 1}
        await reckon(night)


async def test_a_recall_whose_first_channel_refuses_still_arrives_once(database_url: str, tmp_path: Path) -> None:
    async with open_night(database_url, tmp_path, [*CAST, VERA]) as night:
        night.break_device("Véra", "telegram")
        await night.send("recall", "", NEED)
        assert night.rang() == ["Véra sms"]
        await reckon(night)
