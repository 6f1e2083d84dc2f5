"""What machines ask: are you alive, can you work, does the engine turn, how much waits. No person, no address."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from hmac import compare_digest
from typing import Generic, TypeVar

from prometheus_client.core import CollectorRegistry, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from notifier.desk.desk import Desk
from notifier.desk.watching import EngineHealth, Metrics, database_answers, engine_health, read_metrics
from notifier.domain.errors import NotReady
from notifier.web.gate import Gate
from notifier.web.source import source_of

T = TypeVar("T")
KEPT = 1.0  # s: however often somebody asks, the database is asked once a second


class Recent(Generic[T]):
    """A reading of the database that is at most a second old."""

    def __init__(self, read: Callable[[Desk], Awaitable[T]], desk: Desk) -> None:
        self._read = read
        self._desk = desk
        self._lock = asyncio.Lock()
        self._kept: tuple[float, T] | None = None

    async def get(self) -> T:
        """The kept reading, or a new one; those who ask meanwhile wait for it."""
        async with self._lock:
            real = self._desk.clock.real()
            if self._kept is None or real - self._kept[0] > KEPT:
                self._kept = (real, await self._read(self._desk))
            return self._kept[1]


class Engine:
    """``/livez`` · ``/readyz`` · ``/health/engine`` · ``/metrics`` (with the token of the settings, or not at all)."""

    def __init__(self, desk: Desk, gate: Gate, metrics_token: str) -> None:
        self._desk = desk
        self._gate = gate
        self._token = metrics_token
        self._answers = Recent(database_answers, desk)
        self._health = Recent(engine_health, desk)
        self._metrics = Recent(read_metrics, desk)

    async def live(self, _request: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("ok")

    async def ready(self, _request: Request) -> Response:
        """The database answers too."""
        try:
            await self._answers.get()
        except NotReady as error:
            return PlainTextResponse(type(error).__name__, 503)
        return PlainTextResponse("ready")

    async def health(self, _request: Request) -> Response:
        """503 when the rounds or a lane gave no sign of life for 30 s."""
        try:
            health = await self._health.get()
        except NotReady as error:
            return JSONResponse({"status": "away", "why": type(error).__name__}, 503)
        return JSONResponse(_tell(health), 200 if health.well else 503)

    async def metrics(self, request: Request) -> Response:
        """Prometheus text, computed from the database."""
        source, real = source_of(request), self._desk.clock.real()
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if not self._token:
            return Response(status_code=404)
        if not self._gate.bears(source, real):
            return Response(status_code=429)
        if scheme.lower() != "bearer" or not compare_digest(given.strip().encode(), self._token.encode()):
            self._gate.blame(source, real)
            return Response(status_code=401, headers={"www-authenticate": "Bearer"})
        try:
            metrics = await self._metrics.get()
        except NotReady:
            return Response(status_code=503)
        registry = CollectorRegistry()
        registry.register(Collector(metrics))
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})


class Collector:
    """The gauges of one reading, for prometheus-client."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Everything as gauges: the database forgets nothing, and a restart resets nothing."""
        health, counts = self._metrics.health, self._metrics.counts
        round_age = GaugeMetricFamily(
            "notifier_round_age_seconds", "Time since the rounds gave a sign of life; -1: nobody makes them"
        )
        round_age.add_metric([], -1 if health.round is None else health.round.total_seconds())
        yield round_age
        tick = GaugeMetricFamily(
            "notifier_tick_age_seconds", "Time since a lane's dispatcher gave a sign of life", labels=["lane"]
        )
        depth = GaugeMetricFamily("notifier_queue_depth", "Messages that wait", labels=["lane"])
        oldest = GaugeMetricFamily("notifier_queue_oldest_due_seconds", "How long the oldest is due", labels=["lane"])
        fault = GaugeMetricFamily(
            "notifier_lane_fault", "1 while an account cannot send, with the reason", labels=["lane", "fault"]
        )
        for lane in health.lanes:
            if lane.fault is not None:
                fault.add_metric([lane.lane, lane.fault], 1)
            tick.add_metric([lane.lane], -1 if lane.tick is None else lane.tick.total_seconds())
            depth.add_metric([lane.lane], lane.waiting)
            oldest.add_metric([lane.lane], lane.oldest.total_seconds())
        frozen = GaugeMetricFamily("notifier_frozen", "1 while nothing may leave")
        frozen.add_metric([], health.frozen is not None)
        yield frozen
        backup = GaugeMetricFamily(
            "notifier_backup_age_seconds", "Age of the newest backup, and of the newest one copied away", labels=["place"]
        )
        for place, age in (("here", health.backup), ("copied", health.safe)):
            if age is not None:
                backup.add_metric([place], age.total_seconds())
        yield backup
        paper = GaugeMetricFamily("notifier_paper_age_seconds", "Age of the oldest phone tree on paper; none: a clinic has none")
        if health.paper is not None:
            paper.add_metric([], health.paper.total_seconds())
        yield paper
        rows = GaugeMetricFamily("notifier_messages", "Messages by state", labels=["lane", "state"])
        for (lane_name, state), count in sorted(counts.rows.items()):
            rows.add_metric([lane_name, state], count)
        people = GaugeMetricFamily("notifier_recipients", "Recipients of running alerts", labels=["end"])
        for end, count in (("called", counts.called), ("reached", counts.reached), ("listed", counts.listed)):
            people.add_metric([end], count)
        answers = GaugeMetricFamily("notifier_answers", "Answers taken in", labels=["source"])
        for source, count in sorted(counts.answers.items()):
            answers.add_metric([source], count)
        notices = GaugeMetricFamily("notifier_service_texts", "Service texts", labels=["kind", "stage"])
        for (kind, stage), count in sorted(counts.notices.items()):
            notices.add_metric([kind, stage], count)
        yield from (tick, fault, depth, oldest, rows, people, answers, notices)


def _tell(health: EngineHealth) -> dict[str, object]:
    return {
        "status": "ok" if health.well else "stale",
        "round_age_seconds": _seconds(health.round),
        "frozen_seconds": _seconds(health.frozen),
        "journal_head": health.head,
        "backup": {
            "age_seconds": _seconds(health.backup),
            "copied_age_seconds": _seconds(health.safe),
            "trouble": health.trouble,
        },
        "paper": {"age_seconds": _seconds(health.paper), "late": health.paper_late},
        "lanes": {
            lane.lane: {
                "tick_age_seconds": _seconds(lane.tick),
                "waiting": lane.waiting,
                "oldest_due_seconds": _seconds(lane.oldest),
                "fault": lane.fault,
            }
            for lane in health.lanes
        },
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds(), 1)
