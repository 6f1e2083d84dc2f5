"""Bugs of one line each, planted in a copy of the package: the unchanged campaign must name the invariant that each breaks.

Without this, a campaign that finds nothing means nothing. A line that is no longer there exactly once is a failure by itself.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bug:
    """``old`` becomes ``new`` in ``module``; ``breaks`` are the invariants by any of which it may be found out.

    ``seed`` is a night that has found it: tried first, since a hunt ends at the first night that names it.
    """

    name: str
    module: str
    old: str
    new: str
    breaks: tuple[str, ...]
    seed: int = 1

    def plant(self, package: Path) -> None:
        """In this copy of the package. Raises LookupError where the line is not there exactly once."""
        path = package / self.module
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise LookupError(f"{self.name}: {self.module} has this {text.count(self.old)} times: {self.old}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
            compiled.unlink()


BUGS = (
    Bug("marked before sent", "store/leases.py", "else_=State.UNSURE.value)", "else_=State.ACCEPTED.value)", ("lost",), seed=11),
    Bug(
        "window counted without the calls under way",
        "lanes.py",
        "spare = self.settings.window - len(self._calls) - len(self._ready)",
        "spare = self.settings.window - len(self._ready)",
        ("window", "copies"),
        seed=8,
    ),
    Bug(
        "offset moved early",
        "bot.py",
        "await self._take(brought.taps)\n        if",
        "await taken_up_to(self._desk, self._stream, brought.next_offset)\n        await self._take(brought.taps)\n        if",
        ("answers",),
        seed=12,
    ),
    Bug(
        "answer by GET",
        "web/answer.py",
        'if request.method == "POST":',
        'if request.method == "POST" or await read_body(request):',
        ("answers",),
        seed=3,
    ),
    Bug(
        "time to live unread", "packing.py", "            life=life,", "            life=timedelta(days=1),", ("expired",), seed=8
    ),
    Bug(
        "stop unread before the call",
        "lanes.py",
        "if row.id not in awaiting or not safe:",
        "if not safe:",
        ("stopped", "frozen"),
        seed=184,
    ),
    Bug(
        "receipt regressing",
        "domain/delivery.py",
        "return shown if _RANK[shown] > _RANK.get(state, 0) else state",
        "return shown",
        ("receipts",),
        seed=1,
    ),
    Bug(
        "blind index reused",
        "vault/__init__.py",
        'mac(self._index, f"{channel}:{value}")',
        "mac(self._index, channel)",
        ("answers",),
        seed=1,
    ),
    Bug(
        "approval unread",
        "desk/alerting.py",
        "    approval = _approve(plan, now)",
        '    approval = Approval(by="", at=now, hash=plan.hash, how=How.PREAPPROVED)',
        ("approved",),
        seed=7,
    ),
    Bug("another order than the one shown", "desk/alerting.py", "if plan.hash != expects or", "if", ("approved",), seed=12),
    Bug(
        "send not journalled",
        "desk/alerting.py",
        'journal.write(tx, now, actor.person, "alert.send", facts)',
        "del facts",
        ("journal",),
        seed=8,
    ),
    Bug(
        "stop not journalled",
        "desk/alerting.py",
        'journal.write(tx, at, actor.person, "alert.stop", {',
        "dict({",
        ("journal",),
        seed=1,
    ),
    Bug(
        "calls not journalled",
        "store/outbox.py",
        "notes += [_attempt(row.id, lane, epoch, row.copies, None, at) for row in wired]",
        "pass",
        ("journal",),
        seed=8,
    ),
    Bug(
        "chain without links",
        "store/journal.py",
        "previous = _link(previous, seq, row)",
        "previous = _link(GENESIS, seq, row)",
        ("journal",),
        seed=8,
    ),
    Bug(
        "freeze unread before the call",
        "store/turning.py",
        "        no_freeze(),\n",
        "",
        ("frozen",),
        seed=1,
    ),
    Bug(
        "answer unread before the call",
        "store/turning.py",
        "        recipients.c.answer.is_(None),\n        no_freeze(),\n",
        "        no_freeze(),\n",
        ("answers",),
        seed=3,
    ),
    Bug("nine copies", "domain/delivery.py", "MAX_COPIES = 3 ", "MAX_COPIES = 9 ", ("copies",), seed=11),
    Bug(
        "doubt taken for acceptance",
        "domain/delivery.py",
        "return Settled(State.UNSURE, copies, UNSURE_PAUSE)",
        "return Settled(State.ACCEPTED, copies)",
        ("lost",),
        seed=11,
    ),
    Bug("failures not swept", "store/rounds.py", 'text("outbox.unswept")', 'text("0 = 1")', ("lost", "liveness"), seed=11),
    Bug("a button for everybody", "desk/answering.py", "if found.person not in mine:", "if not mine:", ("answers",), seed=12),
    Bug(
        "another message's code",
        "packing.py",
        "row.person, row.card, row.exercise, row.number)",
        "row.person, row.card, row.exercise, row.number + 1)",
        ("words",),
        seed=1,
    ),
    Bug(
        "listed without a cause",
        "desk/escalating.py",
        "None, cause.value, recipient.listed_at or at",
        "None, None, recipient.listed_at or at",
        ("lost", "liveness"),
        seed=11,
    ),
    Bug(
        "nobody is told to call",
        "desk/escalating.py",
        "    if by_hand and recipient.by_hand_at is None:\n        recipient.by_hand_at = at\n",
        "    return None\n",
        ("ladder",),
        seed=8,
    ),
    Bug(
        "no channel, no list",
        "desk/alerting.py",
        "row.cause, row.listed_at, row.look_at = cause.value, now, None",
        "row.cause, row.listed_at, row.look_at = None, now, None",
        ("lost",),
        seed=1,
    ),
    Bug(
        "given up at the first failure",
        "domain/escalation.py",
        "return AddStep(last + 1, channels) if channels else _finish(rows, expires, by_hand=chased)",
        "return _finish(rows, expires, by_hand=chased)",
        ("ladder",),
        seed=7,
    ),
    Bug(
        "a new id for each copy",
        "packing.py",
        "ref=str(row.id),",
        'ref=f"{row.id}{row.copies}",',
        ("copies", "receipts"),
        seed=11,
    ),
    Bug(
        "unstarted counts as sent",
        "domain/delivery.py",
        "return Settled(_waiting(copies - 1), copies - 1, UNSTARTED_PAUSE)",
        "return Settled(State.ACCEPTED, copies - 1)",
        ("lost",),
        seed=5,
    ),
    Bug(
        "stop not recorded",
        "desk/alerting.py",
        "alerts.set_state(tx, alert.id, AlertState.STOPPED.value, stopped_at=at, stopped_by=actor.person)",
        "pass",
        ("stopped",),
        seed=11,
    ),
    Bug(
        "settle without epoch",
        "store/outbox.py",
        "current = row.state == State.ON_WIRE and row.epoch == end.epoch == epoch",
        "current = row.state == State.ON_WIRE",
        ("evidence",),
        seed=8,
    ),
    Bug(
        "takeover forgets the wire",
        "store/leases.py",
        "outbox.c.epoch < epoch)",
        "outbox.c.epoch < 0)",
        ("liveness", "ladder", "lost"),
    ),
    Bug(
        "doubtful copies not counted",
        "domain/delivery.py",
        "return Settled(State.UNSURE, copies, UNSURE_PAUSE)",
        "return Settled(State.UNSURE, copies - 1, UNSURE_PAUSE)",
        ("copies",),
        seed=37,
    ),
    Bug("quarantine forgets", "store/outbox.py", "known=known is not None,", "known=True,", ("lost", "receipts"), seed=35),
    Bug(
        "lease not checked before a call",
        "lanes.py",
        "safe = real < self._lease_ends - CALL_DEADLINE.total_seconds() and self.epoch == row.epoch",
        "safe = True",
        ("fencing",),
        seed=75,
    ),
    Bug(
        "lock order swapped",
        "desk/escalating.py",
        "    locked = alerts.lock_recipients(tx, ids)\n",
        "    rounds.mark_swept(tx, ids)\n    locked = alerts.lock_recipients(tx, ids)\n",
        ("locks",),
        seed=8,
    ),
    Bug(
        "recipients locked as they come",
        "store/alerts.py",
        "where(recipients.c.id.in_(ids)).order_by(recipients.c.id)",
        "where(recipients.c.id.in_(ids))",
        ("locks",),
    ),
    Bug(
        "a living lease is taken",
        "store/leases.py",
        "until > now and not ours:",
        "until > now and False:",
        ("fencing",),
    ),
    Bug(
        "a deposed owner renews",
        "store/leases.py",
        "if current != epoch or owner != holder.owner or until is None or until <= now:",
        "if until is None:",
        ("fencing",),
        seed=56,
    ),
    Bug(
        "whoever was passed over is not tried",
        "domain/escalation.py",
        " if row.state is not State.CANCELLED or row.copies}",
        "}",
        ("ladder",),
        seed=311,
    ),
    Bug(
        "no next channel after doubt",
        "domain/escalation.py",
        "return AddStep(last + 1, channels) if channels else _finish(rows, expires, by_hand=chased)",
        "return (AddStep(last + 1, channels) if channels and not any(row.is_doubtful for row in rows)"
        " else _finish(rows, expires, by_hand=chased))",
        ("ladder",),
        seed=7,
    ),
    Bug(
        "words expire early",
        "desk/escalating.py",
        "outbox.expire_rows(tx, at)",
        "outbox.expire_rows(tx, at + timedelta(minutes=20))",
        ("ladder",),
        seed=2,
    ),
    Bug("time to live cut short", "packing.py", "            life=life,", "            life=life / 2,", ("expired",)),
    Bug(
        "a refusal leaves doubt",
        "domain/delivery.py",
        "return Settled(State.REFUSED, copies - 1, reason=reason)",
        "return Settled(State.REFUSED, copies, reason=reason)",
        ("ladder",),
        seed=3,
    ),
    Bug(
        "no channel where none is left",
        "domain/escalation.py",
        "return Listed(_cause(rows), by_hand)\n\n\ndef _close",
        "return Listed(Cause.NO_CHANNEL, by_hand)\n\n\ndef _close",
        ("ladder",),
    ),
)
