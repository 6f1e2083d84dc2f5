"""The Telegram face: whoever presses is told within a second, what counts is committed first, and nothing pressed is lost."""

import asyncio
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import create_async_engine

from notifier.bot import CONFLICT_PAUSE, TelegramFace, listen_lane
from notifier.channels import telegram
from notifier.channels.sms import gammu
from notifier.channels.telegram import LONGEST_POLL
from notifier.desk.alerting import stop_alert
from notifier.desk.listening import taken_up_to, where_from
from notifier.domain.delivery import Accepted
from notifier.domain.lane import LaneSettings
from notifier.lanes import Lane, Trade
from notifier.store import alerts, tables
from notifier.store.leases import Holder
from notifier.store.transaction import sqlite_path
from tests.channels.services import until
from tests.channels.sinks import serve
from tests.conftest import sqlite_url
from tests.desk.house import ALLA, BORIS, CHAT, LANES, OPERATOR, Ward, open_ward
from tests.web.bot_api import BotApi, press
from tests.web.face import count_answers, token_of, visiting

ALLAS, BORISS = CHAT + 1, CHAT + 2
EMMA = replace(ALLA, name="Emma", language="en", chat=CHAT + 7, phone=None, mail=None)


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Alla is asked by a button whether it is done; Boris is only informed."""
    opened = await open_ward(database_url, tmp_path, [ALLA, BORIS, EMMA])
    await opened.send("paper-bloc", to="service:BLOC", avant="23h10")
    yield opened
    await opened.desk.store.close()


@dataclass
class Bot:
    """A face at work, and Telegram as it sees it."""

    api: BotApi
    face: TelegramFace
    lane: Lane
    stopping: asyncio.Event
    settings: LaneSettings


def _lane(ward: Ward, settings: LaneSettings, channel: telegram.TelegramChannel | gammu.GammuChannel) -> Lane:
    desk = ward.desk
    trade = Trade(desk.store, desk.vault, desk.clock, Holder("one", "home", locked=True), "http://127.0.0.1:1", lambda: None)
    lane = Lane(trade, settings, channel)
    lane.epoch = 1  # as after its takeover
    return lane


@asynccontextmanager
async def bot_at_work(ward: Ward, api: BotApi | None = None) -> AsyncIterator[Bot]:
    """The face polls until the context ends."""
    api = api or BotApi()
    async with serve(api) as sink:
        settings = replace(LANES[0], address=sink.url, secrets={"token": "1:" + "a" * 35, "webhook_secret": "s3cret"})
        async with telegram.open_channel(settings) as channel:
            lane = _lane(ward, settings, channel)
            bot = Bot(api, TelegramFace(ward.desk, lane, channel), lane, asyncio.Event(), settings)
            work = asyncio.create_task(bot.face.work(bot.stopping))
            try:
                yield bot
            finally:
                bot.stopping.set()
                async with asyncio.timeout(10):
                    await work


async def test_a_press_is_committed_and_then_told(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    async with bot_at_work(ward) as bot:
        bot.api.bring(press(10, f"{button}.1", ALLAS))
        assert await bot.api.answered(1) == ["Bien reçu à 22:45\u00a0: C’est fait"]
        assert ((await ward.recipient("Alla"))["answer"], (await ward.recipient("Alla"))["answered_by"]) == ("done", "telegram")


async def test_english_is_told_to_whoever_reads_english(ward: Ward) -> None:
    button = await token_of(ward, "Emma", "buttons")
    async with bot_at_work(ward) as bot:
        bot.api.bring(press(10, f"{button}.1", CHAT + 7))
        assert await bot.api.answered(1) == ["Received at 22:45: Done"]


async def test_every_press_is_told_and_only_what_is_rightful_counts(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    async with bot_at_work(ward) as bot:
        bot.api.bring(
            press(10, f"{button}.1", BORISS),  # somebody else's button
            press(11, f"{button}.1", ALLAS, kind="group"),
            press(12, f"{button}.7", ALLAS),
            press(13, "é" * 40, ALLAS),
            press(14, None, ALLAS),
        )
        texts = await bot.api.answered(5)
        assert await count_answers(ward) == 0
    assert {callback for callback, _ in bot.api.told} == {"c10", "c11", "c12", "c13", "c14"}
    assert sum("n'est pas à vous" in text for text in texts) == 4
    assert sum("conversation privée" in text for text in texts) == 1
    assert all(0 < len(text) <= 200 for text in texts)


async def test_a_second_press_is_told_the_first_time_and_another_choice_holds(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    async with bot_at_work(ward) as bot:
        bot.api.bring(press(10, f"{button}.1", ALLAS))
        await bot.api.answered(1)
        ward.clock.pass_time(minutes=2)
        bot.api.bring(press(11, f"{button}.1", ALLAS))
        assert (await bot.api.answered(2))[-1] == "Déjà reçu à 22:45\u00a0: C’est fait"
        bot.api.bring(press(12, f"{button}.2", ALLAS))
        assert (await bot.api.answered(3))[-1] == "Bien reçu à 22:47\u00a0: J’ai un souci"
    assert (await ward.recipient("Alla"))["answer"] == "trouble"


async def test_a_press_after_the_end_is_told_that_it_does_not_count(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    await stop_alert(ward.desk, OPERATOR, "HGX1-01")
    async with bot_at_work(ward) as bot:
        bot.api.bring(press(10, f"{button}.1", ALLAS))
        assert "ne compte pas" in (await bot.api.answered(1))[0]
    assert (await ward.recipient("Alla"))["answer"] is None


async def test_presses_of_one_person_take_effect_in_their_order(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    async with bot_at_work(ward) as bot:
        bot.api.bring(*(press(10 + place, f"{button}.{1 + place % 2}", ALLAS) for place in range(20)))
        await bot.api.answered(20)
    assert (await ward.recipient("Alla"))["answer"] == "trouble"


async def test_the_offset_outlives_the_process_and_an_old_press_undoes_nothing(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    api = BotApi()
    first, second = press(10, f"{button}.1", ALLAS), press(11, f"{button}.2", ALLAS)
    async with bot_at_work(ward, api) as bot:
        api.bring(first, second)
        await api.answered(2)
        await until(lambda: api.offsets[-1] == 12, "the next poll")
        bot.lane.epoch = None
    assert await where_from(ward.desk, "telegram:updates") == 12
    again = BotApi()
    async with bot_at_work(ward, again):
        again.bring(first, press(12, f"{button}.2", ALLAS))  # a server that tells an old one again
        await again.answered(1)
    assert again.offsets[0] == 12
    async with bot_at_work(ward, BotApi()) as bot:
        await bot.face.take_update(json.dumps(first).encode())
        await bot.api.answered(1)
    assert (await ward.recipient("Alla"))["answer"] == "trouble"


async def test_the_offset_never_moves_back(ward: Ward) -> None:
    await taken_up_to(ward.desk, "telegram:updates", 40)
    await taken_up_to(ward.desk, "telegram:updates", 7)
    assert await where_from(ward.desk, "telegram:updates") == 40


@asynccontextmanager
async def held(database_url: str, recipient: int) -> AsyncIterator[None]:
    """Somebody else's transaction has the database (SQLite) or this recipient's row (PostgreSQL), and takes its time."""
    path = sqlite_path(database_url)
    if path is not None:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    engine = create_async_engine(database_url)
    async with engine.connect() as holder, holder.begin():
        await holder.run_sync(lambda tx: alerts.update_recipient(tx, recipient, card=1))
        yield
        await holder.rollback()
    await engine.dispose()


async def test_while_the_database_is_held_the_press_is_told_so_and_counts_later(ward: Ward, database_url: str) -> None:
    button, recipient = await token_of(ward, purpose="buttons"), int(str((await ward.recipient("Alla"))["id"]))
    async with bot_at_work(ward) as bot:
        async with held(database_url, recipient):
            bot.api.bring(press(10, f"{button}.1", ALLAS))
            [text] = await bot.api.answered(1)
            assert "Pas encore enregistré" in text
            assert await where_from(ward.desk, "telegram:updates") == 0
        bot.api.bring(press(11, f"{button}.1", ALLAS))
        assert "reçu à 22:45" in (await bot.api.answered(2))[-1]
    assert (await ward.recipient("Alla"))["answer"] == "done"


async def test_while_the_database_is_held_a_press_of_the_conversation_is_told_so_too(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)
    talked = await open_ward(url, tmp_path, [ALLA])
    async with bot_at_work(talked) as bot:
        async with held(url, 0):
            bot.api.bring(press(10, "lang:en", ALLAS))
            assert "Pas encore enregistré" in (await bot.api.answered(1))[0]
        bot.api.bring(press(11, "nonsense:", ALLAS))
        assert "n'est pas à vous" in (await bot.api.answered(2))[-1]
    person = select(tables.people.c.language).where(tables.people.c.id == talked.people["Alla"])
    assert await talked.desk.store.read(lambda tx: tx.execute(person).scalar_one()) == "en"
    await talked.desk.store.close()


async def test_updates_that_cannot_be_read_hold_nobody_up(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    async with bot_at_work(ward) as bot:
        bot.api.bring(
            {"update_id": 9},
            {"update_id": 10, "message": {"message_id": 1, "date": 0, "chat": {"id": ALLAS, "type": "private"}, "text": "1"}},
            {"update_id": 11, "callback_query": {"id": [], "from": "nobody"}},
            press(12, f"{button}.1", ALLAS),
        )
        await bot.api.answered(1)
    assert (await ward.recipient("Alla"))["answer"] == "done"


async def test_a_second_poller_is_waited_out_and_alarms_at_the_third_time(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    api = BotApi(conflicts=True)
    async with bot_at_work(ward, api) as bot:
        bot.stopping.set()
        caplog.set_level(logging.WARNING)
        never = asyncio.Event()
        assert [await bot.face._look(never) for _ in range(3)] == [CONFLICT_PAUSE] * 3
    assert [record.levelname for record in caplog.records if "409" in record.message][-3:] == ["WARNING", "WARNING", "ERROR"]


async def test_only_the_holder_of_the_lane_polls_and_a_lost_lease_cuts_the_poll(ward: Ward) -> None:
    async with bot_at_work(ward) as bot:
        await until(lambda: len(bot.api.offsets) == 1, "the first poll")
        bot.lane.epoch = None
        await asyncio.sleep(1.2)
        bot.api.bring({"update_id": 10})  # ends the held poll at Telegram's side, if it was still held
        await asyncio.sleep(0.7)
        assert len(bot.api.offsets) == 1
        assert await where_from(ward.desk, "telegram:updates") == 0


async def test_a_stop_does_not_wait_for_the_long_poll(ward: Ward) -> None:
    async with bot_at_work(ward) as bot:
        await until(lambda: len(bot.api.offsets) == 1, "the first poll")
        begun = time.monotonic()
    assert time.monotonic() - begun < LONGEST_POLL.total_seconds() / 2


async def test_a_webhook_is_a_press_like_any_other(ward: Ward) -> None:
    button = await token_of(ward, purpose="buttons")
    async with bot_at_work(ward) as bot:
        async with visiting(ward, (bot.settings,), {"telegram": bot.face.take_update}) as visitor:
            body = json.dumps(press(10, f"{button}.1", ALLAS)).encode()
            sound = {"x-telegram-bot-api-secret-token": "s3cret"}
            assert (await visitor.ask("POST", "/hooks/telegram", body, sound)).status == 200
            assert (await visitor.ask("POST", "/hooks/telegram", b"[" * 5000, sound)).status == 200
        assert await bot.api.answered(1) == ["Bien reçu à 22:45\u00a0: C’est fait"]


async def test_texts_that_a_modem_keeps_in_its_folder_are_taken_in(ward: Ward, tmp_path: Path) -> None:
    wired = await ward.turn("sms")
    await ward.turn("sms", *((row, Accepted(None)) for row in wired), room=0)
    for folder in gammu.FOLDERS:
        (tmp_path / "spool" / folder).mkdir(parents=True)
    (tmp_path / "spool" / gammu.INBOX / "IN20261004_225000_00_+33639980001_00.txt").write_text("1")
    settings = replace(LANES[1], gateway="gammu", address=str(tmp_path / "spool"))
    stopping = asyncio.Event()
    async with gammu.open_channel(settings) as channel:
        ears = asyncio.create_task(listen_lane(ward.desk, _lane(ward, settings, channel), channel, stopping))
        for _ in range(100):
            if (await ward.recipient("Alla"))["answer"] is not None:
                break
            await asyncio.sleep(0.1)
        stopping.set()
        await ears
    assert ((await ward.recipient("Alla"))["answer"], (await ward.recipient("Alla"))["answered_by"]) == ("done", "sms")


async def test_a_room_that_is_told_by_hooks_is_not_listened_to(ward: Ward) -> None:
    async with telegram.open_channel(replace(LANES[0], secrets={"token": "1:" + "a" * 35})) as channel:
        async with asyncio.timeout(2):
            await listen_lane(ward.desk, _lane(ward, LANES[0], channel), channel, asyncio.Event())
