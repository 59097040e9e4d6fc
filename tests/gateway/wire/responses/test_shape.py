"""Shapes: the text of a piece is read as a parser reads it, and no other event is taken for one."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.responses.shape import Shape
from gateway.wire.shape import LONGEST

_MEMBERS: dict[str, Any] = {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0,
                            "content_index": 0, "delta": "Hel%lo", "logprobs": [], "sequence_number": 7}  # fmt: skip
_ORDERS = [list(_MEMBERS), list(reversed(_MEMBERS)), ["sequence_number", *list(_MEMBERS)[:-1]],
           ["content_index", "delta", "item_id", "logprobs", "output_index", "sequence_number", "type"]]  # fmt: skip


def event(order: list[str], **more: Any) -> dict[str, Any]:
    return {key: {**_MEMBERS, **more}[key] for key in [*order, *(key for key in more if key not in order)]}


def shape(made: dict[str, Any], data: bytes) -> Shape:
    found = Shape.of(data, made, dict(made))
    assert found is not None
    return found


@pytest.mark.parametrize("order", _ORDERS)
@pytest.mark.parametrize("obfuscated", [False, True])
@pytest.mark.parametrize("spaced", [False, True])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=12), number=st.integers(0, 10**6))
def test_a_piece_goes_out_as_if_it_were_written_anew(
    text: str, number: int, order: list[str], obfuscated: bool, spaced: bool
) -> None:
    def written(made: dict[str, Any]) -> bytes:
        return json.dumps(made).encode() if spaced else orjson.dumps(made)

    noise = {"obfuscation": "aB3"} if obfuscated else {}
    first = event(order, **noise)
    known = shape(first, written(first))
    other = event(order, delta=text, sequence_number=number, **({"obfuscation": ""} if obfuscated else {}))
    read = known.read(written(other))
    assert read is not None
    assert read[0] == text
    sent = known.event(f"<{text}>", 12, read[1])
    name, _, data = sent.partition(b"\ndata: ")
    assert name == b"event: response.output_text.delta"
    assert json.loads(data) == {**other, "delta": f"<{text}>", "sequence_number": 12}


@pytest.mark.parametrize("more", [
    {"content_index": 1}, {"output_index": 1}, {"item_id": "msg_2"}, {"type": "response.refusal.delta"}, {"delta": 7},
    {"delta": None}, {"logprobs": [{"token": "a"}]}, {"sequence_number": "7"}, {"sequence_number": -1},
    {"obfuscation": "two words"}, {"more": 1}, {"sequence_number": 1.5},
])  # fmt: skip
def test_another_event_is_none_of_the_shape(more: dict[str, Any]) -> None:
    for order in _ORDERS:
        first = event(order, obfuscation="aB3")
        assert shape(first, orjson.dumps(first)).read(orjson.dumps(event(order, **{"obfuscation": "x", **more}))) is None


@pytest.mark.parametrize("data", [
    (b'{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"a","delta":"b",'
    b'"logprobs":[],"sequence_number":7}'),
    (b'{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"a\x01b",'
    b'"logprobs":[],"sequence_number":7}'),
    (b'{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"a","logprobs":[],'
    b'"sequence_number":7}}'),
    b"", b"[DONE]",
])  # fmt: skip
def test_what_a_parser_would_read_otherwise_is_left_to_it(data: bytes) -> None:
    assert shape(_MEMBERS, orjson.dumps(_MEMBERS)).read(data) is None


def test_an_event_with_its_text_named_twice_has_no_shape() -> None:
    nested = {**_MEMBERS, "more": {"delta": "Hel%lo"}}
    assert Shape.of(orjson.dumps(nested), nested, dict(nested)) is None


def test_an_event_of_any_size_is_none_of_it() -> None:
    known = shape(event(_ORDERS[0]), orjson.dumps(event(_ORDERS[0])))
    large = orjson.dumps(event(_ORDERS[0], delta="\n" * LONGEST))
    assert known.read(large) is None
    assert Shape.of(large, made := json.loads(large), made) is None
