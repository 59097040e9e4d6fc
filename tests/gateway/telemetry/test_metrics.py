"""The metrics as Prometheus reads them."""

from __future__ import annotations

import random

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from gateway.core.types import Finding, RuleState, State
from gateway.telemetry.metrics import Histogram, Metrics


def scrape(metrics: Metrics) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(metrics)
    text = generate_latest(registry).decode()
    return {
        sample.name + "".join(f"|{key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_states_are_counted_whether_their_tuple_is_shared_or_not() -> None:
    metrics = Metrics()
    shared = (RuleState("a", "input", State.ALLOWED), RuleState("b", "input", State.NOT_RUN))
    for _ in range(3):
        metrics.judged(shared, ())
    assert scrape(metrics)["wardgate_rule_states_total|rule=a|stage=input|state=allowed"] == 3
    metrics.judged(shared, ())
    metrics.judged((RuleState("a", "input", State.BLOCKED),), (Finding("a", "/p", 0, 1, entity="X"),))
    seen = scrape(metrics)
    assert seen["wardgate_rule_states_total|rule=a|stage=input|state=allowed"] == 4
    assert seen["wardgate_rule_states_total|rule=b|stage=input|state=not_run"] == 4
    assert seen["wardgate_rule_states_total|rule=a|stage=input|state=blocked"] == 1
    assert seen["wardgate_findings_total|entity=X|rule=a"] == 1


def test_unshared_tuples_do_not_pile_up() -> None:
    metrics = Metrics()
    for _ in range(1000):
        metrics.judged((RuleState("a", "output", State.ALLOWED),), ())
    assert len(metrics._shared) <= 64
    assert scrape(metrics)["wardgate_rule_states_total|rule=a|stage=output|state=allowed"] == 1000


def test_a_histogram_counts_as_prometheus_does() -> None:
    histogram = Histogram("x", "x", (1.0, 2.0, 5.0))
    values = [random.Random(7).uniform(0, 8) for _ in range(500)] + [1.0, 2.0, 5.0]
    for value in values:
        histogram.observe(value)
    samples = {sample.labels.get("le", sample.name): sample.value for sample in histogram.family().samples}
    for bound in (1.0, 2.0, 5.0):
        assert samples[str(bound)] == sum(value <= bound for value in values)
    assert samples["+Inf"] == samples["x_count"] == len(values)
    assert abs(samples["x_sum"] - sum(values)) < 1e-9


def test_an_idle_worker_s_metrics_are_there() -> None:
    seen = scrape(Metrics())
    assert seen["wardgate_audit_dropped_total"] == 0
    assert seen["wardgate_overhead_seconds_count"] == 0
