"""The mail server, met by aiosmtplib."""

import ssl
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPConnectError, SMTPRecipientsRefused, SMTPServerDisconnected

from notifier.practice import Customs, Fault, Network
from tests.channels.sinks import own_certificate
from tests.practice.town import ALLA, town

BODY = "RÉEL HGX1-03 · Clinique de Kerlic\n\n.Un point seul, des accents : é à ç œ « »\n"


def letter(*to: str, subject: str = "[ALERTE][Kerlic] RÉEL HGX1-03 Bloc au papier") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        "alerte@alerte.example",
        ", ".join(to),
        subject,
        "<notifier.7@alerte.example>",
    )
    mail.set_content(BODY)
    return mail


def client(network: Network) -> SMTP:
    return SMTP(hostname="127.0.0.1", port=network.mail_port, start_tls=False, timeout=5)


async def test_a_letter_arrives_in_every_mailbox_word_for_word() -> None:
    async with town() as network, client(network) as smtp:
        await smtp.send_message(letter("alla@example.org", "Boris@Example.org"))
        for mailbox in ("alla@example.org", "boris@example.org"):
            entries = network.ledger.of("email", mailbox)
            assert len(entries) == 1
            entry = entries[0]
            assert (entry.text, entry.subject) == (BODY, "[ALERTE][Kerlic] RÉEL HGX1-03 Bloc au papier")
            assert (entry.ref, entry.alert) == ("<notifier.7@alerte.example>", "HGX1-03")
        assert network.ledger.copies("email", "alla@example.org", BODY, "[ALERTE][Kerlic] RÉEL HGX1-03 Bloc au papier") == 1


async def test_a_mailbox_that_nobody_has_is_refused_and_the_others_are_served() -> None:
    closed = Customs(0, 0, 0, 0, 0, 0, 0, closed_mailbox=1)
    async with town() as network, client(network) as smtp:
        errors, _ = await smtp.send_message(letter("alla@example.org", "nobody@example.org"))
        assert errors["nobody@example.org"].code == 550
        assert "5.1.1" in errors["nobody@example.org"].message
        assert network.ledger.counts()["email"] == 1
    async with town(customs=closed) as network, client(network) as smtp:
        with pytest.raises(SMTPRecipientsRefused):
            await smtp.send_message(letter("alla@example.org"))


async def test_a_greylisted_letter_is_taken_once_time_has_passed() -> None:
    async with town(grey_for=timedelta(minutes=1), speed=200) as network, client(network) as smtp:
        with pytest.raises(SMTPRecipientsRefused) as refused:
            await smtp.send_message(letter("alla@example.org"))
        assert refused.value.recipients[0].code == 451
        await network.town.wait(timedelta(seconds=70))
        await smtp.send_message(letter("alla@example.org"))
        assert network.ledger.counts()["email"] == 1


async def test_starttls_and_auth_are_asked_where_wanted(tmp_path: Path) -> None:
    context, certificate = own_certificate(tmp_path)
    async with town(mail_tls=context, mail_login=("notifier", "right")) as network:
        trusting = ssl.create_default_context(cafile=certificate)
        async with client(network) as smtp:
            await smtp.starttls(tls_context=trusting, server_hostname="127.0.0.1")
            with pytest.raises(SMTPAuthenticationError):
                await smtp.login("notifier", "wrong")
            await smtp.login("notifier", "right")
            await smtp.send_message(letter("alla@example.org"))
        assert network.ledger.counts()["email"] == 1


@pytest.mark.parametrize(("fault", "taken"), [(Fault.CUT_BEFORE, 0), (Fault.CUT_AFTER, 1), (Fault.ERROR_AFTER, 1)])
async def test_a_cut_line_hides_whether_the_letter_was_taken(fault: Fault, taken: int) -> None:
    async with town() as network:
        network.faults.plan("smtp", fault)
        async with client(network) as smtp:
            with pytest.raises(SMTPServerDisconnected):
                await smtp.send_message(letter("alla@example.org"))
        assert len(network.ledger.of("email", ALLA.mail or "")) == taken


@pytest.mark.parametrize("fault", [Fault.BUSY, Fault.ERROR_BEFORE])
async def test_a_busy_server_takes_nothing_and_says_so(fault: Fault) -> None:
    async with town() as network, client(network) as smtp:
        network.mailroom.puts_off = True
        network.faults.plan("smtp", fault)
        with pytest.raises(SMTPRecipientsRefused):
            await smtp.send_message(letter("alla@example.org"))
        assert network.ledger.counts()["email"] == 0
        await smtp.send_message(letter("alla@example.org"))


async def test_an_answer_that_is_no_answer_comes_after_the_letter_was_taken() -> None:
    async with town() as network, client(network) as smtp:
        network.faults.plan("smtp", Fault.GARBAGE)
        with pytest.raises(Exception, match=r".*"):
            await smtp.send_message(letter("alla@example.org"))
        assert network.ledger.counts()["email"] == 1


async def test_in_an_outage_nobody_is_let_in() -> None:
    async with town() as network:
        network.faults.cut_off("smtp")
        with pytest.raises(SMTPConnectError):
            async with client(network):
                pass
        network.faults.restore()
        async with client(network) as smtp:
            await smtp.send_message(letter("alla@example.org"))
