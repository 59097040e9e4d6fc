"""What a suite's references may be, so that a wrong one is told when the suite is read and not when all was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _is_texts(value: Any) -> bool:
    return isinstance(value, str) or (_is_list(value) and all(isinstance(each, str) for each in value))


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 0


def _is_index(value: Any) -> bool:
    listed = value if isinstance(value, (list, tuple)) else [value]
    return len(listed) > 0 and all(isinstance(each, int) and not isinstance(each, bool) for each in listed)


TYPES: Mapping[str, tuple[Callable[[Any], bool], str, str]] = {
    "answer": (_is_texts, "a text, or a list of texts with at least one",
               "quote numbers, and leave the row out if it has none"),
    "source": (lambda value: isinstance(value, str), "a text", "write a string"),
    "text": (lambda value: isinstance(value, str), "a text", "write a string"),
    "choices": (lambda value: not isinstance(value, str) and _is_texts(value), "a list of texts with at least one",
                'write ["…", "…"]'),
    "gold": (_is_index, "the index of an option, or a list of them", "count from 0"),
    "answerable": (lambda value: isinstance(value, bool), "true or false", "write true or false"),
}
"""By reference: what it must be, in words, and what to write."""


def wrong(reference: Mapping[str, Any], needed: frozenset[str]) -> tuple[str, str, str] | None:
    """The first of ``needed`` that is not what it must be: its name, what is wrong, and the cure."""
    for name, (fits, words, cure) in TYPES.items():
        unasked = name == "answer" and reference.get("answerable") is False  # a question without one
        if name in needed and name in reference and not unasked and not fits(reference[name]):
            return name, f"must be {words}", cure
    choices, gold = reference.get("choices"), reference.get("gold")
    if {"choices", "gold"} <= needed and choices is not None and gold is not None:
        listed = gold if isinstance(gold, (list, tuple)) else [gold]
        if not all(0 <= each < len(choices) for each in listed):
            return "gold", "is not the index of an option", f"there are {len(choices)}, counted from 0"
    return None
