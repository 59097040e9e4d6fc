"""The dashboards as files: what Grafana's import would only complain about once someone opens them."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from tests.dashboards.boards import GRAFANA, QUERIES, ROOT, dashboards

BOARDS = dashboards()
PROVISIONING = GRAFANA / "provisioning"


def test_the_four_dashboards_are_there() -> None:
    assert sorted(BOARDS) == ["evaluation.json", "guards.json", "model-server.json", "traffic.json"]
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS)
    assert len({board["title"] for board in BOARDS.values()}) == len(BOARDS)
    assert len(QUERIES) > 80


@pytest.mark.parametrize("name", BOARDS)
def test_panels_are_explained_and_do_not_overlap(name: str) -> None:
    panels = BOARDS[name]["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        place = panel["gridPos"]
        assert 0 <= place["x"] <= 24 - place["w"], panel["title"]
        if panel["type"] != "row":
            assert panel["description"], panel["title"]
            assert panel["targets"], panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (name, one, other)


@pytest.mark.parametrize("name", BOARDS)
def test_every_query_uses_the_chosen_data_source_and_known_variables(name: str) -> None:
    board = BOARDS[name]
    variables = {each["name"] for each in board["templating"]["list"]}
    assert "datasource" in variables
    targets = [target for panel in board["panels"] for target in panel.get("targets", ())]
    for each in (*targets, *(note["target"] for note in board["annotations"]["list"])):
        assert each["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        used = set(re.findall(r"\$\{?(\w+)\}?", each["expr"]))
        assert used - variables - {"__rate_interval", "__range", "__interval"} == set(), each["expr"]
    for panel in board["panels"]:
        refs = [target["refId"] for target in panel.get("targets", ())]
        assert len(set(refs)) == len(refs), panel["title"]
    for variable in variables - {"datasource"}:
        assert any(f"${variable}" in target["expr"] for target in targets), f"{variable} is never used"


def test_the_provisioning_finds_the_dashboards_where_the_compose_file_puts_them() -> None:
    provider: Any = yaml.safe_load((PROVISIONING / "dashboards" / "wardgate.yaml").read_text("utf-8"))
    source: Any = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yaml").read_text("utf-8"))
    compose: Any = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    mounts = dict(volume.split(":")[:2] for volume in compose["services"]["grafana"]["volumes"])
    places = {target: (ROOT / "deploy" / here).resolve() for here, target in mounts.items() if here.startswith(".")}
    assert places[provider["providers"][0]["options"]["path"]] == GRAFANA
    assert places["/etc/grafana/provisioning"] == PROVISIONING
    host, port = re.fullmatch(r"http://([\w-]+):(\d+)", source["datasources"][0]["url"]).groups()  # type: ignore[union-attr]
    assert host in compose["services"]
    assert port == "9090"
