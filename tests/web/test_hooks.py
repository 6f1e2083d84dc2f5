"""Gateways report: sound signatures count once and are answered after the commit; anything else is nobody's."""

import hashlib
import hmac
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from notifier.domain.delivery import Accepted
from notifier.store import tables
from notifier.store.transaction import open_store
from tests.channels.lanes import ANDROID, OVH, TELEGRAM
from tests.channels.relays import LANE
from tests.desk.house import ALLA, BORIS, Ward, open_ward
from tests.web.face import Seen, Visitor, everything, visiting

PHONE = replace(ANDROID, name="sms")
LANES = (PHONE, replace(OVH, name="mass"), replace(TELEGRAM, name="telegram"), replace(LANE, name="relais"))


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla has been asked by SMS, and the phone has taken the message as ``message-1``."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    wired = await opened.turn("sms")
    await opened.turn("sms", *((row, Accepted(f"message-{place}")) for place, row in enumerate(wired, 1)), room=0)
    yield opened
    await opened.desk.store.close()


@pytest.fixture
async def visitor(ward: Ward) -> AsyncIterator[Visitor]:
    """The world outside."""
    async with visiting(ward, LANES) as opened:
        yield opened


def signed(event: str, payload: dict[str, object], number: str = "e1") -> tuple[bytes, dict[str, str]]:
    """What the phone sends, signed as it signs."""
    body = json.dumps({"event": event, "id": number, "payload": payload}).encode()
    stamp = str(int(datetime.now(UTC).timestamp()))
    signature = hmac.new(b"first key", body + stamp.encode(), hashlib.sha256).hexdigest()
    return body, {"x-signature": signature, "x-timestamp": stamp, "content-type": "application/json"}


async def tell(visitor: Visitor, event: str, payload: dict[str, object], number: str = "e1") -> Seen:
    """One hook of the phone."""
    body, headers = signed(event, payload, number)
    return await visitor.ask("POST", "/hooks/sms", body, headers)


async def states(ward: Ward) -> set[str]:
    """The states of the SMS rows."""
    query = select(tables.outbox.c.state).where(tables.outbox.c.lane == "sms", tables.outbox.c.provider_id == "message-1")
    return set(await ward.desk.store.read(lambda tx: tx.execute(query).scalars().all()))


async def test_a_signed_receipt_moves_its_message(ward: Ward, visitor: Visitor) -> None:
    assert (await tell(visitor, "sms:delivered", {"messageId": "message-1"})).status == 200
    assert await states(ward) == {"delivered"}


async def test_a_signed_text_is_an_answer_once(ward: Ward, visitor: Visitor) -> None:
    for _ in range(3):
        assert (await tell(visitor, "sms:received", {"sender": "+33639980001", "message": "1"})).status == 200
    found = await ward.recipient("Alla")
    assert (found["answer"], found["answered_by"]) == ("done", "sms")
    count = select(func.count()).select_from(tables.answers)
    assert await ward.desk.store.read(lambda tx: tx.execute(count).scalar_one()) == 1


async def test_a_hook_that_is_played_again_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    first, headers = signed("sms:received", {"sender": "+33639980001", "message": "1"})
    assert (await visitor.ask("POST", "/hooks/sms", first, headers)).status == 200
    assert (await tell(visitor, "sms:received", {"sender": "+33639980001", "message": "2"}, "e2")).status == 200
    before = await everything(ward)
    for _ in range(50):
        assert (await visitor.ask("POST", "/hooks/sms", first, headers)).status == 200  # so that a provider stops telling
    assert await everything(ward) == before
    assert (await ward.recipient("Alla"))["answer"] == "trouble"
    old = str(int(headers["x-timestamp"]) - 301)
    signature = hmac.new(b"first key", first + old.encode(), hashlib.sha256).hexdigest()
    stale = headers | {"x-timestamp": old, "x-signature": signature}
    assert (await visitor.ask("POST", "/hooks/sms", first, stale)).status == 403


async def test_a_flipped_bit_anywhere_makes_it_forged(ward: Ward, visitor: Visitor, seed: int) -> None:
    body, headers = signed("sms:received", {"sender": "+33639980001", "message": "1"})
    before, draw = await everything(ward), random.Random(seed)
    for place in draw.sample(range(len(body)), 20):
        forged = body[:place] + bytes([body[place] ^ 1 << draw.randrange(8)]) + body[place + 1 :]
        assert (await visitor.ask("POST", "/hooks/sms", forged, headers)).status in (403, 429)
    assert await everything(ward) == before


async def test_a_wrong_or_missing_signature_is_forged(ward: Ward, visitor: Visitor) -> None:
    body, headers = signed("sms:received", {"sender": "+33639980001", "message": "1"})
    before = await everything(ward)
    for change in ({"x-signature": ""}, {"x-timestamp": "1"}, {"x-signature": "é"}, {"x-timestamp": "soon"}):
        assert (await visitor.ask("POST", "/hooks/sms", body, headers | change)).status == 403, change
    assert await everything(ward) == before


async def test_a_signature_of_one_lane_opens_no_other(ward: Ward, visitor: Visitor) -> None:
    body, headers = signed("sms:received", {"sender": "+33639980001", "message": "1"})
    assert (await visitor.ask("POST", "/hooks/mass", body, headers)).status == 403
    assert (await visitor.ask("POST", "/hooks/telegram", body, headers)).status == 403
    assert (await visitor.ask("POST", "/hooks/nowhere", body, headers)).status == 404
    assert (await visitor.ask("POST", "/hooks/relais", body, headers)).status == 403  # a relay calls nobody


async def test_garbage_under_a_sound_signature_is_taken_and_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    before = await everything(ward)
    payloads: tuple[dict[str, object], ...] = ({}, {"messageId": 7}, {"sender": "+33639980001"}, {"message": "1"})
    for number, payload in enumerate(payloads):
        assert (await tell(visitor, "sms:received", payload, f"g{number}")).status == 200
    assert await everything(ward) == before


async def test_a_body_of_more_than_256_kib_is_refused_unread(visitor: Visitor) -> None:
    body, headers = signed("sms:received", {"sender": "+33639980001", "message": "x" * 300_000})
    assert (await visitor.ask("POST", "/hooks/sms", body, headers)).status == 413


async def test_while_the_database_is_away_the_provider_is_asked_to_come_again(ward: Ward) -> None:
    away = replace(ward, desk=replace(ward.desk, store=open_store("postgresql+asyncpg://nobody@127.0.0.1:1/none")))
    async with visiting(away, LANES) as visitor:
        told = await tell(visitor, "sms:received", {"sender": "+33639980001", "message": "1"})
        page = await visitor.get("/r/" + "a" * 22)
    assert (told.status, told.headers["retry-after"]) == (503, "30")
    assert page.status == 503
    assert "Réessayez dans un instant" in page.text
    assert "Traceback" not in page.text
    assert "127.0.0.1" not in page.text


async def test_a_flood_of_forgeries_is_turned_away_and_drowns_no_signed_hook(ward: Ward) -> None:
    async with visiting(ward, LANES) as visitor:
        _, headers = signed("sms:received", {})
        turned = [(await visitor.ask("POST", "/hooks/sms", b"x", headers)).status for _ in range(60)]
        elsewhere = {"x-forwarded-for": "192.0.2.7"}  # what our own proxy on loopback says
        body, sound = signed("sms:received", {"sender": "+33639980001", "message": "1"})
        told = await visitor.ask("POST", "/hooks/sms", body, sound | elsewhere)
    assert set(turned) == {403, 429}
    assert told.status == 200
    assert (await ward.recipient("Alla"))["answer"] == "done"


async def test_a_webhook_of_telegram_needs_its_secret_and_reaches_the_bot(ward: Ward) -> None:
    taken: list[bytes] = []

    async def take(body: bytes) -> None:
        taken.append(body)

    async with visiting(ward, LANES, {"telegram": take}) as visitor:
        for secret in ("", "wrong", "s3cre", "s3cret "):
            headers = {"x-telegram-bot-api-secret-token": secret.strip(" ") + "x"}
            assert (await visitor.ask("POST", "/hooks/telegram", b"{}", headers)).status == 403
        told = await visitor.ask("POST", "/hooks/telegram", b"{}", {"x-telegram-bot-api-secret-token": "s3cret"})
    assert (told.status, taken) == (200, [b"{}"])
