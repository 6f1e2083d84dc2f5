"""Settings come from three places, and every fault is named at once, without a secret."""

import os
from datetime import time, timedelta
from pathlib import Path

import pytest

from notifier.domain.errors import BadSettings
from notifier.domain.keeping import BackupPlan
from notifier.domain.lane import Network, Role
from notifier.domain.people import Channel, Language
from notifier.prose import SENTENCES, explain, fault_line
from notifier.settings import Settings, read_settings
from notifier.settings.lane_tables import NEEDS, variable_name
from tests.house.tree import ROOT

BOT = """
[[lane]]
name = "bot"
channel = "telegram"
gateway = "telegram"
network = "live"
per_second = 25
"""
SMS = """
[[lane]]
name = "sms-1"
channel = "sms"
gateway = "kannel"
network = "practice"
address = "http://127.0.0.1:13013"
per_second = 10.5
sender = "+33 6 39 98 00 01"
"""


SMS_KEYS = {"NOTIFIER_LANE_SMS_1_USERNAME": "notifier", "NOTIFIER_LANE_SMS_1_PASSWORD": "secret"}


def keys_of(lane: str) -> dict[str, str]:
    """Every credential that some gateway needs, for a lane of this name."""
    return {f"NOTIFIER_LANE_{variable_name(lane)}_{key.upper()}": "secret" for keys in NEEDS.values() for key in keys}


def write(folder: Path, text: str, **secrets: str) -> Path:
    """``notifier.toml`` and the files it names."""
    for name, value in secrets.items():
        (folder / name).write_text(value)
        (folder / name).chmod(0o600)
    (folder / "notifier.toml").write_text(text)
    return folder


def faults_of(text: str, folder: Path, **environ: str) -> list[tuple[str, str]]:
    """Place and code of each fault; all of them have a sentence in both languages."""
    with pytest.raises(BadSettings) as caught:
        read_settings(environ, write(folder, text))
    for fault in caught.value.faults:
        assert fault.code in SENTENCES
        assert all("…" not in fault_line(fault, language) for language in Language)
    return [(fault.where, fault.code) for fault in caught.value.faults]


def test_nothing_need_be_set(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)
    assert settings.home == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path}/var/notifier.db"
    assert settings.key_file == tmp_path / "var/notifier.key"
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.zone.key == "Europe/Paris"
    assert settings.quiet_until == time(6)
    assert settings.confirm_enrolments
    assert settings.duty_fresh_hours == 48
    assert (settings.lanes, settings.source, settings.on_postgres) == ((), None, False)


def test_the_environment_beats_the_file_and_a_secret_file_beats_both(tmp_path: Path) -> None:
    write(tmp_path, 'port = 1\nhost = "127.0.0.2"\nhome = "data"', url="postgresql://notifier@db/notifier\n", other="9003\n")
    environ = {"NOTIFIER_PORT": "9002", "NOTIFIER_DATABASE_URL": "sqlite:///x.db", "NOTIFIER_DATABASE_URL_FILE": "url"}
    settings = read_settings(environ, tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.2", 9002)
    assert settings.database_url == "postgresql+asyncpg://notifier@db/notifier"
    assert settings.on_postgres
    assert read_settings(environ | {"NOTIFIER_PORT_FILE": "other"}, tmp_path).port == 9003


def test_paths_start_where_they_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    write(folder, 'home = "data"\nkey_file = "the.key"')
    settings = read_settings({"NOTIFIER_CONFIG": "etc/notifier.toml"}, tmp_path)
    assert (settings.home, settings.key_file) == (folder / "data", folder / "the.key")
    settings = read_settings({"NOTIFIER_CONFIG": "etc/notifier.toml", "NOTIFIER_HOME": "data"}, tmp_path)
    assert settings.home == tmp_path / "data"


def test_lanes_are_read_with_their_credentials(tmp_path: Path) -> None:
    text = (
        BOT
        + 'role = "backup"\ncredentials = { token_file = "bot.token" }\noptions = { poll = true, wait = 3, ca_file = "ca.pem" }\n'
        + SMS
    )
    write(tmp_path, text, **{"bot.token": "1:abc\n", "pass": "secret\n"})
    environ = {"NOTIFIER_LANE_SMS_1_USERNAME": "notifier", "NOTIFIER_LANE_SMS_1_PASSWORD_FILE": "pass"}
    settings = read_settings(environ, tmp_path)
    bot, sms = settings.lanes
    assert (bot.name, bot.channel, bot.network, bot.role) == ("bot", Channel.TELEGRAM, Network.LIVE, Role.BACKUP)
    assert (bot.address, bot.per_second, bot.window) == ("https://api.telegram.org", 25.0, 8)
    assert (bot.secrets, bot.options) == ({"token": "1:abc"}, {"poll": "true", "wait": "3", "ca_file": f"{tmp_path}/ca.pem"})
    assert sms.secrets == {"username": "notifier", "password": "secret"}
    assert sms.sender == "+33639980001"
    assert sms.two_way
    assert settings.lane("sms-1") == sms
    assert settings.lane("sms-2") is None


def test_a_longer_lane_name_keeps_its_own_variables(tmp_path: Path) -> None:
    write(tmp_path, SMS.replace("sms-1", "sms") + SMS.replace("sms-1", "sms-2"))
    given = {"SMS_2_PASSWORD": "b", "SMS_PASSWORD": "a", "SMS_USERNAME": "c", "SMS_2_USERNAME": "d"}
    settings = read_settings({f"NOTIFIER_LANE_{name}": value for name, value in given.items()}, tmp_path)
    assert [lane.secrets for lane in settings.lanes] == [{"password": "a", "username": "c"}, {"password": "b", "username": "d"}]


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = """
    time_zone = "Europe/Pari"
    databse_url = "x"
    port = "many"
    public_url = "http://alert.example.org"
    quiet_until = "25:00"
    duty_fresh_hours = 0
    [[lane]]
    name = "bot"
    channel = "telegram"
    gateway = "telegrm"
    network = "lve"
    per_second = 0
    windw = 3
    credentials = { token = "1:abcdef" }
    [[lane]]
    name = "bot"
    channel = "sms"
    gateway = "email"
    network = "practice"
    per_second = 1
    window = 0
    address = "mail.example.org:25"
    credentials = { password_file = "nope" }
    """
    found = faults_of(text, tmp_path, NOTIFIER_PORTT="1", NOTIFIER_METRICS_TOKEN="short", NOTIFIER_LANE_ZZ_TOKEN="x")
    assert sorted(found) == sorted(
        [
            ("time_zone", "bad_zone"),
            ("databse_url", "unknown_key"),
            ("port", "bad_number"),
            ("public_url", "url_https"),
            ("quiet_until", "bad_time"),
            ("duty_fresh_hours", "too_small"),
            ("metrics_token", "token_short"),
            ("NOTIFIER_PORTT", "unknown_variable"),
            ("NOTIFIER_LANE_ZZ_TOKEN", "unknown_variable"),
            ("[[lane]] bot, gateway", "unknown_gateway"),
            ("[[lane]] bot, network", "bad_choice"),
            ("[[lane]] bot, per_second", "too_small"),
            ("[[lane]] bot, windw", "unknown_key"),
            ("[[lane]] bot, credentials.token", "secret_inline"),
            ("[[lane]] bot, name", "lane_twice"),
            ("[[lane]] bot, gateway", "gateway_channel"),
            ("[[lane]] bot, window", "too_small"),
            ("[[lane]] bot, address", "practice_elsewhere"),
            ("[[lane]] bot, sender", "sender_missing"),
            ("[[lane]] bot, credentials.password_file", "secret_missing"),
        ]
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('database_url = "mysql://a"', "database_url"),
        ('database_url = "sqlite://"', "database_memory"),
        ('database_url = "sqlite:///:memory:"', "database_memory"),
        ('public_url = "alert.example.org"', "bad_url"),
        ('host = "a b"', "bad_host"),
        ("port = 65536", "too_large"),
        ("quiet_until = 6", "bad_time"),
        ('confirm_enrolments = "peut-être"', "bad_flag"),
        ("confirm_enrolments = []", "bad_flag"),
        ("time_zone = 1", "bad_text"),
        ('lane = "bot"', "lane_not_list"),
        ("[lane]", "lane_not_list"),
        ("[[lane]]", "missing_key"),
        ("port = ", "config_syntax"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, line: str, code: str) -> None:
    assert code in {found for _, found in faults_of(line, tmp_path)}


@pytest.mark.parametrize(
    ("gateway", "change", "code"),
    [
        ("kannel", 'sender = "Groupe hospitalier"', "sender_long"),
        ("kannel", 'sender = "Santé"', "sender_letters"),
        ("kannel", 'sender = "   "', "sender_missing"),
        ("kannel", 'sender = ""', "sender_missing"),
        ("kannel", 'sender = "12"', "sender_number"),
        ("email", 'sender = "Crisis"', "sender_mail"),
        ("kannel", 'name = "voie é"', "lane_name"),
        ("kannel", 'address = "127.0.0.1:80"', "address_url"),
        ("kannel", 'address = "http://192.0.2.1"', "practice_elsewhere"),
        ("kannel", 'address = "http://127.1"', "practice_elsewhere"),
        ("kannel", 'address = "http://[::2]:80"', "practice_elsewhere"),
        ("kannel", 'address = ""', "address_missing"),
        ("email", 'address = "http://127.0.0.1"', "address_mail"),
        ("email", 'address = "127.0.0.1"', "address_mail"),
        ("telegram", 'address = "https://api.telegram.org"', "practice_elsewhere"),
        ("telegram", 'address = "http://api.example.org"\nnetwork = "live"', "address_https"),
        ("ovh", 'address = "http://eu.api.example.org"\nnetwork = "live"', "address_https"),
        ("gammu", 'address = "not/there"\nnetwork = "live"', "folder_missing"),
        ("kannel", "per_second = -1", "too_small"),
        ("kannel", "per_second = nan", "bad_number"),
        ("kannel", "window = 0", "too_small"),
        ("kannel", "window = 1.5", "bad_number"),
        ("kannel", "credentials = 3", "bad_table"),
        ("kannel", 'role = "spare"', "bad_choice"),
    ],
)
def test_a_faulty_lane_is_named(tmp_path: Path, gateway: str, change: str, code: str) -> None:
    channel = {"telegram": "telegram", "email": "email"}.get(gateway, "sms")
    fields = {
        "name": '"voie"',
        "channel": f'"{channel}"',
        "gateway": f'"{gateway}"',
        "network": '"practice"',
        "address": '"127.0.0.1:2525"' if gateway == "email" else '"http://localhost:8081"',
        "per_second": "1",
        "sender": '"alert@example.org"' if gateway == "email" else '"Groupe"',
    }
    for line in change.splitlines():
        key, _, value = line.partition(" = ")
        fields[key] = value
    text = "[[lane]]\n" + "\n".join(f"{key} = {value}" for key, value in fields.items())
    assert [found for _, found in faults_of(text, tmp_path, **keys_of(fields["name"].strip('"')))] == [code]


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://127.8.9.1:1", "http://[::1]:1", "https://localhost"])
def test_a_practice_lane_may_be_anywhere_on_loopback(tmp_path: Path, address: str) -> None:
    write(tmp_path, SMS.replace("http://127.0.0.1:13013", address))
    assert read_settings(SMS_KEYS, tmp_path).lanes[0].address == address


def test_every_credential_that_lacks_is_named_at_once(tmp_path: Path) -> None:
    ovh = SMS.replace("sms-1", "masse").replace('"kannel"', '"ovh"')
    given = {"NOTIFIER_LANE_MASSE_CONSUMER_KEY": "x"}
    assert faults_of(BOT + SMS + ovh, tmp_path, **given) == [
        ("[[lane]] bot, credentials", "credential_missing"),
        ("[[lane]] sms-1, credentials", "credential_missing"),
        ("[[lane]] sms-1, credentials", "credential_missing"),
        ("[[lane]] masse, credentials", "credential_missing"),
        ("[[lane]] masse, credentials", "credential_missing"),
    ]


def test_a_named_settings_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as caught:
        read_settings({"NOTIFIER_CONFIG": "gone.toml"}, tmp_path)
    assert [fault.code for fault in caught.value.faults] == ["config_missing"]


@pytest.mark.parametrize(("mode", "content", "code"), [(0o666, "x", "secret_writable"), (0o600, " \n", "secret_empty")])
def test_a_secret_file_is_private_and_filled(tmp_path: Path, mode: int, content: str, code: str) -> None:
    path = tmp_path / "token"
    path.write_text(content)
    path.chmod(mode)
    text = BOT + 'credentials = { token_file = "token" }'
    assert faults_of(text, tmp_path) == [("[[lane]] bot, credentials.token_file", code)]


def test_a_folder_is_no_secret(tmp_path: Path) -> None:
    assert faults_of(BOT + 'credentials = { token_file = "." }', tmp_path)[0][1] == "secret_not_a_file"


def test_no_secret_is_ever_printed(tmp_path: Path) -> None:
    canary = "CANARY-7f3a"
    text = f'metrics_token = "{canary}-long-enough"\ndatabase_url = "postgresql://u:{canary}@db/n"\n' + BOT
    settings = read_settings({"NOTIFIER_LANE_BOT_TOKEN": canary}, write(tmp_path, text))
    assert isinstance(settings, Settings)
    assert canary not in repr(settings)
    broken = text.replace("postgresql", "mysql").replace("-long-enough", "") + f'credentials = {{ token = "{canary}" }}'
    with pytest.raises(BadSettings) as caught:
        read_settings({"NOTIFIER_PORT": canary}, write(tmp_path, broken))
    assert len(caught.value.faults) == 4
    assert canary not in repr(caught.value) + explain(caught.value, Language.FR)


def test_the_shipped_examples_load(tmp_path: Path) -> None:
    example = (ROOT / "notifier.example.toml").read_text(encoding="utf-8")
    names = {line.split('"')[1] for line in example.splitlines() if "_file = " in line and "secrets/" in line}
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("secret")
    (tmp_path / "gammu").mkdir()
    uncommented = "\n".join(line.removeprefix("#: ") for line in example.splitlines())
    assert read_settings({}, write(tmp_path, example)).lanes == ()
    settings = read_settings({}, write(tmp_path, uncommented))
    assert settings.source == tmp_path / "notifier.toml"
    assert {lane.gateway for lane in settings.lanes} == {"telegram", "email", "android", "kannel", "ovh", "gammu"}
    assert (settings.backup.every, settings.backup.keep) == (timedelta(minutes=5), 24)
    assert settings.watchdog.watch.endswith("/health/engine")
    assert [one.channel for one in settings.watchdog.tell] == [Channel.SMS, Channel.EMAIL]


def test_backups_go_into_the_home_unless_another_folder_is_named(tmp_path: Path) -> None:
    assert read_settings({}, tmp_path).backup == BackupPlan(str(tmp_path / "var/backups"))
    write(tmp_path, 'home = "data"\n[backup]\nfolder = "kept"\nevery_minutes = 1\nkeep = 2\ncopy = ["cp", "{file}", "/mnt"]')
    assert read_settings({}, tmp_path).backup == BackupPlan(
        str(tmp_path / "kept"), timedelta(minutes=1), 2, ("cp", "{file}", "/mnt")
    )


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ('ping = "http://veille.example.org"', ("[watchdog], ping", "url_https")),
        ('watch = "https://alerte.example.org/health/engine"', ("[watchdog], tell", "watch_too_few")),
        ('tell = ["+33639980011"]', ("[watchdog], tell", "watch_no_lane")),
        ('tell = ["demain"]', ("[watchdog], tell, 1", "watch_address")),
        ('tell = "demain"', ("[watchdog], tell", "bad_list")),
        ('wacth = ""', ("[watchdog], wacth", "unknown_key")),
    ],
)
def test_a_faulty_watchdog_table_is_named(tmp_path: Path, lines: str, fault: tuple[str, str]) -> None:
    assert faults_of(f"[watchdog]\n{lines}", tmp_path) == [fault]


@pytest.mark.parametrize("tell", ['"+33639980011"', '"+33639980011", "06 39 98 00 11"'])
def test_whoever_watches_tells_two_people_and_one_written_twice_is_one(tmp_path: Path, tell: str) -> None:
    head = f'{SMS}[watchdog]\nwatch = "https://alerte.example.org/health/engine"'
    assert faults_of(f"{head}\ntell = [{tell}]", tmp_path, **SMS_KEYS) == [("[watchdog], tell", "watch_too_few")]
    assert len(set(read_settings(SMS_KEYS, write(tmp_path, f'{head}\ntell = [{tell}, "+33639980012"]')).watchdog.tell)) == 2


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("evry_minutes = 1", ("[backup], evry_minutes", "unknown_key")),
        ("every_minutes = 0", ("[backup], every_minutes", "too_small")),
        ('every_minutes = "x"', ("[backup], every_minutes", "bad_number")),
        ("keep = 0", ("[backup], keep", "too_small")),
        ('copy = "scp {file}"', ("[backup], copy", "bad_list")),
        ('copy = ["scp", "second:"]', ("[backup], copy", "copy_file")),
        ("copy = [1]", ("[backup], copy", "bad_text")),
    ],
)
def test_a_faulty_backup_table_is_named(tmp_path: Path, line: str, fault: tuple[str, str]) -> None:
    assert faults_of(f"[backup]\n{line}", tmp_path) == [fault]


def test_the_shipped_environment_loads(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    environ = dict(line.removeprefix("#: ").split("=", 1) for line in lines if line.removeprefix("#: ").startswith("NOTIFIER_"))
    assert len(environ) > 10
    for name, value in environ.items():
        if name.endswith("_FILE") and name != "NOTIFIER_KEY_FILE":
            path = tmp_path / Path(value).name
            path.write_text("postgresql://n@db/n" if "DATABASE" in name else "x" * 32)
            environ[name] = os.fspath(path)
    (tmp_path / "etc.toml").write_text(BOT.replace('"bot"', '"bot-principal"'))
    settings = read_settings(environ | {"NOTIFIER_CONFIG": "etc.toml"}, tmp_path)
    assert settings.lanes[0].secrets == {"token": "x" * 32}
