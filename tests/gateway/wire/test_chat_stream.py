"""Answers: streamed or not, the caller gets the same text, the same end, and nothing that was not judged."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.policy import ActionKind
from gateway.errors import UpstreamFailed, UpstreamTimeout
from gateway.wire.chat import Answer
from tests.gateway.wire.fakes import CUT, EDIT, REFUSAL, REPLACEMENT, FakeExchange, expected
from tests.gateway.wire.streams import HEAD, chunk, events, joined, request, run, usage


def answer(**fields: Any) -> Answer:
    return Answer(FakeExchange(), request(**fields))


def test_a_harmless_stream_passes_event_by_event() -> None:
    datas = [chunk({"role": "assistant", "content": ""}), chunk({"content": "Hello, "}), chunk({"content": "world"})]
    end = chunk({}, "stop")
    out = run(answer(), [*datas, end])
    assert joined(out) == {0: {"content": "Hello, world", "role": "assistant", "finish_reason": "stop", "logprobs": []}}
    assert events(out)[0] == json.loads(datas[0])
    assert events(out)[-2:] == [json.loads(end), "[DONE]"]


def test_an_event_whose_text_is_all_held_is_not_sent() -> None:
    live = answer()
    live.feed(chunk({"role": "assistant", "content": ""}))
    assert live.feed(chunk({"content": "abc"})) == b""
    assert events(live.feed(chunk({"content": "defg"})))[0]["choices"][0]["delta"] == {"content": "ab"}


def test_a_cut_ends_its_choice_with_the_refusal() -> None:
    live = answer(stream_options={"include_usage": True})
    out = run(live, [chunk({"role": "assistant", "content": ""}), usage(3, 1), chunk({"content": f"well {CUT} never"}),
                     chunk({"content": "never seen"}), chunk({}, "stop")])  # fmt: skip
    assert live.done
    said = [(each["choices"][0]["delta"], each["choices"][0]["finish_reason"]) for each in events(out)[2:-1]]
    assert said == [({"content": "well "}, None), ({"content": f"\n\n{REFUSAL}"}, None), ({}, "content_filter")]
    assert events(out)[-1] == "[DONE]"
    assert live.usage == (3, 1)


def test_usage_that_came_with_tokens_is_told_after_a_cut() -> None:
    live = answer(stream_options={"include_usage": True})
    first = orjson.loads(chunk({"role": "assistant", "content": "x"}))
    first["usage"] = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    out = run(live, [orjson.dumps(first), chunk({"content": CUT})])
    assert events(out)[-2] == {**HEAD, "choices": [], "usage": first["usage"]}
    assert events(out)[-1] == "[DONE]"


def test_other_choices_go_on() -> None:
    live = answer(n=2)
    datas = [chunk({"role": "assistant", "content": ""}, index=i) for i in (0, 1)]
    datas += [chunk({"content": f"bad {CUT}"}, index=0), chunk({"content": "good"}, index=1)]
    datas += [chunk({"content": "swallowed"}, index=0), chunk({"content": " end"}, index=1)]
    out = b"".join(map(live.feed, datas))
    assert not live.done
    out += b"".join(map(live.feed, [chunk({}, "stop", index=0), chunk({}, "length", index=1), usage()])) + live.finish()
    choices = joined(out)
    assert (choices[0]["content"], choices[0]["finish_reason"]) == (f"bad \n\n{REFUSAL}", "content_filter")
    assert (choices[1]["content"], choices[1]["finish_reason"]) == ("good end", "length")
    assert events(out)[-2]["usage"]["prompt_tokens"] == 3


def test_done_when_one_choice_ended_and_the_other_was_cut() -> None:
    live = answer(n=2)
    live.feed(chunk({"content": "ok"}, "stop", index=0))
    assert not live.done
    live.feed(chunk({"content": CUT}, index=1))
    assert live.done


def test_several_choices_in_one_event() -> None:
    live = answer(n=2)
    both = {**HEAD, "choices": [{"index": 0, "delta": {"content": "abcdefgh"}, "finish_reason": "stop"},
                                {"index": 1, "delta": {"content": f"x{CUT}"}, "finish_reason": None}]}  # fmt: skip
    out = live.feed(orjson.dumps(both)) + live.finish()
    choices = joined(out)
    assert choices[0]["content"] == "abcdefgh"
    assert choices[1]["content"] == f"x\n\n{REFUSAL}"
    assert [choices[i]["finish_reason"] for i in (0, 1)] == ["stop", "content_filter"]


def test_tool_calls_in_pieces() -> None:
    datas = [
        chunk({"role": "assistant", "content": None}),
        chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "find"}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"q": "SEC'}}]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": 'RET", "r": 1}'}}]}),
        chunk({"tool_calls": [{"index": 1, "id": "call_2", "type": "function",
                               "function": {"name": "stop", "arguments": ""}}]}),
        chunk({}, "tool_calls"),
    ]  # fmt: skip
    out = run(answer(), datas)
    assert joined(out)[0]["tool_calls"] == {
        0: {"index": 0, "id": "call_1", "type": "function",
            "function": {"name": "find", "arguments": f'{{"q": "{REPLACEMENT}", "r": 1}}'}},
        1: {"index": 1, "id": "call_2", "type": "function", "function": {"name": "stop", "arguments": ""}},
    }  # fmt: skip
    first = next(each for each in events(out) if "tool_calls" in each["choices"][0]["delta"])
    assert first["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] == "find"


def test_a_name_in_pieces_is_judged_whole_and_sent_whole() -> None:
    live = Answer(exchange := FakeExchange(), request())
    call = [{"index": 0, "id": "c", "type": "function", "function": {"name": "get_"}}]
    assert live.feed(chunk({"tool_calls": call})) == b""
    assert live.feed(chunk({"tool_calls": [{"index": 0, "function": {"name": "SECRET"}}]})) == b""
    out = live.feed(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}))
    function = events(out)[0]["choices"][0]["delta"]["tool_calls"][0]
    assert (function["id"], function["function"]["name"]) == ("c", f"get_{REPLACEMENT}")
    assert "get_SECRET" in exchange.seen()


def test_a_call_without_arguments_comes_out_at_the_end() -> None:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "ping"}}
    out = run(answer(), [chunk({"tool_calls": [call]}), chunk({}, "tool_calls")])
    assert joined(out)[0]["tool_calls"] == {0: call}
    assert joined(out)[0]["finish_reason"] == "tool_calls"


def test_a_cut_in_arguments_ends_the_choice() -> None:
    begin = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": "'}}
    out = run(answer(), [chunk({"tool_calls": [begin]}),
                         chunk({"tool_calls": [{"index": 0, "function": {"arguments": f'x{CUT}"}}'}}]}),
                         chunk({}, "tool_calls")])  # fmt: skip
    choice = joined(out)[0]
    assert choice["tool_calls"][0]["function"]["arguments"] == '{"a": "x'
    assert (choice["content"], choice["finish_reason"]) == (REFUSAL, "content_filter")


def test_thoughts_end_where_the_answer_begins() -> None:
    live = answer()
    out = live.feed(chunk({"role": "assistant", "reasoning_content": "Let me"}))
    assert events(out)[0]["choices"][0]["delta"] == {"role": "assistant", "reasoning_content": "L"}
    delta = events(live.feed(chunk({"content": "So: "})))[0]["choices"][0]["delta"]
    assert delta == {"reasoning_content": "et me"}
    assert joined(live.feed(chunk({}, "stop")))[0]["content"] == "So: "


def test_thoughts_that_block_leave_no_answer() -> None:
    live = answer()
    out = live.feed(chunk({"reasoning": f"I think {CUT[:5]}"})) + live.feed(chunk({"reasoning": "T", "content": "Hi"}))
    choice = joined(out)[0]
    assert (choice["reasoning"], choice["content"], choice["finish_reason"]) == ("I think ", REFUSAL, "content_filter")


@pytest.mark.parametrize("delta", [
    {"brand_new": "text SECRET text"}, {"refusal": "no SECRET no"}, {"function_call": {"name": "f", "arguments": "SECRET"}},
    {"audio": {"id": "a1", "transcript": "say SECRET"}}, {"annotations": [{"type": "url_citation", "url_citation":
     {"title": "SECRET", "url": "https://x.example/SECRET", "start_index": 0, "end_index": 1}}]},
    {"nested": {"deep": [{"down": "SECRET"}]}}, {"content": [{"type": "text", "text": "SECRET"}]},
])  # fmt: skip
def test_every_other_string_is_judged(delta: dict[str, Any]) -> None:
    out = run(answer(), [chunk(json.loads(json.dumps(delta))), chunk({}, "stop")])
    assert EDIT.encode() not in out
    assert REPLACEMENT.encode() in out
    plain = answer().complete(orjson.dumps({"choices": [{"index": 0, "message": delta, "finish_reason": "stop"}]}))
    assert EDIT.encode() not in plain
    assert REPLACEMENT.encode() in plain


@pytest.mark.parametrize("delta", [
    {"SECRET": "x"}, {"SECRET": {"a": 1}}, {"nested": {"SECRET": 1}}, {"tool_calls": [{"index": 0, "SECRET": 1}]},
])  # fmt: skip
def test_a_key_that_would_have_to_change_is_taken_out(delta: dict[str, Any]) -> None:
    assert EDIT.encode() not in run(answer(), [chunk(delta), chunk({}, "stop")])


@pytest.mark.parametrize("delta", [
    {"nested": {"a": "CUTCUT", "b": "never judged"}}, {"CUTCUT": "never judged"},
    {"function_call": {"name": "CUTCUT", "arguments": "never judged"}}, {"extra": ["CUTCUT", "never judged"]},
    {"tool_calls": [{"index": 0, "function": {"name": "CUTCUT", "arguments": "never judged"}}]},
    {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "CUTCUT", "arguments": "never judged"}}]},
    {"audio": {"data": "AAAA", "transcript": "never judged"}}, {"reasoning": "CUTCUT", "content": "never judged"},
    {"content": "CUTCUT", "zzz": "never judged"},
])  # fmt: skip
def test_after_a_cut_nothing_unjudged_goes_out(delta: dict[str, Any]) -> None:
    out = run(answer(), [chunk(json.loads(json.dumps(delta))), chunk({}, "stop")])
    plain = answer().complete(orjson.dumps({"choices": [{"index": 0, "message": delta, "finish_reason": "stop"}]}))
    for sent in (out, plain):
        assert b"never judged" not in sent
        assert b"AAAA" not in sent
        assert b"content_filter" in sent
        assert REFUSAL.encode() in sent


def test_sound_passes_where_the_policy_lets_it() -> None:
    live = Answer(FakeExchange(ActionKind.ALLOW), request())
    out = run(live, [chunk({"audio": {"id": "a", "data": "AAAA"}}), chunk({}, "stop")])
    assert b"AAAA" in out


@pytest.mark.parametrize("beside", [{"provider": "SECRET"}, {"citations": ["https://x.example/SECRET"]},
                                    {"SECRET": 1}, {"id": "a SECRET id"}])  # fmt: skip
def test_what_stands_beside_the_choices_is_judged(beside: dict[str, Any]) -> None:
    body = {**HEAD, "choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]} | beside
    assert EDIT.encode() not in answer().feed(orjson.dumps(body))
    again = answer()
    again.feed(chunk({"content": "a"}))
    body["choices"] = [{"index": 0, "delta": {"content": "a token"}, "finish_reason": None}]
    assert EDIT.encode() not in again.feed(orjson.dumps(body))


def test_a_block_beside_the_choices_fails_the_answer() -> None:
    with pytest.raises(UpstreamFailed):
        answer().feed(orjson.dumps({**HEAD, "choices": [], "provider": CUT}))


def test_numbers_that_spell_the_text_are_taken_out() -> None:
    body = orjson.loads(chunk({"content": "x"}, token_ids=[1, 2]))
    body |= {"prompt_token_ids": [3], "prompt_logprobs": [None], "kv_transfer_params": {"a": 1}}
    out = answer().feed(orjson.dumps(body)) + answer().complete(orjson.dumps(
        {**body, "choices": [{"index": 0, "message": {"content": "x"}, "finish_reason": "stop", "token_ids": [1]}]}))
    for name in (b"token_ids", b"prompt_logprobs", b"kv_transfer"):
        assert name not in out


@pytest.mark.parametrize("data", [
    b"", b"{", b"[]", b"7", b"null", b"{}", b'{"choices":null}', b'{"choices":{}}', b'{"choices":[1]}',
    b'{"choices":[{}]}', b'{"choices":[{"index":0}]}', b'{"choices":[{"index":0,"delta":"x"}]}',
    b'{"choices":[{"index":1,"delta":{}}]}', b'{"choices":[{"index":-1,"delta":{}}]}',
    b'{"choices":[{"index":"0","delta":{}}]}', b'{"choices":[{"index":true,"delta":{}}]}',
    b'{"choices":[{"index":0,"delta":{"tool_calls":{}}}]}', b'{"choices":[{"index":0,"delta":{"tool_calls":[1]}}]}',
    b'{"choices":[{"index":0,"delta":{"tool_calls":[{"index":-1}]}}]}',
    b'{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":{}}}]}}]}',
    b'{"choices":[{"index":0,"delta":{"role":7}}]}', b'{"choices":[{"index":0,"delta":{},"finish_reason":7}]}',
    b'{"choices":[{"index":0,"delta":{},"finish_reason":"SECRET and more"}]}', b'{"choices":[{"index":0,"delta":{"a":"\xff"}}]}',
])  # fmt: skip
def test_what_cannot_be_read_is_never_relayed(data: bytes) -> None:
    with pytest.raises(UpstreamFailed):
        answer().feed(data)
    with pytest.raises(UpstreamFailed):
        answer().complete(data.replace(b'"delta"', b'"message"'))


@pytest.mark.parametrize("error", [
    {"message": "SECRET prompt", "type": "BadRequestError", "code": 400}, {"type": "SECRET prompt"}, "SECRET prompt", ["x"],
])  # fmt: skip
def test_an_error_in_the_place_of_an_answer(error: Any) -> None:
    for feed in (answer().feed, answer().complete):
        with pytest.raises(UpstreamFailed) as caught:
            feed(orjson.dumps({"error": error}))
        assert EDIT not in str(caught.value.body())
        assert ("BadRequestError" in caught.value.message) == (isinstance(error, dict) and "code" in error)


def test_a_lost_stream_keeps_what_it_held() -> None:
    live = answer()
    live.feed(chunk({"content": "abcdefgh"}))
    out = live.fail(UpstreamTimeout("The model server stopped."))
    assert events(out) == [{"error": {"message": "The model server stopped.", "type": "server_error", "param": None,
                                      "code": "upstream_timeout"}}]  # fmt: skip
    assert live.feed(chunk({"content": "more"})) == live.finish() == live.fail(UpstreamTimeout("again")) == b""


@pytest.mark.parametrize("datas", [[], [chunk({"content": "half an answ"})], [usage()],
                                   [chunk({"content": "x"}, "stop", index=1)]])  # fmt: skip
def test_a_stream_that_ends_too_early_is_lost(datas: list[bytes]) -> None:
    live = answer(n=2)
    for data in datas:
        live.feed(data)
    with pytest.raises(UpstreamFailed):
        live.finish()
    assert b"[DONE]" not in live.fail(UpstreamFailed("x"))


def test_done_from_the_model_server_ends_a_choice_that_gave_no_reason() -> None:
    out = run(answer(), [chunk({"content": "abcdefgh"}), b"[DONE]"])
    assert joined(out)[0]["content"] == "abcdefgh"
    assert events(out)[-1] == "[DONE]"


_TEXTS = st.lists(st.sampled_from(["a", "b ", CUT, EDIT, CUT[:3], EDIT[:4], "T", "é😀", '"', "\n", ""]), max_size=8).map("".join)


def _pieces(text: str, draw: st.DataObject) -> list[str]:
    cuts = sorted(draw.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(st.lists(st.tuples(_TEXTS, _TEXTS, _TEXTS), min_size=1, max_size=3), st.data())
def test_streamed_or_not_the_same_text_arrives(texts: list[tuple[str, str, str]], data: st.DataObject) -> None:
    n = len(texts)
    messages, lanes = [], []
    for index, (thought, text, arguments) in enumerate(texts):
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
        message = {"role": "assistant", "reasoning_content": thought, "content": text, "tool_calls": [call]}
        messages.append({"index": index, "message": message, "finish_reason": "stop"})
        lane = [{"reasoning_content": piece} for piece in _pieces(thought, data)]
        lane += [{"content": piece} for piece in _pieces(text, data)]
        lane.append({"tool_calls": [{**call, "function": {"name": "f", "arguments": ""}}]})
        lane += [{"tool_calls": [{"index": 0, "function": {"arguments": each}}]} for each in _pieces(arguments, data)]
        lanes.append([chunk(delta, index=index) for delta in lane] + [chunk({}, "stop", index=index)])
    order = data.draw(st.permutations([i for i, lane in enumerate(lanes) for _ in lane]))
    datas = [lanes[index].pop(0) for index in order]
    exchange = FakeExchange()
    streamed = joined(run(Answer(exchange, request(n=n)), datas))
    plain_exchange = FakeExchange()
    plain = json.loads(Answer(plain_exchange, request(n=n)).complete(orjson.dumps({**HEAD, "choices": messages})))
    for index, (thought, text, arguments) in enumerate(texts):
        said, got = plain["choices"][index], streamed[index]
        message = said["message"]
        assert said["finish_reason"] == got["finish_reason"]
        for name, known in (("reasoning_content", thought), ("content", text)):
            assert (message.get(name) or "") == (got.get(name) or "")
            assert (got.get(name) or "").removesuffix(REFUSAL).removesuffix("\n\n") in expected(known)[0]
        called = [each["function"]["arguments"] for each in message.get("tool_calls", [])]
        assert called == [each["function"]["arguments"] for _, each in sorted(got.get("tool_calls", {}).items())]
        if not any(expected(each)[1] for each in (thought, text, arguments)):
            assert got["content"] if text else True
            assert called == [expected(arguments)[0]]
            assert got["finish_reason"] == "stop"
        else:
            assert got["finish_reason"] == "content_filter"
