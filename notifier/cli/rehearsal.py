"""The demo's stage: a home of its own, the roster of the night, the practice network, and lanes that lead to it."""

import csv
import errno
import random
import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path

from notifier.cli.language import show_count
from notifier.cli.reckoning import MOMENT, PLAN, Resident, Roster, read_roster
from notifier.domain.errors import BadValue, UnreadableFile
from notifier.domain.lane import LaneSettings, Network, Role
from notifier.domain.people import Channel
from notifier.practice import Network as Practice
from notifier.practice import Resident as Neighbour
from notifier.settings import Settings

STAMP = re.compile(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}")
SENDER = "38200"  # a short number: people can answer


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a demo plays: its folder, its contacts, and everybody in them as their files tell it."""

    home: Path
    contacts: Path
    roster: Roster

    @property
    def lists(self) -> Path:
        """Where the lists of those not reached and to be called are exported."""
        return self.home / "listes"


def set_stage(base: Path, shipped: Path, staff: int | None, seed: int, now: datetime, first: Collection[str] = ()) -> Stage:
    """A fresh home under ``base`` with ``staff`` people of the shipped contacts, their duty plan moved to tonight.

    ``first`` are the services that a small demo has before others. Raises BadValue where there are not so many people.
    """
    whole = read_roster(shipped)
    most = len(whole.residents)
    if staff is not None and staff > most:
        raise BadValue("--staff", "staff", (("most", show_count(most)),))
    kept = {resident.key for resident in _choose(whole, staff or most, seed, first)}
    home = base / f"demo-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    try:
        return Stage(home, home / "contacts", _set_contacts(shipped, home / "contacts", kept, now))
    except OSError as refused:
        if refused.errno == errno.ENOSPC:
            raise
        raise UnreadableFile(path=str(base), reason="home") from None


def _set_contacts(shipped: Path, contacts: Path, kept: Collection[tuple[str, str]], now: datetime) -> Roster:
    contacts.mkdir(parents=True)
    shutil.copy(shipped / "group.toml", contacts / "group.toml")
    for path in sorted(shipped.glob("*.csv")):
        copy = _move_plan if path.stem.endswith(PLAN) else _copy_people
        copy(path, contacts / path.name, kept, now)
    return read_roster(contacts)


def _choose(roster: Roster, staff: int, seed: int, first: Collection[str]) -> Iterator[Resident]:
    """Each clinic gives its share, team by team: so a small night has relay posts and responsible people too."""
    draw = random.Random(f"staff {seed}")
    clinics: dict[str, dict[str, list[Resident]]] = {}
    for resident in roster.residents:
        clinics.setdefault(resident.clinic, {}).setdefault(resident.service, []).append(resident)
    sizes = {clinic: sum(map(len, teams.values())) for clinic, teams in clinics.items()}
    for clinic, share in _share_out(sizes, staff).items():
        services = sorted(clinics[clinic], key=lambda service: (service not in first, draw.random()))
        teams = (_in_turn(roster, clinics[clinic][service]) for service in services)
        yield from islice(chain.from_iterable(teams), share)


def _in_turn(roster: Roster, team: Sequence[Resident]) -> list[Resident]:
    """A relay post, who is always on duty, then those who answer for the service, then the others."""
    relay = next((one for one in team if one.is_relay), None)
    return sorted(team, key=lambda one: (one is not relay, not roster.is_responsible(one)))


def _share_out(sizes: Mapping[str, int], staff: int) -> dict[str, int]:
    """``staff`` among the clinics by their size; what is left over goes where most of a person was cut off."""
    whole = sum(sizes.values())
    shares = {clinic: size * staff // whole for clinic, size in sizes.items()}
    most_cut = sorted(sizes, key=lambda clinic: sizes[clinic] * staff % whole, reverse=True)
    for clinic in most_cut[: staff - sum(shares.values())]:
        shares[clinic] += 1
    return shares


def _copy_people(source: Path, target: Path, kept: Collection[tuple[str, str]], _now: datetime) -> None:
    with source.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, delimiter=";")
        rows = [row for row in reader if (source.stem, row["matricule"]) in kept]
    if rows:
        with target.open("w", encoding="utf-8", newline="") as copy:
            writer = csv.DictWriter(copy, reader.fieldnames or (), delimiter=";")
            writer.writeheader()
            writer.writerows(rows)


def _move_plan(source: Path, target: Path, kept: Collection[tuple[str, str]], now: datetime) -> None:
    """The shipped plan keeps its pattern and comes to today: every date moves by the same whole days.

    Where nobody who was kept is planned there is no plan: the import refuses an empty sheet.
    """
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    made = STAMP.search(lines[0])
    days = (now.date() - datetime.strptime(made[0], MOMENT).replace(tzinfo=UTC).date()) if made else timedelta(0)

    def move(found: re.Match[str]) -> str:
        return (datetime.strptime(found[0], MOMENT).replace(tzinfo=UTC) + days).strftime(MOMENT)

    clinic = source.stem.removesuffix(PLAN)
    wanted = [line for line in lines[2:] if (clinic, line.partition(";")[0]) in kept]
    if wanted:
        head = [f"# établi le {now.strftime(MOMENT)}", lines[1]]
        target.write_text("\r\n".join([*head, *(STAMP.sub(move, line) for line in wanted)]) + "\r\n", encoding="utf-8")


def evening(now: datetime, hour: time = time(22, 45)) -> datetime:
    """The night's first minute: 22h45 of the evening that has come last, local time."""
    tonight = now.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
    return tonight if tonight <= now else tonight - timedelta(days=1)


def neighbours(roster: Roster, now: datetime) -> list[Neighbour]:
    """The same people as the practice network knows them: by their devices outside the hospital; who is on duty is awake."""
    found = []
    for resident in roster.residents:
        devices = dict(resident.devices)
        found.append(
            Neighbour(
                key="/".join(resident.key),
                name=resident.name,
                chat=int(devices["telegram"]) if "telegram" in devices else None,
                phone=devices.get("sms"),
                mail=devices.get("email"),
                group=resident.clinic,
                on_duty=roster.on_duty(resident, now),
                post=" · ".join(filter(None, (resident.role, resident.service))),
            )
        )
    return found


def make_lanes(network: Practice) -> tuple[LaneSettings, ...]:
    """One bot, one SMS account that people can answer, a telephone behind it, one mail relay: all on loopback."""
    ovh, android = network.ovh, network.android
    keys = {"application_key": ovh.application_key, "application_secret": ovh.application_secret}
    ovh_keys = {**keys, "consumer_key": ovh.consumer_key, "hook_key": ovh.hook_key}
    phone_keys = {"username": android.username, "password": android.password, "signing_key": android.signing_key}
    ovh_options = {"service": ovh.service, "cents": "4.5", "poll_seconds": "0.5"}
    return (
        _lane("telegram", Channel.TELEGRAM, "telegram", network.telegram_url, 30.0, secrets={"token": network.bot.token}),
        _lane(
            "sms", Channel.SMS, "ovh", f"{network.url}/ovh/1.0", 50.0, SENDER, window=16, secrets=ovh_keys, options=ovh_options
        ),
        _lane("telephone", Channel.SMS, "android", f"{network.url}/android", 0.5, SENDER, 1, Role.BACKUP, phone_keys),
        _lane("relais", Channel.EMAIL, "email", f"127.0.0.1:{network.mail_port}", 40.0, "alerte@alerte.example"),
    )


def _lane(
    name: str,
    channel: Channel,
    gateway: str,
    address: str,
    per_second: float,
    sender: str = "",
    window: int = 8,
    role: Role = Role.PRIMARY,
    secrets: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> LaneSettings:
    practice = Network.PRACTICE
    return LaneSettings(name, channel, gateway, practice, address, per_second, sender, window, role, secrets or {}, options or {})


def make_settings(stage: Stage, database: str, port: int, lanes: tuple[LaneSettings, ...]) -> Settings:
    """Settings that no file holds: the demo's own home and database, the web face on loopback."""
    url = database or f"sqlite:///{stage.home / 'notifier.db'}"
    return Settings(
        home=stage.home,
        database_url=url,
        key_file=stage.home / "notifier.key",
        public_url=f"http://127.0.0.1:{port}",
        host="127.0.0.1",
        port=port,
        time_zone="Europe/Paris",
        duty_fresh_hours=48,
        rest_hours=11,
        quiet_until=time(6, 0),
        metrics_token="",
        lanes=lanes,
        source=None,
    )
