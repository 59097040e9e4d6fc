"""Law 2 where a stream says a text in places that no one expects: a phrase over two of its pieces is still seen."""

from __future__ import annotations

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


def _told(pieces: list[Any]) -> tuple[str, list[Any]]:
    exchange = Exchange(PLANS["stream"], Context("d", placeholder_keys=(b"key",)))
    datas = [chunk({"role": "assistant"}), *[chunk(each) for each in pieces], chunk({}, "stop"), b"[DONE]"]
    found = events(run(request().answer(exchange), datas))
    return "".join(map(str, found)), found


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_a_phrase_over_two_pieces_is_cut_where_the_second_begins(place: Any) -> None:
    out, found = _told([place("The plan is project"), place(" falcon, soon")])
    assert "falcon" not in out
    assert "content_filter" in out
    out, found = _told([place("mail ann@quill."), place("example, now")])
    assert "example" not in out
    assert len(found) > 3


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_what_only_looks_like_it_goes_through(place: Any) -> None:
    out, _ = _told([place("The plan is project"), place(" falconry"), place(" falconry"), place(", soon")])
    assert out.count(" falconry") == 2
    assert "content_filter" not in out
