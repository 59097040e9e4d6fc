"""Law 1 with the real machine: edits, placeholders, arguments that stay JSON, and answers that are held to their end."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.exchange import Exchange
from gateway.core.policy import Release
from gateway.core.types import Context
from gateway.wire.responses import Answer
from tests.gateway.wire.responses import server
from tests.gateway.wire.responses.server import call, events, frames, message, said, thoughts, whole
from tests.gateway.wire.streams import run
from tests.laws.test_law1_streaming import ASKED, NAMES, PLANS, RELEASES, TEXTS


def _answer(release: Release) -> tuple[Answer, Exchange]:
    exchange = Exchange(PLANS[release], Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(ASKED)
    return server.request().answer(exchange), exchange


@settings(max_examples=250, deadline=None)
@given(texts=st.tuples(TEXTS, TEXTS, TEXTS), release=st.sampled_from(RELEASES),
       cuts=st.lists(st.integers(0, 400), max_size=20), order=st.lists(st.integers(0, 2), max_size=40))  # fmt: skip
def test_streamed_or_not_with_real_rules(
    texts: tuple[str, str, str], release: Release, cuts: list[int], order: list[int]
) -> None:
    def cut(text: str) -> list[str]:
        marks = sorted({each % (len(text) + 1) for each in cuts})
        return [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]

    thought, turn, value = texts
    output = [thoughts(f"{thought} {NAMES[0]}"), message(said(f"{NAMES[0]} {turn}")), call(json.dumps({"a": value}))]
    response = whole(output)
    (plain, one), (live, other) = _answer(release), _answer(release)
    got = json.loads(plain.complete(orjson.dumps(response)))
    lanes = [list(server.item(raw, index, cut)) for index, raw in enumerate(output)]
    found = events(run(live, frames(server.told(response, lanes, order))))
    final: dict[str, Any] = found[-1]["response"]
    assert {**final, "usage": None} == {**got, "usage": None}
    assert server.built(found) == got["output"]
    assert one.verdict().rules == other.verdict().rules
    assert one.verdict().findings == other.verdict().findings
    if got["status"] == "completed":
        json.loads(got["output"][2]["arguments"])


@pytest.mark.parametrize("release", RELEASES)
def test_a_placeholder_of_this_request_is_undone_and_no_other(release: Release) -> None:
    other = "<MAIL_0123456789ab>"
    answer, _ = _answer(release)
    found = events(run(answer, frames(server.stream(whole([message(said(f"to {NAMES[0]}, not {other}."))]), list))))
    assert found[-1]["response"]["output"][0]["content"][0]["text"] == f"to ann@quill.example, not {other}."


def test_what_is_held_to_the_end_is_replaced_as_a_whole() -> None:
    answer, _ = _answer("complete")
    found = events(run(answer, frames(server.stream(whole([message(said("All fine. Then project falcon."))]), list))))
    (part,) = found[-1]["response"]["output"][0]["content"]
    assert part["text"].startswith("I can't share that.")
    assert part["text"].endswith("(decision d)")


def _parts(*texts: str, size: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What arrives, whole and as events, of a turn in parts; the same text in both."""
    response = whole([message(*[said(text, annotations=[_note(0, 3)]) for text in texts])])
    got = json.loads(_answer("stream")[0].complete(orjson.dumps(response)))
    cut = lambda text: [text[at : at + size] for at in range(0, len(text), size)]  # noqa: E731
    found = events(run(_answer("stream")[0], frames(server.stream(response, cut))))
    assert server.built(found) == got["output"] == found[-1]["response"]["output"]
    return got, found


def _note(start: int, end: int) -> dict[str, Any]:
    return {"type": "url_citation", "start_index": start, "end_index": end, "title": "t", "url": "https://x.example/"}


@pytest.mark.parametrize("size", [1, 4, 100])
def test_what_stands_before_a_joint_waits_for_the_next_part(size: int) -> None:
    got, _ = _parts("The plan is project", " falcon, soon", "more", size=size)
    (part,) = got["output"][0]["content"]
    assert part["text"].startswith("The plan is \n\nI can't share that.")
    got, found = _parts("Mail ann@qui", "ll.example now", size=size)
    one, other = got["output"][0]["content"]
    assert (one["text"].partition("<")[0], one["text"][-1], other["text"]) == ("Mail ", ">", " now")
    assert [[each["start_index"], each["end_index"]] for each in one["annotations"]] == [[0, 3]]
    assert other["annotations"] == []  # its words were a part of what was edited
    order = [each["type"].removeprefix("response.") for each in found if not each["type"].endswith((".delta", "annotation.added"))]
    ends = ["content_part.added", "output_text.done", "content_part.done"]
    assert order == ["created", "in_progress", "output_item.added", *ends, *ends, "output_item.done", "completed"]
    got, _ = _parts("The plan is project", " falconry", size=size)
    assert [each["text"] for each in got["output"][0]["content"]] == ["The plan is project", " falconry"]
