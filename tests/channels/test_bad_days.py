"""Whatever a provider or a network does, a room says which of five things happened, and never that a lost message was sent."""

import asyncio
import base64
import gzip
import json
import resource
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.channels.contract import CALL_DEADLINE
from notifier.channels.wire import Answer, open_wire, parse_json, read_wait, sketch
from notifier.domain.delivery import Accepted, Deferred, NotSent, Outcome, Unsure
from notifier.domain.errors import LaneMisset
from tests.channels import sinks
from tests.channels.lanes import ANDROID, ROOMS, lane_to
from tests.channels.sinks import Behaviour, answering, serve

NAMES = tuple(ROOMS)
SOUND: dict[str, object] = {
    "telegram": {"ok": True, "result": {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}}},
    "android": {"id": "4611686018427387905", "state": "Pending", "recipients": []},
    "ovh": {"ids": [27814656], "validReceivers": ["+33639980012"], "invalidReceivers": [], "totalCreditsRemoved": 1},
    "kannel": b"0: Accepted for delivery",
}


def on_posts(behave: Behaviour) -> Behaviour:
    """The behaviour for messages; OVHcloud's time, asked before the first, is told soundly."""

    async def choose(request: sinks.Request, writer: asyncio.StreamWriter) -> bool | None:
        return await (answering(200, 1_790_000_000) if request.path == "/auth/time" else behave)(request, writer)

    return choose


async def send_to(name: str, behave: Behaviour) -> tuple[Outcome, sinks.Sink]:
    """One parcel to a sink of this behaviour."""
    async with serve(on_posts(behave)) as sink, lane_to(name, sink.url) as (channel, parcel):
        return await channel.send(parcel), sink


@pytest.mark.parametrize("name", NAMES)
async def test_a_sound_answer_is_accepted(name: str) -> None:
    outcome, _ = await send_to(name, answering(200, SOUND[name]))
    ids = {"telegram": "7", "android": "4611686018427387905", "ovh": "27814656", "kannel": None}
    assert outcome == Accepted(ids[name])


@pytest.mark.parametrize("name", NAMES)
async def test_the_content_type_of_a_sound_answer_does_not_matter(name: str) -> None:
    outcome, _ = await send_to(name, answering(200, SOUND[name], kind="text/html"))
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "behave",
    [sinks.cut, sinks.cut_midway, sinks.speak_garbage, sinks.flood, sinks.swell_headers],
    ids=lambda behave: behave.__name__,
)
async def test_what_may_have_been_taken_is_unsure(name: str, behave: Behaviour) -> None:
    outcome, sink = await send_to(name, behave)
    assert isinstance(outcome, Unsure)
    assert sum(request.path != "/auth/time" for request in sink.requests) == 1  # one attempt, one copy


GARBAGE = {
    "empty": b"",
    "web page": b"<html><body>Bienvenue sur le Wi-Fi</body></html>",
    "half": b'{"ok":true,"result":{"message',
    "not utf-8": b'{"ok":true,"result":"\xff\xfe"}',
    "list": b"[1,2,3]",
    "nest": b"[" * 200_000,
    "endless number": b'{"ids":' + b"9" * 10_000 + b"}",
    "ok false": b'{"ok":false,"id":null,"ids":null}',
    "ok without result": b'{"ok":true}',
    "result of another kind": b'{"ok":true,"result":[],"ids":{},"id":17}',
    "message id of another kind": b'{"ok":true,"result":{"message_id":"7"},"ids":[null],"id":["x"]}',
    "someone else's id": b'{"ok":true,"result":{"message_id":0},"id":"1","ids":[]}',
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
async def test_success_with_a_garbled_body_is_unsure(name: str, body: bytes) -> None:
    outcome, _ = await send_to(name, answering(200, body))
    assert isinstance(outcome, Unsure)


@pytest.mark.parametrize("name", NAMES)
async def test_a_compressed_answer_is_not_unpacked(name: str) -> None:
    sound = SOUND[name]
    packed = gzip.compress(
        sound if isinstance(sound, bytes) else json.dumps(sound).encode()
    )  # a real one could inflate a thousandfold
    outcome, sink = await send_to(name, answering(200, packed, content_encoding="gzip"))
    assert isinstance(outcome, Unsure)
    assert sink.requests[-1].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [204, 301, 302, 307, 308, 409, 418, 451, 499, 500, 502, 503, 504, 520, 999])
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", b'{"ok":false}'], ids=["empty", "page", "json"])
async def test_a_status_that_no_table_knows_is_unsure(name: str, status: int, body: bytes) -> None:
    outcome, _ = await send_to(name, answering(status, body, location="/elsewhere"))
    assert isinstance(outcome, Accepted if (name, status) == ("android", 409) else Unsure)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_web_page_in_between_condemns_nobody(name: str, status: int) -> None:
    outcome, _ = await send_to(name, answering(status, b"<html>chat not found, sender, receiver, phone</html>", kind="text/html"))
    # Where there is no smsbox there was no message either; whose fault that is, the others cannot tell.
    assert isinstance(outcome, NotSent if (name, status) == ("kannel", 404) else Unsure)


@pytest.mark.parametrize("name", NAMES)
async def test_a_redirect_is_never_followed(name: str) -> None:
    async with serve(answering(200, SOUND[name])) as elsewhere:
        outcome, sink = await send_to(name, answering(307, b"", location=f"{elsewhere.url}/messages"))
    assert isinstance(outcome, Unsure)
    assert [len(elsewhere.requests), sum(request.path != "/auth/time" for request in sink.requests)] == [0, 1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("header", "seconds"), [("17", 17), ("0", 1), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("9" * 30, None)])
async def test_too_many_requests_defers_the_whole_lane(name: str, header: str, seconds: int | None) -> None:
    outcome, _ = await send_to(name, answering(429, b"slow down", retry_after=header))
    assert isinstance(outcome, Deferred)
    assert outcome.whole_lane
    assert seconds is None or outcome.wait.total_seconds() == seconds
    assert outcome.wait.total_seconds() >= 1


@pytest.mark.parametrize("name", NAMES)
async def test_a_refused_connection_is_certainly_not_sent(name: str) -> None:
    with sinks.closed_port() as address:
        async with lane_to(name, address) as (channel, parcel):
            assert isinstance(await channel.send(parcel), NotSent)


@pytest.mark.parametrize("name", NAMES)
async def test_the_pace_is_told_when_a_message_leaves_and_not_while_it_waits_for_a_connection(name: str) -> None:
    left: list[int] = []
    async with serve(on_posts(answering(200, SOUND[name]))) as sink, lane_to(name, sink.url) as (channel, parcel):
        await channel.send(replace(parcel, leaving=lambda: left.append(len(sink.requests))))
    assert left == [len(sink.requests) - 1], "just before the request that holds it"
    with sinks.closed_port() as address:
        async with lane_to(name, address) as (channel, parcel):
            await channel.send(replace(parcel, leaving=lambda: left.append(-1)))
    assert -1 not in left


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_does_not_resolve_is_certainly_not_sent(name: str) -> None:
    async with lane_to(name, "http://gateway.invalid") as (channel, parcel):
        outcome = await channel.send(parcel)
    assert isinstance(outcome, NotSent)
    assert outcome.fault is None


@pytest.mark.parametrize("name", NAMES)
async def test_a_certificate_nobody_trusts_is_certainly_not_sent(name: str, tmp_path: Path) -> None:
    context, trusted = sinks.own_certificate(tmp_path)
    async with serve(on_posts(answering(200, SOUND[name])), tls=context) as sink:
        async with lane_to(name, sink.url) as (channel, parcel):
            assert isinstance(await channel.send(parcel), NotSent)
        assert sink.requests == []
        async with lane_to(name, sink.url, ca_file=str(trusted)) as (channel, parcel):
            assert isinstance(await channel.send(parcel), Accepted)


async def test_no_call_outlasts_its_deadline_and_a_handshake_without_end_is_not_sent() -> None:
    loop = asyncio.get_running_loop()

    async def timed(name: str, address: str) -> tuple[Outcome, float]:
        started = loop.time()
        async with lane_to(name, address) as (channel, parcel):
            return await channel.send(parcel), loop.time() - started

    with sinks.deaf_port() as deaf:
        async with (
            serve(on_posts(sinks.say_nothing)) as silent,
            serve(on_posts(sinks.drip)) as slow,
            serve(on_posts(answering(100, b""))) as interim,
            serve(answering(200, {})) as plain,  # speaks no TLS
        ):
            slack = (silent.url, slow.url, interim.url)
            unmet_at = (deaf, plain.url.replace("http:", "https:"))
            late, unmet = await asyncio.gather(
                asyncio.gather(*(timed(name, url) for name in NAMES for url in slack)),
                asyncio.gather(*(timed(name, url) for name in NAMES for url in unmet_at)),
            )
    assert all(isinstance(outcome, Unsure) for outcome, _ in late)
    assert all(isinstance(outcome, NotSent) for outcome, _ in unmet)
    assert max(seconds for _, seconds in [*late, *unmet]) < CALL_DEADLINE.total_seconds()


async def test_a_body_of_a_gigabyte_is_not_kept_in_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await asyncio.gather(*(send_to("telegram", sinks.flood) for _ in range(4)))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


async def test_one_hanging_provider_takes_no_place_of_another() -> None:
    async with (
        serve(sinks.say_nothing) as silent,
        serve(answering(200, SOUND["android"])) as brisk,
        lane_to("telegram", silent.url) as (stuck, tap),
        lane_to("android", brisk.url) as (free, text),
    ):
        stalled = [asyncio.create_task(stuck.send(tap)) for _ in range(8)]
        outcomes = await asyncio.wait_for(asyncio.gather(*(free.send(text) for _ in range(20))), 5)
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)


async def test_a_kept_line_that_the_provider_closed_is_opened_afresh() -> None:
    async def once(request: sinks.Request, writer: asyncio.StreamWriter) -> None:
        await answering(200, SOUND["android"])(request, writer)

    async with serve(once) as sink, lane_to("android", sink.url) as (channel, parcel):
        for _ in range(3):
            assert isinstance(await channel.send(parcel), Accepted)
            await asyncio.sleep(0.05)
    assert sink.connections == 3


@pytest.mark.parametrize("name", NAMES)
async def test_what_a_provider_says_unasked_on_a_kept_line_answers_no_later_message(name: str) -> None:
    lines: list[asyncio.StreamWriter] = []

    async def keep(request: sinks.Request, writer: asyncio.StreamWriter) -> bool | None:
        lines.append(writer)
        return await answering(200, SOUND[name])(request, writer)

    async with serve(on_posts(keep)) as sink, lane_to(name, sink.url) as (channel, parcel):
        assert isinstance(await channel.send(parcel), Accepted)
        asked = len(sink.requests)
        await answering(200, SOUND[name])(sink.requests[-1], lines[-1])
        await asyncio.sleep(0.05)
        assert await channel.send(parcel) == NotSent(detail="unasked")
        assert len(sink.requests) == asked
        assert isinstance(await channel.send(parcel), Accepted)


async def test_connections_are_kept_and_no_more_than_the_window_needs() -> None:
    async with serve(answering(200, SOUND["android"])) as sink, lane_to("android", sink.url) as (channel, parcel):
        for _ in range(5):
            await asyncio.gather(*(channel.send(parcel) for _ in range(ANDROID.window)))
    assert sink.connections <= ANDROID.window


@pytest.mark.parametrize("name", NAMES)
async def test_cancelling_passes_through(name: str) -> None:
    async with serve(on_posts(sinks.say_nothing)) as sink, lane_to(name, sink.url) as (channel, parcel):
        task = asyncio.create_task(channel.send(parcel))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("name", NAMES)
async def test_no_outcome_prints_who_it_was_for(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    _, settings, parcel = ROOMS[name]
    private = [parcel.address.value, parcel.words.text[:30], *settings.secrets.values()]
    told: list[str] = []
    for behave in (sinks.cut, sinks.speak_garbage, answering(200, b"{"), answering(403, {"ok": False, "message": "x"})):
        outcome, _ = await send_to(name, behave)
        told.append(repr(outcome))
    with sinks.closed_port() as address:
        async with lane_to(name, address) as (channel, parcel):
            told.append(repr(await channel.send(parcel)))
    assert [word for word in private if any(word in line for line in [*told, *caplog.messages])] == []


async def test_an_address_that_is_none_is_not_sent_rather_than_raised() -> None:
    async with open_wire(ANDROID) as wire:
        for url in ("http://", "nonsense", "http://[::1", "http://exa mple/", "http://127.0.0.1:99999/", "ftp://127.0.0.1/"):
            assert not isinstance(await wire.call("POST", url, body=b"x"), Answer)


async def test_a_name_and_a_password_before_the_host_are_sent_as_such() -> None:
    async with serve(answering(200, b"")) as sink, open_wire(ANDROID) as wire:
        answer = await wire.call("GET", f"{sink.url.replace('://', '://gate:open@')}/path?query=1")
    assert isinstance(answer, Answer)
    [asked] = sink.requests
    assert asked.path == "/path"
    assert asked.headers["authorization"] == f"Basic {base64.b64encode(b'gate:open').decode()}"


@pytest.mark.parametrize("url", ["http://{}/a b", "http://{}/a\r\nx: y", "ftp://{}/", "{}/x"])
async def test_an_address_that_would_be_two_lines_or_another_protocol_is_not_sent(url: str) -> None:
    async with serve(answering(200, b"")) as sink, open_wire(ANDROID) as wire:
        assert isinstance(await wire.call("GET", url.format(sink.url.removeprefix("http://"))), NotSent)
    assert not sink.requests


async def test_a_header_that_would_be_two_is_not_sent() -> None:
    async with serve(answering(200, b"")) as sink, open_wire(ANDROID) as wire:
        assert isinstance(await wire.call("GET", sink.url, headers={"x": "a\r\ny: b"}), NotSent)
    assert not sink.requests


async def test_a_certificate_file_that_cannot_be_read_is_a_setting_at_fault(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pem", tmp_path):
        lane = replace(ANDROID, options={"ca_file": str(path)})
        with pytest.raises(LaneMisset) as refused:
            async with open_wire(lane):
                pass
        assert refused.value.code == "ca_file"


@pytest.mark.parametrize(
    ("asked", "seconds"), [(5, 5), ("5", 5), (0, 1), (-3, 9), (True, 9), (None, 9), ("soon", 9), (10**9, 9), (10**8, 86_400)]
)
def test_a_wait_is_between_a_second_and_a_day(asked: object, seconds: int) -> None:
    usual = read_wait("9", CALL_DEADLINE)
    assert read_wait(asked, usual).total_seconds() == seconds


def test_of_a_strange_answer_only_words_that_are_nobodys_are_kept() -> None:
    page = b"<html><title>502 Bad Gateway</title>nginx: +33639980012 Alla Marchand, alla@kerlic.example, code K7M4</html>"
    assert sketch(page) == "<html><title>_ bad gateway</title>nginx: +_, _@_._, code _</html>"
    assert sketch(b'{"ok":false,"result":{"chat":{"first_name":"Alla"},"text":"Passez au papier"') == (
        '{"ok":false,"result":{"_":{"_":"_"},"_":"_"'
    )
    assert sketch("Ménez Björn, 06\u202f39 98-00.12 ¹²³ 😀\0\x1b[2J".encode()) == "_, _-_._ [_"
    assert sketch(b"x" * 2048 + b" Bad Gateway") == "_"
    assert sketch("06 39 98 00 12 Alla".encode("utf-16")) == "_"
    assert sketch(b"gateway " * 300) == ("gateway " * 256).strip(), "2 KB of it"


def test_no_body_makes_the_parser_raise() -> None:
    assert [parse_json(body) for body in (b"\xff", b"", b"{", b"[" * 100_000, b"1" * 5000)] == [None] * 5
