"""Kannel, by its table and for real: bearerbox and smsbox from Debian, with an SMSC of our own behind them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urlsplit

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from notifier.channels.contract import Channel, Forged, Heard, Hook, Incoming, Parcel
from notifier.channels.sms import kannel
from notifier.domain.delivery import Accepted, Evidence, LaneFault, NotSent, Outcome, Refused, RefusedFor, Report, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.message import Words
from notifier.domain.people import Address
from notifier.domain.people import Channel as Kind
from tests.channels import sinks
from tests.channels.lanes import shorn
from tests.channels.services import free_ports, listening, running, until
from tests.channels.sinks import Request, Sink, answering, closed_port, serve
from tests.needs import need_program

SECRET = "hook-secret_0123456789"
LANE = LaneSettings(
    "router",
    Kind.SMS,
    "kannel",
    Network.PRACTICE,
    "",
    10,
    sender="+33639980001",
    secrets={"username": "notifier", "password": "p&s=w+rd%", "hook_secret": SECRET},
)
REF = "4611686018427387905"
TEXT = "RÉEL HGX1-03 Belair BLOC 04/10 22h55. Continuez les actes en cours. Avant 23h10: 1=fait 2=souci. Code K7M4"


def texted(text: str = TEXT, **changes: object) -> Parcel:
    """Alla's SMS."""
    parcel = Parcel(REF, Address(Kind.SMS, "+33639980012"), Words(text), timedelta(minutes=30, seconds=59))
    return replace(parcel, **changes)  # type: ignore[arg-type]  # a test names the fields that it changes


@asynccontextmanager
async def lane_to(address: str, **options: str) -> AsyncIterator[Channel]:
    """The room's channel, its lane pointed at this smsbox."""
    async with kannel.open_channel(replace(LANE, address=address, options=options)) as channel:
        yield channel


def plain(status: int, text: str) -> sinks.Behaviour:
    """smsbox's answers are plain text, whatever it calls them."""
    return answering(status, text.encode(), kind="text/html")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (202, "0: Accepted for delivery", Accepted()),
        (202, "3: Queued for later delivery", Accepted()),
        (202, "Sent. Message splits: 2", Accepted()),
        (202, "<html>welcome to the hotel</html>", Unsure("status 202 welcome")),
        (200, "", Unsure("status 200")),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Refused(RefusedFor.BLOCKED, detail="denied")),
        (400, "Empty receiver number not allowed, rejected", Refused(RefusedFor.BAD_ADDRESS, True, "receiver")),
        (400, "Sender missing and no global set, rejected", NotSent(LaneFault.SENDER, "sender")),
        (400, "Charset or body misformed, rejected", Refused(RefusedFor.BAD_CONTENT, detail="misformed")),
        (400, "something new", Unsure("status 400")),
        (403, "Authorization failed for sendsms", NotSent(LaneFault.CREDENTIALS, "403")),
        (403, "Not routable. Do not try again.", Refused(RefusedFor.OTHER, detail="not_routable")),
        (404, "Unknown request", NotSent(LaneFault.UNREACHABLE, "404")),
        (500, "Sending failed.", Unsure("status 500 failed")),
        (503, "Temporal failure, try again later.", NotSent(detail="503")),
        (503, "<html>proxy</html>", Unsure("status 503 proxy")),
        (302, "0: Accepted for delivery", Unsure("status 302 accepted for")),
    ],
)
async def test_each_answer_means_what_the_table_says(status: int, body: str, expected: Outcome) -> None:
    async with serve(plain(status, body)) as sink, lane_to(sink.url) as channel:
        assert shorn(await channel.send(texted())) == shorn(expected)


@pytest.mark.parametrize("behave", [sinks.cut, sinks.cut_midway, sinks.speak_garbage, sinks.flood])
async def test_an_answer_that_does_not_come_whole_is_unsure(behave: sinks.Behaviour) -> None:
    async with serve(behave) as sink, lane_to(sink.url) as channel:
        assert isinstance(await channel.send(texted()), Unsure)


async def test_a_router_that_is_away_is_certainly_not_sent() -> None:
    with closed_port() as url:
        async with lane_to(url) as channel:
            outcome = await channel.send(texted())
    assert isinstance(outcome, NotSent)
    assert outcome.fault is None


async def test_the_request_says_what_kannel_needs() -> None:
    async with serve(plain(202, "0: Accepted for delivery")) as sink:
        async with lane_to(sink.url, hook_url="http://127.0.0.1:8080/hooks/router", smsc="operator") as channel:
            await channel.send(texted(urgent=True))
            assert channel.facts.gives_receipts
            assert channel.facts.takes_ttl
            assert await channel.credit() is None
            assert [heard async for heard in channel.listen()] == []
        async with lane_to(sink.url) as channel:
            await channel.send(texted("arrêt à l'hôpital", life=timedelta(seconds=20)))
            assert not channel.facts.gives_receipts
    first, second = (request.query for request in sink.requests)
    assert sink.requests[0].path == "/cgi-bin/sendsms"
    assert first == {
        "username": "notifier",
        "password": "p&s=w+rd%",
        "to": "+33639980012",
        "from": "+33639980001",
        "text": TEXT,
        "charset": "UTF-8",
        "coding": "0",
        "validity": "30",
        "priority": "3",
        "smsc": "operator",
        "dlr-mask": "27",
        "dlr-url": f"http://127.0.0.1:8080/hooks/router?key={SECRET}&ref={REF}&type=%d&smsc_id=%F",
    }
    assert (second["coding"], second["validity"], second["text"]) == ("2", "1", "arrêt à l'hôpital")
    assert "dlr-url" not in second


async def test_half_a_character_is_refused_here() -> None:
    async with serve(plain(202, "0: Accepted for delivery")) as sink, lane_to(sink.url) as channel:
        assert await channel.send(texted("\ud83d")) == Refused(RefusedFor.BAD_CONTENT, detail="character")
    assert sink.requests == []


@pytest.mark.parametrize(
    ("secrets", "options", "code"),
    [
        ({"username": "u"}, {}, "secret_missing"),
        ({"username": "u", "password": "p"}, {"hook_url": "http://127.0.0.1/hooks/a"}, "secret_missing"),
        ({"username": "u", "password": "p", "hook_secret": "short"}, {"hook_url": "http://127.0.0.1/hooks/a"}, "hook_secret"),
        ({"username": "u", "password": "p", "hook_secret": SECRET}, {"hook_url": "ftp://127.0.0.1"}, "hook_url"),
    ],
)
async def test_settings_that_cannot_work_are_named_at_the_start(
    secrets: dict[str, str], options: dict[str, str], code: str
) -> None:
    with pytest.raises(LaneMisset) as refused:
        async with kannel.open_channel(replace(LANE, secrets=secrets, options=options)):
            pass
    assert refused.value.code == code


def hook_of(query: dict[str, str], body: bytes = b"", content_type: str = "") -> Hook:
    return Hook("GET", "/hooks/router", {"content-type": content_type}, query, body)


@pytest.mark.parametrize(
    ("kind", "evidence"),
    [
        ("1", Evidence.DELIVERED),
        ("2", Evidence.UNDELIVERED),
        ("8", Evidence.SENT),
        ("16", Evidence.UNDELIVERED),
        ("34", Evidence.UNDELIVERED),
        ("66", Evidence.UNDELIVERED),
    ],
)
def test_each_kind_of_receipt_is_read(kind: str, evidence: Evidence) -> None:
    heard = kannel.read_report(LANE, hook_of({"key": SECRET, "ref": REF, "type": kind, "smsc_id": "abc"}))
    assert heard == Heard((Report(evidence, our_id=REF, event_id=f"{REF}:{kind}:abc", detail=kind),))


def test_a_text_is_read_in_the_charset_that_it_names() -> None:
    who = {"key": SECRET, "from": "+33639980012"}
    wide = hook_of({**who, "id": "u1"}, "hôpital €".encode("utf-16-be"), 'text/plain; charset="UTF-16BE"')
    assert kannel.read_report(LANE, wide) == Heard(texts=(Incoming("+33639980012", "hôpital €", "u1"),))
    narrow = hook_of({**who, "id": "u2"}, "1 é".encode(), 'text/plain; charset="UTF-8"')
    assert kannel.read_report(LANE, narrow) == Heard(texts=(Incoming("+33639980012", "1 é", "u2"),))


@pytest.mark.parametrize("query", [{}, {"key": ""}, {"key": SECRET[:-1]}, {"key": "é"}, {"key": "\ud800"}])
def test_a_hook_without_the_secret_is_forged(query: dict[str, str]) -> None:
    with pytest.raises(Forged):
        kannel.read_report(LANE, hook_of({"ref": REF, "type": "1", **query}))
    with pytest.raises(Forged):
        kannel.read_report(replace(LANE, secrets={}), hook_of({"ref": REF, "type": "1", **query}))


@given(
    st.dictionaries(st.sampled_from(["type", "ref", "smsc_id", "from", "id", "text"]), st.text(max_size=30)),
    st.binary(max_size=60),
)
def test_any_shape_of_hook_is_read_or_passed_over(query: dict[str, str], body: bytes) -> None:
    heard = kannel.read_report(
        LANE, Hook("POST", "/hooks/router", {"content-type": "x; charset=UTF-16BE"}, {**query, "key": SECRET}, body)
    )
    assert len(heard.reports) + len(heard.texts) <= 1
    for text in heard.texts:
        text.text.encode()
        assert "\x00" not in text.text + text.sender + text.event_id


CONF = """\
group = core
admin-port = {admin}
admin-interface = "127.0.0.1"
admin-password = practice
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
dlr-storage = internal
log-level = 0
log-file = "{folder}/bearerbox.log"

group = smsc
smsc = http
system-type = kannel
smsc-id = operator
port = {smsc}
connect-allow-ip = 127.0.0.1
send-url = "{operator}/cgi-bin/sendsms"
dlr-url = "http://127.0.0.1:{smsc}/?username=op&password=practice"
smsc-username = op
smsc-password = practice
max-sms-octets = 140

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {push}
sendsms-interface = "127.0.0.1"
global-sender = 38038
log-level = 0
log-file = "{folder}/smsbox.log"

group = sendsms-user
username = notifier
password = "p&s=w+rd%"
max-messages = 3
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
post-url = "{incoming}"
"""


class Router:
    """A running Kannel between our room and an operator of ours."""

    def __init__(self, operator: Sink, hooks: Sink, ports: list[int]) -> None:
        self.operator = operator
        self.hooks = hooks
        self.smsc, self.push = ports[2:]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.push}"

    @property
    def heard(self) -> list[Heard]:
        """What the room reads out of the hooks that came."""
        return [
            kannel.read_report(LANE, Hook(request.method, request.path, request.headers, request.query, request.body))
            for request in self.hooks.requests
        ]

    async def report(self, request: Request, kind: int) -> None:
        """The operator's receipt for a text that it got."""
        await self.get(request.query["dlr-url"].replace("%d", str(kind)))

    async def write(self, text: str, coding: int) -> None:
        """A phone's text to us."""
        query = f"username=op&password=practice&from=%2B33639980012&to=38038&charset=UTF-8&coding={coding}&text={quote(text)}"
        await self.get(f"http://127.0.0.1:{self.smsc}/?{query}")

    async def get(self, url: str) -> None:
        async with aiohttp.ClientSession() as session, session.get(URL(url, encoded=True)) as answer:
            assert answer.status == 202


@asynccontextmanager
async def real_kannel(folder: Path) -> AsyncIterator[Router]:
    """bearerbox and smsbox, connected."""
    bearerbox, smsbox = need_program("bearerbox"), need_program("smsbox")
    ports = free_ports(4)
    async with serve(plain(202, "0: Accepted for delivery")) as operator, serve(plain(200, "")) as hooks:
        lane = replace(LANE, options={"hook_url": f"{hooks.url}/hooks/router"})
        admin, box, smsc, push = ports
        conf = CONF.format(
            folder=folder, admin=admin, box=box, smsc=smsc, push=push, operator=operator.url, incoming=kannel.incoming_url(lane)
        )
        (folder / "kannel.conf").write_text(conf)
        async with running(bearerbox, str(folder / "kannel.conf"), log=folder / "out.log"):
            await listening(box)
            async with running(smsbox, str(folder / "kannel.conf"), log=folder / "out.log"):
                await listening(push)
                await listening(smsc)
                yield Router(operator, hooks, ports)


async def test_a_real_kannel_carries_texts_receipts_and_answers(tmp_path: Path) -> None:
    long = TEXT + " Restez joignables [€] et n'appelez pas le standard: une information suivra."
    async with real_kannel(tmp_path) as router, lane_to(router.url, hook_url=f"{router.hooks.url}/hooks/router") as channel:
        sent = router.operator.requests
        assert await channel.send(texted()) == Accepted()
        assert await channel.send(texted("arrêt à l'hôpital €")) == Accepted()
        assert await channel.send(texted(long, ref="77")) == Accepted()
        await until(lambda: len(sent) == 4, "four parts at the operator")

        # Kannel keeps no order between messages, nor between the parts of one.
        wide = next(request for request in sent if request.query.get("coding") == "2")
        short = next(request for request in sent if request.query["text"] == TEXT)
        parts = [request for request in sent if request not in (wide, short)]
        parts.sort(key=lambda part: not long.startswith(part.query["text"]))
        assert short.query["validity"] in ("29", "30")  # Kannel keeps the end as a time and counts the minutes left
        raw = next(field for field in urlsplit(wide.target).query.split("&") if field.startswith("text="))
        assert unquote_to_bytes(raw.removeprefix("text=").replace("+", " ")).decode("utf-16-be") == "arrêt à l'hôpital €"
        assert "".join(part.query["text"] for part in parts) == long

        await router.report(short, 1)
        await router.report(next(part for part in parts if "dlr-url" in part.query), 2)
        await router.write("1 souci é", 0)
        await router.write("hôpital €", 2)
        expected = {(REF, Evidence.SENT), (REF, Evidence.DELIVERED), ("77", Evidence.SENT), ("77", Evidence.UNDELIVERED)}
        await until(lambda: len(router.hooks.requests) >= 7, "five receipts and two texts")
        await asyncio.sleep(0.1)
    found = [report for heard in router.heard for report in heard.reports]
    assert {(report.our_id, report.evidence) for report in found} == expected
    texts = [text for heard in router.heard for text in heard.texts]
    assert [(text.sender, text.text) for text in texts] == [("+33639980012", "1 souci é"), ("+33639980012", "hôpital €")]
    assert len({text.event_id for text in texts}) == 2


async def test_a_real_kannel_refuses_a_wrong_password(tmp_path: Path) -> None:
    async with real_kannel(tmp_path) as router:
        wrong = replace(LANE, address=router.url, secrets={"username": "notifier", "password": "wrong"})
        async with kannel.open_channel(wrong) as channel:
            assert await channel.send(texted()) == NotSent(LaneFault.CREDENTIALS, "403")
