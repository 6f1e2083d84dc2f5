"""Service texts are made in the transaction of what they speak of, journalled, and sent by the lanes.

A text goes back by the account that the person wrote to. Nothing goes to a number that nobody of ours has, and no number gets
more than a few an hour, whatever it sends: two machines must not keep talking to each other.
"""

import html
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from notifier.desk.desk import Desk
from notifier.domain.gsm import to_gsm
from notifier.domain.message import Choice
from notifier.domain.notice import KEPT, LIFE, MOST_CHATS, MOST_HELP, MOST_RECEIPTS, MOST_TEXTS, NoticeKind
from notifier.domain.people import Channel, Language
from notifier.prose import say, wording_hash
from notifier.store import alerts, journal, notices
from notifier.store.alerts import RecipientRow
from notifier.store.notices import NewText
from notifier.store.transaction import Tx

Line = tuple[str, Mapping[str, object]]  # the code of its words, and what stands in their gaps
Buttons = Sequence[tuple[str, str]]  # codes of their words, and their references
_AN_HOUR = timedelta(hours=1)
SHOWN_AT_ONCE = 500  # people a round, at some 30 us each
_OR = {Language.FR: "ou", Language.EN: "or"}


async def purge_notices(desk: Desk) -> int:
    """Forget what has been said a day ago, or was never said in time; gives how many."""
    at = desk.clock.now()
    if not await desk.store.read(lambda tx: notices.any_to_purge(tx, at - KEPT)):
        return 0
    return await desk.store.write(lambda tx: notices.purge(tx, at - KEPT))


async def show_changes(desk: Desk) -> None:
    """Have the messages by Telegram show how their people stand now: apart from the answers, which must not wait for it."""
    if not await desk.store.look(notices.any_unshown):
        return
    await desk.store.write(lambda tx: notices.show_changes(tx, desk.clock.now(), SHOWN_AT_ONCE))
    desk.ring()


async def count_unsaid(desk: Desk) -> int:
    """How many service texts are still to leave."""
    return await desk.store.read(lambda tx: notices.count_waiting(tx, desk.clock.now()))


class SmsTalk:
    """One text that came in by SMS, and what may be said back: by the account ``event`` came by, to ``number``."""

    def __init__(self, desk: Desk, tx: Tx, number: str, event: str) -> None:
        self._desk, self._tx, self._number, self._event = desk, tx, number, event

    def confirm(self, recipient: int, language: str, label: str, at: datetime) -> None:
        """The answer counts."""
        code, when = "sms.receipt", f"{at.astimezone(self._desk.zone):%Hh%M}"
        self._say(NoticeKind.RECEIPT, code, language, recipient, label=label.upper(), at=when)

    def regret(self, recipient: int, language: str, number: str) -> None:
        """The answer came when the alert was over; ``number`` is answered day and night, where there is one."""
        self._say(NoticeKind.HELP, "sms.late" if number else "sms.late.cadre", language, recipient, number=number)

    def ask_code(self, recipient: int, language: str, digit: int) -> None:
        """The answer lacks the message's own code, and counts only with it."""
        self._say(NoticeKind.HELP, "sms.code", language, recipient, digit=digit)

    def help(self, recipient: int, language: str, choices: Sequence[Choice]) -> None:
        """The text could not be read; ``choices`` are those on offer, none where several questions are open."""
        digits = [str(choice.digit) for choice in choices]
        if len(digits) > 1:
            digits[-2:] = [f"{digits[-2]} {_OR[Language(language)]} {digits[-1]}"]
        code = "sms.help" if digits else "sms.help.several"
        self._say(NoticeKind.HELP, code, language, recipient, digits=", ".join(digits))

    def warn(self, language: str, recipient: int | None) -> None:
        """Clinical words: whoever writes them here loses time."""
        self._say(NoticeKind.DANGER, "sms.danger", language, recipient)

    def _say(self, kind: NoticeKind, code: str, language: str, recipient: int | None, **facts: object) -> None:
        desk, tx = self._desk, self._tx
        if kind is NoticeKind.HELP and recipient is not None and notices.count_help(tx, recipient) >= MOST_HELP:
            return
        new = NewText(
            key=f"{kind.value}:{self._event}",
            kind=kind,
            lane=self._event.partition(":")[0],
            channel=Channel.SMS,
            to=self._number,
            text=to_gsm(say(code, Language(language), **facts)),
            recipient=recipient,
        )
        _queue(desk, tx, new, [code], MOST_RECEIPTS if kind is NoticeKind.RECEIPT else MOST_TEXTS)


def stand_down_by(desk: Desk, tx: Tx, rows: Sequence[RecipientRow]) -> None:
    """Tell these that nobody need come any more, by a way by which they were called; whom nothing reached is told nothing."""
    ways = notices.called_by(tx, [row.id for row in rows])
    if not ways:
        return
    raised = alerts.load_alerts(tx, {row.alert for row in rows})
    for row in rows:
        if (way := ways.get(row.id)) is None:
            continue
        language, alert = Language(row.language), raised[row.alert]
        words = say("stand_down", language, title=alert.title, at=f"{alert.raised_at.astimezone(desk.zone):%H:%M}")
        new = NewText(
            key=f"stand_down:{row.id}",
            kind=NoticeKind.STAND_DOWN,
            lane=way.lane,
            channel=way.channel,
            to=desk.vault.open(way.value_sealed, f"addresses:{way.address}:value"),
            text=to_gsm(words) if way.channel is Channel.SMS else html.escape(words, quote=False),
            recipient=row.id,
        )
        _queue(desk, tx, new, ["stand_down"], MOST_RECEIPTS)


def tell_chat(
    desk: Desk,
    tx: Tx,
    lane: str,
    chat: str,
    key: str,
    lines: Sequence[Line],
    language: Language,
    buttons: Buttons = (),
) -> None:
    """The bot says something in a private chat, once for each ``key``; ``buttons`` are codes of words and references."""
    new = NewText(
        key=f"chat:{key}",
        kind=NoticeKind.CHAT,
        lane=lane,
        channel=Channel.TELEGRAM,
        to=chat,
        text=html.escape("\n".join(say(code, language, **facts) for code, facts in lines), quote=False),
        buttons=tuple((say(label, language), data) for label, data in buttons),
    )
    _queue(desk, tx, new, [code for code, _ in lines], MOST_CHATS)


def _queue(desk: Desk, tx: Tx, new: NewText, codes: Sequence[str], most: int) -> None:
    at, speed = desk.clock.now(), desk.clock.speed
    if notices.count_since(tx, desk.vault.blind(new.channel, new.to), at - _AN_HOUR * speed) >= most:
        return
    if notices.queue_text(tx, new, desk.vault.seal, desk.vault.blind, at, at + LIFE * speed):
        told: journal.Facts = {
            "kind": new.kind.value,
            "lane": new.lane,
            "words": wording_hash(codes),
            "to": desk.vault.commit(f"{new.channel.value}:{new.to}"),
        }
        journal.write(tx, at, "house", "notice", told)
