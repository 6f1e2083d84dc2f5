"""gammu-smsd by its spool: on our side files and names, on the other the real daemon with its dummy modem."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.channels.contract import Forged, Heard, Hook, Parcel
from notifier.channels.sms import gammu
from notifier.domain.delivery import Accepted, Evidence, LaneFault, NotSent, Refused, RefusedFor
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneSettings, Network
from notifier.domain.message import Words
from notifier.domain.people import Address
from notifier.domain.people import Channel as Kind
from tests.channels.services import running, until
from tests.needs import need_program

LANE = LaneSettings("modem", Kind.SMS, "gammu", Network.PRACTICE, "", 0.2, sender="+33639980003", window=1)
REF = "4611686018427387905"
TEXT = "RÉEL HGX1-03 Belair BLOC 04/10 22h55. Continuez [€]. Avant 23h10: 1=fait 2=souci. Code K7M4"


def texted(text: str = TEXT, ref: str = REF, **changes: object) -> Parcel:
    """Alla's SMS."""
    parcel = Parcel(ref, Address(Kind.SMS, "+33639980012"), Words(text), timedelta(minutes=30))
    return replace(parcel, **changes)  # type: ignore[arg-type]  # a test names the fields that it changes


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """The four folders."""
    for folder in gammu.FOLDERS:
        (tmp_path / folder).mkdir()
    return tmp_path


@asynccontextmanager
async def lane_to(spool: Path) -> AsyncIterator[gammu.GammuChannel]:
    """The room's channel on this spool."""
    async with gammu.open_channel(replace(LANE, address=str(spool))) as channel:
        yield channel


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


async def hear(channel: gammu.GammuChannel, enough: int, patience: float = 15.0) -> list[Heard]:
    """What the folders bring, until that many receipts and texts have come."""
    found: list[Heard] = []
    async with aclosing(channel.listen()) as listening, asyncio.timeout(patience):  # type: ignore[type-var]
        async for heard in listening:
            found.append(heard)
            if sum(len(one.reports) + len(one.texts) for one in found) >= enough:
                await anext_soon(listening)
                return found
    return found


async def anext_soon(listening: AsyncIterator[Heard]) -> None:
    """Ask for the next once, so that what came counts as taken in."""
    pending = asyncio.ensure_future(anext(listening))
    await asyncio.sleep(0.2)
    pending.cancel()
    await asyncio.gather(pending, return_exceptions=True)


async def test_a_message_becomes_one_whole_file(spool: Path) -> None:
    async with lane_to(spool) as channel:
        assert await channel.send(texted(urgent=True)) == Accepted(REF)
        assert channel.facts.takes_our_id
        assert await channel.credit() is None
    (name,) = names(spool / "outbox")
    assert name.startswith("OUTA")
    assert name.endswith(f"_00_+33639980012_n{REF}.txt")
    assert len(name) < 100
    octets = (spool / "outbox" / name).read_bytes()
    assert octets.startswith(b"\xfe\xff")
    assert octets[2:].decode("utf-16-be") == TEXT


@pytest.mark.parametrize("folder", ["outbox", "sent"])
async def test_a_repeat_finds_the_first_wherever_it_stands(spool: Path, folder: str) -> None:
    async with lane_to(spool) as channel:
        await channel.send(texted())
        (name,) = names(spool / "outbox")
        (spool / "outbox" / name).rename(spool / folder / name)
        assert await channel.send(texted(life=timedelta(minutes=29))) == Accepted(REF)
        assert await channel.send(texted(ref=REF[:-1])) == Accepted(REF[:-1])  # its beginning is another's reference
    everywhere = [*names(spool / "outbox"), *names(spool / "sent")]
    assert len([found for found in everywhere if f"_n{REF}." in found]) == 1
    assert len(everywhere) == 2


async def test_what_the_daemon_gave_up_is_tried_anew(spool: Path) -> None:
    async with lane_to(spool) as channel:
        await channel.send(texted())
        (name,) = names(spool / "outbox")
        (spool / "outbox" / name).rename(spool / "error" / name)
        assert await channel.send(texted()) == Accepted(REF)
    assert len(names(spool / "outbox")) == 1
    assert names(spool / "error") == []


async def test_the_most_urgent_goes_first(spool: Path) -> None:
    async with lane_to(spool) as channel:
        await channel.send(texted(ref="1", life=timedelta(hours=3)))
        await channel.send(texted(ref="2", life=timedelta(minutes=20)))
        await channel.send(texted(ref="3", life=timedelta(hours=5), urgent=True))
    assert [name.partition("_n")[2] for name in names(spool / "outbox")] == ["3.txt", "2.txt", "1.txt"]


async def test_expired_words_are_withdrawn_from_a_sleeping_modem(spool: Path) -> None:
    async with lane_to(spool) as channel:
        await channel.send(texted(life=timedelta(seconds=1)))
        await channel.send(texted(ref="7"))
        found = await hear(channel, 1)
    assert [(report.our_id, report.evidence) for heard in found for report in heard.reports] == [(REF, Evidence.UNDELIVERED)]
    assert [name.partition("_n")[2] for name in names(spool / "outbox")] == ["7.txt"]


async def test_a_missing_spool_faults_the_lane_and_not_the_person(spool: Path) -> None:
    async with lane_to(spool) as channel:
        (spool / "outbox").rmdir()
        assert await channel.send(texted()) == NotSent(LaneFault.UNREACHABLE, "spool_missing")
        (spool / "outbox").write_text("not a folder")
        assert await channel.send(texted()) == NotSent(LaneFault.UNREACHABLE, "spool_missing")


async def test_a_full_disk_is_certainly_not_sent_and_leaves_nothing(spool: Path) -> None:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with lane_to(spool) as channel:
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, usual[1]))  # the kernel's own refusal to write on (EFBIG)
        try:
            outcome = await channel.send(texted())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, usual)
        assert outcome == NotSent(LaneFault.UNREACHABLE, "spool EFBIG")
        assert list((spool / "outbox").iterdir()) == []
        assert await channel.send(texted()) == Accepted(REF)


@pytest.mark.parametrize(
    ("parcel", "expected"),
    [
        (texted(address=Address(Kind.SMS, "../../x")), Refused(RefusedFor.BAD_ADDRESS, True, "number")),
        (texted(ref="../x"), Refused(RefusedFor.BAD_ADDRESS, True, "number")),
        (texted(""), Refused(RefusedFor.BAD_CONTENT, detail="length")),
        (texted("a" * 2000), Refused(RefusedFor.BAD_CONTENT, detail="length")),
        (texted("\ud83d"), Refused(RefusedFor.BAD_CONTENT, detail="character")),
    ],
)
async def test_what_no_file_can_hold_is_refused(spool: Path, parcel: Parcel, expected: Refused) -> None:
    async with lane_to(spool) as channel:
        assert await channel.send(parcel) == expected
    assert names(spool / "outbox") == []


async def test_a_text_in_parts_is_one_text_and_is_read_once(spool: Path) -> None:
    parts = {"00": "1 souci, il ", "01": "manque des IDE"}
    for part, text in parts.items():
        path = spool / "inbox" / f"IN20261004_224500_00_+33639980012_{part}.txt"
        path.write_bytes(b"\xfe\xff" + text.encode("utf-16-be") + b"\x00\x00")
    (spool / "inbox" / "IN20261004_224501_00_+33639980013_00.txt").write_bytes("2 é".encode())
    (spool / "inbox" / "unknown.txt").write_text("not a text")
    async with lane_to(spool) as channel:
        found = await hear(channel, 2)
        texts = [text for heard in found for text in heard.texts]
        assert [(text.sender, text.text) for text in texts] == [
            ("+33639980012", "1 souci, il manque des IDE"),
            ("+33639980013", "2 é"),
        ]
        assert len({text.event_id for text in texts}) == 2
    assert names(spool / "inbox") == ["unknown.txt"]
    assert len(names(spool / "inbox" / "read")) == 3


async def test_what_cannot_be_read_keeps_no_other_text_from_being_heard(spool: Path) -> None:
    (spool / "inbox" / "IN20261004_224500_00_+33639980011_00.txt").mkdir()
    (spool / "inbox" / "IN20261004_224501_00_+33639980013_00.txt").write_bytes(b"2")
    async with lane_to(spool) as channel:
        found = await hear(channel, 1)
    assert [text.sender for heard in found for text in heard.texts] == ["+33639980013"]


async def test_old_files_of_another_life_are_no_receipts(spool: Path) -> None:
    (spool / "sent" / "OUTA20200101_000000_00_+33639980012_n12.txt").write_bytes(b"")
    (spool / "sent" / "OUTA99999999_999999_00_+33639980012_n13.txt").write_bytes(b"")
    (spool / "sent" / "OUT+33639980012.txt").write_bytes(b"")
    async with lane_to(spool) as channel:
        found = await hear(channel, 1)
    assert [report.our_id for heard in found for report in heard.reports] == ["13"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(max_size=80))
def test_any_octets_in_the_inbox_are_text(octets: bytes) -> None:
    gammu._decode(octets).encode("utf-8")


@pytest.mark.parametrize("missing", gammu.FOLDERS)
async def test_a_spool_without_its_folders_is_named_at_the_start(spool: Path, missing: str) -> None:
    (spool / missing).rmdir()
    with pytest.raises(LaneMisset) as refused:
        async with lane_to(spool):
            pass
    assert (refused.value.code, refused.value.facts) == ("spool_missing", (("path", str(spool / missing)),))


def test_nobody_calls_for_gammu() -> None:
    with pytest.raises(Forged):
        gammu.read_report(LANE, Hook("POST", "/hooks/modem", {}, {}, b""))


SMSDRC = """\
[gammu]
model = dummy
connection = none
port = {folder}/modem
gammuloc = /dev/null
logformat = textall

[smsd]
service = files
inboxpath = {folder}/inbox/
outboxpath = {folder}/outbox/
sentsmspath = {folder}/sent/
errorsmspath = {folder}/error/
inboxformat = unicode
transmitformat = auto
logfile = {folder}/smsd.log
debuglevel = 255
commtimeout = 1
receivefrequency = 1
statusfrequency = 0
loopsleep = 1
checksecurity = 0
checkbattery = 0
checksignal = 0
"""


def stored_text(text: str, number: str) -> str:
    """A text as the dummy modem keeps it: gammu's own backup format."""
    octets = text.encode("utf-16-be").hex().upper()
    lines = ["[SMSBackup000]", "PDU = Deliver", "DateTime = 20261004T224500", "State = UnRead"]
    lines += [f'Number = "{number}"', f"NumberUnicode = {number.encode('utf-16-be').hex().upper()}"]
    lines += [f"Text{row:02d} = {octets[row * 200 : row * 200 + 200]}" for row in range(-(-len(octets) // 200))]
    return "\n".join(
        [*lines, f"Coding = {'Default' if text.isascii() else 'Unicode'}", "Folder = 1", f"Length = {len(text)}", ""]
    )


async def test_a_real_daemon_sends_our_file_and_brings_the_answer(spool: Path) -> None:
    program = need_program("gammu-smsd")
    for number in range(1, 6):
        (spool / "modem" / "sms" / str(number)).mkdir(parents=True)
    (spool / "smsdrc").write_text(SMSDRC.format(folder=spool))
    long = TEXT + " Restez joignables et n'appelez pas le standard: une information suivra à 23h30."
    async with lane_to(spool) as channel:
        assert await channel.send(texted()) == Accepted(REF)
        assert await channel.send(texted(long, ref="77")) == Accepted("77")
        before = {name: (spool / "outbox" / name).read_bytes() for name in names(spool / "outbox")}
        (spool / "modem" / "sms" / "1" / "10").write_text(stored_text("1 fait", "+33639980012"))
        (spool / "modem" / "sms" / "1" / "11").write_text(stored_text("arrêt à l'hôpital", "+33639980013"))
        async with running(program, "-c", str(spool / "smsdrc"), log=spool / "out.log"):
            await until(lambda: len(names(spool / "sent")) == 2, "both files sent")
            found = await hear(channel, 4)
        assert await channel.send(texted()) == Accepted(REF)
    assert {name: (spool / "sent" / name).read_bytes() for name in names(spool / "sent")} == before
    reports = {(report.our_id, report.evidence) for heard in found for report in heard.reports}
    assert reports == {(REF, Evidence.SENT), ("77", Evidence.SENT)}
    texts = {(text.sender, text.text) for heard in found for text in heard.texts}
    assert texts == {("+33639980012", "1 fait"), ("+33639980013", "arrêt à l'hôpital")}
    log = (spool / "smsd.log").read_text(encoding="utf-8", errors="replace")
    assert f'Found 1 sms to "+33639980012" with text "{TEXT}"' in log
    assert 'Found 2 sms to "+33639980012"' in log
    assert names(spool / "outbox") == []


def test_a_sender_whose_octets_are_no_text_is_heard_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / gammu.INBOX
    folder.mkdir()
    (folder / os.fsdecode(b"IN20261004_224501_00_Caf\xbd_00.txt")).write_text("1", encoding="utf-8")
    seen = gammu._Seen()
    assert gammu._read_inbox(tmp_path, seen) == (), "it may still be being written"
    [(text, _)] = gammu._read_inbox(tmp_path, seen)
    assert (text.sender, text.text) == ("Caf\ufffd", "1")
    text.event_id.encode()
