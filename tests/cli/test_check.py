"""``notifier check``: what it prints, and how it leaves."""

from pathlib import Path

import typer
from typer.testing import CliRunner, Result

from notifier.cli.check import check
from notifier.desk.shipped import shipped
from notifier.domain.errors import UnknownTemplate
from tests.rendering.kit import Shelf

FRENCH = {"NOTIFIER_LANG": "fr", "COLUMNS": "200"}


def call(*arguments: str, language: str = "fr", **environ: str) -> Result:
    app = typer.Typer()
    app.command()(check)
    env = {**FRENCH, "NOTIFIER_LANG": language, **environ}
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)


def test_house_and_templates_pass_without_any_settings(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("other files do not matter")
    done = call(NOTIFIER_HOME=str(tmp_path))
    assert done.exit_code == 0
    assert "30 modèles, 0 défaut\n" in done.stdout
    assert "first-alert" in done.stdout
    assert f"dossier {tmp_path}, base et clé en ordre" in done.stdout
    assert f"Créé\u00a0: {tmp_path}/notifier.key\nCréé\u00a0: {tmp_path}/notifier.db\nSans cette clé" in done.stderr
    assert (tmp_path / "notifier.key").stat().st_mode & 0o777 == 0o600
    assert call(NOTIFIER_HOME=str(tmp_path)).stderr == ""  # said once


def test_faults_of_the_settings_are_named_beside_those_of_the_templates(tmp_path: Path) -> None:
    bot = '[[lane]]\nname = "bot"\nchannel = "telegram"\ngateway = "telegram"\nnetwork = "live"\nper_second = 1'
    (tmp_path / "a.toml").write_text(f"port = 0\n{bot}")
    done = call(NOTIFIER_HOME=str(tmp_path), NOTIFIER_CONFIG=str(tmp_path / "a.toml"), language="en")
    assert done.exit_code == 1
    assert "30 templates, 0 faults\nThe settings have 2 fault(s)" in done.stdout
    assert '  - [[lane]] bot, credentials: This gateway needs "token"' in done.stdout
    assert "  - port: This value is too small" in done.stdout


def test_lanes_that_cannot_work_as_they_are_set_are_all_named(tmp_path: Path) -> None:
    lane = '[[lane]]\nname = "{}"\nchannel = "email"\ngateway = "email"\nnetwork = "live"\nper_second = 1\n'
    more = 'address = "a.example:25"\nsender = "a@example.org"\noptions = { starttls = "perhaps" }\n'
    (tmp_path / "a.toml").write_text(lane.format("one") + more + lane.format("two") + more)
    done = call(NOTIFIER_HOME=str(tmp_path), NOTIFIER_CONFIG=str(tmp_path / "a.toml"))
    assert done.exit_code == 1
    assert [name for name in ("one", "two") if f"de la voie «\u00a0{name}\u00a0»" in done.stdout] == ["one", "two"]


def test_a_folder_may_be_given_and_english_asked_for() -> None:
    done = call(str(shipped("templates")), language="en")
    assert "30 templates, 0 faults" in done.stdout


def test_each_fault_is_one_line_with_its_place_and_cure(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert").spoil("fr/sms.txt", "Passez", "Demain, passez")
    done = call(str(shelf.folder))
    assert done.exit_code == 1
    assert "first-alert/fr/sms.txt:1\u00a0: « demain » dépend de l'heure de lecture" in done.stdout.replace(
        "\u00a0»", " »"
    ).replace("«\u00a0", "« ")
    assert "1 modèle," in done.stdout


def test_a_stamp_is_put_from_the_command_line(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "first-alert").spoil("fr/email.txt", "Les soins continuent.", "Les soins se poursuivent.")
    assert "--stamp first-alert" in call(str(shelf.folder)).stdout
    done = call(str(shelf.folder), "--stamp", "first-alert", "--by", "Anne Le Gall, directrice")
    assert done.exit_code == 0
    assert "approuvé par Anne Le Gall" in done.stdout
    assert call(str(shelf.folder)).exit_code == 0


def test_an_unknown_template_is_not_stamped(tmp_path: Path) -> None:
    done = call(str(Shelf(tmp_path, "first-alert").folder), "--stamp", "premiere", "--by", "Anne")
    assert isinstance(done.exception, UnknownTemplate)
