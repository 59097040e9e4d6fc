"""Words spelt otherwise read as the known words they stand for: figures for letters, letters twice, vowels blotted out,
a letter left out, put in or exchanged, no space between words.

A word that is known as it stands is left alone, and so is one that becomes no known word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.core.reading import Change
from gateway.core.vocabulary import LONGEST, Vocabulary, skeleton

_TOKEN = re.compile(r"[A-Za-z0-9@$!|+*#£€(<]*[A-Za-z*][A-Za-z0-9@$!|+*#£€(<]*")
_ALPHABETIC = re.compile(r"[A-Za-z]+")
_SIGNS = "0134578@$!|+269£€(<"
_FIGURES = str.maketrans(_SIGNS, "oieastbasiltzgglecc")
_AS_L = str.maketrans("1!|", "lll")
_AS_I = str.maketrans("1!|", "iii")
_NINE_G = str.maketrans("96", "gb")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MOST_TOKENS = 4096

_KEYS = """
ignore ignoring ignored disregard forget override bypass previous prior earlier above instruction instructions
prompt prompts system reveal show print repeat rules guidelines restrictions policies filters safety developer
assistant jailbreak unfiltered uncensored unrestricted hidden secret password pretend everything directives
configuration initial original confidential internal output response answer following execute decode commands admin
mode message constraints training conversation credentials forward summarize mention
"""
KEY_WORDS = frozenset(_KEYS.split())
"""Words for which a single slip of the pen is read over: with those of a policy, what patterns look for."""


def respelt(text: str, known: Vocabulary, *, slips: bool) -> Iterator[Change]:
    """What is to be read otherwise; ``slips``: also single wrong letters in words that guards look for."""
    for count, found in enumerate(_TOKEN.finditer(text)):
        token = found.group()
        lower = token.lower()
        if lower in known or len(token) < 3 or count > _MOST_TOKENS:
            continue
        change = _word(token, lower, known, slips)
        if change is not None:
            start, end, plain, origins = change
            yield Change(found.start() + start, found.start() + end, plain, origins)


def _word(token: str, lower: str, known: Vocabulary, slips: bool) -> tuple[int, int, str, list[int]] | None:
    size = len(token)
    if not token.isalpha():
        core = token.rstrip("!(<+*#")
        plain = _from_figures(core, known) if len(core) > 2 else None
        if plain is not None:
            return 0, len(core), plain, list(range(len(core)))
        if "*" in token or "#" in token:
            whole = known.skeletons.get(skeleton(lower)) if lower[0] != "*" or not token.endswith("**") else None
            return None if whole is None or _is_mostly_signs(token) else (0, size, whole, list(range(size)))
        return None
    places = _once(lower)
    if len(places) < size:
        once = "".join(lower[at] for at in places)
        double = _doubled(lower, once, known)
        if double is not None:
            return 0, size, double[0], double[1]
    apart = _taken_apart(token, known) if size >= 10 else None
    return _slip(lower, size, known) if apart is None and slips and size >= 5 else apart


def _is_mostly_signs(token: str) -> bool:
    return sum(map(str.isalpha, token)) * 2 < len(token)


def _from_figures(core: str, known: Vocabulary) -> str | None:
    """``core`` with figures and signs read as letters, of the same length, when that is a known word or begins one."""
    if not any(char in _SIGNS for char in core):
        return None
    letters = sum(map(str.isalpha, core))
    for one in (_AS_I, _AS_L):
        for nine in (None, _NINE_G):
            part = core.translate(one)
            part = (part.translate(nine) if nine else part).translate(_FIGURES)
            if part.lower() in known and (letters or len(core) > 3):
                return part
    mixed = core.lower().translate(_FIGURES)
    if "1" in core or "!" in core or "|" in core:
        mixed = next((each for each in _both(core.lower()) if each in known), mixed)
    return mixed if mixed in known and letters else None


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
    twice = re.sub(r"(.)\1{2,}", r"\1\1", lower)
    for base in (once, twice):
        for at in range(1, len(base)):
            part = base[:at] + base[at - 1] + base[at:] if base is once else base[:at] + base[at + 1 :]
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
    if len(words) < 3 or sum(len(word) for word in words if word.lower() in known) < 0.8 * len(token):
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


def _parts(word: str, known: Vocabulary) -> list[str]:
    return [word] if len(word) <= LONGEST // 2 or word.lower() in known else known.words(word)


def _slip(lower: str, size: int, known: Vocabulary) -> tuple[int, int, str, list[int]] | None:
    """A key word but for one letter, or two that changed places; or but for its vowels."""
    for at in range(size):
        swapped = lower[:at] + lower[at + 1 : at + 2] + lower[at] + lower[at + 2 :]
        if swapped in KEY_WORDS:
            return 0, size, swapped, list(range(size))
        if size > 5 and (shorter := lower[:at] + lower[at + 1 :]) in KEY_WORDS:
            return 0, size, shorter, [*range(at), *range(at + 1, size)]
    whole = _gaps().get(lower)
    if whole is not None:
        return 0, size, whole, _spread(len(whole), size)
    for at in range(size):
        whole = _gaps().get(f"{lower[:at]}?{lower[at + 1 :]}")
        if whole is not None and size >= 6:
            return 0, size, whole, list(range(size))
    return None


_GAPS: dict[str, str] = {}


def _gaps() -> dict[str, str]:
    """Key words of six letters and more with a letter missing, or a question mark in its place."""
    if not _GAPS:
        for word in sorted(KEY_WORDS):
            for at in range(len(word) if len(word) >= 6 else 0):
                _GAPS.setdefault(word[:at] + word[at + 1 :], word)
                _GAPS.setdefault(f"{word[:at]}?{word[at + 1 :]}", word)
    return _GAPS
