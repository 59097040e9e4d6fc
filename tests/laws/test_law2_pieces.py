"""Law 2 where a stream says a text in places that no one expects: a phrase over two of its pieces is still seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.core.exchange import Exchange
from gateway.core.types import Context
from tests.gateway.wire.streams import chunk, events, request, run
from tests.laws.test_law1_streaming import PLANS

PLACES: dict[str, Any] = {
    "parts of content": lambda text: {"content": [{"type": "text", "text": text}]},
    "thoughts in a list": lambda text: {"reasoning_details": [{"type": "reasoning.text", "text": text, "index": 0}]},
    "something new": lambda text: {"news": {"deep": {"down": text}}},
}


HELD = ("parts of content", "thoughts in a list")
"""Where it is sure that a string is a piece of a text, so that its end may wait for the next."""


def _told(pieces: list[Any]) -> tuple[str, str, list[Any]]:
    """All that a client has, the texts alone put together, and the events."""
    exchange = Exchange(PLANS["stream"], Context("d", placeholder_keys=(b"key",)))
    datas = [chunk({"role": "assistant"}), *[chunk(each) for each in pieces], chunk({}, "stop"), b"[DONE]"]
    found = events(run(request().answer(exchange), datas))
    return "".join(map(str, found)), "".join(_texts([each for each in found if each != "[DONE]"])), found


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key in ("text", "down", "content") and isinstance(each, str):
                yield each
            else:
                yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


@pytest.mark.parametrize("place", PLACES)
def test_a_phrase_over_two_pieces_is_cut(place: str) -> None:
    say = PLACES[place]
    out, _, found = _told([say("The plan is project"), say(" falcon, soon")])
    assert "falcon" not in out
    assert "content_filter" in out
    assert ("project" in out) is (place not in HELD)
    out, _, found = _told([say("mail ann@quill."), say("example, now")])
    assert "example" not in out
    assert ("ann" in out) is (place not in HELD)
    assert len(found) > 3


@pytest.mark.parametrize("place", PLACES)
def test_what_only_looks_like_it_goes_through(place: str) -> None:
    say = PLACES[place]
    out, text, _ = _told([say("The plan is project"), say(" falconry"), say(" falconry"), say(", soon")])
    assert text == "The plan is project falconry falconry, soon"
    assert "content_filter" not in out


def test_the_rest_of_thoughts_is_told_where_they_belong_before_the_answer_begins() -> None:
    say = PLACES["thoughts in a list"]
    _, _, found = _told([say("of project"), {"content": "Hi. "}])
    deltas = [each["choices"][0]["delta"] for each in found if each != "[DONE]"]
    rest = {"type": "reasoning.text", "index": 0, "text": "project"}
    assert deltas == [{"role": "assistant"}, say("of "), {"content": "Hi. ", "reasoning_details": [rest]}, {}]
    _, _, found = _told([say("of project")])
    deltas = [each["choices"][0]["delta"] for each in found if each != "[DONE]"]
    assert deltas == [{"role": "assistant"}, say("of "), {"reasoning_details": [rest]}, {}]
