"""Patterns: the only way a guard looks at characters, because all of them run in linear time.

A pattern also knows what a stream must hold back for it (its prefix closure) and how far it reaches,
so no guard ever has to think about chunks. What runs for every text (``spans``) is apart from them, so that it can be
compiled: a compiled class cannot be kept weakly, as patterns are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import re2

from gateway.core.regex import LARGEST_TRIGGER, Closure, Unsupported, compile_regex, trigger
from gateway.core.spans import ANYWHERE, WHOLE, spans

LONGEST_REACH = 16_384
"""Bytes; a pattern that could match more would make a stream wait for more than a screenful."""

WORD_GAP = r"[\W_]{1,3}"
SHORT_WORDS = r"(?:\w{1,4}[\W_]{1,3}){0,2}"


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Pattern:
    """A compiled pattern. ``source`` is what was written; ``trigger`` is the prefilter's expression.

    Compared by identity: it is a key of every look at a text, and while one is in use
    ``pattern`` gives no other.
    """

    source: str
    exact: str
    closures: tuple[Closure, ...]
    reach: int
    trigger: str
    figures: int
    """How many every match holds at least."""
    match: Callable[..., Any] = field(repr=False)
    """What RE2's own functions call; the match objects that they wrap around it cost more than it does."""

    def spans(self, data: bytes, start: int) -> list[tuple[int, int]]:
        """Matches in ``data`` from byte ``start``, leftmost first, not overlapping; none is empty."""
        return spans(self.match, data, start)

    def search(self, text: str) -> bool:
        """Whether the pattern occurs in ``text`` (canonical)."""
        data = text.encode()
        return bool(self.match(ANYWHERE, data, 0, len(data))[0][1] >= 0)

    def fullmatch(self, text: str) -> bool:
        """Whether the pattern matches the whole of ``text`` (canonical)."""
        data = text.encode()
        return bool(self.match(WHOLE, data, 0, len(data))[0][1] >= 0)


def compile_re2(expression: str, memory: int = 64 << 20) -> Any:
    """RE2 over UTF-8 bytes, without captures; raises ``Unsupported``.

    Not ``re2.compile``: that keeps the last 128 expressions, however large, for as long as the process lives.
    """
    options = re2.Options()
    options.max_mem = memory
    options.never_capture = True
    options.log_errors = False
    try:
        return re2._Regexp(expression.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else "is refused"
        raise Unsupported(f"is refused by the linear-time engine: {reason.split(':')[0]}") from None


_KNOWN: WeakValueDictionary[tuple[str, bool, str | None], Pattern] = WeakValueDictionary()
"""What some policy set uses: a change of one rule compiles what is new in it, and what no set uses any more goes."""


def pattern(text: str, *, ignore_case: bool = False, trigger: str | None = None) -> Pattern:
    """Compile ``text`` (Python syntax, no look-around, no back-references).

    Unbounded repeats are read as at most 256 characters. ``trigger``, when given, is a cheaper
    expression that occurs (anywhere) in every match: the prefilter uses it. Raises ``Unsupported``.
    """
    key = (text, ignore_case, trigger)
    known = _KNOWN.get(key)
    return _KNOWN.setdefault(key, _compiled(*key)) if known is None else known


def _compiled(text: str, ignore_case: bool, looked_for: str | None) -> Pattern:
    compiled = compile_regex(text, ignore_case=ignore_case)
    if compiled.reach > LONGEST_REACH:
        raise Unsupported(f"can match {compiled.reach} bytes, more than {LONGEST_REACH}: bound its repeats")
    first = compiled.exact
    if looked_for or len(first) > LARGEST_TRIGGER:
        first = trigger(looked_for or text, ignore_case=ignore_case)
    return Pattern(text, compiled.exact, compiled.closures, compiled.reach, first, compiled.figures,
                   compile_re2(compiled.exact)._regexp.Match)


def phrases(items: Iterable[str], *, skip_short_words: bool = False, inflect: bool = True) -> Pattern:
    """One pattern for many phrases: any case, any punctuation between words, common English endings.

    ``skip_short_words`` lets up to two words of at most four letters stand between two words of a
    phrase, so that light rewording is still found. Raises ``Unsupported`` when no phrase holds a word.
    """
    gap = WORD_GAP + SHORT_WORDS if skip_short_words else WORD_GAP
    tree: dict[str, Any] = {}
    rare: set[str] = set()
    for item in items:
        words = [_inflected(word) if inflect else word for word in _words(item)]
        node = tree
        for word in words:
            node = node.setdefault(word, {})
        if words:
            node[""] = {}
            rare.add(_telling(words, gap))
    if not tree:
        raise Unsupported("holds no word to look for")
    return pattern(
        rf"\b{_alternatives(tree, gap)}\b", ignore_case=True, trigger=rf"(?:\b|_)(?:{'|'.join(sorted(rare))})"
    )


def _telling(words: list[str], gap: str) -> str:
    """The two neighbouring words of a phrase that are longest, so likely the rarest: the prefilter looks for them.

    By its first word alone ("who", "is") a phrase would be looked for in every text. Gaps that short words may
    fill would make pairs too large for the prefilter: for it, they are so many characters of any kind.
    """
    if len(words) == 1:
        return words[0]
    first = max(range(len(words) - 1), key=lambda index: len(words[index]) + len(words[index + 1]))
    left, right = words[first : first + 2]
    if gap == WORD_GAP:
        return f"{left}{gap}{right}"
    return f"{left.removesuffix(_ENDING)}{_ANY_GAP}{right.removesuffix(_ENDING)}"


_ENDING = r"\w{0,3}"
_ANY_GAP = r"[\s\S]{1,20}"
"""What ``WORD_GAP + SHORT_WORDS`` may match, after an ending."""


def _alternatives(tree: dict[str, Any], gap: str) -> str:
    """Phrases that share their first words share that part of the expression."""
    arms = []
    for word, rest in sorted(tree.items()):
        longer = {key: value for key, value in rest.items() if key}
        tail = f"{gap}{_alternatives(longer, gap)}" if longer else ""
        arms.append(word + (f"(?:{tail})?" if longer and "" in rest else tail))
    return f"(?:{'|'.join(arms)})"


def _words(text: str) -> list[str]:
    words, current = [], ""
    for char in text.lower() + " ":
        if char.isalnum():
            current += char
        elif char not in "'\u2019" and current:
            words.append(current)
            current = ""
    return words


def _inflected(word: str) -> str:
    """The word with the endings that rewording changes; very short words and numbers stay as they are."""
    if len(word) < 4 or not word.isalpha() or not word.isascii():
        return word
    if len(word) == 4:
        return word + "s?"
    for ending in ("ies", "ing", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            word = word[: -len(ending)]
            break
    return word + _ENDING
