"""The table: each row's median and range over the rounds, beside its goal."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """What a row should be."""

    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """True where the value is as it should be."""
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:.2f} to {self.at_most:.2f}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure over the rounds. ``worst``: no round may miss, so that the largest counts and not the median."""

    name: str
    values: Sequence[float]
    goal: Goal | None
    told: str = ""
    form: str = "{:.2f}"
    worst: bool = False

    @property
    def cells(self) -> tuple[str, str, str, str, str]:
        """Figure, seen, range, goal and verdict, in text."""
        goal = "" if self.goal is None else str(self.goal)
        if not self.values:
            return self.name, "–", self.told, goal, ""
        seen = max(self.values) if self.worst else statistics.median(self.values)
        verdict = "" if self.goal is None else "met" if self.goal.holds(seen) else "**missed**"
        spread = f"{self.form.format(min(self.values))} – {self.form.format(max(self.values))}"
        return self.name, self.form.format(seen), f"{spread}; {self.told}" if self.told else spread, goal, verdict


def missing(name: str, why: str) -> Row:
    """A figure that could not be taken here."""
    return Row(name, (), None, why)


HEAD = ("figure", "seen (median)", "range; absolute", "goal", "")


def to_markdown(rows: Sequence[Row]) -> str:
    """As the README has it."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def to_text(rows: Sequence[Row]) -> str:
    """In columns."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(HEAD))]
    text = (
        "  ".join(cell.replace("**", "").ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return "\n".join(text)
