"""Our rooms on the practice network: what they make of it is what the ledger says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import reduce

import pytest

from notifier.channels import email, telegram
from notifier.channels.contract import Channel, Hook, Parcel
from notifier.channels.sms import android, ovh
from notifier.domain.delivery import Accepted, Deferred, NotSent, Outcome, Refused, Report, State, Unsure, advance
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.message import Choice, Words
from notifier.domain.people import Address
from notifier.domain.people import Channel as Kind
from notifier.practice import Customs, Fault
from notifier.practice import Network as Practice
from notifier.practice.faults import OF_CALLS, TAKES
from tests.channels.services import until
from tests.practice.town import ALLA, ORDER, listener, town

LETTER = "<b>RÉEL</b> HGX1-03 · Kerlic"
ASKED = (Choice(1, "done", "Fait"), Choice(2, "trouble", "Souci"))
LIFE = timedelta(minutes=30)
NAMES = ("telegram", "android", "ovh", "smtp")


def parcel(name: str, ref: str = "4611686018427387905") -> Parcel:
    match name:
        case "telegram":
            address, words = Address(Kind.TELEGRAM, str(ALLA.chat)), Words(LETTER, choices=ASKED)
            return Parcel(ref, address, words, LIFE, {"done": "abc.1", "trouble": "abc.2"}, protect=True)
        case "smtp":
            return Parcel(
                ref, Address(Kind.EMAIL, str(ALLA.mail)), Words("RÉEL HGX1-03\n\n.Point, é, œ\n", "RÉEL HGX1-03 Bloc"), LIFE
            )
        case _:
            return Parcel(ref, Address(Kind.SMS, str(ALLA.phone)), Words(ORDER, choices=ASKED), LIFE, urgent=True)


def lane(name: str, network: Practice) -> LaneSettings:
    told = LaneSettings(name, Kind.SMS, name, Network.PRACTICE, "", 30, sender="38200")
    match name:
        case "telegram":
            return replace(told, channel=Kind.TELEGRAM, address=network.telegram_url, secrets={"token": network.bot.token})
        case "android":
            keys = {
                "username": network.android.username,
                "password": network.android.password,
                "signing_key": network.android.signing_key,
            }
            return replace(told, address=network.android_url, secrets=keys)
        case "ovh":
            keys = {
                "application_key": network.ovh.application_key,
                "application_secret": network.ovh.application_secret,
                "consumer_key": network.ovh.consumer_key,
                "hook_key": network.ovh.hook_key,
            }
            return replace(
                told, address=network.ovh_url, secrets=keys, options={"service": network.ovh.service, "poll_seconds": "0.1"}
            )
        case _:
            address = f"127.0.0.1:{network.mail_port}"
            return replace(
                told, channel=Kind.EMAIL, address=address, sender="alerte@alerte.example", options={"starttls": "none"}
            )


@asynccontextmanager
async def room(name: str, network: Practice) -> AsyncIterator[Channel]:
    rooms = {"telegram": telegram, "android": android, "ovh": ovh, "smtp": email}
    async with rooms[name].open_channel(lane(name, network)) as channel:
        yield channel


async def send(network: Practice, name: str) -> Outcome:
    async with room(name, network) as channel:
        return await channel.send(parcel(name))


@pytest.mark.parametrize("name", NAMES)
async def test_each_room_is_accepted_and_the_words_arrive_as_they_were_filled(name: str) -> None:
    async with town() as network:
        assert isinstance(await send(network, name), Accepted)
        (entry,) = network.ledger.entries
        words = parcel(name).words
        assert (entry.text, entry.subject, entry.gateway) == (words.text, words.subject, name)
        if name != "telegram":
            assert "4611686018427387905" in entry.ref


# What each room makes of each fault. A line that is cut, or a 5xx, says nothing of what was taken; a relay that never asked for
# the words cannot have them; the telephone is asked whether it has our id.
FAULTS: dict[Fault, dict[str, tuple[type[Outcome], ...]]] = {
    Fault.LATENCY: dict.fromkeys(NAMES, (Accepted,)),
    Fault.BUSY: dict.fromkeys(NAMES, (Deferred,)),
    Fault.ERROR_BEFORE: {**dict.fromkeys(NAMES, (Unsure,)), "smtp": (Deferred,)},
    Fault.ERROR_AFTER: {**dict.fromkeys(NAMES, (Unsure,)), "android": (Unsure, Accepted)},
    Fault.GARBAGE: dict.fromkeys(NAMES, (Unsure,)),
    Fault.CUT_BEFORE: {**dict.fromkeys(NAMES, (Unsure,)), "smtp": (NotSent,)},
    Fault.CUT_AFTER: dict.fromkeys(NAMES, (Unsure,)),
    Fault.SILENT: dict.fromkeys(NAMES, (Unsure,)),
}


def test_every_fault_of_a_call_has_its_line() -> None:
    assert FAULTS.keys() == OF_CALLS


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("name", NAMES)
async def test_each_fault_ends_in_the_right_outcome_and_the_repeat_in_few_copies(name: str, fault: Fault) -> None:
    async with town() as network:
        network.faults.late, network.faults.silence, network.mailroom.puts_off = 0.05, 0.2, True
        network.faults.plan(name, fault)
        async with room(name, network) as channel:
            assert isinstance(await channel.send(parcel(name)), FAULTS[fault][name])
            assert len(network.ledger.entries) == (fault in TAKES)
            assert isinstance(await channel.send(parcel(name)), Accepted)
        copies = 1 if name == "android" else 1 + (fault in TAKES)  # the telephone knows our id, the others cannot
        assert len(network.ledger.entries) == copies


@pytest.mark.parametrize("name", ["telegram", "smtp"])
async def test_a_device_that_takes_nothing_is_refused_for_good(name: str) -> None:
    async with town(customs=Customs(0, 0, 0, 0, 0, blocked_bot=1, lost_sim=0, closed_mailbox=1)) as network:
        assert isinstance(await send(network, name), Refused)


async def test_a_repeat_on_the_telephone_is_known_and_delivered_once() -> None:
    async with town() as network:
        assert await send(network, "android") == await send(network, "android")
        assert len(network.ledger.entries) == 1


@pytest.mark.parametrize("fault", [None, Fault.DUPLICATE, Fault.SHUFFLED], ids=str)
@pytest.mark.parametrize("name", ["android", "ovh"])
async def test_receipts_are_genuine_and_end_in_delivered_in_whatever_order_they_come(name: str, fault: Fault | None) -> None:
    rooms = {"android": android, "ovh": ovh}
    async with town() as network, listener() as (url, came, bodies, _):
        if fault is not None:
            network.faults.switch(1.0, provider=name, only=[fault])
        network.android.hook_url = network.ovh.hook_url = f"{url}/hooks/{name}"

        def read() -> list[Report]:
            reports: list[Report] = []
            for request, body in zip(came, bodies, strict=False):
                headers = {key.lower(): value for key, value in request.headers.items()}
                hook = Hook(request.method, request.path, headers, dict(request.query), body)
                reports += rooms[name].read_report(lane(name, network), hook).reports
            return reports

        sent = await send(network, name)
        events = (2 if name == "android" else 1) * (2 if fault is Fault.DUPLICATE else 1)
        await until(lambda: len(read()) >= events, "receipts")
        reports = read()
        assert isinstance(sent, Accepted)
        assert {report.provider_id for report in reports} == {sent.provider_id}
        assert reduce(advance, (report.evidence for report in reports), State.ACCEPTED) is State.DELIVERED
        assert len({report.event_id for report in reports}) == (2 if name == "android" else 1)


async def test_an_answer_by_text_is_heard_by_the_room_that_asked() -> None:
    async with town() as network, room("ovh", network) as channel:
        await channel.send(parcel("ovh"))
        heard = await anext(aiter(channel.listen()))
        (text,) = heard.texts
        assert text.sender == ALLA.phone
        assert text.text == network.town.intended[0].choice
        assert await channel.credit() == 99_999
