"""Providers that hang, lie, ask to wait, fail and die (rows 14 to 20, 38): seen from the phones and the list of those missed."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import select

from notifier.channels.wire import KEPT_OF, SAID
from notifier.domain.pace import STEP
from notifier.lanes import BREAK_AFTER
from notifier.practice import Fault
from notifier.store import tables
from tests.channels.sinks import (
    Behaviour,
    Request,
    answering,
    closed_port,
    drip,
    flood,
    own_certificate,
    replying,
    serve,
    swell_headers,
)
from tests.desk.house import LIBRARY, Member, fill_in
from tests.faults.post import Post, give_lanes, open_post, staff, starts_of

CAST = staff(12)
BOT = ("telegram", "sms")
OF_LEVEL = {"red": "first-alert", "orange": "incoming-shift", "info": "contact-test"}
WAIT = 1.0  # s: what the practice bot asks for with its 429
NEXT_CHANNEL = 60.0  # s: the promise for every open step of a dead provider


async def _lead(post: Post, lane: str, address: str, **options: str) -> None:
    """From now on this lane leads elsewhere."""
    await give_lanes(
        post,
        tuple(
            replace(one, address=address, options={**one.options, **options}) if one.name == lane else one
            for one in post.settings.lanes
        ),
    )


@asynccontextmanager
async def _bot_behind(
    url: str, folder: Path, behave: Behaviour, cast: Sequence[Member] = CAST
) -> AsyncIterator[tuple[Post, list[object]]]:
    """A post whose Telegram is a server of this behaviour, and the requests that it got."""
    async with open_post(url, folder, cast, BOT) as post, serve(behave) as sink:
        await _lead(post, "telegram", sink.url)
        requests: list[object] = sink.requests  # type: ignore[assignment]  # only counted
        yield post, requests


async def test_row_14_a_time_out_after_the_provider_took_it_is_doubt_and_not_failure(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, staff(2), BOT) as post:
        post.network.faults.plan("telegram", Fault.SILENT)
        await post.send()
        async with post.at_work():
            await post.until(lambda: len(post.copies("telegram")) == 2)
            await post.until_ended()
        assert sorted(post.copies("telegram").values()) == [1, 2], "the doubtful one once more"
        assert post.copies("sms") == {}, "doubt is no failure: nobody is told on two channels"
        assert await post.lists() == {}


async def test_row_14_where_nobody_listens_nothing_is_doubtful(database_url: str, tmp_path: Path) -> None:
    with closed_port() as nowhere:
        async with open_post(database_url, tmp_path, CAST, BOT) as post:
            await _lead(post, "telegram", nowhere)
            await post.send()
            async with post.at_work():
                await post.until_told(seconds=NEXT_CHANNEL)
            assert set(post.copies("sms").values()) == {1}
            assert await post.alarms() == {"telegram": "unreachable"}
            assert await post.lists() == {}


async def test_row_15_a_short_wait_is_kept_and_is_no_failure(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_post(database_url, tmp_path, CAST, BOT) as post:
        post.network.faults.plan("telegram", *[Fault.BUSY] * (BREAK_AFTER + 1))  # more in a row than a breaker bears failures
        await post.send()
        async with post.at_work():
            await post.until(lambda: post.network.faults.told["telegram.busy"] > 0)
            asked = post.ward.clock.real()
            await post.until_told()
            await post.until_ended()
            assert await post.alarms() == {}
        assert not [told for told in caplog.records if told.name == "notifier.lanes"], "no breaker opened meanwhile"
        early = [start for start in starts_of(post, "telegram") if start < asked + WAIT - 0.1]
        assert len(early) <= 2, "whatever was on its way already; the others wait, whoever was refused"
        assert set(post.copies("telegram").values()) == {1}
        assert post.copies("sms") == {}


@pytest.mark.parametrize(
    ("lane", "provider", "raised", "apart"),
    [("telegram", "telegram", ("info", "orange", "red"), 0.9), ("sms", "ovh", ("red", "orange", "info"), 0.0)],
    ids=["the mildest first", "the worst first"],
)
async def test_row_15_after_a_wait_red_goes_before_orange_before_info(
    database_url: str, tmp_path: Path, lane: str, provider: str, raised: Sequence[str], apart: float
) -> None:
    """Whoever was refused while the provider asked to wait keeps his place, whatever was sent meanwhile."""
    cast = [replace(one, on_shift=True) for one in CAST]
    async with open_post(database_url, tmp_path, cast, [lane]) as post:
        faults = post.network.faults
        faults.switch(1.0, provider=provider, only=[Fault.BUSY])
        async with post.at_work():
            codes = {raised[0]: await _raise(post, raised[0])}
            await post.until(lambda: faults.told[f"{provider}.busy"] > 0)
            codes |= {level: await _raise(post, level) for level in raised[1:]}
            refused = faults.told[f"{provider}.busy"]
            await post.until(lambda: faults.told[f"{provider}.busy"] > refused)
            faults.switch(0.0, provider=provider)
            await post.until_ended()
        order = [entry.alert for entry in post.network.ledger.entries]
        assert order == [codes[level] for level in ("red", "orange", "info") for _ in cast]
        rang: dict[str, float] = {}
        for entry in post.network.ledger.entries:
            assert entry.real - rang.get(entry.address, float("-inf")) >= apart, "s between two messages to one chat"
            rang[entry.address] = entry.real


async def _raise(post: Post, level: str) -> str:
    template = LIBRARY().templates[OF_LEVEL[level]]
    assert template.level == level
    return (await post.ward.send(template.name, **fill_in(template))).code


async def test_row_15_a_long_wait_costs_nobody_his_step_and_is_kept(database_url: str, tmp_path: Path) -> None:
    told = {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 300",
        "parameters": {"retry_after": 300},
    }
    async with _bot_behind(database_url, tmp_path, answering(429, told)) as (post, asked):
        await post.send()
        async with post.at_work():
            await post.until_told(seconds=NEXT_CHANNEL)
            knocked = len(asked)
            post.ward.clock.pass_time(seconds=200)
            await asyncio.sleep(1.0)
            assert len(asked) == knocked, "nobody knocks while the provider asks to wait"
        assert set(post.copies("sms").values()) == {1}
        assert await post.alarms() == {"telegram": "throttled"}


@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER])
async def test_row_16_errors_of_the_provider_are_doubt_and_then_a_breaker(
    database_url: str, tmp_path: Path, fault: Fault
) -> None:
    async with open_post(database_url, tmp_path, staff(30), BOT) as post:
        post.network.faults.switch(1.0, provider="telegram", only=[fault])
        await post.send()
        async with post.at_work():
            await post.until(lambda: set(post.copies("sms")) == {str(one.phone) for one in post.cast}, NEXT_CHANNEL)
            assert await post.alarms() == {"telegram": "unreachable"}
        assert max(post.copies("telegram").values(), default=0) <= 3
        knocks, probes = post.network.faults.told[f"telegram.{fault}"], 2  # one each 30 s, within the minute of the next channel
        assert knocks < BREAK_AFTER + post.settings.lanes[0].window + probes, "five misses open it; what is on its way ends"
        assert await post.lists() == {}


async def test_row_17_success_that_is_garbage_is_no_success_and_stops_no_loop(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, CAST, BOT) as post:
        post.network.faults.plan("telegram", *[Fault.GARBAGE] * 4)
        await post.send()
        async with post.at_work():
            await post.until_told()
            await post.until_ended()
            assert await post.alarms() == {}
        copies = Counter(post.copies("telegram").values())
        assert (copies[1], copies[2]) == (8, 4), "asked once more where nobody could tell"
        assert await post.lists() == {}


async def test_row_17_what_was_no_success_is_kept_with_the_attempt_and_nobody_stands_in_it(
    database_url: str, tmp_path: Path
) -> None:
    """A gateway that tells back what it was asked has numbers, words and the token in its answer."""
    said: list[Callable[[Request], tuple[int, object]]] = [
        lambda asked: (200, b"<html><title>Welcome</title>" + asked.target.encode() + b" " + asked.body + b"</html>"),
        lambda asked: (200, {"ok": False, "description": asked.form}),
        lambda asked: (502, {"ok": False, "error_code": 400, "description": [asked.target, asked.body.decode()]}),
        lambda asked: (200, b"\x00" + asked.body + b"\xff" * 5_000),
        lambda _: (200, b""),
    ]
    turns = cycle(said)

    def answer(asked: Request) -> tuple[int, object]:
        return next(turns)(asked)

    async with _bot_behind(database_url, tmp_path, replying(answer)) as (post, _):
        await post.send()
        async with post.at_work():
            await post.until_told(seconds=NEXT_CHANNEL)
        made = select(tables.attempts.c.detail).where(tables.attempts.c.event == "unsure", tables.attempts.c.lane == "telegram")
        kept = set(await post.ward.desk.store.read(lambda tx: tx.execute(made).scalars().all()))
        words = {word for detail in kept for word in re.findall(r"\w+", detail)}
    assert {re.split("[^a-z 0-9-]", detail)[0] for detail in kept} >= {"not-ok", "not-ok ", "status 502 "}
    assert any(detail.startswith("not-ok <html><title>welcome</title>/_") for detail in kept)
    assert words <= SAID | {"not", "ok", "502", "_"}
    assert max(map(len, kept)) <= KEPT_OF + len("status 502 ")


@pytest.mark.parametrize("behave", [drip, flood, swell_headers], ids=lambda behave: str(behave.__name__))
async def test_row_18_an_answer_without_end_holds_nobody_else_up(database_url: str, tmp_path: Path, behave: Behaviour) -> None:
    cast = [*staff(6), Member("Nina", on_shift=False, phone="+33639981099")]
    async with _bot_behind(database_url, tmp_path, behave, cast) as (post, asked):
        await post.send()
        async with post.at_work():
            await post.until_told("Nina", seconds=9.0)  # before the first of those calls reaches its deadline of 10 s
            await post.until_told(seconds=NEXT_CHANNEL)
            assert await post.alarms() == {"telegram": "unreachable"}
        assert set(post.copies("sms").values()) == {1}
        assert len(asked) <= 3 * 6


async def test_row_19_a_dead_provider_costs_each_open_step_less_than_a_minute(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, staff(30), BOT) as post:
        async with post.at_work():
            await post.send()
            await post.until(lambda: len(post.copies("telegram")) >= 3)
            post.network.faults.cut_off("telegram")  # in the middle of it
            await post.until_told(seconds=NEXT_CHANNEL)
            await post.until(lambda: len(post.copies("telegram")) + len(post.copies("sms")) >= 30)
            assert await post.alarms() == {"telegram": "unreachable"}
        assert await post.lists() == {}
        assert set(post.copies("sms").values()) == {1}
        assert set(post.copies("telegram").values()) == {1}


async def test_row_19_what_has_expired_meanwhile_is_not_sent_and_the_account_comes_back_slowly(
    database_url: str, tmp_path: Path
) -> None:
    """Down for four hours; on its return one message probes it, then a tenth of its limit, and a tenth more each second."""
    limit, cast = 40, staff(60, phone=False, mail=False)
    async with open_post(database_url, tmp_path, cast, ["telegram"]) as post:
        await give_lanes(post, tuple(replace(lane, per_second=float(limit)) for lane in post.settings.lanes))
        post.network.faults.cut_off("telegram")
        async with post.at_work():
            old = await post.send()
            await post.until(lambda: post.network.faults.told["telegram.cut_before"] >= 5)
            await post.until(lambda: _alarmed(post))
            post.ward.clock.pass_time(hours=4)
            await post.until_ended()
            assert set((await post.lists()).values()) <= {"expired", "doubtful"}
            assert len(await post.lists()) == 60
            knocked = post.network.faults.told["telegram.cut_before"]
            new = await post.send()
            post.ward.clock.pass_time(seconds=31)
            await post.until(lambda: post.network.faults.told["telegram.cut_before"] > knocked)
            await asyncio.sleep(1.0)
            assert post.network.faults.told["telegram.cut_before"] == knocked + 1, "one message, each 30 s"
            post.network.faults.restore()
            post.ward.clock.pass_time(seconds=31)
            await post.until_told()
            assert await post.alarms() == {}
        assert post.copies("telegram", alert=old) == {}, "nothing that was no longer true"
        assert set(post.copies("telegram", alert=new).values()) == {1}
        assert await post.lists() == {}
        starts = starts_of(post, "telegram")
        for second in range(4):
            most = 2 + limit * STEP * (second + 1)
            since = starts[0] + second
            assert sum(since <= start < since + 0.95 for start in starts) <= most, f"in second {second} after its return"


async def _alarmed(post: Post) -> bool:
    return bool(await post.alarms())


async def test_row_20_both_text_accounts_dead_sends_everybody_by_other_ways_and_names_the_rest(
    database_url: str, tmp_path: Path
) -> None:
    """No row goes to and fro between two dead accounts; whoever has nothing but a telephone is on the list in the end."""
    mailed = staff(6, chat=False)
    texted = Member("Nina", on_shift=False, phone="+33639981099")
    async with open_post(database_url, tmp_path, [*mailed, texted], ["sms", "telephone", "relais"]) as post:
        post.network.faults.cut_off("ovh", "android")
        await post.send()
        async with post.at_work():
            await post.until_told(*(one.name for one in mailed), seconds=NEXT_CHANNEL)
            await post.until(lambda: _are_dead(post), NEXT_CHANNEL)
            post.ward.clock.pass_time(seconds=31)
            knocks = post.network.faults.told["ovh.cut_before"] + post.network.faults.told["android.cut_before"]
            await asyncio.sleep(1.5)
            more = post.network.faults.told["ovh.cut_before"] + post.network.faults.told["android.cut_before"] - knocks
            assert more <= 2, "a probe each at most"
            post.ward.clock.pass_time(hours=3)
            await post.until_ended()
        assert set(post.copies("email").values()) == {1}
        assert set(await post.lists()) == {"Nina"}


async def _are_dead(post: Post) -> bool:
    return set(await post.alarms()) >= {"sms", "telephone"}


async def test_row_38_names_that_do_not_resolve_are_a_safe_failure(database_url: str, tmp_path: Path) -> None:
    async with open_post(database_url, tmp_path, CAST, BOT) as post:
        await _lead(post, "telegram", "http://gateway.invalid")
        await post.send()
        async with post.at_work():
            await post.until_told(seconds=NEXT_CHANNEL)
            assert await post.alarms() == {"telegram": "unreachable"}
        assert set(post.copies("sms").values()) == {1}
        assert await post.lists() == {}


async def test_row_38_a_name_that_leads_to_a_stranger_gives_him_nothing(database_url: str, tmp_path: Path) -> None:
    context, _ = own_certificate(tmp_path)
    async with open_post(database_url, tmp_path, CAST, BOT) as post, serve(answering(200, {"ok": True}), tls=context) as stranger:
        await _lead(post, "telegram", stranger.url.replace("127.0.0.1", "localhost"))
        await post.send()
        async with post.at_work():
            await post.until_told(seconds=NEXT_CHANNEL)
            assert await post.alarms() == {"telegram": "unreachable"}
        assert stranger.requests == [], "not one octet of a message"
        assert set(post.copies("sms").values()) == {1}
        assert await post.lists() == {}
