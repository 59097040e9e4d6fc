"""Logs: JSON lines, allow-listed fields, and nothing of what other libraries or exceptions say."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.telemetry import log as logs


@pytest.fixture
def heard() -> Iterator[Any]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("debug", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], level = before
    root.setLevel(level)


def test_an_event_with_its_fields(heard: Any) -> None:
    logs.log.info("serving", address="http://127.0.0.1:1", revision="r")
    assert [(each["event"], each["level"], each["revision"]) for each in heard()] == [("serving", "info", "r")]


def test_a_field_that_is_not_on_the_list_is_a_bug() -> None:
    with pytest.raises(ValueError, match="allow-list"):
        logs.log.info("asked", prompt="secret")


def test_other_libraries_and_exceptions_say_no_text(heard: Any) -> None:
    logging.getLogger("aiohttp").warning("GET /%s", "CANARY")
    try:
        raise ValueError("CANARY")
    except ValueError as error:
        logs.log.error("request_failed", error=error)
        logging.getLogger("asyncio").exception("CANARY")
    lines = heard()
    assert "CANARY" not in json.dumps(lines)
    assert [line["event"] for line in lines] == ["library", "request_failed", "library"]
    assert lines[1]["error"] == "ValueError"
    assert lines[1]["at"][0].startswith("test_log.py:")
