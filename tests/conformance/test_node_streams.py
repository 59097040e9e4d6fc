"""Anthropic's Node client reads every kind of stream: normal, edited, blocked, cut and lost (Python: tests/gateway/wire/messages)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.house import KEY, running
from tests.chaos.upstream import Ask
from tests.conformance import node
from tests.conformance.calls import Call
from tests.conformance.mock import Mock
from tests.gateway.wire.messages.streams import message, thought, tool
from tests.gateway.wire.messages.test_clients import tells

TOLD: dict[str, dict[str, Any]] = {
    "normal": message(thought("hm"), "Hello — 🙂", tool({"to": "Ann"})),
    "edited": message(thought("hm"), "Hello, maskme42!", tool({"to": "maskme42"})),
    "cut": message("Fine so far, FORBIDDEN7 never", tool({"to": "Ann"})),
    "lost": message("Fine so far, and more"),
}


async def _script(ask: Ask) -> None:
    what = ask.json["messages"][0]["content"]
    await tells(TOLD[what], lose=3 if what == "lost" else 0)(ask)


def _calls() -> list[Call]:
    return [
        Call("anthropic", "messages", method, what, {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": what}]},
             streamed=method == "create")
        for what in (*TOLD, "FORBIDDEN7") for method in ("create", "stream")
    ]  # fmt: skip


def _finals(came: list[Any], calls: list[Call]) -> dict[str, Any]:
    return {call.label: each for call, each in zip(calls, came, strict=True) if call.method == "stream"}


@pytest.mark.conformance
async def test_normal_edited_cut_blocked_and_lost_streams(tmp_path: Path) -> None:
    await node.install(tmp_path)
    control, house = await Mock().start(), await running()
    house.upstream.script = _script
    calls = _calls()
    try:
        came = await node.ask(tmp_path, calls, control.port, house.port, KEY)
    finally:
        await house.stop()
        await control.stop()
    finals = _finals(came, calls)
    assert finals["normal"]["said"]["final"]["content"] == TOLD["normal"]["content"]
    edited = finals["edited"]["said"]["final"]
    assert [edited["content"][1]["text"], edited["content"][2]["input"]] == ["Hello, <REDACTED>!", {"to": "<REDACTED>"}]
    assert edited["stop_reason"] == "end_turn"
    cut = finals["cut"]["said"]["final"]
    assert cut["stop_reason"] == "refusal"
    assert cut["content"][0]["text"].startswith("Fine so far, ")
    assert "FORBIDDEN7" not in str(cut)
    assert "never" not in str(cut)
    for call, each in zip(calls, came, strict=True):
        if call.label == "FORBIDDEN7":
            assert each["status"] == 400
            assert each["error"]["error"]["wardgate"]["code"] == "content_filter"
        elif call.label == "lost":
            assert "said" not in each
            assert "api_error" in str(each["error"])
        else:
            assert "said" in each
            kinds = [event["type"] for event in each["said"].get("events", ())]
            assert not kinds or (kinds[0], kinds[-1]) == ("message_start", "message_stop")
