"""The compose file: what it mounts exists, what talks to each other agrees, and nothing has more rights than it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.config.settings import loads, split_address

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
SETTINGS = (ROOT / "deploy" / "wardgate.yaml").read_bytes()


def test_the_whole_system_is_there() -> None:
    assert {"gateway", "vllm", "embedded", "prometheus", "node-exporter", "pushgateway", "grafana", "nightly"} == set(SERVICES)
    for name, service in SERVICES.items():
        assert ":" in service["image"], f"{name} names no version"
        assert not service["image"].endswith(":latest")
        assert not service.get("privileged")


def test_every_mount_exists_and_ours_are_read_only() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            here, _, *mode = volume.split(":")
            if here.startswith("."):
                assert (ROOT / "deploy" / here).exists(), f"{name}: {here}"
                assert mode == ["ro"], f"{name}: {volume}"
            else:
                assert here in COMPOSE["volumes"]


def test_nothing_listens_for_others() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", ())]
    assert len(ports) >= 4
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("name", ["gateway", "embedded", "nightly"])
def test_our_containers_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_secret_must_be_set_and_is_in_the_example() -> None:
    named = set(re.findall(r"\$\{(\w+):\?", TEXT))
    assert named == set(re.findall(r"\$\{(\w+)", TEXT)), "a secret with a default"
    example = (ROOT / "deploy" / "example.env").read_text("utf-8")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == named


def test_the_settings_of_the_image_load_with_what_the_compose_file_gives_them() -> None:
    env = SERVICES["gateway"]["environment"]
    settings = loads(SETTINGS, "deploy/wardgate.yaml", env)
    assert settings.upstreams[0].base_url == env["MODEL_SERVER_URL"]
    published = {int(port.split(":")[-1]) for port in SERVICES["gateway"]["ports"]}
    assert published == {split_address(settings.listen.data)[1], split_address(settings.listen.admin)[1]}


def test_prometheus_scrapes_the_services_where_they_listen() -> None:
    config = yaml.safe_load((ROOT / "dashboards" / "prometheus" / "prometheus.yml").read_text("utf-8"))
    targets = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in config["scrape_configs"]}
    ops = split_address(loads(SETTINGS, "", SERVICES["gateway"]["environment"]).listen.ops)[1]
    model = "vllm:" + SERVICES["vllm"]["command"][SERVICES["vllm"]["command"].index("--port") + 1]
    assert targets == {"wardgate": f"gateway:{ops}", "vllm": model, "evaluation": "node-exporter:9100",
                       "pushgateway": "pushgateway:9091"}
    assert SERVICES["gateway"]["environment"]["MODEL_SERVER_URL"] == f"http://{model}/v1"


def test_both_model_servers_answer_under_one_name_and_never_together() -> None:
    assert SERVICES["embedded"]["networks"] == {"default": {"aliases": ["vllm"]}}
    assert SERVICES["vllm"]["profiles"] != SERVICES["embedded"]["profiles"]
    for name in ("vllm", "embedded"):
        command = SERVICES[name]["command"]
        assert command[command.index("--served-model-name") + 1] == "handbook"
        assert command[command.index("--port") + 1] == "8000"


def test_vllm_is_the_version_that_is_tested() -> None:
    (pinned,) = re.findall(r"^vllm==(\S+)$", (ROOT / "model_server" / "vllm" / "gpu.lock").read_text("utf-8"), re.MULTILINE)
    assert SERVICES["vllm"]["image"].partition(":")[2] == f"v{pinned}"
