"""Night after night until so many processes have died; what it found, and whether it looked where it had to."""

from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.checker import judge, lost, names_of
from tests.simulation.crashes import IN_THE_WINDOW, POINTS
from tests.simulation.night import Theatre, run_night

A_NIGHT = 120  # crashes at most
SHARE, WINDOW_SHARE = 0.01, 0.20  # of all crashes: at each point, and after the wire and before the commit
SOME = 200  # crashes from which on one of them must have made a copy
ENOUGH = 800  # crashes from which on the shares are asked for: a hundredth of fewer is chance


@dataclass
class Report:
    """What a campaign found. ``findings`` are by seed; ``duplicates`` extra copies on Telegram, which the window must make."""

    crashes: Counter[str] = field(default_factory=Counter)
    findings: dict[int, list[str]] = field(default_factory=dict)
    nights: int = 0
    calls: int = 0
    duplicates: int = 0
    lost: int = 0

    @property
    def points(self) -> int:
        return self.crashes.total()

    def add(self, other: "Report") -> None:
        """Two campaigns as one."""
        self.crashes += other.crashes
        self.findings |= other.findings
        self.nights += other.nights
        self.calls += other.calls
        self.duplicates += other.duplicates
        self.lost += other.lost

    @property
    def blind_spots(self) -> list[str]:
        """Where the campaign has not looked hard enough to mean anything."""
        if self.points < ENOUGH:
            missed = self.points >= SOME and not self.duplicates
            return ["no duplicate on Telegram: the window was missed"] if missed else []
        spots = [point for point in POINTS if self.crashes[point] < SHARE * self.points]
        told = [f"{point}: only {self.crashes[point]} of {self.points} crashes" for point in spots]
        if sum(self.crashes[point] for point in IN_THE_WINDOW) < WINDOW_SHARE * self.points:
            told.append("too few crashes after the wire and before the commit")
        if not self.duplicates:
            told.append("no duplicate on Telegram: the window was missed")
        return told

    def __str__(self) -> str:
        lines = [f"{self.nights} nights, {self.calls} calls, crash points {self.points}, lost {self.lost}"]
        lines += [f"  {point:<24}{self.crashes[point]:>7}  {self.crashes[point] / max(1, self.points):6.1%}" for point in POINTS]
        lines.append(f"  extra copies on Telegram {self.duplicates}")
        for seed, found in sorted(self.findings.items()):
            lines += [f"seed {seed}: {', '.join(names_of(found))}", *(f"  {finding}" for finding in found[:5])]
        return "\n".join(lines)


def run_campaign(theatre: Theatre, *, first: int, points: int, nights: int = 1 << 30) -> Report:
    """Seeds from ``first`` on, until ``points`` crashes have happened, or so many nights have passed."""
    report = Report()
    seed = first
    while report.points < points and report.nights < nights:
        report.add(run_one(theatre, seed))
        seed += 1
    return report


def run_one(theatre: Theatre, seed: int) -> Report:
    """One night's share."""
    night = run_night(seed, theatre, A_NIGHT)
    found = judge(night)
    twice = Counter((entry.address, entry.text) for entry in night.world.ledger if entry.channel == "telegram")
    return Report(
        crashes=night.plan.crashes,
        findings={seed: found} if found else {},
        nights=1,
        calls=len(night.world.calls),
        duplicates=sum(count - 1 for count in twice.values()),
        lost=lost(night) if found else 0,
    )
