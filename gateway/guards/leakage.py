"""Stops an answer that says what protected documents hold and public ones do not.

Parameters: ``documents`` (protected) and ``public`` (what may be said), both lists of file globs. Strong secrets
(long figures, phones, e-mails, code names) are found in any writing; weak ones ("37 days", "about 61k", a date)
only when the answer or the question says whom and what they are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.policy import SourceFile
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.guards.leakage_documents import read_documents
from gateway.guards.leakage_forms import lexicon
from gateway.guards.leakage_hints import HINTS
from gateway.guards.leakage_look import Known, beginnings, leaks, yearly
from gateway.guards.leakage_passages import passages


@dataclass(frozen=True, slots=True)
class LeakageParams:
    """``passages``: also look for wording of the protected prose."""

    documents: tuple[SourceFile, ...] = ()
    public: tuple[SourceFile, ...] = ()
    passages: bool = True


def _known(params: LeakageParams) -> Known:
    """What is known of the documents of ``params``: looked up by identity, as hashing all of them takes longer."""
    found = _LAST.get(id(params))
    if found is None or found[0] is not params:
        if len(_LAST) >= _KEPT:
            _LAST.clear()
        found = _LAST[id(params)] = params, _read(params)
    return found[1]


_KEPT = 64
_LAST: dict[int, tuple[LeakageParams, Known]] = {}


@lru_cache(maxsize=8)
def _read(params: LeakageParams) -> Known:
    protected = read_documents(params.documents, params.public)
    found = passages(protected.prose, protected.public_words) if params.passages else ()
    figures = sorted((each for each in protected.secrets if each.kind == "figure"), key=lambda each: float(each.value))
    values = tuple(float(each.value) for each in figures)
    table = lexicon(protected.secrets)
    return Known(protected, table, (*table.patterns, *HINTS, *found), tuple(figures), values, yearly(figures),
                 beginnings(figures))


def _patterns(params: LeakageParams) -> tuple[Pattern, ...]:
    if not params.documents:
        raise ValueError("compares with no documents | add `documents: [\"confidential/*\"]`")
    return _known(params).patterns


@guard("leakage", patterns=_patterns, params=LeakageParams,
       entities=("FIGURE", "PARTIAL_FIGURE", "LITERAL", "PASSAGE"))
def find_leaks(view: View, params: LeakageParams) -> Iterator[Finding]:
    """Findings: FIGURE, LITERAL and PASSAGE; PARTIAL_FIGURE for what gives away only some of a secret."""
    return iter(leaks(view, _known(params)))
