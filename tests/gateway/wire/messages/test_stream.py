"""Answers of the Messages API: what passes as it came, what a cut looks like, and what is never relayed."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest

from gateway.core.policy import ActionKind
from gateway.errors import UpstreamFailed, UpstreamTimeout
from gateway.wire.messages import Answer
from tests.gateway.wire.fakes import CUT, EDIT, REFUSAL, REPLACEMENT, FakeExchange
from tests.gateway.wire.messages.streams import (
    delta,
    ended,
    event,
    events,
    joined,
    message,
    start,
    stop,
    text_start,
    thought,
    tool,
    written,
)
from tests.gateway.wire.streams import run

TOLD = message(
    thought("I should greet."), "Hello, world", tool({"to": "Ann", "n": [1, 2.5, None]}),
    {"type": "text", "text": "as said", "citations": [
        {"type": "char_location", "cited_text": "said", "document_index": 0, "document_title": "Book",
         "start_char_index": 0, "end_char_index": 4, "file_id": None}]},
)  # fmt: skip
BAD = f"well {CUT} never"


def answer(unreadable: ActionKind = ActionKind.BLOCK) -> Answer:
    return Answer(FakeExchange(unreadable))


def frames(datas: list[bytes]) -> bytes:
    return b"".join(b"event: %b\ndata: %b\n\n" % (orjson.loads(data)["type"].encode(), data) for data in datas)


def texts(out: bytes) -> list[str]:
    return [each["delta"]["text"] for each in events(out) if each.get("delta", {}).get("type") == "text_delta"]


def whole(*blocks: Any, **fields: Any) -> dict[str, Any]:
    return json.loads(answer().complete(orjson.dumps(message(*blocks, **fields))))  # type: ignore[no-any-return]


def sized(size: int) -> Any:
    return lambda text: [text[at : at + size] for at in range(0, len(text), size)] or [text]


def test_a_harmless_stream_passes_to_the_byte_where_nothing_is_held() -> None:
    class Free(FakeExchange):
        def field(self, choice: int, name: str) -> Any:
            stream = super().field(choice, name)
            stream._release = lambda *, final: _all(stream)  # type: ignore[method-assign]
            return stream

    def _all(stream: Any) -> str:
        out, stream.position = stream.seen[stream.position :], len(stream.seen)
        return str(out)

    plain = message(*(each for each in TOLD["content"] if not each.get("citations")), model="é/漢")
    for size in (1, 3, 7, 64, 1000):
        datas = [*written(plain, sized(size))]
        datas.insert(1, event("ping"))
        assert run(Answer(Free()), datas) == frames(datas)


def test_usage_is_what_was_said_last() -> None:
    live = answer()
    run(live, written(TOLD))
    assert live.usage == (3, 4)


def test_text_goes_out_as_it_is_decided() -> None:
    live = answer()
    live.feed(start())
    live.feed(text_start())
    assert live.feed(delta(0, "text_delta", text="abc")) == b""
    assert texts(live.feed(delta(0, "text_delta", text="defg"))) == ["ab"]
    assert texts(live.feed(delta(0, "text_delta", text="h"))) == ["c"]  # an event like the one before: the fast way
    out = live.feed(stop())
    assert [each["type"] for each in events(out)] == ["content_block_delta", "content_block_stop"]
    assert texts(out) == ["defgh"]


@pytest.mark.parametrize(("block", "kind", "key"), [
    ({"type": "text", "text": ""}, "text_delta", "text"), (tool({}), "input_json_delta", "partial_json"),
    ({"type": "thinking", "thinking": ""}, "thinking_delta", "thinking"),
])  # fmt: skip
def test_a_cut_ends_the_answer_in_the_event_that_brings_it(block: dict[str, Any], kind: str, key: str) -> None:
    live = answer()
    live.feed(start())
    live.feed(event("content_block_start", index=0, content_block=block))
    for piece in ('{"a": "', "well, then"):
        live.feed(delta(0, kind, **{key: piece}))
    out = live.feed(delta(0, kind, **{key: f" x{CUT}y"}))  # an event like the one before: the fast way
    assert live.done
    assert events(out)[0]["delta"] == {"type": kind, key: " then x"}
    assert events(out)[-1]["type"] == "content_block_stop"
    assert REFUSAL in out.decode()


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_a_cut_text_ends_in_the_refusal(size: int) -> None:
    live = answer()
    datas = written(message("fine", BAD, "never seen"), sized(size))
    out = run(live, datas)
    assert live.done
    got = joined(out)
    assert [each["text"] for each in got["content"]] == ["fine", "well \n\n" + REFUSAL]
    assert (got["stop_reason"], got["stop_sequence"]) == ("refusal", None)
    assert got["usage"]["output_tokens"] == 1
    assert CUT[:-1] not in out.decode()
    assert live.feed(delta(1, "text_delta", text="more")) == live.finish() == live.fail(UpstreamTimeout("x")) == b""


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(("block", "left"), [
    (thought(BAD), {"thinking": "well ", "signature": ""}),
    (tool({"a": "fine", "b": BAD}), {"input": {"a": "fine"}}),
    (tool({"a": {"b": [1, BAD]}}), {"input": {"a": {"b": [1]}}}),
])  # fmt: skip
def test_a_cut_in_another_block_is_followed_by_a_text(block: dict[str, Any], left: dict[str, Any], size: int) -> None:
    got = joined(run(answer(), written(message("fine", block, "never seen"), sized(size))))
    assert got["stop_reason"] == "refusal"
    assert len(got["content"]) == 3
    assert got["content"][1].items() >= left.items()
    assert got["content"][2]["text"] == REFUSAL
    at_once = whole("fine", block, "never seen")
    assert at_once["content"][1].items() >= left.items()
    assert at_once["content"][2] == {"type": "text", "text": REFUSAL}
    assert at_once["stop_reason"] == "refusal"


@pytest.mark.parametrize("block", [tool({}, name=CUT), {**tool({}), "id": f"x {CUT}"}, {"type": "image"}])
def test_a_block_whose_beginning_is_cut_is_not_begun(block: dict[str, Any]) -> None:
    datas = [start(), event("content_block_start", index=0, content_block=block)]
    got = joined(run(answer(), datas))
    assert [each["text"] for each in got["content"]] == [REFUSAL]
    assert whole(block)["content"] == [{"type": "text", "text": REFUSAL}]


def test_a_part_that_cannot_be_read_passes_where_the_policy_says_so() -> None:
    out = answer(ActionKind.ALLOW).complete(orjson.dumps(message({"type": "image", "source": {"type": "file", "file_id": "f1"}})))
    assert json.loads(out)["content"][0]["source"]["file_id"] == "f1"


def test_what_is_cited_is_judged_with_its_text() -> None:
    place = {"type": "page_location", "document_index": 0, "start_page_number": 1, "end_page_number": 2, "file_id": None}
    cited = [{**place, "cited_text": each, "document_title": EDIT} for each in ("one", CUT, "three")]
    told = message({"type": "text", "text": "so they say", "citations": cited}, "never seen")
    got = joined(run(answer(), written(told, sized(3))))
    (block,) = got["content"]
    assert [each["cited_text"] for each in block["citations"]] == ["one"]
    assert block["citations"][0]["document_title"] == REPLACEMENT
    assert block["text"] == f"so they say\n\n{REFUSAL}"
    (at_once,) = whole(*told["content"])["content"]
    assert (at_once["text"], len(at_once["citations"])) == (block["text"], 1)


@pytest.mark.parametrize("size", [1, 4, 100])
def test_a_signature_goes_with_thoughts_that_were_not_edited_only(size: int) -> None:
    for text, shown, signature in (("clear", "clear", "c2lnbmVk"), (f"a {EDIT}", f"a {REPLACEMENT}", "")):
        out = run(answer(), written(message(thought(text), "ok"), sized(size)))
        (block, said) = joined(out)["content"]
        assert (block["thinking"], block["signature"]) == (shown, signature)
        assert said["text"] == "ok"
        assert whole(thought(text))["content"][0] == {"type": "thinking", "thinking": shown, "signature": signature}


def test_a_signature_that_is_none_is_text() -> None:
    assert whole(thought("clear", f"a {EDIT}"))["content"][0]["signature"] == ""
    assert whole(thought("clear", CUT + " x"))["stop_reason"] == "refusal"


@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_a_tool_is_given_stays_json(size: int) -> None:
    given = {"note": f'a "{EDIT}"', "n": 1}
    for write in (json.dumps, lambda value: json.dumps(value, indent=1)):
        got = joined(run(answer(), written(message(tool(given)), sized(size), write)))
        assert got["content"][0]["input"] == {"note": f'a "{REPLACEMENT}"', "n": 1}
    assert whole(tool(given))["content"][0]["input"] == {"note": f'a "{REPLACEMENT}"', "n": 1}


def test_what_a_tool_is_given_may_come_with_its_beginning() -> None:
    block = tool({"a": EDIT})
    got = joined(run(answer(), [start(), event("content_block_start", index=0, content_block=block), stop(), *ended()]))
    assert got["content"][0]["input"] == {"a": REPLACEMENT}


def test_a_text_may_come_with_its_beginning() -> None:
    begun = {"type": "text", "text": f"a {EDIT}"}
    datas = [start(), event("content_block_start", index=0, content_block=begun), delta(0, "text_delta", text=" b"), stop()]
    assert joined(run(answer(), [*datas, *ended()]))["content"][0]["text"] == f"a {REPLACEMENT} b"


def test_why_it_ended_is_judged_after_the_blocks() -> None:
    told = message("fine", stop_reason="stop_sequence", stop_sequence=f"a {EDIT}")
    assert joined(run(answer(), written(told)))["stop_sequence"] == f"a {REPLACEMENT}"
    told["stop_sequence"] = CUT
    got = joined(run(answer(), written(told)))
    assert ([each["text"] for each in got["content"]], got["stop_reason"]) == (["fine", REFUSAL], "refusal")
    at_once = json.loads(answer().complete(orjson.dumps(told)))
    assert at_once["content"][1:] == [{"type": "text", "text": REFUSAL}]
    assert (at_once["stop_reason"], at_once["stop_sequence"]) == ("refusal", None)


def test_what_stands_beside_is_judged() -> None:
    live = answer()
    (begun,) = events(live.feed(start(model=f"a {EDIT}", news=f"b {EDIT}", prompt_token_ids=[1])))
    assert begun["message"]["model"] == f"a {REPLACEMENT}"
    assert begun["message"]["news"] == f"b {REPLACEMENT}"
    assert "prompt_token_ids" not in begun["message"]
    for datas in ([start(news=CUT)], [start(), event("message_delta", delta={"container": {"id": CUT + " "}})]):
        with pytest.raises(UpstreamFailed, match="stands beside"):
            run(answer(), datas)
    with pytest.raises(UpstreamFailed, match="stands beside"):
        whole("fine", news=CUT)


def test_kinds_that_are_not_known_are_left_out() -> None:
    datas = [start(), event("news", text=CUT), text_start(), delta(0, "news_delta", text=CUT),
             delta(0, "text_delta", text="ok", news=CUT), event("ping", news=CUT), stop(), *ended()]  # fmt: skip
    out = run(answer(), datas)
    assert joined(out)["content"][0]["text"] == "ok"
    assert CUT not in out.decode()
    assert b'event: ping\ndata: {"type":"ping"}\n\n' in out


ODD: dict[str, list[bytes]] = {
    "no JSON": [b"{"],
    "no object": [b"[]"],
    "no type": [b'{"index":0}'],
    "a type that is no word": [b'{"type":["ping"]}'],
    "a block before the start": [text_start()],
    "two starts": [start(), start()],
    "a start with blocks": [start(content=[{"type": "text", "text": "x"}])],
    "a start without a message": [event("message_start")],
    "two blocks at once": [start(), text_start(0), text_start(1)],
    "an index left out": [start(), text_start(1)],
    "an index that is no number": [start(), event("content_block_start", index="0", content_block={"type": "text"})],
    "a block without a type": [start(), event("content_block_start", index=0, content_block={"text": "x"})],
    "a delta without a block": [start(), delta(0, "text_delta", text="x")],
    "a delta of another block": [start(), text_start(), delta(1, "text_delta", text="x")],
    "a delta that is none": [start(), text_start(), event("content_block_delta", index=0, delta="x")],
    "a text that is none": [start(), text_start(), delta(0, "text_delta", text=["x"])],
    "a stop without a block": [start(), stop()],
    "a thought after its signature": [
        start(), event("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}),
        delta(0, "signature_delta", signature="c2ln"), delta(0, "thinking_delta", thinking="x")],
    "an input given twice": [
        start(), event("content_block_start", index=0, content_block=tool({"a": 1})),
        delta(0, "input_json_delta", partial_json="{}")],
    "a block after the end": [start(), ended()[0], text_start()],
    "an end that is no word": [start(), event("message_delta", delta={"stop_reason": "two words"})],
    "a stop before the end": [start(), event("message_stop")],
    "a stream that breaks off": [start(), text_start(), delta(0, "text_delta", text="x")],
    "done before its end": [start(), b"[DONE]"],
    "an error": [start(), event("error", error={"type": "overloaded_error", "message": CUT})],
    "an error without a type": [start(), b'{"error":{"message":"x"}}'],
}  # fmt: skip


@pytest.mark.parametrize("datas", ODD.values(), ids=ODD.keys())
def test_what_cannot_be_read_is_never_relayed(datas: list[bytes]) -> None:
    live = answer()
    with pytest.raises(UpstreamFailed) as caught:
        run(live, datas)
    assert CUT not in caught.value.message
    (last,) = events(live.fail(caught.value))
    assert last["error"]["type"] == "api_error"
    assert live.finish() == b""


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{}", b'{"content":"x"}', b'{"content":["x"]}', b'{"content":[{"text":"x"}]}',
    b'{"type":"error","error":{"type":"api_error","message":"CUTCUT"}}', b'{"content":[],"stop_reason":"two words"}',
    b'{"content":[{"type":"text","text":1}]}', b'{"content":[{"type":"text","text":"x","citations":["y"]}]}',
    b'{"content":[{"type":"thinking","thinking":"x","signature":["y"]}]}',
])  # fmt: skip
def test_a_whole_answer_that_cannot_be_read_is_never_relayed(body: bytes) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        answer().complete(body)
    assert CUT not in caught.value.message


def test_a_server_that_forgets_a_stop_and_says_done_is_understood() -> None:
    datas = [start(), text_start(), delta(0, "text_delta", text="ok"), *ended(), b"[DONE]"]
    assert joined(run(answer(), datas))["content"][0]["text"] == "ok"
