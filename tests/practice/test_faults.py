"""Each kind of fault, on demand, and what was taken under it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine

import aiohttp
import pytest
import uvloop
from aiosmtplib import SMTPServerDisconnected

from notifier.practice import Fault, Faults, Network
from tests.practice.test_mailbox import client, letter
from tests.practice.town import ALLA, call_bot, call_ovh, job, post_text, town

CHAT = ALLA.chat or 0
CALLS = sorted(frozenset(Fault) - {Fault.DUPLICATE, Fault.SHUFFLED})
TAKEN = {Fault.LATENCY, Fault.ERROR_AFTER, Fault.GARBAGE, Fault.CUT_AFTER, Fault.SILENT}
EXPECTED: dict[Fault, object] = {
    Fault.LATENCY: "sound",
    Fault.BUSY: 429,
    Fault.ERROR_BEFORE: "5xx",
    Fault.ERROR_AFTER: "5xx",
    Fault.GARBAGE: "garbage",
    Fault.CUT_BEFORE: "cut",
    Fault.CUT_AFTER: "cut",
    Fault.SILENT: "cut",
}


async def _send(network: Network, provider: str, number: int) -> tuple[int, object]:
    match provider:
        case "telegram":
            return await call_bot(network, "sendMessage", chat_id=CHAT, text=f"x{number}")
        case "android":
            return await post_text(network, f"ref-{number}")
        case _:
            return await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job())


async def _what_happens(network: Network, provider: str, number: int = 0) -> object:
    try:
        status, body = await _send(network, provider, number)
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        return "cut"
    except ValueError:
        return "garbage or 5xx"
    if status >= 500:
        return "5xx"
    if status == 429:
        return 429
    sound = isinstance(body, dict) and (body.get("ok") is True or body.get("id") or body.get("ids"))
    return "sound" if sound else "garbage"


@pytest.mark.parametrize("fault", CALLS)
@pytest.mark.parametrize("provider", ["telegram", "android", "ovh"])
async def test_a_planned_fault_happens_once_and_takes_what_it_says(provider: str, fault: Fault) -> None:
    async with town() as network:
        network.faults.late, network.faults.silence = 0.05, 0.1
        network.faults.plan(provider, fault)
        seen = await _what_happens(network, provider)
        wanted = EXPECTED[fault]
        assert seen == wanted or (seen == "garbage or 5xx" and wanted in ("garbage", "5xx"))
        assert len(network.ledger.entries) == (fault in TAKEN)
        assert network.faults.told == Counter({f"{provider}.{fault}": 1})
        assert await _what_happens(network, provider, 1) == "sound"


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
@pytest.mark.parametrize("provider", ["telegram", "smtp"])
def test_a_line_is_cut_on_either_event_loop(run: Callable[[Coroutine[None, None, None]], None], provider: str) -> None:
    async def send() -> None:
        async with town() as network, client(network) as smtp:
            network.faults.plan(provider, Fault.CUT_AFTER)
            with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, SMTPServerDisconnected)):
                await (smtp.send_message(letter("alla@example.org")) if provider == "smtp" else _send(network, provider, 0))
            assert len(network.ledger.entries) == 1

    run(send())


async def test_an_outage_of_one_provider_leaves_the_others_alone_and_ends() -> None:
    async with town() as network:
        network.faults.cut_off("telegram")
        assert await _what_happens(network, "telegram") == "cut"
        with pytest.raises(aiohttp.ClientError):
            await call_bot(network, "getUpdates")
        assert await _what_happens(network, "ovh") == "sound"
        network.faults.cut_off()
        with pytest.raises(aiohttp.ClientError):
            await call_ovh(network, "GET", "/sms")
        assert await _what_happens(network, "android") == "cut"
        network.faults.restore()
        assert await _what_happens(network, "telegram") == "sound"
        assert network.ledger.counts() == {"telegram": 1, "sms": 1, "email": 0}


def test_the_same_seed_draws_the_same_faults_whatever_the_others_do() -> None:
    calm, busy = Faults(7, 0.5), Faults(7, 0.5)
    for _ in range(50):
        busy.draw("ovh")
    drawn = [calm.draw("telegram") for _ in range(200)]
    assert drawn == [busy.draw("telegram") for _ in range(200)]
    assert drawn != [Faults(8, 0.5).draw("telegram") for _ in range(200)]
    assert Fault.SILENT not in drawn
    assert 60 < sum(fault is not None for fault in drawn) < 140


def test_odds_are_switched_while_running_for_one_provider_or_all() -> None:
    faults = Faults(1)
    assert faults.draw("ovh") is None
    faults.switch(1, provider="ovh", only=[Fault.BUSY])
    assert faults.draw("ovh") is Fault.BUSY
    assert faults.draw("android") is None
    faults.switch(0)
    assert faults.draw("ovh") is None
    with pytest.raises(ValueError, match="probability"):
        faults.switch(1.5)
