"""The YAML reader: what it reads, where it says things are, and what it refuses in which words."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.config.yaml_lines import MAX_BYTES, dotted, nearest, parse, read
from gateway.errors import ConfigError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(12)
)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# nothing\n", None),
        ("on: {input: all}\nyes: no\n", {"on": {"input": "all"}, "yes": "no"}),
        ("a: 1\nb: -2.5\nc: 0x1F\nd: 1e3\ne: 007\n", {"a": 1, "b": -2.5, "c": 31, "d": 1000.0, "e": 7}),
        ("a: ~\nb:\nc: null\nd: true\ne: False\n", {"a": None, "b": None, "c": None, "d": True, "e": False}),
        ("a: 2027-01-31\nb: 12:30\nc: 127.0.0.1:4000\n", {"a": "2027-01-31", "b": "12:30", "c": "127.0.0.1:4000"}),
        ("a: '1'\nb: \"true\"\nc: !!str 5\n", {"a": "1", "b": "true", "c": "5"}),
        ("a: &x {b: [1]}\nc: *x\n", {"a": {"b": [1]}, "c": {"b": [1]}}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("1: a\nnull: b\n", {"1": "a", "null": "b"}),
        ("a: .inf\nb: 1e999\n", {"a": ".inf", "b": "1e999"}),
    ],
)
def test_reads(text: str, data: object) -> None:
    assert parse(text.encode()).data == data


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", 4, "'b.c' is written twice (first on line 3)"),
        (b"a:\n\tb: 1\n", 2, "indent with spaces"),
        (b"a: 1\nb: \xff\n", 2, "save it as UTF-8"),
        ("a: ü".encode("utf-16"), 1, "save it as UTF-8"),
        (b"a: 1\nb: \x07\n", 2, "control character"),
        (b"a: !!python/object/apply:os.system ['true']\n", 1, "tag"),
        (b"a: &x 1\nb:\n  <<: *x\n", 3, "merge keys"),
        (b"a: 1\n---\nb: 2\n", 2, "more than one YAML document"),
        (b"a: b: c\n", 1, "quote a value"),
        (b"a: @x\n", 1, "quote a value"),
        (b"a: 1\n b: 2\n", 2, "or check the indentation of this line"),
        (b'a: "\\ud800"\n', 1, "check the quotes"),
        (b"a: [1, 2\nb: 3\n", 2, "brackets"),
        (b"? [a]\n: 1\n", 1, "a key must be a word"),
        (b"a: *nowhere\n", 1, "anchor"),
        (b"a: &x [*x]\n", 1, "anchor"),
        (b"a: " + b"[" * 60, 1, "nested more than"),
        (b"a: " + b"9" * 60, 1, "more than 40 digits"),
    ],
)
def test_refuses_with_line_and_cure(content: bytes, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(content, "p.yaml")
    assert str(caught.value).startswith(f"p.yaml:{line}: ")
    assert words in str(caught.value)


def test_syntax_errors_do_not_quote_the_file() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(b"key: sk-very-secret: x\n", "p.yaml")
    assert "sk-very" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [BOMB.encode(), b"{" * MAX_BYTES, b"- " * (MAX_BYTES // 2), b"a: " + b"&a [" * 9999]
)
def test_a_hostile_file_is_refused_quickly(content: bytes) -> None:
    started = time.process_time()
    with pytest.raises(ConfigError):
        parse(content, "p.yaml")
    assert time.process_time() - started < 2


def test_a_file_over_the_limit_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as handle:
        handle.truncate(50_000_000)
    with pytest.raises(ConfigError, match="1 MiB"):
        read(path)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        read(tmp_path / "none.yaml")


def test_lines_point_at_keys_items_and_aliases() -> None:
    document = parse(b"a: 1\nb:\n  - c: 2\n    d: 3\n  - &x {e: 4,\n     f: 5}\ng: *x\n")
    assert document.line(("b", 0, "d")) == 4
    assert document.line(("b", 1, "f")) == 6
    assert document.line(("g", "f")) == 6
    assert document.line(("b", 1, "missing", "deep")) == 5
    assert dotted(("rules", 2, "on", "input")) == "rules[2].on.input"


def test_nearest_offers_the_closest_word_or_the_list() -> None:
    assert nearest("acton", ("action", "on", "guard")) == "did you mean 'action'?"
    assert nearest("email_adress", ("EMAIL_ADDRESS", "IBAN_CODE")) == "did you mean 'EMAIL_ADDRESS'?"
    assert nearest("zzz", ("b", "a")) == "valid here: a, b"


_LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.text(max_size=12))
_DATA = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


class Writer(yaml.SafeDumper):
    """Quotes what YAML 1.2 reads as a number: PyYAML writes 1.1, in which ``0E0`` and ``0o7`` are text."""


Writer.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z"),
                             list("-+.0123456789"))
Writer.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"0o[0-7]+\Z"), ["0"])


@given(_DATA)
@example("0E0")
@example("0o7")
@example(["1e5", ".5e-3", "-1E+2", "1:30", "0x1f", "1_000"])
def test_what_yaml_writes_is_read_back(data: object) -> None:
    """Law: any tree of plain values survives the round trip, apart from the merge key."""
    text = yaml.dump({"data": data}, Dumper=Writer)
    if "<<" not in text:
        assert parse(text.encode()).data == {"data": data}


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Law: nothing but ConfigError ever comes out."""
    with contextlib.suppress(ConfigError):
        parse(content, "p.yaml")
