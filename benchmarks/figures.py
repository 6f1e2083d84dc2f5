"""Every figure: its runs, and the rows that it gives the table."""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.answers import answer_when_sent, answer_while_sending, take_nothing
from benchmarks.house import Base, count_syncs, drain, fan_out, keep_pace
from benchmarks.limits import bare_http, bare_smtp, stock_bot
from benchmarks.postgres import database_on
from benchmarks.roster import CONNECTIONS, create_database, fill_roster, settings_for
from benchmarks.series import Found, Run, commanded, compare, forked, interleave
from benchmarks.sink import serve_sink
from benchmarks.table import Goal, Row, missing
from benchmarks.words import fill_words, render_words
from notifier.domain.people import Channel

SMALL, MIDDLE, LARGE, HUGE = 1_000, 3_000, 10_000, 50_000  # people
SLOW = 1_000  # messages of a peer that does some hundreds a second
FAR = 0.05  # s to the server and back
REDIS_PEERS = ("celery", "taskiq")
MORE_PEERS = ("huey", "procrastinate", "dbos", *REDIS_PEERS)


@dataclass(slots=True)
class Bench:
    """What the figures share: a scratch folder, a PostgreSQL, the peers' Python, and how many rounds."""

    folder: Path
    server: str
    peers: Path
    rounds: int
    all_peers: bool
    redis: str
    _bases: dict[tuple[int, bool], Base] = field(default_factory=dict)

    def base(self, people: int, *, postgres: bool = False) -> Base:
        """The roster of so many, made once."""
        key = (people, postgres)
        if key not in self._bases:
            home, name = self.folder / f"{people}{'-pg' if postgres else ''}", f"roster{people}"
            home.mkdir()
            url = database_on(self.server, name) if postgres else ""
            forked(_prepare, home, people, url, self.server, name)()
            self._bases[key] = Base(home, self.server, name) if postgres else Base(home)
        return self._bases[key]

    def run(self, **contenders: Run) -> dict[str, Found]:
        """All of them, in turn, in every round."""
        return interleave(self.rounds, contenders)

    def peer(self, name: str, sink: str, count: int) -> Run:
        """One of the peers on the same sink and server."""
        return commanded(self.peers, "-m", f"benchmarks.peers.{name}", sink, self.server, str(count))


async def _prepare(home: Path, people: int, url: str, server: str, name: str) -> dict[str, float]:
    if url:
        await create_database(server, name)
    await fill_roster(settings_for(home, url), people)
    return {}


def measure_drain(bench: Bench) -> list[Row]:
    """HTTP without latency, 64 in flight."""
    window = 64
    with serve_sink("http") as sink:
        contenders: dict[str, Run] = {
            "bare": forked(bare_http, sink, MIDDLE, window),
            "sqlite": forked(drain, bench.base(MIDDLE), Channel.TELEGRAM, sink, window),
            "postgres": forked(drain, bench.base(MIDDLE, postgres=True), Channel.TELEGRAM, sink, window),
            "pgqueuer": bench.peer("pgqueuer", sink, MIDDLE),
            "apprise": bench.peer("apprise", sink, SLOW // 2),
        }
        for name in MORE_PEERS if bench.all_peers else ():
            if name in REDIS_PEERS and not bench.redis:
                continue
            contenders[name] = bench.peer(name, sink, SLOW)
        found = bench.run(**contenders)
    bare, rows = found["bare"], []
    for name, label in (("sqlite", "SQLite FULL"), ("postgres", "PostgreSQL")):
        mine, what = found[name], f"drain over HTTP, 64 in flight, {label}"
        rows += [
            Row(f"{what}, of a bare aiohttp loop", compare(mine, bare), Goal(at_least=0.6), per_second(mine, bare)),
            *(
                Row(
                    f"{what}, click to settled, × {peer}", _whole(mine, found[peer]), goal, per_second(mine, found[peer], "whole")
                )
                for peer, goal in (("pgqueuer", Goal(at_least=2)), ("apprise", Goal(at_least=10)))
            ),
            Row(
                f"CPU per 1,000 sends, {label}, × bare aiohttp", compare(mine, bare, "cpu"), Goal(at_most=2), seconds(mine, bare)
            ),
        ]
    pgqueuer = found["pgqueuer"]
    rows.append(
        Row("CPU per 1,000 sends, pgqueuer, × bare aiohttp", compare(pgqueuer, bare, "cpu"), None, seconds(pgqueuer, bare))
    )
    for name in MORE_PEERS if bench.all_peers else ():
        if name not in found:
            rows.append(missing(f"click to settled, SQLite FULL, × {name}", "redis-server is not installed"))
            continue
        mine, peer = found["sqlite"], found[name]
        rows.append(Row(f"click to settled, SQLite FULL, × {name}", _whole(mine, peer), None, per_second(mine, peer, "whole")))
    return rows


def _whole(mine: Found, peer: Found) -> list[float]:
    """Both from the click: a peer's rate holds its enqueueing."""
    return [a / b for a, b in zip(mine.all("whole"), peer.all("rate"), strict=True)]


def measure_telegram(bench: Bench) -> list[Row]:
    """50 ms to Telegram and back, 64 in flight: 1,280 a second at the very most."""
    window, most = 64, 64 / FAR
    with serve_sink("http", FAR) as sink:
        found = bench.run(
            bare=forked(bare_http, sink, MIDDLE, window),
            house=forked(drain, bench.base(MIDDLE), Channel.TELEGRAM, sink, window),
            stock=forked(stock_bot, sink, 300, window),
        )
    shares = {name: [rate / most for rate in one.all("rate")] for name, one in found.items()}
    what = "Telegram at 50 ms, 64 in flight, of 1,280/s"
    house, bare, stock = found["house"], found["bare"], found["stock"]
    return [
        Row(what, shares["house"], Goal(at_least=0.85), per_second(house, bare)),
        Row(f"{what}, bare aiohttp", shares["bare"], None, f"{bare.median('rate'):,.0f}/s"),
        Row(f"{what}, python-telegram-bot as it comes", shares["stock"], None, f"{stock.median('rate'):,.0f}/s"),
    ]


def measure_smtp(bench: Bench) -> list[Row]:
    """Eight kept connections, no latency; our window is as wide as over HTTP."""
    with serve_sink("smtp") as sink:
        found = bench.run(
            bare=forked(bare_smtp, sink, MIDDLE, CONNECTIONS),
            house=forked(drain, bench.base(MIDDLE), Channel.EMAIL, sink, 64),
            post_office=bench.peer("post_office", sink, SMALL),
        )
    house, bare, peer = found["house"], found["bare"], found["post_office"]
    return [
        Row("SMTP, 8 connections, of a bare sendmail loop", compare(house, bare), Goal(at_least=0.6), per_second(house, bare)),
        Row("SMTP, click to settled, × post_office", _whole(house, peer), Goal(at_least=3), per_second(house, peer, "whole")),
    ]


def measure_pace(bench: Bench) -> list[Row]:
    """What the provider sees arrive."""
    rows = []
    with serve_sink("http", FAR) as sink:
        few, many = bench.base(200), bench.base(LARGE)  # the fast one as long as ten seconds: a short one is all edges
        found = bench.run(slow=forked(keep_pace, few, sink, 30.0), fast=forked(keep_pace, many, sink, 1000.0))
    for name, limit in (("slow", 30), ("fast", 1000)):
        one, most = found[name], max(found[name].all("most"))
        told = f"most in any second, all rounds: {most * limit:.0f}"
        rows.append(Row(f"pacing, of a limit of {limit:,}/s", one.all("of_limit"), Goal(at_least=0.97, at_most=1.0), told))
        rows.append(
            Row(f"most in any one second, of a limit of {limit:,}/s", one.all("most"), Goal(at_most=1.0), told, worst=True)
        )
    return rows


def measure_syncs(bench: Bench) -> list[Row]:
    """Window 128."""
    if shutil.which("strace") is None:
        return [missing("durable syncs per 1,000 sends", "strace is not installed")]
    with serve_sink("http") as sink:
        found = bench.run(
            sqlite=forked(count_syncs, bench.base(SMALL), sink, 128),
            postgres=forked(count_syncs, bench.base(SMALL, postgres=True), sink, 128),
        )
    return [
        Row(f"durable syncs per 1,000 sends, window 128, {label}", found[name].all("syncs"), Goal(at_most=40), form="{:.0f}")
        for name, label in (("sqlite", "SQLite FULL"), ("postgres", "PostgreSQL (its log)"))
    ]


def measure_fan_out(bench: Bench) -> list[Row]:
    """From the confirmation to durable rows for everybody, words rendered."""
    found = bench.run(
        sqlite=forked(fan_out, bench.base(LARGE)),
        postgres=forked(fan_out, bench.base(LARGE, postgres=True)),
    )
    return [
        Row(f"fan-out of {LARGE:,}, {label}, s", found[name].all("seconds"), Goal(at_most=0.5))
        for name, label in (("sqlite", "SQLite FULL"), ("postgres", "PostgreSQL"))
    ]


def measure_words(bench: Bench) -> list[Row]:
    """The letter of the first alert."""
    found = bench.run(jinja=forked(render_words, MIDDLE), house=forked(fill_words, HUGE))
    told = per_second(found["house"], found["jinja"])
    return [Row("words for 50,000, × one Jinja render a person", compare(found["house"], found["jinja"]), Goal(at_least=5), told)]


def measure_answers(bench: Bench) -> list[Row]:
    """The staff's page, durable before the reply, SQLite FULL, one process, 64 connections."""
    with serve_sink("http") as sink:
        found = bench.run(
            nothing=forked(take_nothing, "/r/{token}"),
            idle=forked(answer_when_sent, bench.base(MIDDLE), sink),
            busy=forked(answer_while_sending, bench.base(MIDDLE), sink),
        )
    idle, busy, nothing = found["idle"], found["busy"], found["nothing"]
    return [
        Row("answers in, of the endpoint without a write", compare(idle, nothing), Goal(at_least=0.4), per_second(idle, nothing)),
        Row("answers in, p99 at 64 connections, idle, ms", idle.all("p99"), Goal(at_most=50), form="{:.0f}"),
        Row("answers in, p99 at 64 connections, during a broadcast, ms", busy.all("p99"), Goal(at_most=50), form="{:.0f}"),
    ]


def measure_growth(bench: Bench) -> list[Row]:
    """50,000 people beside 1,000, SQLite FULL: the fan-out, its board, and what a message costs while the others wait."""
    with serve_sink("http") as sink:
        found = bench.run(
            small=forked(fan_out, bench.base(SMALL), sink, SMALL),
            huge=forked(fan_out, bench.base(HUGE), sink, SMALL),
        )
    small, huge = found["small"], found["huge"]
    told = f"{seconds(huge, small)}; the first {SMALL:,} messages of each"
    return [
        Row("fan-out of 50,000, SQLite FULL, s", huge.all("seconds"), Goal(at_most=1.5)),
        Row("board of 50,000, SQLite FULL, s", huge.all("board"), Goal(at_most=0.2)),
        Row("growth 1,000 → 50,000 people, CPU per message, ×", compare(huge, small, "cpu"), Goal(at_most=1.15), told),
        Row("growth, peak memory at 50,000 people, MB", huge.all("rss"), Goal(at_most=200), form="{:.0f}"),
    ]


def per_second(mine: Found, other: Found, name: str = "rate") -> str:
    """Both medians, messages a second."""
    return f"{mine.median(name):,.0f}/s beside {other.median('rate'):,.0f}/s"


def seconds(mine: Found, other: Found) -> str:
    """Both medians, seconds of processor per 1,000."""
    return f"{mine.median('cpu'):.2f} s beside {other.median('cpu'):.2f} s per 1,000"


FIGURES: dict[str, Callable[[Bench], Sequence[Row]]] = {
    "drain": measure_drain,
    "telegram": measure_telegram,
    "smtp": measure_smtp,
    "pace": measure_pace,
    "syncs": measure_syncs,
    "fanout": measure_fan_out,
    "words": measure_words,
    "answers": measure_answers,
    "growth": measure_growth,
}


def measure(bench: Bench, names: Sequence[str]) -> list[Row]:
    """The rows of these figures, or of all; a figure that breaks says so in its row, and the others go on."""
    rows: list[Row] = []
    for name in names or FIGURES:
        print(f"{name}:", file=sys.stderr, flush=True)
        try:
            rows += FIGURES[name](bench)
        except (RuntimeError, TimeoutError, OSError, KeyError) as broken:
            print(f"  {name} broke: {broken!r}", file=sys.stderr, flush=True)
            rows.append(missing(name, f"did not run: {broken}"))
    return rows
