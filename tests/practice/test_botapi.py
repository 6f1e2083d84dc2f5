"""The Bot API, met by python-telegram-bot itself and by calls that no library would make."""

import asyncio

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from notifier.practice import Customs, Network
from tests.channels.services import until
from tests.practice.town import ALLA, BORIS, bot_of, call_bot, listener, town

CHAT = ALLA.chat or 0
BUTTONS = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Fait", callback_data="tok.1")], [InlineKeyboardButton("Souci", callback_data="tok.2")]]
)
LETTER = "<b>RÉEL</b> HGX1-03 &amp; Kerlic 🏥 <code>K7M4</code>"


async def test_the_library_sends_edits_and_deletes_and_reads_every_answer() -> None:
    async with town() as network, bot_of(network) as bot:
        me = await bot.get_me()
        assert me.is_bot
        assert me.username == "alerte_practice_bot"
        sent = await bot.send_message(
            CHAT,
            LETTER,
            ParseMode.HTML,
            reply_markup=BUTTONS,
            protect_content=True,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        assert sent.text == "RÉEL HGX1-03 & Kerlic 🏥 K7M4"
        assert sent.parse_entities() == {sent.entities[0]: "RÉEL", sent.entities[1]: "K7M4"}
        assert sent.has_protected_content
        assert sent.chat.first_name == "Alla Marchand"
        assert sent.reply_markup is not None
        assert sent.reply_markup.inline_keyboard[1][0].callback_data == "tok.2"
        edited = await bot.edit_message_text("Vous avez répondu : Fait", CHAT, sent.message_id)
        assert not isinstance(edited, bool)
        assert edited.edit_date
        assert edited.reply_markup is None
        assert await bot.delete_message(CHAT, sent.message_id)
        with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
            await bot.edit_message_text("Trop tard", CHAT, sent.message_id)


async def test_a_reply_names_the_message_above_which_must_stand_there_still() -> None:
    async with town() as network, bot_of(network) as bot:
        first = await bot.send_message(CHAT, LETTER, ParseMode.HTML)
        reply = await bot.send_message(CHAT, "Rappel", reply_parameters=ReplyParameters(first.message_id))
        assert reply.reply_to_message == first
        with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
            await bot.send_message(BORIS.chat or 0, "Rappel", reply_parameters=ReplyParameters(first.message_id))
        lenient = ReplyParameters(first.message_id, allow_sending_without_reply=True)
        alone = await bot.send_message(BORIS.chat or 0, "Rappel", reply_parameters=lenient)
        assert alone.reply_to_message is None
        for bad in ('"7"', "{", '{"chat_id":7}'):
            status, _ = await call_bot(network, "sendMessage", chat_id=CHAT, text="Rappel", reply_parameters=bad)
            assert status == 400, bad


async def test_the_ledger_has_the_words_as_they_were_sent() -> None:
    async with town() as network, bot_of(network) as bot:
        await bot.send_message(CHAT, LETTER, ParseMode.HTML)
        (entry,) = network.ledger.of("telegram", str(CHAT))
        assert (entry.text, entry.alert, entry.delivered) == (LETTER, "HGX1-03", True)
        assert network.ledger.counts() == {"telegram": 1, "sms": 0, "email": 0}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": "", "chat_id": 7}, "message text is empty"),  # the words are looked at first
        ({"text": " \n"}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"chat_id": 7, "text": "x"}, "chat not found"),
        ({"chat_id": "", "text": "x"}, "chat_id is empty"),
        ({"text": "x", "colour": "red"}, "unknown parameter colour"),
        ({"text": "x", "parse_mode": "Markdownish"}, "unsupported parse_mode"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ({"text": "é<q>x</q>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "q" at byte offset 2'),
        (
            {"text": "<b>x</i>", "parse_mode": "HTML"},
            'can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>", found "</i>"',
        ),
        ({"text": "x</b>", "parse_mode": "HTML"}, "can't parse entities: Unexpected end tag at byte offset 1"),
        ({"text": "1 < 2", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "" at byte offset 2'),
        (
            {"text": "<script>x</script>", "parse_mode": "html"},
            'can\'t parse entities: Unsupported start tag "script" at byte offset 0',
        ),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]]}}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": ""}]]}},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"callback_data": "a"}]]}},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        (
            {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
            "Text buttons are unallowed in the inline keyboard",
        ),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "data": "b"}]]}}, "unknown field data"),
        ({"text": "x", "reply_markup": {"inline_keyboard": "no"}}, 'field "inline_keyboard" must be of type Array'),
        ({"text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ],
)
async def test_what_telegram_refuses_is_refused_in_its_words(told: dict[str, object], words: str) -> None:
    async with town() as network:
        status, body = await call_bot(network, "sendMessage", None, **{"chat_id": CHAT, **told})
        assert (status, body["ok"], body["error_code"]) == (400, False, 400)
        assert body["description"].startswith("Bad Request: ")
        assert words in body["description"]
        assert network.ledger.counts()["telegram"] == 0


async def test_4096_characters_count_after_the_entities() -> None:
    async with town() as network:
        status, _ = await call_bot(network, "sendMessage", chat_id=CHAT, text=f"<b>{'x' * 4095}&amp;</b>", parse_mode="HTML")
        assert status == 200


async def test_a_wrong_token_an_unknown_method_and_a_blocked_bot_are_told_apart() -> None:
    customs = Customs(0, 0, 0, 0, 0, blocked_bot=1, lost_sim=0, closed_mailbox=0)
    async with town(customs=customs) as network, bot_of(network) as bot:
        assert await call_bot(network, "getMe", token="1:no") == (
            401,
            {"ok": False, "error_code": 401, "description": "Unauthorized"},
        )
        assert await call_bot(network, "getMe", token="no-token") == (
            404,
            {"ok": False, "error_code": 404, "description": "Not Found"},
        )
        assert (await call_bot(network, "sendPigeon"))[1]["description"] == "Not Found: method not found"
        with pytest.raises(Forbidden, match=r"(?i)bot was blocked by the user"):
            await bot.send_message(CHAT, "x")
        assert not network.town.works("telegram", str(CHAT))
        with pytest.raises(InvalidToken):
            async with bot_of(network, "7:wrong"):
                pass


async def test_an_edit_that_changes_nothing_is_refused() -> None:
    async with town() as network, bot_of(network) as bot:
        sent = await bot.send_message(CHAT, LETTER, ParseMode.HTML, reply_markup=BUTTONS)
        told = {"chat_id": CHAT, "message_id": sent.message_id, "text": LETTER, "parse_mode": "HTML"}
        same = await call_bot(network, "editMessageText", None, **told, reply_markup=BUTTONS.to_dict())
        assert same[1]["description"] == (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
            "current content and reply markup of the message"
        )
        with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
            await bot.edit_message_text(LETTER, CHAT, sent.message_id, parse_mode=ParseMode.HTML, reply_markup=BUTTONS)
        assert await bot.edit_message_reply_markup(CHAT, sent.message_id)
        with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
            await bot.edit_message_reply_markup(CHAT, sent.message_id)


async def _send_quickly(network: Network, chats: list[int]) -> list[int]:
    answers = await asyncio.gather(*(call_bot(network, "sendMessage", chat_id=chat, text="x") for chat in chats))
    return [status for status, _ in answers]


async def test_a_chat_takes_a_short_burst_and_then_one_a_second() -> None:
    async with town() as network, bot_of(network) as bot:
        assert sorted(await _send_quickly(network, [CHAT] * 6)) == [200] * 4 + [429] * 2
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(CHAT, "x")
        assert refused.value.retry_after
        await bot.send_message(BORIS.chat or 0, "somebody else's chat is free")


async def test_more_than_the_limit_in_a_second_is_refused_with_a_wait() -> None:
    async with town() as network:
        network.bot.limits.chat_burst = 1000
        network.bot.limits.per_second, network.bot.limits.spare = 10, 0
        assert sorted(await _send_quickly(network, [CHAT] * 14)) == [200] * 10 + [429] * 4
        status, body = await call_bot(network, "sendMessage", chat_id=CHAT, text="x")
        assert (status, body["parameters"]) == (429, {"retry_after": 1})
        assert body["description"] == "Too Many Requests: retry after 1"


async def test_a_press_comes_as_an_update_and_is_answered_once() -> None:
    async with town() as network, bot_of(network) as bot:
        await bot.send_message(CHAT, LETTER, ParseMode.HTML, reply_markup=BUTTONS)
        (update,) = await bot.get_updates(timeout=10)
        query = update.callback_query
        assert query is not None
        assert query.data in ("tok.1", "tok.2")
        assert query.from_user.id == CHAT
        assert query.message is not None
        assert query.message.chat.id == CHAT
        assert await bot.answer_callback_query(query.id, "Bien reçu à 22h56")
        assert network.bot.answered[0]["text"] == "Bien reçu à 22h56"
        with pytest.raises(BadRequest, match=r"(?i)query is too old and response timeout expired or query ID is invalid"):
            await bot.answer_callback_query(query.id)
        (given,) = network.given
        assert (given.key, given.alert, given.choice) == (ALLA.key, "HGX1-03", query.data)
        assert given.label == {"tok.1": "Fait", "tok.2": "Souci"}[given.choice]


async def test_an_update_stays_until_a_higher_offset_confirms_it() -> None:
    async with town() as network, bot_of(network) as bot:
        for word in ("un", "deux", "trois"):
            network.bot.updates.push("message", {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": word})
        first = await bot.get_updates()
        assert [update.message.text for update in first if update.message] == ["un", "deux", "trois"]
        assert await bot.get_updates() == first
        rest = await bot.get_updates(offset=first[0].update_id + 1, limit=1)
        assert rest == first[1:2]
        assert await bot.get_updates(offset=first[-1].update_id + 1) == ()
        assert len(network.bot.updates) == 0


async def test_a_second_poller_ends_the_first_with_a_conflict() -> None:
    async with town() as network, bot_of(network) as bot, bot_of(network) as other:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.2)
        second = asyncio.create_task(other.get_updates(timeout=1))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first
        assert await second == ()


async def test_a_webhook_gets_updates_with_its_secret_until_it_takes_them() -> None:
    async with town() as network, bot_of(network) as bot, listener() as (url, came, bodies, statuses):
        statuses.extend([500, 503])
        await bot.set_webhook(f"{url}/hooks/bot", secret_token="s3cret", allowed_updates=["callback_query"])
        with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
            await bot.get_updates()
        network.bot.updates.push("message", {"message_id": 1})  # not asked for
        await bot.send_message(CHAT, LETTER, ParseMode.HTML, reply_markup=BUTTONS)
        await until(lambda: len(came) == 3 and len(network.bot.updates) == 0, "the update was taken at the third attempt")
        assert bodies[0] == bodies[2]
        assert b'"callback_query"' in bodies[0]
        assert {request.headers["X-Telegram-Bot-Api-Secret-Token"] for request in came} == {"s3cret"}
        assert (await bot.get_webhook_info()).url == f"{url}/hooks/bot"
        await bot.delete_webhook()
        assert await bot.get_updates() == ()


async def test_parameters_may_come_as_a_form_or_in_the_address() -> None:
    async with town() as network:
        status, body = await call_bot(network, f"sendMessage?chat_id={CHAT}&text=x")
        assert (status, body["result"]["text"]) == (200, "x")
