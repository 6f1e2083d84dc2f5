"""One step of one recipient into outbox rows: which lane, which frozen words, which address."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notifier.desk.desk import Desk, choose_lane
from notifier.domain.lane import LaneSettings
from notifier.domain.message import Question, WayBack, Wording
from notifier.domain.people import Channel
from notifier.store.alerts import AlertRow, RecipientRow
from notifier.store.outbox import NewRow

PRIORITIES = {"red": 0, "orange": 2, "info": 4}  # + 1 for those who are not woken
_QUESTIONS: dict[str, Question] = {question.value: question for question in Question}  # faster than its call


def way_back(lane: LaneSettings, question: Question) -> WayBack:
    """How this lane lets a person answer this question."""
    if question is Question.NONE:
        return WayBack.NONE
    match lane.channel:
        case Channel.TELEGRAM:
            return WayBack.BUTTONS
        case Channel.EMAIL:
            return WayBack.LINK
        case Channel.SMS:
            return WayBack.DIGITS if lane.two_way else WayBack.NUMBER


def words_key(channel: str, language: str, back: WayBack, clinic: str, question: Question, digits: str) -> tuple[str, ...]:
    """What tells one alert's words from one another: the digits too, where a text asks for one."""
    return (channel, language, back, clinic, question, digits if back is WayBack.DIGITS else "")


class WayFinder:
    """The frozen words of one alert, found by recipient and lane."""

    def __init__(self, desk: Desk, wordings: Mapping[int, Wording]) -> None:
        self._desk = desk
        self._ids: dict[tuple[str, ...], int] = {
            words_key(w.channel, w.language, w.way_back, w.clinic, w.question, w.digits): wording_id
            for wording_id, w in wordings.items()
        }

    def wording_for(self, recipient: RecipientRow, lane: LaneSettings) -> int | None:
        """The id of the words that this recipient gets by this lane; None where none were frozen."""
        question = _QUESTIONS[recipient.question]
        back, clinic = way_back(lane, question), recipient.clinic
        return self._ids.get(words_key(lane.channel, recipient.language, back, clinic, question, recipient.digits))


def queue_step(
    desk: Desk,
    ways: WayFinder,
    alert: AlertRow,
    recipient: RecipientRow,
    step: int,
    channels: Sequence[Channel],
    at: datetime,
    faulty: frozenset[str] = frozenset(),
) -> list[NewRow]:
    """The rows of one step; a channel without lane, address or words gives none."""
    rows = []
    for channel in channels:
        lane = choose_lane(desk.lanes, channel, recipient.id, faulty)
        wording = None if lane is None else ways.wording_for(recipient, lane)
        address = recipient.channels.get(channel.value)
        if lane is None or wording is None or address is None:
            continue
        rows.append(
            NewRow(
                alert=alert.id,
                recipient=recipient.id,
                wording=wording,
                address=address,
                lane=lane.name,
                channel=channel.value,
                step=step,
                priority=PRIORITIES[alert.level] + (0 if recipient.woken else 1),
                due=max(at, recipient.release_at),
                expires_at=recipient.expires_at,
            )
        )
    return rows
