"""Faults on demand: what real networks do, drawn with a seed, switched while running, provider by provider.

Providers are ``telegram``, ``android``, ``ovh`` and ``smtp``. Each draws from its own stream, so that a busy one does not change
what happens to another.
"""

import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

PROVIDERS = ("telegram", "android", "ovh", "smtp")


class Fault(StrEnum):
    """One way in which a call goes wrong."""

    LATENCY = "latency"  # taken, and the answer comes late
    BUSY = "busy"  # 429, or 451 by mail: nothing was taken
    ERROR_BEFORE = "error_before"  # 5xx, nothing was taken
    ERROR_AFTER = "error_after"  # 5xx, although it was taken
    GARBAGE = "garbage"  # taken, and the answer is no answer
    CUT_BEFORE = "cut_before"  # the line is cut, nothing was taken
    CUT_AFTER = "cut_after"  # taken, then the line is cut
    SILENT = "silent"  # taken, and no answer ever comes: costs the caller his whole deadline, so only by name
    DUPLICATE = "duplicate"  # a receipt is told twice
    SHUFFLED = "shuffled"  # a receipt comes late, behind its successors


OF_RECEIPTS = frozenset({Fault.DUPLICATE, Fault.SHUFFLED})
OF_CALLS = frozenset(Fault) - OF_RECEIPTS
USUAL = frozenset(Fault) - {Fault.SILENT}
TAKES = frozenset({Fault.LATENCY, Fault.ERROR_AFTER, Fault.GARBAGE, Fault.CUT_AFTER, Fault.SILENT})


@dataclass(slots=True)
class Faults:
    """``probability`` that a call goes wrong, ``per_provider`` where it differs; ``only`` narrows the kinds; ``down`` is dead."""

    seed: int = 0
    probability: float = 0.0
    only: frozenset[Fault] = USUAL
    per_provider: dict[str, float] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    late: float = 0.3  # s, real
    silence: float = 15.0  # s, real; longer than any deadline of ours
    told: Counter[str] = field(default_factory=Counter)  # how often each happened, as "telegram.busy"
    held: Counter[str] = field(default_factory=Counter)  # by provider: calls that were taken and whose answer is held back now
    _planned: defaultdict[str, deque[Fault | None]] = field(default_factory=lambda: defaultdict(deque))
    _streams: dict[str, random.Random] = field(default_factory=dict)

    def draw(self, provider: str) -> Fault | None:
        """What goes wrong with this call, if anything."""
        if provider in self.down:
            return self._tell(provider, Fault.CUT_BEFORE)
        if planned := self._planned[provider]:
            fault = planned.popleft()
            return None if fault is None else self._tell(provider, fault)
        return self._chance(provider, provider, OF_CALLS)

    @contextmanager
    def holding(self, provider: str) -> Iterator[None]:
        """The call was taken, its copy stands in the ledger, and whoever made it does not know yet."""
        self.held[provider] += 1
        try:
            yield
        finally:
            self.held[provider] -= 1

    def draw_receipt(self, provider: str) -> Fault | None:
        """What goes wrong with this receipt: DUPLICATE, SHUFFLED or nothing."""
        return self._chance(provider, f"{provider} receipts", OF_RECEIPTS)

    def some(self, provider: str, low: float, high: float) -> float:
        """A number between two, from the provider's stream."""
        return self._stream(provider).uniform(low, high)

    def plan(self, provider: str, *faults: Fault | None) -> None:
        """The next calls get exactly these, None being sound; after them chance rules again."""
        self._planned[provider].extend(faults)

    def switch(self, probability: float, *, provider: str | None = None, only: Iterable[Fault] | None = None) -> None:
        """Change the odds while running, of one provider or of all."""
        if not 0 <= probability <= 1:
            raise ValueError("a probability is between 0 and 1")
        if provider is not None:
            self.per_provider[provider] = probability
        else:
            self.probability = probability
            self.per_provider.clear()
        if only is not None:
            self.only = frozenset(only)

    def cut_off(self, *providers: str) -> None:
        """A total outage, of all providers where none is named."""
        self.down.update(providers or PROVIDERS)

    def restore(self, *providers: str) -> None:
        """The outage is over, for all providers where none is named."""
        self.down.difference_update(providers or PROVIDERS)

    def apply(self, told: Mapping[str, object]) -> None:
        """The control API's form: ``probability``, ``provider``, ``only``, ``late``, ``down``. Raises ValueError."""
        if strange := told.keys() - {"probability", "provider", "only", "late", "down"}:
            raise ValueError(f"unknown field {min(strange)}")
        provider, only, down = told.get("provider"), told.get("only"), told.get("down")
        if provider not in (None, *PROVIDERS):
            raise ValueError("unknown provider")
        chance = told.get("probability", self.probability)
        if not isinstance(chance, int | float):
            raise ValueError("a probability is between 0 and 1")
        late = told.get("late", self.late)
        if not isinstance(late, int | float) or late < 0:
            raise ValueError("late is in seconds")
        self.late = float(late)
        kinds = None if only is None else frozenset(Fault(str(kind)) for kind in _as_list(only))
        if "probability" in told or kinds is not None:
            self.switch(float(chance), provider=None if provider is None else str(provider), only=kinds)
        if down is not None:
            names = {str(name) for name in _as_list(down)}
            if names - set(PROVIDERS):
                raise ValueError("unknown provider")
            self.down = names

    def to_json(self) -> dict[str, object]:
        """For another process."""
        return {
            "probability": self.probability,
            "per_provider": self.per_provider,
            "only": sorted(self.only),
            "down": sorted(self.down),
            "told": dict(self.told),
            "held": {provider: count for provider, count in self.held.items() if count},
        }

    def _chance(self, provider: str, stream: str, kinds: frozenset[Fault]) -> Fault | None:
        chance = self.per_provider.get(provider, self.probability)
        wanted = sorted(self.only & kinds)
        if chance <= 0 or not wanted:
            return None
        draw = self._stream(stream)
        return self._tell(provider, draw.choice(wanted)) if draw.random() < chance else None

    def _tell(self, provider: str, fault: Fault) -> Fault:
        self.told[f"{provider}.{fault}"] += 1
        return fault

    def _stream(self, name: str) -> random.Random:
        if name not in self._streams:
            self._streams[name] = random.Random(f"faults {self.seed} {name}")
        return self._streams[name]


def _as_list(told: object) -> list[object]:
    if not isinstance(told, list):
        raise ValueError("a list is wanted")
    return told
