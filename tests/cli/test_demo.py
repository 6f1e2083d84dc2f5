"""The demo: whole nights, accounted for a second time by somebody who trusts neither our tables nor our reckoning."""

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from notifier.cli import run
from notifier.cli.reckoning import Copy, Resident, Word, read_roster, take_account
from notifier.cli.rehearsal import evening, set_stage
from notifier.cli.story import PAPER
from notifier.desk.shipped import shipped
from notifier.domain.errors import BadValue
from tests.cli.auditor import COMMAND, Evidence, audit, play

FRENCH = {**os.environ, "LANG": "fr_FR.UTF-8", "LC_ALL": ""}
TONIGHT = datetime(2026, 11, 24, 22, 45)  # noqa: DTZ001 - local, as a duty plan has it
SHAPE = ["seed", "staff", "alerts", "ledger", "lost", "duplicates", "seconds"]
ALERT = ["code", "kind", "people", "reached", "unreachable", "listed_though_reachable", "answered"]
ALERT += ["queued", "accepted", "failed", "expired"]
ALERT += ["by_channel", "escalated", "called_by_hand", "stood_down", "in_flight", "steps_after_answer"]
WAYS = ["telegram", "sms", "web", "email", "by_hand"]
WAIT = 120  # s, real: two cores are shared


def options(database_url: str, *more: str) -> list[str]:
    """Options of one night on this database."""
    return [*more, *(["--database", database_url] if database_url.startswith("postgresql") else [])]


def check(seen: Evidence, staff: int) -> None:
    """What holds in every night, whatever went wrong in it."""
    told = seen.told
    assert audit(seen) == []
    assert (told["lost"], told["exit"], told["staff"], seen.ready) == (0, 0, staff, 200)
    assert list(told)[:-1] == SHAPE
    assert all(list(alert) == ALERT for alert in told["alerts"])
    for alert in told["alerts"]:
        assert list(alert["by_channel"]) == WAYS
        assert sum(alert["by_channel"].values()) == alert["answered"]
        assert alert["steps_after_answer"] == 0
        assert all(isinstance(alert[name], int) for name in ALERT if name not in ("code", "kind", "by_channel"))
    kinds = [alert["kind"] for alert in told["alerts"]]
    assert (kinds[0], kinds[-1]) == ("first_alert", "roll_call")
    assert set(kinds[1:-1]) == {"paper_switch"}
    assert told["alerts"][0]["people"] == staff
    assert seen.stdout.splitlines()[-1].startswith('{"seed"')
    assert "Traceback" not in seen.stderr


def test_two_nights_at_once_keep_apart_and_lose_nobody(database_url: str, tmp_path: Path, seed: int) -> None:
    seeds = random.Random(seed).sample(range(1000), 2)
    wanted = [options(database_url, "--staff", "30", "--seed", str(one)) for one in seeds]
    with ThreadPoolExecutor(2) as pool:
        nights = list(pool.map(lambda each: play(tmp_path / each[3], *each, environ=FRENCH), wanted))
    for night, one in zip(nights, seeds, strict=True):
        check(night, 30)
        assert night.told["seed"] == one
        assert night.told["duplicates"] == 0
        assert sum(alert["listed_though_reachable"] for alert in night.told["alerts"]) == 0
        group = read_roster(shipped("contacts"))
        for code in {resident.clinic for resident in group.residents}:
            assert f"({code})" in night.stdout
    assert nights[0].home != nights[1].home


def test_nobody_is_lost_where_every_third_call_goes_wrong(tmp_path: Path, seed: int) -> None:
    night = play(tmp_path, "--staff", "30", "--speed", "120", "--faults", "0.3", "--seed", str(seed % 1000), environ=FRENCH)
    check(night, 30)


def test_a_night_that_is_interrupted_says_so_and_is_no_success(tmp_path: Path) -> None:
    environ = {**FRENCH, "NOTIFIER_HOME": str(tmp_path)}
    running = subprocess.Popen(
        [*COMMAND, "--staff", "20"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("22h"):
            break
    running.send_signal(signal.SIGINT)
    out, error = running.communicate(timeout=WAIT)
    assert running.returncode == 130
    assert "Nuit interrompue" in out
    assert "défaut" not in out
    assert "Traceback" not in error


def test_a_reader_who_leaves_costs_no_traceback(tmp_path: Path) -> None:
    environ = {**FRENCH, "NOTIFIER_HOME": str(tmp_path)}
    command = [*COMMAND, "--staff", "3", "--speed", "600", "--once"]
    running = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    running.stdout.close()
    _, error = running.communicate(timeout=WAIT)
    assert b"Traceback" not in error
    assert b"Exception" not in error


def test_a_demo_needs_no_standard_stream(tmp_path: Path) -> None:
    environ = {**FRENCH, "NOTIFIER_HOME": str(tmp_path)}
    command = ["/bin/sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *COMMAND, "--staff", "1", "--speed", "600", "--once"]
    assert subprocess.run(command, env=environ, timeout=WAIT, check=False).returncode == 0


@pytest.mark.parametrize(
    ("asked", "code", "sentence"),
    [
        (["--faults", "1.5"], 2, "La valeur de --faults n'est pas acceptée\u00a0: donnez un nombre jusqu'à 1."),
        (["--faults", "-1"], 2, "La valeur de --faults n'est pas acceptée\u00a0: donnez un nombre à partir de 0."),
        (["--staff", "0"], 2, "La valeur de --staff n'est pas acceptée\u00a0: donnez un nombre à partir de 1."),
        (["--staff", "99999"], 2, "Le groupe d'exemple compte 1\u202f950 personnes"),
        (["--speed", "0"], 2, "La valeur de --speed n'est pas acceptée\u00a0: donnez un nombre à partir de 1."),
        (["--database", "mysql://h/x"], 2, "Donnez à --database une adresse postgresql://"),
        (["--database", "postgresql://127.0.0.1:1/x", "--staff", "1"], 1, "La base de données ne répond pas"),
        (["--staff", "1", "--port", "PORT"], 1, "est déjà pris"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    asked: list[str],
    code: int,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NOTIFIER_HOME", str(tmp_path))
    monkeypatch.setenv("NOTIFIER_LANG", "fr")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["demo", *(port if each == "PORT" else each for each in asked)], FRENCH) == code
    shown = capsys.readouterr()
    assert sentence in shown.err.splitlines()[-1]
    assert shown.err.count("\n") == code % 2 + 1  # what the demo is has been said before a port or a database refuses
    assert shown.out == ""


def test_a_home_that_cannot_be_made_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NOTIFIER_HOME", str(tmp_path / "file"))
    assert run(["demo", "--staff", "1"], FRENCH) == 2
    assert "NOTIFIER_HOME" in capsys.readouterr().err


@pytest.mark.parametrize("staff", [1, 2, 9, 10, 60, 300, 1949, 1950])
def test_a_demo_has_as_many_people_as_were_asked(staff: int, tmp_path: Path, seed: int) -> None:
    stage = set_stage(tmp_path, shipped("contacts"), staff, seed, TONIGHT, PAPER)
    assert len(stage.roster.residents) == staff
    clinics = Counter(resident.clinic for resident in stage.roster.residents)
    assert len(clinics) == min(staff, 9) or staff < 60
    whole = Counter(resident.clinic for resident in read_roster(shipped("contacts")).residents)
    assert all(abs(count - staff * whole[clinic] / 1950) < 1 for clinic, count in clinics.items())


def test_a_demo_does_not_have_more_people_than_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadValue):
        set_stage(tmp_path, shipped("contacts"), 1951, 1, TONIGHT)
    assert list(tmp_path.iterdir()) == []


def test_a_small_night_has_responsible_people_and_relays_on_duty(tmp_path: Path, seed: int) -> None:
    roster = set_stage(tmp_path, shipped("contacts"), 300, seed, TONIGHT, PAPER).roster
    on_duty = roster.called("roll_call", "", TONIGHT)
    assert 30 <= len(on_duty) <= 90
    assert any(one.is_relay for one in on_duty)
    switched = [one for service in PAPER for one in roster.called("paper_switch", service, TONIGHT)]
    answering = {(one.clinic, one.service) for one in switched if roster.is_responsible(one)}
    sizes = Counter((one.clinic, one.service) for one in roster.residents if one.service in PAPER)
    assert answering == {team for team, size in sizes.items() if size > 1}  # the last team of a clinic may be cut after its relay


def test_the_smallest_night_has_a_roll_call_too(tmp_path: Path, seed: int) -> None:
    roster = set_stage(tmp_path, shipped("contacts"), 1, seed, TONIGHT, PAPER).roster
    assert roster.called("roll_call", "", TONIGHT) == list(roster.residents)


def test_the_evening_is_the_last_one() -> None:
    late, early = datetime(2026, 11, 24, 23, 50), datetime(2026, 11, 24, 22, 44)  # noqa: DTZ001 - wall time of the clinic
    assert (evening(late).day, evening(early).day) == (24, 23)
    assert f"{evening(late):%H:%M}" == "22:45"


def resident(matricule: str, *devices: tuple[str, str]) -> Resident:
    """Somebody of Kerlic."""
    return Resident("KER", matricule, frozenset(devices))


def test_the_reckoning_finds_who_is_lost_listed_and_told_twice() -> None:
    reached, twice = resident("1", ("sms", "+1")), resident("2", ("sms", "+2"), ("telegram", "2"))
    listed, wronged, lost = resident("3"), resident("4", ("sms", "+4")), resident("5", ("sms", "+5"))
    copies = [Copy("sms", "+1", "HGX1-01"), Copy("sms", "+5", "HGX1-02")]
    copies += [Copy("sms", "+2", "HGX1-01"), Copy("sms", "+2", "HGX1-01"), Copy("telegram", "2", "HGX1-01")]
    account = take_account(
        "HGX1-01",
        "first_alert",
        [reached, twice, listed, wronged, lost],
        copies,
        {("KER", "3"), ("KER", "4")},
        lambda _channel, address: address in ("+1", "+2", "+4", "+5"),
    )
    assert (account.people, account.reached, account.unreachable, account.lost) == (5, 2, 2, 1)
    assert (account.duplicates, account.listed_though_reachable) == (1, 1)


def test_the_reckoning_tells_what_was_on_its_way_at_the_answer_from_a_step_too_many() -> None:
    answered, silent = resident("1", ("sms", "+1"), ("telegram", "1")), resident("2", ("sms", "+2"))
    copies = [Copy("telegram", "1", "HGX1-01", real=9.0), Copy("sms", "+1", "HGX1-01", real=11.5)]
    copies += [
        Copy("email", "1", "HGX1-01", real=12.9),
        Copy("sms", "+1", "HGX1-01", real=13.1),
        Copy("sms", "+2", "HGX1-01", real=99),
    ]
    copies += [Copy("sms", "+1", "HGX1-02", real=99)]
    words = [
        Word("KER/1", "HGX1-01", 10.0, 12.0),
        Word("KER/1", "HGX1-01", 50.0, 51.0),
        Word("KER/2", "HGX1-02", 1.0, 2.0),
    ]
    account = take_account("HGX1-01", "first_alert", [answered, silent], copies, set(), lambda *_: True, words)
    assert (account.in_flight, account.steps_after_answer) == (1, 1)


def test_make_demo_ends_by_itself_where_nobody_looks() -> None:
    makefile = Path(__file__).parents[2] / "Makefile"
    recipe = subprocess.run(
        ["make", "-n", "-o", "install", "demo", "DEMO=--staff 3"],
        cwd=makefile.parent,
        capture_output=True,
        text=True,
        timeout=WAIT,
        check=True,
    ).stdout
    assert (
        "if test -t 1; then exec .venv/bin/notifier demo --staff 3; else exec .venv/bin/notifier demo --once --staff 3" in recipe
    )


def test_the_service_is_ready_before_the_story_begins(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = {**FRENCH, "NOTIFIER_HOME": str(tmp_path)}
    command = [*COMMAND, "--staff", "5", "--speed", "600", "--once", "--json", "--port", str(port)]
    running = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    answered = False
    while running.poll() is None and not answered:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                line.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                answered = b"200" in line.recv(64)
        except OSError:
            time.sleep(0.05)
    out, error = running.communicate(timeout=WAIT)
    assert answered, error
    assert running.returncode == 0
    assert json.loads(out.splitlines()[-1])["staff"] == 5
