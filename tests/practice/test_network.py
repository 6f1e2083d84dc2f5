"""The network as a whole: in a process of its own, under its control API, and with its page of phones."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from notifier.clock import Clock
from notifier.practice import Entry, Ledger, open_network
from tests.practice.town import ALLA, BORIS, call_ovh, job, town

FOLK = [
    {"key": "ker/1", "name": "Alla Marchand", "chat": ALLA.chat, "phone": ALLA.phone, "group": "Kerlic", "on_duty": True},
    {"key": "sag/2", "name": "Clara Nédélec", "mail": "clara@example.org", "group": "La Sagesse"},
]


async def fetch(method: str, url: str, told: object = None) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.request(method, url, json=told) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else text


@asynccontextmanager
async def own_process(residents: object, folder: Path, *more: str) -> AsyncIterator[dict[str, Any]]:
    """``python -m notifier.practice``: what its first line says."""
    file = folder / "residents.json"
    file.write_text(json.dumps(residents), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "notifier.practice",
        "--residents",
        str(file),
        "--speed",
        "600",
        *more,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(20):
            assert process.stdout is not None
            yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        assert await process.wait() == 0


async def test_it_runs_in_a_process_of_its_own_and_is_steered_by_json(tmp_path: Path) -> None:
    async with own_process(FOLK, tmp_path) as where:
        control = f"{where['url']}/control"
        url = f"{where['telegram']['url']}/bot{where['telegram']['token']}/sendMessage"
        assert (await fetch("POST", url, {"chat_id": ALLA.chat, "text": "RÉEL HGX1-01"}))[0] == 200
        ledger = (await fetch("GET", f"{control}/ledger"))[1]
        assert ledger["counts"] == {"telegram": 1, "sms": 0, "email": 0}
        assert (ledger["entries"][0]["text"], ledger["entries"][0]["alert"]) == ("RÉEL HGX1-01", "HGX1-01")
        assert (await fetch("GET", f"{control}/ledger?since=1"))[1]["entries"] == []
        told = (await fetch("POST", f"{control}/faults", {"down": ["telegram"], "probability": 0.5, "only": ["busy"]}))[1]
        assert (told["down"], told["probability"], told["only"]) == (["telegram"], 0.5, ["busy"])
        with pytest.raises(aiohttp.ClientError):
            await fetch("POST", url, {"chat_id": ALLA.chat, "text": "RÉEL HGX1-01"})
        assert (await fetch("POST", f"{control}/faults", {"down": ["pigeon"]})) == (400, {"error": "unknown provider"})
        assert (
            await fetch("POST", f"{control}/residents", {"residents": [{"key": "x", "name": "Boris", "mail": "b@example.org"}]})
        )[1]["residents"] == 3
        people = (await fetch("GET", f"{control}/residents"))[1]
        assert [one["name"] for one in people] == ["Alla Marchand", "Clara Nédélec", "Boris"]
        hooks = (await fetch("POST", f"{control}/hooks", {"ovh": "http://127.0.0.1:1/hooks/sms"}))[1]
        assert hooks == {"android": "", "ovh": "http://127.0.0.1:1/hooks/sms"}
        assert (await fetch("GET", f"{control}/answers"))[1] == {"given": [], "intended": [], "said": []}


@pytest.mark.parametrize(
    "told", [[], {"residents": 1}, {"residents": [{"key": "a"}]}, {"residents": [{"key": "a", "name": "b", "age": 7}]}]
)
async def test_residents_that_make_no_sense_are_refused(told: object) -> None:
    async with town() as network:
        status, body = await fetch("POST", f"{network.url}/control/residents", told)
        assert status == 400
        assert body["error"]


async def test_it_listens_on_this_machine_only_and_names_a_port_that_is_taken() -> None:
    with pytest.raises(ValueError, match="loopback"):
        async with open_network([], clock=Clock(), host="0.0.0.0"):  # noqa: S104 - what must be refused
            pass
    async with town() as network:
        port = int(network.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with open_network([], clock=Clock(), port=port):
                pass


async def test_the_ledger_counts_copies_of_the_same_words_only() -> None:
    at = Clock().now()
    ledger = Ledger()
    for text in ("RÉEL HGX1-01 un", "RÉEL HGX1-01 un", "RÉEL HGX1-01 rappel"):
        ledger.accept(Entry("sms", "ovh", "+33639980001", "1", "", text, at))
    assert (ledger.duplicates(), ledger.worst()) == (1, 2)
    assert ledger.copies("sms", "+33639980001", "RÉEL HGX1-01 un") == 2
    assert [entry.alert for entry in ledger] == ["HGX1-01"] * 3
    assert ledger.counts() == {"telegram": 0, "sms": 3, "email": 0}
    assert ledger.of("sms", "+33639980002") == []
    assert "+3363998" not in repr(ledger.entries[0])


async def test_devices_that_work_are_known_beforehand() -> None:
    async with town() as network:
        assert network.town.working(BORIS.key) == frozenset(BORIS.devices)
        assert not network.town.works("sms", "+33639989999")
        await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job("RÉEL HGX1-01", "+33639989999"))
        (entry,) = network.ledger.of("sms", "+33639989999")
        await network.town.wait(timedelta(seconds=30))
        assert not entry.delivered
        assert entry.shown_at is None
