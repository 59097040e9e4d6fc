"""Says how likely each language is, with a model that comes inside its package (py3langid, 97 languages and more).

Also what the other detectors ask before they read: a model that was trained on English has nothing to say on Finnish
(``foreign``), and an honest "unscannable" goes by the policy instead of a score that means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from gateway.core.windows import Answer, Ask, Reading
from gateway.detectors.api import register
from gateway.guards.language import LanguageParams, judged

LEAST = 0.02
"""Languages that are less likely are not named."""
_NO_WORDS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.-]+|<[A-Z_]+(?:_[0-9a-f]+)?>|`[^`\n]*`|[\w./\\-]*\d[\w./\\-]*")
"""What says nothing of a text's language: addresses, placeholders, code, numbers and names with digits."""
_NAMES = re.compile(r"(?<=[a-z,;:] )[A-ZÀ-ÖØ-Þ][\w'’-]+")
"""Capitalised words inside a sentence: people and places are called in their own language."""
_MISSING = "needs the package py3langid, which is not installed | pip install 'wardgate[language]'"


class LanguageDetector:
    """Readings over the whole window, one for each language that is likely; their scores sum to 1 at most."""

    name = "language"

    def __init__(self) -> None:
        try:
            self.version = f"py3langid-{version('py3langid')}"
        except PackageNotFoundError:
            self.version = "none"

    def read(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """See ``gateway.detectors.api.Detector``. Never ``UNSCANNABLE``: what is no language has the code ``zxx``."""
        return [likely(ask.text) for ask in asks]


def likely(text: str) -> tuple[Reading, ...]:
    """The languages of ``text``, the likeliest first, as readings over all of it; none where it has no words."""
    words = _NO_WORDS.sub(" ", text)
    plain = _NAMES.sub(" ", words)
    if sum(map(str.isalpha, plain)) >= 10:
        words = plain
    if not any(map(str.isalpha, words)):
        return ()
    ranked = _identifier().rank(words)
    return tuple(Reading(0, len(text), min(1.0, float(score)), name) for name, score in ranked if score >= LEAST)


def foreign(text: str, known: Iterable[str] = ("en",), threshold: float = 0.5) -> str:
    """The language of ``text`` when it is surely none of ``known`` (ISO 639 codes), in capitals; empty otherwise.

    Short texts and texts without words belong to no language, so they are not foreign. Raises ``ModuleNotFoundError``
    where the extra is not installed (``usable`` says so when a policy is loaded).
    """
    found = told(text, known)
    return found.entity if found is not None and found.score >= threshold else ""


def told(text: str, known: Iterable[str] = ("en",)) -> Reading | None:
    """The language of ``text`` where it is likelier than all of ``known``, and by how much. Raises as ``foreign``."""
    return judged(text, likely(text), LanguageParams(allow=tuple(known)))


def usable(_: Iterable[object] = ()) -> None:
    """Raises ``ValueError("what is wrong | cure")`` where languages cannot be told."""
    try:
        version("py3langid")
    except PackageNotFoundError:
        raise ValueError(_MISSING) from None


def load() -> None:
    """Load the model; begins no thread."""
    _identifier()


@cache
def _identifier() -> Any:
    """Loads in about a second and takes some 75 MB, so at the first text; used by several threads, as it only reads."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


register(LanguageDetector(), check=usable, share=load)
