"""Law 1 for the Messages API: the message that a client makes of the stream is the one that comes whole."""

from __future__ import annotations

import json
from typing import Any

import orjson
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.core.policy import Release
from gateway.core.types import Verdict
from gateway.wire.messages import Answer
from gateway.wire.messages.partial import begun
from tests.gateway.wire.messages.streams import event, joined, message, same, thought, tool, written
from tests.gateway.wire.streams import run
from tests.laws.oracle import Oracle
from tests.laws.test_law1_streaming import ASKED, PLANS, RELEASES, TEXTS

ORACLES = {release: Oracle(plan, ASKED) for release, plan in PLANS.items()}
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


def _pieces(marks: list[int], text: str) -> list[str]:
    ends = sorted({mark % (len(text) + 1) for mark in marks} | {len(text)})
    return [text[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def _texts(blocks: list[dict[str, Any]], oracle: Oracle) -> dict[int, str]:
    """What may be delivered of each text block: those that follow each other read as one, up to one that cites too much."""
    out: dict[int, str] = {}
    run: list[int] = []
    for index, block in enumerate([*blocks, {"type": "end"}]):
        if block["type"] == "text":
            run.append(index)
            if all(oracle.allowed(each["cited_text"]).cut is None for each in block["citations"] or ()):
                continue
        if run:
            out |= zip(run, oracle.allowed(*[blocks[at]["text"] for at in run]).texts, strict=True)
            run = []
    return out


def _check(blocks: list[dict[str, Any]], got: list[dict[str, Any]], oracle: Oracle, *, refused: bool) -> None:
    """Every string that was delivered is exactly what may be delivered of the one that was said in its place."""
    refusal, texts = oracle.open().refusal(0), _texts(blocks, oracle)
    for index, block in enumerate(got):
        said = blocks[index] if index < len(blocks) else {}
        last = refused and index == len(got) - 1
        if last and block == {"type": "text", "text": refusal, "citations": None}:
            continue  # in the place of what did not even begin, or after what is no text
        if said["type"] == "text":
            assert block["text"] in ([texts[index] + refusal, f"{texts[index]}\n\n{refusal}"] if last else [texts[index]])
            said, block = {**said, "text": ""}, {**block, "text": ""}
        _same(said, block, oracle)


def _same(said: Any, got: Any, oracle: Oracle) -> None:
    if isinstance(got, str):
        assert got == oracle.allowed(said).text
    elif isinstance(got, list):
        assert len(got) <= len(said)
        for one, other in zip(said, got, strict=False):
            _same(one, other, oracle)
    elif isinstance(got, dict):
        for key, each in got.items():
            if key == "input":
                allowed = oracle.allowed(json.dumps(said[key], ensure_ascii=False) if said[key] else "", name="content/9/partial_json")
                assert each == (json.loads(allowed.text or "{}") if allowed.cut is None else begun(allowed.text))
            elif key != "signature":  # it goes with what it signs, or not at all
                _same(said.get(key), each, oracle)


def _findings(verdict: Verdict) -> list[tuple[str, str]]:
    return [(each.rule, each.path) for each in verdict.findings]


@example(blocks=[{"type": "tool_use", "id": "toolu_1", "name": "send", "input": {"to": [["\u0336cHJvamVjdCBmYWxjb24="]]}}],
         marks=[], between=[], release=7, stopped=None, ascii_only=True)  # a tail counts characters, not escapes' letters
@settings(max_examples=1000, deadline=None)
@given(
    blocks=st.lists(BLOCKS, max_size=4), marks=st.lists(st.integers(0, 300), max_size=24), between=_BETWEEN,
    release=st.sampled_from(RELEASES), stopped=st.none() | TEXTS, ascii_only=st.booleans(),
)  # fmt: skip
def test_the_stream_adds_up_to_the_whole(
    blocks: list[dict[str, Any]], marks: list[int], between: list[bytes], release: Release, stopped: str | None,
    ascii_only: bool,
) -> None:
    told = message(*blocks, stop_sequence=stopped)
    at_once, live = ORACLES[release].open(), ORACLES[release].open()
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
    _check(blocks, streamed["content"], ORACLES[release], refused=bool(verdict.rules))
    assert live.verdict().rules == at_once.verdict().rules
    if ascii_only:  # offsets are those of what is written, which differs by its escapes
        assert _findings(live.verdict()) == _findings(at_once.verdict())
    else:
        assert live.verdict() == at_once.verdict()
