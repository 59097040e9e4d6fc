"""Any JSON as a request of any route: read, or refused with an error that names a place and repeats nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import BadRequest, TooLarge
from gateway.wire import checks, feedback, moderations
from gateway.wire.apis import RELAYED

MARK = "CANARY5d0c"
PARSERS: dict[str, Callable[[bytes], Any]] = {
    **{api.name: api.parse for api in RELAYED.values()}, "checks": checks.parse, "moderations": moderations.parse,
    "feedback": feedback.parse,
}
NAMES = ("model", "messages", "prompt", "input", "output", "tools", "n", "stream", "logprobs", "echo", "suffix", "stop",
         "max_tokens", "encoding_format", "dimensions", "decision_id", "verdict", "note", "text", "role", "type",
         "image_url", "content", "user", "stream_options", "response_format", MARK)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([MARK, "", "user", "text", "m", "too_lax", "0" * 24, "/~key", "~0/"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4), max_leaves=12,
)
BODIES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(lambda body: {"model": "m", **body}) | VALUES


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=400, deadline=None)
@given(body=BODIES)
def test_what_cannot_be_read_is_refused_without_an_echo(name: str, body: Any) -> None:
    refused, parsed = None, None
    try:
        parsed = PARSERS[name](orjson.dumps(body))
    except (BadRequest, TooLarge) as error:
        refused = error
    if refused is not None:
        assert MARK not in f"{refused.message} {refused.param} {refused.detail}"
        assert refused.message.endswith(".")
    elif name in ("chat", "completions", "embeddings"):  # what is sent on is what was read
        assert orjson.loads(parsed.rewrite()) == {key: value for key, value in body.items() if key not in parsed.dropped}


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("data", [
    b"", b"\x00", b"{", b'{"model": "m"', b'\xef\xbb\xbf{"model": "m"}', b'{"a": 1, "a": 2}', b'{"input": NaN}', b"[]", b"7", b'"x"',
    b"null", b'{"model": "\\ud800"}', b'{"input": ' + b"[" * 500 + b"]" * 500 + b"}", "{}".encode("utf-16"),
])  # fmt: skip
def test_what_is_no_json_object_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(BadRequest):
        PARSERS[name](data)
