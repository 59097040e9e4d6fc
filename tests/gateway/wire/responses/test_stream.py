"""Law 1 for responses: streamed or not, whatever the pieces and however items mingle, the same response arrives."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.policy import ActionKind
from gateway.errors import UpstreamFailed, UpstreamTimeout
from gateway.wire.responses import Answer
from tests.gateway.wire.fakes import CUT, EDIT, REFUSAL, REPLACEMENT, FakeExchange
from tests.gateway.wire.responses import server
from tests.gateway.wire.responses.server import call, event, events, frames, message, said, thoughts, whole
from tests.gateway.wire.streams import run


def answer(unreadable: ActionKind = ActionKind.BLOCK, **fields: Any) -> Answer:
    return server.request(**fields).answer(FakeExchange(unreadable))


def complete(response: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return json.loads(answer(**fields).complete(orjson.dumps(response)))  # type: ignore[no-any-return]


def by(size: int) -> server.Cutter:
    return lambda text: [text[at : at + size] for at in range(0, len(text), size)]


_FOUR = by(4)


def streamed(response: dict[str, Any], cut: server.Cutter = _FOUR, **fields: Any) -> list[dict[str, Any]]:
    return events(run(answer(**fields), frames(server.stream(response, cut))))


def last(found: list[dict[str, Any]]) -> dict[str, Any]:
    return found[-1]["response"]  # type: ignore[no-any-return]


def told(response: dict[str, Any]) -> dict[str, Any]:
    """What a caller can be told in both modes: a stream that is cut never hears how many tokens there were."""
    return {key: each for key, each in response.items() if key != "usage"}


# -- the law ---------------------------------------------------------------------------------------

_WORDS = st.sampled_from(["a", "b ", CUT, EDIT, CUT[:3], EDIT[:4], "T", "é😀", '"', "\\", "\n", "{}", "plain words here. "])
TEXTS = st.lists(_WORDS, max_size=7).map("".join)
_NOTES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12), TEXTS), max_size=2).map(lambda notes: [
    {"type": "url_citation", "start_index": at, "end_index": at + length, "title": title, "url": "https://x.example/a"}
    for at, length, title in notes])  # fmt: skip


@st.composite
def items(draw: st.DrawFn, at: int = 0) -> dict[str, Any]:
    kind = draw(st.sampled_from(["message", "message", "reasoning", "call", "custom", "mcp", "code", "search"]))
    if kind == "message":
        parts = draw(st.lists(st.one_of(
            st.builds(lambda text, notes: said(text, annotations=notes), TEXTS, _NOTES),
            st.builds(lambda text: {"type": "refusal", "refusal": text}, TEXTS),
        ), min_size=1, max_size=2))  # fmt: skip
        return message(*parts, name=f"msg_{at}")
    if kind == "reasoning":
        lane = draw(st.booleans())
        texts = draw(st.lists(TEXTS, min_size=1, max_size=2))
        made = thoughts(*([] if lane else texts), summary=texts if lane else (), name=f"rs_{at}")
        return made | draw(st.sampled_from([{}, {"encrypted_content": "gAAAA+/="}, {"encrypted_content": None}]))
    if kind == "call":
        return call(draw(TEXTS), draw(st.sampled_from(["find", "find", f"get_{EDIT}", CUT])), at)
    if kind == "custom":
        return {"id": f"ct_{at}", "type": "custom_tool_call", "call_id": f"c_{at}", "name": "run", "input": draw(TEXTS)}
    if kind == "mcp":
        return {"id": f"mcp_{at}", "type": "mcp_call", "status": "completed", "server_label": "wiki", "name": "get",
                "arguments": draw(TEXTS), "output": draw(TEXTS), "error": None}  # fmt: skip
    if kind == "code":
        return {"id": f"ci_{at}", "type": "code_interpreter_call", "status": "completed", "container_id": "cntr_1",
                "code": draw(TEXTS), "outputs": [{"type": "logs", "logs": draw(TEXTS)}]}  # fmt: skip
    return {"id": f"ws_{at}", "type": "web_search_call", "status": "completed",
            "action": {"type": "search", "query": draw(TEXTS), "queries": [draw(TEXTS)]}}  # fmt: skip


OUTPUTS = st.integers(1, 3).flatmap(lambda count: st.tuples(*[items(at) for at in range(count)])).map(list)


def read(output: list[Any]) -> str:
    """All that is said, and parts of one kind that follow each other as a client shows them."""
    lanes = [parts for item in output for key in ("content", "summary") for parts in [item.get(key) or []]]
    runs = [[part.get("text", part.get("refusal")) for part in run]
            for parts in lanes for _, run in groupby(parts, key=lambda part: part["type"])]  # fmt: skip
    return "\n".join([json.dumps(output), *map("".join, runs)])


@settings(max_examples=1500, deadline=None)
@given(output=OUTPUTS, cuts=st.lists(st.integers(0, 60), max_size=12), order=st.lists(st.integers(0, 2), max_size=60))
def test_streamed_or_not_the_same_response_arrives(output: list[Any], cuts: list[int], order: list[int]) -> None:
    response = whole(output)
    plain = complete(response)

    def cut(text: str) -> list[str]:
        marks = sorted({each % (len(text) + 1) for each in cuts})
        return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]

    lanes = [list(server.item(raw, index, cut)) for index, raw in enumerate(output)]
    found = events(run(answer(), frames(server.told(response, lanes, order))))
    assert told(last(found)) == told(plain)
    assert server.built(found) == plain["output"]
    assert CUT not in json.dumps(found) + json.dumps(plain)
    assert EDIT not in json.dumps(found) + json.dumps(plain)
    if CUT in read(output):
        assert (plain["status"], plain["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
        assert REFUSAL in json.dumps(plain)
        assert found[-1]["type"] == "response.incomplete"
    else:
        assert plain["status"] == "completed"
        assert found[-1]["type"] == "response.completed"
        assert last(found)["usage"] == server.USAGE
        if EDIT not in read(output):
            assert plain == response


@given(text=TEXTS, notes=_NOTES, size=st.integers(1, 5))
def test_citations_point_at_the_words_they_pointed_at(text: str, notes: list[Any], size: int) -> None:
    """A text that is cut has none: what it was to be proved by may be what was cut."""
    notes = [{**each, "title": ""} for each in notes if each["end_index"] <= len(text)]
    response = whole([message(said(text, annotations=notes))])
    part = complete(response)["output"][0]["content"][0]
    assert part == last(streamed(response, by(size)))["output"][0]["content"][0]
    kept = []
    for each in notes:
        words = text[each["start_index"] : each["end_index"]]
        around = [at for at in range(len(text)) if text.startswith(EDIT, at)]
        hit = any(at < each["end_index"] and each["start_index"] < at + len(EDIT) for at in around)
        if not hit and CUT not in text:
            kept.append(words)
    assert [part["text"][each["start_index"] : each["end_index"]] for each in part["annotations"]] == kept


def test_a_citation_moves_with_its_words() -> None:
    text = f"{EDIT} then a page and {EDIT} again"
    note = {"type": "url_citation", "title": "A page", "url": "https://x.example/"}
    page, edited, again = text.index("a page"), text.rindex(EDIT), text.index("again")
    notes = [{**note, "start_index": at, "end_index": at + 5} for at in (page, edited + 1, again)]
    response = whole([message(said(text, annotations=notes))])
    for got in (complete(response), last(streamed(response))):
        part = got["output"][0]["content"][0]
        assert [part["text"][each["start_index"] : each["end_index"]] for each in part["annotations"]] == ["a pag", "again"]


@given(texts=st.lists(TEXTS, min_size=2, max_size=3), order=st.lists(st.integers(0, 2), max_size=40), summed=st.booleans())
def test_parts_that_mingle_are_judged_one_after_the_other(texts: list[str], order: list[int], summed: bool) -> None:
    raw = thoughts(summary=texts) if summed else message(*[said(text) for text in texts])
    sent = list(server.item(raw, 0, by(3)))
    index = "summary_index" if summed else "content_index"
    lanes = [[each for each in sent if each.get(index) == at] for at in range(len(texts))]
    mingled = server.told(whole([]), lanes, order)[2:-1]
    response = whole([raw])
    events_ = [*server.stream(response)[:2], sent[0], *mingled, sent[-1], server.stream(response)[-1]]
    found = events(run(answer(), frames(events_)))
    plain = complete(response)
    assert told(last(found)) == told(plain)
    assert server.built(found) == plain["output"]


# -- cases -----------------------------------------------------------------------------------------


def test_an_unedited_stream_passes_event_by_event() -> None:
    note = {"type": "url_citation", "start_index": 0, "end_index": 5, "title": "A page", "url": "https://x.example/"}
    response = whole([
        thoughts("Let me see."), call('{"q": 1}'), message(said("Hello, world", annotations=[note])),
        {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}},
    ])  # fmt: skip
    sent = server.stream(response, lambda text: [text])
    found = streamed(response, lambda text: [text])
    kinds = [each["type"] for each in found]
    assert [kind for kind in kinds if not kind.endswith(".delta")] == [
        each["type"] for each in sorted(sent, key=lambda each: 0) if not each["type"].endswith(".delta")
    ]
    for mine in found:
        if not mine["type"].endswith(".delta"):
            theirs = next(each for each in sent if each["type"] == mine["type"] and _same_place(each, mine))
            assert {**theirs, "sequence_number": 0} == {**mine, "sequence_number": 0}
    assert last(found) == response


def _same_place(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one.get(key) == other.get(key) for key in ("output_index", "content_index", "summary_index"))


def test_a_cut_ends_the_text_the_turn_and_the_response() -> None:
    found = streamed(whole([message(said(f"well {CUT} never")), call("{}")]), by(3))
    kinds = [each["type"].removeprefix("response.") for each in found]
    assert kinds[4:] == ["output_text.delta"] * (len(kinds) - 8) + [
        "output_text.done", "content_part.done", "output_item.done", "incomplete"]  # fmt: skip
    final = last(found)
    assert (final["status"], final["incomplete_details"]) == ("incomplete", {"reason": "content_filter"})
    (item,) = final["output"]
    assert item["status"] == "incomplete"
    assert item["content"][0]["text"] == f"well \n\n{REFUSAL}"


@pytest.mark.parametrize("item", [
    call(f'{{"a": "x{CUT}"}}'), thoughts(f"I think {CUT}"), thoughts(summary=[f"In short {CUT}"]), call("{}", name=CUT),
    {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": CUT}},
    {"id": "fs_1", "type": "file_search_call", "status": "completed", "queries": ["a"], "results": [
        {"file_id": "f", "filename": "n", "text": CUT}, {"file_id": "g", "filename": "n", "text": "never judged"}]},
    {"id": "x_1", "type": "brand_new_call", "SECRET": 1, "deep": {"down": [CUT]}, "zzz": "never judged"},
])  # fmt: skip
def test_a_cut_outside_a_turn_is_followed_by_one_that_says_so(item: dict[str, Any]) -> None:
    response = whole([item, message(said("never judged"))])
    found, plain = streamed(response), complete(response)
    assert told(last(found)) == told(plain)
    assert server.built(found) == plain["output"]
    first, refusal = plain["output"]
    assert (first["type"], first["status"]) == (item["type"], "incomplete")
    assert refusal["content"][0]["text"] == REFUSAL
    for sent in (json.dumps(found), json.dumps(plain)):
        assert "never judged" not in sent
        assert EDIT not in sent


@pytest.mark.parametrize("item", [
    {"id": "x", "type": "brand_new_call", "text": "a SECRET", "deep": [{"down": "SECRET"}], "SECRET": 1},
    {"id": "a SECRET id", "type": "message", "role": "assistant", "status": "completed", "content": [said("x")]},
    {"id": "m", "type": "message", "status": "completed", "role": "assistant", "content": [
        {"type": "output_audio", "transcript": "SECRET", "brand": "SECRET"}]},
    {"id": "m", "type": "message", "status": "completed", "role": "assistant", "content": [
        said("SECRET", annotations=[{"type": "file_path", "file_id": "SECRET id", "index": 0}], note="SECRET")]},
    {"id": "r", "type": "reasoning", "summary": [], "encrypted_content": "a SECRET that is not encrypted"},
    {"id": "s", "type": "shell_call_output", "call_id": "c", "status": "completed", "output": [
        {"stdout": "SECRET", "stderr": "SECRET", "outcome": {"type": "exit", "exit_code": 0}}]},
    {"id": "c", "type": "computer_call", "call_id": "c", "status": "completed", "pending_safety_checks": [
        {"id": "c", "code": "x", "message": "SECRET"}], "action": {"type": "type", "text": "SECRET"}},
    {"id": "p", "type": "program_output", "call_id": "c", "status": "completed", "result": "SECRET"},
])  # fmt: skip
def test_every_other_string_is_judged(item: dict[str, Any]) -> None:
    response = whole([item])
    found, plain = streamed(response), complete(response)
    assert told(last(found)) == told(plain)
    for sent in (json.dumps(found), json.dumps(plain)):
        assert EDIT not in sent
        assert REPLACEMENT in sent


def test_pictures_pass_where_the_policy_lets_them() -> None:
    item = {"id": "ig", "type": "image_generation_call", "status": "completed", "result": "aGVsbG8="}
    response = whole([item])
    sent = server.stream(response)
    sent.insert(3, event("response.image_generation_call.partial_image", item_id="ig", output_index=0,
                         partial_image_index=0, partial_image_b64="aGVsbA=="))  # fmt: skip
    found = events(run(answer(ActionKind.ALLOW), frames(sent)))
    assert last(found) == response
    assert found[3]["partial_image_b64"] == "aGVsbA=="
    stopped = events(run(answer(ActionKind.BLOCK), frames(sent)))
    assert "aGVsb" not in json.dumps(stopped)
    assert last(stopped)["status"] == complete(response)["status"] == "incomplete"


def test_probabilities_go_with_their_text() -> None:
    def entry(token: str) -> dict[str, Any]:
        return {"token": token, "logprob": -0.5, "bytes": list(token.encode()), "top_logprobs": []}

    def tokens(*words: str) -> dict[str, Any]:
        return message(said("".join(words), logprobs=[entry(each) for each in words]))

    clean, edited = whole([tokens("Hello ", "wor", "ld")]), whole([tokens("Hello ", "SEC", "RET", " world")])
    for fields in ({"top_logprobs": 1}, {"include": ["message.output_text.logprobs"]}):
        found = streamed(clean, **fields)
        assert last(found) == clean == complete(clean, **fields)
        assert [each["token"] for piece in found if piece["type"].endswith("text.delta") for each in piece["logprobs"]] == [
            "Hello ", "wor", "ld"]  # fmt: skip
        part = last(streamed(edited, **fields))["output"][0]["content"][0]
        assert [each["token"] for each in part["logprobs"]] == ["Hello "]
        assert part == complete(edited, **fields)["output"][0]["content"][0]
    assert last(streamed(clean))["output"][0]["content"][0]["logprobs"] == []  # no one asked for them


def test_what_the_request_says_may_be_said_again() -> None:
    own = {"instructions": f"Never say {CUT}.", "metadata": {"SECRET": "SECRET"},
           "tools": [{"type": "function", "name": "f", "description": CUT, "parameters": {}}]}  # fmt: skip
    echoed = {**own, "tools": [{**own["tools"][0], "strict": True, "added": "a SECRET"}]}
    response = whole([message(said("ok"))], **echoed)
    for got in (complete(response, **own), last(streamed(response, **own))):
        assert got["instructions"] == own["instructions"]
        assert got["metadata"] == own["metadata"]
        assert got["tools"] == [{**own["tools"][0], "strict": True, "added": f"a {REPLACEMENT}"}]
    with pytest.raises(UpstreamFailed):
        complete(response)
    with pytest.raises(UpstreamFailed):
        streamed(response)


@pytest.mark.parametrize("beside", [{"provider": "SECRET"}, {"SECRET": 1}, {"id": "a SECRET id"},
                                    {"error": {"code": "server_error", "message": "SECRET"}, "status": "failed"},
                                    {"output_text": "SECRET"}, {"output_messages": ["SECRET"]}])  # fmt: skip
def test_what_stands_around_the_items_is_judged(beside: dict[str, Any]) -> None:
    response = whole([message(said("x"))], **beside)
    assert EDIT not in json.dumps(complete(response))
    assert EDIT not in json.dumps(streamed(response))


def test_text_that_a_server_adds_is_written_anew() -> None:
    response = whole([message(said("a SECRET"), said(" b"))], output_text="a SECRET b")
    assert complete(response)["output_text"] == last(streamed(response))["output_text"] == f"a {REPLACEMENT} b"


def test_events_that_no_one_knows_are_dropped_unless_they_hold_no_text() -> None:
    sent = server.stream(whole([message(said("hello there"))]), by(3))
    new = [event("response.brand_new.delta", output_index=0, item_id="msg_1", delta="SECRET"),
           event("response.brand_new.delta", output_index=0, item_id="msg_1", delta="CUTCUT"),
           event("response.brand_new.in_progress", output_index=0, item_id="msg_1", more=1),
           event("keepalive"), event("response.brand_new.word", word="SECRET")]  # fmt: skip
    found = events(run(answer(), frames([*sent[:6], *new, *sent[6:]])))
    kinds = [each["type"] for each in found]
    assert "response.brand_new.in_progress" in kinds
    assert "keepalive" in kinds
    assert not {"response.brand_new.delta", "response.brand_new.word"} & set(kinds)
    assert last(found)["output"][0]["content"][0]["text"] == "hello there"


def test_a_server_that_streams_nothing_but_the_end() -> None:
    response = whole([thoughts("Hm SECRET."), message(said("a SECRET")), call('{"a": "SECRET"}')])
    sent = server.stream(response)
    found = events(run(answer(), frames([sent[0], sent[-1]])))
    assert server.built(found) == last(found)["output"] == complete(response)["output"]


def test_what_a_server_leaves_out_of_a_stream_is_made_up_for() -> None:
    response = whole([thoughts("Let me see."), message(said("Hello, world")), call('{"a": 1}')])
    sent = server.stream(response, by(5))
    for left_out in ("_part.added", "_part.done", "_text.done", "arguments.done", "output_item.done", ".delta"):
        found = events(run(answer(), frames([each for each in sent if not each["type"].endswith(left_out)])))
        assert server.built(found) == last(found)["output"] == response["output"], left_out


def test_repetitions_that_differ_from_what_was_said_do_not_count() -> None:
    sent = server.stream(whole([message(said("Hello, world"))]), by(5))
    other = json.loads(json.dumps(sent[2:]).replace('"Hello, world"', '"Something SECRET"'))
    found = events(run(answer(), frames([*sent[:2], *other])))
    assert server.built(found) == last(found)["output"] == [message(said("Hello, world"))]


def test_the_parts_of_thoughts_as_one_model_server_names_them() -> None:
    response = whole([thoughts("Let me see.")])
    sent = json.loads(json.dumps(server.stream(response, by(3))).replace("response.content_part", "response.reasoning_part"))
    found = events(run(answer(), frames(sent)))
    assert [each["type"] for each in found if "_part." in each["type"]] == [
        "response.reasoning_part.added", "response.reasoning_part.done"]  # fmt: skip
    assert last(found) == response


@pytest.mark.parametrize("data", [
    b"", b"{", b"[]", b"7", b"null", b"{}", b'{"type":7}', b'{"type":"response.created"}',
    b'{"type":"response.created","response":[]}', b'{"type":"response.output_item.added","item":{"type":"message"}}',
    b'{"type":"response.output_item.added","output_index":0}', b'{"type":"response.output_item.added","output_index":0,"item":{}}',
    b'{"type":"response.output_item.added","output_index":0,"item":{"type":"two words"}}',
    b'{"type":"response.output_item.added","output_index":-1,"item":{"type":"message"}}',
    b'{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"a"}',
    b'{"type":"response.output_text.delta","delta":"a"}', b'{"type":"response.completed","response":{"id":"\xff"}}',
])  # fmt: skip
def test_what_cannot_be_read_is_never_relayed(data: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        answer().feed(data)
    with pytest.raises(UpstreamFailed):
        answer().complete(data)


@pytest.mark.parametrize("kind", [
    {"type": "response.output_text.delta", "content_index": 0, "delta": 7},
    {"type": "response.output_text.delta", "content_index": "0", "delta": "a"},
    {"type": "response.output_text.delta", "content_index": 5000, "delta": "a"},
    {"type": "response.refusal.delta", "content_index": 0, "delta": "a"},
    {"type": "response.reasoning_summary_text.delta", "summary_index": 0, "delta": "a"},
    {"type": "response.function_call_arguments.delta", "delta": "a"},
    {"type": "response.content_part.added", "content_index": 1, "part": {"type": "output_text", "text": 7}},
    {"type": "response.output_item.added", "item": {"type": "message"}},
    {"type": "response.output_item.done", "item": {"type": "function_call"}},
])  # fmt: skip
def test_an_event_that_does_not_fit_its_item_fails_the_stream(kind: dict[str, Any]) -> None:
    live = answer()
    for data in frames(server.stream(whole([message(said("Hello"))]))[:4]):
        live.feed(data)
    if kind["type"] == "response.content_part.added":
        for data in frames(server.stream(whole([message(said("Hello"))]))[4:7]):
            live.feed(data)
    with pytest.raises(UpstreamFailed):
        live.feed(orjson.dumps({**kind, "output_index": 0, "item_id": "msg_1"}))


@pytest.mark.parametrize("error", [
    {"type": "error", "code": "server_error", "message": "SECRET prompt", "param": None},
    {"error": {"message": "SECRET prompt", "type": "BadRequestError", "code": 400}}, {"error": "SECRET prompt"},
])  # fmt: skip
def test_an_error_in_the_place_of_an_answer(error: dict[str, Any]) -> None:
    with pytest.raises(UpstreamFailed) as caught:
        answer().feed(orjson.dumps(error))
    assert EDIT not in str(caught.value.body())
    with pytest.raises(UpstreamFailed):
        answer().complete(orjson.dumps(error))


def test_a_lost_stream_ends_in_an_error_event_and_keeps_what_it_held() -> None:
    live = answer()
    out = b"".join(map(live.feed, frames(server.stream(whole([message(said("abcdefgh"))]))[:5])))
    found = events(out + live.fail(UpstreamTimeout("The model server stopped.")))
    assert found[-2]["delta"] == "abc"
    assert found[-1] == {"type": "error", "code": "upstream_timeout", "message": "The model server stopped.",
                         "param": None, "sequence_number": len(found) - 1}  # fmt: skip
    assert live.feed(b'{"type":"keepalive"}') == live.finish() == live.fail(UpstreamTimeout("again")) == b""


@pytest.mark.parametrize("count", [0, 1, 3, 6, 8])
def test_a_stream_that_ends_too_early_is_lost(count: int) -> None:
    live = answer()
    for data in frames(server.stream(whole([message(said("Hello"))]), by(2)))[:count]:
        live.feed(data)
    live.feed(b"[DONE]")
    with pytest.raises(UpstreamFailed):
        live.finish()


def test_too_much_out_of_turn_is_refused() -> None:
    live = answer()
    for at in (0, 1):
        live.feed(orjson.dumps(event("response.output_item.added", output_index=at, item=message(name=f"m{at}"))))
    piece = orjson.dumps(event("response.output_text.delta", output_index=1, content_index=0, delta="x" * (4 << 20)))
    for _ in range(7):
        assert live.feed(piece) == b""
    with pytest.raises(UpstreamFailed):
        live.feed(piece)


def test_usage_is_counted_after_a_cut_too() -> None:
    plain = answer()
    plain.complete(orjson.dumps(whole([message(said(CUT))])))
    assert plain.usage == (3, 5)
    live = answer()
    run(live, frames(server.stream(whole([message(said("ok"))]))))
    assert live.usage == (3, 5)
