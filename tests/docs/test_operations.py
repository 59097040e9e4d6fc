"""docs/operations.md says what the code does: every metric with its labels, every log event, every port."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from prometheus_client.core import Metric

from gateway.audit.record import Outcome
from gateway.config.settings import DetectorSettings, Listen
from gateway.core.types import State
from gateway.telemetry.log import FIELDS
from gateway.telemetry.metrics import Counter, Histogram, Histograms, Metrics
from model_server.decoder import Decoder
from model_server.embedded import DEFAULT_MODEL
from model_server.engine import Engine
from model_server.meters import Meters
from model_server.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "operations.md").read_text("utf-8")
SOURCES = sorted((ROOT / "gateway").rglob("*.py"))


def rows(heading: str) -> dict[str, list[str]]:
    """The table under a heading: cells by the name in the first one."""
    part = re.split(r"^#+ ", TEXT.split(f"{heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")]
    return {cell[0].strip("`"): cell[1:] for cell in cells[2:]}


def name(family: Metric) -> str:
    return family.name + ("_total" if family.type == "counter" else "")


def test_every_metric_of_the_gateway_with_its_type_and_labels() -> None:
    metrics = Metrics()
    said = {key: (cells[0], set(re.findall(r"`(\w+)`", cells[1]))) for key, cells in rows("### The gateway").items()}
    real = {}
    for each in vars(metrics).values():
        if isinstance(each, Counter | Histogram | Histograms):
            labels = set(each.labels) if isinstance(each, Counter) else {each.label} if isinstance(each, Histograms) else set()
            real[name(each.family())] = (each.family().type, labels)
    assert said == real


def test_every_value_of_a_label_that_has_a_fixed_list() -> None:
    table = rows("### The gateway")
    assert set(re.findall(r"`(\w+)`", table["wardgate_requests_total"][2])) == {each.value for each in Outcome}
    assert set(re.findall(r"`(\w+)`", table["wardgate_rule_states_total"][2])) == {each.value for each in State}


def test_every_setting_of_detectors_with_its_default() -> None:
    said = {key: cells[1] for key, cells in rows("## Detectors").items()}
    assert said == {f"detectors.{key}": str(field.default) for key, field in DetectorSettings.model_fields.items()}


def test_every_metric_of_the_engine_with_its_type() -> None:
    meters = Meters("m", Engine(Decoder(DEFAULT_MODEL), Vocabulary(DEFAULT_MODEL)))
    real = {name(family): family.type for family in meters.registry.collect()}
    assert {key: cells[0] for key, cells in rows("### The embedded engine").items()} == real


def logged() -> dict[str, tuple[str, set[str]]]:
    """Every event that the gateway's code logs: its level and its fields."""
    found: dict[str, tuple[str, set[str]]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
                    and node.func.attr in ("debug", "info", "warning", "error")):
                continue
            fields = {word.arg or "" for word in node.keywords}
            fields = fields - {"error"} | ({"error", "at"} if "error" in fields else set())
            for event in [each.value for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]:
                if isinstance(event, str):
                    found[event] = (node.func.attr, found.get(event, ("", set()))[1] | fields)
    return found


def test_every_log_event_with_its_level_and_fields() -> None:
    real = logged()
    assert len(real) > 5
    said = {key: (cells[0], set(re.findall(r"`(\w+)`", cells[2]))) for key, cells in rows("## Logs").items()}
    assert said.pop("library") == ("any", {"logger"})
    assert said == real
    assert set().union(*(fields for _, fields in real.values())) - FIELDS == {"error", "at"}


@pytest.mark.parametrize("port", Listen.model_fields)
def test_every_port_with_its_default(port: str) -> None:
    assert rows("## Ports")[port] == [f"`listen.{port}`", rows("## Ports")[port][1], f"`{getattr(Listen(), port)}`"]


def test_every_reason_for_not_being_ready() -> None:
    functions = [node for path in SOURCES if path.parent.name == "supervisor"
                 for node in ast.walk(ast.parse(path.read_text("utf-8")))
                 if isinstance(node, ast.FunctionDef) and node.name == "unready"]
    reasons = {each.value for function in functions for line in function.body for each in ast.walk(line)
               if isinstance(each, ast.Constant) and isinstance(each.value, str) and re.fullmatch(r"[a-z_]+", each.value)}
    reasons -= {"down"}  # the name of the sink's attribute
    assert {"starting", "draining", "workers_down", "audit_down"} <= reasons
    assert [reason for reason in reasons if f"`{reason}`" not in TEXT] == []
