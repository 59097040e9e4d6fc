"""The way back from canonical bytes to characters, kept up as the text grows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.places import Places
from gateway.core.text import canonical, origins


@settings(max_examples=300)
@given(pieces=st.lists(st.text(alphabet="ab£ß\u200b日🦅", max_size=6), max_size=6), head=st.integers(0, 5), gone=st.integers(0, 40))
def test_growing_is_the_same_as_working_it_out_at_once(pieces: list[str], head: int, gone: int) -> None:
    text = "x" * head + "".join(pieces)
    places, at = Places.of_ascii(10, 100, head), 100 + head
    for piece in pieces:
        places.grow(piece, at)
        at += len(piece)
    wanted = origins(text, 100)
    count = len(wanted) - 1
    assert count == len(canonical(text).encode())
    assert [places.origin(10 + index) for index in range(count)] == list(wanted)[:-1]
    for offset in range(100, at + 1):
        assert places.byte(offset) == 10 + len(canonical(text[: offset - 100]).encode())
    gone = min(gone, count)
    places.forget(10 + gone)
    places.shift(10)
    assert [places.origin(index) for index in range(gone, count)] == list(wanted)[gone:-1]
