"""An entry of a token spells the token out: none goes out before its text, and none of edited text ever."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import UpstreamFailed
from gateway.wire.chat import Answer
from tests.gateway.wire.fakes import CUT, EDIT, FakeExchange
from tests.gateway.wire.streams import chunk, events, joined, request, run


def entry(token: str) -> dict[str, Any]:
    return {"token": token, "logprob": -0.5, "bytes": list(token.encode()), "top_logprobs": [
        {"token": token, "logprob": -0.5, "bytes": None}, {"token": "other", "logprob": -2, "bytes": None}]}  # fmt: skip


def tokens(out: bytes) -> list[str]:
    return [each["token"] for choice in joined(out).values() for each in choice["logprobs"]]


def piece(*parts: str, text: str | None = None) -> bytes:
    return chunk({"content": "".join(parts) if text is None else text}, logprobs={"content": [entry(each) for each in parts]})


def live() -> Answer:
    return Answer(FakeExchange(), request(logprobs=True, top_logprobs=2))


def test_entries_wait_for_their_text() -> None:
    answer = live()
    out = [answer.feed(piece("ab", "cd", "ef", "gh")), answer.feed(piece("ij"))]
    assert [tokens(each) for each in out] == [["ab"], ["cd"]]
    assert [joined(each)[0]["content"] for each in out] == ["abc", "de"]
    assert tokens(answer.feed(chunk({}, "stop"))) == ["ef", "gh", "ij"]


def test_after_an_edit_no_entry_goes_out() -> None:
    out = run(live(), [piece("a ", "SEC"), piece("RET"), piece(" b and more"), chunk({}, "stop")])
    assert joined(out)[0]["content"] == "a <*> b and more"
    assert tokens(out) == ["a "]


def test_after_a_cut_no_entry_goes_out() -> None:
    out = run(live(), [piece("well ", CUT[:3]), piece(CUT[3:], " never"), piece("seen")])
    assert joined(out)[0]["content"].startswith("well ")
    assert tokens(out) == ["well "]


def test_unasked_entries_are_taken_out() -> None:
    out = run(Answer(FakeExchange(), request()), [piece("abcdefgh"), chunk({}, "stop")])
    assert joined(out)[0]["content"] == "abcdefgh"
    assert tokens(out) == []


def test_tokens_that_are_not_the_text_are_judged_themselves() -> None:
    hidden = run(live(), [piece("SECRET", text="harmless"), chunk({}, "stop")])
    assert joined(hidden)[0]["content"] == "harmless"
    assert tokens(hidden) == []
    ended = run(live(), [piece("fine", "<|end|>", text="fine"), chunk({}, "stop")])
    assert tokens(ended) == ["fine", "<|end|>"]
    assert joined(run(live(), [piece(CUT, text="x"), chunk({}, "stop")]))[0]["finish_reason"] == "content_filter"


def test_tokens_that_block_cut_at_once() -> None:
    answer = live()
    out = answer.feed(piece(CUT, text="x"))
    assert answer.done
    assert joined(out)[0]["finish_reason"] == "content_filter"


def test_members_that_no_one_knows_are_taken_out() -> None:
    odd = {**entry("abcdefgh"), "note": "unjudged", "top_logprobs": [{"token": "x", "logprob": -1, "note": "unjudged"}]}
    data = chunk({"content": "abcdefgh"}, "stop", logprobs={"content": [odd], "note": "unjudged"})
    out = run(live(), [data])
    assert tokens(out) == ["abcdefgh"]
    assert b"unjudged" not in out


@pytest.mark.parametrize("logprobs", [7, "x", {"content": [1]}, {"content": [{}]}, {"content": [{"token": 1}]},
                                      {"content": [{"token": "x", "logprob": "SECRET"}]}])  # fmt: skip
def test_malformed_entries_are_never_relayed(logprobs: Any) -> None:
    with pytest.raises(UpstreamFailed):
        live().feed(chunk({"content": "abcdefgh"}, logprobs=logprobs))


_TOKENS = st.lists(st.sampled_from(["a", "bc", " d", CUT, EDIT, CUT[:3], CUT[3:], EDIT[:2], EDIT[2:], "é", "😀x"]), max_size=10)


@given(_TOKENS, st.data())
def test_streamed_or_not_the_same_entries_arrive(words: list[str], data: st.DataObject) -> None:
    text = "".join(words)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(words)), max_size=5)))
    groups = [words[a:b] for a, b in zip([0, *cuts], [*cuts, len(words)], strict=True)]
    streamed = joined(run(live(), [piece(*group) for group in groups] + [chunk({}, "stop")]))[0]
    message = {"role": "assistant", "content": text}
    body = {"choices": [{"index": 0, "message": message, "finish_reason": "stop",
                         "logprobs": {"content": [entry(each) for each in words], "refusal": None}}]}  # fmt: skip
    plain = json.loads(live().complete(orjson.dumps(body)))["choices"][0]
    got = [each["token"] for each in streamed["logprobs"]]
    assert got == [each["token"] for each in ((plain["logprobs"] or {}).get("content") or [])]
    assert plain["message"]["content"] == streamed["content"]
    assert streamed["content"].startswith("".join(got)[: len(streamed["content"])])
    if EDIT not in text and CUT not in text:
        assert got == words


def test_the_shape_of_the_events_stays() -> None:
    out = run(live(), [piece("abcdefgh"), chunk({}, "stop", logprobs=None)])
    assert all("logprobs" in each["choices"][0] for each in events(out)[:-1])
