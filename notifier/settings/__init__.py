"""Every setting, read once at start; every fault named at once, with its cure (``prose.settings``).

Three places, the later beats the earlier: ``notifier.toml`` (its path in ``NOTIFIER_CONFIG``, else ``./notifier.toml`` if it is
there), ``NOTIFIER_<NAME>``, and ``NOTIFIER_<NAME>_FILE``, which names a file that holds the value. A lane's credentials are in
files (``token_file = …``) or come from ``NOTIFIER_LANE_<LANE>_<CREDENTIAL>`` and ``…_FILE``. Relative paths start at the settings
file's folder when written there, else at the working directory.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from notifier.domain.errors import BadSettings, Fault
from notifier.domain.keeping import BackupPlan
from notifier.domain.lane import LaneSettings
from notifier.domain.load import PER_HOUR
from notifier.domain.readiness import VERIFIED_FOR
from notifier.domain.toml import read_toml
from notifier.domain.watching import WatchPlan
from notifier.settings.backup_table import read_backup
from notifier.settings.faults import field_faults, unknown
from notifier.settings.lane_tables import read_lanes
from notifier.settings.values import read_database_url, read_host, read_public_url, read_time, read_token, read_zone
from notifier.settings.variables import Variables
from notifier.settings.watch_table import read_watchdog

__all__ = ["Settings", "read_settings"]

CONFIG = "NOTIFIER_CONFIG"
# Variables that are read elsewhere: by the command line (language, tracebacks), and by the tests (what must not be skipped, where
# a soak is summed up).
ELSEWHERE = frozenset({CONFIG, "NOTIFIER_LANG", "NOTIFIER_TRACEBACK", "NOTIFIER_REQUIRE", "NOTIFIER_SOAK_TALLY"})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the house runs on. Secrets are out of its ``repr``."""

    home: Path  # absolute; holds the database and the key unless they are set elsewhere
    database_url: str = field(repr=False)  # with its driver: sqlite or postgresql+asyncpg; may hold a password
    key_file: Path
    public_url: str  # without a slash at its end
    host: str
    port: int
    time_zone: str
    duty_fresh_hours: int
    rest_hours: int
    quiet_until: time  # local time until which messages that ask for nothing are held
    metrics_token: str = field(repr=False)  # empty: no /metrics
    lanes: tuple[LaneSettings, ...]
    source: Path | None  # the settings file, if there was one
    backup: BackupPlan = field(default_factory=BackupPlan)
    watchdog: WatchPlan = field(default_factory=WatchPlan)
    messages_per_hour: int = PER_HOUR
    contact_test_days: int = VERIFIED_FOR.days  # an answered test verifies an address for so long
    confirm_enrolments: bool = True  # while an incident is open, a new chat waits for an operator's word

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of everything that people read."""
        return ZoneInfo(self.time_zone)

    @property
    def on_postgres(self) -> bool:
        """True where other processes may join in with ``notifier work``."""
        return self.database_url.startswith("postgresql")

    def lane(self, name: str) -> LaneSettings | None:
        """The lane of that name, or None."""
        return next((lane for lane in self.lanes if lane.name == name), None)


class _Form(BaseModel):
    """The file's own fields, before the defaults that depend on each other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Path("var")
    database_url: Annotated[str, AfterValidator(read_database_url)] = ""
    key_file: Path | None = None
    public_url: Annotated[str, AfterValidator(read_public_url)] = ""
    host: Annotated[str, AfterValidator(read_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    time_zone: Annotated[str, AfterValidator(read_zone)] = "Europe/Paris"
    duty_fresh_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 48
    rest_hours: Annotated[int, Field(ge=9, le=24)] = 11
    messages_per_hour: Annotated[int, Field(ge=1, le=60)] = PER_HOUR
    contact_test_days: Annotated[int, Field(ge=1, le=366)] = VERIFIED_FOR.days
    quiet_until: Annotated[time, BeforeValidator(read_time)] = time(6, 0)
    metrics_token: Annotated[str, AfterValidator(read_token)] = ""
    confirm_enrolments: bool = True


_PATHS = frozenset({"home", "key_file"})
_KEYS = tuple(_Form.model_fields)


def read_settings(environ: Mapping[str, str], cwd: Path) -> Settings:
    """Read everything once. Raises BadSettings with every fault; no fault, and no error, holds a secret."""
    faults: list[Fault] = []
    source, table = _read_file(environ, cwd, faults)
    folder = source.parent if source else cwd
    variables = Variables(environ, cwd, faults)
    lanes = read_lanes(table.pop("lane", []), folder, variables, faults)
    kept, watched = table.pop("backup", {}), table.pop("watchdog", {})

    raw: dict[str, object] = {}
    for key, value in table.items():
        raw[key] = str(folder / value) if key in _PATHS and isinstance(value, str) else value
    for key in _KEYS:
        if (given := variables.take(f"NOTIFIER_{key.upper()}")) is not None:
            raw[key] = str(cwd / given) if key in _PATHS else given
    faults.extend(_unknown_variables(variables))
    form = _validate(raw, faults)
    home = (cwd / (form.home if form else "")).resolve()
    backup = read_backup(kept, folder, home, faults)
    watchdog = read_watchdog(watched, lanes, faults)
    if faults or form is None:
        raise BadSettings(faults=tuple(faults))
    return replace(_settled(form, home, lanes, source, cwd), backup=backup, watchdog=watchdog)


def _read_file(environ: Mapping[str, str], cwd: Path, faults: list[Fault]) -> tuple[Path | None, dict[str, object]]:
    named = environ.get(CONFIG, "")
    path = cwd / (named or "notifier.toml")
    if not named and not path.exists():
        return None, {}
    try:
        return path, read_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(Fault(CONFIG, "config_missing", (("path", named),)))
    except (OSError, UnicodeDecodeError):
        faults.append(Fault(str(path.name), "config_unreadable", (("path", str(path.name)),)))
    except tomllib.TOMLDecodeError as broken:
        line = re.search(r"line (\d+)", str(broken))
        faults.append(Fault(path.name, "config_syntax", (("line", line[1] if line else "1"),)))
    return path, {}


def _validate(raw: Mapping[str, object], faults: list[Fault]) -> _Form | None:
    try:
        return _Form.model_validate(raw)
    except ValidationError as refused:
        faults.extend(field_faults(refused, where="", known=(*_KEYS, "lane", "backup", "watchdog")))
        return None


def _unknown_variables(variables: Variables) -> list[Fault]:
    known = {f"NOTIFIER_{key.upper()}" for key in _KEYS} | ELSEWHERE
    known |= {f"{name}_FILE" for name in known - ELSEWHERE}
    return [unknown("unknown_variable", name, tuple(known)) for name in variables.left() if name not in known]


def _settled(form: _Form, home: Path, lanes: tuple[LaneSettings, ...], source: Path | None, cwd: Path) -> Settings:
    visible = "127.0.0.1" if form.host in ("0.0.0.0", "::") else form.host  # noqa: S104 (compared, not listened on)
    return Settings(
        home=home,
        database_url=form.database_url or f"sqlite:///{home / 'notifier.db'}",
        key_file=(cwd / form.key_file).resolve() if form.key_file else home / "notifier.key",
        public_url=form.public_url or f"http://{visible}:{form.port}",
        host=form.host,
        port=form.port,
        time_zone=form.time_zone,
        duty_fresh_hours=form.duty_fresh_hours,
        rest_hours=form.rest_hours,
        messages_per_hour=form.messages_per_hour,
        contact_test_days=form.contact_test_days,
        quiet_until=form.quiet_until,
        metrics_token=form.metrics_token,
        lanes=lanes,
        source=source,
        confirm_enrolments=form.confirm_enrolments,
    )
