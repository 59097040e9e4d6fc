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
    found: set[int] = set()
    after = _first(nodes, frozenset((False,)), fold, found)
    return b"" if after is None or after else bytes(sorted(found))


def _first(nodes: list[Node], edges: frozenset[bool], fold: bool, found: set[int]) -> frozenset[bool] | None:
    """Adds to ``found`` what ``nodes`` may begin with. ``edges``: whether a word's edge was asked for before, by ways.

    Returns the same for the ways that go on behind ``nodes`` without having met a character; None: no set is sure.
    Each node is looked at once: to follow every way to its end took 6 s for 20 optional groups, 4 times for two more.
    """
    for code, value in nodes:
        if not edges:
            break
        if code is op.AT and value is op.AT_BOUNDARY:
            edges = frozenset((True,))
            continue
        ways: list[frozenset[bool] | None]
        if code is op.BRANCH:
            ways = [_first(list(arm), edges, fold, found) for arm in value[1]]
        elif code is op.SUBPATTERN:
            ways = [_first(list(value[3]), edges, fold or bool(value[1] & re.IGNORECASE), found)]
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, _, body = value
            ways = [_first(list(body), edges, fold, found)]
            if low == 0:
                ways.append(edges)
        elif code in (op.LITERAL, op.IN) and False not in edges:
            begun = _word_bytes([(code, value)] if code is op.LITERAL else value, fold=fold)
            ways = [None if begun is None else frozenset()]
            found |= begun or frozenset()
        else:
            return None
        known = [each for each in ways if each is not None]
        if len(known) < len(ways):
            return None
        edges = frozenset().union(*known)
    return edges


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
