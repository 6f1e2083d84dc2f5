"""22h45: the first alert, to everybody of Kerlic."""

import re
from pathlib import Path

from tests.journeys.night import ALLA, Member, Night, open_night
from tests.journeys.reckoning import reckon


async def test_the_first_alert_rings_alla_on_two_channels_at_once_and_asks_boris_nothing(night: Night) -> None:
    code = await night.send("first-alert")
    assert sorted(night.rang()) == ["Alla sms", "Alla telegram", "Boris telegram", "Relais sms"]
    assert "1=lu" in night.got("Alla", "sms")[0]
    board = (await night.board(code)).board
    assert (board.total.total, board.total.reached, board.total.asked) == (3, 3, 2), "Boris is told, and not asked"


async def test_red_silence_ends_with_a_letter_and_a_name_on_the_list_to_call(night: Night) -> None:
    code = await night.send("first-alert")
    night.rang()
    await night.pass_time(minutes=4)
    assert night.rang() == []
    await night.pass_time(minutes=2)
    assert night.rang() == ["Alla email"], "five minutes without an answer; the relay post has no other channel"
    await night.pass_time(minutes=6)
    assert night.rang() == []
    assert await night.lists(code) == ({}, ["Alla", "Relais"]), "reached, and silent; nobody waits for Boris"


async def test_an_answer_ends_the_ladder_of_whoever_gave_it_and_of_nobody_else(night: Night) -> None:
    code = await night.send("first-alert")
    night.rang()
    assert await night.press("Alla", "J’ai lu") == "Bien reçu à 22:45 : J’ai lu"
    await night.pass_time(minutes=30)
    assert night.rang() == []
    assert await night.lists(code) == ({}, ["Relais"])
    assert (await night.board(code)).board.total.answered == {"read": 1}


async def test_an_exercise_says_so_first_and_last_on_every_device(database_url: str, tmp_path: Path) -> None:
    async with open_night(database_url, tmp_path, exercise=True) as night:
        await night.send("first-alert")
        await night.pass_time(minutes=6)
        for channel in ("telegram", "sms", "email"):
            words = re.sub(r"<.*?>|[^\w\n]", " ", night.got("Alla", channel)[0]).split()
            assert (words[0], words[-1]) == ("EXERCICE", "EXERCICE"), channel
        await reckon(night)


async def test_relay_posts_ring_before_the_phones_that_lie_in_lockers(database_url: str, tmp_path: Path) -> None:
    theatre = [Member(f"Ibode {n}", on_shift=True, phone=f"+3363998010{n}") for n in range(6)]
    post = Member("Relais", role="RELAIS", phone="+33639980009")
    async with open_night(database_url, tmp_path, [*theatre, ALLA, post]) as night:
        await night.send("paper-bloc", "", {"avant": "23h10"})
        texts = [device for device in night.rang() if device.endswith("sms")]
        assert texts[0] == "Relais sms"
        assert len(texts) == 8
        await reckon(night)


async def test_nobody_is_on_no_list_whatever_his_devices_are(database_url: str, tmp_path: Path) -> None:
    cast = [
        ALLA,
        Member("Sans", on_shift=True),
        Member("Interne", on_shift=True, hospital_mail="interne@kerlic.hgx.example"),
        Member("Fixe", on_shift=True, phone="+33261910042"),
        Member("Bloqué", on_shift=True, chat=ALLA.chat and ALLA.chat + 40),
    ]
    async with open_night(database_url, tmp_path, cast) as night:
        night.break_device("Bloqué", "telegram")
        code = await night.send("first-alert")
        not_reached, by_hand = await night.lists(code)
        assert not_reached == {"Sans": "no_channel", "Interne": "no_channel", "Fixe": "no_channel", "Bloqué": "refused"}
        assert set(by_hand) == {"Sans", "Interne", "Fixe", "Bloqué"}
        await night.pass_time(minutes=12)
        assert night.owners() == {"Alla"}
        await reckon(night)
