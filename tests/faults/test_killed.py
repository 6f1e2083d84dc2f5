"""A process that dies between its intent and its record (rows 3 to 6): nobody is lost; a copy too many is rare and bounded."""

from collections import Counter
from pathlib import Path

import pytest

from notifier.practice import Fault
from tests.faults.post import Post, open_post, staff

CAST = staff(8)


async def _finish(post: Post, channel: str = "telegram") -> dict[str, int]:
    """The next process of the same home sends what is left; gives the copies by device."""
    async with post.at_work():
        await post.until_told()
        await post.until_ended()
    assert await post.lists() == {}
    return post.copies(channel)


async def test_row_03_killed_after_the_claim_and_before_the_wire_sends_once(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, CAST, ["telegram"]) as post:
        await post.send()
        await post.live_and_die("telegram", lambda name: name == "turn")
        assert post.network.ledger.entries == []
        assert (await post.states()) == {"telegram on_wire": 8}
        assert set((await _finish(post)).values()) == {1}


@pytest.mark.parametrize(("way", "most"), [("telegram", 1), ("telephone", 0)])
async def test_row_04_killed_with_calls_that_were_taken_and_not_answered(
    database_url: str, tmp_path: Path, way: str, most: int
) -> None:
    """A provider that knows our id delivers once; of the others at most one copy more comes for each open call."""
    channel = "telegram" if way == "telegram" else "sms"
    cast = staff(8, chat=channel == "telegram")
    async with open_post(database_url, tmp_path, cast, [way]) as post:
        silent = [Fault.SILENT] * (2 if way == "telegram" else 1)  # the telephone takes one at a time
        post.network.faults.plan("telegram" if way == "telegram" else "android", *silent)
        await post.send()
        await post.live_and_die(way, lambda _name: len(post.network.ledger.entries) > (1 if way == "telegram" else 0))
        open_calls = post.copies(channel)
        assert 0 < len(open_calls) <= 8
        copies = await _finish(post, channel)
        assert max(copies.values()) <= 1 + most
        again = {address for address, count in copies.items() if count > 1}
        assert again <= set(open_calls)
        texts = Counter((entry.address, entry.text) for entry in post.network.ledger.entries)
        assert len(texts) == len(copies), "the same words and the same number: people see that it is the same message"


async def test_row_05_killed_after_the_answer_and_before_its_commit(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, CAST, ["telegram"]) as post:
        await post.send()
        await post.live_and_die("telegram", lambda name: name == "wire")
        answered = post.copies("telegram")
        copies = await _finish(post)
        assert sum(copies.values()) - len(copies) <= 8, "the window"
        assert {address for address, count in copies.items() if count > 1} <= set(answered)
        assert max(copies.values()) == 2, "the crash was where it was meant to be"


async def test_row_06_killed_again_and_again_on_the_same_message(database_url: str, tmp_path: Path) -> None:
    """The copies are counted before the wire: after three doubtful ones the next channel is tried, and somebody sees it."""
    async with open_post(database_url, tmp_path, staff(1), ["telegram", "sms"]) as post:
        await post.send()
        for copy in range(1, 4):
            await post.live_and_die("telegram", lambda _name, copy=copy: sum(post.copies("telegram").values()) == copy)  # type: ignore[misc]
        async with post.at_work():
            await post.until(lambda: bool(post.copies("sms")))
            await post.until_ended()
        assert list(post.copies("telegram").values()) == [3]
        assert list(post.copies("sms").values()) == [1]
        assert await post.states() == {"telegram exhausted": 1, "sms accepted": 1}
