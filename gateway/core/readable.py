"""The readable text: what a model or a person would take a text to say, with the way back to the characters written.

``readable`` is what detectors are to be asked about, and what patterns look through when something in an input hints
at a disguise. Invisible characters, look-alikes, encodings, ciphers, spacing and spelling are undone where that gives
known words; what reads like a text as it stands stays as it is. Writing in other scripts and emoji are left alone; of
Latin letters the accents fall. It looks at whole texts: in a stream it is a function of a window, never of arrivals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.core.alphabets import COUNTRIES
from gateway.core.ciphers import deciphered, turned_over
from gateway.core.encoded import encoded, escaped, hidden
from gateway.core.marks import CHAINED, ENCODED, ESCAPED, FIGURES, PIECES, SPACED, TAGGED, marks
from gateway.core.respelt import respelt, strangers
from gateway.core.rewriting import Change, Readable
from gateway.core.spaced import repieced, respaced, unchained, untagged, unwrapped
from gateway.core.text import FOLDS
from gateway.core.vocabulary import MOST_LETTERS, Vocabulary, common

NESTED = 2
"""How many encodings around each other are undone."""

_TOKEN = re.compile(r"[^\s\u3000-\u9fff\uac00-\ud7af]+")
_OUTSIDE = re.compile(r"[^\x00-\x7f]")
_WORDS = re.compile("[a-z]+")
_FIGURE_OR_LATIN = re.compile("[A-Za-z0-9]")
_LATIN = re.compile(r"[A-Za-z]")
_OTHER_SCRIPTS = re.compile("[\u0370-\u03ff\u0400-\u058f\u13a0-\u13ff\uab70-\uabbf\ua4d0-\ua4ff]")
"""Letters that people write in, some of which look like Latin ones."""
LATIN = 0.9
"""Share of a text's letters that pass for Latin ones, above which known words of look-alikes alone are Latin too."""
_FLAGS = re.compile("(?:[\U0001f1e6-\U0001f1ff][ \u200b\u200c\u200d\ufe0f]{0,3}){5,}")


def readable(
    text: str, known: Vocabulary | None = None, *, slips: bool = True, in_place: bool = False
) -> Readable:
    """How ``text`` reads; the reading's ``text`` is ``text`` itself where there is nothing to undo.

    ``known``: the words that tell a disguise (English when None). ``slips``: also single wrong letters in the words
    that guards look for. ``in_place``: words written backwards are turned where they stand; else a row of them is
    turned as a whole where nothing speaks against it. Linear in ``text``.
    """
    known = known or common()
    reading = Readable.plain(text)
    if not text.isascii():
        reading = reading.changed(hidden(text))
        reading = reading.changed(turned_over(reading.text, known))
        reading = reading.changed(_flagged(reading.text))
        reading = reading.changed(_folded(reading.text, known))
    seen = marks(reading.text.encode("utf-8", "replace"))
    for _ in range(NESTED):
        before = reading
        if seen & ESCAPED:
            reading = reading.changed(escaped(reading.text))
            seen |= marks(reading.text.encode("utf-8", "replace"))
        if seen & ENCODED:
            reading = reading.changed(encoded(reading.text, seen))
        if reading is before:
            break
        seen |= marks(reading.text.encode("utf-8", "replace"))
    return _words(reading, known, seen, slips, in_place)


def _words(reading: Readable, known: Vocabulary, seen: int, slips: bool, in_place: bool) -> Readable:
    """With letters set apart put together, words run together taken apart, ciphers and slips read."""
    if seen & TAGGED:
        reading = reading.changed(untagged(reading.text))
    if seen & (SPACED | TAGGED):
        reading = reading.changed(unwrapped(reading.text))
        reading = reading.changed(respaced(reading.text, known, MOST_LETTERS))
    if seen & PIECES:
        reading = reading.changed(repieced(reading.text, known))
    if seen & CHAINED:
        reading = reading.changed(unchained(reading.text, known))
    strange = strangers(reading.text, known)
    if len(strange) > 1:
        ciphered = reading.changed(deciphered(reading.text, known, in_place=in_place))
        if ciphered is not reading:
            reading, strange = ciphered, strangers(ciphered.text, known)
    if strange or seen & FIGURES:
        reading = reading.changed(respelt(reading.text, known, slips=slips))
    return reading


def _flagged(text: str) -> Iterator[Change]:
    """Letters written as halves of flags: what stands for a country in every pair stays a row of flags."""
    for found in _FLAGS.finditer(text):
        places = [index for index, char in enumerate(found.group()) if "\U0001f1e6" <= char <= "\U0001f1ff"]
        letters = "".join(chr(ord(found.group()[index]) - 0x1F1E6 + 97) for index in places)
        if len(letters) % 2 or any(letters[at : at + 2] not in _COUNTRIES for at in range(0, len(letters), 2)):
            yield Change(*found.span(), letters, places)


_COUNTRIES = frozenset(COUNTRIES.split())


def _folded(text: str, known: Vocabulary) -> Iterator[Change]:
    """Words of Latin letters in disguise; words of another script altogether only where most letters are Latin."""
    if _OUTSIDE.search(text) is None:
        return
    letters = [char for char in text if char.isalpha()]
    latin = sum(FOLDS[char].isascii() for char in letters)
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token.isascii():
            continue
        folds = [FOLDS[char] for char in token]
        plain = "".join(folds)
        foreign = any(not char.isascii() and char.isalpha() for char in plain)
        if not foreign and _is_disguised(token, plain, latin >= LATIN * len(letters), known):
            origins = [index for index, fold in enumerate(folds) for _ in fold]
            yield Change(*found.span(), plain, origins)


def _is_disguised(token: str, plain: str, latin: bool, known: Vocabulary) -> bool:
    """Whether a word that is ``plain`` in canonical text is to be read so; ``latin``: nearly all of the text may be."""
    if _OUTSIDE.search(plain) is not None and not any(map(str.isalpha, token)):
        return any(char in _SWALLOWED for char in token) and _LATIN.search(plain) is not None
    if _FIGURE_OR_LATIN.search(plain) is None:
        return False  # punctuation and accents of another script's own
    if _OTHER_SCRIPTS.search(token) is None or _LATIN.search(token) is not None:
        return True
    return latin and all(word in known for word in _WORDS.findall(plain.lower()))


_SWALLOWED = frozenset(
    "\u200b\u2060\ufeff\u00ad\u180e\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Signs that show as nothing and belong to no emoji."""
