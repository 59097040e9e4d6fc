"""Laws of text in and out: nothing lost, no half characters, no part of a stop string."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_server.embedded import DEFAULT_MODEL
from model_server.vocabulary import TextTail, Vocabulary

VOCABULARY = Vocabulary(DEFAULT_MODEL)
TEXTS = st.text(st.sampled_from("ab€é🎉 .\n") | st.characters(exclude_categories=["Cs"]), max_size=40)


def tail(*stops: str, keep: bool = False) -> TextTail:
    return TextTail(VOCABULARY, stops, keep)


@given(TEXTS)
def test_encoding_loses_nothing(text: str) -> None:
    assert VOCABULARY.decode(VOCABULARY.encode(text, marks=False)) == text


@given(TEXTS)
def test_pieces_are_whole_characters_and_add_up(text: str) -> None:
    """Bytes one by one, which no tokenizer would choose but a sampled stream may hold."""
    single = {VOCABULARY.token_bytes(token): token for token in range(VOCABULARY.size)}
    stream, pieces = tail(), []
    for byte in text.encode():
        pieces.append(stream.push(single[bytes([byte])]))
    pieces.append(stream.finish())
    assert "".join(pieces) == text
    assert "\ufffd" not in "".join(pieces) or "\ufffd" in text


@given(st.lists(st.integers(0, VOCABULARY.size - 1), max_size=30))
def test_any_tokens_read_as_their_bytes_do(ids: list[int]) -> None:
    stream = tail()
    text = "".join(stream.push(token) for token in ids) + stream.finish()
    assert text == VOCABULARY.decode(ids, specials=False)


@given(TEXTS, st.lists(st.text("ab€ .", min_size=1, max_size=4), max_size=3), st.booleans())
def test_stops_cut_where_a_search_of_the_whole_text_would(text: str, stops: list[str], keep: bool) -> None:
    """However tokens cut the text: released text is the text up to the first stop to be complete, never part of it."""
    stream, released = tail(*stops, keep=keep), ""
    for token in VOCABULARY.encode(text, marks=False):
        released += stream.push(token)
        if stream.stopped_by is not None:
            break
    else:
        released += stream.finish()
    if stream.stopped_by is None:
        assert released == text
        assert not any(stop in text for stop in stops)
        return
    cut = released if keep else released + stream.stopped_by
    assert text.startswith(cut)
    assert cut.endswith(stream.stopped_by)
    body = cut[: len(cut) - len(stream.stopped_by)]
    assert not any(stop in body for stop in stops)


def test_a_held_beginning_comes_out_when_it_does_not_become_the_stop() -> None:
    stream = tail("END.")
    tokens = [token for piece in ("E", "N", "D") for token in VOCABULARY.encode(piece, marks=False)]
    assert [stream.push(token) for token in tokens] == ["", "", ""]
    assert stream.push(VOCABULARY.encode("!", marks=False)[0]) == "END!"


def test_special_tokens_are_silent_unless_asked_for() -> None:
    loud = TextTail(VOCABULARY, (), keep_stop=False, specials=True)
    assert tail().push(VOCABULARY.turn_end) == ""
    assert loud.push(VOCABULARY.turn_end) == "<|im_end|>"


@pytest.mark.parametrize(
    ("turns", "options", "text"),
    [
        ([("user", "a")], {}, "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n"),
        ([("user", "a")], {"answer": False}, "<|im_start|>user\na<|im_end|>\n"),
        ([("system", "s"), ("user", "a")], {"answer": False}, "<|im_start|>system\ns<|im_end|>\n<|im_start|>user\na<|im_end|>\n"),
        ([("user", "a"), ("assistant", "b")], {"resume": True}, "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb"),
    ],
)  # fmt: skip
def test_chat_is_chatml(turns: list[tuple[str, str]], options: dict[str, bool], text: str) -> None:
    ids = VOCABULARY.chat(turns, **options)
    assert VOCABULARY.decode(ids) == text
    assert VOCABULARY.encode(text, marks=True) == ids
