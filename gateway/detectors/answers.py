"""Checks what detectors answer, and asks them at once, one batch after the other, where nobody else is kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from gateway.core.windows import Answer, Ask, Partly, Question, Reading, Unread
from gateway.detectors.api import AnyDetector, detectors, is_remote

BATCH = 16


def checked(asks: Sequence[Ask], answers: object) -> list[Answer]:
    """``answers`` of a detector to ``asks``, what makes no sense replaced by ``Unread.ERROR``.

    Garbage is not guessed at: a list of another length is wrong as a whole, and a reading that is no number between 0
    and 1, or that lies outside its window, makes its window's answer wrong.
    """
    if not isinstance(answers, Sequence) or len(answers) != len(asks):
        return [Unread.ERROR] * len(asks)
    return [_checked(ask, answer) for ask, answer in zip(asks, answers, strict=True)]


def _checked(ask: Ask, answer: object) -> Answer:
    if isinstance(answer, Unread):
        return answer
    if isinstance(answer, Partly):
        readings = _checked(ask, answer.readings)
        return Partly(readings, answer.rest) if isinstance(readings, tuple) and isinstance(answer.rest, Unread) else (
            Unread.ERROR)
    if not isinstance(answer, Sequence) or isinstance(answer, str) or not all(_sensible(each, ask) for each in answer):
        return Unread.ERROR
    return tuple(answer)


def _sensible(reading: object, ask: Ask) -> bool:
    """NaN is in no range."""
    try:
        return (
            isinstance(reading, Reading) and 0 <= reading.start < reading.end <= len(ask.text)
            and 0.0 <= reading.score <= 1.0 and isinstance(reading.entity, str)
        )
    except TypeError:
        return False


class Reader:
    """Asks at once and remembers what was answered, as commands judge the same texts again and again."""

    def __init__(self) -> None:
        self._known: dict[Question, Answer] = {}

    def __call__(self, asks: Iterable[Ask]) -> Mapping[Question, Answer]:
        """Answers to ``asks``, and to whatever was asked before."""
        self._known.update(read_now(ask for ask in asks if ask.question not in self._known))
        return self._known


def read_now(asks: Iterable[Ask]) -> dict[Question, Answer]:
    """The answers to ``asks``, waited for: for commands, not for the gateway. A detector that raises has failed."""
    known, answers = detectors(), dict[Question, Answer]()
    waiting: dict[str, dict[Question, Ask]] = {}
    for ask in asks:
        waiting.setdefault(ask.detector, {})[ask.question] = ask
    for name, ours in waiting.items():
        every = list(ours.values())
        for at in range(0, len(every), BATCH):
            batch = every[at : at + BATCH]
            said = checked(batch, _said(known[name], batch) if name in known else None)
            answers.update(zip([ask.question for ask in batch], said, strict=True))
    return answers


def _said(detector: AnyDetector, batch: Sequence[Ask]) -> object:
    try:
        return asyncio.run(detector.read(batch)) if is_remote(detector) else detector.read(batch)
    except Exception:  # noqa: BLE001  # law 5: whatever a detector raises is an answer that failed, never "nothing"
        return None
