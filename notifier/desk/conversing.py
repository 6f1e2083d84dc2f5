"""The bot's side of a conversation: enrolment by a card, and what staff ask it. Nothing that is said to it goes unanswered.

Each word of it is a service text, made once for each update however often that is told again. Whoever may speak for a service
does so here as by text: ``12/14``. Other free text answers nothing: it goes to the inbox while the person has a question open,
and clinical words are told at once that nobody treats them here.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from notifier.desk.counting import Spoken, hear_team, record_headcount
from notifier.desk.desk import Desk
from notifier.desk.enrolling import Shown, decline, look_up, redeem
from notifier.desk.inbox import Unread, leave_to_human
from notifier.desk.noticing import Buttons, Line, tell_chat
from notifier.domain.alert import LISTENS
from notifier.domain.delivery import RefusedFor
from notifier.domain.enrolment import Verdict
from notifier.domain.people import Address, Channel, Language
from notifier.domain.replies import read_reply
from notifier.store import alerts, answers, contacts, enrolling, journal
from notifier.store.alerts import AlertRow
from notifier.store.transaction import Tx

STOPPED = "stopped"  # why an address is silent: the person said so
_SILENT = (STOPPED, RefusedFor.BLOCKED.value)
_HELP: Sequence[Line] = [(f"bot.help.{line}", {}) for line in ("me", "test", "language", "stop", "never")]
_REFUSED = {verdict: f"bot.{verdict.value}" for verdict in Verdict}


@dataclass(frozen=True, slots=True)
class Chat:
    """One update of a private chat: by which lane it came, and its number there; ``hint`` is the client's language."""

    lane: str
    update: int
    chat: int = field(repr=False)
    hint: str = ""

    @property
    def event(self) -> str:
        return f"{self.lane}:{self.update}"

    @property
    def address(self) -> Address:
        return Address(Channel.TELEGRAM, str(self.chat))

    @property
    def language(self) -> Language:
        """Of somebody whom we do not know."""
        return Language.EN if self.hint and not self.hint.startswith(Language.FR.value) else Language.FR


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose chat it is. ``person`` is 0 for a stranger; ``muted``: nothing goes there."""

    person: int
    language: Language
    name: str = field(default="", repr=False)
    clinic: str = ""
    muted: bool = False


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the bot says: the code of its words, its facts, and the codes of buttons with their references."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict, repr=False)
    buttons: Buttons = ()
    more: Sequence[Line] = ()


async def hear(desk: Desk, chat: Chat, text: str) -> None:
    """Somebody wrote to the bot. Returns once the answer is committed."""
    command, _, rest = text.strip().partition(" ")
    command = command.partition("@")[0].casefold()
    if command == "/start" and rest.strip():
        await _show_token(desk, chat, rest.strip())
        return
    verb = _COMMANDS.get(command)
    await desk.store.write(partial(_answer, desk, chat, verb) if verb else partial(_listen, desk, chat, text))


async def choose(desk: Desk, chat: Chat, data: str) -> bool:
    """A button of the conversation was pressed; False where this is none of its buttons."""
    verb, colon, given = data.partition(":")
    press = _PRESSES.get(verb) if colon else None
    if press is None:
        return False
    await press(desk, chat, given)
    return True


async def note_membership(desk: Desk, chat: Chat, *, blocked: bool) -> None:
    """The person has blocked the bot, or let it in again: the next channel need not wait for a refusal."""

    def work(tx: Tx) -> None:
        at, blind = desk.clock.now(), desk.vault.blind(Channel.TELEGRAM, chat.address.value)
        why = RefusedFor.BLOCKED.value
        changed = contacts.mute(tx, blind, at, why) if blocked else contacts.unmute(tx, blind, (why,))
        if changed:
            journal.write(tx, at, "staff", "contact.block" if blocked else "contact.unblock", {"chat": _commit(desk, chat)})

    await desk.store.write(work)


async def _show_token(desk: Desk, chat: Chat, token: str) -> None:
    shown = await look_up(desk, token, chat.chat)
    reply = _reply_to(shown)
    if shown.verdict is Verdict.WELCOME:
        reply = _Reply("bot.welcome", reply.facts, (("bot.me", f"me:{token}"), ("bot.not_me", f"not:{token}")))
    await desk.store.write(partial(_tell_shown, desk, chat, shown, reply))


async def _redeem(desk: Desk, chat: Chat, token: str) -> None:
    shown = await redeem(desk, token, chat.chat)
    await desk.store.write(partial(_tell_shown, desk, chat, shown, _reply_to(shown)))


async def _decline(desk: Desk, chat: Chat, token: str) -> None:
    shown = await decline(desk, token, chat.chat)
    await desk.store.write(partial(_tell_shown, desk, chat, shown, _Reply("bot.declined")))


def _reply_to(shown: Shown) -> _Reply:
    return _Reply(_REFUSED[shown.verdict], {"name": shown.given_name, "clinic": shown.clinic, "code": shown.code})


def _tell_shown(desk: Desk, chat: Chat, shown: Shown, reply: _Reply, tx: Tx) -> None:
    if shown.verdict is Verdict.BOUND:
        contacts.unmute(tx, desk.vault.blind(Channel.TELEGRAM, chat.address.value), _SILENT)
    language = chat.language if shown.verdict is Verdict.UNKNOWN else shown.language
    _tell(desk, tx, chat, language, reply)


def _answer(desk: Desk, chat: Chat, verb: Callable[[Desk, Tx, Chat, _Known], _Reply], tx: Tx) -> None:
    known = _who(desk, tx, chat)
    _tell(desk, tx, chat, known.language, verb(desk, tx, chat, known) if known.person else _Reply("bot.stranger"))


def _listen(desk: Desk, chat: Chat, text: str, tx: Tx) -> None:
    """Words that are no command."""
    known = _who(desk, tx, chat)
    emergency = read_reply(text, ()).emergency
    asked = alerts.asked_of(tx, [known.person]) if known.person else []
    states = alerts.load_alerts(tx, {row.alert for row in asked})
    if spoken := hear_team(desk, tx, text, asked, states, ()):
        _count(desk, chat, known, spoken, states[spoken.speaker.alert], text, tx)
        return
    live = [row for row in asked if states[row.alert].state in LISTENS]
    code = "bot.help" if known.person else "bot.stranger"
    if emergency:
        code = "bot.danger"
    elif live:
        code = "bot.to_read"
    more = _HELP if code == "bot.help" else ()
    _tell(desk, tx, chat, known.language, _Reply(code, {"name": known.name, "clinic": known.clinic}, more=more))
    if known.person and (live or emergency):
        unread = Unread(chat.event, Channel.TELEGRAM, chat.address.value, text, emergency=emergency)
        leave_to_human(desk, tx, unread, live[0].id if len(live) == 1 else None)


def _count(desk: Desk, chat: Chat, known: _Known, spoken: Spoken, alert: AlertRow, text: str, tx: Tx) -> None:
    """Words that spoke for a whole service. An update that is told again undoes no newer word."""
    at, speaker, said = desk.clock.now(), spoken.speaker, spoken.said
    if not answers.note_events(tx, [chat.event], at):
        return
    record_headcount(desk, tx, spoken, alert, Channel.TELEGRAM.value, at, event=chat.event)
    emergency = read_reply(text, ()).emergency
    more: list[Line] = [("bot.danger", {})] if emergency else []
    more += [("bot.team.to_read", {})] if said.to_read else []
    facts = {"clinic": speaker.clinic, "service": speaker.service, "said": said.shown, "at": f"{at.astimezone(desk.zone):%H:%M}"}
    _tell(desk, tx, chat, known.language, _Reply("bot.team", facts, more=more))
    if said.to_read:
        unread = Unread(chat.event, Channel.TELEGRAM, chat.address.value, text, emergency=emergency)
        leave_to_human(desk, tx, unread, speaker.id)


def _help(_desk: Desk, _tx: Tx, _chat: Chat, known: _Known) -> _Reply:
    facts = {"name": known.name, "clinic": known.clinic}
    return _Reply("bot.muted", facts) if known.muted else _Reply("bot.help", facts, more=_HELP)


def _start(desk: Desk, tx: Tx, chat: Chat, known: _Known) -> _Reply:
    if known.muted and contacts.unmute(tx, desk.vault.blind(Channel.TELEGRAM, chat.address.value), _SILENT):
        journal.write(tx, desk.clock.now(), "staff", "contact.resume", {"chat": _commit(desk, chat)})
    return _Reply("bot.help", {"name": known.name, "clinic": known.clinic}, more=_HELP)


def _contacts(desk: Desk, tx: Tx, _chat: Chat, known: _Known) -> _Reply:
    ways: list[Line] = []
    for contact in contacts.ways_of(tx, known.person, desk.vault.open):
        code = "bot.way.in_band" if contact.in_band else "bot.way.dead" if contact.dead else "bot.way"
        ways.append((code, {"address": contact.address.masked}))
    return _Reply("bot.contacts", more=[*ways, ("bot.contacts.change", {})])


def _test(desk: Desk, _tx: Tx, _chat: Chat, _known: _Known) -> _Reply:
    return _Reply("bot.test", {"at": f"{desk.clock.now().astimezone(desk.zone):%H:%M}"})


def _ask_language(_desk: Desk, _tx: Tx, _chat: Chat, _known: _Known) -> _Reply:
    return _Reply("bot.language", buttons=tuple((f"bot.language.{one.value}", f"lang:{one.value}") for one in Language))


def _ask_stop(_desk: Desk, _tx: Tx, _chat: Chat, _known: _Known) -> _Reply:
    return _Reply("bot.stop", buttons=(("bot.stop.yes", "stop:yes"), ("bot.stop.no", "stop:no")))


async def _set_language(desk: Desk, chat: Chat, given: str) -> None:
    def work(tx: Tx) -> None:
        known = _who(desk, tx, chat)
        language = Language.EN if given == Language.EN.value else Language.FR
        if known.person:
            contacts.set_language(tx, known.person, language)
            facts = {"person": desk.vault.commit(f"person:{known.person}"), "language": language.value}
            journal.write(tx, desk.clock.now(), "staff", "contact.language", facts)
        _tell(desk, tx, chat, language, _Reply("bot.language.done" if known.person else "bot.stranger"))

    await desk.store.write(work)


async def _stop(desk: Desk, chat: Chat, given: str) -> None:
    def work(tx: Tx) -> None:
        known, at = _who(desk, tx, chat), desk.clock.now()
        ends = given == "yes" and known.person != 0
        if ends and contacts.mute(tx, desk.vault.blind(Channel.TELEGRAM, chat.address.value), at, STOPPED):
            journal.write(tx, at, "staff", "contact.stop", {"chat": _commit(desk, chat)})
        code = "bot.stopped" if ends else "bot.kept" if known.person else "bot.stranger"
        _tell(desk, tx, chat, known.language, _Reply(code))

    await desk.store.write(work)


def _who(desk: Desk, tx: Tx, chat: Chat) -> _Known:
    blind = desk.vault.blind(Channel.TELEGRAM, chat.address.value)
    person = min(enrolling.whose(tx, blind), default=0)
    if not person:
        return _Known(0, chat.language)
    who = enrolling.tell_who(tx, person)
    family, _, given = desk.vault.open(who.name_sealed, f"people:{person}:name").partition(contacts.NAME_PARTS)
    here = [one for one in contacts.ways_of(tx, person, desk.vault.open) if one.address == chat.address]
    return _Known(person, Language(who.language), given or family, who.clinic_name, any(one.dead for one in here))


def _tell(desk: Desk, tx: Tx, chat: Chat, language: Language, reply: _Reply) -> None:
    tell_chat(
        desk, tx, chat.lane, chat.address.value, chat.event, [(reply.code, reply.facts), *reply.more], language, reply.buttons
    )


def _commit(desk: Desk, chat: Chat) -> str:
    return desk.vault.commit(f"{Channel.TELEGRAM.value}:{chat.address.value}")


_COMMANDS: Mapping[str, Callable[[Desk, Tx, Chat, _Known], _Reply]] = {
    "/start": _start,
    "/aide": _help,
    "/help": _help,
    "/moi": _contacts,
    "/me": _contacts,
    "/test": _test,
    "/langue": _ask_language,
    "/language": _ask_language,
    "/stop": _ask_stop,
}
_PRESSES: Mapping[str, Callable[[Desk, Chat, str], Awaitable[None]]] = {
    "me": _redeem,
    "not": _decline,
    "lang": _set_language,
    "stop": _stop,
}
