"""The nightly's timer and CronJob: systemd reads the units, and both call the command as it is."""

from __future__ import annotations

import argparse
import configparser
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals.cli import add_commands
from evals.run.targets import from_file

HERE = Path(__file__).parents[2] / "deploy" / "nightly"


def parsed(command: list[str]) -> argparse.Namespace:
    """The options that the command line gives; argparse exits for words that it does not know."""
    assert Path(command[0]).name == "wardgate"
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_commands(parser.add_subparsers())
    return parser.parse_args(command[1:])


def unit(name: str) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(HERE / name)
    return found


def test_the_service_runs_the_nightly_and_goes_on_with_one_that_was_cut_off() -> None:
    service = unit("wardgate-nightly.service")["Service"]
    options = parsed(shlex.split(service["ExecStart"]))
    assert (options.eval_command, options.resume) == ("nightly", "unfinished")
    assert str(options.prometheus).startswith(f"/var/lib/{service['StateDirectory']}/")
    assert service["RestartPreventExitStatus"] == "2"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_reads_both_units(tmp_path: Path) -> None:
    for file in HERE.glob("wardgate-nightly.*"):
        text = file.read_text().replace("/opt/wardgate/bin/wardgate", "/bin/true")  # it must exist to be accepted
        (tmp_path / file.name).write_text(text)
    command = ["systemd-analyze", "verify", str(tmp_path / "wardgate-nightly.service"), str(tmp_path / "wardgate-nightly.timer")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "wardgate-nightly" not in ended.stderr, ended.stderr
    clock = subprocess.run(["systemd-analyze", "calendar", unit("wardgate-nightly.timer")["Timer"]["OnCalendar"]],
                           capture_output=True, text=True, check=False)
    assert clock.returncode == 0, clock.stderr


def test_the_cron_job_runs_it_with_targets_that_are_read(tmp_path: Path) -> None:
    config, claim, job = yaml.safe_load_all((HERE / "cronjob.yaml").read_text())
    pod: dict[str, Any] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    options = parsed(container["command"])
    assert (options.eval_command, options.resume, options.pushgateway) == ("nightly", "unfinished", "http://pushgateway:9091")
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert set(mounts) == {each["name"] for each in pod["volumes"]}
    assert str(options.targets.parent) == mounts["targets"]
    assert container["workingDir"] == mounts["runs"]  # the store is below it, and survives the pod
    assert claim["metadata"]["name"] == next(each for each in pod["volumes"] if each["name"] == "runs")["persistentVolumeClaim"]["claimName"]
    (tmp_path / "targets.yaml").write_text(config["data"][options.targets.name])
    keys = {each["name"]: "secret" for each in container["env"]}
    targets = from_file(tmp_path / "targets.yaml", keys)
    assert [(each.name, each.kind, each.api_key) for each in targets] == [("direct", "direct", ""), ("gateway", "gateway", "secret")]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    rule = job["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"][0]
    assert rule["onExitCodes"] == {"containerName": container["name"], "operator": "In", "values": [2]}
