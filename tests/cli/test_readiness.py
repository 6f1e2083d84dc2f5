"""`notifier check --readiness`: what a cadre reads, what a cron acts on."""

import json

from tests.cli.shell import Shell

LANE = """
[[lane]]
name = "sms"
channel = "sms"
gateway = "kannel"
network = "practice"
address = "http://127.0.0.1:9"
per_second = 10
sender = "+33639980002"
credentials = { username = "a", password_file = "secret", hook_secret_file = "secret" }
"""


def test_without_an_account_every_service_is_named_in_front_and_the_code_tells_a_cron(shell: Shell) -> None:
    said = shell.run("check", "--readiness")
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith("▲ KER URG : personne n'est joignable (36 agents).\n")
    assert "▲ Contacts jamais essayés : KER" in said.out
    english = shell.run("check", "--readiness", NOTIFIER_LANG="en")
    assert "▲ KER URG: nobody can be reached (36 people)." in english.out


def test_with_one_channel_the_table_tells_the_shares_and_no_address_is_shown(shell: Shell) -> None:
    shell.keep("secret", "x" * 32)
    shell.set(LANE)
    said = shell.run("check", "--readiness")
    told = json.loads(shell.run("check", "--readiness", "--json").out)
    assert said.code == bool(told["unreachable"])
    ker = next(clinic for clinic in told["clinics"] if clinic["code"] == "KER")
    assert (ker["two"], ker["verified"], ker["tested_days_ago"]) == (0, 0, None)
    assert 0 < ker["one"] < ker["staff"] == sum(service["staff"] for service in ker["services"])
    assert f"{100 * ker['one'] // ker['staff']} %" in said.out
    assert "@" not in said.out
    assert "+33" not in said.out


def test_a_test_by_one_channel_asks_everybody_and_says_whom_it_cannot_test(shell: Shell) -> None:
    shell.keep("secret", "x" * 32)
    shell.set(LANE)
    test = ("send", "contact-test", "--incident", "HGX1", "--to", "service:BLOC", "--dry-run", "--channel")
    by_text = shell.run(*test, "sms").out.replace("\n", " ")
    assert "qui peuvent toutes répondre" in by_text
    assert "SMS 0" not in by_text
    by_mail = shell.run(*test, "email")
    assert "Joignables : Telegram 0 · SMS 0 · E-mail 0" in by_mail.out
    assert "montre ce qui est attendu" in shell.run(*test, "pigeon").sentence
