"""Canonical text: one character at a time, ASCII untouched, every byte leads back to its character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.text import MAX_SWALLOWED, canonical, origins, swallowed_run

CASES = [
    ("plain text 123", "plain text 123"),
    ("ig\u200bno\u2060re\ufeff", "ignore"),
    ("ｉｇｎｏｒｅ　１２", "ignore 12"),
    ("prévious", "previous"),
    ("pre\u0301vious", "previous"),
    ("іgnоrе", "ignore"),  # Cyrillic
    ("①②٤५", "1245"),
    ("𝐢𝐠𝐧𝐨𝐫𝐞", "ignore"),
    ("‘a’ “b” – —", "'a' \"b\" - -"),
    ("a\u2028b\u0085c\u00a0d", "a\nb\nc d"),
    ("s\u00adoft\u202e", "soft"),
    ("日本語 한국어", "日本語 한국어"),
    ("👩\u200d💻", "👩💻"),
    ("ﬁne ½", "fine 1/2"),
    ("straße", "strasse"),
]


@pytest.mark.parametrize(("text", "folded"), CASES)
def test_folds(text: str, folded: str) -> None:
    assert canonical(text) == folded


@given(st.text(), st.text())
def test_folding_never_looks_at_neighbours(left: str, right: str) -> None:
    assert canonical(left + right) == canonical(left) + canonical(right)


@given(st.text())
def test_every_byte_leads_back_to_its_character(text: str) -> None:
    data, back = canonical(text).encode("utf-8", "replace"), origins(text)
    assert len(back) == len(data) + 1
    assert back[-1] == len(text)
    assert list(back) == sorted(back)
    for index, char in enumerate(text):
        assert bytes(data[i] for i in range(len(data)) if back[i] == index) == canonical(char).encode("utf-8", "replace")


@given(st.text(alphabet="a\u200b\u0301", max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_a_swallowed_flood_is_seen_at_the_same_place_however_it_is_cut(text: str, cuts: list[int]) -> None:
    def place(pieces: list[str]) -> int | None:
        run, at = 0, 0
        for piece in pieces:
            run, beyond = swallowed_run(piece, run)
            if beyond is not None:
                return at + beyond
            at += len(piece)
        return None

    marks = sorted({cut % (len(text) + 1) for cut in cuts})
    pieces = [text[a:b] for a, b in zip([0, *marks], [*marks, len(text)], strict=True)]
    assert place(pieces) == place([text])


def test_the_longest_run_that_passes() -> None:
    assert swallowed_run("\u200b" * MAX_SWALLOWED, 0) == (MAX_SWALLOWED, None)
    assert swallowed_run("\u200b", MAX_SWALLOWED)[1] == 0


@pytest.mark.parametrize(("text", "before", "after"), [
    ("\u200b" * 40 + "a" + "\u200b" * 40, 0, 40), ("\u200b" * 40 + "a", 0, 0), ("a" + "\u200b" * 3, 60, 3), ("é\u200b", 64, 1),
    ("", 9, 9), ("a", 9, 0), ("\u200b", 9, 10),
])
def test_what_shows_ends_a_run(text: str, before: int, after: int) -> None:
    assert swallowed_run(text, before) == (after, None)
