"""Nobody's telephone rings all the time: what an hour may not bring leaves later, is not lost, and the preview says so."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from notifier.desk.alerting import Preview, preview_alert, stop_alert
from notifier.desk.escalating import sweep
from notifier.desk.planning import Order
from notifier.domain.delivery import Accepted
from tests.desk.house import ALLA, NIGHT, OPERATOR, RELAY, Ward, open_ward

LIMIT = 2


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is on duty; she may get two messages an hour."""
    opened = await open_ward(database_url, tmp_path, [ALLA, RELAY])
    opened.desk.messages_per_hour = LIMIT
    yield opened
    await opened.desk.store.close()


async def _look(ward: Ward, *, vital: bool | None = None) -> Preview:
    return await preview_alert(ward.desk, OPERATOR, Order("roll-call", "HGX1", "all", {"avant": "02h30"}, vital=vital))


async def _roll_call(ward: Ward) -> None:
    await ward.send("roll-call", avant="02h30")


async def _texts(ward: Ward) -> list[int]:
    """To whom texts leave now."""
    wired = await ward.turn("sms")
    await ward.turn("sms", *((row, Accepted(str(row.id))) for row in wired), room=0)
    return [row.person for row in wired]


async def test_a_third_message_within_the_hour_waits_and_the_preview_says_so(ward: Ward) -> None:
    for _ in range(LIMIT):
        assert (await _look(ward)).crowded == 0
        await _roll_call(ward)
        ward.clock.pass_time(minutes=10)
    seen = await _look(ward)
    assert (seen.crowded, seen.crowded_until, seen.held) == (1, NIGHT + timedelta(hours=1), 0)
    while await _texts(ward):
        pass
    await _roll_call(ward)
    assert await _texts(ward) == [ward.people["Relais bloc"]], "a post gets every message at once"
    await sweep(ward.desk)
    assert await _texts(ward) == []


async def test_what_was_held_leaves_when_the_hour_is_over_with_its_whole_life_before_it(ward: Ward) -> None:
    for _ in range(LIMIT + 1):
        await _roll_call(ward)
    row = await ward.recipient("Alla")
    assert (row["release_at"], row["expires_at"]) == (NIGHT + timedelta(hours=1), NIGHT + timedelta(hours=2))
    ward.clock.pass_time(minutes=59)
    await sweep(ward.desk)
    while ward.people["Alla"] in await _texts(ward):
        pass
    ward.clock.pass_time(minutes=1)
    assert await _texts(ward) == [ward.people["Alla"]]
    ward.clock.pass_time(hours=2)
    await sweep(ward.desk)
    assert (await ward.recipient("Alla"))["by_hand_at"] is not None, "her silence is chased as anybody's"


async def test_a_vital_message_leaves_at_once_and_fills_nobodys_hour(ward: Ward) -> None:
    for _ in range(LIMIT):
        await ward.send("first-alert", suite="23h30")
    assert (await _look(ward)).crowded == 0
    for _ in range(LIMIT):
        await _roll_call(ward)
    assert (await _look(ward)).crowded == 1
    assert (await _look(ward, vital=True)).crowded == 0
    assert (await preview_alert(ward.desk, OPERATOR, Order("first-alert", "HGX1", "all", {"suite": "23h30"}))).crowded == 0


async def test_a_message_that_was_stopped_before_it_left_counts_for_nothing(ward: Ward) -> None:
    for _ in range(LIMIT + 1):
        await _roll_call(ward)
    assert (await _look(ward)).crowded_until == NIGHT + timedelta(hours=1), "two may leave then"
    await stop_alert(ward.desk, OPERATOR, "HGX1-03")
    await _roll_call(ward)
    assert (await _look(ward)).crowded_until == NIGHT + timedelta(hours=1)
    await _roll_call(ward)
    assert (await _look(ward)).crowded_until == NIGHT + timedelta(hours=2)


async def test_without_a_limit_nobody_waits(ward: Ward) -> None:
    ward.desk.messages_per_hour = None
    for _ in range(LIMIT * 3):
        await _roll_call(ward)
    assert (await _look(ward)).crowded == 0
