"""Reads the dashboards and the rules as what they are made of: queries, and the metrics that the queries name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "dashboards" / "grafana"
PROMETHEUS = ROOT / "dashboards" / "prometheus"
_WORDS = frozenset(["and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "inf", "nan"])


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and where it stands."""

    where: str
    expr: str

    @property
    def runnable(self) -> str:
        """The expression as Grafana would send it, for a range of a few minutes and with every value chosen."""
        out = self.expr
        for variable, value in (("$__rate_interval", "30s"), ("$__range", "2m"), ("$__interval", "30s")):
            out = out.replace(variable, value)
        return re.sub(r"\$\{?\w+\}?", ".*", out)

    @property
    def metrics(self) -> frozenset[str]:
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", self.expr)
        bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
        bare = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
        names = re.findall(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\(|[a-zA-Z0-9_:])", bare)
        return frozenset(name for name in names if name not in _WORDS)

    @property
    def grouped(self) -> frozenset[str]:
        """The labels that every series of the result has, as far as the expression's outermost part says so."""
        found = re.match(r"(?:sum|min|max|count) by \(([^)]*)\)", self.expr)
        return frozenset(re.findall(r"\w+", found[1])) if found and " / " not in self.expr else frozenset()


def dashboards() -> dict[str, Any]:
    """Every dashboard by the name of its file."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(GRAFANA.glob("*.json"))}


def _queries() -> Iterator[Query]:
    for name, board in dashboards().items():
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                yield Query(f"{name}: {panel['title']} {target['refId']}", target["expr"])
        for note in board["annotations"]["list"]:
            yield Query(f"{name}: annotation {note['name']}", note["target"]["expr"])


def _chosen() -> Iterator[Query]:
    for name, board in dashboards().items():
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
                assert found, variable["query"]
                yield Query(f"{name}: variable {variable['name']}", f"count by ({found[2]}) ({found[1]})")


QUERIES = (*_queries(), *_chosen())
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text("utf-8"))["groups"] for rule in group["rules"]
]
RULE_QUERIES = tuple(Query(f"rules.yml: {rule.get('alert') or rule['record']}", rule["expr"]) for rule in RULES)
RECORDED = frozenset(rule["record"] for rule in RULES if "record" in rule)
