"""The last figure of a worked answer, because GSM8K and its like are scored by the result and not by the way to it.

As lm-eval's task ``gsm8k`` reads it: ``final_number`` (its strict match) takes what stands behind ``####``;
``last_number`` (its flexible extract) takes the last figure of the text. Thousands' commas, a dollar sign and a full
stop at the end do not count.
"""

from __future__ import annotations

import re

from evals.metrics.registry import Item, Parts, metric, references

_STATED = re.compile(r"answer is:?\s+(.+?)\.?\s*(?:\n|\Z)", re.IGNORECASE)
_STRICT = re.compile(r"#### (\-?[0-9\.\,]+)")
_FLEXIBLE = re.compile(r"(-?[$0-9.,]{2,})|(-?[0-9]+)")
_IGNORED = (re.compile(r","), re.compile(r"\$"), re.compile(r"(?s).*#### "), re.compile(r"\.$"))


def plain(text: str) -> str:
    """``text`` without what does not count, in small letters."""
    for ignored in _IGNORED:
        text = ignored.sub("", text)
    return text.casefold()


def final(text: str) -> str | None:
    """What stands behind the first ``####``; None when nothing does."""
    found = _STRICT.search(text)
    return found[1].strip() if found else None


def last(text: str) -> str | None:
    """The last figure; None when there is none."""
    found = _FLEXIBLE.findall(text)
    return next((each for each in found[-1] if each), "").strip() if found else None


def stated(text: str) -> str | None:
    """What the last "the answer is" of the text says, without a full stop; None where none does."""
    found = _STATED.findall(text)
    return found[-1].strip() if found else None


def _right(read: str | None, item: Item) -> float:
    return float(read is not None and any(plain(read) == plain(each) for each in references(item)))


@metric("final_number", binary=True, needs=("answer",))
def _final_number(item: Item, _: object) -> Parts:
    """The figure behind #### is that of the reference."""
    return _right(final(item.text), item), 1.0


@metric("last_number", binary=True, needs=("answer",))
def _last_number(item: Item, _: object) -> Parts:
    """The last figure of the answer is that of the reference."""
    return _right(last(item.text), item), 1.0


@metric("stated_answer", binary=True, needs=("answer",))
def _stated_answer(item: Item, _: object) -> Parts:
    """What the answer says that it is, by "the answer is …", is the reference."""
    found = stated(item.text) or item.text.strip()
    return float(any(found.casefold() == each.casefold() for each in references(item))), 1.0


@metric("states_answer", binary=True)
def _states_answer(item: Item, _: object) -> Parts:
    """The answer says what it is, by "the answer is …"."""
    return float(stated(item.text) is not None), 1.0
