"""Recorded-style streams in pieces of every size: the same events, and the same bytes where nothing is edited."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.core.engine import Plan
from gateway.core.exchange import Exchange
from gateway.core.types import Context
from gateway.wire.sse import Splitter
from tests.gateway.wire import recorded
from tests.laws.speakers import SPEAKERS
from tests.laws.test_law1_streaming import PLANS

FILES = sorted(path.name for path in recorded.FOLDER.glob("*.sse"))
SIZES = (1, 3, 7, 64, 1 << 20)
EMPTY = Plan.compile([], "1", {})


def _relayed(file: str, data: bytes, size: int, plan: Plan) -> tuple[bytes, Any]:
    exchange = Exchange(plan, Context("d", placeholder_keys=(b"key",)))
    answer, splitter, out = recorded.asked(file).answer(exchange), Splitter(), []
    for at in range(0, len(data), size):
        out += [answer.feed(event.data) for event in splitter.feed(data[at : at + size])]
    out += [answer.feed(event.data) for event in splitter.end()]
    return b"".join([*out, answer.finish()]), exchange.verdict()


def _data(file: str) -> bytes:
    return (recorded.FOLDER / file).read_bytes()


def test_the_files_are_what_the_generator_makes() -> None:
    assert {file: _data(file) for file in FILES} == recorded.made()
    assert {file.split("_")[0] for file in FILES} == SPEAKERS.keys()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("file", FILES)
def test_where_nothing_is_edited_the_bytes_are_the_same(file: str, size: int) -> None:
    assert _relayed(file, _data(file), size, EMPTY)[0] == _data(file)


@pytest.mark.parametrize("file", FILES)
def test_guards_that_find_nothing_change_no_text(file: str) -> None:
    """What is held comes later and in fewer events, but to a client it is the same answer, and so is the verdict."""
    speaker = SPEAKERS[file.split("_")[0]]
    whole = speaker.listen(_data(file))
    first = _relayed(file, _data(file), 1 << 20, PLANS["stream"])
    for size in SIZES:
        out, verdict = _relayed(file, _data(file), size, PLANS["stream"])
        assert (out, verdict) == first
        assert speaker.listen(out) == whole


@pytest.mark.parametrize("end", [b"\r\n", b"\r"], ids=["CRLF", "CR"])
@pytest.mark.parametrize("file", FILES)
def test_other_ends_of_lines_comments_and_retries_change_nothing(file: str, end: bytes) -> None:
    """A stream whose lines end in another way, with everything in between that the standard lets a server say."""
    data = _data(file)
    noisy = b"\xef\xbb\xbf: hello\n\nretry: 3000\n\n" + data.replace(b"\n\n", b"\n: still here\nid: 7\n\n: ping\n\n")
    for size in (1, 7, 1 << 20):
        assert _relayed(file, noisy.replace(b"\n", end), size, EMPTY)[0] == data
