"""`notifier backup` and `notifier restore`: what they say, and what a person who mistypes on the night is told."""

from pathlib import Path

from tests.cli.shell import Shell


def test_a_home_is_backed_up_and_restored_in_another_folder(shell: Shell, tmp_path: Path) -> None:
    assert "Aucune sauvegarde" in shell.run("check").out
    shell.set(f'[backup]\nfolder = "{tmp_path / "kept"}"\n')
    done = shell.run("backup")
    assert (done.code, done.err) == (0, "")
    (path,) = (tmp_path / "kept").iterdir()
    assert str(path) in done.out
    assert "Elle n'est que sur cette machine" in done.out
    assert "copiée au second lieu : jamais" in shell.run("check").out
    (tmp_path / "new").mkdir()
    new = Shell(tmp_path / "new")
    assert "La clé" in new.run("restore", path).sentence, "the key is not in the backup"
    assert not (new.home / "notifier.db").exists()
    new.run("check")  # somebody who looks first makes a key, which is not the one
    assert "n'est pas celle de cette base" in new.run("restore", path).sentence
    (new.home / "notifier.key").write_bytes((shell.home / "notifier.key").read_bytes())
    restored = new.run("restore", path)
    assert (restored.code, restored.err) == (0, "")
    assert "Les envois sont gelés" in restored.out
    assert "lancez « notifier serve »" in restored.out
    assert new.count() == shell.count()
    assert "n'est pas vide, rien n'a été changé" in new.run("restore", path).sentence
    assert "restauré de la sauvegarde du" in new.run("alerts").out
    assert new.run("journal", "verify").code == 0


def test_what_is_no_whole_backup_is_refused_and_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    shell.set(f'[backup]\nfolder = "{tmp_path / "kept"}"\n')
    assert shell.run("backup").code == 0
    (path,) = (tmp_path / "kept").iterdir()
    (tmp_path / "torn.backup").write_bytes(path.read_bytes()[:-100])
    (tmp_path / "new").mkdir()
    new = Shell(tmp_path / "new")
    (new.home / "notifier.key").write_bytes((shell.home / "notifier.key").read_bytes())
    wrong = {"torn.backup": "incomplète ou altérée", "home/notifier.db": "n'est pas une sauvegarde", "none": "none"}
    for name, words in wrong.items():
        refused = new.run("restore", tmp_path / name)
        assert words in refused.sentence
        assert refused.code == 2
    assert not (new.home / "notifier.db").exists()


def test_a_copy_that_fails_is_said_with_code_1_and_on_every_screen(shell: Shell) -> None:
    shell.set('[backup]\ncopy = ["/no/such/command", "{file}"]\n')
    failed = shell.run("backup")
    assert failed.code == 1
    assert "la commande copy de [backup] n'existe pas ici" in failed.sentence
    for command in ("alerts", "check"):
        assert "▲ La sauvegarde n'est pas en lieu sûr depuis" in shell.run(command).out
    assert "The backup has not been in a safe place" in shell.run("alerts", NOTIFIER_LANG="en").out
    shell.set('[backup]\ncopy = ["test", "-s", "{file}"]\n')
    assert "Copiée au second lieu." in shell.run("backup").out
    assert "▲" not in shell.run("alerts").out
