"""How many figures every match of a pattern holds: there are no more matches in a text than its figures allow.

Works on the syntax tree that ``gateway.core.regex`` reads patterns into.
"""

from __future__ import annotations

from re import _constants as op  # type: ignore[attr-defined]  # the public ``re`` has no parse tree
from typing import Any

from gateway.core.first import Node

_FIGURES = range(ord("0"), ord("9") + 1)


def least_figures(nodes: list[Node]) -> int:
    """The figures 0 to 9 that the shortest way through ``nodes`` needs."""
    total = 0
    for code, value in nodes:
        if code is op.LITERAL:
            total += value in _FIGURES
        elif code is op.IN:
            total += all(_is_figure(item, what) for item, what in value)
        elif code is op.BRANCH:
            total += min(least_figures(list(arm)) for arm in value[1])
        elif code is op.SUBPATTERN:
            total += least_figures(list(value[3]))
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            total += value[0] * least_figures(list(value[2]))
    return total


def _is_figure(code: Any, value: Any) -> bool:
    """Whether a part of a class of characters has nothing but figures."""
    if code is op.CATEGORY:
        return value is op.CATEGORY_DIGIT
    if code is op.RANGE:
        return value[0] in _FIGURES and value[1] in _FIGURES
    return code is op.LITERAL and value in _FIGURES
