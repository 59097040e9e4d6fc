"""Law 1 with the real machine: edits, placeholders, arguments that stay JSON, and answers that are held to their end."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.exchange import Exchange
from gateway.core.types import Context
from gateway.wire.responses import Answer
from tests.gateway.wire.responses import server
from tests.gateway.wire.responses.server import call, events, frames, message, said, thoughts, whole
from tests.gateway.wire.streams import run
from tests.laws.test_law1_streaming import ASKED, NAMES, PLANS, TEXTS


def _answer(release: str) -> tuple[Answer, Exchange]:
    exchange = Exchange(PLANS[release], Context("d", placeholder_keys=(b"key",)))
    exchange.judge_input(ASKED)
    return server.request().answer(exchange), exchange


@settings(max_examples=250, deadline=None)
@given(texts=st.tuples(TEXTS, TEXTS, TEXTS), release=st.sampled_from(["stream", "complete"]),
       cuts=st.lists(st.integers(0, 400), max_size=20), order=st.lists(st.integers(0, 2), max_size=40))  # fmt: skip
def test_streamed_or_not_with_real_rules(
    texts: tuple[str, str, str], release: str, cuts: list[int], order: list[int]
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


@pytest.mark.parametrize("release", ["stream", "complete"])
def test_a_placeholder_of_this_request_is_undone_and_no_other(release: str) -> None:
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
