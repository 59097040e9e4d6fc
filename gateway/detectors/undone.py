"""A window as the encoder reads it: without its disguises, and cut where the same words in plain would be cut.

What is in disguise gets the scores that it would get in plain, so far as its words come out; which language it is in is
asked of the words that come out, too.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import groupby

from gateway.core.rewriting import Readable
from gateway.core.text import canonical
from gateway.core.vocabulary import common
from gateway.core.windows import LONGEST_INPUT, Ask, passages
from gateway.detectors.encoder_input import Places, folded, lettered, undone
from gateway.detectors.gloss import spoken
from gateway.detectors.language import foreign, load, told
from gateway.detectors.pii_words import without_names

LATIN = 0.85
"""The share of a readable window's letters that are Latin."""
ENGLISH = 0.5
"""Of the letters of words with accents the share in common English words, from which it is English in disguise."""
OWN = 20
"""Characters that a run must have and decode to, to be read on its own."""
FEW = 0.3
"""The share of what it decodes to that may be neither letters nor spaces."""
_LETTERS = re.compile(r"[A-Za-z\s]+")
_LINES = re.compile(r"[ /|]*[\n/|][\s/|]*")
"""What stands between the lines of one text that is written in a notation."""
_MACHINE = re.compile(
    r"\s*(?:[A-Za-z0-9+/=_.:-]{32,}(?:\n(?=[^\n]*[0-9+/=])[A-Za-z0-9+/]{1,75}={0,2}(?=\n|\Z))*"
    r"|(?:[0-9A-Fa-f]{2}[ :-]){11,}[0-9A-Fa-f]{2}\b|data:[\w.+-]{1,20}/[\w.+-]{1,20};base64,"
    r"|-----(?:BEGIN|END) (?:[A-Z0-9]{2,10} ){0,2}(?:CERTIFICATE|REQUEST|KEY|BLOCK|MESSAGE|SIGNATURE)-----)\s*"
)
"""Digests, tokens, encoded data and what stands around it: no language, unless it was decoded."""
SENTENCE = 3
"""Words; what has fewer beside machine strings says nothing."""
SURELY = 0.5
"""By how much another language is likelier than English, where nothing else is asked."""
FEWEST, OTHER = 20, 0.2
"""Letters in words, and the share of them in English words below which that many are in another language."""
_WORDS = re.compile(r"[a-z]{2,}")
Back = Callable[[Sequence[int], int, int], tuple[int, int] | None]
"""``Places`` of a piece that has these characters of what is read."""
_ACCENTS = re.compile("[\u00c0-\u024f\u0300-\u036f\u1e00-\u1eff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is read at once: ``text`` after ``before``. ``span``: ``[start, end)`` of the window's characters.

    ``places`` leads characters of ``text`` back to the window's. ``said``: the text by which its language is told;
    ``accented``: it has accents that ``text`` has not.
    """

    text: str
    before: str
    span: tuple[int, int]
    places: Places
    said: str
    accented: bool = False

    @property
    def known(self) -> bool:
        """Whether the encoder may know the language."""
        return knows(self.text, self.said, accented=self.accented)


def knows(text: str, said: str, *, accented: bool = False) -> bool:
    """Whether the encoder may know the language of ``text``: it learnt English, in Latin letters.

    Letters that look like Latin ones count as such, and some of any Cyrillic text do: hence not half of them, but most.
    Languages in Latin letters are told apart where the extra ``language`` is installed; see ``Piece`` for the rest. Of
    short texts that are likelier another language, but not surely, the words decide.
    """
    letters = [char for char in text if char.isalpha()]
    if sum(map(str.isascii, letters)) < LATIN * len(letters):
        return False
    if not _tells_languages():
        return True
    other = told(said)
    if other is None or other.score < SURELY:
        return not _is_other(text) and (other is None or not spoken(text))
    return accented and _is_english(said) and not foreign(text)


def knows_around_names(text: str) -> bool:
    """Whether the encoder may know what is said around the names in ``text``, as it is written."""
    said = without_names(text)
    return knows(folded(said)[0], said)


def pieces(ask: Ask, *, worded: bool = False) -> tuple[Piece, ...]:
    """The window of ``ask`` as it is read; ``worded``: without what only machines read.

    What a run decodes to is read as a text of its own, and what stands around it without it.
    """
    if ask.run:
        return tuple(_following(ask, worded))
    text = ask.text
    reading = undone(text)
    plain, places = lettered(reading, text)
    runs = _runs(reading, plain) if reading.text is not text and len(plain) == len(reading.text) else []
    if not runs and (len(text) <= LONGEST_INPUT or len(plain) <= LONGEST_INPUT):
        accented = _is_accented(text)
        said = text if accented else reading.text
        found: Sequence[Piece] = (Piece(plain, ask.before, (0, len(text)), places, said, accented),)
    else:
        found = list(_cut(plain, runs, ask.before, partial(_moved, places, 0, len(text))))
    return tuple(_worded(each) for each in found) if worded else tuple(found)


def _runs(reading: Readable, plain: str) -> list[tuple[int, int]]:
    """Stretches ``[start, end)`` of ``plain`` that runs of the window decode to, if they are words and not few."""
    found: list[tuple[int, int]] = []
    at = 0
    starts, ends = reading.starts, reading.ends
    for (start, end), chars in groupby(zip(starts, ends, strict=True)):
        size = len(list(chars))
        if size >= OWN and end - start >= OWN and len(_LETTERS.sub("", plain[at : at + size])) <= FEW * size:
            of_one = bool(found) and _LINES.fullmatch(plain, found[-1][1], at) is not None
            found.append((found.pop()[0] if of_one else at, at + size))
        at += size
    return found


def _following(ask: Ask, worded: bool) -> Iterator[Piece]:
    """A window that begins inside a notation, read with the run of it that stands before, as far as that is new.

    What is found counts from the window's first character on, as nothing of the run can be taken back.
    """
    text = ask.run + ask.text
    reading = undone(text)
    plain, places = lettered(reading, text)
    runs = _runs(reading, plain) if reading.text is not text and len(plain) == len(reading.text) else []
    known = lettered(undone(ask.run), ask.run)[0]
    fresh = next((at for at, (one, other) in enumerate(zip(known, plain, strict=False)) if one != other),
                 min(len(known), len(plain)))
    read = _MACHINE.sub(lambda found: " " * len(found.group()), plain) if worded else plain
    back = partial(_moved, places, len(ask.run), len(ask.text))
    for each in _cut(read, runs, "", back, fresh):
        if read is plain or each.text in plain or len(_WORDS.findall(each.text.lower())) >= SENTENCE:
            yield each


def _cut(plain: str, runs: Sequence[tuple[int, int]], before: str, back: Back, fresh: int = 0) -> Iterator[Piece]:
    """``plain`` in pieces: what stands around the runs, then each run on its own; what is long as a request is cut.

    What ends before ``fresh`` is left out: it was read with the window before.
    """
    around: list[int] = []
    at = 0
    for start, end in (*runs, (len(plain), len(plain))):
        around += range(at, start)
        at = end
    alone: list[Sequence[int]] = [range(start, end) for start, end in runs]
    for chars, first in ((around, before), *((each, "") for each in alone)):
        for each in passages("".join([plain[at] for at in chars]), whole=False):
            if chars[each.end - 1] >= fresh and not each.text.isspace():
                places = partial(back, chars[each.start : each.end])
                span = places(0, len(each.text)) or (0, 1)
                yield Piece(each.text, each.before if each.start else first, span, places, each.text)


def _moved(
    places: Places, shift: int, size: int, chars: Sequence[int], start: int, end: int
) -> tuple[int, int] | None:
    """Where the window has what is read from the ``chars`` that stand at ``[start, end)`` of a piece.

    ``shift``: how many characters stand before the window; ``size``: how many it has.
    """
    found = places(chars[start], chars[end - 1] + 1)
    if found is None or found[1] <= shift:
        return None
    return max(found[0] - shift, 0), min(found[1] - shift, size)


def _worded(piece: Piece) -> Piece:
    if _MACHINE.search(piece.text) is None:
        return piece
    rest = _MACHINE.sub(" ", piece.text)
    return replace(piece, text=rest if len(_WORDS.findall(rest.lower())) >= SENTENCE else "")


def _is_accented(text: str) -> bool:
    """Whether ``text`` has accents, and on Latin letters alone, as many languages are written."""
    return _ACCENTS.search(text) is not None and all(
        char.isascii() or _ACCENTS.match(char) is not None for char in text if char.isalpha())


def _is_english(text: str) -> bool:
    """Whether the words with accents in ``text`` are English ones without them."""
    accented = canonical(" ".join(word for word in text.split() if not word.isascii()))
    words, known = _WORDS.findall(accented.lower()), common().costs
    return sum(len(word) for word in words if word in known) >= ENGLISH * sum(map(len, words))


def _is_other(text: str) -> bool:
    """Whether hardly a word is English, in a text that is too short or too mixed for its language to be told."""
    words, known = _WORDS.findall(text.lower()), common()
    letters = sum(map(len, words))
    return letters >= FEWEST and sum(len(word) for word in words if word in known) < OTHER * letters


def share() -> None:
    """Load what tells languages, before workers are forked: 75 MB and half a second for each of them otherwise."""
    common()
    if _tells_languages():
        load()


@cache
def _tells_languages() -> bool:
    return importlib.util.find_spec("py3langid") is not None
