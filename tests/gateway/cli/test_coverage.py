"""``wardgate validate --coverage``: the map for people, and the same map for programs."""

from __future__ import annotations

import json

import pytest

from gateway.cli.main import main
from gateway.wire.coverage import places


def test_every_place_is_printed_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--coverage"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = [line for line in lines if line.startswith("  ")]
    assert len(shown) == len(places())
    for line, each in zip(shown, places(), strict=True):
        assert line.startswith(f"  {each.how}")
        assert line.endswith(f"{each.path:<60} {each.reason}")
    heads = [line for line in lines if line and not line.startswith("  ")]
    assert heads[0].startswith("chat, request: ")
    assert all(line.endswith("every other string, and every key that is not named: guarded") for line in heads)


def test_as_json_with_counts_that_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--coverage", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["places"]) == len(places())
    assert said["places"][0].keys() == {"api", "where", "path", "how", "kind", "reason"}
    numbers = [value for each in said["counts"] for value in each.values() if isinstance(value, int)]
    assert sum(numbers) == len(places())
