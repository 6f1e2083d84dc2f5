"""The telephone room speaks the app's REST API, and lets no forged hook in."""

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.contract import Forged, Heard, Hook, Incoming
from notifier.channels.sms import android
from notifier.domain.delivery import (
    Accepted,
    Deferred,
    Evidence,
    LaneFault,
    NotSent,
    Outcome,
    Refused,
    RefusedFor,
    Report,
    Unsure,
)
from notifier.domain.errors import LaneMisset
from tests.channels.lanes import ANDROID, TEXT, lane_to, shorn, texted
from tests.channels.sinks import Behaviour, Request, Sink, answering, replying, serve

REF = texted().ref
NOW = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))


async def send(behave: Behaviour, path: str = "", **options: str) -> tuple[Outcome, Sink]:
    """Alla's text to a gateway of this behaviour."""
    async with serve(behave) as sink, lane_to("android", sink.url + path, **options) as (channel, parcel):
        return await channel.send(parcel), sink


@pytest.mark.parametrize("path", ["", "/3rdparty/v1", "/3rdparty/v1/"])
async def test_the_words_go_out_byte_for_byte_under_our_id(path: str) -> None:
    outcome, sink = await send(answering(202, {"id": REF, "state": "Pending"}), path, sim="2")
    [request] = sink.requests
    assert outcome == Accepted(REF)
    assert (request.method, request.path) == ("POST", f"{path.rstrip('/')}/messages")
    assert request.headers["authorization"] == "Basic " + b64encode(b"notifier:practice").decode()
    assert request.json == {
        "id": REF,
        "textMessage": {"text": TEXT},
        "phoneNumbers": ["+33639980012"],
        "withDeliveryReport": True,
        "ttl": 1800,
        "priority": 0,
        "simNumber": 2,
    }


async def test_what_is_urgent_goes_past_the_apps_own_limits() -> None:
    async with serve(answering(202, {"id": REF})) as sink, lane_to("android", sink.url) as (channel, parcel):
        await channel.send(replace(parcel, urgent=True, life=timedelta(milliseconds=1)))
    assert (sink.requests[0].json["priority"], sink.requests[0].json["ttl"]) == (100, 5)


TABLE: list[tuple[int, object, Outcome]] = [
    (409, {"message": "duplicate id"}, Accepted(REF)),
    (409, b"", Accepted(REF)),
    (401, b"", NotSent(LaneFault.CREDENTIALS, "401")),
    (403, {"message": "Forbidden"}, NotSent(LaneFault.CREDENTIALS, "403")),
    (404, {"message": "Cannot POST /messages"}, NotSent(LaneFault.UNREACHABLE, "404")),
    (
        400,
        {"message": "can't use phone in row 1: invalid phone number"},
        Refused(RefusedFor.BAD_ADDRESS, detail="400"),
    ),
    (400, {"message": "no device found"}, NotSent(LaneFault.UNREACHABLE, "device")),
    (400, {"message": "failed to select device: record not found"}, NotSent(LaneFault.UNREACHABLE, "device")),
    (400, {"message": "Text message is empty"}, Refused(RefusedFor.BAD_CONTENT, detail="400")),
    (400, {"message": "No message content provided"}, Refused(RefusedFor.BAD_CONTENT, detail="400")),
    (400, {"message": "message already expired"}, Refused(RefusedFor.OTHER, detail="expired")),
    (400, {"message": "something new"}, Refused(RefusedFor.OTHER, detail="400")),
    (503, {"message": "queue limits exceeded"}, Deferred(timedelta(seconds=60), whole_lane=True)),
    (503, {"message": "upstream"}, Unsure("status 503")),
    (429, b"", Deferred(timedelta(seconds=30), whole_lane=True)),
    (202, {"id": "another"}, Unsure("no-id")),
]


@pytest.mark.parametrize(("status", "body", "expected"), TABLE, ids=[f"{status} {body!r:.40}" for status, body, _ in TABLE])
async def test_each_answer_is_read_as_the_table_says(status: int, body: object, expected: Outcome) -> None:
    assert shorn((await send(answering(status, body)))[0]) == shorn(expected)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((200, {"id": REF, "state": "Sent"}), Accepted(REF)),
        ((200, {"id": "other"}), Unsure("status 500")),
        ((404, {}), Unsure("status 500")),
        ((500, b""), Unsure("status 500")),
    ],
)
async def test_after_a_500_the_telephone_is_asked_whether_it_has_the_text(asked: tuple[int, object], expected: Outcome) -> None:
    def reply(request: Request) -> tuple[int, object]:
        return (500, {"message": "UNIQUE constraint failed"}) if request.method == "POST" else asked

    outcome, sink = await send(replying(reply))
    assert shorn(outcome) == shorn(expected)
    assert [(request.method, request.path) for request in sink.requests] == [("POST", "/messages"), ("GET", f"/messages/{REF}")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secrets": {"username": "x"}}, "secret_missing"),
        ({"secrets": {"password": "x"}}, "secret_missing"),
        ({"sender": "Groupe"}, "sender_digits"),
        ({"options": {"sim": "first"}}, "option_number"),
    ],
)
async def test_settings_that_cannot_work_are_named(changes: dict[str, object], code: str) -> None:
    with pytest.raises(LaneMisset) as refused:
        async with android.open_channel(replace(ANDROID, **changes)):  # type: ignore[arg-type]  # fields by name
            pass
    assert refused.value.code == code


async def test_the_telephone_takes_our_id_and_gives_receipts_by_hook() -> None:
    async with android.open_channel(ANDROID) as channel:
        facts = channel.facts
        assert (facts.takes_our_id, facts.takes_ttl, facts.gives_receipts) == (True, True, True)
        assert [heard async for heard in channel.listen()] == []
        assert await channel.credit() is None


def signed(told: object, key: str = "first key", stamp: str = STAMP) -> Hook:
    """A webhook as the app signs it."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    signature = hmac.new(key.encode(), body + stamp.encode(), hashlib.sha256).hexdigest()
    return Hook("POST", "/hooks/phone", {"x-timestamp": stamp, "x-signature": signature}, {}, body)


def event(name: str, **payload: object) -> dict[str, object]:
    """A webhook's body."""
    told = {"messageId": REF, "phoneNumber": "+33639980012", "simNumber": None, **payload}
    return {"deviceId": "d", "event": name, "id": "Ey6ECgOkVVFjz3CL48B8C", "payload": told, "webhookId": "w"}


def read(hook: Hook, at: datetime = NOW) -> Heard:
    """The room's reading, at that time."""
    return android.read_report(ANDROID, hook, at)


def test_a_signature_is_the_documented_one() -> None:
    body, stamp = b'{"event":"system:ping","payload":{}}', "1759610700"
    assert hmac.new(b"first key", body + stamp.encode(), hashlib.sha256).hexdigest() == (
        hashlib.sha256(
            bytes(0x5C ^ octet for octet in b"first key".ljust(64, b"\0"))
            + hashlib.sha256(bytes(0x36 ^ octet for octet in b"first key".ljust(64, b"\0")) + body + stamp.encode()).digest()
        ).hexdigest()
    )
    assert read(signed(body, stamp=stamp), datetime.fromtimestamp(int(stamp), UTC)) == Heard()


@pytest.mark.parametrize(
    ("name", "payload", "evidence", "detail", "parts"),
    [
        ("sms:sent", {"partsCount": 2, "sentAt": "2026-10-04T22:45:00+02:00"}, Evidence.SENT, "", 2),
        ("sms:delivered", {"deliveredAt": "2026-10-04T22:45:00+02:00"}, Evidence.DELIVERED, "", 1),
        ("sms:failed", {"reason": "RESULT_ERROR_NO_SERVICE"}, Evidence.UNDELIVERED, "RESULT_ERROR_NO_SERVICE", 1),
        ("sms:failed", {"reason": "cannot text +33639980012"}, Evidence.UNDELIVERED, "", 1),
        ("sms:sent", {"partsCount": -4}, Evidence.SENT, "", 1),
    ],
)
def test_receipts_name_our_id(name: str, payload: dict[str, object], evidence: Evidence, detail: str, parts: int) -> None:
    [report] = read(signed(event(name, **payload))).reports
    assert report == Report(evidence, REF, REF, "Ey6ECgOkVVFjz3CL48B8C", detail, parts=parts)


@pytest.mark.parametrize("field", ["phoneNumber", "sender"])
def test_a_text_that_came_in_is_read_under_its_old_and_its_new_name(field: str) -> None:
    told = event("sms:received", message="1 \ud83d\ude00\x00")
    payload = {field: "0639980012", "message": "1 \U0001f600\x00", "messageId": "hash"}
    assert read(signed({**told, "payload": payload})).texts == (Incoming("0639980012", "1 \U0001f600", "Ey6ECgOkVVFjz3CL48B8C"),)


def test_a_retry_has_the_same_event_id_even_where_the_app_gives_none() -> None:
    told = {key: value for key, value in event("sms:delivered").items() if key != "id"}
    first, second = read(signed(told)), read(signed(told, stamp=str(int(STAMP) + 20)))
    assert first.reports == second.reports
    assert first.reports[0].event_id


@pytest.mark.parametrize(
    "told", [{}, [], b"", b"null", b"\xff", {"event": "sms:sent"}, event("system:ping"), event("sms:sent", messageId=4)]
)
def test_a_signed_shape_we_do_not_know_brings_nothing(told: object) -> None:
    assert read(signed(told)) == Heard()


@given(octet=st.integers(0, 10_000), bit=st.integers(0, 7), part=st.sampled_from(["body", "x-signature", "x-timestamp"]))
def test_any_flipped_bit_makes_a_hook_a_forgery(octet: int, bit: int, part: str) -> None:
    hook = signed(event("sms:received", message="1=présent"))
    original = hook.body if part == "body" else hook.headers[part].encode("latin-1")
    changed = bytearray(original)
    changed[octet % len(changed)] ^= 1 << bit
    if part == "body":
        forged = replace(hook, body=bytes(changed))
    else:
        forged = replace(hook, headers={**hook.headers, part: changed.decode("latin-1")})
    assert read(hook).texts
    with pytest.raises(Forged):
        read(forged)


@pytest.mark.parametrize("seconds", [-301, 301, -360, 360, 86_400])
def test_a_hook_older_or_newer_than_five_minutes_is_forged(seconds: int) -> None:
    hook = signed(event("sms:delivered"))
    assert read(hook, NOW + timedelta(seconds=299)).reports
    with pytest.raises(Forged):
        read(hook, NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("stamp", ["", " ", "-1", "1e9", "١٧٩١", "9" * 40, "inf", STAMP + " "])
def test_a_timestamp_that_is_none_is_forged(stamp: str) -> None:
    with pytest.raises(Forged):
        read(signed(event("sms:delivered"), stamp=stamp))


def test_a_key_can_be_changed_without_a_gap() -> None:
    told, both = event("sms:delivered"), {**ANDROID.secrets, "signing_key": "second key", "signing_key_before": "first key"}
    for key in ("first key", "second key"):
        assert android.read_report(replace(ANDROID, secrets=both), signed(told, key), NOW).reports
    with pytest.raises(Forged):
        android.read_report(replace(ANDROID, secrets=both), signed(told, "third key"), NOW)


def test_a_lane_without_signing_key_takes_no_hook() -> None:
    for secrets in ({}, {"signing_key": ""}, {"signing_key": " "}):
        with pytest.raises(Forged):
            android.read_report(replace(ANDROID, secrets=secrets), signed(event("sms:delivered"), ""), NOW)


def test_a_hook_of_the_running_clock_is_fresh() -> None:
    hook = signed(event("sms:delivered"), stamp=str(int(datetime.now(UTC).timestamp())))
    assert android.read_report(ANDROID, hook).reports
