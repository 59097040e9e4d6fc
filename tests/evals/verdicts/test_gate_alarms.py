"""A thousand gates over two runs of the same system, as the gate is and over all suites of a nightly at once."""

from __future__ import annotations

import pytest

from benchmarks import eval_gate
from evals.loading.suite_file import catalog, load


@pytest.mark.evals
def test_of_a_thousand_gates_over_equal_runs_few_close() -> None:
    """Family-wise, with sampled decoding on every target; the upper 95 % bound is what is promised."""
    alarms = eval_gate.same_system(1000, seed=20251125)
    print(f"{alarms} of 1000 gates closed, upper 95 % bound {eval_gate.upper_bound(alarms, 1000):.4f}")
    assert eval_gate.upper_bound(alarms, 1000) <= 0.07
    assert alarms > 0  # a gate that never closes is no gate


@pytest.mark.evals
def test_a_drop_of_the_stated_size_is_found() -> None:
    rows = list(eval_gate.planted(50, 7))
    assert len(rows) == 6  # three yes-or-no suites, single samples and whole clusters
    for row in rows:
        print(row)
        assert row["found"] >= 0.66, row  # .8 less two and a half standard errors of fifty runs


def test_the_simulated_nightly_is_the_shipped_one() -> None:
    """All suites with their sizes, and on each kind of target the first metric that says something about it."""
    found = catalog()
    simulated = {(shape.suite, shape.metric, target, shape.samples, shape.clusters)
                 for shape in eval_gate.SHIPPED for target in shape.targets}
    shipped = set()
    for suite in (load(found.suites[name]) for name in found.collections["nightly"].suites):
        for kind in suite.on:
            first = next(metric for metric in suite.metrics if not metric.targets or kind in metric.targets)
            shipped.add((suite.name, first.name, kind, len(suite.samples), len({each.cluster for each in suite.samples})))
    assert simulated == shipped


def test_the_upper_bound_is_clopper_and_pearsons() -> None:
    assert eval_gate.upper_bound(0, 100) == pytest.approx(0.02951, abs=1e-5)
    assert eval_gate.upper_bound(50, 1000) == pytest.approx(0.06286, abs=1e-5)
    assert eval_gate.upper_bound(100, 100) == pytest.approx(1.0)


def test_a_simulated_drop_closes_and_the_same_run_does_not() -> None:
    import numpy as np

    rng = np.random.default_rng(3)
    chances = {shape: shape.chances(rng) for shape in eval_gate.SHIPPED}
    before = eval_gate.one_run(rng, chances)
    assert eval_gate.closed(before, before, 1) == []
    fallen = eval_gate.closed(before, eval_gate.one_run(rng, chances, drops={"handbook-templates": 0.3}), 1)
    assert {check.suite for check in fallen} == {"handbook-templates"}
