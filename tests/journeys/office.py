"""``notifier`` as it is installed: commands and services as processes of their own, against the practice network of this one."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from notifier.clock import Clock
from notifier.practice import Network, open_network
from tests.journeys.night import PARIS, SILENT, Member, free_port, write_contacts

COMMAND = ("-c", "from notifier.cli import main; main()")
PATIENCE = 120.0  # s, real: two cores are shared
LANE = """
[[lane]]
name = "sms"
channel = "sms"
gateway = "ovh"
network = "practice"
address = "{ovh.address}"
per_second = 3
sender = "38200"
[lane.credentials]
application_key_file = "application_key"
application_secret_file = "application_secret"
consumer_key_file = "consumer_key"
hook_key_file = "hook_key"
[lane.options]
service = "{ovh.service}"
"""


@dataclass
class Office:
    """A folder with settings, the network they lead to, and the processes that were started here."""

    folder: Path
    network: Network
    environ: dict[str, str]
    port: int
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def run(self, *arguments: str) -> tuple[int, str]:
        """One command to its end: exit code and everything it printed."""
        process = await self._start(*arguments, heard=True)
        async with asyncio.timeout(PATIENCE):
            printed, _ = await process.communicate()
        return process.returncode or 0, printed.decode()

    async def serve(self, *, home: str = "home") -> asyncio.subprocess.Process:
        """``notifier serve``, once it answers."""
        process = await self._start("serve", home=home)
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/readyz") as ready:
                        if ready.status == 200:
                            return process
                except aiohttp.ClientError:
                    assert process.returncode is None, "serve has ended"
                await asyncio.sleep(0.1)

    async def work(self, *, home: str) -> asyncio.subprocess.Process:
        """``notifier work`` in a home of its own."""
        return await self._start("work", home=home)

    async def watch(self) -> asyncio.subprocess.Process:
        """``notifier watch``, as on another machine."""
        return await self._start("watch", home="tower")

    async def _start(self, *arguments: str, home: str = "home", heard: bool = False) -> asyncio.subprocess.Process:
        environ = {**self.environ, "NOTIFIER_HOME": str(self.folder / home), "NOTIFIER_KEY_FILE": str(self.folder / "key")}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *COMMAND,
            *arguments,
            env=environ,
            cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if heard else asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.STDOUT if heard else asyncio.subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process

    async def texts(self, count: int) -> None:
        """Until the gateway has accepted so many."""
        async with asyncio.timeout(PATIENCE):
            while len(self.network.ledger.entries) < count:
                await asyncio.sleep(0.02)

    def copies(self) -> dict[str, int]:
        """How many copies of its message each number got."""
        found: dict[str, int] = {}
        for entry in self.network.ledger.entries:
            found[entry.address] = found.get(entry.address, 0) + 1
        return found


async def end(process: asyncio.subprocess.Process, sign: signal.Signals) -> int:
    """Send the signal; gives the exit code."""
    process.send_signal(sign)
    async with asyncio.timeout(PATIENCE):
        return await process.wait()


@asynccontextmanager
async def open_office(folder: Path, url: str, cast: Sequence[Member]) -> AsyncIterator[Office]:
    """Settings, contacts imported, incident HGX1 open at Kerlic; nothing serves yet."""
    async with open_network([member.resident for member in cast], clock=Clock(), customs=SILENT) as network:
        ovh, port = network.ovh, free_port()
        for name in ("application_key", "application_secret", "consumer_key", "hook_key"):
            (folder / name).write_text(getattr(ovh, name))
        lane = LANE.replace("{ovh.address}", network.ovh_url).replace("{ovh.service}", ovh.service)
        (folder / "notifier.toml").write_text(f'port = {port}\npublic_url = "http://127.0.0.1:{port}"\n{lane}')
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NOTIFIER_")}
        environ = {**clean, "NOTIFIER_CONFIG": str(folder / "notifier.toml"), "NOTIFIER_DATABASE_URL": url, "NOTIFIER_LANG": "fr"}
        office = Office(folder, network, environ, port)
        try:
            since = datetime.now(UTC).astimezone(PARIS) - timedelta(hours=1)
            contacts = write_contacts(folder / "contacts", cast, since)
            for arguments in (("import", str(contacts)), ("incident", "open", "HGX1", "--clinics", "KER")):
                code, printed = await office.run(*arguments)
                assert code == 0, printed
            yield office
        finally:
            for process in office.processes:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
