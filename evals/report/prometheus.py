"""Hands results to Prometheus. The names are an interface, written down in docs/evaluation.md; no text is in them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest, push_to_gateway
from prometheus_client.parser import text_string_to_metric_families

from evals.statistics.results import Change, Estimate, Report
from evals.store.runs import write_private
from gateway.errors import ConfigError

VALUES, ATTEMPT = "wardgate_eval.prom", "wardgate_eval_attempt.prom"
_READABLE = 0o644
"""The node exporter is another user."""


_Sample = tuple[str, str, dict[str, str], float]
"""Name, documentation, labels, value."""
_KEPT = ("wardgate_eval_last_success_timestamp_seconds", "wardgate_eval_last_attempt_timestamp_seconds",
         "wardgate_eval_last_attempt_ok")


class _Families:
    """Gauges by name, made when they are first set; what has no value is left out, never written as 0."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}

    def set(self, name: str, about: str, labels: Mapping[str, str], value: float) -> None:
        if not math.isfinite(value):
            return
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = Gauge(name, about, tuple(labels), registry=self.registry)
        (gauge.labels(**labels) if labels else gauge).set(value)

    def carry(self, samples: Sequence[_Sample]) -> None:
        for name, about, labels, value in samples:
            self.set(name, about, labels, value)

    def estimate(self, name: str, about: str, labels: Mapping[str, str], found: Estimate) -> None:
        self.set(name, about, labels, found.value)
        self.set(f"{name}_ci_low", f"{about}: lower end of the 95 % interval", labels, found.low)
        self.set(f"{name}_ci_high", f"{about}: upper end of the 95 % interval", labels, found.high)
        self.set(f"{name}_n", f"{about}: samples", labels, found.n)

    def change(self, name: str, about: str, labels: Mapping[str, str], found: Change) -> None:
        self.set(name, about, labels, found.value)
        self.set(f"{name}_ci_low", f"{about}: lower end of the 95 % interval", labels, found.low)
        self.set(f"{name}_ci_high", f"{about}: upper end of the 95 % interval", labels, found.high)
        self.set(f"{name}_p", f"{about}: p-value, corrected for all comparisons of the run", labels, found.p_holm)


def values(report: Report, others: Sequence[_Sample] = ()) -> CollectorRegistry:
    """Everything that a complete run says; ``others`` are other collections' times, which stay."""
    out = _Families()
    _scores(out, report)
    _samples(out, report)
    _latency(out, report)
    for metric in report.metrics:
        out.set("wardgate_eval_metric_info", "A metric's unit and direction",
                {"metric": metric.name, "unit": metric.unit, "better": metric.better}, 1)
    for target in report.targets:
        for policy in target.policies:
            out.set("wardgate_eval_policy_info", "A policy revision that judged the run",
                    {"target": target.name, "policy": policy}, 1)
    collection = {"collection": report.collection}
    out.set("wardgate_eval_run_info", "The run", {**collection, "run": report.run, "version": report.version}, 1)
    out.set("wardgate_eval_run_duration_seconds", "How long the run took", collection, report.seconds)
    out.set("wardgate_eval_last_success_timestamp_seconds", "When the last complete run ended", collection,
            report.ended)
    out.carry(others)
    return out.registry


def _scores(out: _Families, report: Report) -> None:
    for each in report.scores:
        labels = {"suite": each.suite, "metric": each.metric, "target": each.target, "model": each.model}
        out.estimate("wardgate_eval_score", "A metric's value", labels, each.estimate)
        if each.change is not None:
            out.change("wardgate_eval_score_delta", "Change from the previous run", labels, each.change)
    for part in report.slices:
        labels = {"suite": part.suite, "metric": part.metric, "target": part.target, "model": part.model,
                  "slice": part.slice, "value": part.value}
        out.estimate("wardgate_eval_slice_score", "A metric's value on a slice", labels, part.estimate)
    for tax in report.taxes:
        labels = {"suite": tax.suite, "metric": tax.metric, "model": tax.model}
        out.change("wardgate_eval_guard_tax", "Through the gateway minus direct", labels, tax.change)
        out.set("wardgate_eval_guard_tax_n", "Through the gateway minus direct: samples", labels, tax.change.n)


def _samples(out: _Families, report: Report) -> None:
    for each in report.outcomes:
        labels = {"suite": each.suite, "target": each.target, "model": each.model}
        for outcome in ("answered", "refused", "cut", "failed"):
            out.set("wardgate_eval_samples", "Samples by outcome", {**labels, "outcome": outcome},
                    getattr(each, outcome))
        for reason, count in each.reasons:
            out.set("wardgate_eval_failures", "Failed samples by reason", {**labels, "reason": reason}, count)


def _latency(out: _Families, report: Report) -> None:
    for each in report.latencies:
        labels = {"suite": each.suite, "target": each.target, "model": each.model, "quantile": f"{each.quantile:g}"}
        if each.what == "answer":
            out.set("wardgate_eval_latency_seconds", "Time to the whole answer", labels, each.estimate.value)
        elif each.what == "added":
            del labels["target"]
            out.set("wardgate_eval_added_latency_seconds", "The gateway's answer minus the direct one", labels,
                    each.estimate.value)


def attempt(collection: str, complete: bool, now: float, others: Sequence[_Sample] = ()) -> CollectorRegistry:
    """That a run ended, and how; ``others`` are other collections' last attempts."""
    out = _Families()
    labels = {"collection": collection}
    out.set("wardgate_eval_last_attempt_timestamp_seconds", "When the last run ended, however it ended", labels, now)
    out.set("wardgate_eval_last_attempt_ok", "Whether the last run was complete", labels, float(complete))
    out.carry(others)
    return out.registry


def write_textfiles(directory: Path, report: Report) -> tuple[Path, ...]:
    """Both files in ``directory``, each in one rename; an incomplete run leaves the values as they are."""
    written = [write_attempt(directory, report.collection, report.complete, report.ended)]
    if report.complete:
        others = _others(directory / VALUES, report.collection)
        written.insert(0, _write(directory / VALUES, values(report, others)))
    return tuple(written)


def write_attempt(directory: Path, collection: str, complete: bool, now: float) -> Path:
    """That a run ended; for runs that came to no report, too."""
    others = _others(directory / ATTEMPT, collection)
    return _write(directory / ATTEMPT, attempt(collection, complete, now, others))


def _others(path: Path, collection: str) -> tuple[_Sample, ...]:
    """When other collections last ran, as the file says: without it their alerts would have no series to fire on."""
    try:
        found = tuple(text_string_to_metric_families(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError):
        return ()  # there is none yet, or nothing that could be kept
    return tuple((family.name, family.documentation, dict(sample.labels), sample.value) for family in found
                 if family.name in _KEPT for sample in family.samples if sample.labels.get("collection") != collection)


def _write(path: Path, registry: CollectorRegistry) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, generate_latest(registry), _READABLE)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=str(path), cure="check --prometheus") from None
    return path


def push(url: str, report: Report) -> None:
    """Both to a Pushgateway, as jobs ``wardgate_eval`` and ``wardgate_eval_attempt``; raises ConfigError.

    The attempt goes last: it says that the values are there.
    """
    if report.complete:
        _push(url, "wardgate_eval", report.collection, values(report))
    push_attempt(url, report.collection, report.complete, report.ended)


def push_attempt(url: str, collection: str, complete: bool, now: float) -> None:
    """That a run ended; for runs that came to no report, too. The values of the last good run stay as they are."""
    _push(url, "wardgate_eval_attempt", collection, attempt(collection, complete, now))


def _push(url: str, job: str, collection: str, registry: CollectorRegistry) -> None:
    try:
        push_to_gateway(url, job, registry, grouping_key={"collection": collection})
    except (OSError, ValueError) as error:
        raise ConfigError(f"the Pushgateway cannot be reached: {error}", cure="check --pushgateway") from None
