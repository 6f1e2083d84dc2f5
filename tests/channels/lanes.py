"""One lane of each room that speaks HTTP, pointed at a sink, and the parcel that Alla gets."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from notifier.channels import telegram
from notifier.channels.contract import Channel, Parcel, Room
from notifier.channels.sms import android, kannel, ovh
from notifier.domain.delivery import Outcome, Unsure
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.message import Choice, Words
from notifier.domain.people import Address
from notifier.domain.people import Channel as Kind

TOKEN = "123456789:practice-token-for-tests-only-00000"
TELEGRAM = LaneSettings(
    "bot", Kind.TELEGRAM, "telegram", Network.PRACTICE, "", 30, secrets={"token": TOKEN, "webhook_secret": "s3cret"}
)
ANDROID = LaneSettings(
    "phone",
    Kind.SMS,
    "android",
    Network.PRACTICE,
    "",
    1,
    sender="+33639980002",
    secrets={"username": "notifier", "password": "practice", "signing_key": "first key"},
)
OVH = LaneSettings(
    "mass",
    Kind.SMS,
    "ovh",
    Network.PRACTICE,
    "",
    10,
    sender="38038",
    secrets={
        "application_key": "7kbG7Bk7S9Nt7ZSV",
        "application_secret": "EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF",
        "consumer_key": "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1",
        "hook_key": "a-key-in-the-url",
    },
    options={"service": "sms-xx00000-1"},
)
KANNEL = LaneSettings(
    "router",
    Kind.SMS,
    "kannel",
    Network.PRACTICE,
    "",
    10,
    sender="+33639980001",
    secrets={"username": "notifier", "password": "p&s=w+rd%"},
)
CHAT = "9000000000000012"
ASKED = (Choice(1, "done", "Fait"), Choice(2, "trouble", "Souci"))
TEXT = "RÉEL HGX1-03 Belair BLOC 04/10 22h55. Continuez les actes en cours. Avant 23h10: 1=fait 2=souci. Code K7M4"
LETTER = "<b>RÉEL</b> HGX1-03 &amp; Kerlic — « continuez » 100 % + l'été\n1=fait"


def tapped() -> Parcel:
    """Alla's Telegram message."""
    address = Address(Kind.TELEGRAM, CHAT)
    return Parcel(
        "4611686018427387905", address, Words(LETTER, choices=ASKED), timedelta(minutes=30), {"done": "abc.1", "trouble": "abc.2"}
    )


def texted() -> Parcel:
    """Alla's SMS."""
    return Parcel("4611686018427387905", Address(Kind.SMS, "+33639980012"), Words(TEXT, choices=ASKED), timedelta(minutes=30))


ROOMS: dict[str, tuple[Room, LaneSettings, Parcel]] = {
    "telegram": (telegram, TELEGRAM, tapped()),
    "android": (android, ANDROID, texted()),
    "ovh": (ovh, OVH, texted()),
    "kannel": (kannel, KANNEL, texted()),
}


@asynccontextmanager
async def lane_to(name: str, address: str, **options: str) -> AsyncIterator[tuple[Channel, Parcel]]:
    """The room's channel with its lane pointed at ``address``, and a parcel for it."""
    room, settings, parcel = ROOMS[name]
    async with room.open_channel(replace(settings, address=address, options={**settings.options, **options})) as channel:
        yield channel, parcel


def shorn(outcome: Outcome) -> Outcome:
    """Without what is kept of an answer that nobody understood, which ``tests/faults`` look at: its status, or why it is none."""
    if not isinstance(outcome, Unsure):
        return outcome
    words = outcome.detail.split()
    return Unsure(" ".join(words[:2] if words[:1] == ["status"] else words[:1]))
