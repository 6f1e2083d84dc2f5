"""The OVHcloud room signs as OVHcloud verifies, sends what its schema takes, and reads receipts and answers."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels.contract import Forged, Heard, Hook, Incoming
from notifier.channels.sms import ovh
from notifier.channels.sms.ovh import OvhChannel, sign_call
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
from notifier.domain.lane import LaneSettings
from notifier.domain.message import Words
from notifier.settings.lane_tables import NEEDS
from tests.channels.lanes import OVH, TEXT, shorn, texted
from tests.channels.sinks import Request, Sink, answering, replying, serve

THEIRS = 1_790_000_000  # OVHcloud's time
OURS = datetime.fromtimestamp(THEIRS - 3600, UTC)  # our clock is an hour slow
TAKEN: dict[str, object] = {
    "ids": [27814656],
    "validReceivers": ["+33639980012"],
    "invalidReceivers": [],
    "totalCreditsRemoved": 1,
}
Reply = Callable[[Request], tuple[int, object]]


def clock() -> datetime:
    """Our clock, an hour behind OVHcloud's."""
    return OURS


def genuine(request: Request, url: str) -> bool:
    """OVHcloud's side of the signature, over the request as it came."""
    secrets, headers = OVH.secrets, request.headers
    parts = (secrets["application_secret"], secrets["consumer_key"], request.method, url + request.target)
    signed = "+".join((*parts, request.body.decode(), headers["x-ovh-timestamp"]))
    return (
        headers["x-ovh-signature"] == "$1$" + hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 (OVHcloud's algorithm)
        and headers["x-ovh-application"] == secrets["application_key"]
        and headers["x-ovh-consumer"] == secrets["consumer_key"]
    )


def api(reply: Reply) -> Reply:
    """OVHcloud's API: its time for all, the rest as told."""
    return lambda request: (200, THEIRS) if request.path == "/1.0/auth/time" else reply(request)


def open_at(sink: Sink, settings: LaneSettings = OVH) -> AbstractAsyncContextManager[OvhChannel]:
    """The account's channel, its API at this sink."""
    return ovh.open_channel(replace(settings, address=f"{sink.url}/1.0"), clock)


async def send(reply: Reply, settings: LaneSettings = OVH, text: str = TEXT) -> tuple[Outcome, Sink]:
    """Alla's text through an account whose API answers so."""
    parcel = replace(texted(), words=Words(text))
    async with serve(replying(api(reply))) as sink, open_at(sink, settings) as channel:
        return await channel.send(parcel), sink


def test_a_signature_is_the_documented_one() -> None:
    # the example of OVHcloud's "First steps with the OVHcloud API", recomputed by hand with sha1sum
    keys = ("EXEgWIz07P0HYwtQDs7cNIqCiQaWSuHF", "MtSwSrPpNjqfVSmJhLbPyr2i45lSwPU1")
    made = sign_call(*keys, "GET", "https://eu.api.ovh.com/1.0/domains/", "", "1366560945")
    assert made == "$1$d3705e8afb27a0d2970a322b96550abfc67bb798"


async def test_the_words_go_out_byte_for_byte_signed_with_ovhclouds_time() -> None:
    outcome, sink = await send(lambda _: (200, TAKEN))
    _, request = sink.requests
    assert outcome == Accepted("27814656")
    assert (request.method, request.target) == ("POST", "/1.0/sms/sms-xx00000-1/jobs")
    assert request.headers["x-ovh-timestamp"] == str(THEIRS)
    assert genuine(request, sink.url)
    assert request.json == {
        "message": TEXT,
        "receivers": ["+33639980012"],
        "charset": "UTF-8",
        "class": "phoneDisplay",
        "coding": "7bit",
        "noStopClause": True,
        "priority": "medium",
        "tag": texted().ref,
        "validityPeriod": 30,
        "senderForResponse": True,
    }


@pytest.mark.parametrize("sender", ["Groupe HGX", "+33639980002"])
async def test_a_name_or_a_long_number_is_sent_as_sender(sender: str) -> None:
    _, sink = await send(lambda _: (200, TAKEN), replace(OVH, sender=sender))
    told = sink.requests[-1].json
    assert told["sender"] == sender
    assert "senderForResponse" not in told


async def test_words_beyond_gsm_are_sent_in_8_bit() -> None:
    _, sink = await send(lambda _: (200, TAKEN), text="ça ✓")
    assert (sink.requests[-1].json["coding"], sink.requests[-1].json["message"]) == ("8bit", "ça ✓")


async def test_ovhclouds_time_is_asked_once_and_again_when_ours_is_refused() -> None:
    answers = iter([(200, TAKEN), (400, {"errorCode": "QUERY_TIME_OUT", "message": "Query out of time"}), (200, TAKEN)])
    async with serve(replying(api(lambda _: next(answers)))) as sink, open_at(sink) as channel:
        outcomes = [await channel.send(texted()) for _ in range(3)]
    assert outcomes == [Accepted("27814656"), NotSent(detail="clock"), Accepted("27814656")]
    assert [request.path.rpartition("/")[2] for request in sink.requests] == ["time", "jobs", "jobs", "time", "jobs"]


@pytest.mark.parametrize("told", [b"", b"<html>", b'"soon"', b"-1", b"true", b"1e99", b"99999999999999999"])
async def test_without_ovhclouds_time_nothing_is_sent(told: bytes) -> None:
    async with serve(answering(200, told)) as sink, ovh.open_channel(replace(OVH, address=sink.url), clock) as channel:
        assert await channel.send(texted()) == NotSent(detail="time")
    assert [request.method for request in sink.requests] == ["GET"]


def error(code: str, message: str) -> dict[str, object]:
    """An error in OVHcloud's form."""
    return {"errorCode": code, "httpCode": "4xx", "message": message}


KEYS = NotSent(LaneFault.CREDENTIALS, "credentials")
SENDER = NotSent(LaneFault.SENDER, "sender")
CREDIT = NotSent(LaneFault.CREDIT, "credit")
NUMBER = Refused(RefusedFor.BAD_ADDRESS, detail="receiver")
TABLE: list[tuple[int, object, Outcome]] = [
    (200, {**TAKEN, "ids": [], "validReceivers": [], "invalidReceivers": ["+33639980012"]}, NUMBER),
    (200, {**TAKEN, "ids": [], "validReceivers": []}, Unsure("no-id")),
    (200, {"invalidReceivers": ["+33639980012"]}, Unsure("no-id")),
    (403, error("NOT_GRANTED_CALL", "This call has not been granted"), KEYS),
    (403, error("NOT_CREDENTIAL", "This credential does not exist"), KEYS),
    (403, error("INVALID_KEY", "This application key is invalid"), KEYS),
    (403, error("INVALID_CREDENTIAL", "This credential is not valid"), KEYS),
    (403, {"message": "Forbidden by a wall"}, KEYS),
    (403, {"message": "Access denied"}, Unsure("status 403")),
    (401, error("", "You must login first"), KEYS),
    (400, error("INVALID_SIGNATURE", "Invalid signature"), KEYS),
    (402, error("", "Payment required"), CREDIT),
    (403, error("", "Not enough credits"), CREDIT),
    (400, error("", "Invalid parameter: sender is not enabled"), SENDER),
    (403, error("", "The sender has been refused"), SENDER),
    (404, error("", "This sender does not exist"), SENDER),
    (404, error("", "This service does not exist"), NotSent(LaneFault.CREDENTIALS, "service")),
    (400, error("", "cannot send contact information with shortcode"), Refused(RefusedFor.BAD_CONTENT, detail="shortcode")),
    (400, error("", "No valid receiver"), NUMBER),
    (460, error("", "This service is expired"), CREDIT),
    (429, error("", "Too many requests"), Deferred(timedelta(seconds=10), whole_lane=True)),
    (400, error("", "Quelque chose de neuf"), Unsure("status 400")),
    (409, error("", "Conflict"), Unsure("status 409 conflict")),
    (500, error("", "Internal server error"), Unsure("status 500 internal server error")),
]


@pytest.mark.parametrize(("status", "body", "expected"), TABLE, ids=[f"{status} {body!r:.70}" for status, body, _ in TABLE])
async def test_each_answer_is_read_as_the_table_says(status: int, body: object, expected: Outcome) -> None:
    assert shorn((await send(lambda _: (status, body)))[0]) == shorn(expected)


@pytest.mark.parametrize(
    ("told", "left"),
    [({"creditsLeft": 1840.5}, 1840), ({"creditsLeft": -2}, 0), ({}, None), ({"creditsLeft": "x"}, None), ([], None)],
)
async def test_the_credit_left_is_told_in_whole_messages(told: object, left: int | None) -> None:
    async with serve(replying(api(lambda _: (200, told)))) as sink, open_at(sink) as channel:
        assert await channel.credit() == left
    assert sink.requests[-1].target == "/1.0/sms/sms-xx00000-1"
    assert genuine(sink.requests[-1], sink.url)


async def hear(reply: Reply, count: int, settings: LaneSettings = OVH) -> tuple[list[Heard], Sink]:
    """The first ``count`` things heard."""
    heard: list[Heard] = []
    lane = replace(settings, options={**settings.options, "poll_seconds": "0.01"})
    async with serve(replying(api(reply))) as sink, open_at(sink, lane) as channel, asyncio.timeout(5):
        async for one in channel.listen():
            heard.append(one)
            if len(heard) == count:
                break
    return heard, sink


async def test_answers_are_heard_once_each_in_order_and_after_failures_too() -> None:
    lists = iter([(200, [12, 11]), (500, b""), (200, b"<html>"), (200, [11, 12, 13, True, "x"]), (200, [14])])
    fails = iter([(503, b"")])

    def reply(request: Request) -> tuple[int, object]:
        if request.path.endswith("/incoming"):
            return next(lists, (200, [15]))
        number = int(request.path.rpartition("/")[2])
        if number == 14:
            return next(fails, (404, {"message": "gone"}))
        return 200, {"id": number, "sender": "+33639980012", "message": f"réponse {number}", "tag": ""}

    heard, sink = await hear(reply, 4)
    assert [one.texts for one in heard] == [
        (Incoming("+33639980012", f"réponse {number}", f"incoming-{number}"),) for number in (11, 12, 13, 15)
    ]
    assert all(genuine(request, sink.url) for request in sink.requests[1:])
    assert sink.requests[1].query == {"creationDatetime.from": (OURS - timedelta(days=1)).isoformat()}


async def test_a_sender_of_letters_listens_to_nothing() -> None:
    heard, sink = await hear(lambda _: (200, [1]), 1, replace(OVH, sender="Groupe"))
    assert (heard, sink.requests) == ([], [])


def receipt(key: str = "a-key-in-the-url", **query: str) -> Hook:
    """OVHcloud's call when a text's state changes."""
    told = {"key": key, "id": "27814656", "ptt": "4", "date": "2026-10-04 22:45:00", "description": "1", **query}
    return Hook("GET", "/hooks/mass", {}, told, b"")


@pytest.mark.parametrize(
    ("ptt", "state", "evidence"),
    [
        ("4", "1", Evidence.DELIVERED),
        ("3", "8", Evidence.SENT),
        ("5", "2", Evidence.UNDELIVERED),
        ("23", "2", Evidence.UNDELIVERED),
        ("24", "", Evidence.UNDELIVERED),
        ("1", "4", None),
        ("2", "1", None),
        ("6", "2", None),
        ("999", "1", Evidence.DELIVERED),
        ("999", "16", Evidence.UNDELIVERED),
        ("999", "0", None),
        ("", "1", Evidence.DELIVERED),
        ("quatre", "", None),
    ],
)
def test_a_receipt_is_read_by_its_ptt_then_by_its_state(ptt: str, state: str, evidence: Evidence | None) -> None:
    reports = ovh.read_report(OVH, receipt(ptt=ptt, description=state)).reports
    expected = Report(evidence, "27814656", event_id=f"27814656:{ptt}:{state}", detail=f"ptt {ptt}") if evidence else None
    assert reports == ((expected,) if expected else ())


@pytest.mark.parametrize("number", ["", "abc", "٣", "-1", "1; drop"])
def test_a_receipt_without_a_number_brings_nothing(number: str) -> None:
    assert ovh.read_report(OVH, receipt(id=number)) == Heard()


@given(st.text(max_size=30))
def test_a_receipt_with_any_other_key_is_forged(key: str) -> None:
    with pytest.raises(Forged):
        ovh.read_report(OVH, receipt(key + "\x00"))
    with pytest.raises(Forged):
        ovh.read_report(replace(OVH, secrets={}), receipt(key))


@given(st.dictionaries(st.sampled_from(["id", "ptt", "date", "description"]), st.text(max_size=20)))
def test_no_query_makes_the_room_raise(query: dict[str, str]) -> None:
    ovh.read_report(OVH, replace(receipt(), query={"key": "a-key-in-the-url", **query}))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({"secrets": {name: "x" for name in NEEDS["ovh"] if name != missing}}, "secret_missing") for missing in NEEDS["ovh"]),
        ({"options": {}}, "option_missing"),
        ({"options": {"service": "x", "poll_seconds": "0"}}, "option_number"),
        ({"options": {"service": "x", "cents": "six"}}, "option_number"),
        ({"options": {"service": "x", "cents": "nan"}}, "option_number"),
    ],
)
async def test_settings_that_cannot_work_are_named(changes: dict[str, object], code: str) -> None:
    with pytest.raises(LaneMisset) as refused:
        async with ovh.open_channel(replace(OVH, **changes)):  # type: ignore[arg-type]  # fields by name
            pass
    assert refused.value.code == code


async def test_the_price_of_a_text_is_an_option() -> None:
    async with ovh.open_channel(replace(OVH, options={**OVH.options, "cents": "6.9"})) as channel:
        assert (channel.facts.cents, channel.facts.takes_our_id, channel.facts.gives_receipts) == (6.9, False, True)


def test_no_error_text_of_the_provider_is_kept() -> None:
    told = json.dumps([repr(expected) for _, _, expected in TABLE])
    assert "+336" not in told
