"""Bounces and replies come back through a real Postfix and a real Dovecot."""

import asyncio
import pwd
import ssl
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import aiosmtplib

from notifier.bot import listen_lane
from notifier.channels import email
from notifier.channels.contract import RETURNS_KEY, Channel, Heard
from notifier.domain.delivery import Accepted, RefusedFor
from notifier.domain.lane import LaneSettings
from notifier.lanes import Lane, Trade
from notifier.store.leases import Holder
from tests.channels.relays import LANE, mailed
from tests.channels.services import free_ports, listening, running, until
from tests.channels.test_incoming import written
from tests.channels.test_postfix import mailbox, real_postfix
from tests.desk.house import Member, Ward, open_ward
from tests.needs import need_program

ALLA = "alla@kerlic.example"

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


async def answer(relay: str, trusted: Path, letter: bytes) -> None:
    """As Alla's own mail program sends it."""
    host, _, port = relay.partition(":")
    to = message_from_bytes(letter)["To"]
    context = ssl.create_default_context(cafile=str(trusted))
    await aiosmtplib.send(
        letter, sender=ALLA, recipients=[to], hostname=host, port=int(port), start_tls=True, tls_context=context
    )


def flagged(folder: Path) -> int:
    """How many messages are marked as answered, in Maildir's own spelling."""
    return len(list((folder / "mail" / "alerte" / "cur").glob("*:2,*R*")))


def lane_of(ward: Ward, settings: LaneSettings, channel: Channel) -> Lane:
    """The lane, held by us."""
    desk = ward.desk
    trade = Trade(desk.store, desk.vault, ward.clock, Holder("test", "home", locked=True), "https://alerte.example", lambda: None)
    lane = Lane(trade, settings, channel)
    lane.epoch = 1
    return lane


async def hear(channel: Channel, count: int) -> list[Heard]:
    """What the mailbox brings, taken in one by one; the look that follows is not waited for."""
    found: list[Heard] = []
    async with aclosing(channel.listen()) as heard_ones:  # type: ignore[type-var]
        async for heard in heard_ones:
            found.append(heard)
            if len(found) == count:
                break
    return found


async def test_a_reply_and_a_bounce_find_their_row_and_are_told_again_until_they_are_taken(
    open_folder: Path, tmp_path: Path
) -> None:
    ward = await open_ward(f"sqlite:///{tmp_path / 'notifier.db'}", tmp_path, [Member("Alla", role="CADRE", mail=ALLA)])
    await ward.send("paper-bloc", to="service:BLOC", avant="23h10")
    wired = await ward.turn("email")
    row = str(wired[0].id)
    await ward.turn("email", (wired[0], Accepted("4BAGtt0q2z")), room=0)
    trusted = open_folder / "tls" / "gateway.pem"
    secrets = {RETURNS_KEY: ward.desk.vault.derive("returns").hex(), "imap_username": "alerte", "imap_password": "practice"}
    async with real_postfix(open_folder) as relay, real_dovecot(open_folder) as imap:
        options = {"starttls": "required", "ca_file": str(trusted), "imap": imap, "imap_tls": "implicit", "poll_seconds": "1"}
        settings = replace(LANE, address=relay, sender="alerte@hgx.example", secrets=secrets, options=options)
        async with email.open_channel(settings) as channel, asyncio.timeout(40):
            assert isinstance(await channel.send(mailed(row, ALLA)), Accepted)
            assert isinstance(await channel.send(mailed("42", "gone@kerlic.example")), Accepted)
            await until(lambda: bool(mailbox(open_folder, "alla")), "delivered to Alla")
            to = mailbox(open_folder, "alla")[0]["Reply-To"]
            await answer(relay, trusted, written("2", to=to, From=ALLA))
            await answer(relay, trusted, written("1", to=to, From=ALLA, Auto_Submitted="auto-replied"))
            await until(lambda: len(mailbox(open_folder, "alerte")) == 3, "a reply, a note and a bounce came back")

            first, again = await hear(channel, 2), await hear(channel, 2)
            assert first == again, "who stopped before the effects were committed is told again"
            reports = [report for heard in first for report in heard.reports]
            mails = [mail for heard in first for mail in heard.mails]
            assert [(report.our_id, report.dead) for report in reports] == [("42", RefusedFor.UNKNOWN_ADDRESS)]
            assert [(mail.row, mail.sender, mail.text) for mail in mails] == [(row, ALLA, "2")]

            stopping = asyncio.Event()
            ears = asyncio.create_task(listen_lane(ward.desk, lane_of(ward, settings, channel), channel, stopping))
            while (await ward.recipient("Alla"))["answer"] is None or flagged(open_folder) < 3:
                await asyncio.sleep(0.05)
            stopping.set()
            await ears
    came = await ward.recipient("Alla")
    assert (came["answer"], came["answered_by"]) == ("trouble", "email")
    await ward.desk.store.close()
