"""The language detector on own sentences, on harmless English that looks foreign, and as what other detectors ask."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.core.windows import Ask
from gateway.detectors import language
from gateway.detectors.api import detectors
from gateway.detectors.language import foreign, likely
from tests.gateway.detectors.languages import SENTENCES

LONG, SHORT = 0, 1
ENGLISH = (
    "kill -9 1234", "ok", "hello", "lol that's funny", "no", "pizza margherita recipe", "What does 'Schadenfreude' mean?",
    "def foo(x): return x+1", "import numpy as np\nfor i in range(10):\n    print(i)", "SELECT * FROM users WHERE id = 3",
    "Wardgate v2.3 changelog", "https://example.com/un/deux/trois", "\U0001f600\U0001f600", "12 345,67 €", "e=mc^2, α + β",
    "Does Karl-Heinz Müller live in Düsseldorf?", "Book a table at La Trattoria da Giovanni for tonight",
    "Send <PERSON_0123456789abcd> the file", "x" * 200, "The word 猫 means cat in Japanese.",
)
"""Texts that a detector of English alone must still read."""


def test_the_likeliest_language_of_own_sentences() -> None:
    wrong = [(name, text) for name, kinds in SENTENCES.items() for kind in kinds for text in kind
             if likely(text)[0].entity != name]
    assert len(SENTENCES) >= 30
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize(("kind", "missed"), [(LONG, 0), (SHORT, 2)])
def test_other_languages_are_foreign_to_english(kind: int, missed: int) -> None:
    texts = [(name, text) for name, kinds in SENTENCES.items() if name != "en" for text in kinds[kind]]
    assert len([each for each in texts if not foreign(each[1])]) <= missed


@pytest.mark.parametrize("name", SENTENCES)
def test_no_sentence_is_foreign_to_its_own_language(name: str) -> None:
    assert [text for kind in SENTENCES[name] for text in kind if foreign(text, (name,))] == []


@pytest.mark.parametrize("text", ENGLISH)
def test_harmless_english_is_not_foreign(text: str) -> None:
    assert foreign(text) == ""


def test_a_text_is_read_alone_as_in_a_crowd() -> None:
    asks = [Ask("language", 0, len(text), text, "") for kinds in SENTENCES.values() for text in kinds[LONG]]
    detector = detectors()["language"]
    together = detector.read(asks)
    assert together == [detector.read([ask])[0] for ask in asks]  # type: ignore[index]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda ask: detector.read([ask])[0], asks)) == together  # type: ignore[index]


def test_readings_make_sense() -> None:
    for text in ("Guten Morgen, wie geht es Ihnen heute?", "a", "xq zvv wqk jjx"):
        readings = likely(text)
        assert sum(each.score for each in readings) <= 1.001
        assert all((each.start, each.end) == (0, len(text)) for each in readings)
    assert likely("123 \U0001f600") == ()


def test_without_its_package_a_policy_fails_at_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise language.PackageNotFoundError

    monkeypatch.setattr(language, "version", missing)
    with pytest.raises(ValueError, match=r"py3langid, which is not installed \| pip install"):
        language.usable()
