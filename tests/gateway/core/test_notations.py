"""Notations: words in them are told from words as they are usually written, from code, from tables and other scripts."""

from __future__ import annotations

import random

import pytest

from evals.mutators import MUTATORS
from gateway.core.notations import inside

WORDS = "Bring the small lamp from the kitchen and put it beside the green armchair, where the reading is best at night"
LENGTHENING = (
    "base64", "base32", "hex", "hex_apart", "binary", "decimal", "url", "html_entities", "html_hex", "unicode_escapes",
    "hex_escapes", "quoted_printable", "morse", "nato", "letter_spaced", "letter_spaced_words", "letters_only_spaced",
    "dots", "dashes", "underscores", "newlines", "bracketed", "bold", "mixed_separators", "zero_width", "soft_hyphen",
    "variation_selector", "combining", "regional_indicators", "tags", "emoji_smuggling", "base64_twice", "base64_of_hex",
)
PLAIN = (
    WORDS, WORDS.upper(), WORDS.title(), "Ask Mr. J. R. Long of U.S. Mail.", "See https://docs.corvane.example/a-b/c?d=e%20f for more.",
    "    for index, (first, last) in enumerate(stretches):\n        limit = stretches[index + 1][0] if index else 0\n",
    '{"name": "Ann Lee", "city": "Hull", "age": 41, "tags": ["new", "paid"], "active": true, "note": null}',
    "| name | size | colour |\n|------|------|--------|\n| lamp | small | green |\n", "x" * 90, "abc" * 30, "# " + "-" * 70,
    "Der schnelle braune Fuchs springt dann durch den dunklen Wald nach Hause zu seinen Kindern.", "今日は天気がいいので、公園まで歩いて行きました。" * 3,
    "Сегодня хорошая погода, поэтому мы пошли пешком в парк и вернулись только к вечеру домой.", "आज मौसम अच्छा है इसलिए हम पार्क तक पैदल गए और शाम को घर लौटे।",
    "วันนี้อากาศดี เราจึงเดินไปสวนสาธารณะและกลับบ้านตอนเย็น", "Hôm nay trời đẹp nên chúng tôi đi bộ ra công viên và chiều mới về nhà.",
    "Quarter one: 12.4 million, quarter two: 13.1 million, quarter three: 11.9 million, in all", "kV8q-Zp3r-Tn6w-Xb1y is your licence key",
)  # fmt: skip


@pytest.mark.parametrize("name", LENGTHENING)
def test_it_goes_on_inside_a_notation(name: str) -> None:
    text = MUTATORS[name].change(WORDS, random.Random(3))
    places = range(64, len(text) - 10, 7)
    assert sum(inside(text, 0, place) for place in places) >= 0.95 * len(places), name


@pytest.mark.parametrize("text", PLAIN)
def test_it_may_end_in_what_is_written_as_usual(text: str) -> None:
    assert not any(inside(text, 0, place) for place in range(1, len(text) + 1)), text


def test_nothing_before_the_window_counts() -> None:
    text = "QmFzZTY0IGhhcyB0aGlydHkgbGV0dGVycyBpbiBhIGxpbmUu" * 2 + " and so on"
    assert inside(text, 0, 96)
    assert not inside(text, 90, 96)
    assert not inside(text, 0, len(text))
