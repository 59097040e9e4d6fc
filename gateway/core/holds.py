"""What a stream must hold back: the longest suffix of the text that may still become a match.

One union of all prefix closures, searched backwards from the end of the text, starts in every place of every
pattern at once and keeps building new states for text that never repeats: up to 8 ms a chunk. So patterns that
begin with a word, which are nearly all, are matched forwards from the words; and as most words of a text begin
none of them, whatever follows, such words are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import re2

from gateway.core.pattern import compile_re2

_MEMORY = 256 << 20
_GROUP = 40_000
"""Characters of the prefix closures that one search looks for."""
_NEAR = 256
"""Bytes; patterns that reach farther are looked for apart, so that the others need not look back as far."""
_MOST_WORDS = 1 << 16
_words = re.compile(rb"\w+\W*").findall
_is_plain = re.compile(rb"(?:[A-Za-z]{1,16}\W{0,3}){1,2}").fullmatch
"""What may be remembered: words, never what could be a number, a key or a name with digits."""

Begins = Callable[[bytes, int], bool]


class Closure(NamedTuple):
    """A pattern's prefix closure, its reach in bytes, and whether it begins with a word (``regex.Compiled.led``)."""

    prefixes: str
    reach: int
    led: bool


class Holds:
    """The prefix closures of a stage."""

    __slots__ = ("_begins", "_begun", "_far", "_far_reach", "_near", "_near_reach", "_never", "searches")

    def __init__(self, closures: tuple[Closure, ...]) -> None:
        led = [each for each in closures if each.led]
        near = [each for each in led if each.reach <= _NEAR]
        far = [each for each in led if each.reach > _NEAR]
        others = _grouped([each.prefixes for each in closures if not each.led])
        self.searches = tuple(_search(group) for group in others)
        """For patterns that may begin anywhere, in groups."""
        self._begins, self._near, self._far = _begins(led), _begins(near), _begins(far)
        self._near_reach = max((each.reach for each in near), default=0)
        self._far_reach = max((each.reach for each in far), default=0)
        self._never: set[bytes] = set()
        """Words, and pairs of words, with what separates them from the next, that begin no match, whatever follows."""
        self._begun: set[bytes] = set()
        """Words, with what follows them as far as the text goes, that are the beginning of one."""

    def longest(self, data: bytes, start: int) -> int:
        """Where the longest suffix of ``data[start:]`` begins that may still become a match; its end for none."""
        known = size = len(data)
        for search in self.searches:
            found = search(data, start, size)
            if 0 <= found < known:
                known = found
        words = _words(data, start)
        if self._never.issuperset(words):
            return known
        place = size - sum(map(len, words))
        if place == start and start and _is_word(data[start - 1]):
            place += len(words.pop(0))  # the rest of a word, which begins nothing
        return self._from_words(data, place, words, known)

    def _from_words(self, data: bytes, place: int, words: list[bytes], known: int) -> int:
        never, last = self._never, len(words) - 1
        for index, word in enumerate(words):
            if place >= known:
                break
            if word not in never:
                if index == last:
                    return place if word in self._begun or self._is_begun(data, place, word) else known
                pair = word + words[index + 1]
                if pair not in never:
                    if self._may_begin(data, place):
                        return place
                    self._learn(word, pair)
            place += len(word)
        return known

    def _is_begun(self, data: bytes, place: int, word: bytes) -> bool:
        """Whether the last word of the text is the beginning of a match."""
        begun = self._may_begin(data, place)
        if _is_plain(word):
            _remember(self._begun if begun else self._never, word)
        return begun

    def _learn(self, word: bytes, pair: bytes) -> None:
        """``pair`` begins with ``word`` and is not the beginning of a match together with what follows it."""
        if _is_plain(pair):
            if not self._begins(word, 0):
                _remember(self._never, word)
            elif not self._begins(pair, 0):
                _remember(self._never, pair)

    def _may_begin(self, data: bytes, place: int) -> bool:
        """Whether the text from ``place`` on is the beginning of a match, as long as any may be."""
        if not self._begins(data, place):
            return False
        left = len(data) - place
        return (left <= self._near_reach and self._near(data, place)) or (
            left <= self._far_reach and self._far(data, place))


def _remember(words: set[bytes], word: bytes) -> None:
    if len(words) >= _MOST_WORDS:
        words.clear()
    words.add(word)


def _is_word(byte: int) -> bool:
    return 48 <= byte <= 57 or 65 <= byte <= 90 or byte == 95 or 97 <= byte <= 122


def _begins(closures: list[Closure]) -> Begins:
    """Whether the text from a place to its end is the beginning of one of ``closures``.

    What ``fullmatch`` does, without the match object that costs more than the match.
    """
    if not closures:
        return lambda data, place: False
    union = "|".join(dict.fromkeys(each.prefixes for each in closures))
    match = compile_re2(f"(?:{union})", _MEMORY)._regexp.Match
    both, nothing = re2._Anchor.ANCHOR_BOTH, (-1, -1)
    return lambda data, place: bool(match(both, data, place, len(data))[0] != nothing)


def _search(closures: list[str]) -> Callable[[bytes, int, int], int]:
    """Where the leftmost of ``closures`` that goes on to the end of the text begins, -1 for nowhere."""
    match = compile_re2(rf"(?:{'|'.join(closures)})\z", _MEMORY)._regexp.Match
    anywhere = re2._Anchor.UNANCHORED
    return lambda data, start, end: int(match(anywhere, data, start, end)[0][0])


def _grouped(prefixes: list[str]) -> list[list[str]]:
    """Large expressions apart from small ones: a union has the product of its parts' states."""
    groups: list[list[str]] = []
    size = _GROUP
    for each in sorted(prefixes, key=len, reverse=True):
        if size + len(each) > _GROUP:
            groups.append([])
            size = 0
        groups[-1].append(each)
        size += len(each)
    return groups
