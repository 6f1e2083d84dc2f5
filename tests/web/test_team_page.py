"""Whoever speaks for a service ticks those he has seen: looking changes nothing, and nobody has answered by it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.desk.alerting import stop_alert
from notifier.desk.showing import show_board
from notifier.domain.board import ServiceLine, Standing
from notifier.domain.headcount import Headcount, TeamCount
from tests.conftest import sqlite_url
from tests.desk.house import ALLA, BORIS, OPERATOR, RELAY, Member, Ward, open_ward
from tests.desk.test_counting import HANA, SILENT
from tests.web.face import Seen, Visitor, count_answers, everything, link_of, visiting
from tests.web.test_answer_page import LIGHT

POST = replace(RELAY, mail="bloc@example.org")


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Hana, Ilan and Alla, who answers for them, are on duty in theatre; Boris is not."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS, HANA, SILENT, POST])
    await opened.send("roll-call", to="service:BLOC", avant="23h20")
    yield opened
    await opened.desk.store.close()


@pytest.fixture
async def visitor(ward: Ward) -> AsyncIterator[Visitor]:
    """Somebody with a browser."""
    async with visiting(ward) as opened:
        yield opened


async def _team_link(ward: Ward, name: str = "Relais bloc") -> str:
    return f"{await link_of(ward, name)}/team"


def _refs(page: str) -> dict[str, str]:
    found: list[tuple[str, str]] = re.findall(r'name="seen" value="(\d+)"> ([^<]+)</label>', page)
    return {name: ref for ref, name in found}


async def _tick(visitor: Visitor, link: str, *names: str, **more: str) -> Seen:
    page = await visitor.get(link)
    form = [("seal", page.seal), *(("seen", _refs(page.text)[name]) for name in names), *more.items()]
    return await visitor.ask("POST", link, "&".join(f"{name}={value}" for name, value in form).encode())


async def _line(ward: Ward) -> ServiceLine:
    return (await show_board(ward.desk, OPERATOR, "HGX1-01")).board.clinics[0].services[0]


async def _counted(ward: Ward) -> Headcount:
    counted = (await _line(ward)).headcount
    assert counted is not None
    return counted


async def test_the_page_shows_those_on_duty_with_none_ticked_and_looking_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    link, before = await _team_link(ward), await everything(ward)
    assert f'href="{link.split("/")[2]}/team"' in (await visitor.get(link.removesuffix("/team"))).text
    page = [await visitor.get(link) for _ in range(3)][-1]
    assert list(_refs(page.text)) == ["Alla L.", "Hana L.", "Ilan L."]
    assert "checked" not in page.text.partition("</style>")[2]
    assert "LE GOFF" not in page.text
    assert page.octets <= LIGHT
    await visitor.ask("HEAD", link)
    await visitor.get(f"{link}?seen=1&trouble=x&seal=1")
    assert await everything(ward) == before


async def test_names_ticked_were_seen_and_nobody_has_answered(ward: Ward, visitor: Visitor) -> None:
    done = await _tick(visitor, await _team_link(ward), "Hana L.", "Alla L.")
    assert done.status == 200
    assert "Bien reçu à 22:45\u00a0: 2 vus sur 3" in done.text
    counted = await _counted(ward)
    assert (counted.said, counted.source, counted.unseen) == (TeamCount(2, 3), "web", ("Ilan L.",))
    line = await _line(ward)
    assert (line.standing, line.unheard, line.tally.answers) == (Standing.DONE, False, 0)
    assert await count_answers(ward) == 0
    ward.clock.pass_time(minutes=2)
    page = await visitor.get(await _team_link(ward, "Alla"))
    assert "Dernier pointage\u00a0: 2/3 (Relais bloc L., à 22:45)" in page.text
    await _tick(visitor, await _team_link(ward, "Alla"), "Ilan L.", trouble="x")
    corrected = await _counted(ward)
    assert (corrected.said, corrected.unseen) == (TeamCount(1, 3, trouble=True), ("Alla L.", "Hana L."))
    assert (await _line(ward)).standing is Standing.TROUBLE


async def test_a_form_without_a_name_of_the_team_or_without_our_seal_changes_nothing(ward: Ward, visitor: Visitor) -> None:
    link, before = await _team_link(ward), await everything(ward)
    seal, ref = (await visitor.get(link)).seal, next(iter(_refs((await visitor.get(link)).text).values()))
    other = (await visitor.get(link.removesuffix("/team") + "?change")).seal
    boris = str((await ward.recipient("Boris"))["id"])
    bodies = [f"seal={seal}", f"seal={seal}&trouble=x", f"seal={seal}&seen={boris}", f"seal={seal}&seen={'9' * 5000}"]
    bodies += [f"seen={ref}", f"seal={other}&seen={ref}", f"seal={seal}&seen=x&seen=-1", "é", "a=1&" * 500]
    for body in bodies:
        assert (await visitor.ask("POST", link, body.encode())).status == 422, body[:60]
    assert await everything(ward) == before


async def test_only_whoever_speaks_for_the_service_has_such_a_page(ward: Ward, visitor: Visitor) -> None:
    link = await _team_link(ward, "Hana")
    assert "/team" not in (await visitor.get(link.removesuffix("/team"))).text
    assert (await visitor.get(link)).status == 404
    assert (await visitor.get(f"/r/{'x' * 22}/team")).status == 404


async def test_after_the_end_names_are_no_longer_taken(ward: Ward, visitor: Visitor) -> None:
    link = await _team_link(ward)
    page = await visitor.get(link)
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    late = await visitor.ask("POST", link, {"seal": page.seal, "seen": _refs(page.text)["Hana L."]})
    assert "Cette alerte est terminée" in late.text
    assert (await _line(ward)).headcount is None


async def test_a_large_team_is_still_a_light_page(tmp_path: Path) -> None:
    team = [Member(f"Marie-Anne{place}", phone=f"+336399810{place:02}") for place in range(80)]
    ward = await open_ward(sqlite_url(tmp_path), tmp_path, [POST, *team])
    await ward.send("roll-call", to="service:BLOC", avant="23h20")
    async with visiting(ward) as visitor:
        page = await visitor.get(await _team_link(ward))
        assert len(_refs(page.text)) == 80
        assert page.octets <= LIGHT
        done = await _tick(visitor, await _team_link(ward), *_refs(page.text))
        assert "80 vus sur 80" in done.text
    await ward.desk.store.close()
