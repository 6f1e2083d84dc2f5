"""Somebody inside turns our calls, our clock or our packages against us (threat 15): nothing leads inwards, nothing goes back."""

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from notifier.channels import email
from notifier.channels.hosts import KnownHosts, leads_inward
from notifier.clock import Clock
from notifier.desk.incidents import open_incident
from notifier.domain.delivery import NotSent, Outcome
from notifier.domain.errors import ClockBehind, LaneMisset
from notifier.domain.lane import Network
from notifier.domain.people import Channel as Kind
from notifier.settings import read_settings
from notifier.wiring import open_house
from tests.channels.lanes import ROOMS, lane_to
from tests.channels.sinks import answering, serve
from tests.desk.house import OPERATOR
from tests.house.tree import ROOT

# Where no provider ever is, however it is spelled: this link, a cloud's metadata, nobody, everybody.
NEVER = (
    "169.254.169.254", "169.254.169.254.", "2852039166", "0xa9fea9fe", "0xA9FEA9FE", "025177524776", "0251.0376.0251.0376",
    "0xa9.0xfe.0xa9.0xfe", "169.254.43518", "169.0xfea9fe", "169.16689662", "0251.254.169.254", "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]", "[0:0:0:0:0:ffff:a9fe:a9fe]", "[::169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]",
    "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "0", "0.0.0.0", "0.0.0.1",  # noqa: S104 - nobody listens there
    "[::]", "255.255.255.255", "240.0.0.1",
    "224.0.0.1", "[ff02::1]", "①⑥⑨.②⑤④.①⑥⑨.②⑤④", "１６９.２５４.１６９.２５４", "api.example.org@169.254.169.254",
    "x:y@169.254.169.254", "169.254.169.254:80", "169.254.169.254#api.example.org", "169.254.169.254?api.example.org",
)  # fmt: skip
# Where none is that serves everybody: this machine under an odd name, and private networks.
PRIVATE = (
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.2", "127.255.255.254",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.1", "10.1", "167772161", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "192.168.257", "0xc0a80101", "3232235777", "100.64.0.1", "[fc00::1]", "[fd12:3456:789a::1]", "[::ffff:10.0.0.1]",
    "[::ffff:c0a8:101]", "[2002:c0a8:101::]", "[64:ff9b::a00:1]", "198.18.0.1", "192.0.2.1", "203.0.113.9", "[2001:db8::1]",
    "api.example.org@10.0.0.1",
)  # fmt: skip
PUBLIC, OWN = ("telegram", "ovh"), ("android", "kannel")
SPELLINGS = [*((name, host) for name in PUBLIC for host in (*NEVER, *PRIVATE)), *((name, host) for name in OWN for host in NEVER)]


class Wiretap:
    """Every connection that this process tries to make, by Python's own audit; a hook can never be taken away."""

    def __init__(self) -> None:
        self.listening = False
        self.heard: list[object] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: Sequence[object]) -> None:
        if self.listening and event == "socket.connect":
            self.heard.append(arguments[1])


_TAP: list[Wiretap] = []


@pytest.fixture
def tap() -> Iterator[Wiretap]:
    """One for all tests of a process, silent between them."""
    if not _TAP:
        _TAP.append(Wiretap())
    tap = _TAP[0]
    tap.heard.clear()
    tap.listening = True
    yield tap
    tap.listening = False


async def _try(name: str, host: str) -> Outcome | None:
    """What comes of a call by a live lane with this address; None where the lane is refused at once."""
    room, settings, parcel = ROOMS[name]
    live = replace(settings, network=Network.LIVE, address=f"https://{host}")
    try:
        async with room.open_channel(live) as channel:
            return await channel.send(parcel)
    except LaneMisset as misset:
        if misset.code != "address_inward":
            raise
        return None


@pytest.mark.parametrize(("name", "host"), SPELLINGS)
async def test_threat_15_no_spelling_of_an_inward_address_is_ever_called(name: str, host: str, tap: Wiretap) -> None:
    outcome = await _try(name, host)
    assert outcome is None or isinstance(outcome, NotSent)
    assert tap.heard == []


def test_threat_15_there_are_enough_spellings() -> None:
    assert len({*NEVER, *PRIVATE}) >= 60


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "0.0.0.1"])
def test_threat_15_a_relay_is_no_other_machine_s_service(host: str) -> None:
    relay = email.Settings("relay", Kind.EMAIL, "email", Network.LIVE, f"{host}:587", 10, sender="alerte@alerte.example")
    with pytest.raises(LaneMisset) as refused:
        email._relay(relay)
    assert refused.value.code == "address_inward"


class _Turning(AbstractResolver):
    """A name server in somebody else's hands: the first answer is good, the others lead inwards."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        place = self._answers.pop(0)
        return [ResolveResult(hostname=host, host=place, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("inward", ["169.254.169.254", "127.0.0.1", "10.0.0.7", "::1", "fe80::1%eth0", "::ffff:10.0.0.7"])
async def test_threat_15_a_name_that_turns_inwards_is_sought_where_it_was(inward: str) -> None:
    hosts = KnownHosts(_Turning("8.8.8.8", inward, inward), lambda place: leads_inward(place, public=True))
    assert [found["host"] for found in await hosts.resolve("api.example.org", 443)] == ["8.8.8.8"]
    assert [found["host"] for found in await hosts.resolve("api.example.org", 443)] == ["8.8.8.8"]
    with pytest.raises(OSError, match="no provider is there"):
        await hosts.resolve("other.example.org", 443)
    await hosts.close()


@pytest.mark.parametrize("name", list(ROOMS))
async def test_threat_15_a_redirect_inwards_is_not_followed(name: str) -> None:
    async with serve(answering(200, {"ok": True})) as inside, serve(answering(302, b"", location=f"{inside.url}/x")) as outside:
        async with lane_to(name, outside.url) as (channel, parcel):
            await channel.send(parcel)
        assert len(outside.requests) == 1
        assert (inside.connections, inside.requests) == (0, [])


async def test_threat_15_a_clock_that_was_turned_back_starts_nothing(database_url: str, tmp_path: Path) -> None:
    settings = read_settings({"NOTIFIER_HOME": str(tmp_path), "NOTIFIER_DATABASE_URL": database_url}, tmp_path)
    async with open_house(settings, Clock()) as house:
        await open_incident(house.desk, OPERATOR, "HGX1", [], exercise=False)
    now = datetime.now(UTC)
    with pytest.raises(ClockBehind):
        async with open_house(settings, Clock(started=now - timedelta(days=1))):
            pass
    async with open_house(settings, Clock(started=now + timedelta(days=1))) as house:
        assert house.desk.clock.now() > now


def test_threat_15_every_package_is_known_by_its_hash_and_comes_from_no_place_of_its_own() -> None:
    for name in ("requirements.lock", "benchmarks/peers.lock"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        assert len(lines) > 20
        for line in lines:
            assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+ ", line), line
            assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", line), line
            assert "://" not in line.partition("#")[0]


def test_threat_15_nothing_is_installed_but_by_its_hash() -> None:
    for name in ("Dockerfile", "Makefile", ".ci/run"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        for command in re.findall(r"pip (?:install|wheel|download)\b.*", text):
            assert "--require-hashes" in command or "--no-index" in command, f"{name}: {command}"


def test_threat_15_the_container_can_do_little() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"^USER (\S+)$", image, re.MULTILINE)[-1] not in ("0", "root")
    assert not re.search(r"^(ADD|ARG|ENV) .*(https?:|TOKEN|PASSWORD|SECRET)", image, re.MULTILINE)
    assert "curl" not in image
    service = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for line in ("read_only: true", "cap_drop: [ALL]", 'security_opt: ["no-new-privileges:true"]', '"127.0.0.1:8080:8080"'):
        assert line in service
    for word in ("privileged", "network_mode", "docker.sock", "cap_add", "pid: host"):
        assert word not in service
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not any("@" in dependency for dependency in project["dependencies"])
