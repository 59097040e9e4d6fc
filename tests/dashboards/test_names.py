"""Every metric that a dashboard or a rule names is one that the gateway, the engine or an evaluation really exposes."""

from __future__ import annotations

import re
import signal
import urllib.request
from collections.abc import Iterator

import pytest

from tests.dashboards import evaluation
from tests.dashboards.boards import QUERIES, RECORDED, RULE_QUERIES, Query
from tests.e2e.conftest import start

SUFFIXES = {"counter": ("_total", "_created"), "histogram": ("_bucket", "_count", "_sum", "_created"),
            "gauge": ("",), "info": ("_info",)}  # fmt: skip
"""Names of a family's samples after its TYPE line; a counter's line in this format has its suffix already."""


def names(exposition: str) -> set[str]:
    """Names of all samples that the families of an exposition have, or will have once something happened."""
    found = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", exposition, re.MULTILINE):
        found |= {name} if name.endswith("_total") else {name + each for each in SUFFIXES.get(kind, ("",))}
    return found


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, set[str]]]:
    """What a whole Wardgate exposes: gateway and engine from their ports, the evaluation from its textfiles."""
    home = tmp_path_factory.mktemp("exposed")
    process, running = start(home)
    try:
        texts = {}
        for who, url in (("gateway", running.ops_url), ("engine", running.engine_url.removesuffix("/v1"))):
            with urllib.request.urlopen(f"{url}/metrics", timeout=10) as reply:
                texts[who] = reply.read().decode()
        evaluation.write(home)
        texts["evaluation"] = "".join(path.read_text("utf-8") for path in sorted(home.glob("*.prom")))
        yield {who: names(text) for who, text in texts.items()}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.mark.parametrize("query", [*QUERIES, *RULE_QUERIES], ids=lambda query: query.where)
def test_every_metric_is_really_exposed(query: Query, exposed: dict[str, set[str]]) -> None:
    assert query.metrics, "names no metric"
    known = set.union(*exposed.values()) | RECORDED | {"up"}  # Prometheus makes that one itself
    assert query.metrics - known == set()


def test_every_metric_of_the_gateway_and_of_an_evaluation_is_on_a_dashboard_or_in_a_rule(
    exposed: dict[str, set[str]],
) -> None:
    shown = frozenset().union(*(query.metrics for query in (*QUERIES, *RULE_QUERIES)))
    families = {re.sub(r"_(total|created|bucket|count|sum)$", "", name) for name in exposed["gateway"]}
    families = {name for name in families if name.startswith(("wardgate_", "gen_ai_"))}
    families |= exposed["evaluation"]
    seen = {re.sub(r"_(total|created|bucket|count|sum)$", "", name) for name in shown} | shown
    assert families - seen == set()


def test_the_names_of_an_expression() -> None:
    query = Query("", 'sum by (le, rule) (rate(a_bucket{rule="x_y", b=~"$c"}[5m])) / on (d) group_left (e) f:g or vector(0)')
    assert query.metrics == {"a_bucket", "f:g"}
    assert query.grouped == frozenset()
    assert Query("", "sum by (a, b) (rate(c_total[5m]))").grouped == {"a", "b"}
    assert Query("", 'x{a=~"$a", b=~"${b}"}[$__range]').runnable == 'x{a=~".*", b=~".*"}[2m]'
