"""Every fault in every room ends in the right outcome: the whole matrix, over real sockets and a real spool.

A row is what goes wrong; a column is a room. The outcome is written down for every pair, so that a new room cannot forget one.
``-`` stands where the pair cannot happen: a relay has no status 204, a spool no certificate.
"""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

import pytest

from notifier.channels.contract import Channel, Parcel
from notifier.channels.sms import gammu
from notifier.domain.delivery import Accepted, Deferred, NotSent, Outcome, Refused, Unsure
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.message import Words
from notifier.domain.people import Address
from notifier.domain.people import Channel as Kind
from tests.channels import relays, sinks
from tests.channels.lanes import ROOMS, lane_to, texted
from tests.channels.relays import CUT, Relay, mailed, run_relay
from tests.channels.sinks import Behaviour, answering, own_certificate, serve
from tests.channels.test_bad_days import SOUND, on_posts

HTTP = tuple(ROOMS)
COLUMNS = (*HTTP, "email", "gammu")

TAKEN, LATER, LATER_ALL, DOUBT = "accepted", "deferred", "deferred, the whole lane", "unsure"
UNSENT, KEYS, AWAY, MONEY = "not sent", "lane: credentials", "lane: unreachable", "lane: credit"
GONE, BAD = "refused, dead address", "refused"
NEVER = "-"


def called(outcome: Outcome) -> str:
    """The outcome in the words of the matrix."""
    match outcome:
        case Accepted():
            return TAKEN
        case Deferred(_, whole_lane):
            return LATER_ALL if whole_lane else LATER
        case Refused(_, dead):
            return GONE if dead else BAD
        case NotSent(None):
            return UNSENT
        case NotSent(fault):
            return f"lane: {fault}"
        case Unsure():
            return DOUBT
    assert_never(outcome)


@dataclass(frozen=True)
class Row:
    """One fault: how an HTTP provider, a relay or a spool shows it, and what each room has to make of it."""

    http: Callable[[str], Behaviour] | None  # by the room's name
    smtp: dict[str, str] | None
    expected: tuple[str, str, str, str, str, str]  # as in COLUMNS


def always(status: int, body: object, **headers: str) -> Callable[[str], Behaviour]:
    """The same answer in every room."""
    return lambda _name: answering(status, body, **headers)


def by_room(**answers: tuple[int, object]) -> Callable[[str], Behaviour]:
    """Each provider's own way of saying it."""
    return lambda name: answering(*answers[name])


def behaving(behave: Behaviour) -> Callable[[str], Behaviour]:
    """No answer at all, or none that is one."""
    return lambda _name: behave


def api(code: int, description: str, **parameters: object) -> tuple[int, object]:
    """An error of the Bot API."""
    return code, {"ok": False, "error_code": code, "description": description, "parameters": parameters}


PAGE = b"<html><title>Bienvenue sur le Wi-Fi</title></html>"
#                                                                telegram   android    ovh        kannel     email      gammu
MATRIX = {
    "sound": Row(lambda name: answering(200, SOUND[name]), {}, (TAKEN,     TAKEN,     TAKEN,     TAKEN,     TAKEN,     TAKEN)),
    "taken, then a cut line": Row(behaving(sinks.cut), {"END": CUT}, (DOUBT, DOUBT,    DOUBT,     DOUBT,     DOUBT,     NEVER)),
    "cut in the answer": Row(behaving(sinks.cut_midway), None,  (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "cut before anything": Row(None, {"GREETING": CUT},         (NEVER,     NEVER,     NEVER,     NEVER,     UNSENT,    NEVER)),
    "cut before the words": Row(None, {"RCPT": CUT},            (NEVER,     NEVER,     NEVER,     NEVER,     UNSENT,    NEVER)),
    "octets that are no protocol": Row(behaving(sinks.speak_garbage), {"END": "\x01\x02"},
                                                                (DOUBT,     DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER)),
    "endless body": Row(behaving(sinks.flood), {"END": "250-" + "x" * 40_000},
                                                                (DOUBT,     DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER)),
    "endless headers": Row(behaving(sinks.swell_headers), None, (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "200 and a web page": Row(always(200, PAGE), None,          (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "200 and nothing": Row(always(200, b""), None,              (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "204": Row(always(204, b""), None,                          (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "redirect": Row(always(302, b"", location="/"), None,       (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "403 and a web page": Row(always(403, PAGE), None,          (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "451": Row(always(451, PAGE), None,                         (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "500": Row(always(500, PAGE), None,                         (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "502": Row(always(502, PAGE), None,                         (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "503": Row(always(503, PAGE), None,                         (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "504": Row(always(504, PAGE), None,                         (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "999": Row(always(999, PAGE), None,                         (DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER,     NEVER)),
    "an answer in no table": Row(
        by_room(
            telegram=api(418, "I am a teapot"),
            android=(418, {"message": "new"}),
            ovh=(418, {"message": "new"}),
            kannel=(418, b"new"),
        ),
        {"END": "354 what"},                                    (DOUBT,     DOUBT,     DOUBT,     DOUBT,     DOUBT,     NEVER)),
    "slow down": Row(always(429, b"", retry_after="7"), {"RCPT": "450 4.7.1 Greylisted"},
                                                                (LATER_ALL, LATER_ALL, LATER_ALL, LATER_ALL, LATER,     NEVER)),
    "busy": Row(None, {"GREETING": "421 4.3.2 too many"},       (NEVER,     NEVER,     NEVER,     NEVER,     LATER,     NEVER)),
    "asked to wait after the words": Row(None, {"END": "452 4.3.1 no space"},
                                                                (NEVER,     NEVER,     NEVER,     NEVER,     LATER,     NEVER)),
    "refused credentials": Row(
        by_room(
            telegram=api(401, "Unauthorized"),
            android=(401, {"message": "Unauthorized"}),
            ovh=(403, {"errorCode": "INVALID_CREDENTIAL", "message": "This credential is not valid"}),
            kannel=(403, b"Authorization failed for sendsms"),
        ),
        {"MAIL": "530 5.7.0 Authentication required"},          (KEYS,      KEYS,      KEYS,      KEYS,      KEYS,      NEVER)),
    "no such account or address": Row(
        by_room(
            telegram=api(404, "Not Found"),
            android=(404, {"message": "Cannot POST"}),
            ovh=(404, {"message": "This service does not exist"}),
            kannel=(404, b"Unknown request"),
        ),
        None,                                                   (KEYS,      AWAY,      KEYS,      AWAY,      NEVER,     NEVER)),
    "no credit": Row(by_room(ovh=(402, {"message": "no credits"})), None,
                                                                (NEVER,     NEVER,     MONEY,     NEVER,     NEVER,     NEVER)),
    "nobody by that address": Row(
        by_room(
            telegram=api(400, "Bad Request: chat not found"),
            android=(400, {"message": "can't use phone in row 1: invalid phone number"}),
            ovh=(200, {"ids": [], "invalidReceivers": ["+33639980012"]}),
            kannel=(400, b"Empty receiver number not allowed, rejected"),
        ),
        {"RCPT": "550 5.1.1 User unknown"},                     (GONE,      BAD,       BAD,       GONE,      GONE,      NEVER)),
    "the person wants none": Row(
        by_room(
            telegram=api(403, "Forbidden: bot was blocked by the user"),
            ovh=(400, {"message": "receiver is blacklisted"}),
            kannel=(400, b"Number(s) has/have been denied by white- and/or black-lists."),
        ),
        {"RCPT": "550 5.7.1 blocked by policy"},                (GONE,      NEVER,     BAD,       BAD,       BAD,       NEVER)),
    "words it will not carry": Row(
        by_room(
            telegram=api(400, "Bad Request: can't parse entities: Unclosed start tag at byte offset 2"),
            android=(400, {"message": "Text message is empty"}),
            ovh=(400, {"message": "[message] Missing message"}),
            kannel=(400, b"Charset or body misformed, rejected"),
        ),
        {"END": "554 5.6.0 bad content"},                       (BAD,       BAD,       BAD,       BAD,       BAD,       NEVER)),
    "the chat has moved, and again": Row(
        by_room(telegram=api(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=-1001)),
        {"RCPT": "551 5.1.6 moved"},                            (BAD,       NEVER,     NEVER,     NEVER,     GONE,      NEVER)),
    "taken before, under our id": Row(by_room(android=(409, {"message": "duplicate id"})), None,
                                                                (NEVER,     TAKEN,     NEVER,     NEVER,     NEVER,     NEVER)),
}  # fmt: skip


def pairs() -> Iterator[tuple[str, str, str]]:
    """Every pair that can happen, with what must come of it."""
    for fault, row in MATRIX.items():
        for column, expected in zip(COLUMNS, row.expected, strict=True):
            if expected != NEVER:
                yield fault, column, expected


@asynccontextmanager
async def room_in(fault: str, column: str, folder: Path) -> AsyncIterator[tuple[Channel, Parcel]]:
    """The room of this column with that fault before it."""
    row = MATRIX[fault]
    if column == "gammu":
        async with modem(folder) as channel:
            yield channel, texted()
    elif column == "email":
        assert row.smtp is not None
        async with run_relay(Relay(dict(row.smtp))) as relay, relays.lane_to(relay) as channel:
            yield channel, mailed()
    else:
        assert row.http is not None
        async with serve(on_posts(row.http(column))) as sink, lane_to(column, sink.url) as (channel, parcel):
            yield channel, parcel


@asynccontextmanager
async def modem(spool: Path) -> AsyncIterator[gammu.GammuChannel]:
    """A spool with its four folders."""
    for folder in gammu.FOLDERS:
        (spool / folder).mkdir()
    lane = LaneSettings("modem", Kind.SMS, "gammu", Network.PRACTICE, str(spool), 1, sender="+33639980003")
    async with gammu.open_channel(lane) as channel:
        yield channel


@pytest.mark.parametrize(("fault", "column", "expected"), list(pairs()))
async def test_each_fault_in_each_room(fault: str, column: str, expected: str, tmp_path: Path) -> None:
    async with room_in(fault, column, tmp_path) as (channel, parcel):
        assert called(await channel.send(parcel)) == expected


@pytest.mark.parametrize("column", [*HTTP, "email"])
async def test_where_nobody_listens_nothing_was_sent(column: str) -> None:
    with sinks.closed_port() as url:
        async with connected(column, url) as (channel, parcel):
            assert called(await channel.send(parcel)) == UNSENT


@pytest.mark.parametrize("column", [*HTTP, "email"])
async def test_where_names_fail_nothing_was_sent(column: str) -> None:
    async with connected(column, "http://gateway.invalid:8080") as (channel, parcel):
        assert called(await channel.send(parcel)) == UNSENT


@pytest.mark.parametrize("column", [*HTTP, "email"])
async def test_to_a_stranger_with_a_certificate_nothing_is_sent(column: str, tmp_path: Path) -> None:
    context, _ = own_certificate(tmp_path)
    if column == "email":
        relay = Relay(offers=("STARTTLS",), tls=context)
        async with run_relay(relay), relays.lane_to(relay, starttls="required") as post:
            assert called(await post.send(mailed())) == AWAY
        assert relay.letters == []
        return
    async with (
        serve(on_posts(answering(200, SOUND[column])), tls=context) as sink,
        lane_to(column, sink.url) as (channel, parcel),
    ):
        assert called(await channel.send(parcel)) == AWAY
    assert sink.requests == []


@asynccontextmanager
async def connected(column: str, url: str) -> AsyncIterator[tuple[Channel, Parcel]]:
    """The room of this column, pointed at an address."""
    if column == "email":
        async with relays.lane_to(url.removeprefix("http://")) as channel:
            yield channel, mailed()
    else:
        async with lane_to(column, url) as (channel, parcel):
            yield channel, parcel


async def test_what_a_spool_can_do_to_us(tmp_path: Path) -> None:
    """A full disk stands in ``test_gammu``, where the limit that makes it can be set."""
    async with modem(tmp_path) as channel:
        parcel = texted()
        assert [called(await channel.send(parcel)) for _ in range(3)] == [TAKEN] * 3
        assert len(list((tmp_path / gammu.OUTBOX).iterdir())) == 1
        assert called(await channel.send(replace(parcel, words=Words("")))) == BAD
        assert called(await channel.send(replace(parcel, address=Address(Kind.SMS, "nobody")))) == GONE
        shutil.rmtree(tmp_path / gammu.OUTBOX)
        assert called(await channel.send(replace(parcel, ref="2"))) == AWAY
