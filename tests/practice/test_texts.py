"""The two SMS gateways, called as their own documents say, and their hooks."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
import smsutil

from notifier.practice import Customs, Fault
from notifier.practice.courier import count_parts
from tests.channels.services import until
from tests.practice.town import ALLA, ORDER, call_ovh, job, listener, post_text, town

PHONE = str(ALLA.phone)
LOST = Customs(0, 0, 0, 0, 0, 0, lost_sim=1, closed_mailbox=0)
WORDS = (
    "",
    "a" * 160,
    "a" * 161,
    "é" * 160,
    "€" * 80,
    "€" * 81,
    "a" * 152 + "€" + "b" * 30,
    "ê" * 70,
    "ê" * 71,
    "🏥" * 35,
    "🏥" * 36,
)


@pytest.mark.parametrize("text", WORDS)
def test_parts_are_counted_as_smsutil_counts_them(text: str) -> None:
    coding, parts = count_parts(text)
    oracle = smsutil.split(text)
    assert parts == max(1, len(oracle.parts))
    assert coding == ("7bit" if "ê" not in text and "🏥" not in text else "ucs2")


async def test_the_telephone_takes_a_text_once_under_its_id() -> None:
    async with town() as network:
        status, told = await post_text(network, "4611686018427387904", ttl=600, priority=100)
        assert (status, told["id"], told["state"]) == (202, "4611686018427387904", "Pending")
        assert told["recipients"] == [{"phoneNumber": PHONE, "state": "Pending"}]
        assert (await post_text(network, "4611686018427387904"))[0] == 409
        (entry,) = network.ledger.of("sms", PHONE)
        assert (entry.text, entry.ref, entry.parts, entry.coding) == (ORDER, "4611686018427387904", 1, "7bit")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"text": ""}, "text message is empty"),
        ({"number": "0639980001"}, "invalid phone number"),
        ({"ttl": 4}, "ttl"),
        ({"phoneNumbers": []}, "phoneNumbers"),
        ({"ref": "x" * 37}, "id must have"),
    ],
)
async def test_the_telephone_refuses_what_it_cannot_send(told: dict[str, object], words: str) -> None:
    async with town() as network:
        ref = str(told.pop("ref", "1"))
        status, body = await post_text(network, ref, **told)  # type: ignore[arg-type]
        assert status == 400
        assert words in body["message"]
        assert network.ledger.counts()["sms"] == 0


async def test_the_telephone_wants_its_password_and_has_a_full_queue() -> None:
    async with town() as network:
        network.android.queue_limit = 1
        assert (await post_text(network, "1"))[0] == 202
        assert (await post_text(network, "2"))[0] == 503
        for wrong in ("Basic bm90aWZpZXI6d3Jvbmc=", "Bearer x", ""):
            assert (await post_text(network, "3", override={"Authorization": wrong}))[0] == 401


async def test_receipts_are_signed_over_body_and_time_and_told_again_until_taken() -> None:
    long = "Continuez. " * 20 + "HGX1-03"
    async with town() as network, listener() as (url, came, bodies, statuses):
        statuses.append(503)
        network.android.hook_url = f"{url}/hooks/phone"
        await post_text(network, "a1", long)
        await until(lambda: len(bodies) == 4, "sent told twice, delivered for each of two parts")
        for request, body in zip(came, bodies, strict=True):
            stamp = request.headers["X-Timestamp"]
            right = hmac.new(network.android.signing_key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
            assert request.headers["X-Signature"] == right
        events = [json.loads(body) for body in bodies]
        assert sorted(event["event"] for event in events) == ["sms:delivered"] * 2 + ["sms:sent"] * 2
        sent = [event for event in events if event["event"] == "sms:sent"]
        assert sent[0] == sent[1]
        assert sent[0]["payload"]["partsCount"] == 2
        assert sent[0]["payload"]["messageId"] == "a1"
        assert len({event["id"] for event in events}) == 3


async def test_a_lost_sim_is_taken_by_the_gateway_and_told_as_failed() -> None:
    async with town(customs=LOST) as network, listener() as (url, _, bodies, _statuses):
        network.android.hook_url = url
        assert (await post_text(network, "a1"))[0] == 202
        await until(lambda: any(b"sms:failed" in body for body in bodies), "a failed receipt")
        (entry,) = network.ledger.of("sms", PHONE)
        assert not entry.delivered
        assert entry.shown_at is None
        assert network.given == []


async def test_duplicate_and_shuffled_receipts_come_when_asked_for() -> None:
    async with town() as network, listener() as (url, _, bodies, _statuses):
        network.android.hook_url = url
        network.faults.switch(1, only=[Fault.DUPLICATE])
        await post_text(network, "a1")
        await until(lambda: len(bodies) == 4, "each receipt twice")
        bodies.clear()
        network.faults.switch(1, only=[Fault.SHUFFLED])
        for number in range(8):
            await post_text(network, f"b{number}")
        await until(lambda: len(bodies) == 16, "each receipt once, in some order")
        kinds = [json.loads(body)["event"] for body in bodies]
        assert kinds != ["sms:sent"] * 8 + ["sms:delivered"] * 8
        assert network.faults.told["android.duplicate"] == 2


async def test_an_answer_comes_in_through_the_gateway_that_asked() -> None:
    async with town() as network, listener() as (url, _, bodies, _statuses):
        network.android.hook_url = url
        await post_text(network, "a1")
        await until(lambda: any(b"sms:received" in body for body in bodies), "Alla answers")
        told = next(json.loads(body) for body in bodies if b"sms:received" in body)
        assert told["payload"]["phoneNumber"] == told["payload"]["sender"] == PHONE
        assert told["payload"]["message"] in "12"
        await until(lambda: len(network.given) == 1, "the answer went through")
        assert network.given[0].label in ("fait", "souci")
        assert network.given[0].choice == told["payload"]["message"]


async def test_a_job_is_priced_carried_and_reported() -> None:
    async with town() as network, listener() as (url, came, _, _statuses):
        network.ovh.hook_url = f"{url}/hooks/sms"
        before = network.ovh.credit
        status, told = await call_ovh(
            network, "POST", f"/sms/{network.ovh.service}/jobs", job(ORDER, PHONE, "12", validityPeriod=30)
        )
        assert status == 200
        assert told == {"totalCreditsRemoved": 1, "ids": [1], "validReceivers": [PHONE], "invalidReceivers": ["12"], "tag": "77"}
        assert (await call_ovh(network, "GET", f"/sms/{network.ovh.service}"))[1]["creditsLeft"] == before - 1
        await until(lambda: len(came) == 1, "the receipt")
        query = dict(came[0].query)
        assert came[0].method == "GET"
        assert query["id"] == "1"
        assert query["ptt"] == "4"
        assert query["description"] == "1"
        assert query["key"] == network.ovh.hook_key
        base = f"/sms/{network.ovh.service}/outgoing"
        assert (await call_ovh(network, "GET", base))[1] == [1]
        assert (await call_ovh(network, "GET", f"{base}/1"))[1]["ptt"] == 4
        assert (await call_ovh(network, "GET", f"{base}/2"))[0] == 404
        await until(lambda: bool(network.ovh.incoming), "Alla answers")
        (number,) = (await call_ovh(network, "GET", f"/sms/{network.ovh.service}/incoming"))[1]
        answer = (await call_ovh(network, "GET", f"/sms/{network.ovh.service}/incoming/{number}"))[1]
        assert (answer["sender"], answer["id"]) == (PHONE, number)
        assert answer["message"] in "12"


@pytest.mark.parametrize(
    ("told", "status", "words"),
    [
        (job("ça va ê", coding="7bit"), 400, "7bit"),
        (job(colour="red"), 400, "not described parameters: (colour)"),
        (job(priority="urgent"), 400, "priority"),
        (job(validityPeriod=0), 400, "validityPeriod"),
        (job(""), 400, "message"),
        ({"message": "x", "receivers": [PHONE], "noStopClause": True}, 400, "sender"),
        (job(sender="HGX ALERTE", senderForResponse=False), 403, "sender"),
        (job("x" * 1600), 402, "credits"),
    ],
)
async def test_ovh_refuses_a_job_that_cannot_be(told: dict[str, object], status: int, words: str) -> None:
    async with town() as network:
        network.ovh.credit, network.ovh.senders = 5, frozenset({"38200"})
        assert (await call_ovh(network, "GET", "/sms"))[1] == [network.ovh.service]
        got, body = await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", told)
        assert got == status
        assert words in body["message"]
        assert network.ledger.counts()["sms"] == 0
        assert network.ovh.credit == 5


async def test_a_signature_a_key_or_a_time_that_does_not_hold_is_refused() -> None:
    async with town() as network:
        path = f"/sms/{network.ovh.service}/jobs"
        assert (await call_ovh(network, "POST", path, job(), secret="guess"))[1]["errorCode"] == "INVALID_SIGNATURE"
        assert (await call_ovh(network, "POST", path, job(), skew=-120))[1]["errorCode"] == "QUERY_TIME_OUT"
        assert (await call_ovh(network, "GET", "/sms/another-service"))[0] == 404
        assert network.ledger.counts()["sms"] == 0


async def test_a_missing_stop_clause_changes_the_words() -> None:
    async with town() as network:
        await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job(noStopClause=False))
        assert network.ledger.of("sms", PHONE)[0].text.endswith("STOP au 36180")


async def test_a_sender_of_letters_cannot_be_answered() -> None:
    async with town(speed=6000) as network:
        await call_ovh(network, "POST", f"/sms/{network.ovh.service}/jobs", job(sender="HGX ALERTE", senderForResponse=False))
        await until(lambda: bool(network.town.shown), "the phone has it")
        await network.town.wait(timedelta(minutes=30))
        assert network.town.intended == []
        assert network.ovh.incoming == {}


async def test_a_text_that_outlives_its_validity_never_reaches_the_phone() -> None:
    far = Customs(0, 0, 0, no_signal=1, nonsense=0, blocked_bot=0, lost_sim=0, closed_mailbox=0)
    async with town(customs=far, seed=3) as network:
        delay = network.town.delivery_delay("sms", PHONE)
        assert delay > timedelta(seconds=5)
        await post_text(network, "short", ttl=5)
        await post_text(network, "long", ttl=3600)
        short, long = network.ledger.of("sms", PHONE)
        assert not short.delivered
        assert long.delivered
        await until(lambda: long.shown_at is not None, "the signal is back")
        assert long.shown_at is not None
        assert long.shown_at - long.at >= delay
        assert short.shown_at is None
