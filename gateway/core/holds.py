"""What a stream must hold back: the longest suffix of the text that may still become a match.

One union of all prefix closures, searched backwards from the end of the text, starts in every place of every
pattern at once and keeps building new states for text that never repeats: up to 8 ms a chunk. So patterns that
begin with a word, which are nearly all, are matched forwards from the words; and as most words of a text begin
none of them, whatever follows, such words are remembered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from weakref import WeakValueDictionary

import re2

from gateway.core.pattern import compile_re2
from gateway.core.regex import Closure

_MEMORY: Final = 256 << 20
_GROUP: Final = 40_000
"""Characters of the prefix closures that one search looks for, at most; the event loop stands still while one compiles
(some 15 ms for this many)."""
_NEAR: Final = 256
"""Bytes; patterns that reach farther are looked for apart, so that the others need not look back as far."""
_MOST_WORDS: Final = 1 << 16
_LETTERS: Final = 4
"""Bytes by which most unions are told to be out of the question: a text begins a match only if its first bytes do."""
_words: Final = re.compile(rb"\w+\W*").findall
_is_plain: Final = re.compile(rb"(?:[A-Za-z]{1,16}\W{0,3}){1,2}").fullmatch
"""What may be remembered: words, never what could be a number, a key or a name with digits."""

Beginning = tuple[int, Callable[..., Any]]
"""How many bytes a match may have at most, and what says whether a text is the beginning of one (RE2's own ``Match``:
``fullmatch`` wraps it in an object that costs more than the match)."""
_WHOLE: Final = re2._Anchor.ANCHOR_BOTH
_NOTHING = (-1, -1)


class Holds:
    """The prefix closures of a stage."""

    __slots__ = ("_begun", "_by_letters", "_never", "begins", "searches")

    def __init__(self, closures: tuple[Closure, ...]) -> None:
        others = sorted((each for each in closures if not each.first), key=lambda each: -len(each.prefixes))
        self.searches = tuple(_search(group) for group in _grouped(others))
        """For patterns that may begin anywhere, in groups: large expressions apart from small ones."""
        self.begins = _by_first_byte([each for each in closures if each.first])
        """For patterns that begin with a word, by its first byte: which may begin so, and how far they reach."""
        self._never: set[bytes] = set()
        """Words, and pairs of words, with what separates them from the next, that begin no match, whatever follows."""
        self._begun: set[bytes] = set()
        """Words, with what follows them as far as the text goes, that are the beginning of one."""
        self._by_letters: dict[bytes, tuple[Beginning, ...]] = {}
        """By the first letters of a word and what follows them: those of ``begins`` that a match may begin so for."""

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
            if word not in self._begun:
                begun = self._may_begin(word, 0)
                _remember(self._begun if begun else self._never, word)
                if not begun:
                    return
            if not self._may_begin(pair, 0):
                _remember(self._never, pair)

    def _may_begin(self, data: bytes, place: int) -> bool:
        """Whether the text from ``place`` on is the beginning of a match, as long as any may be."""
        size = len(data)
        letters = data[place : place + _LETTERS]
        begins = self._by_letters.get(letters)
        if begins is None:
            begins = self._begin_so(letters)
        for reach, match in begins:  # noqa: SIM110 - a generator costs as much as a match
            if size - place <= reach and match(_WHOLE, data, place, size)[0] != _NOTHING:
                return True
        return False

    def _begin_so(self, letters: bytes) -> tuple[Beginning, ...]:
        """Those of ``begins`` with a match that begins with ``letters``; all where these may end inside a character."""
        begins = self.begins.get(letters[0], ())
        if letters.isascii() and _is_plain(letters):
            size = len(letters)
            begins = tuple([each for each in begins if each[1](_WHOLE, letters, 0, size)[0] != _NOTHING])
            if len(self._by_letters) >= _MOST_WORDS:
                self._by_letters.clear()
            self._by_letters[letters] = begins
        return begins


def _remember(words: set[bytes], word: bytes) -> None:
    if len(words) >= _MOST_WORDS:
        words.clear()
    words.add(word)


def _is_word(byte: int) -> bool:
    return 48 <= byte <= 57 or 65 <= byte <= 90 or byte == 95 or 97 <= byte <= 122


def _by_first_byte(closures: list[Closure]) -> dict[int, tuple[Beginning, ...]]:
    """Unions of those that begin with the same letter, in either case, and of those that begin with several.

    So a place is asked about few of them, and a change of one pattern leaves the unions of other letters as they are.
    """
    alike: dict[tuple[bool, bytes], list[Closure]] = {}
    for each in closures:
        letters = bytes(sorted(set(each.first.lower())))
        alike.setdefault((each.reach > _NEAR, letters if len(letters) == 1 else b""), []).append(each)
    found: dict[int, list[Beginning]] = {}
    for group in (group for each in alike.values() for group in _grouped(each)):
        beginning = max(each.reach for each in group), _union(group)
        for byte in sorted(set().union(*[each.first for each in group])):
            found.setdefault(byte, []).append(beginning)
    return {byte: tuple(each) for byte, each in found.items()}


_UNIONS: WeakValueDictionary[str, Any] = WeakValueDictionary()
"""What is in use, by its expression: a change compiles the unions that differ, and what is no longer used goes."""


def _union(closures: list[Closure], end: str = "") -> Callable[..., Any]:
    expression = f"(?:{'|'.join(dict.fromkeys(each.prefixes for each in closures))}){end}"
    known = _UNIONS.get(expression)
    if known is None:
        known = _UNIONS[expression] = compile_re2(expression, _MEMORY)._regexp
    match: Callable[..., Any] = known.Match
    return match


def _search(closures: list[Closure]) -> Callable[[bytes, int, int], int]:
    """Where the leftmost of ``closures`` that goes on to the end of the text begins, -1 for nowhere."""
    match = _union(closures, r"\z")
    anywhere = re2._Anchor.UNANCHORED
    return lambda data, start, end: int(match(anywhere, data, start, end)[0][0])


def _grouped(closures: list[Closure]) -> list[list[Closure]]:
    """In groups of at most ``_GROUP`` characters: a union has the product of its parts' states."""
    groups: list[list[Closure]] = []
    size = _GROUP
    for each in closures:
        if size + len(each.prefixes) > _GROUP:
            groups.append([])
            size = 0
        groups[-1].append(each)
        size += len(each.prefixes)
    return groups
