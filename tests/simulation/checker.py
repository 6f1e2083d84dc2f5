"""The invariants, judged by what the phones got and what the operators were shown; never by our tables.

The journal is asked by its own verifier. Each finding begins with the name of the invariant that is broken.
"""

import html
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from notifier.channels.contract import CALL_DEADLINE
from notifier.desk.answering import Fate
from notifier.desk.planning import Called
from notifier.domain.codes import verification_code
from notifier.domain.incident import split_alert_code
from notifier.domain.message import Question, fill
from notifier.domain.people import Channel, Language
from notifier.practice.ledger import Entry
from tests.simulation.cell import Shown
from tests.simulation.night import Night
from tests.simulation.staff import LINK
from tests.simulation.world import FACES, FACTS, Call, Caller, Stretch
from tests.spoken import is_service_text

MAX_COPIES = 3  # of one step on one channel (RELIABILITY P2)
INSTANT = 1e-6  # s, virtual: a call takes the place of one given up at that very instant, but for a float's last bit
SETTLED_WITHIN = 0.25  # s, virtual, from an answer to the commit that knows of it
CLAIMED = 0.1  # s, virtual: a call that was let go at the very moment of the answer


class Judged:
    """One night, laid out for the checks."""

    def __init__(self, night: Night) -> None:
        self.night = night
        self.owner = night.staff.owners
        self.calls: dict[tuple[str, str], list[Call]] = defaultdict(list)  # (alert, name)
        self.spoken: dict[str, list[Call]] = defaultdict(list)  # service texts, by name
        for call in night.world.calls:
            name = self.owner[call.channel, call.address].name
            (self.calls[call.alert, name] if call.alert else self.spoken[name]).append(call)
        self.called: dict[str, dict[str, Called]] = {}
        names = {person: name for name, person in night.theatre.people.items()}
        for code, shown in night.cell.alerts.items():
            self.called[code] = {names[each.person.id]: each for plan in shown.plans for each in plan.called if plan.code == code}
        self.names = names

    def had(self, code: str, name: str) -> bool:
        """A copy lies on one of his devices."""
        return any(
            entry.delivered and entry.alert == code
            for (channel, address), member in self.owner.items()
            if member.name == name
            for entry in self.night.world.ledger.of(channel, address)
        )

    def not_reached(self, code: str) -> dict[str, str]:
        """The list on paper: name and cause."""
        return {self.names[one.person.id]: one.cause for one in self.night.lists[code].not_reached}

    def ends(self, code: str, name: str) -> datetime:
        """When his words have run out: of several plans with this number nobody outside knows which one was sent."""
        plans = (plan for plan in self.night.cell.alerts[code].plans if plan.code == code)
        return min(each.expires_at for plan in plans for each in plan.called if self.names[each.person.id] == name)

    def usable(self, name: str, at: datetime) -> set[str]:
        """By what he could be tried then. Whoever has blocked the bot and has been called by it before has a dead chat."""
        working = {lane.channel.value for lane in self.night.lanes}
        mine = {channel: address for (channel, address), member in self.owner.items() if member.name == name}
        blocked = ("telegram", mine.get("telegram")) in self.night.world.blocked
        calls = self.night.world.calls if blocked else ()
        dead = any(call.at <= at and call.address == mine["telegram"] and call.channel == "telegram" for call in calls)
        return {channel for channel in mine if channel in working} - ({"telegram"} if dead else set())

    def unseen(self, code: str, name: str, at: datetime) -> Counter[str]:
        """By channel: how often a message of his was on the wire by the book, and nobody outside has seen a call.

        Where its process died or stood still before the call, that counts as a copy: the house cannot know better.
        """
        until, number = self.night.world.clock.hands_at(at), split_alert_code(code)
        channels = {lane.name: lane.channel.value for lane in self.night.lanes}
        meant = Counter(
            channels[intent.lane]
            for process in self.night.posts.all
            for intent in process.intents
            if number and intent.number == number[1] and self.names[intent.person] == name and intent.at <= until
        )
        return meant - Counter(call.channel for call in self.calls[code, name] if call.at <= at)


def judge(night: Night) -> list[str]:
    """Everything that is wrong with this night; empty for a good one."""
    if not night.settled:
        return ["liveness: not everything had ended when the night was over", *_accidents(night)]
    judged = Judged(night)
    checks = (
        *(_lost, _spoken, _tried, _copies, _window, _fencing, _approved, _words),
        *(_stopped, _frozen, _expired, _answers, _receipts, _journal),
    )
    return [*_accidents(night), *night.locks, *(finding for check in checks for finding in check(judged))]


def _accidents(night: Night) -> list[str]:
    return [f"accident: {told}" for told in night.accidents]


def lost(night: Night) -> int:
    """How many recipients are neither reached nor listed."""
    judged = Judged(night)
    return sum(1 for _ in _lost(judged)) if night.settled else sum(v.board.total.in_progress for v in night.boards.values())


def _lost(judged: Judged) -> Iterator[str]:
    for code, called in judged.called.items():
        listed = judged.not_reached(code)
        for name in called:
            answered = judged.night.staff.of(code, name).tried
            if not judged.had(code, name) and name not in listed and not answered:
                yield f"lost: {name} has no copy of {code} and is on no list"
        board = judged.night.boards[code].board
        if not board.is_settled:
            yield f"lost: {board.total.in_progress} of {code} are neither reached nor listed"
        if board.total.total != len(called):
            yield f"lost: the board of {code} does not count everybody"


def _spoken(judged: Judged) -> Iterator[str]:
    """A service text says nothing but what it may, to whoever wrote first, and no oftener than he wrote."""
    for name, calls in judged.spoken.items():
        wrote = judged.night.staff.wrote[name]
        strange = [call for call in calls if not is_service_text(call.channel, call.text)]
        if strange:
            yield f"spoken: {name} got words that nobody approved and no release has"
        if len({call.ref for call in calls}) > wrote:
            yield f"spoken: {name} wrote {wrote} texts and got {len(calls)} back"


def _tried(judged: Judged) -> Iterator[str]:
    """Nobody is given up for another cause than the true one; who stays silent is on the list of those to call."""
    night = judged.night
    for code, called in judged.called.items():
        for lists in (*night.looks.get(code, ()), night.lists[code]):
            for one in lists.not_reached:
                name = judged.names[one.person.id]
                if untrue := _is_untrue(judged, code, name, one.cause, lists.at):
                    yield f"ladder: {name} is listed for {code} as {one.cause}, {untrue}"
        by_hand = {judged.names[one.person.id] for one in night.lists[code].by_hand}
        for name, each in called.items():
            chased = each.woken and each.question is not Question.NONE and night.cell.alerts[code].stop_asked is None
            if chased and not night.staff.of(code, name).tried and name not in by_hand:
                yield f"ladder: {name} stays silent on {code} and nobody is told to call"


def _is_untrue(judged: Judged, code: str, name: str, cause: str, at: datetime) -> str:
    """What speaks against this cause on a list of that time; nothing where it is true."""
    shown, calls = judged.night.cell.alerts[code], [call for call in judged.calls[code, name] if call.at <= at]
    is_stopped = shown.stop_asked is not None and shown.stop_asked <= judged.night.world.clock.hands_at(at)
    has_ended = at >= judged.ends(code, name)
    usable = judged.usable(name, at)
    untried = usable - {call.channel for call in calls}
    if cause == "no_channel":
        return f"and has {', '.join(sorted(usable))}" if usable else ""
    if cause == "stopped":
        return "" if is_stopped else "which nobody has asked for"
    if cause == "expired":
        return "" if has_ended else "before his words had run out"
    unseen = judged.unseen(code, name, at)
    if cause == "doubtful":
        # A channel that may have carried it is not tried again once another one had it, though that one failed later.
        passed_over = any(call.clear and call.taken for call in calls)
        untried = {channel for channel in untried if unseen[channel] < MAX_COPIES and not (unseen[channel] and passed_over)}
    if untried and not is_stopped and not has_ended:
        return f"and was not tried by {', '.join(sorted(untried))}"
    if cause == "refused":
        return "and has a copy" if judged.had(code, name) else ""
    doubted = any(not call.clear or _trouble(call) for call in calls) or unseen
    return "" if doubted else "and nothing was doubtful"


def _copies(judged: Judged) -> Iterator[str]:
    """P2: an extra copy only after an ambiguous attempt, at most the window for each crash and lane, three in all."""
    by_trouble: Counter[tuple[int, float, str]] = Counter()
    windows = {lane.name: lane.window for lane in judged.night.lanes}
    for (code, name), calls in judged.calls.items():
        for channel in ("telegram", "sms", "email"):
            taken = [call for call in calls if call.taken and call.channel == channel]
            if len(taken) > MAX_COPIES:
                yield f"copies: {name} got {len(taken)} copies of {code} by {channel}"
            for before, after in pairwise(taken):
                if FACTS[FACES[before.lane]].takes_our_id and before.lane == after.lane:
                    yield f"copies: {name} got {code} twice from a gateway that takes our id"
                trouble = _trouble(before)
                if trouble is not None:
                    by_trouble[before.process.number, trouble.since, before.lane] += 1
                elif before.clear:
                    yield f"copies: {name} got {code} again by {channel} although nothing was doubtful"
    for (process, since, lane), copies in by_trouble.items():
        if copies > windows[lane]:
            yield f"copies: {copies} by {lane} after process {process} failed at {since:.2f}, its window is {windows[lane]}"


def _trouble(call: Call) -> Stretch | None:
    """When its process died, stood still or had no database before it had written down what this call came to."""
    until = float("inf")
    if call.ended is not None:
        until = call.ended + (SETTLED_WITHIN if call.clear else 0.0)  # what is not clear is doubtful anyway
    return next((spell for spell in _spells(call.process) if spell.meets(call.started, until)), None)


def _spells(process: Caller) -> list[Stretch]:
    """When a process was not itself."""
    death = [] if process.died_at is None else [Stretch(process.died_at)]
    return [*death, *process.stalls, *process.cuts]


def _just_woken(call: Call) -> bool:
    """Its process had asked whether it may be made, stood still, and made it at once when it went on: nobody can help that."""
    return any(stall.until == call.started for stall in call.process.stalls)


def _window(judged: Judged) -> Iterator[str]:
    """Never more calls of one process under way on a lane than its window."""
    windows = {lane.name: lane.window for lane in judged.night.lanes}
    under_way: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
    for call in judged.night.world.calls:
        given_up = call.started + CALL_DEADLINE.total_seconds() - INSTANT
        ends = call.started if call.ended is None else min(call.ended, given_up)
        under_way[call.process.number, call.lane] += [(call.started, 1), (ends, -1)]
    for (_, lane), changes in under_way.items():
        count = most = 0
        for _, change in sorted(changes):
            count += change
            most = max(most, count)
        if most > windows[lane]:
            yield f"window: {most} calls under way by {lane}, its window is {windows[lane]}"


def _fencing(judged: Judged) -> Iterator[str]:
    """By the book a lane has one owner: nobody else starts a call on it, and it changes hands once his calls have ended."""
    takeovers = judged.night.posts.takeovers
    yield from (finding for process in judged.night.posts.all for finding in process.accused)
    for call in judged.night.world.calls:
        mine = [each for each in takeovers if each.lane == call.lane]
        last = max((each.at for each in mine if each.at < call.started), default=-1.0)
        owners = [each.process for each in mine if each.at in (last, call.started)]
        if call.process not in owners and not _just_woken(call):
            yield f"fencing: process {call.process.number} called by {call.lane} at {call.started:.2f}, lost at {last:.2f}"
    for taken in takeovers:
        for call in judged.night.world.calls:
            ended = min(call.started + CALL_DEADLINE.total_seconds(), call.ended or float("inf"))
            others = call.lane == taken.lane and call.process is not taken.process and call.started < taken.at < ended
            if others and not _is_out(call.process, call.started, taken.at):
                told = f"took {call.lane} at {taken.at:.2f} while process {call.process.number} was calling"
                yield f"fencing: process {taken.process.number} {told}"


def _is_out(process: Caller, since: float, until: float) -> bool:
    """Dead by then, or stalled meanwhile."""
    died = process.died_at is not None and process.died_at <= until
    return died or any(stall.meets(since, until) for stall in process.stalls)


def _approved(judged: Judged) -> Iterator[str]:
    for code in judged.night.cell.wrongs:
        yield f"approved: {code} was let out though it had to be refused"
    unshown = {plan.code for plan in judged.night.cell.ordered}  # confirmed, and the console died or stood still before it told
    for code, name in judged.calls:
        if code not in judged.called and code in unshown:
            continue
        if code not in judged.called:
            yield f"approved: {name} was sent {code}, which nobody sent"
        elif name not in judged.called[code]:
            yield f"approved: {name} was sent {code}, which is not for him"


def _words(judged: Judged) -> Iterator[str]:
    """Byte for byte what was approved."""
    codes = judged.night.theatre.vault.derive("codes")
    for (code, name), calls in judged.calls.items():
        each = judged.called.get(code, {}).get(name)
        if each is None:
            continue
        for call in calls:
            if not _is_approved(judged.night.cell.alerts[code], call, each, codes):
                yield f"words: {name} got by {call.channel} other words than {code} was approved with"


def _is_approved(shown: Shown, call: Call, each: Called, codes: bytes) -> bool:
    found = LINK.search(html.unescape(call.text))
    link = found[0] if found else ""
    person = each.person
    short = f"{person.given_name} {person.family_name[:1]}." if person.given_name else person.family_name
    for plan in shown.plans:
        if plan.code != shown.code:
            continue
        code = verification_code(codes, person.id, person.card, plan.incident.exercise, plan.number)
        for wording in plan.wordings:
            mine = (wording.channel, wording.clinic, wording.question, wording.language)
            if mine != (Channel(call.channel), person.clinic, each.question, Language(person.language)):
                continue
            words = fill(wording, name=short, code=code, link=link)
            if (words.text, words.subject) == (call.text, call.subject):
                return True
    return False


def _stopped(judged: Judged) -> Iterator[str]:
    for code, shown in judged.night.cell.alerts.items():
        for name in judged.called[code]:
            calls = [] if shown.stopped is None else judged.calls[code, name]
            late = [call for call in calls if call.started > (shown.stopped or 0.0) and not _just_woken(call)]
            if late:
                yield f"stopped: {name} was called for {code} {late[0].started - shown.stopped:.2f} s after its stop"  # type: ignore[operator]


def _frozen(judged: Judged) -> Iterator[str]:
    for since, until in judged.night.cell.frozen:
        for call in judged.night.world.calls:
            if since < call.started < until and not _just_woken(call):
                yield f"frozen: a call by {call.lane} while everything was frozen"


def _expired(judged: Judged) -> Iterator[str]:
    slack = timedelta(seconds=0.001) * judged.night.world.clock.speed
    for (code, name), calls in judged.calls.items():
        each = judged.called.get(code, {}).get(name)
        for call in calls if each else ():
            assert each is not None
            if call.at >= each.expires_at + slack:
                yield f"expired: {name} was called for {code} after its words had run out"
            if call.at + call.life > each.expires_at + slack:
                yield f"expired: {call.lane} was told that {code} lives longer than it does"
            if call.at + call.life < judged.ends(code, name) - slack:
                yield f"expired: {call.lane} was told that {code} lives shorter than it does"
    for entry in judged.night.world.ledger:
        yield from _shown_too_late(judged, entry, slack)


def _shown_too_late(judged: Judged, entry: Entry, slack: timedelta) -> Iterator[str]:
    name = judged.owner[entry.channel, entry.address].name
    each = judged.called.get(entry.alert, {}).get(name)
    held = entry.channel == "sms" and each is not None and entry.shown_at is not None
    if (
        held
        and each is not None
        and entry.shown_at is not None
        and entry.shown_at > each.expires_at + slack + timedelta(seconds=0.5) * judged.night.world.clock.speed
    ):
        yield f"expired: {name} read {entry.alert} after its words had run out"


def _answers(judged: Judged) -> Iterator[str]:
    """What was answered holds, what was not does not, and nothing more is started for whoever has answered."""
    night = judged.night
    for code, called in judged.called.items():
        shown = night.cell.alerts[code]
        tried = {name for name in called if night.staff.of(code, name).tried}
        stop = shown.stop_asked
        sure = {name for name in tried if _is_known(night, code, name, stop)}
        counted = night.boards[code].board.total.answers
        if counted > len(tried):
            yield f"answers: {code} shows {counted} answers, and {len(tried)} people have answered"
        if counted < len(sure):
            yield f"answers: {code} shows {counted} answers, and {len(sure)} people were told that theirs counts"
        for name in sure:
            known = night.staff.of(code, name).known or 0.0
            late = [call for call in judged.calls[code, name] if call.started > known + CLAIMED and not _just_woken(call)]
            if late:
                yield f"answers: {name} was called for {code} {late[0].started - known:.2f} s after his answer had counted"
    for (code, name), fate in night.pressed_again.items():
        given = night.staff.of(code, name)
        if given.known is None:
            continue
        if fate is Fate.COUNTED:
            yield f"answers: {name} had pressed for {code}, and the house had forgotten it"
        if fate is Fate.CHANGED and given.by == {"telegram"}:
            yield f"answers: {name}'s newest answer to {code} was undone by an older one"


def _is_known(night: Night, code: str, name: str, stop: float | None) -> bool:
    known = night.staff.of(code, name).known
    return known is not None and (stop is None or known < stop)


def _receipts(judged: Judged) -> Iterator[str]:
    """A receipt of arrival, once taken, is never unlearnt; where it names no id of ours, its call must have been heard."""
    for code in judged.called:
        listed = judged.not_reached(code)
        for name in listed:
            for call in judged.calls[code, name]:
                known = FACTS[FACES[call.lane]].takes_our_id or (call.clear and _trouble(call) is None)
                if call.arrived and known:
                    yield f"receipts: {name} is listed for {code} although a gateway had reported its arrival"


def _journal(judged: Judged) -> Iterator[str]:
    night, verdict = judged.night, judged.night.verdict
    assert verdict is not None
    if verdict.bad_seq is not None:
        yield f"journal: entry {verdict.bad_seq} does not hold ({verdict.reason})"
    if verdict.unsealed:
        yield f"journal: {verdict.unsealed} acts are not sealed"
    calls = [call for call in night.world.calls if call.alert]  # a service text is an act of its own
    settled = sum(call.process.died_at is None or (call.clear and _trouble(call) is None) for call in calls)
    if verdict.attempts < len(calls) + settled:
        yield f"journal: {verdict.attempts} attempts for {len(calls)} calls"
    acts = {(entry.act, str(entry.facts.get("alert"))) for entry in night.entries}
    for code, shown in night.cell.alerts.items():
        if ("alert.send", code) not in acts:
            yield f"journal: nobody has written down that {code} was sent"
        if shown.stopped is not None and ("alert.stop", code) not in acts:
            yield f"journal: nobody has written down that {code} was stopped"


def names_of(findings: Sequence[str]) -> list[str]:
    """The invariants that are broken, each once."""
    return sorted({finding.partition(":")[0] for finding in findings})
