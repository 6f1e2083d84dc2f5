"""Live lanes refuse fiction, practice lanes refuse everybody real: in the lane itself, whatever was queued before."""

import asyncio
import itertools
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.domain.lane import Network
from notifier.store import tables
from tests.channels.sinks import replying, serve
from tests.desk.house import CHAT, Member, Ward, open_ward
from tests.lanes.test_lane import accepting, working

REAL_CHAT = 123_456_789  # outside the block of practice


@pytest.mark.parametrize(
    ("network", "chat", "goes"),
    [
        (Network.LIVE, CHAT + 1, False),
        (Network.PRACTICE, REAL_CHAT, False),
        (Network.LIVE, REAL_CHAT, True),
        (Network.PRACTICE, CHAT + 1, True),
    ],
)
async def test_a_lane_calls_only_people_of_its_own_network(
    database_url: str, tmp_path: Path, network: Network, chat: int, goes: bool
) -> None:
    ward = await open_ward(database_url, tmp_path, [Member("Alla", chat=chat)])
    await ward.send(suite="23h30")
    async with serve(replying(accepting(itertools.count(1).__next__))) as sink, working(ward, sink, network=network):
        state, reason = await until_settled(ward)
    await ward.desk.store.close()
    assert (state, reason) == (("accepted", None) if goes else ("refused", "policy"))
    assert [int(request.form["chat_id"]) for request in sink.requests] == ([chat] if goes else [])


async def until_settled(ward: Ward) -> tuple[str, str | None]:
    """State and reason of the one message, once they are final."""
    query = select(tables.outbox.c.state, tables.outbox.c.reason)
    async with asyncio.timeout(60):
        while True:
            row = await ward.desk.store.read(lambda tx: tx.execute(query).one())
            if row.state not in ("queued", "on_wire"):
                return row.state, row.reason
            await asyncio.sleep(0.05)
