"""The real AnalyzerEngine in its process: what it finds, without a network, and a policy's own recognizers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.windows import Ask, Reading
from gateway.detectors.presidio import PresidioDetector, check
from gateway.detectors.presidio_engine import _no_network
from gateway.guards.pii import PiiParams
from gateway.guards.pii_recognizers import Recognizer, RecognizerPattern

pytestmark = pytest.mark.presidio
# A look-behind: Presidio's engine has it.
OWN = (Recognizer("own", "BADGE", (RecognizerPattern("b", r"(?<=no )B\d{3}", 0.6),), context=("badge",)),)


@pytest.fixture(scope="module")
def detector() -> Iterator[PresidioDetector]:
    made = PresidioDetector(budget=20)
    yield made
    made.close()


def _read(detector: PresidioDetector, text: str, before: str = "", recognizers: tuple[Recognizer, ...] = ()) -> list[tuple[str, str]]:
    answer = detector.read([Ask("presidio", 0, len(text), text, before, "user", PiiParams(recognizers=recognizers))])[0]
    assert isinstance(answer, tuple)
    assert all(isinstance(each, Reading) for each in answer)
    return sorted((text[each.start : each.end], each.entity) for each in answer if each.score >= 0.4)


def test_it_finds_what_presidio_finds_and_no_domain_of_an_address(detector: PresidioDetector) -> None:
    found = _read(detector, "mail jo@example.com or pay 4111 1111 1111 1111 from 81.2.69.142")
    assert found == [("4111 1111 1111 1111", "CREDIT_CARD"), ("81.2.69.142", "IP_ADDRESS"), ("jo@example.com", "EMAIL_ADDRESS")]


def test_words_of_context_count_in_what_stands_before(detector: PresidioDetector) -> None:
    assert ("531234567", "US_PASSPORT") in _read(detector, "531234567", "my passport is ")


def test_own_recognizers_may_use_what_the_linear_engine_refuses(detector: PresidioDetector) -> None:
    assert _read(detector, "badge no B123", recognizers=OWN) == [("B123", "BADGE")]


def test_the_process_has_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", _no_network)
    with socket.socket() as one, pytest.raises(OSError, match="no network"):
        one.connect(("127.0.0.1", 9))


def test_a_policy_that_asks_for_it_loads(tmp_path: Path) -> None:
    check(())
    (tmp_path / "p.yaml").write_text(
        "policy: p\nrules:\n  - {id: r, guard: pii, engine: presidio, action: mask,\n     recognizers: "
        "{supported_entity: BADGE, patterns: [{name: b, regex: '(?<=no )B[0-9]{3}', score: 0.6}]}}\n")
    assert load_policies(tmp_path).policies[0].rules[0].params.engine == "presidio"
