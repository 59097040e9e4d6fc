"""With which characters the matches of a pattern begin: a stream asks only those patterns that a word may begin.

Works on the syntax tree that ``gateway.core.regex`` reads patterns into.
"""

from __future__ import annotations

import re
from re import _constants as op  # type: ignore[attr-defined]  # the public ``re`` has no parse tree
from typing import Any

Node = tuple[Any, Any]
"""An operation of the tree and its argument."""

_DIGITS = frozenset(b"0123456789")
_WORD = frozenset(each for each in range(128) if chr(each).isalnum() or each == ord("_"))


def first_bytes(nodes: list[Node], *, fold: bool) -> bytes:
    """The bytes with one of which every match of ``nodes`` begins, at a word's edge; in both cases where ``fold``.

    Empty when a match may begin with anything but an ASCII letter, digit or ``_``, or inside a word.
    """
    return bytes(sorted(_first(nodes, edge=False, fold=fold) or ()))


def _first(nodes: list[Node], *, edge: bool, fold: bool) -> frozenset[int] | None:
    """``edge``: a word's edge was asked for already. None: no such set of bytes is sure."""
    for index, (code, value) in enumerate(nodes):
        rest = nodes[index + 1 :]
        if code is op.AT and value is op.AT_BOUNDARY:
            edge = True
        elif code is op.BRANCH:
            return _all([_first([*arm, *rest], edge=edge, fold=fold) for arm in value[1]])
        elif code is op.SUBPATTERN:
            return _first([*value[3], *rest], edge=edge, fold=fold or bool(value[1] & re.IGNORECASE))
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, _, body = value
            repeated = _first([*body, *rest], edge=edge, fold=fold)
            return repeated if low > 0 else _all([repeated, _first(rest, edge=edge, fold=fold)])
        elif edge and code in (op.LITERAL, op.IN):
            return _word_bytes([(code, value)] if code is op.LITERAL else value, fold=fold)
        else:
            return None
    return None


def _all(sets: list[frozenset[int] | None]) -> frozenset[int] | None:
    known = [each for each in sets if each is not None]
    return frozenset().union(*known) if len(known) == len(sets) else None


def _word_bytes(items: list[Node], *, fold: bool) -> frozenset[int] | None:
    """The bytes of a character class, when all are ASCII letters, digits and ``_``."""
    found: set[int] = set()
    for code, value in items:
        if code is op.CATEGORY and value is op.CATEGORY_DIGIT:
            found |= _DIGITS
        elif code is op.CATEGORY and value is op.CATEGORY_WORD:
            found |= _WORD
        elif code in (op.LITERAL, op.RANGE):
            low, high = value if code is op.RANGE else (value, value)
            found |= set(range(low, min(high, 127) + 1))
            if high > 127:
                return None
        else:
            return None
    if not found <= _WORD:
        return None
    return frozenset(found | {ord(chr(each).swapcase()) for each in found}) if fold else frozenset(found)
