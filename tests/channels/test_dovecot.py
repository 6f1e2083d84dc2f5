"""Bounces and replies come back through a real Postfix and a real Dovecot."""

import asyncio
import pwd
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiosmtplib
import pytest

from notifier.channels import email
from notifier.channels.contract import RETURNS_KEY, Channel, Heard
from notifier.domain.delivery import Accepted, Evidence, RefusedFor
from tests.channels.relays import LANE, mailed
from tests.channels.services import free_ports, listening, running
from tests.channels.test_incoming import KEY, ROW, written
from tests.channels.test_postfix import mailbox, real_postfix
from tests.needs import need_program

CONF = """\
protocols = imap
base_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = required
ssl_cert = <{folder}/tls/gateway.pem
ssl_key = <{folder}/tls/gateway.key
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = static
  args = password=practice
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {port}
    ssl = yes
  }}
}}
"""


@asynccontextmanager
async def real_dovecot(folder: Path) -> AsyncIterator[str]:
    """Dovecot over the mailboxes that Postfix writes; its address."""
    program = need_program("dovecot")
    account = pwd.getpwnam("postfix")
    (port,) = free_ports(1)
    conf = folder / "dovecot.conf"
    conf.write_text(CONF.format(folder=folder, uid=account.pw_uid, gid=account.pw_gid, port=port))
    async with running(program, "-F", "-c", str(conf), log=folder / "dovecot.out"):
        await listening(port)
        yield f"127.0.0.1:{port}"


async def hear(channel: Channel, count: int) -> list[Heard]:
    """What the mailbox brings, taken in one by one; the look that follows is not waited for."""
    found: list[Heard] = []
    async with aclosing(channel.listen()) as heard_ones:  # type: ignore[type-var]
        async for heard in heard_ones:
            found.append(heard)
            if len(found) == count:
                break
    return found


async def test_a_reply_and_a_bounce_find_their_row_and_are_told_again_until_they_are_taken(open_folder: Path) -> None:
    trusted = open_folder / "tls" / "gateway.pem"
    secrets = {RETURNS_KEY: KEY.hex(), "imap_username": "alerte", "imap_password": "practice"}
    async with real_postfix(open_folder) as relay, real_dovecot(open_folder) as imap:
        options = {"starttls": "required", "ca_file": str(trusted), "imap": imap, "imap_tls": "implicit", "poll_seconds": "1"}
        settings = replace(LANE, address=relay, sender="alerte@hgx.example", secrets=secrets, options=options)
        async with email.open_channel(settings) as channel, asyncio.timeout(40):
            assert isinstance(await channel.send(mailed(ROW)), Accepted)
            assert isinstance(await channel.send(mailed("42", "gone@kerlic.example")), Accepted)
            while not (got := mailbox(open_folder, "alla")):
                await asyncio.sleep(0.05)
            host, _, port = relay.partition(":")
            context = ssl.create_default_context(cafile=str(trusted))
            for sent in (written("2", to=got[0]["Reply-To"]), written("1", to=got[0]["Reply-To"], Auto_Submitted="auto-replied")):
                await aiosmtplib.send(
                    sent, sender="alla@kerlic.example", recipients=[got[0]["Reply-To"]], hostname=host, port=int(port),
                    start_tls=True, tls_context=context,
                )  # fmt: skip
            while len(mailbox(open_folder, "alerte")) < 3:
                await asyncio.sleep(0.05)
            first, again = await hear(channel, 2), await hear(channel, 2)
            assert first == again, "who stopped before the effects were committed is told again"
            reports = [report for heard in first for report in heard.reports]
            mails = [mail for heard in first for mail in heard.mails]
            assert [(report.evidence, report.our_id, report.dead) for report in reports] == [
                (Evidence.UNDELIVERED, "42", RefusedFor.UNKNOWN_ADDRESS)
            ]
            assert [(mail.row, mail.sender, mail.text) for mail in mails] == [(ROW, "alla@example.org", "2")]
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(2):
                    await hear(channel, 3)  # the third came from no person; asked for, the two count as taken
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(2):
                    await hear(channel, 1)
