"""What is wrong with an account is never a person's fault: the lane fails, its messages go another way."""

from dataclasses import replace
from pathlib import Path

import pytest

from notifier.desk.alerting import preview_alert, send_alert
from notifier.desk.planning import Order
from notifier.domain.errors import CreditShort, WouldOutlast
from notifier.store import leases
from notifier.wiring import read_credit
from tests.journeys.night import CAST, FIRST, Member, Night, open_night
from tests.journeys.reckoning import reckon


async def _send_then(night: Night, spoil: str) -> str:
    """The preview shows a sound account; it fails before the first message leaves."""
    desk, order = night.house.desk, Order("first-alert", "HGX1", "all", FIRST)
    preview = await preview_alert(desk, night.actor, order, credit=await read_credit(night.house))
    if spoil == "credit":
        night.network.ovh.credit = 0
    else:
        night.network.ovh.senders = frozenset({"ALERTE"})
        night.network.ovh.application_key = "withdrawn"
    raised = await send_alert(desk, night.actor, order, at=preview.plan.at, expects=preview.plan.hash)
    await night.settle()
    await night.pass_time(minutes=1)
    return raised.code


@pytest.mark.parametrize("spoil", ["credit", "keys"])
async def test_an_account_that_cannot_send_fails_itself_and_the_backup_rings_everybody(night: Night, spoil: str) -> None:
    code = await _send_then(night, spoil)
    await night.until(lambda: len(night.network.ledger.of("sms", "+33639980009")))
    await night.until(lambda: len(night.network.ledger.of("sms", "+33639980001")))
    await night.settle()
    assert {entry.gateway for entry in night.network.ledger.entries if entry.channel == "sms"} == {"android"}
    assert await night.lists(code) == ({}, [])
    faults = {
        lane.name: lane.fault for lane in await night.house.desk.store.read(lambda tx: leases.list_lanes(tx, night.clock.wall()))
    }
    assert faults["sms"] is not None
    assert faults["telephone"] is None


async def test_without_a_backup_the_next_channel_is_tried_and_no_message_ends_by_it(database_url: str, tmp_path: Path) -> None:
    texted = Member("Nina", on_shift=True, phone="+33639980007", mail="nina@example.org")
    async with open_night(database_url, tmp_path, [*CAST, texted], lanes=("telegram", "sms", "relais")) as night:
        code = await _send_then(night, "credit")
        await night.until(lambda: len(night.network.ledger.of("email", "nina@example.org")))
        await night.settle()
        assert night.network.ledger.of("sms", "+33639980007") == []
        assert "Nina" not in (await night.lists(code))[0]
        assert (await night.lists(code))[0] == {}, "the relay post's text waits for the account, it has not failed"
        await reckon(night)


async def test_credit_that_falls_short_blocks_at_preview(night: Night) -> None:
    night.network.ovh.credit = 1
    with pytest.raises(CreditShort) as short:
        await night.order("first-alert", "all")
    assert (short.value.lane, short.value.left) == ("sms", 1)
    assert night.rang() == []


async def test_a_sending_that_would_outlast_its_words_blocks_at_preview(night: Night) -> None:
    desk = night.house.desk
    desk.lanes = tuple(replace(lane, per_second=0.0001) if lane.name == "telegram" else lane for lane in desk.lanes)
    with pytest.raises(WouldOutlast):
        await night.order("first-alert", "all")
