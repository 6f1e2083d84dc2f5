"""A house under fire: the practice network in a process of its own, and services that are killed with all they started.

What became of everybody is read from outside: the ledger of the network, the exported lists, ``notifier journal verify``.
"""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.cli.shell import PROGRAM, Shell, free_port
from tests.house.tree import ROOT
from tests.journeys.night import CHAT, CLARA, PARIS, Member, write_contacts

WINDOW = 8  # calls in flight of each lane: the most copies that one crash may cost it
COPIES = 3  # of one message on one channel, whatever happens
PATIENCE = 120.0  # s; two cores are shared
ENDING = 400.0  # s for everybody to be called or listed once faults have stopped: the longest back-off of what is in doubt
ON_THE_WIRE = 1.0  # s for what had left to arrive
LOOK = 0.01  # s between two looks from outside
CHANNELS = ("telegram", "sms", "email")
# What goes wrong with calls: an answer that comes late, and copies that were taken although the caller cannot know it.
DOUBTFUL = ("cut_after", "garbage")
KINDS = ("latency", *DOUBTFUL)
SEND = ("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30")
LANE = """
[[lane]]
name = "{name}"
channel = "{channel}"
gateway = "{gateway}"
network = "practice"
address = "{address}"
per_second = 6
window = {window}
sender = "{sender}"
[lane.credentials]
{credentials}
[lane.options]
{options}
"""


@dataclass
class Outside:
    """The practice network in a process of its own: it outlives whoever calls it."""

    process: subprocess.Popen[str]
    where: dict[str, Any]

    def ask(self, path: str, told: object = None) -> Any:
        """``/control/PATH``: a question, or an order where something is ``told``."""
        body = None if told is None else json.dumps(told).encode()
        with urllib.request.urlopen(f"{self.where['url']}/control/{path}", body, timeout=60) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def entries(self, since: int = 0) -> list[dict[str, Any]]:
        """What phones got, oldest first."""
        found: list[dict[str, Any]] = self.ask(f"ledger?since={since}")["entries"]
        return found

    def count(self) -> int:
        """How many copies have been taken."""
        return int(sum(self.ask("health")["ledger"].values()))

    def holds(self) -> bool:
        """True while a call is open: its copy stands in the ledger, and its caller has no answer yet."""
        return bool(self.ask("faults")["held"])


@dataclass
class Siege:
    """One home, its people, and whatever sends there. ``delays``: s from each start to the first call after it, and how many
    of them the service stood in line for a processor, which other programs had."""

    shell: Shell
    outside: Outside
    staff: list[Member]
    rng: random.Random
    workers: tuple[str, ...] = ("serve",)  # started and killed together
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    delays: list[tuple[float, float]] = field(default_factory=list)
    kills: int = 0

    def send(self) -> str:
        """One more alert for everybody at Kerlic; gives its number."""
        done = self.shell.run(*SEND, typed="oui\n")
        assert done.code == 0, done.err
        self.codes.append(f"HGX1-{len(self.codes) + 1:02d}")
        return self.codes[-1]

    def start(self, *commands: str) -> None:
        """What sends, each in a home of its own and all in one process group."""
        for command in commands:
            home = self.shell.home if command == "serve" else self.shell.home.with_name("other")
            group = self.running[0].pid if self.running else 0
            with (self.shell.home.parent / f"{command}.log").open("ab") as log:
                self.running.append(
                    subprocess.Popen(
                        [*PROGRAM, command],
                        cwd=self.shell.home,
                        env=self.shell.surroundings({"NOTIFIER_HOME": str(home)}),
                        process_group=group,
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=log,
                    )
                )

    def kill(self) -> None:
        """The whole process tree at once, as a power cut would."""
        os.killpg(self.running[0].pid, signal.SIGKILL)
        for process in self.running:
            process.wait(PATIENCE)
        self.running.clear()
        self.kills += 1

    def stop(self) -> None:
        """As an operator stops it."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            assert process.wait(PATIENCE) == 0
        self.running.clear()

    def begin_again(self) -> None:
        """Start, and go on once somebody has been called."""
        before, at = self.outside.count(), time.monotonic()
        self.start(*self.workers)
        self.wait(lambda: self.outside.count() > before)
        in_line = min(map(stood_in_line, self.running))
        self.delays.append((self.outside.entries(before)[0]["real"] - at, in_line))

    def hand_over(self, process: subprocess.Popen[bytes], sign: signal.Signals) -> float:
        """Signal one of those that send, and make an alert; gives the s until somebody else calls."""
        process.send_signal(sign)
        if sign is signal.SIGKILL:
            self.running.remove(process)
            process.wait(PATIENCE)
        at, self.kills = time.monotonic(), self.kills + 1
        self.send()
        time.sleep(ON_THE_WIRE)
        before = self.outside.count()
        self.wait(lambda: self.outside.count() > before)
        return float(self.outside.entries(before)[0]["real"] - at)

    def strike(self, *, mid_call: bool) -> None:
        """One kill: while a call is open, or at any instant of the first second of sending."""
        if mid_call:
            self.wait(self.outside.holds)
        else:
            time.sleep(self.rng.random())
        self.kill()

    def wait(self, holds: Callable[[], bool], patience: float = PATIENCE, look: float = LOOK) -> None:
        """Until it holds; nothing that sends may end by itself meanwhile."""
        until = time.monotonic() + patience
        while not holds():
            assert [process.poll() for process in self.running] == [None] * len(self.running), "it has ended by itself"
            assert time.monotonic() < until, f"not within {patience} s"
            time.sleep(look)

    def waiting(self) -> int:
        """How many people no phone has rung for yet, of the newest alert."""
        return len(self.staff) - len({who for code, who in self._reached() if code == self.codes[-1]})

    def lost(self) -> set[tuple[str, str]]:
        """Alert and matricule of everybody for whom no phone has rung and who does not stand on the exported list either."""
        missing = {(code, member.matricule) for code in self.codes for member in self.staff} - self._reached()
        return {(code, who) for code, who in missing if who not in self.listed(code)}

    def listed(self, code: str) -> set[str]:
        """Who stands on the list of those not reached, as ``notifier board --export`` writes it."""
        folder = self.shell.home.parent / "lists"
        done = self.shell.run("board", code, "--export", folder)
        assert done.code == 0, done.err
        with (folder / f"{code}-non-joints.csv").open(encoding="utf-8-sig", newline="") as file:
            return {row["matricule"] for row in csv.DictReader(file, delimiter=";")}

    def _reached(self) -> set[tuple[str, str]]:
        owners = {address: member.matricule for member in self.staff for _, address in member.resident.devices}
        return {(entry["alert"], owners[entry["address"]]) for entry in self.outside.entries() if entry["address"] in owners}

    def reckon(self) -> list[str]:
        """Every sentence of the promise that does not hold; the services are stopped."""
        wrong = [f"lost: {code} {who}" for code, who in sorted(self.lost())]
        entries = self.outside.entries()
        mine = {device for member in self.staff for device in member.resident.devices}
        wrong += ["somebody was called who was not to be"] if {(e["channel"], e["address"]) for e in entries} - mine else []
        rang = [entry for entry in entries if entry["alert"]]  # two receipts of one minute are no copies
        copies = Counter((entry["channel"], entry["address"], entry["subject"], entry["text"]) for entry in rang)
        worst, extra = max(copies.values()), sum(copies.values()) - len(copies)
        told = self.outside.ask("faults")["told"]
        doubts = sum(count for fault, count in told.items() if fault.partition(".")[2] in DOUBTFUL)
        bound = doubts + self.kills * WINDOW * len(CHANNELS)
        wrong += [f"{worst} copies of one message"] if worst > COPIES else []
        wrong += [f"{extra} extra copies, and at most {bound} may be"] if extra > bound else []
        verdict = self.shell.run("journal", "verify")
        wrong += [f"journal: {verdict.err}"] if verdict.code else []
        print(f"{self.kills} kills, {len(entries)} copies, {extra} of them extra (bound {bound}), worst {worst}, {doubts} doubts")
        return wrong


def stood_in_line(process: subprocess.Popen[bytes]) -> float:
    """s that a process was ready to run and had no processor (Linux, Documentation/scheduler/sched-stats.rst)."""
    stats = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(path.read_text(encoding="ascii").split()[1]) for path in stats) / 1e9


@contextmanager
def besiege(folder: Path, seed: int, *, people: int, url: str = "", faults: float = 0.4, late: float = 0.3) -> Iterator[Siege]:
    """The network with its faults, settings that lead to it, contacts imported, incident HGX1 open at Kerlic; nothing sends yet.

    ``url`` is the database, SQLite in the home where none is given; each answer under latency comes after about ``late`` s.
    """
    rng = random.Random(f"siege {seed}")
    staff = [make_member(number) for number in range(people)]
    home = folder / "home"
    home.mkdir()
    with open_outside(folder, [*staff, CLARA], seed) as outside:
        outside.ask("faults", {"probability": faults, "only": KINDS, "late": late})
        write_settings(home, outside.where)
        shell = Shell(home, {"NOTIFIER_KEY_FILE": str(home / "notifier.key"), **({"NOTIFIER_DATABASE_URL": url} if url else {})})
        contacts = write_contacts(folder / "contacts", [*staff, CLARA], datetime.now(UTC).astimezone(PARIS) - timedelta(hours=1))
        for words in (("import", contacts), ("incident", "open", "HGX1", "--clinics", "KER")):
            done = shell.run(*words)
            assert done.code == 0, done.err
        siege = Siege(shell, outside, staff, rng, ("serve", "work") if url.startswith("postgresql") else ("serve",))
        try:
            yield siege
        finally:
            for process in siege.running:
                process.kill()
                process.wait()


def make_member(number: int) -> Member:
    """One of Kerlic's, with one, two or three devices."""
    name, phone, mail = f"Agent {number:03d}", f"+33639983{number:03d}", f"agent{number}@example.org"
    chat = CHAT + 1000 + number if number % 3 != 1 else None
    return Member(name, on_shift=True, chat=chat, phone=phone if number % 3 != 2 else None, mail=mail if number % 2 else None)


@contextmanager
def open_outside(folder: Path, cast: list[Member], seed: int) -> Iterator[Outside]:
    """``python -m notifier.practice`` with these people, and its own word of where it is."""
    residents = folder / "residents.json"
    residents.write_text(json.dumps([asdict(member.resident) for member in cast]), encoding="utf-8")
    command = (sys.executable, "-m", "notifier.practice", "--residents", str(residents), "--seed", str(seed), "--speed", "20")
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Outside(process, json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.communicate()


def write_settings(home: Path, where: dict[str, Any]) -> None:
    """notifier.toml with a bot, an SMS account and a relay of this network, and their secrets in files."""
    port, ovh = free_port(), where["ovh"]
    secrets = {name: ovh[name] for name in ("application_key", "application_secret", "consumer_key", "hook_key")}
    for name, secret in {**secrets, "token": where["telegram"]["token"]}.items():
        (home / name).write_text(f"{secret}\n")
        (home / name).chmod(0o600)
    files = "\n".join(f'{name}_file = "{name}"' for name in secrets)
    relay = f"{where['smtp']['host']}:{where['smtp']['port']}"
    lanes = (
        ("bot", "telegram", "telegram", where["telegram"]["url"], "", 'token_file = "token"', ""),
        ("mass", "sms", "ovh", ovh["url"], "38200", files, f'service = "{ovh["service"]}"'),
        ("relay", "email", "email", relay, "alerte@alerte.example", "", ""),
    )
    keys = ("name", "channel", "gateway", "address", "sender", "credentials", "options")
    tables = "".join(LANE.format(window=WINDOW, **dict(zip(keys, lane, strict=True))) for lane in lanes)
    (home / "notifier.toml").write_text(f'port = {port}\npublic_url = "http://127.0.0.1:{port}"\n{tables}', encoding="utf-8")
