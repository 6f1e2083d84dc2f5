"""``notifier paper``: one file a clinic, and ``check`` knows how old it is."""

from pathlib import Path

from tests.cli.shell import Shell


def test_check_asks_for_paper_until_there_is_some(shell: Shell, tmp_path: Path) -> None:
    asked = "▲ Une clinique n'a pas d'annuaire papier"
    assert asked in shell.run("check").out
    done = shell.run("paper", "--out", tmp_path / "paper", "--clinic", "ker")
    assert done.code == 0, done.err
    assert (tmp_path / "paper" / "KER-annuaire.pdf").read_bytes().startswith(b"%PDF")
    told = shell.run("check").out
    assert asked not in told
    assert "Annuaires papier" in told
