"""What a worker's thread does with a batch of questions: whatever comes of it is an answer to each."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.windows import Answer, Ask, Unread
from gateway.detectors.answers import checked
from gateway.detectors.api import Detector
from gateway.detectors.threads import GivenUp


def compute(detector: Detector, asks: Sequence[Ask]) -> tuple[list[Answer], BaseException | None]:
    """The answers, and what was raised if anything was.

    A batch that fails as a whole is asked again window by window, so that a text that breaks the detector is no fault
    of those that happened to wait beside it.
    """
    said, error = _read(detector, asks)
    if said is None and len(asks) > 1:
        said = [answer for ask in asks for answer in _read(detector, [ask])[0] or (Unread.ERROR,)]
    return [Unread.ERROR] * len(asks) if said is None else said, error


def _read(detector: Detector, asks: Sequence[Ask]) -> tuple[list[Answer] | None, BaseException | None]:
    """The answers, or none, and what was raised."""
    try:
        said = detector.read(asks)
        return (checked(asks, said) if len(said) == len(asks) else None), None
    except GivenUp:
        raise
    except BaseException as error:  # noqa: BLE001  # law 5: whatever it raises is a state, and its thread lives on
        return None, error
