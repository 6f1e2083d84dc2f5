"""An account of one demo by somebody who does not trust it: from the contacts' files, the gateways' ledger, the exported lists.

Reads CSV and HTTP only and shares no line with ``notifier.cli.reckoning``. ``python -m tests.cli.auditor OPTIONS`` plays a demo
with these options and prints what it found.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

COMMAND = [sys.executable, "-c", "from notifier.cli import main; main()", "demo"]
AMBIGUOUS = ("latency", "error_after", "garbage", "cut_after", "silent")  # a copy was taken, and the caller may not know it
PROVIDERS = {"telegram": ("telegram",), "sms": ("ovh", "android"), "email": ("smtp",)}
Who = tuple[str, str]  # clinic and matricule


@dataclass
class Evidence:
    """What one demo left behind: its last line, its folder, and the practice network's own word."""

    told: dict[str, Any]
    home: Path
    entries: list[dict[str, Any]]
    faults: dict[str, int]
    residents: dict[str, dict[str, Any]]
    worst: int
    stdout: str
    stderr: str
    ready: int
    devices: dict[Who, set[tuple[str, str]]] = field(default_factory=dict)
    rows: dict[Who, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in (self.home / "contacts").glob("???.csv"):
            for row in _rows(path):
                who = (path.stem, row["matricule"])
                self.rows[who], self.devices[who] = row, set(_devices(row))


def play(home: Path, *options: str, environ: Mapping[str, str] = os.environ) -> Evidence:
    """One demo that serves on, questioned once its story is complete, then asked to stop."""
    command = [*COMMAND, "--json", *options]
    error = home / "stderr"
    home.mkdir(parents=True, exist_ok=True)
    with error.open("w") as log:
        running = subprocess.Popen(
            command,
            env={**environ, "NOTIFIER_HOME": str(home)},
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    try:
        if running.stdout is None:
            raise AssertionError("no pipe")
        lines = []
        for line in running.stdout:
            lines.append(line)
            if line.startswith("{"):
                break
        said = error.read_text()
        if not lines or not lines[-1].startswith("{"):
            raise AssertionError(f"no account, exit code {running.wait()}: {said[-2000:]}")
        phones, service = _find(r"(http://\S+)/phones", said), _find(r"(http://\S+?)[ )]*\(/readyz", said)
        ledger = _get(f"{phones}/control/ledger")
        evidence = Evidence(
            told=json.loads(lines[-1]),
            home=Path(_find(r"(/\S+/demo-\d{8}-\d{6}-[0-9a-f]{6})$", said)),
            entries=ledger["entries"],
            faults=_get(f"{phones}/control/faults")["told"],
            residents={each["key"]: each for each in _get(f"{phones}/control/residents")},
            worst=ledger["worst"],
            stdout="".join(lines),
            stderr=said,
            ready=_status(f"{service}/readyz"),
        )
        running.terminate()
        rest, _ = running.communicate(timeout=60)
        evidence.stdout += rest
        evidence.told["exit"] = running.returncode
        return evidence
    finally:
        running.kill()
        running.wait()


def audit(evidence: Evidence) -> list[str]:
    """Every sentence of the last line that is not so, and everybody who got what was not for him; empty if all is well."""
    told, wrong = evidence.told, []
    by_alert = defaultdict(list)
    for entry in evidence.entries:
        by_alert[entry["alert"]].append(entry)
    sums: Counter[str] = Counter()
    for alert in told["alerts"]:
        code = alert["code"]
        entries = by_alert[code]
        copies = Counter((entry["channel"], entry["address"]) for entry in entries)
        listed = {(row["clinique"], row["matricule"]) for row in _rows(evidence.home / "listes" / f"{code}-non-joints.csv")}
        called = _called(evidence, alert["kind"], entries) if entries else listed  # no copy tells when it was sent
        reached = {who for who in called if any(copies[device] for device in evidence.devices[who])}
        mine = {
            "people": len(called),
            "reached": len(reached),
            "unreachable": len((called - reached) & listed),
            "listed_though_reachable": sum(_works(evidence, who) for who in called & listed),
        }
        wrong += [f"{code}: {name} is {alert[name]}, not {count}" for name, count in mine.items() if alert[name] != count]
        strangers = set(copies) - {device for who in called for device in evidence.devices[who]}
        wrong += [f"{code}: a copy by {channel} for somebody who was not to be called" for channel, _ in strangers]
        wrong += [f"{code}: {who[0]} {who[1]} is on the list and was not called" for who in listed - called]
        sums["lost"] += len(called - reached - listed)
        sums["duplicates"] += sum(count - 1 for count in copies.values())
    wrong += [f"{name} is {told[name]}, not {sums[name]}" for name in ("lost", "duplicates") if told[name] != sums[name]]
    ledger = Counter(entry["channel"] for entry in evidence.entries)
    wrong += [f"ledger {told['ledger']}, not {dict(ledger)}"] if told["ledger"] != {c: ledger[c] for c in PROVIDERS} else []
    return wrong + _count_extra(evidence)


def _count_extra(evidence: Evidence) -> list[str]:
    """Extra copies only where an attempt was ambiguous, and at most three of one message on one channel."""
    wrong = [f"{evidence.worst} copies of one message"] if evidence.worst > 3 else []
    extra: Counter[str] = Counter()
    alerts = [entry for entry in evidence.entries if entry["alert"]]  # a service text has no number
    for (channel, _, _), count in Counter((e["channel"], e["address"], e["alert"]) for e in alerts).items():
        extra[channel] += count - 1
    for channel, count in extra.items():
        doubts = sum(evidence.faults.get(f"{one}.{kind}", 0) for one in PROVIDERS[channel] for kind in AMBIGUOUS)
        wrong += [f"{count} extra copies by {channel} for {doubts} ambiguous attempts"] if count > doubts else []
    return wrong


def _called(evidence: Evidence, kind: str, entries: Sequence[Mapping[str, Any]]) -> set[Who]:
    """Whom the CSV says: everybody; of a service people on shift, relays, responsible on call; all on shift and all relays."""
    if kind == "first_alert":
        return set(evidence.rows)
    at = min(datetime.fromisoformat(entry["at"]) for entry in entries).astimezone(ZoneInfo("Europe/Paris")).replace(tzinfo=None)
    on: dict[Who, set[str]] = defaultdict(set)
    planned = set()
    for path in (evidence.home / "contacts").glob("*-shifts.csv"):
        planned.add(path.name[:3])
        for line in path.read_text(encoding="utf-8").splitlines()[2:]:
            matricule, what, *times = line.split(";")
            starts, ends = (datetime.strptime(each, "%d/%m/%Y %H:%M") for each in times)  # noqa: DTZ007 - local, as in the file
            if starts <= at < ends:
                on[path.name[:3], matricule].add(what)
    group = tomllib.loads((evidence.home / "contacts" / "group.toml").read_text(encoding="utf-8"))
    answers = {(c["code"], s["code"], s["responsible_role"]) for c in group["clinic"] for s in c["service"]}
    devices = {(entry["channel"], entry["address"]) for entry in entries}
    services = {row["service"] for who, row in evidence.rows.items() if evidence.devices[who] & devices}
    chosen = set()
    for who, row in evidence.rows.items():
        clinic, posts = who[0], on[who]
        on_shift = bool(posts & {"poste", "garde"}) if clinic in planned else row["astreinte"] == "oui"
        duty = row["fonction"] == "RELAIS" or (on_shift and "absence" not in posts)
        responsible = (clinic, row["service"], row["fonction"]) in answers and "astreinte" in posts and "absence" not in posts
        if kind == "roll_call":
            chosen |= {who} if duty else set()
        elif row["service"] in services and (duty or responsible):
            chosen.add(who)
    return chosen


def _works(evidence: Evidence, who: Who) -> bool:
    return bool(evidence.residents["/".join(who)]["working"])


def _devices(row: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    number = row["mobile"].replace(" ", "")
    if number[:2] in ("06", "07"):
        yield "sms", f"+33{number[1:]}"
    if row["telegram"]:
        yield "telegram", row["telegram"]
    if row["e-mail"]:
        yield "email", row["e-mail"].lower()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the demo's own, on loopback
        return json.load(answer)


def _status(url: str) -> int:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310
        return int(answer.status)


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise AssertionError(f"{pattern} is not in {text[-2000:]}")
    return found[1]


if __name__ == "__main__":
    seen = play(Path(os.environ.get("NOTIFIER_HOME", "var")), *sys.argv[1:])
    print(json.dumps(seen.told))
    print(audit(seen) or "all is so")
