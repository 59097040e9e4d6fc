"""A second look at windows of documents whose score lies near the thresholds: is one sentence foreign to the others?

An order that somebody planted has little to do with what stands around it. A passage that argues or advises sounds a
little like an order in every sentence, and all of them are about one thing. So the sentence that is least like the
others, by the encoder's vectors, and what it scores alone, correct the window's logit. What is corrected depends on
the window, what stands before it and the role, as the logit does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.core.types import Role
from gateway.core.windows import LONGEST, Ask
from gateway.detectors.calibration import Contrast
from gateway.detectors.encoder import Encoder, Seen
from gateway.detectors.encoder_input import OUTSIDE, TYPES, Row, Tokens
from gateway.detectors.undone import Piece, pieces

SHORTEST, MOST = 12, 8
"""Characters of a sentence, below which it is read with the next; sentences of a window: with more, longer ones."""
_END = re.compile(r"[.!?][\"')\]]{0,3}\s+|\n+")


class Foreign(NamedTuple):
    """The sentence that is least like the others: its mean cosine with them, and its own logits, (S,)."""

    likeness: float
    logits: Sequence[float]


Logits = dict[int, float]
"""The logit of each part of a window, by the number of the part's first row; parts without rows have none."""


def logits(
    encoder: Encoder, head: Callable[[Role], str], asks: Sequence[Ask], seen: Sequence[Seen],
    heads: Sequence[str], contrasts: Mapping[str, Contrast], *, worded: bool,
) -> list[Logits]:
    """The logits of ``asks``, which were ``seen`` (``worded`` or not), each by its head, corrected by ``contrasts``.

    ``heads``: the names of the network's scores, in their order. Answers (role assistant) are not looked at twice:
    their windows are single sentences.
    """
    out: list[Logits] = []
    near: list[tuple[int, int, Piece, Role]] = []
    for number, (ask, each) in enumerate(zip(asks, seen, strict=True)):
        name = head(ask.role)
        column, contrast = heads.index(name), contrasts.get(name)
        found = {part.rows.start: float(each.scores[part.rows, column].max())
                 for part in each.parts if each.rows[part.rows]}
        out.append(found)
        if contrast is not None and TYPES[ask.role] == OUTSIDE and any(map(contrast.near, found.values())):
            near += [(number, part.rows.start, piece, ask.role)
                     for part, piece in zip(each.parts, pieces(ask, worded=worded), strict=True)
                     if part.known and each.rows[part.rows] and contrast.near(found[part.rows.start])]
    looks = foreign(encoder, [(piece, role) for *_, piece, role in near])
    for (number, row, _, role), look in zip(near, looks, strict=True):
        if look is not None:
            name = head(role)
            alone = float(look.logits[heads.index(name)])
            out[number][row] = contrasts[name](out[number][row], look.likeness, alone)
    return out


def foreign(encoder: Encoder, read: Sequence[tuple[Piece, Role]]) -> list[Foreign | None]:
    """The most foreign sentence of each piece; None where there is nothing that it could be foreign to.

    Costs a row for each sentence, ``MOST`` at most, and one for what stands before.
    """
    rows = [_rows(encoder.tokens, piece, role) for piece, role in read]
    seen = encoder.compute([(*own, *before) for own, before in rows])
    return [_most_foreign(each, len(own)) if own else None for each, (own, _) in zip(seen, rows, strict=True)]


def _most_foreign(seen: Seen, own: int) -> Foreign:
    """Of the first ``own`` rows the one with the lowest mean cosine with all others."""
    import numpy as np

    vectors = seen.topics.astype(np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9
    alike = vectors[:own] @ vectors.T
    alike[np.arange(own), np.arange(own)] = 0.0
    means = alike.sum(axis=1) / (len(vectors) - 1)
    at = int(means.argmin())
    return Foreign(float(means[at]), seen.scores[at])


def _rows(tokens: Tokens, piece: Piece, role: Role) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """A row for each sentence of ``piece``, read alone, and one for what stands before; none if it is only one."""
    own = [next(tokens.numbered(each, piece.places, role), None) for each in sentences(piece.text)]
    before = next(tokens.rows(piece.before[-LONGEST:], role), None) if piece.before.strip() else None
    found = tuple(each for each in own if each is not None)
    around = (before,) if before is not None else ()
    return (found, around) if len(found) + len(around) > 1 else ((), ())


def sentences(text: str) -> list[str]:
    """``text`` cut at the ends of sentences and lines, ``MOST`` pieces at most."""
    ends = [found.end() for found in _END.finditer(text)]
    shortest = SHORTEST
    while len(cut := list(_cut(text, ends, shortest))) > MOST:
        shortest *= 2
    return cut


def _cut(text: str, ends: Sequence[int], shortest: int) -> Iterator[str]:
    """``text`` cut at those ``ends`` that leave ``shortest`` characters on both sides."""
    at = 0
    for end in ends:
        if end - at >= shortest and len(text) - end >= shortest:
            yield text[at:end]
            at = end
    yield text[at:]
