"""The hospital's own network is dead: no name of it resolves, no number of its exchange rings, and the night goes on without.

A hook of the interpreter (PEP 578) stands where a resolver would: it sees every name that anything in this process looks up and
every host that it connects to, and the hospital's names fail there.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from notifier.desk.alerting import preview_alert
from notifier.desk.importing import import_contacts
from notifier.desk.planning import Order
from tests.journeys.night import ALLA, CAST, CHAT, FIRST, GROUP, Member, Night, open_night
from tests.journeys.reckoning import reckon

HOSPITAL = ("kerlic.hgx.example", "sagess.hgx.example")
EXCHANGE = "+33353010"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
DORA = Member(
    "Dora", on_shift=True, phone="+33353010144", mail="dora@kerlic.hgx.example", hospital_mail="dora@kerlic.hgx.example"
)
EMIL = Member("Emil", on_shift=True, chat=CHAT + 5, mail="emil@mail.kerlic.hgx.example", hospital_mail="emil@kerlic.hgx.example")
POST = Member("Poste", role="RELAIS", phone="+33353010150")


@dataclass(slots=True)
class DeadNetwork:
    """While it is ``down``, names of the hospital do not resolve. It keeps what is ``asked`` for and which hosts are ``met``."""

    down: bool = False
    asked: list[str] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    def hear(self, event: str, facts: tuple[Any, ...]) -> None:
        """One audit event of the interpreter."""
        if not self.down:
            return
        if event in ("socket.getaddrinfo", "socket.gethostbyname") and facts[0]:
            name = facts[0].decode() if isinstance(facts[0], bytes) else str(facts[0])
            self.asked.append(name)
            if name.endswith(HOSPITAL):
                raise socket.gaierror(socket.EAI_NONAME, "the hospital's names do not resolve")
        elif event == "socket.connect" and isinstance(facts[1], tuple):
            self.met.append(str(facts[1][0]))


NETWORK = DeadNetwork()
sys.addaudithook(NETWORK.hear)  # for good, so it listens only while it is down


@pytest.fixture
def dead() -> Iterator[DeadNetwork]:
    """The hospital's network, down for one test."""
    NETWORK.asked.clear()
    NETWORK.met.clear()
    NETWORK.down = True
    yield NETWORK
    NETWORK.down = False


@pytest.fixture
async def night(dead: DeadNetwork, database_url: str, tmp_path: Path) -> AsyncIterator[Night]:
    """22h45 at Kerlic. Dora and a relay post are known by the hospital's own network only, Emil also by his private Telegram."""
    assert dead.down
    async with open_night(database_url, tmp_path, [*CAST, DORA, EMIL, POST]) as opened:
        yield opened
        await reckon(opened)


def sent_in_band(night: Night) -> list[str]:
    """What any gateway was ever given for the hospital's own network."""
    return [e.address for e in night.network.ledger.entries if e.address.endswith(HOSPITAL) or e.address.startswith(EXCHANGE)]


async def test_a_whole_night_needs_no_name_of_the_hospital_and_sends_to_none(dead: DeadNetwork, night: Night) -> None:
    with pytest.raises(socket.gaierror):
        await asyncio.get_running_loop().getaddrinfo("mail.kerlic.hgx.example", 25)
    dead.asked.clear()
    preview = await preview_alert(night.house.desk, night.actor, Order("first-alert", "HGX1", "all", FIRST))
    assert {person.given_name: cause for person, cause in preview.unreachable} == {"Dora": "in_band", "Poste": "in_band"}
    first = await night.send("first-alert")
    assert sorted(night.rang()) == ["Alla sms", "Alla telegram", "Boris telegram", "Emil telegram", "Relais sms"]
    paper = await night.send("paper-bloc", "", {"avant": "23h10"})
    await night.press("Alla", "C’est fait")
    roll = await night.send("roll-call", "", {"avant": "23h40"})
    await night.pass_time(hours=2)
    for code in (first, paper, roll):
        not_reached, _ = await night.lists(code)
        assert not_reached == {"Dora": "no_channel", "Poste": "no_channel"}, code
    assert night.owners() == {"Alla", "Boris", "Emil", "Relais"}
    assert sent_in_band(night) == []
    assert [name for name in dead.asked if name.endswith(HOSPITAL)] == [], "nobody even asked for a name of the hospital"
    assert set(dead.met) <= set(LOOPBACK)


async def test_an_address_that_turns_out_to_be_the_hospital_s_is_passed_over_in_the_middle_of_a_ladder(
    night: Night, tmp_path: Path
) -> None:
    """Alla's letter is the last step of her ladder; before it is due, its domain is found to stand on the hospital's network."""
    code = await night.send("service-report", "responsible on-duty", {"avant": "23h40"})
    assert night.rang() == ["Alla telegram"]
    group = tmp_path / "group.toml"
    group.write_text(GROUP.replace('"kerlic.hgx.example"', '"kerlic.hgx.example", "example.org"'), encoding="utf-8")
    await import_contacts(night.house.desk, night.actor, [group])
    await night.pass_time(hours=1)
    assert night.rang() == ["Alla sms"], "no letter"
    assert night.network.ledger.of("email", str(ALLA.mail)) == []
    assert await night.lists(code) == ({}, ["Alla"])
