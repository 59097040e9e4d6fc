"""Compares the sentences of an answer with the sources it was to be written from, by words, numbers and names alone.

No model: a reworded truth and a well-worded untruth differ here only by what they name. What is compared is whether the
words of a claim stand together somewhere in the sources, and whether its numbers and names stand there with them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from gateway.core.text import canonical

MOST_SOURCE = 400_000
"""Characters of sources that are read; what is beyond supports nothing."""
MOST_CLAIMS = 400
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?=\w)[^.!?\n]*)*(?:[.!?]+[\"')\]]*|\n|\Z)")
_WORD = re.compile(r"\d+(?:[.,:]\d+)*%?|[A-Za-z][A-Za-z'\u2019]*|[^\W\d_]+")
_LITTLE = """
a an the this that these those it its he she they him his her their we our us you your i me my of in on at by
for from to with without as and or but nor so yet if then than when while where which who whom whose what how
why is are was were be been being am do does did done has have had having will would shall should can could may
might must not no also only just very more most much many some any all each both other another such own same
about into over under after before during between through there here out up down off again once because until
against among within per
"""
_STOP = frozenset(_LITTLE.split())
_COUNTED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty
"""
_NUMBERS = {word: str(value) for value, word in enumerate(_COUNTED.split())} | {
    "thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "dozen": "12", "first": "1", "second": "2",
    "third": "3",
}
_ENDINGS = (
    "ations", "ation", "ingly", "edly", "ings", "ment", "ing", "ies", "ied", "ed", "es", "ly", "er", "s", "e", "y",
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_CHAT = re.compile(
    r"\s*(?:sure|certainly|of course|yes|no|hello|hi|thanks?|thank you|please|let me|i'?m|i am|i can|i could|i will"
    r"|i'll|i hope|i do not|i don'?t|here (?:is|are)|note that|if you|do you|would you|feel free|you can|you may)\b",
    re.IGNORECASE)
_DISCLAIMS = re.compile(
    r"\b(?:(?:document|text|source|context|passage|article|information)s?\b.{0,40}\b(?:not|n't|no)\b"
    r"|not (?:stated|mentioned|specified|given|clear))", re.IGNORECASE)
_MOST_PLACES = 256
"""Sentences; a word that stands in more of them does not say which one is meant."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence at ``[start, end)`` of an answer; ``score``: how likely it is that the sources do not say it."""

    start: int
    end: int
    score: float
    entity: str


@dataclass(slots=True)
class Sources:
    """The sources' words: where they stand (in sentences by number) and which follow each other."""

    places: dict[str, set[int]] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    sentences: int = 0

    @classmethod
    def of(cls, texts: Iterable[str]) -> Sources:
        found, left = cls(), MOST_SOURCE
        for text in texts:
            for start, end in _sentences(text[:left]):
                words = [stem for stem, _ in _words(text[start:end])]
                for word in dict.fromkeys(words):
                    found.places.setdefault(word, set()).add(found.sentences)
                found.pairs.update(pairwise(words))
                found.sentences += 1
            left -= len(text)
            if left <= 0:
                break
        return found

    def weight(self, word: str) -> float:
        """How much a word tells: rare ones more, as in searches; one that is nowhere the most."""
        return math.log(1 + (self.sentences + 1) / (1 + len(self.places.get(word, ()))))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for found in _SENTENCE.finditer(text):
        if found.end() > found.start():
            yield found.span()


def _words(text: str) -> list[tuple[str, str]]:
    """Stems of the words that tell something, with what each is: ``number``, ``name`` or nothing."""
    out: list[tuple[str, str]] = []
    found_words = [each.group() for each in _WORD.finditer(canonical(text))]
    for index, word in enumerate(found_words):
        begins = index == 0 and not (
            len(found_words) > 1 and found_words[1][0].isupper() and found_words[1].lower() not in _STOP)
        low = word.lower().replace("\u2019", "'").removesuffix("'s")
        if word[0].isdigit():
            out.append((_number(word), "number"))
        elif low in _NUMBERS:
            out.append((_NUMBERS[low], ""))
        elif low not in _STOP and len(low) > 1:
            out.append((_stem(low), "name" if word[0].isupper() and not begins else ""))
    return out


def _number(word: str) -> str:
    plain = word.rstrip("%")
    plain = plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain
    return plain.rstrip("0").rstrip(".") if plain.count(".") == 1 else plain


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def claims(answer: str, sources: Sources) -> Iterator[Claim]:
    """The sentences of ``answer`` that claim something, in order; small talk and disclaimers claim nothing."""
    for count, (start, end) in enumerate(_sentences(answer)):
        text = answer[start:end]
        words = _words(text)
        if count >= MOST_CLAIMS:
            return
        special = [stem for stem, kind in words if kind]
        if len(words) < 2 or text.rstrip().endswith("?") or (_CHAT.match(text) and not special):
            continue
        if _DISCLAIMS.search(text):
            continue
        left = len(text) - len(text.lstrip())
        score, entity = _judged(words, sources)
        yield Claim(start + left, start + len(text.rstrip()), score, entity)


def _judged(words: list[tuple[str, str]], sources: Sources) -> tuple[float, str]:
    f = features(words, sources)
    score = 1 / (1 + math.exp(-(BIAS + sum(weight * value for weight, value in zip(WEIGHTS, f, strict=True)))))
    missing = {kind for stem, kind in words if kind and stem not in sources.places}
    if "number" in missing:
        score = max(score, NUMBER_NOWHERE)
    entity = "UNSUPPORTED_NUMBER" if "number" in missing else "UNSUPPORTED_NAME" if "name" in missing else "UNSUPPORTED"
    return score, entity


NUMBER_NOWHERE = 0.6
"""The least score of a claim with a number that the sources do not have."""
WEIGHTS = (1.9, 2.3, 0.9, 2.1, 1.1)
BIAS = -2.7
"""Of ``features``, fitted on claims about 120 paragraphs of an encyclopaedia, measured on 120 of other articles."""


def features(words: list[tuple[str, str]], sources: Sources) -> tuple[float, float, float, float, float]:
    """What speaks against a claim, each from 0 to 1.

    The share of its words' weight that no two neighbouring sentences have together; that no single one has; the share
    of its pairs of words that are new; of its numbers and names that are nowhere; that are not where the rest is.
    """
    weights = {stem: sources.weight(stem) for stem, _ in words}
    special = list(dict.fromkeys(stem for stem, kind in words if kind))
    total = sum(weights.values()) or 1.0
    one: dict[int, float] = {}
    for stem, weight in weights.items():
        places = sources.places.get(stem, _NONE)
        for place in places if len(places) <= _MOST_PLACES else ():
            one[place] = one.get(place, 0.0) + weight
    best = max(one, key=lambda each: (one[each], -each), default=-2)
    alone = _had(weights, {best}, sources) / total
    together = max(_had(weights, {best, other}, sources) for other in (best - 1, best + 1)) / total
    pairs = list(pairwise(stem for stem, _ in words))
    new = sum(pair not in sources.pairs for pair in pairs) / len(pairs) if pairs else 0.0
    count = len(special) or 1
    missing = sum(stem not in sources.places for stem in special) / count
    apart = sum(best not in sources.places.get(stem, _NONE) for stem in special) / count
    return 1 - together, 1 - alone, new, missing, apart


_NONE: frozenset[int] = frozenset()


def _had(weights: dict[str, float], sentences: set[int], sources: Sources) -> float:
    """The weight of the words that stand in ``sentences``."""
    return sum(weight for stem, weight in weights.items() if not sentences.isdisjoint(sources.places.get(stem, _NONE)))
