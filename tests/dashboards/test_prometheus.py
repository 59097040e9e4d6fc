"""Gateway, model, node exporter and Prometheus, all real: every query of every dashboard brings a series."""

from __future__ import annotations

import math
import subprocess

import pytest

from tests.dashboards.boards import PROMETHEUS, QUERIES, RECORDED, RULES, Query
from tests.dashboards.observed import Observed

pytestmark = pytest.mark.prometheus


def promtool(*arguments: str) -> str:
    done = subprocess.run(["promtool", *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_configuration_and_the_rules_are_valid() -> None:
    assert "SUCCESS" in promtool("check", "config", "prometheus.yml")
    assert f"{len(RULES)} rules found" in promtool("check", "rules", "rules.yml")


def test_the_rules_pass_their_own_tests() -> None:
    assert "SUCCESS" in promtool("test", "rules", "rules_test.yml")


def test_every_alert_has_a_test_that_expects_it() -> None:
    text = (PROMETHEUS / "rules_test.yml").read_text("utf-8")
    blocks = text.split("alertname: ")[1:]
    expected = {block.split()[0].rstrip(",") for block in blocks if "exp_labels" in block.split("alertname")[0]}
    assert {rule["alert"] for rule in RULES if "alert" in rule} - expected == set()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.where)
def test_a_query_brings_a_series(query: Query, observed: Observed) -> None:
    found = observed.ask(query.runnable)
    assert found, "no series"
    assert any(math.isfinite(float(series["value"][1])) for series in found), "no series has a value"
    for series in found:
        assert query.grouped <= series["metric"].keys(), "a label that this metric does not have"


def test_every_rule_is_evaluated_without_an_error(observed: Observed) -> None:
    rules = [rule for group in observed.get("/api/v1/rules")["groups"] for rule in group["rules"]]
    assert {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"} == {}
    assert len(rules) == len(RULES)
    for name in RECORDED:
        assert observed.ask(name), name


def test_every_target_is_scraped(observed: Observed) -> None:
    targets = {each["labels"]["job"]: each["lastError"] for each in observed.get("/api/v1/targets")["activeTargets"]}
    assert targets == {"wardgate": "", "vllm": "", "evaluation": "", "pushgateway": ""}


def test_no_text_of_a_caller_is_in_a_label(observed: Observed) -> None:
    values = [value for name in observed.get("/api/v1/labels") for value in observed.get(f"/api/v1/label/{name}/values")]
    assert len(values) > 50
    assert [value for value in values if "canary" in value.lower() or "okafor" in value.lower()] == []
