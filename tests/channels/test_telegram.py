"""The Telegram room speaks the Bot API and reads each of its answers as the table says."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.channels import telegram
from notifier.channels.contract import Forged, Hook
from notifier.channels.taps import Conflict, Membership, Press, Said, Updates, read_updates
from notifier.channels.telegram import TelegramChannel
from notifier.domain.delivery import Accepted, Deferred, LaneFault, NotSent, Outcome, Refused, RefusedFor, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.message import Choice, Words
from tests.channels.lanes import ASKED, CHAT, LETTER, TELEGRAM, TOKEN, shorn, tapped
from tests.channels.sinks import Behaviour, Request, Sink, answering, replying, serve

SENT = {"ok": True, "result": {"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}}}


def refusal(code: int, description: str, **parameters: object) -> dict[str, object]:
    """An error in the API's own form."""
    return {"ok": False, "error_code": code, "description": description, **({"parameters": parameters} if parameters else {})}


async def send(behave: Behaviour, **changes: object) -> tuple[Outcome, Sink]:
    """Alla's message to a bot server of this behaviour."""
    async with serve(behave) as sink, telegram.open_channel(replace(TELEGRAM, address=sink.url)) as bot:
        return await bot.send(replace(tapped(), **changes)), sink  # type: ignore[arg-type]  # fields by name


async def test_the_words_go_out_byte_for_byte_with_a_button_a_row() -> None:
    outcome, sink = await send(answering(200, SENT), protect=True)
    [request] = sink.requests
    form = request.form
    assert outcome == Accepted("7")
    assert (request.method, request.path) == ("POST", f"/bot{TOKEN}/sendMessage")
    assert form.pop("text") == LETTER
    assert json.loads(form.pop("reply_markup")) == {
        "inline_keyboard": [[{"text": "Fait", "callback_data": "abc.1"}], [{"text": "Souci", "callback_data": "abc.2"}]]
    }
    assert json.loads(form.pop("link_preview_options")) == {"is_disabled": True}
    assert form == {"chat_id": CHAT, "parse_mode": "HTML", "protect_content": "true"}


async def test_words_that_ask_nothing_have_no_keyboard_and_may_be_forwarded() -> None:
    _, sink = await send(answering(200, SENT), words=Words(LETTER), buttons={})
    assert {"reply_markup", "protect_content"} & sink.requests[0].form.keys() == set()


async def test_an_address_that_ends_in_bot_is_understood() -> None:
    async with serve(answering(200, SENT)) as sink, telegram.open_channel(replace(TELEGRAM, address=f"{sink.url}/bot")) as bot:
        assert isinstance(await bot.send(tapped()), Accepted)
    assert sink.requests[0].path == f"/bot{TOKEN}/sendMessage"


@pytest.mark.parametrize("data", ["", "x" * 65, "é" * 33])
async def test_button_data_that_telegram_would_refuse_is_refused_before_the_wire(data: str) -> None:
    outcome, sink = await send(answering(200, SENT), buttons={"done": data})
    assert outcome == Refused(RefusedFor.BAD_CONTENT, detail="callback_data")
    assert sink.requests == []


GONE = Refused(RefusedFor.UNKNOWN_ADDRESS, dead=True, detail="400")
WRONG = Refused(RefusedFor.BAD_CONTENT, detail="400")
BLOCKED = Refused(RefusedFor.BLOCKED, dead=True, detail="403")
TABLE: list[tuple[int, str, Outcome]] = [
    (400, "Bad Request: chat not found", GONE),
    (400, "Bad Request: PEER_ID_INVALID", GONE),
    (400, 'Bad Request: can\'t parse entities: Unsupported start tag "x" at byte offset 4', WRONG),
    (400, "Bad Request: message is too long", WRONG),
    (400, "Bad Request: message text is empty", WRONG),
    (400, "Bad Request: text must be non-empty", WRONG),
    (400, "Bad Request: can't parse inline keyboard button: Can't find field \"text\"", WRONG),
    (400, "Bad Request: BUTTON_DATA_INVALID", WRONG),
    (400, "Bad Request: something new", Refused(RefusedFor.OTHER, detail="400")),
    (400, "Logged out", NotSent(LaneFault.CREDENTIALS, "logged_out")),
    (401, "Unauthorized", NotSent(LaneFault.CREDENTIALS, "401")),
    (401, "Unauthorized: invalid token specified", NotSent(LaneFault.CREDENTIALS, "401")),
    (403, "Forbidden: bot was blocked by the user", BLOCKED),
    (403, "Forbidden: user is deactivated", BLOCKED),
    (403, "Forbidden: bot can't initiate conversation with a user", BLOCKED),
    (404, "Not Found", NotSent(LaneFault.CREDENTIALS, "404")),
    (409, "Conflict: terminated by other getUpdates request", Unsure("status 409 error conflict other request")),
    (421, "Misdirected Request: unallowed token specified", NotSent(LaneFault.CREDENTIALS, "421")),
    (500, "Internal Server Error: restart", Unsure("status 500 error internal server")),
    (502, "Bad Gateway", Unsure("status 502 error bad gateway")),
]


@pytest.mark.parametrize(("code", "description", "expected"), TABLE, ids=[f"{code} {text[:40]}" for code, text, _ in TABLE])
async def test_each_refusal_is_read_as_the_table_says(code: int, description: str, expected: Outcome) -> None:
    outcome, _ = await send(answering(code, refusal(code, description)))
    assert shorn(outcome) == shorn(expected)


@pytest.mark.parametrize(
    "told", [{"ok": False, "error_code": 400}, {"description": "Forbidden"}, {"ok": True, "error_code": 403}]
)
async def test_a_403_that_is_not_the_apis_own_kills_no_address(told: dict[str, object]) -> None:
    outcome, _ = await send(answering(403, told))
    assert isinstance(outcome, Unsure)
    assert outcome.detail.startswith("status 403")


@pytest.mark.parametrize(("asked", "seconds"), [(35, 35), ("soon", 5), (10**30, 5), (None, 5), (-1, 5), ([], 5)])
async def test_a_flood_wait_holds_for_the_whole_bot(asked: object, seconds: int) -> None:
    outcome, _ = await send(answering(429, refusal(429, "Too Many Requests: retry after 35", retry_after=asked)))
    assert outcome == Deferred(timedelta(seconds=seconds), whole_lane=True)


async def test_a_chat_that_moved_is_followed_once_in_the_same_attempt() -> None:
    def move(request: Request) -> tuple[int, object]:
        if request.form["chat_id"] == CHAT:
            return 400, refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001234567890123)
        return 200, SENT

    outcome, sink = await send(replying(move))
    assert outcome == Accepted("7", moved_to="-1001234567890123")
    assert [request.form["chat_id"] for request in sink.requests] == [CHAT, "-1001234567890123"]


async def test_a_chat_that_moves_for_ever_is_followed_once_only() -> None:
    outcome, sink = await send(answering(400, refusal(400, "Bad Request: upgraded", migrate_to_chat_id=-100)))
    assert isinstance(outcome, Refused)
    assert len(sink.requests) == 2


async def test_fields_that_the_library_does_not_know_do_not_lose_an_acceptance() -> None:
    odd = {"message_id": 8, "date": "tomorrow", "chat": None, "entities": [{"type": "hologram"}], "reply_markup": 3}
    outcome, _ = await send(answering(200, {"ok": True, "result": odd}))
    assert outcome == Accepted("8")


class TestTheBotFace:
    """The verbs beside ``send``."""

    async def face(self, behave: Behaviour, verb: str, *arguments: object) -> tuple[object, Sink]:
        async with serve(behave) as sink, telegram.open_channel(replace(TELEGRAM, address=sink.url)) as bot:
            return await getattr(bot, verb)(*arguments), sink

    async def test_an_answer_to_a_press_is_shown_and_cut_to_200_characters(self) -> None:
        outcome, sink = await self.face(answering(200, {"ok": True, "result": True}), "answer_callback", "42", "x" * 300)
        assert outcome == Accepted("42")
        assert sink.requests[0].form == {"callback_query_id": "42", "text": "x" * 200}

    async def test_an_old_query_is_told_apart(self) -> None:
        old = refusal(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        outcome, _ = await self.face(answering(400, old), "answer_callback", "42", "Bien reçu")
        assert outcome == Refused(RefusedFor.OTHER, detail="query_too_old")

    async def test_an_edit_carries_the_new_words_and_buttons(self) -> None:
        buttons = {"done": "new.1"}
        outcome, sink = await self.face(answering(200, SENT), "edit_text", int(CHAT), 7, "✔ Fait (03:14)", ASKED, buttons)
        form = sink.requests[0].form
        assert outcome == Accepted("7")
        assert (form["chat_id"], form["message_id"], form["text"], form["parse_mode"]) == (CHAT, "7", "✔ Fait (03:14)", "HTML")
        assert json.loads(form["reply_markup"]) == {"inline_keyboard": [[{"text": "Fait", "callback_data": "new.1"}]]}

    async def test_a_message_that_already_says_so_counts_as_edited(self) -> None:
        same = refusal(400, "Bad Request: message is not modified: specified new message content is exactly the same")
        assert (await self.face(answering(400, same), "edit_text", 1, 7, "x"))[0] == Accepted()

    async def test_a_service_text_may_ask(self) -> None:
        ask = (Choice(1, "me", "C'est bien moi"),)
        outcome, sink = await self.face(answering(200, SENT), "send_service_text", 5, "Bonjour", ask, {"me": "e.1"})
        assert outcome == Accepted("7")
        assert sink.requests[0].form["chat_id"] == "5"

    async def test_the_bot_says_its_name_or_nothing(self) -> None:
        me = {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "Alerte", "username": "hgx_alerte_bot"}}
        assert (await self.face(answering(200, me), "bot_name"))[0] == "hgx_alerte_bot"
        assert (await self.face(answering(200, {"ok": True, "result": {"id": 1}}), "bot_name"))[0] is None
        assert (await self.face(answering(401, refusal(401, "Unauthorized")), "bot_name"))[0] is None

    async def test_updates_are_asked_for_with_their_offset(self) -> None:
        found, sink = await self.face(answering(200, {"ok": True, "result": []}), "get_updates", 17, timedelta(seconds=3))
        assert found == Updates((), 17)
        assert sink.requests[0].path == f"/bot{TOKEN}/getUpdates"
        assert sink.requests[0].form == {
            "offset": "17",
            "timeout": "3",
            "limit": "100",
            "allowed_updates": '["message", "callback_query", "my_chat_member"]',
        }

    async def test_a_second_poller_is_a_conflict(self) -> None:
        told = refusal(409, "Conflict: terminated by other getUpdates request")
        assert (await self.face(answering(409, told), "get_updates", 0, timedelta(0)))[0] == Conflict()
        strange, _ = await self.face(answering(409, b"<html>"), "get_updates", 0, timedelta(0))
        assert strange == Unsure("status 409 <html>")

    async def test_a_revoked_token_and_a_flood_wait_are_told_to_the_poller(self) -> None:
        told, _ = await self.face(answering(401, refusal(401, "Unauthorized")), "get_updates", 0, timedelta(0))
        assert told == NotSent(LaneFault.CREDENTIALS, "401")
        told, _ = await self.face(answering(429, refusal(429, "Too Many", retry_after=3)), "get_updates", 0, timedelta(0))
        assert told == Deferred(timedelta(seconds=3), whole_lane=True)


HERS = int(CHAT)
ALLA = {"id": HERS, "is_bot": False, "first_name": "Alla", "language_code": "fr"}
HERE = {"id": HERS, "type": "private"}


def test_taps_texts_and_a_blocked_bot_are_read() -> None:
    press = {"id": "42", "from": ALLA, "data": "abc.1", "message": {"message_id": 7, "chat": HERE, "date": 0}}
    said = {"message_id": 8, "from": ALLA, "chat": HERE, "text": "/start tok_en-1", "date": 0}
    member = {"chat": HERE, "from": ALLA, "new_chat_member": {"status": "kicked", "user": {"id": 1}}}
    told = [
        {"update_id": 5, "callback_query": press},
        {"update_id": 6, "message": said},
        {"update_id": 7, "my_chat_member": member},
    ]
    assert read_updates(told, 0) == Updates(
        (
            Press(5, "42", HERS, "abc.1", HERS, 7, True),
            Said(6, HERS, HERS, "/start tok_en-1", 8, True, "fr"),
            Membership(7, HERS, True),
        ),
        8,
    )


def test_a_press_in_a_group_is_marked_and_one_on_an_old_message_still_counts() -> None:
    group = {"id": "42", "from": ALLA, "data": "abc.1", "message": {"message_id": 7, "chat": {"id": -100, "type": "group"}}}
    old = {"id": "43", "from": ALLA, "data": "abc.1"}
    taps = read_updates([{"update_id": 1, "callback_query": group}, {"update_id": 2, "callback_query": old}], 0).taps
    assert [tap.private for tap in taps if isinstance(tap, Press)] == [False, False]
    assert len(taps) == 2


def test_an_update_that_cannot_be_read_costs_itself_only() -> None:
    said = {"message_id": 8, "from": ALLA, "chat": HERE, "text": "oui \ud83d\x00"}
    told = [{"update_id": 1}, 17, {"update_id": "2"}, {"update_id": 3, "message": []}, {"update_id": 4, "message": said}]
    found = read_updates(told, 0)
    assert found.next_offset == 5
    assert [tap.text for tap in found.taps if isinstance(tap, Said)] == ["oui \ufffd"]


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=True),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["update_id", "message", "callback_query", "from", "chat", "id", "text", "data", "type", "my_chat_member"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=24,
)


@given(SHAPES)
def test_no_shape_of_update_raises(shape: object) -> None:
    assert read_updates(shape, 3).next_offset >= 3
    read_updates([shape], 0)


@given(st.binary(max_size=200) | SHAPES.map(lambda shape: json.dumps(shape).encode()), st.sampled_from([200, 400, 403, 429]))
async def test_no_answer_makes_the_room_raise(body: bytes, status: int) -> None:
    outcome, _ = await send(answering(status, body))
    assert isinstance(outcome, Refused | Unsure | Deferred | Accepted)


@pytest.mark.parametrize("secret", ["", "wrong", "s3cre", "s3cret ", "S3cret", "\ud800"])
def test_a_webhook_without_the_secret_is_forged(secret: str) -> None:
    headers = {"x-telegram-bot-api-secret-token": secret}
    with pytest.raises(Forged):
        telegram.read_report(TELEGRAM, Hook("POST", "/", headers, {}, b"{}"))
    with pytest.raises(Forged):
        telegram.read_report(replace(TELEGRAM, secrets={}), Hook("POST", "/", headers, {}, b"{}"))


def test_a_webhook_with_the_secret_brings_no_receipts() -> None:
    hook = Hook("POST", "/", {"x-telegram-bot-api-secret-token": "s3cret"}, {}, b'{"update_id":1}')
    assert telegram.read_report(TELEGRAM, hook).reports == ()


async def test_a_lane_without_token_cannot_be_opened() -> None:
    with pytest.raises(LaneMisset) as refused:
        async with telegram.open_channel(replace(TELEGRAM, secrets={"token": " "})):
            pass
    assert (refused.value.code, refused.value.facts) == ("secret_missing", (("key", "token"),))


async def test_an_outage_at_start_keeps_nothing_from_starting() -> None:
    async with serve(answering(503, b"")) as sink, telegram.open_channel(replace(TELEGRAM, address=sink.url)) as bot:
        assert isinstance(bot, TelegramChannel)
        assert bot.facts.per_address == 1.0
        assert await bot.credit() is None
        assert [heard async for heard in bot.listen()] == []
    assert sink.requests == []
