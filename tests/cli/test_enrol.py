"""`notifier enrol`: cards for those who have none, for their owner's eyes only; and an operator's word."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from notifier.cli.opening import operator_name
from notifier.desk.enrolling import redeem
from notifier.domain.enrolment import Verdict
from notifier.settings import read_settings
from notifier.wiring import open_house
from tests.cli.shell import Shell, move_in
from tests.house.tree import ROOT
from tests.needs import need_program

CHAT = 9_000_000_000_000_777
LANES = """
[[lane]]
name = "bot"
channel = "telegram"
gateway = "telegram"
network = "practice"
address = "http://127.0.0.1:1"
per_second = 28
credentials = { token_file = "bot.token" }
BOT
[[lane]]
name = "sms"
channel = "sms"
gateway = "kannel"
network = "practice"
address = "http://127.0.0.1:2"
per_second = 10
sender = "SENDER"
credentials = { username = "notifier", password_file = "bot.token" }
"""
BOT = 'options = { bot = "hgx_alerte_bot" }'
HEAD = "matricule;nom;prénom;service;fonction;mobile;langue\r\n"
TEAM = [
    "K1;LE GOFF;Alla;BLOC;CADRE;06 39 98 00 01;fr",
    "K2;MOREAU;Boris;BLOC;IDE;06 39 98 00 02;en",
    "K9;Mobile partagé;;BLOC;RELAIS;06 39 98 00 09;fr",
]
ON_CARDS = (
    "LE GOFF Alla",
    "MOREAU Boris",
    "MOBILE PARTAGÉ",
    "hgx_alerte_bot",
    "06 39 98 01 00",
    "favori",
    "starred",
    "01 99 00 01 00",
)


def _set(shell: Shell, bot: str = BOT, sender: str = "+33639980100") -> None:
    shell.keep("bot.token", f"123456:{'a' * 35}")
    shell.set(LANES.replace("BOT", bot).replace("SENDER", sender))


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three of Kerlic's, an incident that is open, and lanes that reach nobody."""
    shell = Shell(tmp_path_factory.mktemp("team"))
    (shell.home / "KER.csv").write_text(HEAD + "\r\n".join(TEAM) + "\r\n", encoding="utf-8")
    _set(shell)
    done = shell.run("import", ROOT / "contacts" / "group.toml", shell.home / "KER.csv")
    assert done.code == 0, done.err
    assert shell.run("incident", "open", "HGX1").code == 0
    return shell.home


@pytest.fixture
def desk(team: Path, tmp_path: Path) -> Shell:
    return move_in(tmp_path / "home", team)


def _text(pdf: Path) -> str:
    done = subprocess.run([need_program("pdftotext"), "-raw", str(pdf), "-"], capture_output=True, text=True, check=True)
    return done.stdout


def _tokens(pdf: Path) -> list[str]:
    return re.findall(r"start=\s*([A-Za-z0-9_-]{22})", _text(pdf))


def _press(shell: Shell, token: str, chat: int = CHAT) -> Verdict:
    """What the bot will do for somebody who presses *It is me*."""

    async def run() -> Verdict:
        async with open_house(read_settings({"NOTIFIER_HOME": str(shell.home)}, shell.home)) as house:
            return (await redeem(house.desk, token, chat)).verdict

    return asyncio.run(run())


def test_each_of_a_clinic_gets_a_card_that_only_its_owner_may_read(desk: Shell) -> None:
    done = desk.run("enrol", "--clinic", "ker", "--out", "cards.pdf")
    assert (done.code, done.err) == (0, "")
    assert "3 cartes imprimées pour KER" in done.out
    assert "pli cacheté" in done.out
    pdf = desk.home / "cards.pdf"
    assert pdf.stat().st_mode & 0o777 == 0o600
    said = " ".join(_text(pdf).split())
    for words in ON_CARDS:
        assert words in said.replace("\u00a0", " "), words
    assert len(set(_tokens(pdf))) == 3
    again = desk.run("enrol", "--clinic", "KER", "--out", "again.pdf")
    assert "Aucune carte à imprimer pour KER." in again.out
    assert "3 personnes ont déjà une carte" in again.out
    assert sorted(path.name for path in desk.home.glob("*.pdf")) == ["cards.pdf"]
    assert not list(desk.home.glob(".*pdf*"))


def test_a_new_card_ends_the_earlier_one_and_a_lost_one_is_revoked(desk: Shell) -> None:
    assert desk.run("enrol", "--clinic", "KER", "--matricule", "K1", "--out", "a.pdf").code == 0
    new = desk.run("enrol", "--clinic", "KER", "--everybody", "--out", "b.pdf", NOTIFIER_LANG="en")
    assert "1 earlier card is worth nothing any more." in new.out
    assert _press(desk, _tokens(desk.home / "a.pdf")[0]) is Verdict.REVOKED
    lost = desk.run("enrol", "--clinic", "KER", "--revoke", "--yes")
    assert "3 jetons ne valent plus rien." in lost.out
    assert {_press(desk, token) for token in _tokens(desk.home / "b.pdf")} == {Verdict.REVOKED}


def test_an_operator_confirms_who_reads_the_code_to_him(desk: Shell) -> None:
    assert "Personne n'attend" in desk.run("enrol", "--waiting").out
    assert desk.run("enrol", "--clinic", "KER", "--matricule", "K1", "--out", "a.pdf").code == 0
    assert _press(desk, _tokens(desk.home / "a.pdf")[0]) is Verdict.WAITING
    waiting = desk.run("enrol", "--waiting").out
    code = re.search(r"LE GOFF Alla \(KER K1\), depuis le .* : code ([2-9A-Z]{4})", waiting)
    assert code is not None, waiting
    kept = desk.run("enrol", "--clinic", "KER", "--matricule", "K1", "--confirm", typed="n\n")
    assert kept.code == 1
    assert code[1] in kept.out
    done = desk.run("enrol", "--clinic", "KER", "--matricule", "K1", "--confirm", typed="o\n")
    assert (done.code, "Inscrit." in done.out) == (0, True)
    assert "Aucun compte n'attend" in desk.run("enrol", "--clinic", "KER", "--matricule", "K1", "--refuse").sentence


def test_cards_say_what_fits_a_sender_that_nobody_can_save(desk: Shell) -> None:
    _set(desk, sender="Groupe")
    assert desk.run("enrol", "--clinic", "KER", "--matricule", "K1", "--out", "a.pdf").code == 0
    said = " ".join(_text(desk.home / "a.pdf").split()).replace("\u00a0", " ")
    assert "viennent de Groupe" in said
    assert "ne peut être ni enregistré en favori, ni" in said.replace("peut ni être", "peut être ni")
    assert "mettez ce contact en favori" not in said


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("--clinic", "KER"), "une chose à la fois"),
        (("--out", "a.pdf"), "--clinic KER"),
        (("--clinic", "KER", "--confirm"), "--matricule"),
        (("--clinic", "KER", "--waiting", "--revoke"), "une chose à la fois"),
        (("--clinic", "XXX", "--out", "a.pdf"), "XXX"),
        (("--clinic", "KER", "--matricule", "K7", "--out", "a.pdf"), "K7"),
        (("--clinic", "KER", "--out", "nowhere/a.pdf"), "où vous pouvez écrire"),
        (("--clinic", "KER", "--out", "."), "où vous pouvez écrire"),
    ],
)
def test_what_is_asked_wrongly_prints_nothing(desk: Shell, words: tuple[str, ...], cure: str) -> None:
    refused = desk.run("enrol", *words)
    assert refused.code == 2
    assert cure in refused.sentence
    assert not list(desk.home.glob("*.pdf"))
    assert desk.ask("SELECT count(*) FROM invitations") == "0"


def test_a_bot_without_a_name_is_an_error_with_its_cure(desk: Shell) -> None:
    _set(desk, bot="")
    refused = desk.run("enrol", "--clinic", "KER", "--out", "a.pdf")
    assert refused.code == 1
    assert 'options = { bot = "nom_du_robot" }' in refused.sentence


def test_whoever_prints_is_in_the_journal(desk: Shell) -> None:
    assert desk.run("enrol", "--clinic", "KER", "--out", "a.pdf").code == 0
    assert desk.ask("SELECT actor FROM journal WHERE act = 'enrol.issue'") == operator_name()
