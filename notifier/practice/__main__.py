"""``python -m notifier.practice``: the rehearsal network in a process of its own, which outlives whatever it is used against.

The first line on standard output is JSON: where everything is, and the credentials that the practice accounts ask for.
"""

import argparse
import asyncio
import json
import signal
import sys
from datetime import datetime
from pathlib import Path

from notifier.clock import Clock
from notifier.practice.control import read_residents
from notifier.practice.network import Network, open_network


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m notifier.practice", description=__doc__)
    parser.add_argument("--residents", type=Path, help="JSON: a list of {key, name, chat, phone, mail, group, post, on_duty}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mail-port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--per-second", type=int, default=30, help="Telegram's limit")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--started", type=datetime.fromisoformat, help="the story's first minute, as another process has it")
    return parser.parse_args()


def describe(network: Network) -> dict[str, object]:
    """What a client needs."""
    android, ovh = network.android, network.ovh
    return {
        "url": network.url,
        "telegram": {"url": network.telegram_url, "token": network.bot.token},
        "android": {"url": network.android_url, "username": android.username, "password": android.password}
        | {"signing_key": android.signing_key},
        "ovh": {"url": network.ovh_url, "service": ovh.service, "application_key": ovh.application_key}
        | {"application_secret": ovh.application_secret, "consumer_key": ovh.consumer_key, "hook_key": ovh.hook_key},
        "smtp": {"host": "127.0.0.1", "port": network.mail_port},
        "phones": network.phones_url,
    }


async def run(told: argparse.Namespace) -> None:
    """Until SIGTERM or SIGINT."""
    leaving = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, leaving.set)
    text = told.residents.read_text(encoding="utf-8") if told.residents else "[]"
    clock = Clock(speed=told.speed, started=told.started) if told.started else Clock(speed=told.speed)
    async with open_network(
        read_residents(json.loads(text)),
        clock=clock,
        seed=told.seed,
        faults=told.faults,
        host=told.host,
        port=told.port,
        mail_port=told.mail_port,
    ) as network:
        network.bot.limits.per_second = told.per_second
        sys.stdout.write(json.dumps(describe(network)) + "\n")
        sys.stdout.flush()
        await leaving.wait()


if __name__ == "__main__":
    try:
        asyncio.run(run(read_arguments()))
    except (OSError, ValueError) as refused:
        sys.exit(str(refused))
