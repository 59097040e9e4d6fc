"""Content as a list of parts: its texts read as one, what stands before a joint is held, and other parts keep their place."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.core.exchange import Exchange
from gateway.core.types import Context
from tests.gateway.wire.streams import chunk, events, joined, request, run
from tests.laws.test_law1_streaming import ASKED, PLANS

REFUSAL = "I can't share that. This answer was stopped by your organisation's policy. (decision d)"
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Let me see."}]}


def _exchange() -> Exchange:
    exchange = Exchange(PLANS["stream"], Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(ASKED)
    return exchange


def text(*words: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": each, **more} for each in words]


def whole(content: Any, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": "stop"}
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    return orjson.loads(request(stream=False).answer(_exchange()).complete(orjson.dumps(body)))["choices"][0]  # type: ignore[no-any-return]


def streamed(*contents: Any, **fields: Any) -> list[Any]:
    """The content of each event."""
    datas = [chunk({"role": "assistant", "content": ""}), *[chunk({"content": each}) for each in contents], chunk({}, "stop"),
             b"[DONE]"]
    out = run(request(**fields).answer(_exchange()), datas)
    joined(out)
    choices = [event["choices"][0]["delta"] for event in events(out) if event != "[DONE]"]
    return [delta["content"] for delta in choices if delta.get("content")]


@pytest.mark.parametrize(("parts", "told"), [
    (["The plan is ", "fine."], ["The plan is ", "fine."]),
    (["The plan is project", " falconry"], ["The plan is project", " falconry"]),
    (["Mail ann@qui", "ll.example now"], ["Mail ann@quill.example", " now"]),  # one of the request, and so restored
    (["The plan is project", " falcon, soon", "more"], ["The plan is ", f"\n\n{REFUSAL}"]),
    (["project", " falcon"], [REFUSAL]),
])  # fmt: skip
def test_text_parts_read_as_one(parts: list[str], told: list[str]) -> None:
    parts = [each.replace("ann@qui", "<MAIL_3a91f6").replace("ll.example", "381f593c>") for each in parts]
    assert [each["text"] for each in whole(text(*parts))["message"]["content"]] == told
    for lists in ([text(*parts)], [text(parts[0]), text("", parts[1]), *[text("", each) for each in parts[2:]]]):
        found = streamed(*lists)
        assert all(isinstance(each, list) for each in found)
        assert "".join(part["text"] for each in found for part in each) == "".join(told)


def test_what_may_go_on_waits_and_comes_with_what_follows() -> None:
    assert streamed(text("The plan is project"), text(" is. "), text("Fine.")) == [
        text("The plan is "), text("project is. "), text("Fine.")]
    assert streamed(text("The plan is proj")) == [text("The plan is "), text("proj")]  # its rest, at the end
    assert streamed("so: project", text(" is fine. ")) == ["so: ", text("project is fine. ")]
    assert streamed(text("so: project"), " is fine. ") == [text("so: "), text("project is fine. ")]


def test_other_parts_keep_their_place_and_what_is_beside_a_text_is_judged() -> None:
    noted = text("Hi. ", note="of project falconry")
    assert whole([THOUGHT, *noted, *text("Bye.")])["message"]["content"] == [THOUGHT, *noted, *text("Bye.")]
    thought, rest = [{**THOUGHT, "thinking": text(each)} for each in ("Let me ", "see.")]
    assert streamed([THOUGHT], noted, text("Bye.")) == [[thought], [rest, *noted], text("Bye.")]
    choice = whole([*text("Hi. "), *text("Bye.", note="of project falcon")])
    assert choice["message"]["content"] == text("Hi. ", REFUSAL.join(["\n\n", ""]))
    assert choice["finish_reason"] == "content_filter"
    assert streamed(text("Hi. "), text("Bye.", note="of project falcon")) == [text("Hi. "), text(f"\n\n{REFUSAL}")]


def test_probabilities_stay_with_their_text() -> None:
    logprobs = {"content": [{"token": "Hi. ", "logprob": -1.0, "bytes": None, "top_logprobs": []}]}
    datas = [chunk({"role": "assistant"}), chunk({"content": text("Hi. ")}, logprobs=logprobs), chunk({}, "stop"), b"[DONE]"]
    found = joined(run(request(logprobs=True).answer(_exchange()), datas))[0]
    assert (found["content"], [each["token"] for each in found["logprobs"]]) == (text("Hi. "), ["Hi. "])


def test_a_call_that_is_cut_leaves_the_parts_that_were_told() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "send", "arguments": '{"to": "project falcon"}'}}
    choice = whole(text("I send ", "it to project"), tool_calls=[call])
    assert choice["message"]["content"] == text("I send ", "it to ", f"\n\n{REFUSAL}")
