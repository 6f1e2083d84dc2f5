"""A real Postfix takes our messages, writes them to mailboxes, and refuses whom it does not know."""

import asyncio
import os
import pwd
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from notifier.domain.delivery import Accepted, LaneFault, NotSent, Refused, RefusedFor
from tests.channels.relays import LANE, SUBJECT, TEXT, lane_to, mailed
from tests.channels.services import PATIENCE, free_ports, listening, until
from tests.channels.sinks import own_certificate
from tests.needs import need, need_program

MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
virtual_mailbox_domains = kerlic.example, hgx.example
recipient_delimiter = +
virtual_alias_maps = inline:{{ {{gone@kerlic.example = nobody@kerlic.example}} }}
virtual_mailbox_maps = inline:{{ {{alla@kerlic.example = alla/}}, {{boris@kerlic.example = boris/}},
    {{alerte@hgx.example = alerte/}} }}
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_tls_security_level = encrypt
smtpd_tls_chain_files = {folder}/tls/gateway.key, {folder}/tls/gateway.pem
smtputf8_enable = no
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
"""


@asynccontextmanager
async def real_postfix(folder: Path) -> AsyncIterator[str]:
    """Postfix with a queue of its own; its address."""
    postfix = need_program("postfix")
    need("root, which Postfix's master wants", os.geteuid() == 0)
    account = pwd.getpwnam("postfix")
    (port,) = free_ports(1)
    for name in ("conf", "queue", "data", "mail", "tls"):
        (folder / name).mkdir()
    for name in ("data", "mail"):
        os.chown(folder / name, account.pw_uid, account.pw_gid)
    own_certificate(folder / "tls")
    (folder / "conf" / "main.cf").write_text(MAIN.format(folder=folder, uid=account.pw_uid, gid=account.pw_gid))
    (folder / "conf" / "master.cf").write_text(MASTER.format(port=port))
    await ask(postfix, folder, "start")
    try:
        await listening(port)
        yield f"127.0.0.1:{port}"
    finally:
        await ask(postfix, folder, "stop")


async def ask(postfix: str, folder: Path, verb: str) -> None:
    """``postfix start`` or ``stop``, with what it says kept."""
    with (folder / "postfix.log").open("ab") as out:
        process = await asyncio.create_subprocess_exec(postfix, "-c", str(folder / "conf"), verb, stdout=out, stderr=out)
        async with asyncio.timeout(PATIENCE):
            assert await process.wait() == 0, (folder / "postfix.log").read_text()


def mailbox(folder: Path, who: str) -> list[EmailMessage]:
    """What somebody got."""
    found: list[EmailMessage] = []
    for path in sorted((folder / "mail" / who / "new").glob("*")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


async def test_a_real_postfix_takes_and_refuses_as_the_table_says(open_folder: Path) -> None:
    trusted = str(open_folder / "tls" / "gateway.pem")
    async with real_postfix(open_folder) as address:
        async with lane_to(address, return_path="b@rebond.example.org", starttls="required", ca_file=trusted) as channel:
            outcomes = await asyncio.gather(
                *(channel.send(mailed(str(ref), "boris@kerlic.example")) for ref in range(20)),
                channel.send(mailed(urgent=True)),
            )
            assert all(isinstance(outcome, Accepted) and outcome.provider_id for outcome in outcomes)
            assert isinstance(await channel.send(mailed()), Accepted)  # a repeat
            unknown = await channel.send(mailed("8", "nobody@kerlic.example"))
            assert unknown == Refused(RefusedFor.UNKNOWN_ADDRESS, True, "rcpt 550 5.1.1")
            outside = await channel.send(mailed("9", "clara@sagesse.example"))
            assert outside == NotSent(LaneFault.CREDENTIALS, "rcpt 454 4.7.1")
        untrusting = replace(LANE, options={"starttls": "required"})
        async with lane_to(address, untrusting) as channel:
            outcome = await channel.send(mailed("10"))
            assert isinstance(outcome, NotSent)
            assert outcome.detail.startswith("certificate_untrusted")
        await until(lambda: len(mailbox(open_folder, "alla")) == 2 and len(mailbox(open_folder, "boris")) == 20, "all delivered")

    first, second = mailbox(open_folder, "alla")
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    for message in (first, *mailbox(open_folder, "boris")):
        payload = message.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode() == TEXT
        assert message["Subject"] == SUBJECT
        assert message["Auto-Submitted"] == "auto-generated"
    assert {message["Return-Path"].strip("<>") for message in (first, second)} == {"b+4611686018427387905@rebond.example.org"}
    assert "with ESMTPS" in first["Received"]
    assert len({message["Message-ID"] for message in mailbox(open_folder, "boris")}) == 20
