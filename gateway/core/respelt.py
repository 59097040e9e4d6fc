"""Words spelt otherwise read as the known words they stand for: figures for letters, letters twice, vowels blotted out,
a letter left out, put in or exchanged, no space between words.

A word that is known as it stands is left alone, and so is one that becomes no known word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from gateway.core.breath import breathe
from gateway.core.rewriting import Change
from gateway.core.vocabulary import LONGEST, Vocabulary, skeleton

_TOKEN = re.compile(r"[A-Za-z0-9@$!|+*#£€(<]+")
_STRETCHES = re.compile(r"[a-z]{3,}")
_SIGNS = "0134578@$!|+269£€(<"
_FIGURES = str.maketrans(_SIGNS, "oieastbasiltzgglecc")
_AS_L = str.maketrans("1!|", "lll")
_AS_I = str.maketrans("1!|", "iii")
_NINE_G = str.maketrans("96", "gb")
_MOSTLY_FIGURES = {"7h3": "the", "4l1": "all", "41l": "all", "0n3": "one", "t0o": "too", "s33": "see", "t3l1": "tell"}
"""Short words of which hardly a letter is left."""
_TWICE = re.compile(r"(.)\1")
_STRETCH = re.compile(r"[A-Za-z]+|[^A-Za-z]+")
_THRICE = re.compile(r"(?<!w)([a-z])\1{2,}(?=[a-z])|(?<=[a-z])([a-vx-z])\2{2,}")
_IN_TURNS = re.compile(r"[A-Za-z][0-9@$!|]{1,3}[A-Za-z]")
_ROMAN = re.compile(r"[ivxlcdmIVXLCDM]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MOST_TOKENS = 4096
IN_FIGURES = 2
"""Words with figures for letters, above which figures alone may stand for a word."""
_ALONE = {"1": "I", "!": "I", "|": "I", "4": "a", "@": "a"}
LONGEST_WORD = 64
"""Characters; what is longer is no single word, however it is spelt."""
RUN_TOGETHER = 13
"""Letters; shorter strange words are rather words than several run together."""


def strangers(text: str, known: Vocabulary) -> set[str]:
    """The words of three letters and more that are not known."""
    costs = known.costs
    return {word for word in set(_STRETCHES.findall(text.lower())) if word not in costs}


def respelt(text: str, known: Vocabulary, *, slips: bool) -> Iterator[Change]:
    """What is to be read otherwise; ``slips``: also single wrong letters in words that guards look for."""
    tokens = [
        token for token in dict.fromkeys(_TOKEN.findall(text)) if len(token) > 1 and token.lower() not in known
    ]
    words = {
        token: change for token in tokens[:_MOST_TOKENS] if len(token) > 2
        and (change := _word(token, token.lower(), known, slips)) is not None
    }
    if sum(not token.isalpha() for token in words) >= IN_FIGURES:  # then others are, too
        for token in tokens[:_MOST_TOKENS]:
            if token in words or token.isalpha() or len(token) > LONGEST_WORD:
                continue
            if plain := _read_on(token, known) or _by_figures(token):
                words[token] = 0, len(token), plain, list(range(len(token)))
        words |= {sign: (0, 1, letter, [0]) for sign, letter in _ALONE.items()}
    if sum(2 * len(change[2]) == len(token) for token, change in words.items()) >= IN_FIGURES:
        words |= {char * 2: (0, 2, char, [0]) for char in "aAiI"}
        words |= {token: (0, len(token), token[::2], list(range(0, len(token), 2))) for token in tokens[:_MOST_TOKENS]
                  if token not in words and token.isalpha() and token[::2].lower() == token[1::2].lower()}
    words |= {token: _shortened(token) for token in tokens[:_MOST_TOKENS] if token not in words and token.isalpha()
              and _THRICE.search(token.lower()) is not None and _ROMAN.fullmatch(token) is None}
    if slips and sum(token.isalpha() and len(token) > 4 for token in words) > 1:
        for token in tokens[:_MOST_TOKENS]:
            if token not in words and token.isalpha() and 4 < len(token) <= LONGEST_WORD:
                slip = _slip(token.lower(), len(token), known.frequent)
                words |= {} if slip is None else {token: slip}
    if not words:
        return
    for found in _TOKEN.finditer(text):
        change = words.get(found.group())
        if change is not None:
            start, end, plain, origins = change
            yield Change(found.start() + start, found.start() + end, plain, origins)


def _shortened(token: str) -> tuple[int, int, str, list[int]]:
    """A word that is not known with what stands in it three times and more once."""
    runs = [found.span() for found in _THRICE.finditer(token.lower())]
    places = [at for at in range(len(token)) if not any(start < at < end for start, end in runs)]
    return 0, len(token), "".join(token[at] for at in places), places


def _read_on(token: str, known: Vocabulary) -> str:
    """A token of figures and signs, a letter or none among them, as the word it is where others are written so."""
    return next((each for each in _both(token.lower()) if each in known), "")


def _by_figures(token: str) -> str:
    """A longer token of letters and figures in turns, letter by letter: a word that is not known."""
    letters = sum(map(str.isalpha, token))
    if len(token) < 5 or letters < 2 or 3 * letters < len(token) or _IN_TURNS.search(token) is None:
        return ""
    return token.translate(_AS_I).translate(_NINE_G).translate(_FIGURES)


def _word(token: str, lower: str, known: Vocabulary, slips: bool) -> tuple[int, int, str, list[int]] | None:
    breathe()
    size = len(token)
    if size > LONGEST_WORD:
        return _taken_apart(token, known) if token.isalpha() else _beside_figures(token, known)
    if not token.isalpha():
        core = token.rstrip("!(<+*#")
        plain = _from_figures(core, known) if len(core) > 2 else None
        if plain is not None:
            return 0, len(core), plain, list(range(len(core)))
        if "*" in token or "#" in token:
            whole = known.skeletons.get(skeleton(lower)) if lower[0] != "*" or not token.endswith("**") else None
            return None if whole is None or _is_mostly_signs(token) else (0, size, whole, list(range(size)))
        return _beside_figures(token, known) if size > RUN_TOGETHER else None
    if _TWICE.search(lower) is not None:
        double = _doubled(lower, "".join(lower[at] for at in _once(lower)), known)
        if double is not None:
            return 0, size, double[0], double[1]
    apart = _taken_apart(token, known) if size >= RUN_TOGETHER else None
    return _slip(lower, size, known.slips) if apart is None and slips and size >= 5 else apart


def _is_mostly_signs(token: str) -> bool:
    return sum(map(str.isalpha, token)) * 2 < len(token)


def _from_figures(core: str, known: Vocabulary) -> str | None:
    """``core`` with figures and signs read as letters, of the same length, when that is a known word or begins one."""
    if not any(char in _SIGNS for char in core):
        return None
    letters = sum(map(str.isalpha, core))
    if core.lower() in _MOSTLY_FIGURES:
        return _MOSTLY_FIGURES[core.lower()]
    if letters < 2 or (letters < 0.4 * len(core) and len(core) < 6):
        return None
    for one in (_AS_I, _AS_L):
        for nine in (None, _NINE_G):
            part = core.translate(one)
            part = (part.translate(nine) if nine else part).translate(_FIGURES)
            if part.lower() in known:
                return part
    mixed = core.lower().translate(_FIGURES)
    if "1" in core or "!" in core or "|" in core:
        mixed = next((each for each in _both(core.lower()) if each in known), mixed)
    return mixed if mixed in known else None


def _both(core: str) -> Iterator[str]:
    """Every way to read up to four ones as ``i`` or ``l``."""
    places = [index for index, char in enumerate(core) if char in "1!|"][:4]
    for bits in range(1 << len(places)):
        chars = list(core)
        for index, place in enumerate(places):
            chars[place] = "l" if bits >> index & 1 else "i"
        yield "".join(chars).translate(_FIGURES)


def _once(word: str) -> list[int]:
    """The places of letters that do not repeat the one before."""
    return [index for index, char in enumerate(word) if index == 0 or char != word[index - 1]]


def _doubled(lower: str, once: str, known: Vocabulary) -> tuple[str, list[int]] | None:
    """A word with some or all letters written twice or more."""
    size = len(lower)
    if size % 2 == 0 and lower[::2] == lower[1::2] and lower[::2] in known:
        return lower[::2], list(range(0, size, 2))
    if len(once) >= 3 and once in known:
        return once, _once(lower)
    if len(once) < 3:
        return None
    for at in range(1, len(once) + 1):
        part = once[:at] + once[at - 1] + once[at:]
        if part in known and len(part) >= 4:
            return part, _spread(len(part), size)
    return None


def _spread(count: int, size: int) -> list[int]:
    """``count`` places among ``size``, in order."""
    return [index * size // count for index in range(count)]


def _taken_apart(token: str, known: Vocabulary) -> tuple[int, int, str, list[int]] | None:
    """Words without a space between them, if nearly all of them are known and long enough to be no chance."""
    if _HUMP.search(token):
        words = _HUMP.split(token)
        words = [part for word in words for part in _parts(word, known)]
    else:
        words = known.words(token[:512])
        words += [token[512:]] if len(token) > 512 else []
    if len(words) < 3 or sum(len(word) for word in words if word.lower() in known) < 0.7 * len(token):
        return None
    if sum(map(len, words)) / len(words) < 2.8:
        return None
    out: list[str] = []
    origins: list[int] = []
    at = 0
    for word in words:
        if at:
            out.append(" ")
            origins.append(at)
        out.append(word)
        origins += range(at, at + len(word))
        at += len(word)
    return 0, len(token), "".join(out), origins


def _beside_figures(token: str, known: Vocabulary) -> tuple[int, int, str, list[int]] | None:
    """Words without a space between them or beside the figures among them."""
    out: list[str] = []
    origins: list[int] = []
    gained = False
    for found in _STRETCH.finditer(token):
        start, part = found.start(), found.group()
        apart = _taken_apart(part, known) if len(part) >= RUN_TOGETHER and part.isalpha() else None
        gained = gained or apart is not None
        if out:
            out.append(" ")
            origins.append(start)
        out.append(apart[2] if apart else part)
        origins += [start + at for at in apart[3]] if apart else range(start, found.end())
    return (0, len(token), "".join(out), origins) if gained else None


def _parts(word: str, known: Vocabulary) -> list[str]:
    parts = [word] if len(word) <= LONGEST // 2 or word.lower() in known else known.words(word)
    return parts if len(word) > LONGEST or all(len(part) > 2 or part.lower() in known for part in parts) else [word]


def _slip(
    lower: str, size: int, deleted: Mapping[str, tuple[str, ...]]
) -> tuple[int, int, str, list[int]] | None:
    """A word with the same first letter but for one letter, or two that changed places; see ``Vocabulary.slips``."""
    for at in range(1, size):
        for word in deleted.get(lower[:at] + lower[at + 1 :], ()):
            if word[0] == lower[0] and not lower.startswith(word) and _is_one_slip(lower, word):
                return 0, size, word, _spread(len(word), size)
    for word in deleted.get(lower, ()):
        if word[0] == lower[0] and len(word) > size >= 5:
            return 0, size, word, _spread(len(word), size)
    return None


def _is_one_slip(lower: str, word: str) -> bool:
    """Whether they differ in one letter, or in the order of two; both are long enough for that to be no chance."""
    if abs(len(lower) - len(word)) > 1 or len(word) < 5:
        return False
    first = next((at for at, (a, b) in enumerate(zip(lower, word, strict=False)) if a != b), min(len(lower), len(word)))
    if first >= min(len(lower), len(word)) - 1:
        return False  # an ending
    if len(lower) > len(word):
        return lower[first + 1 :] == word[first:] and len(word) > 5
    if len(lower) < len(word):
        return lower[first:] == word[first + 1 :]
    if lower[first + 1 :] == word[first + 1 :]:
        return len(word) > 5
    return lower[first : first + 2] == word[first : first + 2][::-1] and lower[first + 2 :] == word[first + 2 :]
