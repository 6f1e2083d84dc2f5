"""Bad input and bad days on the real command line and the real service: one sentence with its cure, and nothing lost."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifier.clock import Clock
from notifier.desk.incidents import open_incident
from notifier.domain.authority import Actor, Face, Role
from notifier.practice import Customs, Network, Resident, open_network
from notifier.settings import read_settings
from notifier.wiring import open_house
from tests.channels.sinks import own_certificate
from tests.cli.shell import ON_A_FULL_DISK, Shell

SEND = ("send", "first-alert", "--incident", "HGX1", "--to", "clinic:KER service:DIR role:DIR", "--vital", "--yes")
SUITE = ("--set", "suite=23h30")


def test_an_unknown_template_is_named_with_the_nearest(shell: Shell) -> None:
    before = shell.count()
    said = shell.run("send", "first-alerte", "--incident", "HGX1", *SUITE, "--yes")
    assert said.sentence.startswith("Le modèle « first-alerte » n'existe pas")
    assert said.err.endswith("Vouliez-vous dire « first-alert » ?\n")
    assert said.code == 2
    assert shell.count() == before


def test_a_missing_value_is_named_and_nobody_is_called(shell: Shell) -> None:
    before = shell.count()
    said = shell.run(*SEND)
    assert said.sentence.startswith("Le modèle « first-alert » attend encore suite, personne n'a été appelé : ajoutez --set")
    assert shell.count() == before


def test_an_empty_audience_sends_nothing(shell: Shell) -> None:
    before = shell.count()
    said = shell.run("send", "first-alert", "--incident", "HGX1", "--to", "clinic:KER name:zzzz", *SUITE, "--yes")
    assert said.sentence.startswith("« clinic:KER name:zzzz » ne désigne personne, rien n'est parti : élargissez")
    assert shell.count() == before


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("KER.csv", None, "KER.csv » n'existe pas : vérifiez le nom"),
        ("KER.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(64), "KER.xlsx » n'est ni un CSV ni un XLSX : enregistrez-le"),
        ("KER.csv", bytes(range(256)) * 8, "KER.csv » n'est ni"),
    ],
)
def test_an_unreadable_file_is_named_and_the_contacts_stay(
    shell: Shell, tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = shell.count()
    said = shell.run("import", tmp_path / name)
    assert sentence in said.sentence
    assert shell.count() == before


def test_a_wrong_key_opens_nothing_and_the_right_one_opens_everything_again(shell: Shell, tmp_path: Path) -> None:
    other = Shell(tmp_path / "other")
    other.home.mkdir()
    assert other.run("alerts").code == 0
    right = (shell.home / "notifier.key").read_bytes()
    (shell.home / "notifier.key").write_bytes((other.home / "notifier.key").read_bytes())
    before = shell.count()
    said = shell.run(*SEND, *SUITE)
    assert said.sentence.startswith(f"La clé {shell.home}/notifier.key n'est pas celle de cette base : remettez la clé d'origine")
    assert shell.count() == before
    (shell.home / "notifier.key").write_bytes(right)
    assert shell.run(*SEND, *SUITE).code == 0


def test_a_key_missing_beside_its_database_is_never_made_again(shell: Shell) -> None:
    (shell.home / "notifier.key").unlink()
    said = shell.run("alerts")
    assert said.sentence.startswith(f"La clé {shell.home}/notifier.key manque à côté de la base {shell.home}/notifier.db : ")
    assert said.code == 1
    assert not (shell.home / "notifier.key").exists()


def test_a_newer_database_is_left_alone(shell: Shell) -> None:
    shell.order("UPDATE alembic_version SET version_num = '9999'")
    before = shell.count()
    said = shell.run(*SEND, *SUITE)
    assert said.sentence.startswith("La base est à la version 9999, ce programme connaît ")
    assert "installez la version du programme qui l'a écrite" in said.err
    assert shell.count() == before


def test_a_port_that_is_taken_is_named_and_what_waits_stays(shell: Shell) -> None:
    assert shell.run(*SEND, *SUITE).code == 0
    before = shell.count()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = shell.run("serve", NOTIFIER_PORT=str(port))
    assert said.sentence.startswith(f"Le port {port} de 127.0.0.1 est déjà pris : arrêtez l'autre programme, ou donnez un autre")
    assert said.code == 1
    assert shell.count() == before


async def test_a_clock_behind_the_journal_starts_nothing(shell: Shell) -> None:
    settings = read_settings({"NOTIFIER_HOME": str(shell.home)}, shell.home)
    ahead = Clock(started=datetime.now(UTC) + timedelta(hours=2))
    async with open_house(settings, ahead) as house:
        await open_incident(house.desk, Actor("Diane", frozenset(Role), Face.CLI), "HGX2", ["KER"], exercise=True)
    before = shell.count()
    for words in ((*SEND, *SUITE), ("serve",)):
        said = await shell.call(*words)
        assert said.sentence.startswith("L'horloge (")
        assert "est en retard sur le journal (" in said.err
        assert "mettez la machine à l'heure" in said.err
    assert shell.count() == before


def test_a_full_disk_is_said_and_the_same_order_goes_once_there_is_room(shell: Shell) -> None:
    before = shell.count()
    order = ("send", "first-alert", "--incident", "HGX1", "--to", "clinic:KER", "--yes", *SUITE)
    said = shell.run(*order, world=ON_A_FULL_DISK)
    assert said.sentence.startswith(f"Le disque de {shell.home}/notifier.db est plein, rien de nouveau n'est parti : libérez")
    assert shell.count() == before
    assert shell.run(*order).code == 0
    assert shell.count()["recipients"] == 320
    assert shell.run("journal", "verify").code == 0


BOT = """
[[lane]]
name = "bot"
channel = "telegram"
gateway = "telegram"
network = "practice"
address = "{network.telegram_url}"
per_second = 20
credentials = {{ token_file = "secret" }}
"""
RELAY = """
[[lane]]
name = "relais"
channel = "email"
gateway = "email"
network = "practice"
address = "127.0.0.1:{network.mail_port}"
per_second = 20
sender = "alerte@example.org"
credentials = {{ username = "notifier", password_file = "secret" }}
options = {{ starttls = "required", ca_file = "{certificate}" }}
"""
LOGIN = ("notifier", "the right one")
DIRECTOR = Resident("KER/0306", "Estelle", 9_000_000_000_277_858, "+33639985254", "estelle.mansouri306@example.net")
ONE = ("send", "first-alert", "--incident", "HGX1", "--to", "clinic:KER name:mansouri role:DIR", "--vital", "--yes", *SUITE)


async def test_refused_credentials_are_said_and_what_waits_goes_with_the_right_ones(shell: Shell) -> None:
    tls, certificate = own_certificate(shell.home)
    async with open_network([DIRECTOR], clock=Clock(), customs=Customs.sound(), mail_tls=tls, mail_login=LOGIN) as network:
        await have_it_mended(shell, network, "relais", RELAY.format(network=network, certificate=certificate), LOGIN[1])


async def test_a_revoked_token_is_said_and_what_waits_goes_with_the_new_one(shell: Shell) -> None:
    async with open_network([DIRECTOR], clock=Clock(), customs=Customs.sound()) as network:
        await have_it_mended(shell, network, "bot", BOT.format(network=network), network.bot.token)


async def have_it_mended(shell: Shell, network: Network, lane: str, settings: str, right: str) -> None:
    """An alert goes out while the provider refuses us; then the right secret is put into its file, and the service restarted."""
    shell.set(settings)
    shell.keep("secret", "7000000001:" + "revoked" * 5)
    sent = await shell.call(*ONE)
    assert sent.code == 0, sent.err
    async with shell.serving() as service:
        said = await service.hears(f"La voie {lane} n'envoie plus depuis")
        assert "identifiants refusés (jeton révoqué, mot de passe changé ?), mettez les nouveaux dans leur fichier" in said
        board = await shell.call("board", "HGX1-01")
        assert f"▲ La voie {lane} n'envoie plus depuis" in board.out
        assert (await shell.call("check")).code == 1
    assert network.ledger.entries == []
    shell.keep("secret", right)
    async with shell.serving() as service:
        await service.hears(f"La voie {lane} envoie de nouveau")
    assert [entry.address for entry in network.ledger.entries] == [str(DIRECTOR.chat) if lane == "bot" else DIRECTOR.mail]
    assert (await shell.call("journal", "verify")).code == 0
