"""What monitoring asks: it tells the truth about the engine, and nothing about anybody."""

import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from notifier.cli.board import draw, tell_alarm
from notifier.desk.showing import list_alarms, show_board
from notifier.desk.watching import engine_health
from notifier.domain.alarm import LaneDown
from notifier.domain.delivery import Accepted, LaneFault, NotSent
from notifier.domain.errors import PortTaken
from notifier.store import leases
from notifier.store.leases import WATCH, Holder
from notifier.store.transaction import open_store
from notifier.web.app import make_app
from notifier.web.serving import serve_app
from tests.conftest import sqlite_url
from tests.desk.house import ALLA, BORIS, LANES, OPERATOR, Ward, open_ward
from tests.web.face import METRICS_TOKEN, link_of, visiting


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Two people called, nothing sent yet."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    yield opened
    await opened.desk.store.close()


async def _take_all(ward: Ward) -> None:
    holder = Holder("test", "home", locked=True)
    for name in (WATCH, *(lane.name for lane in LANES)):
        epoch = await ward.desk.store.write(
            lambda tx, name=name: leases.take_lease(tx, name, holder, ward.clock.wall(), ward.clock.now())  # type: ignore[misc]
        )
        ward.epochs[name] = epoch or 0


async def test_an_engine_that_nobody_turns_is_not_well(ward: Ward) -> None:
    async with visiting(ward) as visitor:
        assert (await visitor.get("/livez")).status == 200
        assert (await visitor.get("/readyz")).status == 200
        assert (await visitor.get("/health/engine")).status == 503


async def test_the_engine_is_well_while_every_lease_is_fresh_and_its_backlog_shows(ward: Ward) -> None:
    await _take_all(ward)
    async with visiting(ward) as visitor:
        told = await visitor.get("/health/engine")
    health = await engine_health(ward.desk)
    assert told.status == 200
    assert '"status":"ok"' in told.text
    waiting = {lane.lane: lane.waiting for lane in health.lanes}
    assert waiting["telegram"] > 0
    assert set(waiting) == {lane.name for lane in LANES}


async def test_an_engine_that_hangs_is_seen_after_thirty_seconds(tmp_path: Path) -> None:
    ward = await open_ward(sqlite_url(tmp_path), tmp_path, [ALLA])  # on PostgreSQL leases go by a clock that no test winds
    await _take_all(ward)
    ward.clock.pass_time(seconds=29)
    assert (await engine_health(ward.desk)).well
    ward.clock.pass_time(seconds=2)
    assert not (await engine_health(ward.desk)).well
    await ward.desk.store.close()


async def test_metrics_are_shown_to_the_token_only(ward: Ward) -> None:
    async with visiting(ward) as visitor:
        assert (await visitor.get("/metrics")).status == 401
        assert (await visitor.get("/metrics", authorization="Bearer wrong")).status == 401
        assert (await visitor.get("/metrics", authorization="Basic " + METRICS_TOKEN)).status == 401
        assert (await visitor.get("/metrics", authorization=f"Bearer {METRICS_TOKEN}")).status == 200


async def test_metrics_count_what_the_database_holds_and_name_nobody(ward: Ward) -> None:
    wired = await ward.turn("telegram")
    await ward.turn("telegram", *((row, Accepted("1")) for row in wired), room=0)
    async with visiting(ward) as visitor:
        await visitor.answer(await link_of(ward), "done")
        told = (await visitor.get("/metrics", authorization=f"Bearer {METRICS_TOKEN}")).text
    gauges = dict(re.findall(r"^(notifier_\S+) (\S+)$", told, re.MULTILINE))
    assert gauges['notifier_recipients{end="called"}'] == "1.0"
    assert gauges['notifier_recipients{end="reached"}'] == f"{float(len({row.recipient for row in wired}))}"
    assert gauges['notifier_answers{source="web"}'] == "1.0"
    assert gauges['notifier_messages{lane="telegram",state="accepted"}'] == f"{float(len(wired))}"
    assert "notifier_queue_oldest_due_seconds" in told
    assert not re.search(r"Alla|GOFF|@|\+?33639|9000000", told)


async def test_without_a_token_in_the_settings_there_are_no_metrics(ward: Ward) -> None:
    app = make_app(ward.desk)
    async with serve_app(app, "127.0.0.1", 0) as port, visiting(ward) as visitor:
        bare = replace(visitor, url=f"http://127.0.0.1:{port}")
        assert (await bare.get("/metrics", authorization="Bearer ")).status == 404


async def test_readiness_falls_with_the_database_and_liveness_does_not(ward: Ward) -> None:
    away = replace(ward, desk=replace(ward.desk, store=open_store("postgresql+asyncpg://nobody@127.0.0.1:1/none")))
    async with visiting(away) as visitor:
        assert (await visitor.get("/livez")).status == 200
        assert (await visitor.get("/readyz")).status == 503
        assert (await visitor.get("/health/engine")).status == 503
        assert (await visitor.get("/metrics", authorization=f"Bearer {METRICS_TOKEN}")).status == 503


async def test_a_port_that_is_taken_is_said_at_once(ward: Ward) -> None:
    async with serve_app(make_app(ward.desk), "127.0.0.1", 0) as port:
        with pytest.raises(PortTaken):
            async with serve_app(make_app(ward.desk), "127.0.0.1", port):
                raise AssertionError("two servers on one port")


async def test_an_account_that_cannot_send_is_named_until_it_sends_again(ward: Ward) -> None:
    await _take_all(ward)
    at = ward.clock.now()
    await ward.desk.store.write(lambda tx: leases.block_lane(tx, "sms", LaneFault.CREDIT, at, at))
    async with visiting(ward) as visitor:
        told = await visitor.get("/health/engine")
        metrics = await visitor.get("/metrics", authorization=f"Bearer {METRICS_TOKEN}")
    assert '"fault":"credit"' in told.text
    assert 'notifier_lane_fault{fault="credit",lane="sms"} 1.0' in metrics.text
    shown = io.StringIO()
    board = draw(ward.desk, await show_board(ward.desk, OPERATOR, "HGX1-01"))
    Console(file=shown, width=200).print(board)
    assert "▲ La voie sms n'envoie plus depuis 04/10 22h45\xa0: crédit épuisé, rechargez le compte" in shown.getvalue()
    await ward.desk.store.write(lambda tx: leases.clear_fault(tx, "sms"))
    assert await list_alarms(ward.desk) == ()


async def test_a_certificate_that_nobody_trusts_is_named_with_its_cure(ward: Ward) -> None:
    await _take_all(ward)
    wired = await ward.turn("sms")
    refused = NotSent(LaneFault.UNREACHABLE, "certificate_untrusted self-signed certificate")
    await ward.turn("sms", *((row, refused) for row in wired), room=0)
    at = ward.clock.now()
    await ward.desk.store.write(lambda tx: leases.block_lane(tx, "sms", LaneFault.UNREACHABLE, at, at))
    (alarm,) = await list_alarms(ward.desk)
    assert isinstance(alarm, LaneDown)
    assert "son certificat n'est pas reconnu, rien n'est parti\xa0: donnez celui de votre autorité" in tell_alarm(
        alarm, ward.desk.zone
    )
    await ward.desk.store.write(lambda tx: leases.clear_fault(tx, "sms"))
    await ward.desk.store.write(lambda tx: leases.block_lane(tx, "sms", LaneFault.CREDENTIALS, at, at))
    (other,) = await list_alarms(ward.desk)
    assert isinstance(other, LaneDown)
    assert (other.fault, other.cause) == (LaneFault.CREDENTIALS, "")
