"""A rule in plain words, judged by a language model that the operator names.

The judge is asked about each sentence or passage by the ``custom`` detector (``gateway.detectors.custom``); its score
is how sure it is that the rule is broken. What it cannot judge is an error, which ``on_error`` decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.types import Finding
from gateway.core.view import View

_ENTITY = re.compile(r"[A-Z][A-Z_]{1,30}")
_URL = re.compile(r"https?://[^\s@?#]+")


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and whether it breaks the rule."""

    text: str
    breaks: bool


@dataclass(frozen=True, slots=True)
class CustomParams:
    """``rule``: what may not be said, in a sentence or two: "Promises a refund, or a date for one."

    ``url``: the base of an API like OpenAI's (``http://127.0.0.1:8000/v1``); ``model``: which of its models judges.
    ``key_env``: the environment variable that holds its key; left out: none is sent. ``examples``: up to 16 of them.
    ``max_characters``: of a window; a longer one is not judged, which is an error. ``entity``: what findings are
    called. Raises ``ValueError`` for an address, a number or a name that cannot be meant.
    """

    rule: str = ""
    url: str = ""
    model: str = ""
    key_env: str = ""
    examples: tuple[Example, ...] = ()
    max_characters: int = 4000
    entity: str = "CUSTOM"

    def __post_init__(self) -> None:
        if self.url and not _URL.fullmatch(self.url):
            raise ValueError("url must be an address without a query | write for instance http://127.0.0.1:8000/v1")
        if not _ENTITY.fullmatch(self.entity):
            raise ValueError("entity must be 2 to 31 capitals and underscores, like 'REFUND'")
        if not 1 <= self.max_characters <= 20_000:
            raise ValueError("max_characters must be 1 to 20000")
        if len(self.examples) > 16 or len(self.rule) > 4000:
            raise ValueError("a rule may have 4000 characters and 16 examples | shorten it: each question repeats them")


def _patterns(params: CustomParams) -> tuple[Pattern, ...]:
    for name in ("rule", "url", "model"):
        if not str(getattr(params, name)).strip():
            raise ValueError(f"has no '{name}' | add `{name}: …`")
    return ()


@guard("custom", patterns=_patterns, params=CustomParams, decode=False, detector="custom",
       entities=lambda params: (params.entity,))
def find_broken(view: View, params: CustomParams) -> Iterator[Finding]:
    """The judge's readings alone."""
    return iter(())
