"""Presidio's process: answered within its budget, killed and replaced when not; nothing of Presidio is needed here."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from gateway.core.windows import Ask, Reading
from gateway.detectors.presidio import PresidioDetector, check

STAND_IN = """
import json, sys, time
from gateway.detectors.presidio_engine import READY, receive, send
out = sys.stdout.buffer
send(out, READY)
while (message := receive(sys.stdin.buffer)) is not None:
    answers = []
    for text, own in json.loads(message):
        if "hang" in text:
            time.sleep(60)
        if "die" in text:
            sys.exit(3)
        if "garbage" in text:
            send(out, b"{{{")
        at = text.find("secret")
        answers.append(None if "fail" in text else [[at, at + 6, 0.5, own[0]["entity"] if own else "X"]] if at >= 0 else [])
    send(out, json.dumps(answers).encode())
"""


@pytest.fixture
def detector() -> Iterator[PresidioDetector]:
    made = PresidioDetector((sys.executable, "-c", STAND_IN), budget=0.5)
    yield made
    made.close()


def _ask(text: str, before: str = "", params: object = None) -> Ask:
    return Ask("presidio", 0, len(text), text, before, "user", params)


def test_answers_are_those_of_the_windows_and_not_of_what_stands_before(detector: PresidioDetector) -> None:
    found = detector.read([_ask("a secret"), _ask("none", "secret "), _ask("fail"), _ask("the secret", "é " * 9)])
    assert found == [(Reading(2, 8, 0.5, "X"),), (), None, (Reading(4, 10, 0.5, "X"),)]


def test_a_long_message_is_sent_and_read_whole(detector: PresidioDetector) -> None:
    texts = ["x" * 3000 + f" secret{number}" for number in range(100)]
    assert len([answer for answer in detector.read([_ask(each) for each in texts]) if answer]) == 100


@pytest.mark.parametrize("word", ["hang", "die", "garbage"])
def test_one_that_hangs_or_dies_is_replaced(detector: PresidioDetector, word: str) -> None:
    assert detector.read([_ask("a secret")]) == [(Reading(2, 8, 0.5, "X"),)]
    with pytest.raises((OSError, ValueError)):
        detector.read([_ask(word)])
    assert detector.read([_ask("a secret")]) == [(Reading(2, 8, 0.5, "X"),)]


def test_a_missing_extra_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"not installed \| pip install 'wardgate\[presidio\]'"):
        check(())
