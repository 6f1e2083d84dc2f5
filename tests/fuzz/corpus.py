"""What providers really send, as the practice network makes it: the seeds of everything that is spoilt afterwards."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from notifier.domain.lane import LaneSettings, Network
from notifier.domain.people import Channel
from tests.channels.lanes import ANDROID, KANNEL, OVH, TELEGRAM
from tests.channels.relays import LANE as RELAY
from tests.practice.town import ALLA, BORIS, ORDER, call_bot, call_ovh, job, listener, post_text, town

SECRET = "a-secret-of-sixteen-letters"
SIGNING = "practice-signing"
PHONE = LaneSettings(
    "phone",
    Channel.SMS,
    "android",
    Network.PRACTICE,
    "",
    1,
    sender="+33639980090",
    secrets={**ANDROID.secrets, "signing_key": SIGNING},
)
MASS = LaneSettings(
    "mass", Channel.SMS, "ovh", Network.PRACTICE, "", 1, sender="38038", secrets={**OVH.secrets, "hook_key": SECRET}
)
ROUTER = LaneSettings(
    "router", Channel.SMS, "kannel", Network.PRACTICE, "", 1, sender="38039", secrets={**KANNEL.secrets, "hook_secret": SECRET}
)
BOT = LaneSettings(
    "telegram", Channel.TELEGRAM, "telegram", Network.PRACTICE, "", 1, secrets={**TELEGRAM.secrets, "webhook_secret": SECRET}
)
SPOOL = LaneSettings("spool", Channel.SMS, "gammu", Network.PRACTICE, "", 1)
LANES = (PHONE, MASS, ROUTER, BOT, SPOOL, RELAY)


@dataclass(frozen=True, slots=True)
class Told:
    """One request of a provider, its signature left out: it is made afresh after the rest is spoilt."""

    lane: str
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sound requests, and sound updates of a bot."""

    hooks: tuple[Told, ...]
    updates: tuple[bytes, ...]


async def collect(rows: tuple[int, ...], button: str) -> Corpus:
    """One evening of the network: texts under these ids of ours are delivered and answered, ``button`` is pressed."""
    os.environ["PTB_TIMEDELTA"] = "1"
    async with town() as network, listener() as (url, came, bodies, _):
        network.android.signing_key, network.android.hook_url = SIGNING, f"{url}/hooks/phone"
        network.ovh.hook_key, network.ovh.hook_url = SECRET, f"{url}/hooks/mass"
        for place, row in enumerate(rows):
            await post_text(network, str(row), number=[ALLA.phone, BORIS.phone][place % 2] or "")
        await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job())
        keyboard = {"inline_keyboard": [[{"text": "Fait", "callback_data": f"{button}.1"}]]}
        for person in (ALLA, BORIS):
            # Another alert: whoever has answered one by text does not press its button too.
            await call_bot(network, "sendMessage", chat_id=person.chat, text=ORDER.replace("-03", "-04"), reply_markup=keyboard)
        updates: list[object] = []
        async with asyncio.timeout(60):
            while len(updates) < 2 or len(came) < 3 * len(rows) + 1:
                await asyncio.sleep(0.05)
                updates = (await call_bot(network, "getUpdates", timeout=0))[1]["result"]
        hooks = [
            Told(
                request.path.rpartition("/")[2], request.method, dict(request.query), {"content-type": request.content_type}, body
            )
            for request, body in zip(came, bodies, strict=False)
        ]
    receipt, wide = {"key": SECRET, "ref": str(rows[0]), "smsc_id": "7"}, {"content-type": "text/plain; charset=utf-16be"}
    text = {"key": SECRET, "from": str(ALLA.phone)}
    more = (
        *(Told("router", "GET", receipt | {"type": kind}) for kind in ("1", "2", "8", "16")),
        Told("router", "POST", text | {"id": "77"}, {"content-type": "text/plain"}, b"1"),
        Told("router", "POST", text | {"id": "78"}, wide, b"\x001"),
        Told("spool", "POST", {}, {}, b"1"),
        Told(RELAY.name, "POST", {}, {}, b"250 ok"),
    )
    return Corpus((*hooks, *more), tuple(json.dumps(update).encode() for update in [*updates, *_rarer()]))


def _rarer() -> list[dict[str, object]]:
    """What the staff of the network never do: they write, block the bot, press in a group."""
    chat = {"id": ALLA.chat, "type": "private"}
    sender = {"id": ALLA.chat, "is_bot": False, "first_name": "Alla", "language_code": "fr"}
    message = {"message_id": 5, "date": 1, "chat": chat, "from": sender, "text": "/start abc"}
    member = {"chat": chat, "from": sender, "date": 1, "new_chat_member": {"user": sender, "status": "kicked"}}
    press = {
        "id": "4",
        "from": sender,
        "chat_instance": "1",
        "data": "x.1",
        "message": {**message, "chat": {"id": -5, "type": "group"}},
    }
    return [
        {"update_id": 901, "message": message},
        {"update_id": 902, "my_chat_member": member},
        {"update_id": 903, "callback_query": press},
    ]
