"""Reads a text in another language word by word in English, so that the encoder, which learnt English, may judge it.

A gloss is no translation: words stay in their order, and those that the glossary does not know stay as they are. What
the encoder finds in it is a finding; what it does not find says nothing about the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.core.text import canonical
from gateway.core.vocabulary import common
from gateway.detectors.encoder_input import Places
from gateway.detectors.glossary import NOTHING, WORD, Glossary, glossaries

KNOWN = 0.6
"""The share of a text's words that must be known for its gloss to say anything."""
FEWEST = 2
"""Words of a glossary that a text must have, to be read with it."""
SPOKEN, SPOKEN_SHARE, ENGLISH_SHARE = 3, 0.7, 0.5
"""A text is surely in a language that a glossary is for: so many words and this share are in it, fewer are English."""
COMPOUNDS: Mapping[str, tuple[str, ...]] = {"de": ("", "s", "n", "en", "es"), "nl": ("", "s", "en", "e")}
"""Languages that write words together, by the letters that may join them."""
SHORTEST_PART, LONGEST_COMPOUND = 3, 40
"""Letters of a part of a compound, and of one that is taken apart."""
PREFIXES: Mapping[str, frozenset[str]] = {
    "de": frozenset(map(canonical, (
        "ab", "an", "auf", "aus", "bei", "ein", "fest", "fort", "frei", "her", "hin", "los", "mit", "nach", "offen",
        "preis", "um", "vor", "weg", "weiter", "zu", "zurück", "zusammen"))),
    "nl": frozenset((
        "aan", "af", "bij", "door", "in", "mee", "na", "om", "op", "over", "samen", "terug", "toe", "uit", "vast",
        "voor", "weg")),
}  # fmt: skip
"""What stands apart from its verb at a clause's end."""
_CLAUSE = re.compile(r"[.,;:!?\n()\[\]\"\u201c\u201d\u00ab\u00bb]")
_AND = frozenset(("und", "en"))
"""Words before which a clause ends, too."""
_JOINED = re.compile(r"[ \t]*['`\u2019-]?[ \t]*\n?[ \t]*")
"""What may stand between words of one form, and is a space between English ones."""
Written = Callable[[int, int], str]
"""Characters ``[start, end)`` of what is read, as they are written."""


class Gloss(NamedTuple):
    """``text`` in English; ``starts`` and ``ends``: for each of its characters ``[start, end)`` of what was read.

    ``known``: the share of the words that the glossary knows or that are English.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    known: float

    def places(self, places: Places) -> Places:
        """Leads characters of ``text`` to where ``places`` leads those of what was read."""
        starts, ends = self.starts, self.ends
        return lambda start, end: places(min(starts[start:end]), max(ends[start:end])) if start < end else None


@dataclass(slots=True)
class _English:
    """A growing gloss of ``read``."""

    read: str
    out: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def copy(self, start: int, end: int) -> None:
        self.out.append(self.read[start:end])
        self.starts += range(start, end)
        self.ends += range(start + 1, end + 1)

    def put(self, english: str, start: int, end: int) -> None:
        self.out.append(english)
        self.starts += [start] * len(english)
        self.ends += [end] * len(english)


class Words:
    """A text (canonical) in the language of ``known``; linear in its length."""

    def __init__(self, known: Glossary, text: str, written: Written) -> None:
        self._glossary, self._text, self._written = known, text, written
        self._places = [word.span() for word in WORD.finditer(text)]
        self._words = [text[start:end].lower() for start, end in self._places]

    def gloss(self) -> Gloss:
        """Each form as its gloss; what is unknown, and all signs between words, as they are."""
        english, made = common(), _English(self._text)
        at = known = 0
        follows = False
        for first, size, gloss in self._forms():
            start, end = self._places[first][0], self._places[first + size - 1][1]
            if at and at < start and (follows or gloss is not None) and _JOINED.fullmatch(self._text, at, start):
                made.put(" ", at, start)
            else:
                made.copy(at, start)
            if gloss is None:
                made.copy(start, end)
            elif gloss != NOTHING:
                made.put(gloss, start, end)
            at, follows = end, gloss is not None
            known += size if gloss is not None or self._words[first] in english else 0
        made.copy(at, len(self._text))
        return Gloss("".join(made.out), made.starts, made.ends, known / max(1, len(self._words)))

    def _forms(self) -> Iterator[tuple[int, int, str | None]]:
        """Of each form its first word, how many it has, and its gloss, None where it has none."""
        apart = dict(self._verbs())
        forms, words, at = self._glossary.forms, self._words, 0
        while at < len(words):
            word = words[at]
            size, gloss = self._longest(at)
            if gloss is None:
                gloss = apart.get(at)
            if gloss is None and (accented := self._glossary.accented.get(word)) is not None:
                gloss = accented.get(self._written(*self._places[at]).lower())
            if gloss is None:
                gloss = forms.get(word)
            yield at, size, self._compound(word) if gloss is None else gloss
            at += size

    def _longest(self, at: int) -> tuple[int, str | None]:
        """How many words the longest form of several at ``at`` has, and its gloss; 1 and None where there is none."""
        words, places = self._words, self._places
        for more in range(min(self._glossary.longest.get(words[at], 0), len(words) - at - 1), 0, -1):
            gloss = self._glossary.forms.get(" ".join(words[at : at + more + 1]))
            if gloss is not None and all(
                _JOINED.fullmatch(self._text, places[each][1], places[each + 1][0]) for each in range(at, at + more)
            ):
                return more + 1, gloss
        return 1, None

    def _verbs(self) -> Iterator[tuple[int, str]]:
        """Glosses of verbs whose prefix stands at the clause's end, where it vanishes: schalte … ab, "turn off"."""
        prefixes = PREFIXES.get(self._glossary.language)
        if prefixes is None:
            return
        words, places, forms, begun = self._words, self._places, self._glossary.forms, 0
        for at, word in enumerate(words):
            if at + 1 < len(words) and words[at + 1] not in _AND and (
                _CLAUSE.search(self._text, places[at][1], places[at + 1][0]) is None
            ):
                continue
            if at > begun and word in prefixes:
                yield at, NOTHING
                for verb in range(begun, at):
                    if (gloss := forms.get(word + words[verb])) is not None:
                        yield verb, gloss
                        break
            begun = at + 1

    def _compound(self, word: str) -> str | None:
        """The gloss of a compound of two known words, of which the first is as long as can be."""
        joints = COMPOUNDS.get(self._glossary.language)
        if joints is None or not 2 * SHORTEST_PART <= len(word) <= LONGEST_COMPOUND:
            return None
        forms = self._glossary.forms
        for cut in range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1):
            second = forms.get(word[cut:], NOTHING)
            if second == NOTHING:
                continue
            for joint in joints:
                stem = word[:cut].removesuffix(joint) if word[:cut].endswith(joint) else ""
                if len(stem) >= SHORTEST_PART and (first := forms.get(stem, NOTHING)) != NOTHING:
                    return f"{first} {second}"
        return None


def spoken(text: str) -> bool:
    """Whether ``text`` (canonical) is in a language that a glossary is for, whatever else its letters look like."""
    words = [word.lower() for word in WORD.findall(text)]
    if len(words) < SPOKEN or sum(word in common() for word in words) >= ENGLISH_SHARE * len(words):
        return False
    return max(each.knows(words) for each in glossaries()) >= max(SPOKEN, SPOKEN_SHARE * len(words))


def glossed(readings: Sequence[tuple[str, Places]], window: str) -> tuple[str, Places] | None:
    """A piece of ``window`` in English, with the way back to it; None where no glossary knows enough of it.

    ``readings``: how the piece may read, in canonical letters, each with its way back. The glossary and the reading are
    taken that know the most words: what undoes disguises takes foreign words for English ones with a slip of the pen.
    """
    most, best = FEWEST - 1, None
    for text, places in readings:
        words = [word.lower() for word in WORD.findall(text)]
        for each in glossaries():
            if (count := each.knows(words)) > most:
                most, best = count, (each, text, places)
    if best is None:
        return None
    known, text, places = best

    def written(start: int, end: int) -> str:
        found = places(start, end)
        return "" if found is None else window[slice(*found)]

    gloss = Words(known, text, written).gloss()
    return (gloss.text, gloss.places(places)) if gloss.known >= KNOWN else None
