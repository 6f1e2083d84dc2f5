"""The crisis cell: sends, stops, freezes; tries again when the console died under it; and keeps what it was shown."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from notifier.desk.alerting import Raised, preview_alert, send_alert, stop_alert
from notifier.desk.desk import Desk
from notifier.desk.freezing import freeze, thaw
from notifier.desk.planning import Order, Plan
from notifier.domain.errors import ChangedSince, NotApproved, WouldOutlast
from tests.desk.house import OPERATOR
from tests.simulation.process import ANSWERED_WITHIN, Process
from tests.simulation.world import Down, World

T = TypeVar("T")
PARIS = ZoneInfo("Europe/Paris")
PAUSE = 0.25  # s before the console is tried again
FREE_TEXT = "situation-update"  # has words of its own: nobody sends it alone


@dataclass(slots=True)
class Shown:
    """An alert as the cell knows it: its number, the plans it has confirmed, and since when it is stopped (virtual seconds)."""

    code: str
    plans: list[Plan] = field(default_factory=list)
    stop_asked: float | None = None
    stopped: float | None = None


class Cell:
    """One operator at the console of whichever process lives."""

    def __init__(self, world: World, draw: random.Random, house: Callable[[], Process]) -> None:
        self._world = world
        self._draw = draw
        self._house = house
        self._forms = 0
        self.alerts: dict[str, Shown] = {}
        self.wrongs: list[str] = []  # sends that had to be refused and were not
        self.frozen: list[tuple[float, float]] = []  # from when the freeze was confirmed until the thaw was asked for
        self.ordered: list[Plan] = []  # every plan that was ever confirmed, known to have been sent or not

    async def insist(self, act: Callable[[Desk], Coroutine[Any, Any, T]], *, patience: float | None = ANSWERED_WITHIN) -> T:
        """Until a living house has answered."""
        while True:
            try:
                return await self._house().ask(act, patience=patience)
            except Down:
                await asyncio.sleep(PAUSE)

    def draw_order(self) -> Order:
        """Something that the cell wants to say now."""
        now = self._world.clock.now().astimezone(PARIS)
        soon = f"{now + timedelta(minutes=45):%Hh%M}"
        self._forms += 1
        template, to, values = self._draw.choice((
            ("first-alert", "all", {"suite": soon}),
            ("first-alert", "clinic:KER", {"suite": soon}),
            ("roll-call", "on-duty", {"avant": soon}),
            ("paper-bloc", "service:BLOC", {"avant": soon}),
        ))  # fmt: skip
        return Order(template, "HGX1", to, values, form_key=f"form-{self._forms}")

    async def send(self, order: Order) -> str | None:
        """Preview, confirm; the same form again until the console shows a number. None where the preview already says no."""
        while True:
            try:
                preview = await self.insist(lambda desk: preview_alert(desk, OPERATOR, order))
            except WouldOutlast:
                return None
            plan = preview.plan
            await asyncio.sleep(self._draw.choice((0.0, 0.0, 0.3)))
            self.ordered.append(plan)
            try:
                raised = await self._confirm(order, plan)
            except Down:
                await asyncio.sleep(PAUSE)
                continue
            shown = self.alerts.setdefault(raised.code, Shown(raised.code))
            shown.plans = [each for each in self.ordered if each.order.form_key == order.form_key]
            return raised.code

    async def _confirm(self, order: Order, plan: Plan) -> Raised:
        return await self._house().ask(lambda desk: send_alert(desk, OPERATOR, order, at=plan.at, expects=plan.hash))

    async def try_what_is_refused(self) -> None:
        """A changed text without a second person; and another order than the one that was shown."""
        now = self._world.clock.now().astimezone(PARIS)
        self._forms += 1
        if self._draw.random() < 0.5:
            values = {
                "point": "1",
                "texte": "Urgences ouvertes.",
                "valide": "cellule",
                "suite": f"{now + timedelta(hours=1):%Hh%M}",
            }
            shown = order = Order(FREE_TEXT, "HGX1", "all", values, form_key=f"form-{self._forms}")
        else:
            shown = self.draw_order()
            order = replace(shown, values=dict.fromkeys(shown.values, f"{now + timedelta(minutes=50):%Hh%M}"))
        try:
            preview = await self.insist(lambda desk: preview_alert(desk, OPERATOR, shown))
            at, expects = preview.plan.at, preview.plan.hash
            raised = await self.insist(lambda desk: send_alert(desk, OPERATOR, order, at=at, expects=expects))
        except (NotApproved, ChangedSince, WouldOutlast):
            return
        self.wrongs.append(raised.code)

    async def stop(self, code: str) -> None:
        """Nothing of it starts any more once this has returned."""
        shown = self.alerts[code]
        if shown.stop_asked is None:
            shown.stop_asked = self._world.loop.time()
        with contextlib.suppress(ChangedSince):  # the console died after it had counted, or it is over
            await self.insist(lambda desk: stop_alert(desk, OPERATOR, code))
        if shown.stopped is None:
            shown.stopped = self._world.loop.time()

    async def freeze(self, seconds: float) -> None:
        """Everything stands still for a while. The cell waits for each answer: a late thaw would end another freeze."""
        await self.insist(lambda desk: freeze(desk, OPERATOR, "exercise"), patience=None)
        since = self._world.loop.time()
        await asyncio.sleep(seconds)
        self.frozen.append((since, self._world.loop.time()))
        await self.insist(lambda desk: thaw(desk, OPERATOR), patience=None)
