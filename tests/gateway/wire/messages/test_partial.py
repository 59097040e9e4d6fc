"""The beginning of a tool's input stands for what Anthropic's client makes of it (jiter is what that reads it with)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jiter import from_json

from gateway.wire.messages.partial import begun

_VALUES = st.recursive(
    st.text(max_size=6) | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.none() | st.sampled_from([-0.5, 1e300, 12.5e-7]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
_OBJECTS = st.dictionaries(st.text(max_size=3), _VALUES, max_size=3)


@given(_OBJECTS, st.sampled_from([None, 2]), st.booleans())
def test_every_beginning_of_an_object(value: dict[str, object], indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    for end in range(1, len(text) + 1):
        assert begun(text[:end]) == from_json(text[:end].encode("utf-8", "replace"), partial_mode=True), text[:end]


@pytest.mark.parametrize(("text", "value"), [
    ("", {}), ("[1", {}), ("no", {}), ('{"a": "x', {}), ('{"a": "x"', {"a": "x"}), ('{"a": 1, "b', {"a": 1}),
    ('{"a": {"b": [1, "c', {"a": {"b": [1]}}), ('{"a": "\\\\", "b": "\\', {"a": "\\"}), ('{"a": tr', {}), ('{"a": -', {}),
])  # fmt: skip
def test_what_is_not_complete_is_left_out(text: str, value: dict[str, object]) -> None:
    assert begun(text) == value
