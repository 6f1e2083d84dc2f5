"""One channel after the other: on failure at once, on silence after the template's patience, and never after an answer."""

from tests.journeys.night import Night

REPORT = {"avant": "23h40"}  # orange, ten minutes of patience, asks the responsible person on duty


async def test_silence_moves_from_telegram_to_a_text_to_a_letter_to_a_telephone_call(night: Night) -> None:
    code = await night.send("service-report", "responsible on-duty", REPORT)
    assert night.rang() == ["Alla telegram"]
    await night.pass_time(minutes=9)
    assert night.rang() == []
    await night.pass_time(minutes=2)
    assert night.rang() == ["Alla sms"]
    await night.pass_time(minutes=11)
    assert night.rang() == ["Alla email"]
    assert await night.lists(code) == ({}, [])
    await night.pass_time(minutes=11)
    assert night.rang() == []
    assert await night.lists(code) == ({}, ["Alla"]), "the ladder has an end, and a human stands there"


async def test_a_refusal_moves_on_in_the_same_minute(night: Night) -> None:
    night.break_device("Alla", "telegram")
    await night.send("service-report", "responsible on-duty", REPORT)
    assert night.rang() == ["Alla sms"]
    night.break_device("Alla", "sms")  # the receipt will say that it did not arrive
    await night.failed(await night.send("service-report", "responsible on-duty", REPORT))
    await night.pass_time(seconds=59)  # a machine under load may put a message back for some seconds: the clock must go on
    assert night.rang() == ["Alla sms", "Alla email"]


async def test_a_blocked_bot_is_remembered_and_the_next_alert_begins_with_a_text(night: Night) -> None:
    night.break_device("Alla", "telegram")
    await night.send("service-report", "responsible on-duty", REPORT)
    night.rang()
    night.network.town.habits["Alla"] = night.network.town.habits["Boris"]
    await night.send("service-report", "responsible on-duty", REPORT)
    assert night.rang() == ["Alla sms"]


async def test_an_answer_cancels_what_that_person_still_had_queued_of_that_alert_only(night: Night) -> None:
    first = await night.send("service-report", "responsible on-duty", REPORT)
    second = await night.send("service-report", "responsible on-duty", REPORT)
    night.rang()
    await night.press("Alla", "Le service tient", alert=first)
    await night.pass_time(minutes=11)
    assert night.rang() == ["Alla sms"]
    assert second in night.got("Alla", "sms")[-1]
    assert (await night.answer_of("Alla", first), await night.answer_of("Alla", second)) == ("holding", None)


async def test_a_person_off_duty_is_not_called_to_report(night: Night) -> None:
    await night.send("service-report", "responsible on-duty", REPORT)
    assert night.owners() == {"Alla"}
