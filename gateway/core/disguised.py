"""Judging an input once more as it reads when its disguises are off.

Only inputs: a whole text is there, and what is found leads to the characters that hold it. An answer, which is judged
while it grows, has the runs of ``gateway.core.decode``. What the plain text already showed is not reported twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.core.readable import readable
from gateway.core.rewriting import Readable
from gateway.core.text import canonical, origins
from gateway.core.types import Finding

if TYPE_CHECKING:
    from gateway.core.scan import Outcome, Scan

_STRANGE = re.compile(
    "[ǝɟɥɹʇʌʍʎɐɯ]|(?:[\U0001f1e6-\U0001f1ff][ \u200b\u200c\u200d\ufe0f]{0,3}){5}"
)
"""Disguises that canonical text does not see through: letters on their heads, and those made of flags."""
_ODD = re.compile("[ǝɟɥɹʇʌʍʎɐɯ\U0001f1e6-\U0001f1ff]")
"""What they begin with: a single set is looked for several times as fast."""


def is_suspicious(scan: Scan, text: str) -> bool:
    """Whether ``text``, which ``scan`` has judged as it stands, may be in disguise; hints apart (``marks.hinted``)."""
    if scan.stage.known is None:
        return False
    return scan.decoded or is_strange(text)


def is_strange(text: str) -> bool:
    """Whether ``text`` has letters on their heads, or made of flags."""
    return not text.isascii() and _ODD.search(text) is not None and _STRANGE.search(text) is not None


def disguised(scan: Scan, text: str, known: Sequence[Outcome]) -> list[Outcome]:
    """Findings in the readable text of ``text`` beside the ``known`` ones."""
    seen: dict[tuple[str, str], list[Finding]] = {}
    for each in known:
        if isinstance(each, tuple):
            seen.setdefault((each[1].rule, each[1].entity), []).append(each[1])
    reading = readable(text, scan.stage.known)
    if reading.text == text:
        return []
    found = _reread(scan, reading, len(text))
    if [*reading.starts] != sorted(reading.starts):  # something was written backwards
        found += _reread(scan, readable(text, scan.stage.known, in_place=True), len(text))
    return [each for each in found if not _is_known(each, seen)]


def _reread(scan: Scan, reading: Readable, size: int) -> list[Outcome]:
    plain = canonical(reading.text)
    back = None if plain == reading.text and plain.isascii() else origins(reading.text)

    def span(start: int, end: int) -> tuple[int, int]:
        first, last = (start, end - 1) if back is None else (back[start], back[end - 1])
        return reading.span(first, last + 1)

    return scan.reread(plain, span, size)


def _is_known(outcome: Outcome, seen: dict[tuple[str, str], list[Finding]]) -> bool:
    """Whether the same rule found the same thing there already."""
    if not isinstance(outcome, tuple):
        return False
    finding = outcome[1]
    return any(each.start < finding.end and finding.start < each.end
               for each in seen.get((finding.rule, finding.entity), ()))
