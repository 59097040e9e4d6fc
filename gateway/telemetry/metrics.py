"""Counts what happens on the hot path as plain numbers, and renders them when someone asks.

prometheus_client's own counters take a lock and a label lookup per increment; here an increment is a
dictionary entry, and the Prometheus text is made on scrape. Labels come from configured sets only.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from gateway.core.types import Finding, RuleState

SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
           30.0, 60.0, 120.0)  # fmt: skip
CHARACTERS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0, 16384.0)
WINDOWS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
Labels = tuple[str, ...]
_MAX_SHARED = 64


class Counter:
    """A family of counters: ``name{labels}``."""

    __slots__ = ("help", "labels", "name", "values")

    def __init__(self, name: str, text: str, labels: Labels = ()) -> None:
        self.name, self.help, self.labels = name, text, labels
        self.values: defaultdict[Labels, float] = defaultdict(float)
        if not labels:
            self.values[()] = 0.0

    def add(self, *labels: str, by: float = 1.0) -> None:
        self.values[labels] += by

    def snapshot(self) -> Any:
        return [[*labels, value] for labels, value in self.values.items()]

    def absorb(self, snapshot: Any) -> None:
        for *labels, value in snapshot:
            self.values[tuple(labels)] += value

    def family(self) -> Metric:
        family = CounterMetricFamily(self.name, self.help, labels=self.labels)
        for labels, value in self.values.items():
            family.add_metric(labels, value)
        return family


class Gauge(Counter):
    """A family of gauges."""

    __slots__ = ()

    def set(self, value: float, *labels: str) -> None:
        self.values[labels] = value

    def family(self) -> Metric:
        family = GaugeMetricFamily(self.name, self.help, labels=self.labels)
        for labels, value in self.values.items():
            family.add_metric(labels, value)
        return family


class Histogram:
    """A histogram with fixed upper bounds; ``observe`` is a bisection and two additions."""

    __slots__ = ("bounds", "counts", "help", "name", "sum")

    def __init__(self, name: str, text: str, bounds: Sequence[float] = SECONDS) -> None:
        self.name, self.help, self.bounds = name, text, tuple(bounds)
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def snapshot(self) -> Any:
        return [self.counts, self.sum]

    def absorb(self, snapshot: Any) -> None:
        counts, total = snapshot
        self.counts = [mine + theirs for mine, theirs in zip(self.counts, counts, strict=True)]
        self.sum += total

    def buckets(self) -> list[tuple[str, int]]:
        """How many values were at most as large as each bound."""
        total, out = 0, []
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            total += count
            out.append(("+Inf" if bound == float("inf") else str(bound), total))
        return out

    def family(self) -> Metric:
        family = HistogramMetricFamily(self.name, self.help)
        family.add_metric([], self.buckets(), sum_value=self.sum)
        return family


class Histograms:
    """A family of histograms: one for each value of ``label``."""

    __slots__ = ("bounds", "by_label", "label", "name", "text")

    def __init__(self, name: str, text: str, label: str, bounds: Sequence[float] = SECONDS) -> None:
        self.name, self.text, self.label, self.bounds = name, text, label, tuple(bounds)
        self.by_label: dict[str, Histogram] = {}

    def observe(self, label: str, value: float) -> None:
        self.of(label).observe(value)

    def of(self, label: str) -> Histogram:
        known = self.by_label.get(label)
        if known is None:
            known = self.by_label[label] = Histogram(self.name, self.text, self.bounds)
        return known

    def snapshot(self) -> Any:
        return {label: each.snapshot() for label, each in self.by_label.items()}

    def absorb(self, snapshot: Any) -> None:
        for label, each in snapshot.items():
            self.of(label).absorb(each)

    def family(self) -> Metric:
        family = HistogramMetricFamily(self.name, self.text, labels=(self.label,))
        for label, each in self.by_label.items():
            family.add_metric([label], each.buckets(), sum_value=each.sum)
        return family


_UNREAD = ("error", "timeout", "overload")
"""Why a window is not read, as ``gateway.detectors.pool`` says it."""


class Metrics:
    """Every metric of a worker. Register it with ``prometheus_client`` as a collector."""

    def __init__(self) -> None:
        self._shared: dict[int, tuple[tuple[RuleState, ...], int]] = {}
        self.requests = Counter("wardgate_requests", "Requests by route and how they ended", ("route", "outcome"))
        self.refusals = Counter("wardgate_refusals", "Requests refused before or instead of a model, by error code",
                                ("code",))
        self.states = Counter("wardgate_rule_states", "What each rule did", ("rule", "stage", "state"))
        self.findings = Counter("wardgate_findings", "What the rules found", ("rule", "entity"))
        self.held = Histogram("wardgate_held_characters", "Longest text held back in an answer", CHARACTERS)
        self.hold = Histogram("wardgate_hold_seconds", "Longest time in which a stream told nothing")
        self.overhead = Histogram("wardgate_overhead_seconds", "Time in the gateway outside the model, not streamed")
        self.upstream = Histogram("wardgate_upstream_seconds", "Time until the model server answered")
        self.upstream_errors = Counter("wardgate_upstream_errors", "Failed questions to a model server",
                                       ("upstream", "code"))
        self.upstream_open = Gauge("wardgate_upstream_connections", "Open connections", ("upstream",))
        self.active = Gauge("wardgate_active_requests", "Requests being served now")
        self.tokens = Counter("gen_ai_client_token_usage", "Tokens as the model server counts them", ("type",))
        self.duration = Histogram("gen_ai_client_operation_duration_seconds", "Time of a whole request")
        self.first_token = Histogram("gen_ai_server_time_to_first_token_seconds", "Time until a stream's first text")
        self.audit_dropped = Counter("wardgate_audit_dropped", "Audit records that could not be kept")
        self.audit_written = Counter("wardgate_audit_written", "Audit records on disk")
        self.policy = Gauge("wardgate_policy_info", "The active policy set", ("name", "revision"))
        self.reloads = Counter("wardgate_policy_reload", "Policy reloads by result", ("result",))
        self.reload_failing = Gauge("wardgate_policy_reload_failing", "1 while the files on disk are not valid")
        self.detector_seconds = Histograms("wardgate_detector_seconds", "Time of a batch of windows in a detector",
                                           "detector")
        self.detector_batch = Histograms("wardgate_detector_batch_windows", "Windows that went to a detector together",
                                         "detector", WINDOWS)
        self.detector_failures = Counter("wardgate_detector_failures", "Windows that a detector did not read",
                                         ("detector", "reason"))
        self.detector_memory = Counter("wardgate_detector_remembered", "Windows whose readings were known already",
                                       ("detector",))
        self.workers = Gauge("wardgate_workers", "Workers that serve now")
        self.worker_restarts = Counter("wardgate_worker_restarts", "Workers that ended unasked and were started again")

    def detector_read(self, detector: str, windows: int, seconds: float) -> None:
        """A detector has answered, in whatever way."""
        self.detector_seconds.observe(detector, seconds)
        self.detector_batch.observe(detector, windows)
        for reason in _UNREAD:
            self.detector_failures.values[detector, reason] += 0  # a rate of what never happened is 0, not nothing

    def detector_failed(self, detector: str, reason: str, windows: int = 1) -> None:
        """``reason``: ``error``, ``timeout`` or ``overload``."""
        self.detector_failures.values[detector, reason] += windows

    def detector_remembered(self, detector: str, windows: int = 1) -> None:
        self.detector_memory.values[(detector,)] += windows

    def judged(self, states: tuple[RuleState, ...], findings: tuple[Finding, ...]) -> None:
        """Counts one stage's states and findings. Requests without findings share one tuple: one addition."""
        shared = self._shared.get(id(states))
        if shared is not None and shared[0] is states:
            self._shared[id(states)] = (states, shared[1] + 1)
        elif not findings and len(self._shared) < _MAX_SHARED:
            self._shared[id(states)] = (states, 1)
        else:
            self._spread(states, 1)
        for finding in findings:
            self.findings.values[(finding.rule, finding.entity)] += 1

    def _spread(self, states: tuple[RuleState, ...], count: int) -> None:
        for each in states:
            self.states.values[(each.rule, each.stage, each.state.value)] += count

    def snapshot(self) -> dict[str, Any]:
        """All values as plain data that ``absorb`` of another process adds to its own."""
        self._settle()
        return {name: metric.snapshot() for name, metric in self._families()}

    def absorb(self, snapshot: Mapping[str, Any], *, gauges: bool = True) -> None:
        """Add another process's values: sums for counters, histograms and (unless it has ended) ``gauges``."""
        for name, metric in self._families():
            if name in snapshot and (gauges or not isinstance(metric, Gauge)):
                metric.absorb(snapshot[name])

    def collect(self) -> Iterator[Metric]:
        self._settle()
        for _, metric in self._families():
            yield metric.family()

    def _settle(self) -> None:
        for states, count in self._shared.values():
            self._spread(states, count)
        self._shared.clear()

    def _families(self) -> Iterator[tuple[str, Counter | Histogram | Histograms]]:
        for name in dir(self):  # compiled, this class has no ``__dict__``
            metric = getattr(self, name)
            if isinstance(metric, Counter | Histogram | Histograms):
                yield name, metric
