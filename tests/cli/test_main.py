"""What goes wrong on the command line is one sentence with its cure, in the reader's language, and an exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notifier import GLOSSARY, __version__
from notifier.cli import COMMANDS, build_command, read_command, run
from notifier.cli.language import pick_language, show_euros
from notifier.cli.manual import walk
from notifier.domain.people import Language
from notifier.prose.manual import ENGLISH
from tests.cli.shell import Shell
from tests.house.tree import ROOT

FRENCH = {"LANG": "fr_FR.UTF-8"}


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], FRENCH) == 0
    assert capsys.readouterr().out == f"notifier {__version__}\n"


def test_help_is_offered_when_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], FRENCH) == 2
    shown = capsys.readouterr()
    assert "Usage" in shown.out + shown.err


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        (["--foo"], FRENCH, "L'option --foo n'existe pas"),
        (["frobnicate"], FRENCH, "La commande «\u00a0frobnicate\u00a0» n'existe pas"),
        (["frobnicate"], {"LANG": "en_GB.UTF-8"}, 'There is no command "frobnicate"'),
    ],
)
def test_a_mistyped_command_is_explained(
    capsys: pytest.CaptureFixture[str], arguments: list[str], environ: dict[str, str], sentence: str
) -> None:
    assert run(arguments, environ) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(sentence)
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, Language.FR),
        ({"LANG": "C.UTF-8"}, Language.FR),
        ({"LANG": "en_US.UTF-8"}, Language.EN),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, Language.FR),
        ({"LANG": "fr_FR.UTF-8", "NOTIFIER_LANG": "en"}, Language.EN),
    ],
)
def test_french_is_spoken_unless_english_is_asked(environ: dict[str, str], language: Language) -> None:
    assert pick_language(environ) is language


def test_the_process_leaves_with_the_code() -> None:
    command = [sys.executable, "-c", "from notifier.cli import main; main()", "frobnicate"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **FRENCH}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_glossary_defines_each_word_once() -> None:
    assert len(GLOSSARY) > 50
    assert all(term.meaning and not term.meaning.endswith(".") for term in GLOSSARY.values())


def test_every_text_of_the_help_has_its_english() -> None:
    commands = [build_command(Language.FR), *(below for name in COMMANDS for below in walk(read_command(name, Language.FR)))]
    texts = [text for command in commands for text in (command.help, *(getattr(p, "help", None) for p in command.params))]
    assert len(texts) > 40
    assert [text for text in texts if text and text not in ENGLISH] == []
    assert set(ENGLISH) - set(texts) == set()  # none is left of a text that has changed


@pytest.mark.parametrize(("environ", "words"), [(FRENCH, "Affiche cette aide"), ({"LANG": "en_GB.UTF-8"}, "Show this help")])
def test_the_help_speaks_the_readers_language(capsys: pytest.CaptureFixture[str], environ: dict[str, str], words: str) -> None:
    assert run(["stop", "--help"], environ) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(("typed", "code"), [("oui\n", 2), ("O\n", 2), ("yes\n", 2), ("peut-être\nnon\n", 1), ("\n", 1), ("", 1)])
def test_a_question_takes_yes_in_either_language_and_no_by_default(tmp_path: Path, typed: str, code: int) -> None:
    said = Shell(tmp_path).run("stop", "HGX1-01", typed=typed)
    assert "[o/N]" in said.out
    assert said.code == code  # 2: the question was passed, and there is no such alert
    assert ("Abandonné" in said.err) is (code == 1)
    assert ("Répondez o (oui) ou n (non)" in said.err) is ("peut" in typed)


@pytest.mark.parametrize(("language", "shown"), [("fr", "4,80"), ("en", "4.80")])
def test_money_is_written_as_its_reader_writes_it(monkeypatch: pytest.MonkeyPatch, language: str, shown: str) -> None:
    monkeypatch.setenv("NOTIFIER_LANG", language)
    assert show_euros(480) == shown
