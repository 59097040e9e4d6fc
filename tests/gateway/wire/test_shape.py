"""Events that differ in their text only: found as such, and never taken for one when anything else differs."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.wire.shape import LONGEST, Shape

CHUNK: dict[str, Any] = {
    "id": "c1", "created": 7, "choices": [{"index": 0, "delta": {"content": "first"}, "finish_reason": None}],
}


def shape_of(data: bytes) -> Shape | None:
    chunk = orjson.loads(data)
    return Shape.of(data, chunk, chunk["choices"][0]["delta"])


def event(text: str, **other: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return orjson.dumps({"id": "c1", "created": 7, "choices": [choice], **other})


@pytest.mark.parametrize("text", ["plain", 'a "quoted" one', "back\\slash", "é 漢 😀", "\n\t", "data: [DONE]", "}]}", "\\u0041"])
def test_the_text_of_an_event_of_the_shape_is_read_and_written(text: str) -> None:
    shape = shape_of(event("first"))
    assert shape is not None
    assert shape.text(event(text)) == text
    assert orjson.loads(shape.event(text).removeprefix(b"data: ")) == orjson.loads(event(text))


@pytest.mark.parametrize("data", [
    event("x", created=8), event("x", usage={"total_tokens": 3}), event("x").replace(b"null", b'"stop"'), event(""), b"",
    event("x").replace(b'"x"', b'"x","role":"tool"'), event("x").replace(b'"x"', b'["x"]'), event("x")[:-1], b"[DONE]",
    event("x").replace(b'"x"', b'"x"x"'), event("x").replace(b'"x"', b"null"), event("x").replace(b'"x"', b'"\\ud800"'),
])
def test_any_other_event_is_not(data: bytes) -> None:
    shape = shape_of(event("first"))
    assert shape is not None
    assert shape.text(data) == ""


def test_bytes_that_may_be_read_in_two_ways_have_no_shape() -> None:
    assert shape_of(event("first").replace(b'"id"', b'"content":"no","id"')) is None
    assert shape_of(event("first").replace(b'"content"', b'"\\u0063ontent"')) is None
    assert shape_of(event("x").replace(b'"content":"x"', b'"content":"y","\\u0063ontent":"x"')) is None


def test_an_event_of_any_size_has_no_shape() -> None:
    """What looks for the end of a string remembers each of its characters: 2.7 GiB for 16 MiB of text."""
    assert shape_of(event("x" * LONGEST)) is None


def test_spaces_after_the_colon_are_allowed() -> None:
    shape = shape_of(event("first").replace(b'":"', b'": "'))
    assert shape is not None
    assert shape.text(event("next").replace(b'":"', b'": "')) == "next"


def test_the_text_may_stand_under_any_key_and_what_goes_out_may_be_changed_around_it() -> None:
    data = b'{"type":"text_delta","index":3,"delta":{"text":"first","extra":null}}'
    sent: dict[str, Any] = {"type": "text_delta", "index": 4, "delta": {"text": "first"}}
    shape = Shape.of(data, sent, sent["delta"], "text", b"event: e\ndata: ")
    assert shape is not None
    assert sent["delta"] == {"text": "first"}
    assert shape.text(data.replace(b"first", b"n\\u0065xt")) == "next"
    assert shape.event("next") == b'event: e\ndata: {"type":"text_delta","index":4,"delta":{"text":"next"}}\n\n'
