"""Events are the same however their bytes come; the cases follow the WHATWG standard and OpenAI's clients."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.sse import Event, EventTooLarge, Splitter, frame

CASES: dict[str, tuple[bytes, list[Event]]] = {
    "one": (b"data: a\n\n", [Event(b"a")]),
    "two at once": (b"data: a\n\ndata: b\n\n", [Event(b"a"), Event(b"b")]),
    "no space": (b"data:a\n\n", [Event(b"a")]),
    "only one space is dropped": (b"data:  a\n\n", [Event(b" a")]),
    "CR": (b"data: a\r\rdata: b\r\r", [Event(b"a"), Event(b"b")]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", [Event(b"a"), Event(b"b")]),
    "mixed": (b"data: a\r\n\ndata: b\r\r\ndata: c\n\r", [Event(b"a"), Event(b"b"), Event(b"c")]),
    "several data lines": (b"data: a\ndata: b\n\n", [Event(b"a\nb")]),
    "empty data line": (b"data: a\ndata\ndata:\n\n", [Event(b"a\n\n")]),
    "empty data": (b"data:\n\n", [Event(b"")]),
    "comment": (b": keep-alive\n\ndata: a\n: x\n\n", [Event(b"a")]),
    "retry and id": (b"retry: 10\nid: 7\ndata: a\n\n", [Event(b"a")]),
    "named": (b"event: error\ndata: a\n\ndata: b\n\n", [Event(b"a", "error"), Event(b"b")]),
    "two named at once": (b"event: a\ndata: 1\n\nevent: b\ndata: 2\n\n", [Event(b"1", "a"), Event(b"2", "b")]),
    "a named one and others": (b"event: a\ndata: 1\n\ndata: 2\n\n", [Event(b"1", "a"), Event(b"2")]),
    "named, several data lines": (b"event: a\ndata: 1\ndata: 2\n\n", [Event(b"1\n2", "a")]),
    "named after its data": (b"event: a\ndata: 1\nevent: b\n\n", [Event(b"1", "b")]),
    "named, with a CR inside": (b"event: a\ndata: 1\rdata: 2\n\n", [Event(b"1\n2", "a")]),
    "a name without data": (b"event: ping\n\ndata: a\n\n", [Event(b"a")]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [Event(b"a")]),
    "byte order mark only at the start": (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [Event(b"a")]),
    "blank lines between": (b"data: a\n\n\n\n\ndata: b\n\n", [Event(b"a"), Event(b"b")]),
    "unknown field": (b"datax: a\nDATA: b\ndata: c\n\n", [Event(b"c")]),
    "done inside": (b'data: {"c":"data: [DONE]"}\n\ndata: [DONE]\n\n', [Event(b'{"c":"data: [DONE]"}'), Event(b"[DONE]")]),
    "colon first": (b":data: a\n\n", []),
    "no blank line yet": (b"data: a\n\ndata: b\n", [Event(b"a")]),
    "utf-8": ("data: é😀\n\n".encode(), [Event("é😀".encode())]),
}  # fmt: skip


def _split(data: bytes, size: int, max_event: int = 16 << 20) -> list[Event]:
    splitter = Splitter(max_event)
    return [event for at in range(0, len(data), size) for event in splitter.feed(data[at : at + size])]


@pytest.mark.parametrize("size", [1, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize(("data", "events"), CASES.values(), ids=CASES.keys())
def test_cases_at_every_size(data: bytes, events: list[Event], size: int) -> None:
    assert _split(data, size) == events
    assert _split(b"data: before\n\n" + data.removeprefix(b"\xef\xbb\xbf"), size) == [Event(b"before"), *events]


_LINES = st.sampled_from([
    b"data: x", b"data: ", b"data", b"data:{}", b": c", b"event: e", b"id: 1", b"", b"", b"", "data: é😀".encode(), b"x",
])  # fmt: skip
_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(_LINES, _ENDS), max_size=12), st.lists(st.integers(1, 9), max_size=60))
def test_chunking_changes_nothing(lines: list[tuple[bytes, bytes]], sizes: list[int]) -> None:
    data = b"".join(line + end for line, end in lines)
    whole = Splitter()
    events = whole.feed(data) + whole.end()
    splitter, cut, at = Splitter(), [], 0
    for size in sizes:
        cut += splitter.feed(data[at : at + size])
        at += size
    cut += splitter.feed(data[at:]) + splitter.end()
    assert cut == events


@given(st.lists(st.binary(max_size=20), max_size=5), st.sampled_from(["", "error"]))
def test_frames_read_back(datas: list[bytes], name: str) -> None:
    normal = [data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") for data in datas]
    splitter = Splitter()
    splitter.feed(b": the first line may bear a byte order mark\n")
    assert splitter.feed(b"".join(frame(data, name) for data in datas)) == [Event(data, name) for data in normal]


def test_an_empty_data_line_is_not_forgotten_between_reads() -> None:
    splitter = Splitter()
    assert splitter.feed(b"data: a\n\ndata:\n") == [Event(b"a")]
    assert splitter.feed(b"data: b\n\n") == [Event(b"\nb")]


def test_the_end_delivers_what_only_misses_its_blank_line() -> None:
    splitter = Splitter()
    assert splitter.feed(b"data: [DONE]") == []
    assert splitter.end() == [Event(b"[DONE]")]
    assert splitter.end() == []


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("data", [b"data: " + b"x" * 101, b"data: xxxx\n" * 30, b": " + b"x" * 101])
def test_an_event_over_the_bound_is_refused(data: bytes, size: int) -> None:
    with pytest.raises(EventTooLarge):
        _split(data + b"\n\n", size, max_event=100)


def test_many_events_under_the_bound_pass() -> None:
    splitter = Splitter(max_event=100)
    data = b"data: " + b"x" * 80 + b"\n\n"
    assert len(splitter.feed(data) + splitter.feed(data * 50)) == 51


def test_an_event_of_16_mib_in_small_pieces_is_read_in_linear_time() -> None:
    splitter, events = Splitter(), []
    piece = b"x" * 65536
    splitter.feed(b"data: ")
    for _ in range(255):
        events += splitter.feed(piece)
    events += splitter.feed(b"\n\n")
    assert [len(event.data) for event in events] == [255 * 65536]
