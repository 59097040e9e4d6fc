"""Words written backwards or under a substitution cipher: ROT13 and Caesar's others, Atbash, pig Latin, upside down.

Nothing marks such text but that its words are none and would be: a stretch counts where, one way of reading it, three
words or more become known that are not so as they stand. Where reading it gives nothing, nothing changes.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator

from gateway.core.alphabets import UPSIDE
from gateway.core.breath import EVERY, breathe
from gateway.core.rewriting import Change
from gateway.core.vocabulary import Vocabulary

_WORD = re.compile(r"[A-Za-z]{2,24}")
_LETTERS = string.ascii_lowercase
ENOUGH = 2.5
"""What the words of a stretch must add up to: 1 for each that becomes known, at most half for one of two letters."""
_CLOSE = re.compile("x.?x.?x")
"""Three words that are not known hardly apart, or there is nothing to look for."""
_LOST, _NEITHER = 1.0, 0.5
_TURNED = re.compile("[ɐɔǝɟƃɓɥᴉɾʞʅןɯɹʇʌʍʎ∀ƆƎℲ⅁˥⅂ᴚ┴⅄]")
_POINTS = ".,;:!?)"
_SOLID = re.compile(r"(\S+?)[.,;:!?)]*(?!\S)")
"""What stands between spaces, less the points at its end: those were left where they belong."""
_SIGNS_BEFORE = re.compile(r"(?<!\S)[^\w\s]{1,4}\Z")
"""What ended a text that was turned round."""
_LINE = re.compile(r"[^\n]+")

Read = Callable[[str], str]


def _shift(by: int) -> Read:
    table = str.maketrans(_LETTERS + _LETTERS.upper(), (shifted := _LETTERS[by:] + _LETTERS[:by]) + shifted.upper())
    return lambda word: word.translate(table)


_MIRRORED = str.maketrans(_LETTERS + _LETTERS.upper(), _LETTERS[::-1] + _LETTERS[::-1].upper())


def _backwards(word: str) -> str:
    return word[::-1]


_FIRST: tuple[Read, ...] = (_shift(13), _backwards, lambda word: word.translate(_MIRRORED))
_OTHERS: tuple[Read, ...] = tuple(_shift(by) for by in range(1, 26) if by != 13)


class _FromPig:
    """Pig Latin, where only a known word tells how many letters went to the end."""

    def __init__(self, known: Vocabulary) -> None:
        self._known = known

    def __call__(self, word: str) -> str:
        stem = word.removesuffix("ay")
        if stem == word or len(word) < 4:
            return ""
        stem = stem.removesuffix("-")
        found = [stem[-count:] + stem[:-count] for count in range(1, min(5, len(stem)))]
        found += [stem[:-1] if stem[-1] in "wyh" else "", stem]
        exact = next((each for each in found if each.lower() in self._known.costs), "")
        return exact or next((each for each in found if each.lower() in self._known), "")


def deciphered(text: str, known: Vocabulary, *, in_place: bool = False) -> Iterator[Change]:
    """What is to be read otherwise, each letter of a substitution at its own place.

    ``in_place``: words written backwards stay where they stand, whatever their letters say.
    """
    lower = _WORD.findall(text.lower())
    odd = ["x" if word not in known.costs and len(word) > 2 else "." for word in lower]
    if _CLOSE.search("".join(odd)) is None:
        return
    way = _way([word for word, strange in zip(lower, odd, strict=True) if strange == "x"], known)
    if way is None:
        return
    words = list(_WORD.finditer(text))
    for first, last in _widened(list(_stretches(lower, way, known)), lower, way, known):
        start, end = words[first].start(), words[last].end()
        run = text[start:end]
        if way is _backwards:
            yield from _turned_round(text, start, end, words[first : last + 1], in_place)
        elif isinstance(way, _FromPig):
            for each in words[first : last + 1]:
                if plain := way(each.group()):
                    yield Change(*each.span(), plain)
        else:
            yield Change(start, end, way(run), range(end - start))


def _widened(
    stretches: list[tuple[int, int]], words: list[str], way: Read, known: Vocabulary
) -> Iterator[tuple[int, int]]:
    """Stretches with the words at their edges that are none as they stand, whatever they become: names, rare words."""
    reached = 0
    for index, (first, last) in enumerate(stretches):
        limit = stretches[index + 1][0] if index + 1 < len(stretches) else len(words)
        while first > reached and (words[first - 1] not in known or way(words[first - 1]) in known):
            first -= 1
        while last + 1 < limit and (words[last + 1] not in known or way(words[last + 1]) in known):
            last += 1
        reached = last + 1
        yield first, last


def _turned_round(
    text: str, start: int, end: int, words: list[re.Match[str]], in_place: bool
) -> Iterator[Change]:
    """A stretch of words written backwards: word by word where the first letters show it, else as a whole."""
    capital = next((each.group() for each in words if each.group().lower() != each.group() != each.group().upper()), "")
    if in_place or (capital and capital[-1].isupper() and words[0].group() == capital and len(words) > 1):
        for each in _SOLID.finditer(text, start, end):
            word = each[1] if each[1].strip(_POINTS) else each.group()
            yield Change(each.start(), each.start() + len(word), word[::-1], range(len(word) - 1, -1, -1))
    else:
        before = _SIGNS_BEFORE.search(text, 0, start) if start and not text[start - 1].isspace() else None
        start = before.start() if before is not None else start
        end = len(text.rstrip()) if not any(map(str.isalnum, text[end : end + 4])) and len(text) <= end + 4 else end
        yield Change(start, end, text[start:end][::-1], range(end - start - 1, -1, -1))


def _way(strange: list[str], known: Vocabulary) -> Read | None:
    """The way of reading under which most of the first unknown words become known."""
    sample = list(dict.fromkeys(strange))[:24]
    best: Read | None = None
    few = sample[:8]
    most = max(1.0, 0.2 * len(sample))
    pig = sum(word.endswith("ay") for word in sample) > 1
    ways: tuple[Read, ...] = (*_FIRST, _FromPig(known)) if pig else _FIRST
    for way in ways:
        count = _gain(way, sample, known)
        if count > most:
            best, most = way, count
    if best is None:
        for way in _OTHERS:
            if _gain(way, few, known) > 0.25 * len(few) and (count := _gain(way, sample, known)) > most:
                best, most = way, count
    return best


def _gain(way: Read, words: list[str], known: Vocabulary) -> float:
    """How many words become known, of which short ones say less."""
    return sum(min(1.0, (len(word) - 1) / 3) for word in words if way(word) in known)


def _stretches(words: list[str], way: Read, known: Vocabulary) -> Iterator[tuple[int, int]]:
    """Runs ``[first, last]`` of words that gain by ``way``, each as long as it adds up."""
    total = best = 0.0
    first = last = -1
    for index, word in enumerate(words):
        if not index & EVERY:
            breathe()
        now, then = word in known, way(word) in known
        value = 0.0 if now and then else -_LOST if now else (0.5 if len(word) < 3 else 1.0) if then else -_NEITHER
        if total <= 0.0:
            if best >= ENOUGH:
                yield first, last
            total = best = 0.0
            first = index
        total += value
        if total > best:
            best, last = total, index
        elif total < best - 2.0:
            if best >= ENOUGH:
                yield first, last
            total = best = 0.0
    if best >= ENOUGH:
        yield first, last


def turned_over(text: str, known: Vocabulary) -> Iterator[Change]:
    """Lines in letters that stand on their heads, which are read from their end."""
    if text.isascii():
        return
    for line in _LINE.finditer(text):
        if len(_TURNED.findall(line.group())) >= 3:
            plain = "".join(UPSIDE.get(char, char) for char in reversed(line.group()))
            words = _WORD.findall(plain.lower())
            if 2 * sum(word in known for word in words) >= len(words):
                yield Change(*line.span(), plain, range(len(line.group()) - 1, -1, -1))
