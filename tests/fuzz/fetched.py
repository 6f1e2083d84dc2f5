"""What we fetch ourselves: a modem's files, the answers that OVHcloud keeps, a bot's updates by polling."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifier.channels import telegram
from notifier.channels.contract import Heard
from notifier.channels.sms import gammu, ovh
from notifier.channels.taps import Updates
from notifier.desk.listening import take_in
from tests.channels.lanes import OVH, TELEGRAM
from tests.channels.sinks import Request, raw, serve
from tests.conftest import sqlite_url
from tests.desk.house import ALLA, BORIS, Ward, open_ward
from tests.fuzz.corpus import Corpus, collect
from tests.fuzz.mutation import Mutator
from tests.fuzz.watch import Watch
from tests.web.face import token_of

FRESH = 5_000  # inputs for one ward
NOW = datetime(2026, 10, 4, 20, 45, tzinfo=UTC)
NAMES = {
    gammu.INBOX: "IN20261004_224501_00_+33639980001_00.txt",
    gammu.SENT: "OUTA20261004_233000_00_+33639980001_n{row}.txt",
    gammu.ERROR: "OUTM20261004_233000_00_+33639980002_n{row}.txt",
    gammu.OUTBOX: "OUTM20261004_200000_00_+33639980002_n7.txt",
}
INCOMING = b'{"id": 7, "sender": "+33639980001", "message": "1", "creationDatetime": "2026-10-04T22:45:00+02:00", "credits": 0}'


@dataclass
class Ears:
    """A ward that listens, and a server that says whatever it is told to say."""

    ward: Ward
    row: int
    spool: Path
    bot: telegram.TelegramChannel
    account: ovh.OvhChannel
    corpus: Corpus
    mutator: Mutator
    watch: Watch
    says: bytes = b""

    async def hear(self) -> None:
        """One of the three."""
        match self.mutator.rng.randrange(3):
            case 0:
                await self._files()
            case 1:
                self.says = self.mutator.spoil_json(INCOMING if self.mutator.rng.random() < 0.8 else b"[7, 8, 9]")
                with self.watch.one("ovh incoming", self.says):
                    heard = await self.account._read_incoming(7)
                    self.watch.saw("heard" if heard and heard.texts else "nothing heard")
                    await self._take("mass", heard or Heard())
            case _:
                told = [json.loads(self.mutator.rng.choice(self.corpus.updates)) for _ in range(self.mutator.rng.randrange(3))]
                self.says = self.mutator.spoil_json(json.dumps({"ok": True, "result": told}).encode())
                with self.watch.one("getUpdates", self.says):
                    brought = await self.bot.get_updates(0, timedelta(0))
                    self.watch.saw("heard" if isinstance(brought, Updates) and brought.taps else "nothing heard")

    async def _files(self) -> None:
        """A file of gammu's whose name or content is odd; a file that is not ours is left alone."""
        rng, folder = self.mutator.rng, self.mutator.rng.choice(gammu.FOLDERS)
        name = os.fsencode(NAMES[folder].format(row=self.row))
        if rng.random() < 0.6:
            name = self.mutator.spoil(name).replace(b"/", b"_").replace(b"\x00", b"")[:200] or b"x"
        if name in (b".", b".."):
            name = b"x"
        path = self.spool / folder / os.fsdecode(name)
        body = self.mutator.spoil(rng.choice((b"1", b"\xfe\xff\x001", b"\xff\xfe1\x00", "oui".encode("utf-16"))))
        path.write_bytes(body)
        with self.watch.one(f"gammu {folder}", name + b"\n" + body):
            seen = gammu._Seen()
            gammu._read_inbox(self.spool, seen)
            texts = gammu._read_inbox(self.spool, seen)  # only what is not being written any more
            reports = gammu._read_ends(self.spool, seen, NOW)
            self.watch.saw("heard" if texts or reports else "nothing heard")
            await self._take("spool", Heard(reports, tuple(text for text, _ in texts)))
        for left in (path for each in gammu.FOLDERS for path in (self.spool / each).iterdir()):
            left.unlink()

    async def _take(self, lane: str, heard: Heard) -> None:
        await take_in(self.ward.desk, lane, heard.reports, [(text.sender, text.text, text.event_id) for text in heard.texts])


@asynccontextmanager
async def open_ears(home: Path, seed: int, watch: Watch) -> AsyncIterator[Ears]:
    """A fresh ward whose lanes listen to us."""
    ward = await open_ward(sqlite_url(home), home, [ALLA, BORIS])
    await ward.send("paper-bloc", to="service:BLOC", avant="23h10")
    (wired, *_) = await ward.turn("sms")
    corpus = await collect((wired.id,), await token_of(ward, purpose="buttons"))
    spool = home / "spool"
    for folder in gammu.FOLDERS:
        (spool / folder).mkdir(parents=True)
    said: list[Ears] = []

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(raw(200, b"1796000000" if request.path.endswith("/auth/time") else said[0].says))
        await writer.drain()
        return True

    async with (
        serve(behave) as sink,
        telegram.open_channel(replace(TELEGRAM, address=sink.url)) as bot,
        ovh.open_channel(replace(OVH, address=sink.url)) as account,
    ):
        said.append(Ears(ward, wired.id, spool, bot, account, corpus, Mutator(seed), watch))
        yield said[0]
    await ward.desk.store.close()
