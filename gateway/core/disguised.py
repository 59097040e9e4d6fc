"""Judging an input once more as it reads when its disguises are off.

Only inputs: a whole text is there, and what is found leads to the characters that hold it. An answer, which is judged
while it grows, has the runs of ``gateway.core.decode``. What the plain text already showed is not reported twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.core.marks import hinted
from gateway.core.readable import readable
from gateway.core.rewriting import Readable
from gateway.core.text import canonical, origins
from gateway.core.types import Finding

if TYPE_CHECKING:
    from gateway.core.scan import Outcome, Scan

_FIGURES = re.compile(r"[A-Za-z][0-9@$!|+*#]+[A-Za-z]|\b[0-9@$!|+]{1,2}[A-Za-z]{2}|[A-Za-z]{2}[0-9@$|+](?![0-9])")
_STRANGE = re.compile("[\U000e0020-\U000e007e\U000e0100-\U000e01ef\U0001f1e6-\U0001f1ffǝɟɥɹʇʌʍʎɐɯ\u2800-\u28ff]")
"""Characters of disguises that canonical text does not see through, or not to the end."""


def disguised(scan: Scan, text: str, hits: int, known: Sequence[Outcome]) -> list[Outcome]:
    """Findings in the readable text of ``text`` beside the ``known`` ones; ``hits`` are those of its canonical form."""
    stage = scan.stage
    if stage.known is None or not _is_suspicious(text, hits, stage.decode_mask, stage.leet_bit):
        return []
    seen: dict[tuple[str, str], list[Finding]] = {}
    for each in known:
        if isinstance(each, tuple):
            seen.setdefault((each[1].rule, each[1].entity), []).append(each[1])
    reading = readable(text, stage.known)
    if reading.text == text:
        return []
    found = _reread(scan, reading, len(text))
    if any(after < before for before, after in pairwise(reading.starts)):  # something was written backwards
        found += _reread(scan, readable(text, stage.known, in_place=True), len(text))
    return [each for each in found if not _is_known(each, seen)]


def _reread(scan: Scan, reading: Readable, size: int) -> list[Outcome]:
    plain = canonical(reading.text)
    back = None if plain == reading.text and plain.isascii() else origins(reading.text)

    def span(start: int, end: int) -> tuple[int, int]:
        first, last = (start, end - 1) if back is None else (back[start], back[end - 1])
        return reading.span(first, last + 1)

    return scan.reread(plain, span, size)


def _is_suspicious(text: str, hits: int, decode_mask: int, leet_bit: int) -> bool:
    if hits & decode_mask or (hits & leet_bit and _FIGURES.search(text) is not None):
        return True
    if not text.isascii() and _STRANGE.search(text) is not None:
        return True
    return hinted(canonical(text).encode("utf-8", "replace"))


def _is_known(outcome: Outcome, seen: dict[tuple[str, str], list[Finding]]) -> bool:
    """Whether the same rule found the same thing there already."""
    if not isinstance(outcome, tuple):
        return False
    finding = outcome[1]
    return any(each.start < finding.end and finding.start < each.end
               for each in seen.get((finding.rule, finding.entity), ()))
