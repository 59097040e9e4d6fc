"""What was judged must be what is sent, so a body that parsers read differently is refused."""

from __future__ import annotations

import json as stdlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidJson, TooLarge
from gateway.wire import json

CANARY = "canary-7c1"
BAD: tuple[bytes, ...] = (
    # not a document
    b"", b" ", b"\n", b"\x00", b"\xff\xfe", b"hello", b"'a'", b"undefined", b"None", b"True", b"nul", b"tru", b"{", b"[",
    b"}", b"]", b'"', b'"a', b"{]", b"[}", b"[1", b"[1,", b"[,1]", b"[1,]", b"[1 2]", b"{,}", b'{"a"}', b'{"a":}',
    b'{"a":1,}', b'{"a" 1}', b"{a:1}", b"{'a':1}", b"{1:2}", b"{null:1}", b'{"a":1}{"b":2}', b'{"a":1}x', b"[1]//c",
    b"/*c*/[1]", b"[1]#c",
    # numbers
    b"NaN", b"[NaN]", b"[-NaN]", b"Infinity", b"[-Infinity]", b"[inf]", b"[01]", b"[-01]", b"[+1]", b"[1.]", b"[.5]",
    b"[1e]", b"[1e+]", b"[-]", b"[0x10]", b"[1_000]", b"[1e999]", b"[-1e999]", b"[18446744073709551616]",
    b"[-9223372036854775809]", b"[" + b"9" * 30 + b"]", b"[" + b"9" * 5000 + b"]", b'{"a":{"b":[123456789012345678901]}}',
    # strings
    b'["\\x41"]', b'["\\u12"]', b'["\\u12G4"]', b'["\\"]', b'["\x01"]', b'["\n"]', b'["\t"]', b'["\x1f"]',
    b'["\\ud800"]', b'["\\udc00"]', b'["\\ud800\\ud800"]', b'["\\ud800x"]', b'["\xff"]', b'["\xc0\xaf"]',
    b'["\xed\xa0\x80"]', b'["\xf4\x90\x80\x80"]', b'["\xe2\x82"]', b'{"\\ud800":1}',
    # encodings
    b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-16-le"), "{}".encode("utf-32"), "é".encode("latin-1"),
    # repeated keys
    b'{"a":1,"a":1}', b'{"a":1,"a":2}', b'{"a":1,"b":2,"a":3}', b'{"a":1,"\\u0061":2}', b'{"x":{"a":1,"a":2}}',
    b'[{"a":1,"a":2}]', b'{"":1,"":2}', b'{"a:":1,"a:":2}', b'{"a":"\\u003a","a":":","b":"\\u003A"}',
    b'{"a":"\\u003a\\u003a","a":"\\u003a"}', '{"é":1,"é":2}'.encode(), b'{"a" :1,"a"\t:\n2}',
    # depth
    b"[" * 65 + b"]" * 65, b'{"a":' * 65 + b"1" + b"}" * 65, b"[" * 100_000, b"[" * 2000 + b"]" * 2000,
    b"[" * 64 + b"{}" + b"]" * 64,
)  # fmt: skip
GOOD: tuple[bytes, ...] = (
    b"{}", b"[]", b"null", b"true", b"0", b"-0", b'""', b' {"a" : [1, 2.5e3, "x"]} \n', b"[18446744073709551615]",
    b"[-9223372036854775808]", b'["\\u003a\\u0000\\ud83d\\ude00"]', '{"é":"\U0001f600"}'.encode(),
    b'{"a":":::","b:":{"a":1}}', b'["1234567890123456789012345"]', b"[0.12345678901234567890123]",
    b"[" * 64 + b"]" * 64, b'[{"a":1},{"a":2}]', b"[" + b"[]," * 500 + b"[]]",
)  # fmt: skip


def test_the_table_is_long_enough() -> None:
    assert len(set(BAD)) >= 60


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:30]))
def test_bad_bodies_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        json.loads(body)


@pytest.mark.parametrize("body", GOOD, ids=lambda body: repr(body[:30]))
def test_good_bodies_are_read_as_the_standard_library_reads_them(body: bytes) -> None:
    assert json.loads(body) == stdlib.loads(body)


@pytest.mark.parametrize("body", [
    f'{{"a":"{CANARY}","a":1}}', f'["{CANARY}', f'{{"{CANARY}":1,"{CANARY}":2}}', f'["{CANARY}", 1{"0" * 30}]',
    f"{CANARY}",
])  # fmt: skip
def test_errors_do_not_echo(body: str) -> None:
    with pytest.raises(InvalidJson) as caught:
        json.loads(body.encode())
    assert CANARY not in str(caught.value.body())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_too_large_a_document_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "MAX_BYTES", 10)
    json.loads(b'["123456"]')
    with pytest.raises(TooLarge):
        json.loads(b'["1234567"]')


_KEYS = st.sampled_from(["a", "b", "a:", ":", "", "é", "\\", '"'])
_PAIRS = st.recursive(
    st.one_of(st.none(), st.integers(-(2**63), 2**64 - 1), st.text(":\\\"ua03é", max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.lists(st.tuples(_KEYS, inner), max_size=4).map(tuple)),
    max_leaves=12,
)


def _write(value: Any, ascii_only: bool) -> str:
    """JSON of a value whose objects are tuples of pairs, repeated keys and all; colons as escapes if asked."""
    if isinstance(value, tuple):
        return "{" + ",".join(_write(key, ascii_only) + ":" + _write(item, ascii_only) for key, item in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write(each, ascii_only) for each in value) + "]"
    text = stdlib.dumps(value, ensure_ascii=ascii_only)
    return text.replace(":", "\\u003A") if ascii_only and isinstance(value, str) else text


def _repeats(value: Any) -> bool:
    if isinstance(value, tuple):
        keys = [key for key, _ in value]
        return len(set(keys)) < len(keys) or any(_repeats(item) for _, item in value)
    return isinstance(value, list) and any(map(_repeats, value))


@given(_PAIRS, st.booleans())
def test_repeated_keys_are_refused_exactly(value: Any, ascii_only: bool) -> None:
    body = _write(value, ascii_only).encode()
    if _repeats(value):
        with pytest.raises(InvalidJson):
            json.loads(body)
    else:
        assert json.loads(body) == stdlib.loads(body)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_clean_refusal(body: bytes) -> None:
    try:
        value = json.loads(body)
    except InvalidJson:
        return
    assert json.loads(json.dumps(value)) == value
