"""A passage of a document, as a search finds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph; ``id`` is ``FILE#NUMBER``, counted from 1 below the title."""

    id: str
    text: str
