"""A relay may do what it likes at every command: what was not sent is known, what may have been sent is Unsure."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from notifier.channels import email
from notifier.channels.contract import Forged, Hook
from notifier.channels.email.relay import Attempt, Connections, Place, Security
from notifier.channels.email.relay import Relay as PostRelay
from notifier.channels.hosts import LastKnown
from notifier.domain.delivery import Accepted, Deferred, LaneFault, NotSent, Outcome, Refused, RefusedFor, Unsure
from notifier.domain.errors import LaneMisset
from notifier.domain.lane import LaneSettings, Network
from tests.channels.relays import CUT, HANG, LANE, TEXT, Relay, lane_to, mailed, run_relay
from tests.channels.services import free_ports
from tests.channels.sinks import closed_port, own_certificate

BOX = {"imap_username": "alerte", "imap_password": "practice"}
SECRETS = replace(LANE, secrets={"username": "notifier", "password": "practice"})

PIPELINING = ("PIPELINING",)
OFFERS = ((), PIPELINING)


async def send_through(relay: Relay, settings: LaneSettings = LANE, **options: str) -> Outcome:
    """Alla's e-mail through this relay."""
    async with run_relay(relay), lane_to(relay, settings, **options) as channel:
        return await channel.send(mailed())


async def test_a_sound_relay_accepts_and_the_words_arrive() -> None:
    relay = Relay()
    assert await send_through(relay, return_path="bounce@rebond.example.org") == Accepted("4BAGtt0q2z")
    assert relay.commands[1:3] == [
        "MAIL FROM:<bounce+4611686018427387905@rebond.example.org>",
        "RCPT TO:<alla@kerlic.example>",
    ]
    (letter,) = relay.letters
    message = message_from_bytes(letter.replace(b"\r\n..", b"\r\n.").removesuffix(b".\r\n"), policy=policy.default)
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n") == TEXT


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("GREETING", "421 4.3.2 too many connections", Deferred(email.replies.BUSY)),
        ("GREETING", "554 5.7.1 go away", NotSent(LaneFault.UNREACHABLE, "greeting 554 5.7.1")),
        ("EHLO", "502 5.5.1 no", NotSent(LaneFault.UNREACHABLE, "hello 502 5.5.1")),
        ("MAIL", "451 4.3.0 later", Deferred(email.replies.BUSY)),
        ("MAIL", "421 4.7.0 enough", Deferred(email.replies.BUSY)),
        ("MAIL", "530 5.7.0 authentication required", NotSent(LaneFault.CREDENTIALS, "mail 530 5.7.0")),
        ("MAIL", "553 5.7.1 sender not owned", NotSent(LaneFault.SENDER, "mail 553 5.7.1")),
        ("MAIL", "552 5.3.4 too big", Refused(RefusedFor.BAD_CONTENT, detail="mail 552 5.3.4")),
        ("RCPT", "450 4.2.0 greylisted", Deferred(email.replies.GREYLIST)),
        ("RCPT", "550 5.1.1 <x@y>: user unknown", Refused(RefusedFor.UNKNOWN_ADDRESS, True, "rcpt 550 5.1.1")),
        ("RCPT", "550 no such user here", Refused(RefusedFor.UNKNOWN_ADDRESS, True, "rcpt 550")),
        ("RCPT", "550 5.1.1 <relais.bloc@kerlic.example>: no", Refused(RefusedFor.UNKNOWN_ADDRESS, True, "rcpt 550 5.1.1")),
        ("RCPT", "550 <relais.bloc@kerlic.example> blocked", Refused(RefusedFor.OTHER, detail="rcpt 550")),
        ("RCPT", "553 bad mailbox", Refused(RefusedFor.BAD_ADDRESS, True, "rcpt 553")),
        ("RCPT", "552 5.2.2 mailbox full", Refused(RefusedFor.OTHER, detail="rcpt 552 5.2.2")),
        ("RCPT", "554 5.7.1 <x@y>: Relay access denied", NotSent(LaneFault.CREDENTIALS, "rcpt 554 5.7.1")),
        ("RCPT", "454 4.7.1 <x@y>: Relay access denied", NotSent(LaneFault.CREDENTIALS, "rcpt 454 4.7.1")),
        ("RCPT", "451 4.7.1 Greylisting in action", Deferred(email.replies.GREYLIST)),
        ("RCPT", "550 5.7.1 blocked by policy", Refused(RefusedFor.OTHER, detail="rcpt 550 5.7.1")),
        ("DATA", "451 4.3.0 later", Deferred(email.replies.GREYLIST)),
        ("DATA", "250 odd", NotSent(detail="data 250")),
        ("END", "451 4.3.0 later", Deferred(email.replies.GREYLIST)),
        ("END", "552 5.3.4 too big", Refused(RefusedFor.BAD_CONTENT, detail="end 552 5.3.4")),
        ("END", "554 5.7.1 looks like spam", Refused(RefusedFor.BAD_CONTENT, detail="end 554 5.7.1")),
        ("END", "554 Message rejected: From address is not verified", NotSent(LaneFault.SENDER, "end 554")),
        ("END", "354 what", Unsure("end 354")),
        ("END", "299 odd but good", Accepted()),
        ("END", "hello", Unsure("SMTPResponseException")),
        ("MAIL", "hello", NotSent(detail="SMTPResponseException")),
    ],
)
@pytest.mark.parametrize("offers", OFFERS)
async def test_each_reply_means_what_the_table_says(step: str, reply: str, expected: Outcome, offers: tuple[str, ...]) -> None:
    assert await send_through(Relay({step: reply}, offers)) == expected


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("offers", OFFERS)
async def test_a_cut_before_the_words_is_certainly_not_sent(step: str, offers: tuple[str, ...]) -> None:
    relay = Relay({step: CUT}, offers)
    outcome = await send_through(relay)
    assert isinstance(outcome, NotSent)
    assert outcome.fault is None
    assert not relay.letters


async def test_a_cut_after_the_dot_is_unsure_and_the_repeat_is_the_same_message() -> None:
    relay = Relay({"END": f"{CUT}|250 2.0.0 ok"})
    async with run_relay(relay), lane_to(relay) as channel:
        assert await channel.send(mailed()) == Unsure("SMTPServerDisconnected")
        await asyncio.sleep(1.1)  # Date counts whole seconds
        assert await channel.send(mailed()) == Accepted()
    first, second = relay.letters
    assert first == second


async def test_a_bad_address_hurts_one_person_on_a_line_that_is_kept() -> None:
    relay = Relay({"RCPT": "550 5.1.1 no such user|250 2.1.5 ok"})
    async with run_relay(relay), lane_to(relay) as channel:
        assert isinstance(await channel.send(mailed("1")), Refused)
        assert isinstance(await channel.send(mailed("2")), Accepted)
    assert relay.connections == 1
    assert "RSET" in relay.commands


async def test_a_relay_that_takes_commands_together_and_refuses_the_person_gets_no_words() -> None:
    relay = Relay({"RCPT": "550 5.1.1 no such user|250 2.1.5 ok"}, PIPELINING)
    async with run_relay(relay), lane_to(relay) as channel:
        assert isinstance(await channel.send(mailed("1")), Refused)
        assert isinstance(await channel.send(mailed("2")), Accepted)
    assert relay.connections == 2, "the first one still waited for words"
    assert [b"notifier.2@" in letter for letter in relay.letters] == [True]


async def test_a_relay_that_takes_commands_together_and_refuses_the_words_keeps_its_line() -> None:
    relay = Relay({"RCPT": "550 5.1.1 no such user|250 2.1.5 ok", "DATA": "503 5.5.1 nobody|354 go on"}, PIPELINING)
    async with run_relay(relay), lane_to(relay) as channel:
        assert isinstance(await channel.send(mailed("1")), Refused)
        assert isinstance(await channel.send(mailed("2")), Accepted)
    assert relay.connections == 1
    assert "RSET" in relay.commands


async def test_a_cut_after_a_refusal_leaves_the_refusal() -> None:
    outcome = await send_through(Relay({"RCPT": "550 5.1.1 no such user", "DATA": CUT}, PIPELINING))
    assert isinstance(outcome, Refused)


async def test_a_relay_that_says_goodbye_on_a_kept_line_is_called_again() -> None:
    relay = Relay({"END": "250 2.0.0 ok\r\n421 4.4.2 idle for too long|250 2.0.0 ok"})
    async with run_relay(relay), lane_to(relay) as channel:
        for ref in "12":
            assert isinstance(await channel.send(mailed(ref)), Accepted)
    assert relay.connections == 2


@pytest.mark.parametrize("offers", OFFERS)
async def test_a_reply_that_comes_before_the_words_takes_nothing_for_accepted(offers: tuple[str, ...]) -> None:
    relay = Relay({"DATA": "354 go on|354 go on\r\n250 2.0.0 ok|354 go on"}, offers)
    async with run_relay(relay), lane_to(relay) as channel:
        for ref in "12":
            assert isinstance(await channel.send(mailed(ref)), Accepted)
    assert (relay.connections, len(relay.letters)) == (2, 2), "the second went by a fresh line"
    assert await send_through(Relay({"DATA": "354 go on\r\n250 2.0.0 ok"}, offers)) == NotSent(detail="SMTPServerDisconnected")


async def test_a_relay_that_never_ends_its_reply_is_no_relay() -> None:
    outcome = await send_through(Relay({"END": "\r\n".join(["250-more"] * 10_000)}))
    assert outcome == Unsure("SMTPResponseException")


async def test_a_wide_window_waits_its_turn_for_a_few_connections() -> None:
    relay = Relay({}, PIPELINING)
    async with run_relay(relay), lane_to(relay, connections="2") as channel:
        outcomes = await asyncio.gather(*(channel.send(mailed(str(ref))) for ref in range(40)))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert (relay.connections, len(relay.letters)) == (2, 40)


@pytest.mark.parametrize("offers", OFFERS)
async def test_a_kept_line_that_died_is_replaced_before_the_words(offers: tuple[str, ...]) -> None:
    relay = Relay({"MAIL": f"250 ok|{CUT}|250 ok|421 4.7.0 a hundred messages are enough|250 ok"}, offers)
    async with run_relay(relay), lane_to(relay) as channel:
        for ref in "123":
            assert isinstance(await channel.send(mailed(ref)), Accepted)
    assert relay.connections == 3
    assert len(relay.letters) == 3


async def test_connections_are_kept_and_no_more_than_the_window() -> None:
    relay = Relay()
    async with run_relay(relay), lane_to(relay) as channel:
        for _ in range(5):
            outcomes = await asyncio.gather(*(channel.send(mailed(str(ref))) for ref in range(8)))
            assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert relay.connections == 8
    assert len(relay.letters) == 40


async def test_a_silent_relay_ends_at_the_deadline() -> None:
    async with asyncio.timeout(10):
        before, after = await asyncio.gather(send_through(Relay({"RCPT": HANG})), send_through(Relay({"END": HANG})))
    assert (before, after) == (NotSent(detail="deadline"), Unsure("deadline"))


async def test_a_cancelled_call_leaves_no_half_dialogue_behind() -> None:
    relay = Relay({"RCPT": f"{HANG}|250 ok"})
    async with run_relay(relay), lane_to(relay) as channel:
        call = asyncio.create_task(channel.send(mailed("1")))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert isinstance(await channel.send(mailed("2")), Accepted)
    assert relay.connections == 2
    assert b"To: alla@kerlic.example" in relay.letters[0]


async def test_a_relay_that_is_away_is_certainly_not_sent() -> None:
    with closed_port() as url:
        async with lane_to(url.removeprefix("http://")) as channel:
            outcome = await channel.send(mailed())
    assert outcome == NotSent(detail="connect")


async def test_a_relay_without_an_address_is_certainly_not_sent() -> None:
    async with lane_to("relay.invalid:25") as channel:
        assert await channel.send(mailed()) == NotSent(detail="dns")


async def test_a_relay_is_found_where_it_last_was_when_names_fail() -> None:
    relay, asked = Relay({"MAIL": f"250 ok|{CUT}|250 ok"}), 0

    async def forget(_host: str) -> Sequence[Place]:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise OSError("no name server")
        return await asyncio.get_running_loop().getaddrinfo("127.0.0.1", relay.port, type=socket.SOCK_STREAM)

    async with run_relay(relay):
        connections = Connections(PostRelay("relay.invalid", 25, Security.NONE, "groupe.example.org", None))
        connections._places = LastKnown(forget)
        for ref in ("1", "2"):  # the second finds the kept line dead, and the resolver too
            letter = f"Message-ID: <{ref}@example.org>\r\n\r\nx\r\n".encode()
            assert isinstance(await connections.post("a@example.org", "alla@kerlic.example", letter, Attempt()), Accepted)
        await connections.close()
    assert (asked, relay.connections) == (2, 2)


async def test_a_greylist_is_asked_again_ever_more_slowly_and_a_busy_relay_soon() -> None:
    relay = Relay({"RCPT": "451 4.7.1 Greylisted, please try again"})
    async with run_relay(relay), lane_to(relay) as channel:
        assert isinstance(channel, email.EmailChannel)
        waits = []
        for age in (0, 61, 362, 1263):  # s since the first try, as each wait has passed
            channel._dates["1"] = channel._clock.wall() - timedelta(seconds=age)
            waits.append(await channel.send(mailed("1")))
    assert waits == [Deferred(timedelta(minutes=wait)) for wait in (1, 5, 15, 15)]
    busy = await send_through(Relay({"GREETING": "421 4.3.2 too many connections"}))
    assert busy == Deferred(email.replies.BUSY)


async def test_starttls_required_sends_nothing_in_the_clear() -> None:
    relay = Relay(offers=("AUTH PLAIN",))
    assert await send_through(relay, starttls="required") == NotSent(LaneFault.UNREACHABLE, "starttls_missing")
    assert not relay.letters


async def test_an_untrusted_certificate_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    tls, _ = own_certificate(tmp_path)
    relay = Relay(offers=("STARTTLS", "AUTH PLAIN"), tls=tls)
    outcome = await send_through(relay, SECRETS, starttls="required")
    assert outcome == NotSent(LaneFault.UNREACHABLE, "certificate_untrusted self-signed certificate")
    assert not relay.letters
    assert not any(command.startswith("AUTH") for command in relay.commands)


async def test_a_certificate_for_another_host_is_named(tmp_path: Path) -> None:
    tls, public = own_certificate(tmp_path)
    relay = Relay(offers=("STARTTLS",), tls=tls)
    async with run_relay(relay), lane_to(f"localhost:{relay.port}", starttls="required", ca_file=str(public)) as channel:
        outcome = await channel.send(mailed())
    assert isinstance(outcome, NotSent)
    assert outcome.detail.startswith("certificate_untrusted")


async def test_the_house_certificate_is_trusted_once_its_file_is_named(tmp_path: Path) -> None:
    tls, public = own_certificate(tmp_path)
    relay = Relay(offers=("STARTTLS", "AUTH PLAIN"), tls=tls)
    assert isinstance(await send_through(relay, SECRETS, starttls="required", ca_file=str(public)), Accepted)
    assert relay.secure == [True]


async def test_opportunistic_takes_any_certificate_and_does_without(tmp_path: Path) -> None:
    tls, _ = own_certificate(tmp_path)
    relay = Relay(offers=("STARTTLS",), tls=tls)
    assert isinstance(await send_through(relay, starttls="opportunistic"), Accepted)
    assert relay.secure == [True]
    assert isinstance(await send_through(Relay(), starttls="opportunistic"), Accepted)


async def test_refused_credentials_concern_the_lane() -> None:
    outcome = await send_through(Relay({"AUTH": "535 5.7.8 bad"}, offers=("AUTH PLAIN",)), SECRETS)
    assert outcome == NotSent(LaneFault.CREDENTIALS, "auth 535 5.7.8")
    assert await send_through(Relay(), SECRETS) == NotSent(LaneFault.CREDENTIALS, "auth_missing")
    assert isinstance(await send_through(Relay({"AUTH": "454 4.7.0 later"}, offers=("AUTH PLAIN",)), SECRETS), Deferred)


class Mailbox:
    """aiosmtpd's handler: an independent server's view."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep it."""
        self.envelopes.append(envelope)
        return "250 OK"


def check_password(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
    """Only the lane's own."""
    return AuthResult(success=isinstance(data, LoginPassword) and data.password == b"practice", handled=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_another_server_takes_it_with_a_password() -> None:
    mailbox = Mailbox()
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    controller = Controller(
        mailbox, hostname="127.0.0.1", port=port, auth_require_tls=False, authenticator=check_password, auth_required=True
    )
    controller.start()
    try:
        async with lane_to(address, SECRETS) as channel:
            assert isinstance(await channel.send(mailed()), Accepted)
        async with lane_to(address, replace(SECRETS, secrets={"username": "notifier", "password": "wrong"})) as channel:
            outcome = await channel.send(mailed())
            assert isinstance(outcome, NotSent)
            assert outcome.fault is LaneFault.CREDENTIALS
        await asyncio.sleep(0.1)  # for its lines to close: aiosmtpd leaves open ones to the garbage collector
    finally:
        controller.stop()
    (envelope,) = mailbox.envelopes
    assert envelope.rcpt_tos == ["alla@kerlic.example"]


@pytest.mark.parametrize(
    ("changes", "options", "code"),
    [
        ({"address": "relay.example.org"}, {}, "mail_address"),
        ({"address": "relay.example.org:99999"}, {}, "mail_address"),
        ({"sender": "nobody"}, {}, "mail_sender"),
        ({}, {"from_name": "a\nb"}, "mail_name"),
        ({}, {"return_path": "a b@example.org"}, "mail_return_path"),
        ({}, {"starttls": "perhaps"}, "mail_starttls"),
        ({}, {"ca_file": "/nowhere.pem", "starttls": "required"}, "ca_file"),
        ({"secrets": {"username": "u"}}, {}, "mail_password"),
        ({"secrets": {"username": "u", "password": "p"}}, {"starttls": "none"}, "mail_clear"),
        ({}, {"imap": "imap.example.org"}, "imap_address"),
        ({"secrets": BOX}, {"imap": "127.0.0.1:993", "imap_tls": "opportunistic"}, "imap_tls"),
        ({"secrets": {"imap_username": "u"}}, {"imap": "127.0.0.1:993"}, "imap_password"),
        ({"secrets": BOX, "network": Network.LIVE}, {"imap": "imap.example.org:143", "imap_tls": "none"}, "imap_clear"),
        ({"secrets": BOX}, {"imap": "imap.example.org:993"}, "imap_elsewhere"),
        ({"secrets": BOX}, {"imap": "127.0.0.1:993", "reply_to": f"{'a' * 28}@example.org"}, "imap_reply_to"),
        ({"secrets": BOX}, {"imap": "127.0.0.1:993", "poll_seconds": "soon"}, "option_number"),
    ],
)
async def test_settings_that_cannot_work_are_named_at_the_start(
    changes: dict[str, object], options: dict[str, str], code: str
) -> None:
    settings = replace(LANE, **{"address": "relay.example.org:587", **changes}, options=options)  # type: ignore[arg-type]
    with pytest.raises(LaneMisset) as refused:
        async with email.open_channel(settings):
            pass
    assert refused.value.code == code


async def test_a_live_lane_asks_for_starttls_and_port_465_for_tls_at_once() -> None:
    live = replace(LANE, network=Network.LIVE)
    relay = Relay()
    assert await send_through(relay, live) == NotSent(LaneFault.UNREACHABLE, "starttls_missing")
    assert email._security(replace(live, address="relay.example.org:465"), 465) is Security.IMPLICIT


async def test_a_hostile_subject_or_address_is_refused_before_the_relay_hears_of_it() -> None:
    relay = Relay()
    async with run_relay(relay), lane_to(relay) as channel:
        words = replace(mailed().words, subject="RÉEL\r\nBcc: clara@sagesse.example")
        assert await channel.send(mailed(words=words)) == Refused(RefusedFor.BAD_CONTENT, detail="subject")
        assert await channel.send(mailed(to="a@b>\r\nRCPT TO:<clara@sagesse.example")) == Refused(
            RefusedFor.BAD_ADDRESS, dead=True, detail="address"
        )
        assert await channel.credit() is None
        assert [heard async for heard in channel.listen()] == []
    assert relay.connections == 0


def test_whoever_calls_for_a_relay_is_no_relay_of_ours() -> None:
    with pytest.raises(Forged):
        email.read_report(LANE, Hook("POST", "/hooks/relay", {}, {}, b""))
