"""`notifier freeze` and `notifier thaw`: plain words in both languages, wherever somebody looks."""

from tests.cli.shell import Shell

SEND = ("send", "first-alert", "--incident", "HGX1", "--set", "suite=23h30")


def test_nothing_is_sent_between_freeze_and_thaw_and_every_command_says_why(shell: Shell) -> None:
    assert shell.run(*SEND, "--yes").code == 0
    done = shell.run("freeze", "--reason", "compte volé")
    assert (done.code, done.err) == (0, "")
    assert "Envois gelés : plus aucun appel ne part, 0 message attend." in done.out
    for command in (("alerts",), ("board", "HGX1-01"), ("check",), (*SEND, "--dry-run")):
        said = shell.run(*command)
        assert "▲ Envois gelés depuis" in said.out.replace("\n", " "), command
        assert "(compte volé)" in said.out
    refused = shell.run(*SEND, "--yes")
    assert refused.code == 1
    assert "rien n'est parti : levez le gel" in refused.sentence
    assert shell.count()["alerts"] == 1
    english = shell.run("freeze", NOTIFIER_LANG="en")
    assert "▲ Sending frozen since" in english.out
    assert english.code == 0
    kept = shell.run("thaw", typed="n\n")
    assert kept.code == 1
    assert "Abandonné" in kept.err
    thawed = shell.run("thaw", "--yes")
    assert thawed.code == 0
    assert "Gel levé : 0 message" in thawed.out
    assert "n'étaient pas gelés" in shell.run("thaw").out
    assert "gelés" not in shell.run("alerts").out
