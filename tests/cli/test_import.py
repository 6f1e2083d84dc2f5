"""``notifier import`` as an office meets it: what it says, what it writes, how it ends."""

import pytest

from tests.cli.shell import Shell

HEADER = "Matricule ;NOM;Prénom;Service;Fonction;Statut;Mobile;E-Mail"
GOOD = "KER9001;L’HOSTIS;Zoé;Bloc opératoire;IBODE;CDI;639980012;zoe@example.org"
BAD = "KER9002;CŒUR;Noël;BLOC;IBODE;CDI;06 39 98;"
FIXED = "KER9003;ÉVENOU;Anaïs;BLOC;IBODE;CDI;02 61 91 00 12;"
UNTOUCHED = {"people": 320, "alerts": 0}


def write(shell: Shell, *rows: str, name: str = "KER.csv") -> str:
    """A sheet as French Excel saves it."""
    path = shell.home / "rh" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes("\r\n".join([HEADER, *rows, ""]).encode("cp1252"))
    return str(path)


def rows(shell: Shell) -> dict[str, int]:
    counted = shell.count()
    return {name: counted[name] for name in UNTOUCHED}


def test_a_bad_cell_is_named_with_its_row_and_cure_and_nothing_is_changed(shell: Shell) -> None:
    said = shell.run("import", write(shell, GOOD, BAD, FIXED))
    assert said.code == 2
    assert said.err.splitlines()[0] == (
        "L'import est refusé et rien n'a été changé, 1 erreur(s) : corrigez les cellules ci-dessous, ou ajoutez --skip-bad."
    )
    assert said.err.splitlines()[1].startswith("  - KER.csv, ligne 3, Mobile : ce n'est pas un numéro de téléphone : ")
    assert rows(shell) == UNTOUCHED


def test_a_dry_run_shows_the_difference_and_who_takes_no_sms(shell: Shell) -> None:
    said = shell.run("import", write(shell, GOOD, FIXED), "--dry-run")
    assert (said.code, said.err) == (0, "")
    assert "KER.csv, ligne 3, Mobile : fixe, conservé, pas de SMS." in said.out.splitlines()
    assert "0 inchangé · 0 modifié · 2 ajoutés · 320 absents, conservés" in said.out.splitlines()
    assert said.out.splitlines()[-1] == "Essai à blanc : rien n'a été écrit."
    assert rows(shell) == UNTOUCHED


def test_good_rows_on_demand_then_the_others_once_they_are_mended(shell: Shell) -> None:
    said = shell.run("import", write(shell, GOOD, BAD), "--skip-bad")
    assert said.code == 0
    mended = shell.home / "rh" / "KER-a-corriger.csv"
    assert f"Lignes à corriger écrites dans {mended} : corrigez-les, puis importez ce fichier." in said.out.splitlines()
    mended.write_text(mended.read_text(encoding="utf-8-sig").replace("06 39 98;", "06 39 98 00 13;"), encoding="utf-8")
    said = shell.run("import", mended)
    assert "0 inchangé · 0 modifié · 1 ajouté · 0 absent, conservé" in said.out.splitlines()
    assert shell.count()["people"] == 322
    said = shell.run("import", mended)
    assert "1 inchangé · 0 modifié · 0 ajouté · 0 absent, conservé" in said.out.splitlines()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (
            "paie.csv",
            b"a;b\r\n1;2\r\n",
            "  - paie.csv : aucune clinique ne porte ce nom ; nommez le fichier d'après un code connu",
        ),
        ("KER.csv", b"a;b\r\n1;2\r\n", "  - KER.csv, ligne 1 : colonne « matricule » absente : ajoutez-la"),
        ("KER.xlsx", b"PK\x03\x04 torn", "« KER.xlsx » n'est ni un CSV ni un XLSX"),
        ("lisez-moi.md", b"", "« rh » ne contient ni CSV, ni XLSX, ni group.toml : indiquez le dossier des contacts."),
    ],
)
def test_a_wrong_file_is_one_sentence_with_its_cure(shell: Shell, name: str, content: bytes, told: str) -> None:
    (shell.home / "rh").mkdir()
    (shell.home / "rh" / name).write_bytes(content)
    said = shell.run("import", "rh")
    assert said.code == 2
    assert any(line.startswith(told) for line in said.err.splitlines()), said.err
    assert rows(shell) == UNTOUCHED


def test_a_folder_that_does_not_exist_and_a_first_import_without_a_group_are_told(shell: Shell) -> None:
    assert shell.run("import", "nulle/part").sentence == "« nulle/part » n'existe pas : vérifiez le nom et le dossier.\n"
    said = shell.run("import", write(shell, GOOD), NOTIFIER_HOME=str(shell.home / "neuf"))
    assert "  - group.toml : aucune clinique n'est encore connue : importez le dossier qui contient group.toml." in said.err


def test_every_preview_says_that_a_plan_is_old_and_none_that_it_is_fresh(shell: Shell) -> None:
    plan, preview = (
        shell.home / "KER-shifts.csv",
        ("send", "paper-bloc", "--incident", "HGX1", "--set", "avant=23h50", "--dry-run"),
    )
    body = "matricule;type;début;fin\r\nKER0040;poste;01/01/2020 07:00;01/01/2020 19:00\r\n"
    plan.write_text(body, encoding="utf-8")  # as old as its file: new
    assert shell.run("import", plan).code == 0
    assert "▲ KER : planning" not in shell.run(*preview).out
    plan.write_text("# établi le 01/01/2020 07:00\r\n" + body, encoding="utf-8")
    assert shell.run("import", plan).code == 0
    said = shell.run(*preview)
    assert "▲ KER : planning" in said.out
    assert "« En poste » vaut ici relais et astreinte." in said.out
    assert "MOBILE PARTAGÉ BLOC OPÉRATOIRE" in said.out


def test_the_wrong_file_is_taken_back_once_and_a_second_time_there_is_nothing(shell: Shell) -> None:
    assert shell.run("import", write(shell, GOOD, FIXED)).code == 0
    assert shell.count()["people"] == 322
    said = shell.run("undo-import", "--yes")
    assert (said.code, said.err) == (0, "")
    assert rows(shell) == UNTOUCHED
    said = shell.run("undo-import", "--yes")
    assert said.code != 0
    assert said.err.splitlines()[0].startswith("Aucun import à annuler, rien n'a été changé : ")
