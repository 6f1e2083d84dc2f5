"""How an alert ends: stopped by one person, or because its words are no longer true; and what an answer is worth then."""

import pytest

from notifier.practice import Fault
from tests.journeys.night import Night

RELIEF = {"heure": "07h00", "lieu": "Accueil bâtiment B"}


async def test_a_stop_keeps_back_what_has_not_left_and_says_how_much_had(night: Night) -> None:
    code = await night.send("incoming-shift", "all", RELIEF)
    night.rang()
    assert await night.stop(code) == (2, 1), "Boris's information was still waiting for 06h00"
    await night.settle()
    await night.wait_until(7, 0)
    assert night.rang() == []
    assert await night.lists(code) == ({"Boris": "stopped"}, [])


async def test_a_stop_in_the_middle_of_the_sending_starts_nothing_more(night: Night) -> None:
    night.network.faults.switch(1.0, only=[Fault.BUSY])  # every provider puts everything off
    night.network.mailroom.puts_off = True
    raised = await night.order("incoming-shift", "all", RELIEF, vital=True)
    await night.stop(raised.code)
    await night.settle()  # what was on the wire at the stop has come back
    night.network.faults.switch(0.0)
    night.network.mailroom.puts_off = False
    await night.pass_time(minutes=30)
    assert night.rang() == []
    assert set((await night.lists(raised.code))[0]) == {"Alla", "Boris", "Relais"}


async def test_words_that_are_no_longer_true_are_never_sent(night: Night) -> None:
    night.network.faults.switch(1.0, only=[Fault.BUSY])  # every provider puts everything off
    night.network.mailroom.puts_off = True
    code = await night.send("service-report", "responsible on-duty", {"avant": "23h40"})
    await night.pass_time(minutes=95, stops=6)  # its life is 90 minutes
    night.network.faults.switch(0.0)
    await night.pass_time(minutes=30)
    assert night.rang() == []
    assert await night.lists(code) == ({"Alla": "expired"}, ["Alla"])


async def test_an_answer_after_a_stop_is_kept_and_does_not_count(night: Night) -> None:
    code = await night.send("first-alert")
    await night.pass_time(minutes=6)
    await night.stop(code)
    assert (await night.press("Alla", "J’ai lu")).startswith("Cette alerte est terminée")
    status, page = await night.open_page(night.link("Alla"))
    assert status == 200
    assert "terminée" in page
    assert "<form" not in page
    assert await night.answer_of("Alla", code) is None


async def test_the_same_answer_twice_counts_once_and_says_so(night: Night) -> None:
    code = await night.send("first-alert")
    assert await night.press("Alla", "J’ai lu") == "Bien reçu à 22:45 : J’ai lu"
    await night.pass_time(minutes=1)
    assert await night.press("Alla", "J’ai lu") == "Déjà reçu à 22:45 : J’ai lu"
    await night.text("Alla", "1")
    assert (await night.board(code)).board.total.answered == {"read": 1}


async def test_nobody_answers_for_alla_with_her_button(night: Night) -> None:
    code = await night.send("first-alert")
    assert (await night.press("Boris", "J’ai lu", on="Alla")).startswith("Ce bouton n'est pas à vous")
    assert await night.answer_of("Alla", code) is None
    assert (await night.board(code)).board.total.answered == {}


@pytest.mark.parametrize("way", ["button", "digit"])
async def test_whoever_comes_out_of_theatre_after_the_words_ran_out_is_still_heard(night: Night, way: str) -> None:
    code = await night.send("paper-bloc", "", {"avant": "23h10"})
    await night.pass_time(hours=4, minutes=5)
    if way == "button":
        assert (await night.press("Alla", "C’est fait")).startswith("Bien reçu")
    else:
        await night.text("Alla", "1")
    assert await night.answer_of("Alla", code) == "done"
