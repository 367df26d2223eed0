"""What Prometheus reads: the requests of this process, and how the followers do."""

import math
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from projections.followers import FollowerStatus

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "storeline_http_requests", "Answered requests", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "storeline_http_request_seconds",
            "Time from request to answer",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._head = Gauge("storeline_log_head", "Position of the last event", ("context",), registry=self._registry)
        self._lag = Gauge(
            "storeline_follower_lag_events", "Positions behind the log", ("follower",), registry=self._registry
        )
        self._lag_seconds = Gauge(
            "storeline_follower_lag_seconds", "Age of what is next", ("follower",), registry=self._registry
        )
        self._healthy = Gauge(
            "storeline_follower_healthy", "Whether it is at work", ("follower",), registry=self._registry
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answer. `route` is the template of the address; addresses that do not exist share one."""
        if not route:
            method = "*"  # any word can stand there, and each would be a series of its own
        series = self._series.get((method, route, status))
        if series is None:
            series = (self._requests.labels(method, route, status), self._seconds.labels(method, route))
            self._series[method, route, status] = series
        count, histogram = series
        count.inc()
        histogram.observe(seconds)

    def page(self, followers: Iterable[FollowerStatus]) -> bytes:
        """The text that Prometheus scrapes; without followers where nothing can be known of them."""
        for gauge in (self._head, self._lag, self._lag_seconds, self._healthy):
            gauge.clear()
        for each in followers:
            self._head.labels(each.context).set(each.head)
            self._lag.labels(each.name).set(each.lag_events)
            self._healthy.labels(each.name).set(each.healthy)
            # A series that is gone would trouble nobody.
            self._lag_seconds.labels(each.name).set(math.inf if each.lag_seconds is None else each.lag_seconds)
        return generate_latest(self._registry)
