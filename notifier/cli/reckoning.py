"""The demo's reckoning: who was reached, from the contacts' CSV and the practice network's ledger, never from our tables.

The CSV says who had to be called: everybody by the first alert; by a paper switch the service's people on duty, its relays and
its responsible person on call; by the roll call those on duty. ``reached``: a copy in the gateways' acceptance ledger.
``unreachable``: only on the exported list of those not reached. ``lost``: neither; the exit code is 0 if and only if that is 0.
``steps_after_answer``: copies whose first octet came more than a second after the network had our word that the answer is kept.
"""

import csv
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from notifier.domain.errors import BadAddress
from notifier.domain.people import parse_chat, parse_mail, parse_phone

WORD_TAKES = 1.0  # s, real: between our word on its way and a copy that left before it
MOMENT = "%d/%m/%Y %H:%M"  # as the duty plan's CSV has it, local time
PLAN = "-shifts"  # the end of a duty plan's file name


@dataclass(frozen=True, slots=True)
class Resident:
    """One line of the contacts' CSV: who, and by which devices the practice network knows him."""

    clinic: str
    matricule: str
    devices: frozenset[tuple[str, str]] = field(repr=False)  # (channel, address)
    name: str = field(default="", repr=False)
    service: str = ""
    role: str = ""
    on_call: bool = False  # on the astreinte list

    @property
    def key(self) -> tuple[str, str]:
        return self.clinic, self.matricule

    @property
    def is_relay(self) -> bool:
        return self.role == "RELAIS"


@dataclass(frozen=True, slots=True)
class Post:
    """One line of a duty plan, half open ``[starts, ends)``, local time as the CSV has it."""

    kind: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Roster:
    """The contacts as their files tell them. A clinic without a plan has its relays and its astreinte list on duty."""

    residents: tuple[Resident, ...]
    planned: frozenset[str]  # clinics that have a plan
    plan: Mapping[tuple[str, str], tuple[Post, ...]]
    responsible: Mapping[tuple[str, str], str]  # clinic and service to role

    def called(self, kind: str, service: str, at: datetime) -> list[Resident]:
        """Whom an alert of this kind has to call, of one service or of all; ``at`` is local."""
        if kind == "first_alert":
            return list(self.residents)
        mine = [resident for resident in self.residents if service in ("", resident.service)]
        return [one for one in mine if self.on_duty(one, at) or (service and self.is_responsible(one) and self._on_call(one, at))]

    def on_duty(self, resident: Resident, at: datetime) -> bool:
        """On shift, or a relay post."""
        if resident.is_relay or resident.clinic not in self.planned:
            return resident.is_relay or resident.on_call
        kinds = self._kinds(resident, at)
        return bool(kinds & {"poste", "garde"}) and "absence" not in kinds

    def is_responsible(self, resident: Resident) -> bool:
        """Of the role that answers for his service."""
        return self.responsible.get((resident.clinic, resident.service)) == resident.role

    def _on_call(self, resident: Resident, at: datetime) -> bool:
        kinds = self._kinds(resident, at)
        return "astreinte" in kinds and "absence" not in kinds

    def _kinds(self, resident: Resident, at: datetime) -> set[str]:
        return {post.kind for post in self.plan.get(resident.key, ()) if post.starts <= at < post.ends}


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy that a gateway accepted: by which channel, for whom, of which alert."""

    channel: str
    address: str = field(repr=False)
    alert: str
    delivered: bool = True
    real: float = 0.0  # s, monotonic: when its first octet came


@dataclass(frozen=True, slots=True)
class Word:
    """Whose answer to which alert the network knows to be kept: when it was given and since when that is known."""

    key: str  # clinic and matricule, as the town has them: KER/123
    alert: str
    given: float  # s, monotonic, as a copy's
    real: float


@dataclass(frozen=True, slots=True)
class Account:
    """One alert's account, as the last line of the demo tells it."""

    code: str
    kind: str
    people: int
    reached: int
    unreachable: int
    listed_though_reachable: int
    lost: int
    duplicates: int
    in_flight: int
    steps_after_answer: int


def read_roster(folder: Path) -> Roster:
    """The contacts' files of a folder: ``group.toml``, ``<clinic>.csv`` and ``<clinic>-shifts.csv``; relay posts included."""
    residents: list[Resident] = []
    plan: dict[tuple[str, str], tuple[Post, ...]] = {}
    planned = set()
    for path in sorted(folder.glob("*.csv")):
        clinic = path.stem.removesuffix(PLAN)
        with path.open(encoding="utf-8-sig", newline="") as file:
            if clinic == path.stem:
                residents += [_resident(clinic, row) for row in csv.DictReader(file, delimiter=";")]
                continue
            next(file)  # when the plan was made
            planned.add(clinic)
            for row in csv.DictReader(file, delimiter=";"):
                key = (clinic, row["matricule"])
                plan[key] = (*plan.get(key, ()), _post(row))
    group = tomllib.loads((folder / "group.toml").read_text(encoding="utf-8"))
    roles = {(c["code"], s["code"]): s["responsible_role"] for c in group["clinic"] for s in c.get("service", ())}
    return Roster(tuple(residents), frozenset(planned), plan, roles)


def _post(row: Mapping[str, str]) -> Post:
    starts, ends = (datetime.strptime(row[name], MOMENT) for name in ("début", "fin"))  # noqa: DTZ007 - local, as the CSV has it
    return Post(row["type"], starts, ends)


def _resident(clinic: str, row: Mapping[str, str]) -> Resident:
    devices = set()
    for column, channel, parse in (
        ("telegram", "telegram", parse_chat),
        ("mobile", "sms", parse_phone),
        ("e-mail", "email", parse_mail),
    ):
        try:
            address = parse(row.get(column) or "")
        except BadAddress:
            continue
        if channel != "sms" or address.takes_sms:  # a landline is no device that a text can reach
            devices.add((channel, address.value))
    return Resident(
        clinic=clinic,
        matricule=row["matricule"],
        devices=frozenset(devices),
        name=f"{row['prénom']} {row['nom']}".strip(),
        service=row["service"],
        role=row["fonction"],
        on_call=row["astreinte"] == "oui",
    )


def read_listed(path: Path) -> set[tuple[str, str]]:
    """Clinic and matricule of everybody on an exported list."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {(row["clinique"], row["matricule"].lstrip("'")) for row in csv.DictReader(file, delimiter=";")}


def take_account(
    code: str,
    kind: str,
    called: Iterable[Resident],
    copies: Iterable[Copy],
    listed: set[tuple[str, str]],
    works: Callable[[str, str], bool],
    words: Iterable[Word] = (),
) -> Account:
    """Account for everybody who was called by this alert. ``works``: does this device take messages tonight?

    A copy that came between an answer and a second after our word was on its way already; one that came later is a step too many.
    """
    by_device: dict[tuple[str, str], list[Copy]] = defaultdict(list)
    for copy in copies:
        if copy.alert == code:
            by_device[copy.channel, copy.address].append(copy)
    kept: dict[str, Word] = {}
    for word in words:
        if word.alert == code:
            kept.setdefault(word.key, word)
    tally: Counter[str] = Counter()
    people = list(called)
    for person in people:
        mine = [copy for device in person.devices for copy in by_device.get(device, [])]
        on_list = person.key in listed
        tally["reached"] += bool(mine)
        tally["unreachable"] += not mine and on_list
        tally["lost"] += not mine and not on_list
        tally["listed_though_reachable"] += on_list and any(works(*device) for device in person.devices)
        if (known := kept.get("/".join(person.key))) is not None:
            tally["in_flight"] += sum(known.given < copy.real <= known.real + WORD_TAKES for copy in mine)
            tally["steps_after_answer"] += sum(copy.real > known.real + WORD_TAKES for copy in mine)
        tally["duplicates"] += sum(count - 1 for count in Counter(copy.channel for copy in mine).values())
    return Account(
        code,
        kind,
        len(people),
        tally["reached"],
        tally["unreachable"],
        tally["listed_though_reachable"],
        tally["lost"],
        tally["duplicates"],
        tally["in_flight"],
        tally["steps_after_answer"],
    )


def as_line(told: Mapping[str, object]) -> str:
    """The one line of JSON."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
