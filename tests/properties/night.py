"""A night at the desk against plain dictionaries: roster, alerts, turns, answers, receipts, stops, people who are
forgotten, and a house that is restored.

Every step is the product's own verb on a real database. The dictionaries know the promise only: who is in the roster, who was
asked what, what has been answered, and what became of each message by ``domain.delivery``. After every step they must agree.
"""

import asyncio
import copy
import random
import secrets
import tempfile
from collections import Counter
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from notifier.desk import freezing
from notifier.desk.alerting import preview_alert, send_alert, stop_alert
from notifier.desk.answering import Fate, answer_page, press_button, take_reports
from notifier.desk.desk import Desk
from notifier.desk.erasing import erase_person
from notifier.desk.escalating import sweep
from notifier.desk.importing import import_contacts
from notifier.desk.keeping import write_backup
from notifier.desk.planning import Order
from notifier.desk.recording import verify_journal
from notifier.desk.restoring import inspect_backup, restore_backup
from notifier.desk.showing import show_board
from notifier.domain.board import Board
from notifier.domain.delivery import (
    MAX_COPIES,
    TAKEN,
    WAITING,
    Accepted,
    Deferred,
    Evidence,
    LaneFault,
    NotSent,
    Outcome,
    Refused,
    RefusedFor,
    Report,
    State,
    Unsure,
    advance,
    settle,
)
from notifier.domain.errors import BadImport, EmptyAudience, Frozen, StillCalled
from notifier.domain.references import CHANGE, make_token
from notifier.store import ids, journal, leases, outbox, tables
from notifier.store.erasing import find_person
from notifier.store.leases import Holder
from notifier.store.outbox import Finished, Wired
from notifier.store.transaction import Store, open_store
from notifier.vault import Vault, read_key
from tests.desk.house import LANES, LIBRARY, NIGHT, OPERATOR, WoundClock
from tests.properties.databases import Copies
from tests.properties.model import HEADER, MATRICULES, Member, Model, find_traces, members, read_model

T = TypeVar("T")
STEPS = Counter[str]()  # what all nights together have done
REST = 10  # steps between two restored houses: each takes as long as fifty others
LANES_BY_NAME = tuple(lane.name for lane in LANES)
ASKS = {"read": {1: "read"}, "done_trouble": {1: "done", 2: "trouble"}, "none": {}}
OUTCOMES = st.one_of(
    st.just(Accepted("")),
    st.just(Unsure()),
    st.builds(Deferred, st.timedeltas(timedelta(0), timedelta(minutes=2))),
    st.builds(NotSent, st.sampled_from([None, LaneFault.FROZEN, LaneFault.CREDIT])),
    st.just(Refused(RefusedFor.OTHER)),
)


class Night(RuleBasedStateMachine):
    """The rules of one night."""

    copies: ClassVar[Copies]  # given by whoever starts it

    def __init__(self) -> None:
        super().__init__()
        ids.draw = random.Random(1).getrandbits  # who is called first depends on it, and a night is to be repeated
        self.vault: Vault = read_key(self.copies.folder / "key")
        self.runner = asyncio.Runner()
        self.clock = WoundClock(started=NIGHT)
        self.model = Model()
        self.flying: dict[str, list[Wired]] = {name: [] for name in LANES_BY_NAME}
        self.epochs: dict[str, int] = {}
        self.kept: tuple[Path, Model, dict[int, datetime]] | None = None
        self.steps = self.rested = self.presses = 0
        self.last: tuple[str, str, int] | None = None
        self.home = tempfile.TemporaryDirectory()
        self.url = ""
        self.desk = Desk(Store.__new__(Store), self.vault, self.clock, LIBRARY, LANES)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """One verb of the product."""
        return self.runner.run(work)

    def open(self, url: str) -> None:
        """A database to work on."""
        self.url = url
        self.desk = replace(self.desk, store=open_store(url))

    async def read(self) -> Model:
        """What the database says."""
        return await self.desk.store.read(lambda tx: read_model(tx, self.desk.open_text))

    # -- the roster --------------------------------------------------------------------------------------------------------------

    @initialize(data=st.data(), paper=st.booleans(), restored=st.booleans())
    def begin(self, data: st.DataObject, paper: bool, restored: bool) -> None:
        """A house with a roster, an alert and the first calls under way; then it is lost and restored, or somebody answers."""
        self.open(self.copies.built())
        self.take_in({matricule: data.draw(members(matricule)) for matricule in MATRICULES})
        self.send_an_alert(paper)
        self.take_turns(4, data)
        if restored:
            self.make_a_backup()
            self.lose_the_house_and_restore_it(thaws=True)
        elif self.model.asked:
            self.press_a_button(data, digit=1, stranger=1)

    @rule(data=st.data(), who=st.sets(st.sampled_from(MATRICULES), min_size=1))
    def take_in_a_roster(self, data: st.DataObject, who: set[str]) -> None:
        """Whoever the sheet names is as it says; nobody goes because it does not."""
        told = {matricule: data.draw(members(matricule)) for matricule in sorted(who)}
        self.take_in(told)

    @rule(data=st.data())
    @precondition(lambda self: self.model.people)
    def erase_somebody_s_addresses(self, data: st.DataObject) -> None:
        """Whoever wants to be called no more, and stays in the roster."""
        matricule = data.draw(st.sampled_from(sorted(self.model.people)))
        self.take_in({matricule: Member(self.model.people[matricule].role)})

    @rule(data=st.data())
    @precondition(lambda self: self.model.people)
    def forget_somebody(self, data: st.DataObject) -> None:
        """Nothing leads to the person any more, and every sum stays; while an alert counts on the person, nothing changes."""
        matricule = data.draw(st.sampled_from(sorted(self.model.people)))
        alerts = [alert for alert, person in self.model.asked if person == matricule]
        boards, acts = self.run(self.count())
        find = partial(find_person, clinic="KER", matricule=matricule, open_text=self.desk.open_text)
        known = self.run(self.desk.store.read(find))
        assert known is not None
        if not all(self.model.stopped[alert] for alert in alerts):
            with pytest.raises(StillCalled):
                self.run(erase_person(self.desk, OPERATOR, "KER", matricule))
            assert self.run(self.count()) == (boards, acts)
            return
        assert self.run(erase_person(self.desk, OPERATOR, "KER", matricule)).alerts == len(alerts)
        who = self.model.people[matricule]
        self.model.forget(matricule)
        traces = partial(find_traces, vault=self.vault, person=known[0], matricule=matricule, values=who.addresses | who.aside)
        assert self.run(self.desk.store.read(traces)) == []
        assert self.run(self.count()) == (boards, acts + Counter(["person.erase"]))
        STEPS["people forgotten"] += bool(alerts)  # and still counted

    async def count(self) -> tuple[list[Board], Counter[str]]:
        """The sums of every alert, and how often the journal tells of what."""
        boards = [(await show_board(self.desk, OPERATOR, code)).board for code in sorted(self.model.stopped)]
        told = select(tables.journal.c.act)
        return boards, await self.desk.store.read(lambda tx: Counter(tx.execute(told).scalars()))

    def take_in(self, told: Mapping[str, Member]) -> None:
        """The import, and its diff."""
        before = self.model.people
        path = self.sheet(*(member.told(matricule) for matricule, member in told.items()))
        (tally,) = self.run(import_contacts(self.desk, OPERATOR, [path])).tallies
        plain = {matricule: replace(member, aside=frozenset()) for matricule, member in before.items()}
        same = sum(plain.get(matricule) == member for matricule, member in told.items())
        new = len(told.keys() - before.keys())
        assert (tally.unchanged, tally.added, tally.changed) == (same, new, len(told) - same - new)
        assert tally.absent == len(before.keys() - told.keys())
        called = {person for _, person in self.model.asked}
        for matricule, member in told.items():
            was = before.get(matricule)
            aside = set() if was is None else set(was.aside)
            if was is not None and matricule in called:
                aside |= {was.chat} - {""}
            self.model.people[matricule] = replace(member, aside=frozenset(aside - {member.chat}))

    @rule(cell=st.sampled_from(["06 39", "x@", "9x", "K1"]), place=st.integers(0, 3))
    def refuse_a_bad_roster(self, cell: str, place: int) -> None:
        """One bad cell keeps the whole sheet out."""
        rows = [f"K{number};NOUVEAU;BLOC;IDE;;;;" for number in (5, 6, 7)]
        column = {"06 39": 4, "x@": 5, "9x": 6, "K1": 0}[cell]
        bad = rows[place % 3].split(";")
        bad[column] = cell if column else "K5" if place % 3 else "K6"
        rows[place % 3] = ";".join(bad)
        with pytest.raises(BadImport) as refused:
            self.run(import_contacts(self.desk, OPERATOR, [self.sheet(*rows)]))
        assert [fault.where.count("ligne") for fault in refused.value.faults] == [1]

    def sheet(self, *rows: str) -> Path:
        """A file of Kerlic's."""
        path = Path(self.home.name, "KER.csv")
        path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        return path

    # -- alerts ------------------------------------------------------------------------------------------------------------------

    @rule(paper=st.booleans())
    def send_an_alert(self, paper: bool) -> None:
        """To everybody, or to whoever stands ready at the theatre."""
        template, values = ("paper-bloc", {"avant": "06h00"}) if paper else ("first-alert", {"suite": "06h00"})
        order = Order(template, "HGX1", "", values)
        people = self.model.people
        meant = {m for m, who in people.items() if not paper or who.on_call or who.role == "RELAIS"}
        try:
            preview = self.run(preview_alert(self.desk, OPERATOR, order))
            raised = self.run(send_alert(self.desk, OPERATOR, order, at=preview.plan.at, expects=preview.plan.hash))
        except EmptyAudience:
            assert not meant
            return
        except Frozen:
            assert self.model.frozen
            return
        assert not self.model.frozen
        assert raised.code not in self.model.stopped, "a number is given out once"
        assert raised.people == len(meant)
        self.model.stopped[raised.code] = False
        found = self.run(self.read())
        mine = {person: asked for (alert, person), asked in found.asked.items() if alert == raised.code}
        assert mine.keys() == meant
        for person, asked in mine.items():
            who = people[person]
            assert asked.woken is (who.on_call or who.role == "RELAIS")
            assert asked.question == (("done_trouble" if paper and who.role == "CADRE" else "read") if asked.woken else "none")
            self.model.asked[raised.code, person] = asked
        self.adopt(found)
        reached = {message.person for message in self.model.messages.values() if message.alert == raised.code}
        assert reached == {person for person in meant if people[person].addresses}

    def adopt(self, found: Model) -> None:
        """Messages that are new: each is the first to this person of this alert on its channel, and somebody may need it."""
        for number in found.messages.keys() - self.model.messages.keys():
            message = found.messages[number]
            assert (message.state, message.copies) == (State.QUEUED, 0)
            assert not self.model.is_moot(message), "no step after an answer or a stop"
            others = [m for m in self.model.messages.values() if (m.alert, m.person) == (message.alert, message.person)]
            assert message.channel not in {other.channel for other in others}, "a channel is tried once"
            self.model.messages[number] = message

    @rule(room=st.integers(0, 6), data=st.data())
    def take_turns(self, room: int, data: st.DataObject) -> None:
        """Each lane: some calls end, some begin."""
        for lane in LANES_BY_NAME:
            self.take_turn(lane, room, data)

    def take_turn(self, lane: str, room: int, data: st.DataObject) -> None:
        """One lane's."""
        self.hold(lane)
        ended = [wired for wired in self.flying[lane] if data.draw(st.booleans())]
        done = [(wired, data.draw(OUTCOMES)) for wired in ended]
        self.flying[lane] = [wired for wired in self.flying[lane] if wired not in ended]
        self.settle(lane, done)
        finished = [Finished(wired.id, wired.epoch, wired.copies, _named(wired, outcome)) for wired, outcome in done]
        at, epoch, free = self.clock.now(), self.epochs[lane], 0 if self.model.frozen else room
        turn = self.run(
            self.desk.store.write(lambda tx: outbox.take_turn(tx, lane, epoch, finished, at=at, story=1.0, room=free))
        )
        assert len(turn.wired) <= free
        for wired in turn.wired:
            message = self.model.messages[wired.id]
            assert message.state in WAITING
            assert not self.model.is_moot(message), "nothing leaves after an answer or a stop"
            assert message.expires > at, "expired words never leave"
            message.state, message.copies, message.tries = State.ON_WIRE, message.copies + 1, message.tries + 1
            assert wired.copies == message.copies <= MAX_COPIES
            STEPS["calls"] += 1
        self.flying[lane] += turn.wired

    def settle(self, lane: str, done: list[tuple[Wired, Outcome]]) -> None:
        """What becomes of those messages."""
        for wired, outcome in done:
            message = self.model.messages[wired.id]
            if message.state is State.ON_WIRE and wired.epoch == self.epochs[lane]:
                settled = settle(outcome, copies=message.copies, tries=message.tries)
                message.state, message.copies = settled.state, settled.copies
                if message.state in WAITING and self.model.is_moot(message):
                    message.state = State.CANCELLED
            elif isinstance(outcome, Accepted) and message.state not in (*TAKEN, State.UNDELIVERED):
                message.state = State.ACCEPTED

    def hold(self, lane: str) -> None:
        """The lane's lease, taken when it is not held."""
        if lane not in self.epochs:
            holder = Holder(f"worker {self.steps}", "home", locked=True)
            wall, at = self.clock.wall(), self.clock.now()
            epoch = self.run(self.desk.store.write(lambda tx: leases.take_lease(tx, lane, holder, wall, at)))
            assert epoch is not None
            self.epochs[lane] = epoch

    @rule(lane=st.sampled_from(LANES_BY_NAME))
    def a_worker_dies(self, lane: str) -> None:
        """Another one takes its lane over; what was under way is in doubt, and may still be told."""
        self.hold(lane)
        del self.epochs[lane]
        self.hold(lane)
        mine = [m for m in self.model.messages.values() if m.channel == lane and m.state is State.ON_WIRE]
        for message in mine:
            message.state = State.EXHAUSTED if message.copies >= MAX_COPIES else State.UNSURE

    @rule(seconds=st.sampled_from([1, 5, 60, 400, 1_500]))
    def time_passes(self, seconds: int) -> None:
        """The hands are wound on."""
        self.clock.pass_time(seconds=seconds)

    @rule()
    def make_a_round(self) -> None:
        """Failures and silences have their consequences."""
        self.run(sweep(self.desk))
        found, at = self.run(self.read()), self.clock.now()
        for number, message in self.model.messages.items():
            now = found.messages[number].state
            if message.state in WAITING and now is State.EXPIRED:
                assert message.expires <= at
                message.state = now
            elif message.state in WAITING and now is State.CANCELLED:
                mine = [m for m in self.model.messages.values() if (m.alert, m.person) == (message.alert, message.person)]
                assert self.model.is_moot(message) or any(m.state in TAKEN for m in mine)
                message.state = now
        self.adopt(found)

    # -- the way back ------------------------------------------------------------------------------------------------------------

    @rule(data=st.data(), digit=st.sampled_from([1, 1, 2, 0, 3]), stranger=st.integers(0, 5))
    @precondition(lambda self: self.model.asked)
    def press_a_button(self, data: st.DataObject, digit: int, stranger: int) -> None:
        """From one of the person's chats, or from somebody else's."""
        alert, person = self.draw_asked(data)
        asked, who = self.model.asked[alert, person], self.model.people.get(person, Member(""))
        chats = sorted({who.chat, *who.aside} - {""})
        chat = int(data.draw(st.sampled_from(chats))) if chats and stranger else 9_000_000_000_000_099
        pressed = f"{make_token(self.vault.derive('buttons'), asked.id)}.{digit}"
        self.presses += 1
        told = self.run(press_button(self.desk, pressed, chat, f"bot:{self.presses}"))
        self.last = (pressed, f"bot:{self.presses}", chat)
        choice = ASKS[asked.question].get(digit) if str(chat) in chats else None
        if digit == CHANGE and str(chat) in chats and asked.answer is not None:  # the choices are shown again, the answer holds
            assert told.fate is (Fate.LATE if self.model.stopped[alert] else Fate.REOPENED)
        else:
            self.check_answer(alert, person, choice, told.fate)

    @rule()
    @precondition(lambda self: self.last)
    def tell_the_press_again(self) -> None:
        """Telegram does, after a crash: it changes nothing."""
        assert self.last is not None
        pressed, event, chat = self.last
        told = self.run(press_button(self.desk, pressed, chat, event))
        assert told.fate in (Fate.REPEATED, Fate.FOREIGN)

    @rule(data=st.data(), choice=st.sampled_from(["read", "done", "trouble", "", "autre"]))
    @precondition(lambda self: self.model.asked)
    def answer_on_the_page(self, data: st.DataObject, choice: str) -> None:
        """By the link of an e-mail."""
        alert, person = self.draw_asked(data)
        asked = self.model.asked[alert, person]
        answered = self.run(answer_page(self.desk, make_token(self.vault.derive("links"), asked.id), choice))
        assert answered is not None, "the link is known"
        self.check_answer(alert, person, choice if choice in ASKS[asked.question].values() else None, answered[0].fate)

    def draw_asked(self, data: st.DataObject) -> tuple[str, str]:
        """An alert and a person of it, who was mostly asked something."""
        asked = [pair for pair, each in self.model.asked.items() if each.question != "none"]
        return data.draw(st.sampled_from(sorted(asked or self.model.asked)))

    def check_answer(self, alert: str, person: str, choice: str | None, fate: Fate) -> None:
        """What the person is told, and what holds from now on."""
        asked = self.model.asked[alert, person]
        if choice is None:
            assert fate is Fate.FOREIGN
        elif self.model.stopped[alert]:
            assert fate is Fate.LATE
        else:
            known = Fate.COUNTED if asked.answer is None else Fate.REPEATED if asked.answer == choice else Fate.CHANGED
            assert fate is known
            asked.answer = choice
            STEPS["answers"] += 1
            self.model.cancel(alert, person)

    @rule(data=st.data())
    @precondition(lambda self: any(message.copies for message in self.model.messages.values()))
    def receipts_come(self, data: st.DataObject) -> None:
        """Late, twice, shuffled."""
        sent = sorted(number for number, message in self.model.messages.items() if message.copies)
        drawn = data.draw(st.lists(st.tuples(st.sampled_from(sent), st.sampled_from(Evidence)), min_size=1, max_size=5))
        for number, evidence in drawn:
            message = self.model.messages[number]
            report = Report(evidence, our_id=str(number), event_id=f"{number}:{evidence}")
            self.run(take_reports(self.desk, message.channel, [report]))
            message.state = advance(message.state, evidence)

    # -- the whole house ---------------------------------------------------------------------------------------------------------

    @rule(data=st.data())
    @precondition(lambda self: not all(self.model.stopped.values()))
    def stop_an_alert(self, data: st.DataObject) -> None:
        """Nothing more of it starts."""
        code = data.draw(st.sampled_from(sorted(code for code, stopped in self.model.stopped.items() if not stopped)))
        waited = sum(m.alert == code and m.state in WAITING for m in self.model.messages.values())
        left, kept = self.run(stop_alert(self.desk, OPERATOR, code))
        assert kept == waited
        assert left == sum(m.alert == code and m.copies > 0 for m in self.model.messages.values())
        self.model.stopped[code] = True
        self.model.cancel(code)

    @rule(frozen=st.sampled_from([False, False, True]))
    def freeze_or_thaw(self, frozen: bool) -> None:
        """The switch for everything."""
        if frozen:
            self.run(freezing.freeze(self.desk, OPERATOR, "essai"))
        else:
            self.run(freezing.thaw(self.desk, OPERATOR))
        self.model.frozen = frozen

    @rule()
    def make_a_backup(self) -> None:
        """The house as it stands."""
        path = Path(self.home.name, f"{self.steps}.backup")
        self.run(write_backup(self.desk, path))
        query = select(tables.outbox.c.id, tables.outbox.c.due)
        due = self.run(self.desk.store.read(lambda tx: {row.id: row.due for row in tx.execute(query)}))
        self.kept = path, copy.deepcopy(self.model), due

    @rule(thaws=st.sampled_from([False, True, True]))
    @precondition(lambda self: self.kept and self.steps >= self.rested)
    def lose_the_house_and_restore_it(self, thaws: bool) -> None:
        """All since the backup is gone; what had waited then is in doubt, and nothing leaves before the thaw."""
        assert self.kept is not None
        path, self.model = self.kept[0], copy.deepcopy(self.kept[1])
        self.close()
        self.open(self.copies.empty())
        manifest = inspect_backup(path, self.vault)
        done = self.run(restore_backup(self.desk, path, manifest, operator="Diane", reason="perdu"))
        assert (done.people, done.alerts) == (len(self.model.people), len(self.model.stopped))
        for number, message in self.model.messages.items():
            if message.state is State.ON_WIRE or (message.state in WAITING and self.kept[2][number] <= self.clock.now()):
                message.copies += message.state in WAITING  # it may have left since
                message.state = State.EXHAUSTED if message.copies >= MAX_COPIES else State.UNSURE
        self.model.frozen = True
        self.epochs.clear()
        self.flying = {name: [] for name in LANES_BY_NAME}
        self.last = None
        self.rested = self.steps + REST
        STEPS["houses restored"] += 1
        if thaws:
            self.freeze_or_thaw(frozen=False)

    @invariant()
    def the_house_and_the_dictionaries_agree(self) -> None:
        """To the letter."""
        if not self.url:
            return
        self.steps += 1
        STEPS["steps"] += 1
        found = self.runner.run(self.read())
        assert found.people == {m: replace(who, aside=frozenset()) for m, who in self.model.people.items()}
        assert found.stopped == self.model.stopped
        assert found.asked == self.model.asked
        assert found.messages == self.model.messages
        assert found.frozen is self.model.frozen
        assert all(message.copies <= MAX_COPIES for message in found.messages.values())

    def close(self) -> None:
        """The database is given up."""
        self.runner.run(self.desk.store.close())
        self.copies.drop(self.url)

    def teardown(self) -> None:
        """The chain of the journal holds, whatever has happened."""
        if self.url:
            at = self.clock.now()
            self.run(self.desk.store.write(lambda tx: journal.seal(tx, at)))
            verdict = self.run(verify_journal(self.desk, OPERATOR))
            assert (verdict.bad_seq, verdict.unsealed) == (None, 0)
            self.close()
        self.runner.close()
        self.home.cleanup()
        ids.draw = secrets.randbits


def _named(wired: Wired, outcome: Outcome) -> Outcome:
    return Accepted(f"p{wired.id}-{wired.copies}") if isinstance(outcome, Accepted) else outcome
