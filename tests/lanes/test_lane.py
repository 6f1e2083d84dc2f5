"""A lane at work against a Bot API that misbehaves on command: window, pace, stop, faults, restart."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from notifier.channels import telegram
from notifier.desk.alerting import stop_alert
from notifier.domain.delivery import LaneFault
from notifier.domain.message import fill
from notifier.domain.people import Channel
from notifier.lanes import Lane, Trade
from notifier.store import contacts, leases, tables
from notifier.store.alerts import wordings_of
from notifier.store.leases import Holder
from notifier.store.transaction import Tx
from tests.channels.sinks import Behaviour, Request, Sink, cut, raw, replying, serve
from tests.desk.house import CHAT, LANES, OPERATOR, Member, Ward, open_ward

CAST = [Member(f"Agent {number}", chat=CHAT + number, on_shift=False) for number in range(1, 13)]


@pytest.fixture
async def ward(database_url: str, tmp_path: Path) -> AsyncIterator[Ward]:
    """Twelve people with Telegram, and the first alert queued for all of them."""
    opened = await open_ward(database_url, tmp_path, CAST)
    await opened.send(suite="23h30")
    yield opened
    await opened.desk.store.close()


def accepting(numbers: Callable[[], int]) -> Callable[[Request], tuple[int, object]]:
    """A Bot API that takes everything, numbered."""

    def reply(request: Request) -> tuple[int, object]:
        chat = {"id": int(request.form["chat_id"]), "type": "private"}
        return 200, {"ok": True, "result": {"message_id": numbers(), "date": 0, "chat": chat, "text": "x"}}

    return reply


@asynccontextmanager
async def working(
    ward: Ward, sink: Sink, *, owner: str = "one", point: Callable[[str], None] = lambda _name: None, **settings: object
) -> AsyncIterator[Lane]:
    """The Telegram lane of a process, at work until the context ends."""
    told = replace(LANES[0], address=sink.url, secrets={"token": "1:" + "a" * 35}, **settings)  # type: ignore[arg-type]
    desk = ward.desk
    trade = Trade(
        desk.store, desk.vault, desk.clock, Holder(owner, "home", locked=True), "http://127.0.0.1:1", lambda: None, point
    )
    stopping = asyncio.Event()
    async with telegram.open_channel(told) as channel:
        lane = Lane(trade, told, channel)
        task = asyncio.create_task(lane.work(stopping))
        try:
            yield lane
        finally:
            stopping.set()
            lane.bell.ring()
            await asyncio.wait_for(task, 20)


async def _states(ward: Ward) -> dict[str, int]:
    query = select(tables.outbox.c.state, func.count()).group_by(tables.outbox.c.state)
    return {row[0]: row[1] for row in await ward.desk.store.read(lambda tx: tx.execute(query).all())}


async def _until(ward: Ward, wanted: dict[str, int], seconds: float = 10) -> None:
    found: dict[str, int] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (found := await _states(ward)) != wanted:
                await asyncio.sleep(0.02)
    assert found == wanted


def _chats(sink: Sink) -> list[int]:
    return [int(request.form["chat_id"]) for request in sink.requests]


async def test_everybody_gets_one_copy_of_exactly_the_approved_words(ward: Ward) -> None:
    async with serve(replying(accepting(itertools.count(1).__next__))) as sink, working(ward, sink):
        await _until(ward, {"accepted": 12})
    assert sorted(_chats(sink)) == [CHAT + number for number in range(1, 13)]
    frozen = await ward.desk.store.read(lambda tx: list(wordings_of(tx, _alert(tx)).values()))
    words = next(w for w in frozen if w.channel is Channel.TELEGRAM)
    for request in sink.requests:
        code = request.form["text"].split("<code>")[1][:4]
        assert request.form["text"] == fill(words, name="Agent L.", code=code).text
    assert len({request.form["text"].split("<code>")[1][:4] for request in sink.requests}) == 12, "a code of one's own each"


def _alert(tx: Tx) -> int:
    found: int = tx.execute(select(tables.alerts.c.id)).scalar_one()
    return found


async def test_never_more_calls_are_under_way_than_the_window(ward: Ward) -> None:
    under_way, most = 0, 0

    async def slow(request: Request, writer: asyncio.StreamWriter) -> bool:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        chat = {"id": int(request.form["chat_id"]), "type": "private"}
        writer.write(raw(200, json.dumps({"ok": True, "result": {"message_id": 1, "date": 0, "chat": chat}}).encode()))
        await writer.drain()
        return True

    async with serve(slow) as sink, working(ward, sink, window=3):
        await _until(ward, {"accepted": 12})
    assert most == 3


async def test_the_pace_is_never_exceeded(ward: Ward) -> None:
    starts: list[float] = []

    def reply(request: Request) -> tuple[int, object]:
        starts.append(asyncio.get_running_loop().time())
        return accepting(lambda: 1)(request)

    async with serve(replying(reply)) as sink, working(ward, sink, per_second=5.0):
        await _until(ward, {"accepted": 12})
    for first, sixth in itertools.pairwise(starts[::5]):
        assert sixth - first > 0.95, "five in any second"
    assert starts[-1] - starts[0] < 3.5, "and hardly fewer"


async def test_a_lane_that_goes_on_sending_has_lease_enough_for_every_call(database_url: str, tmp_path: Path) -> None:
    """A renewal that came only when no call's deadline fitted into the lease any more gave back what lay ready, every 5 s."""
    many = [Member(f"Agent {number}", chat=CHAT + number, on_shift=False) for number in range(1, 361)]
    ward = await open_ward(database_url, tmp_path, many)
    await ward.send(suite="23h30")
    reply = replying(accepting(itertools.count(1).__next__))
    async with serve(reply) as sink, working(ward, sink, per_second=60.0, window=40):
        await _until(ward, {"accepted": 360}, 20)
    events = select(tables.attempts.c.event, func.count()).group_by(tables.attempts.c.event)
    assert dict(map(tuple, await ward.desk.store.read(lambda tx: tx.execute(events).all()))) == {"wire": 360, "accepted": 360}
    await ward.desk.store.close()


async def test_a_stop_holds_back_what_was_put_on_the_wire_and_not_yet_called(ward: Ward) -> None:
    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink, per_second=2.0):
        while not sink.requests:
            await asyncio.sleep(0.01)
        await stop_alert(ward.desk, OPERATOR, "HGX1-01")
        seen = len(sink.requests)
        await asyncio.sleep(1.2)
        assert len(sink.requests) <= seen + 1, "only a call that had already been let go"
    states = await _states(ward)
    assert states.get("on_wire", 0) == 0
    assert states["accepted"] == len(sink.requests)


async def test_an_answer_stops_what_waits_on_the_wire_for_its_call(ward: Ward) -> None:
    """At this pace four more are on the wire by the book when everybody answers, by whatever other way."""
    given = update(tables.recipients).values(answer="present", answered_at=ward.clock.now(), answered_by="web")
    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink, per_second=8.0):
        await _until_called(sink, 1)
        await ward.desk.store.write(lambda tx: tx.execute(given))
        seen = len(sink.requests)
        await asyncio.sleep(1.2)
        assert len(sink.requests) <= seen + 1, "only a call that had already been let go"
    states = await _states(ward)
    assert states["cancelled"] >= 2
    assert states["accepted"] == len(sink.requests)


async def test_a_cut_line_is_tried_again_three_times_at_most(ward: Ward) -> None:
    async with serve(cut) as sink, working(ward, sink, window=12):
        async with asyncio.timeout(10):
            while len(sink.requests) < 12:
                await asyncio.sleep(0.02)
        await _until(ward, {"unsure": 12})
    assert max(_chats(sink).count(chat) for chat in _chats(sink)) <= 3


async def test_a_revoked_token_blocks_the_lane_and_ends_nobodys_message(ward: Ward) -> None:
    refused = (401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
    async with serve(replying(lambda _request: refused)) as sink, working(ward, sink, window=2):
        async with asyncio.timeout(10):
            while not (await ward.desk.store.read(lambda tx: leases.list_lanes(tx, ward.clock.wall())))[2].fault:
                await asyncio.sleep(0.02)
        asked = len(sink.requests)
        await asyncio.sleep(0.5)
        assert len(sink.requests) <= asked + 2, "a blocked account is left alone"
    assert await _states(ward) == {"queued": 12}


async def test_frozen_sending_starts_nothing(ward: Ward) -> None:
    freeze = tables.house.insert().values(name=leases.FREEZE, value="test")
    await ward.desk.store.write(lambda tx: tx.execute(freeze))
    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink):
        await asyncio.sleep(0.5)
    assert sink.requests == []


async def test_a_graceful_stop_finishes_what_is_on_the_wire(ward: Ward) -> None:
    started = asyncio.Event()

    async def slow(request: Request, writer: asyncio.StreamWriter) -> bool:
        started.set()
        await asyncio.sleep(0.3)
        chat = {"id": int(request.form["chat_id"]), "type": "private"}
        writer.write(raw(200, json.dumps({"ok": True, "result": {"message_id": 1, "date": 0, "chat": chat}}).encode()))
        await writer.drain()
        return True

    async with serve(slow) as sink:
        async with working(ward, sink, window=4):
            await started.wait()
        states = await _states(ward)
    assert states.get("on_wire", 0) == states.get("unsure", 0) == 0
    assert states["accepted"] == len(sink.requests)


def _answering_when(*told: asyncio.Event) -> Behaviour:
    """A Bot API that takes everything, and answers each of the first calls when its event is set."""
    waiting = iter(told)

    async def reply(request: Request, writer: asyncio.StreamWriter) -> bool:
        if (event := next(waiting, None)) is not None:
            await event.wait()
        chat = {"id": int(request.form["chat_id"]), "type": "private"}
        writer.write(raw(200, json.dumps({"ok": True, "result": {"message_id": 1, "date": 0, "chat": chat}}).encode()))
        await writer.drain()
        return True

    return reply


async def _until_called(sink: Sink, times: int) -> None:
    async with asyncio.timeout(10):
        while len(sink.requests) < times:
            await asyncio.sleep(0.01)


async def test_a_graceful_stop_writes_down_each_call_as_it_ends(ward: Ward) -> None:
    first, second = asyncio.Event(), asyncio.Event()

    async def end_the_second_and_then_the_first() -> None:
        second.set()
        await _until(ward, {"accepted": 1, "on_wire": 1, "queued": 10})
        first.set()

    async with serve(_answering_when(first, second)) as sink:
        async with working(ward, sink, window=2):  # full with the two that wait: no third can start, however slow the machine is
            await _until_called(sink, 2)
            ending = asyncio.create_task(end_the_second_and_then_the_first())
        await ending
    assert await _states(ward) == {"accepted": 2, "queued": 10}


async def _rename(ward: Ward, table: str, name: str) -> None:
    """As good as a database that is away, for whoever needs this table."""
    await ward.desk.store.write(lambda tx: tx.execute(text(f"ALTER TABLE {table} RENAME TO {name}")))


async def _until_told(caplog: pytest.LogCaptureFixture, *words: str) -> None:
    async with asyncio.timeout(10):
        while not any(word in caplog.text for word in words):
            await asyncio.sleep(0.01)


async def test_a_graceful_stop_outlasts_a_database_that_is_away(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    answered = asyncio.Event()

    async def come_back() -> None:
        await _until_told(caplog, "could not settle")
        await _rename(ward, "away", "attempts")

    async with serve(_answering_when(answered, answered)) as sink:
        async with working(ward, sink, window=2):
            await _until_called(sink, 2)
            await _rename(ward, "attempts", "away")
            coming = asyncio.create_task(come_back())
            answered.set()
        await coming
    assert await _states(ward) == {"accepted": 2, "queued": 10}
    assert (await _lane_state(ward)).owner is None, "and the lease was given back"


async def test_a_database_that_cannot_tell_whether_a_call_may_start_costs_nobody_anything(
    ward: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink, per_second=8.0):
        await _until_called(sink, 1)
        await _rename(ward, "house", "away")
        await _until_told(caplog, "could not ask", "a turn failed")
        await _rename(ward, "away", "house")
        await _until(ward, {"accepted": 12}, seconds=20)
    assert sorted(_chats(sink)) == [CHAT + number for number in range(1, 13)]


async def test_what_a_deposed_process_had_sent_is_written_down_though_another_holds_the_lane(ward: Ward) -> None:
    answered = asyncio.Event()
    taken = update(tables.lanes).where(tables.lanes.c.name == "telegram")
    far = ward.clock.wall() + timedelta(days=10_000)
    async with serve(_answering_when(answered)) as sink, working(ward, sink, window=1) as lane:
        await _until_called(sink, 1)
        other = {"owner": "other", "home": "elsewhere", "epoch": 9, "lease_until": far}
        await ward.desk.store.write(lambda tx: tx.execute(taken.values(**other)))
        while lane.epoch is not None:
            await asyncio.sleep(0.01)
        answered.set()
        await _until(ward, {"accepted": 1, "queued": 11})
    told = await ward.desk.store.read(lambda tx: tx.execute(select(tables.attempts.c.event)).scalars().all())
    assert told == ["wire", "accepted"]
    assert len(sink.requests) == 1


async def test_a_restart_sends_again_at_once_and_copies_only_what_was_open(ward: Ward) -> None:
    async with serve(replying(accepting(lambda: 1))) as sink:
        on_wire = await ward.turn("telegram", room=3)  # a process that died with three calls open
        async with working(ward, sink, owner="two"):
            await _until(ward, {"accepted": 12}, seconds=4)
        copies = await ward.desk.store.read(lambda tx: tx.execute(select(tables.outbox.c.id, tables.outbox.c.copies)).all())
    assert {row.id for row in copies if row.copies == 2} == {row.id for row in on_wire}
    assert sorted(_chats(sink)) == [CHAT + number for number in range(1, 13)]


async def test_a_group_that_moved_is_followed_from_then_on(ward: Ward) -> None:
    """Row 34: the message goes to its new id in the same attempt, and the next one does not ask the old id any more."""
    old, new = str(CHAT + 1), str(CHAT + 901)

    def reply(request: Request) -> tuple[int, object]:
        if request.form["chat_id"] == old:
            refused = {"ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
            return 400, refused | {"parameters": {"migrate_to_chat_id": int(new)}}
        return accepting(lambda: 1)(request)

    async with serve(replying(reply)) as sink, working(ward, sink):
        await _until(ward, {"accepted": 12})
        before = len(sink.requests)
        await ward.send(suite="23h30")
        await _until(ward, {"accepted": 24})
    chats = [request.form["chat_id"] for request in sink.requests]
    assert (chats[:before].count(old), chats[:before].count(new)) == (1, 1)
    assert (chats[before:].count(old), chats[before:].count(new)) == (0, 1)
    blind = ward.desk.vault.blind(Channel.TELEGRAM, new)
    assert await ward.desk.store.read(lambda tx: contacts.find_by_blind(tx, blind)) == [ward.people["Agent 1"]]


async def test_a_real_address_is_refused_on_a_practice_lane(ward: Ward) -> None:
    live = ward.desk.vault.seal("123456789", f"addresses:{(await _first_address(ward))}:value")
    first = await _first_address(ward)
    await ward.desk.store.write(
        lambda tx: tx.execute(update(tables.addresses).where(tables.addresses.c.id == first).values(value_sealed=live))
    )
    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink):
        await _until(ward, {"accepted": 11, "refused": 1})
    assert 123456789 not in _chats(sink)


async def _first_address(ward: Ward) -> int:
    found: int = await ward.desk.store.read(lambda tx: tx.execute(select(func.min(tables.outbox.c.address))).scalar_one())
    return found


async def test_a_long_wait_of_the_whole_account_blocks_the_lane_and_gives_its_rows_back(ward: Ward) -> None:
    throttled = (429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 300}})
    async with serve(replying(lambda _request: throttled)) as sink, working(ward, sink, per_second=4.0):
        async with asyncio.timeout(10):
            while not (found := await _lane_state(ward)).fault:
                await asyncio.sleep(0.02)
        await _until(ward, {"queued": 12})
        asked = len(sink.requests)
        await asyncio.sleep(1.5)
        assert len(sink.requests) == asked, "nobody knocks while the provider asks to wait"
    assert found.fault is LaneFault.THROTTLED
    assert found.blocked_until is not None
    assert found.blocked_until - ward.clock.wall() > timedelta(minutes=4)


async def _lane_state(ward: Ward) -> leases.LaneState:
    states = await ward.desk.store.read(lambda tx: leases.list_lanes(tx, ward.clock.wall()))
    return next(state for state in states if state.name == "telegram")


async def test_a_message_that_cannot_be_packed_harms_nobody_else_and_is_not_doubtful(ward: Ward) -> None:
    first = await _first_address(ward)
    await ward.desk.store.write(
        lambda tx: tx.execute(update(tables.addresses).where(tables.addresses.c.id == first).values(value_sealed=b"spoilt"))
    )
    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink):
        await _until(ward, {"accepted": 11, "refused": 1})
    copies = await ward.desk.store.read(
        lambda tx: tx.execute(select(tables.outbox.c.copies).where(tables.outbox.c.address == first)).scalar_one()
    )
    assert copies == 0


async def test_an_accident_in_a_turn_does_not_end_the_lane(ward: Ward) -> None:
    accidents = iter([RuntimeError("one"), KeyError("two")])

    def stumble(name: str) -> None:
        if name == "turn" and (accident := next(accidents, None)) is not None:
            raise accident

    async with serve(replying(accepting(lambda: 1))) as sink, working(ward, sink, point=stumble):
        await _until(ward, {"accepted": 12}, seconds=20)
    assert len(sink.requests) == 12, "what had not been called when the accident came went once"


async def test_a_turn_that_fails_forgets_no_wait_that_the_provider_asked_for(ward: Ward) -> None:
    accidents = iter([RuntimeError("one")])
    asked: list[float] = []

    def stumble(name: str) -> None:
        if name == "settle" and (accident := next(accidents, None)) is not None:
            raise accident

    def reply(request: Request) -> tuple[int, object]:
        asked.append(asyncio.get_running_loop().time())
        if asked[1:]:
            return accepting(lambda: 1)(request)
        return 429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 3}}

    async with serve(replying(reply)) as sink, working(ward, sink, window=1, point=stumble):
        await _until_called(sink, 2)
    assert asked[1] - asked[0] >= 3.0


async def test_a_turn_that_fails_while_calls_are_under_way_costs_nobody_a_second_copy(ward: Ward) -> None:
    accidents = iter([RuntimeError("one")])

    def stumble(name: str) -> None:
        if name == "settle" and (accident := next(accidents, None)) is not None:
            raise accident

    async def slow(request: Request, writer: asyncio.StreamWriter) -> bool:
        first = not sink.requests[1:]
        await asyncio.sleep(0.05 if first else 3.0)  # the first one's settle fails while the others are under way
        chat = {"id": int(request.form["chat_id"]), "type": "private"}
        writer.write(raw(200, json.dumps({"ok": True, "result": {"message_id": 1, "date": 0, "chat": chat}}).encode()))
        await writer.drain()
        return True

    async with serve(slow) as sink, working(ward, sink, window=12, point=stumble):
        await _until(ward, {"accepted": 12}, seconds=30)
    assert sorted(_chats(sink)) == [CHAT + number for number in range(1, 13)]
