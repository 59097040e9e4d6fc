"""Law 1 for the Messages API: the message that a client makes of the stream is the one that comes whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.exchange import Exchange
from gateway.core.text import canonical
from gateway.core.types import Context, Verdict
from gateway.wire.messages import Answer
from tests.gateway.wire.messages.streams import event, joined, message, same, thought, tool, written
from tests.gateway.wire.streams import run
from tests.laws.test_law1_streaming import ASKED, PLANS, TEXTS

_BLOCKED = re.compile(r"\bproject\s{1,3}falcon\b", re.ASCII | re.IGNORECASE)
_KEYS = st.sampled_from(["to", "note", "ann@quill.example", "é \"q\" \\", "12 345 678", "partial_json"])
_LEAVES = st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.none(), st.sampled_from([0.5, -12.25]))
_INPUTS = st.dictionaries(
    _KEYS, st.recursive(_LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=2),
                        max_leaves=5), max_size=3)  # fmt: skip
_CITATIONS = st.lists(
    st.builds(lambda text: {"type": "char_location", "cited_text": text, "document_index": 0, "document_title": None,
                            "start_char_index": 0, "end_char_index": 5, "file_id": None}, TEXTS), max_size=2)  # fmt: skip
_FOUND = st.builds(
    lambda title: {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "caller": {"type": "direct"}, "content": [
        {"type": "web_search_result", "title": title, "url": "https://quill.example", "encrypted_content": "cGFnZQ==",
         "page_age": None}]}, TEXTS)  # fmt: skip
BLOCKS = st.one_of(
    st.builds(lambda text, cited: {"type": "text", "text": text, "citations": cited or None}, TEXTS, _CITATIONS),
    st.builds(thought, TEXTS),
    st.builds(tool, _INPUTS),
    st.builds(tool, _INPUTS, st.sampled_from(["send", "ask ann@quill.example", "project falcon"])),
    _FOUND,
    st.just({"type": "redacted_thinking", "data": "ZW5jcnlwdGVk"}),
)
_BETWEEN = st.lists(st.sampled_from([event("ping"), event("news", text="project falcon"), event("ping", text="x")]), max_size=2)


def _exchange(release: str) -> Exchange:
    exchange = Exchange(PLANS[release], Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(ASKED)
    return exchange


def _pieces(marks: list[int], text: str) -> list[str]:
    ends = sorted({mark % (len(text) + 1) for mark in marks} | {len(text)})
    return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(each)
    yield from value if isinstance(value, dict) else ()


def _findings(verdict: Verdict) -> list[tuple[str, str]]:
    return [(each.rule, each.path) for each in verdict.findings]


@settings(max_examples=1000, deadline=None)
@given(
    blocks=st.lists(BLOCKS, max_size=4), marks=st.lists(st.integers(0, 300), max_size=24), between=_BETWEEN,
    release=st.sampled_from(["stream", "complete"]), stopped=st.none() | TEXTS, ascii_only=st.booleans(),
)  # fmt: skip
def test_the_stream_adds_up_to_the_whole(
    blocks: list[dict[str, Any]], marks: list[int], between: list[bytes], release: str, stopped: str | None,
    ascii_only: bool,
) -> None:
    told = message(*blocks, stop_sequence=stopped)
    at_once, live = _exchange(release), _exchange(release)
    whole = json.loads(Answer(at_once).complete(orjson.dumps(told)))
    datas = written(told, lambda text: _pieces(marks, text), lambda value: json.dumps(value, ensure_ascii=ascii_only))
    for place, data in zip(marks, between, strict=False):
        datas.insert(1 + place % (len(datas) - 1), data)
    out = run(Answer(live), datas)
    streamed = joined(out)
    streamed.pop("usage")
    assert streamed == same(whole)
    verdict = at_once.verdict()
    assert (streamed["stop_reason"] == "refusal") == bool(verdict.rules)
    if all(each.rule == "code" for each in verdict.findings):  # an edit may end a word anew, which is then no leak
        assert not [text for text in _strings(streamed) if _BLOCKED.search(canonical(text))]
    assert live.verdict().rules == at_once.verdict().rules
    if ascii_only:  # offsets are those of what is written, which differs by its escapes
        assert _findings(live.verdict()) == _findings(at_once.verdict())
    else:
        assert live.verdict() == at_once.verdict()
