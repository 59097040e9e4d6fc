"""Makes spans of words with shares of tags: which words are one name, what kind it is, and where it starts and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gateway.core.windows import Reading
from gateway.detectors.calibration import Calibration
from gateway.detectors.pii_dates import shapes
from gateway.detectors.pii_reach import reached
from gateway.detectors.pii_words import (
    BRIDGED,
    BRIDGES,
    CONNECTORS,
    EDGES,
    HYPHENED,
    NAMES,
    PARTICLES,
    RANKS,
    TITLES,
    Word,
    joins,
)

FAINT = 0.3
"""Words below this score belong to no run: what a rule of high sensitivity would not act on."""
FURTHEST = 3
"""Characters between two words of one run."""
ALIKE = 0.12
"""How much of its likeliest tag's share a word has to have of the run's tag, to belong to it."""
SURE = 0.9
"""The score of what its notation shows: a date, a title before a person."""
_INSIDE = frozenset(" -'’.&")
"""What may stand between two words of one name."""
_MORE = {"ADDRESS": frozenset(",\n#/"), "ORGANIZATION": frozenset(",/"), "DATE_TIME": frozenset(",/:"),
         "DATE_OF_BIRTH": frozenset(",/:")}
_JOINTS = frozenset({"", " ", "-", " & "})
"""Between two words of which the encoder takes one for this and one for that."""
_JOINED = frozenset({"ORGANIZATION", "LOCATION"})
_SENTENCE = re.compile(r"[^\W\d_]{4,}[.!?]\s+$|\n\s*\n")
"""Before a word: a sentence or a paragraph has ended. Abbreviations have fewer letters."""
_DATE = re.compile(
    r"\d|\b(?:mon|tues?|wed(?:nes)?|thurs?|fri|sat(?:ur)?|sun)(?:day)?s?\b|\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov"
    r"|dec)\w{0,6}\b|\bmay\b|\b(?:noon|midnight|spring|summer|autumn|winter)\b|\bago\b", re.IGNORECASE)
_NAME = re.compile(r"[^\W_].*[^\W\d_]|[^\W\d_].*[^\W_]", re.DOTALL)
_HOLDS = {"DATE_TIME": _DATE, "DATE_OF_BIRTH": _DATE, "ZIP_CODE": re.compile(r"\d")}
"""What a span of each kind has in it; those of the others have two letters, or one and a digit."""
_AGE = re.compile(r"(?<![\d.,$€£])(?:1[01]\d|[1-9]?\d)(?![\d%]|[.,:]\d)")
"""The number in an age, beside which no figure goes on."""
_GLUED_BEFORE, _GLUED_AFTER = re.compile(r"\d\.?$"), re.compile(r"\.?\d")
"""Around a number that goes on: a part of an IP address is neither a year nor an age."""
_NUMBERS = frozenset({"DATE_TIME", "DATE_OF_BIRTH", "AGE", "ZIP_CODE"})
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_ABBREVIATED = re.compile(
    r"(?:^|[\s.&])(?:[^\W\d_]|Jr|Sr|Ltd|Inc|Co|Corp|Ltda|S\.L|S\.A|p\.A|r\.l|B\.V|N\.V|Bros|St|Rd|Ave|Dr)$")
_LEGAL = re.compile(
    r"(?:,? (?:(?:&|and|und|et|y|e) (?:Sons?|Co|Partners?|Daughters|Brothers|Bros|Associates|Söhne|Fils|Hijos|Figli)"
    r"|Ltd|Limited|Inc|Incorporated|LLC|LLP|L\.L\.C|PLC|plc|Corp|Corporation|Group|Holdings?|GmbH|AG|KG|KGaA|e\.V|SE"
    r"|S\.A|SA|SARL|S\.?A\.?S|S\.L|S\.?r\.?l|S\.?p\.?A|B\.?V|N\.?V|A/S|ASA|ApS|Oyj?|AB|s\.r\.o|a\.s|Kft"
    r"|d\.o\.o|Ltda|Pty|Pvt|Bhd|Sdn|K\.K)(?![\w&])\.?)+")
"""Behind a name: what makes a firm of it."""
_WORD = re.compile(r"[\w'’]+")


class _Run:
    """Words of one name; its kind is the likeliest for all of them together, its score that of the surest."""

    def __init__(self, calibration: Calibration, word: Word, score: float) -> None:
        self.calibration, self.start, self.last, self.score = calibration, word.start, word, score
        self.total = word.shares.copy()

    def take(self, word: Word, score: float) -> None:
        self.last, self.score, self.total = word, max(self.score, score), self.total + word.shares

    @property
    def tag(self) -> int:
        return int(self.total[1:].argmax()) + 1

    @property
    def name(self) -> str:
        return self.calibration.tags[self.tag]


def spans(calibration: Calibration, words: Sequence[Word], text: str) -> Iterator[Reading]:
    """What ``words`` of ``text`` say, in order: dates by their notation, titles before persons, and runs of words with
    tags of one kind."""
    found = list(_dates(calibration, words, text))
    found += _titles(calibration, words, text)
    taken, run = found.copy(), None
    for word in words:
        tag, score = _tag(calibration, word)
        if any(each.start < word.end and word.start < each.end for each in taken):
            score = 0.0
        mark = not text[word.start : word.end].strip(EDGES)
        if run is not None and (score < FAINT or not _goes_on(run, word, tag, text)):
            if score < FAINT and text[word.start : word.end].lower() in BRIDGES:
                continue  # "of" and "de" belong to a name when it goes on behind them
            if mark and score < FAINT and set(text[word.start : word.end]) <= _INSIDE:
                continue  # a full stop after an initial, a hyphen in a name: the next word decides
            found += _closed(run, text)
            run = None
        if score >= FAINT and not mark:
            if run is not None:
                run.take(word, score)
            elif not joins(text, word.start, word.end):
                run = _Run(calibration, word, score)
    if run is not None:
        found += _closed(run, text)
    yield from reached(text, found)


def _tag(calibration: Calibration, word: Word) -> tuple[int, float]:
    """The word's likeliest tag beside "O", and its score."""
    tag = int(word.shares[1:].argmax()) + 1
    curve = calibration.entities.get(calibration.tags[tag])
    return tag, curve(float(1.0 - word.shares[0])) if curve else 0.0


def _dates(calibration: Calibration, words: Sequence[Word], text: str) -> Iterator[Reading]:
    """Dates by their notation; of birth where the encoder finds that likelier, and none where it sees an address."""
    for start, end in shapes(text):
        total = sum([each.shares for each in words if start < each.end and each.start < end])
        share = dict(zip(calibration.tags, total, strict=True)) if words else {}
        birth, other = share.get("DATE_OF_BIRTH", 0.0), share.get("DATE_TIME", 0.0)
        if share.get("ADDRESS", 0.0) + share.get("ZIP_CODE", 0.0) <= birth + other + share.get("O", 0.0):
            yield Reading(start, end, SURE, "DATE_OF_BIRTH" if birth > other else "DATE_TIME")


def _titles(calibration: Calibration, words: Sequence[Word], text: str) -> Iterator[Reading]:
    """Titles right before a person; rarer ones where the encoder agrees."""
    if "TITLE" not in calibration.tags:
        return
    wanted = calibration.tags.index("TITLE")
    marked = [each for each in words if text[each.start : each.end].strip(EDGES)]
    for word, after in pairwise(marked):
        name, between = text[word.start : word.end].lower(), text[word.end : after.start]
        if (name not in TITLES and name not in RANKS) or between.strip(" .") or not between.endswith(" "):
            continue
        tag, score = _tag(calibration, after)
        follows = calibration.tags[tag] in ("PERSON", "TITLE") and score >= FAINT
        if follows and (name in TITLES or int(word.shares[1:].argmax()) + 1 == wanted):
            yield Reading(word.start, word.end + between.startswith("."), SURE, "TITLE")


def _goes_on(run: _Run, word: Word, tag: int, text: str) -> bool:
    """Whether ``word`` belongs to what the run names."""
    between = text[run.last.end : word.start]
    inner = between.strip(" -").lower()
    if inner in BRIDGED.get(run.name, ()) or (inner in HYPHENED and between == f"-{inner}-" and run.name == "LOCATION"):
        return tag == run.tag
    if len(between) > FURTHEST or not set(between) <= _INSIDE | _MORE.get(run.name, frozenset()):
        return False
    if between == " - " and run.name != "ADDRESS":
        return False
    if joins(text, word.start, word.end) and (run.name not in _JOINED
                                              or text[word.start : word.end].lower() not in CONNECTORS):
        return False
    if _SENTENCE.search(text[run.last.start : word.start]) is not None:
        return False
    if tag == run.tag:
        return True
    alike = word.shares[run.tag] >= ALIKE * word.shares[tag] or run.total[tag] >= ALIKE * run.total[run.tag]
    return between in _JOINTS and bool(alike)


def _closed(run: _Run, text: str) -> Iterator[Reading]:
    """The run's span, unless there is nothing of its kind in it."""
    name = run.name
    start, end = trimmed(text, run.start, run.last.end, name)
    if name in ("PERSON", "ORGANIZATION", "LOCATION") and (legal := _LEGAL.match(text, end)) is not None:
        name, end = "ORGANIZATION", legal.end()
    if text[end : end + 1] == "_" or text[max(0, start - 1) : start] == "_" or name == "TITLE":
        return  # a part of a log-in name; titles are found by what follows them
    if name in _NUMBERS and (_GLUED_AFTER.match(text, end) or _GLUED_BEFORE.search(text[max(0, start - 2) : start])):
        return
    if name == "PERSON" and all(each[0].lower() in TITLES for each in _WORD.finditer(text, start, end)):
        return
    if name == "ORGANIZATION" and _LEGAL.fullmatch(" " + text[start:end]):
        return
    found = _HOLDS.get(name, _NAME).search(text, start, end) if name != "AGE" else _AGE.search(text, start)
    if start < end and found is not None and found.end() <= end:
        yield Reading(start, end, run.score, name)


def _small_beside_capitals(words: Sequence[re.Match[str]], index: int) -> bool:
    """Whether a word is in small letters while others of its name have capitals, and is no particle of a name."""
    return (words[index][0].islower() and words[index][0] not in PARTICLES
            and any(each[0][0].isupper() for each in words))


def trimmed(text: str, start: int, end: int, name: str) -> tuple[int, int]:
    """``[start, end)`` without marks, words that are part of no name, and a possessive's ending; with the full stop of
    an abbreviation."""
    while True:
        before = start, end
        while start < end and text[start] in EDGES:
            start += 1
        while end > start and text[end - 1] in EDGES:
            end -= 1
        words = list(_WORD.finditer(text, start, end))
        if words and joins(text, *words[0].span()):
            start = words[0].end()
        elif words and words[-1].end() == end and joins(text, *words[-1].span()):
            end = words[-1].start()
        elif words and name in NAMES and _small_beside_capitals(words, 0):
            start = words[0].end()
        elif words and words[-1].end() == end and name in NAMES and _small_beside_capitals(words, -1):
            end = words[-1].start()
        elif name in ("PERSON", "LOCATION") and (ending := _POSSESSIVE.search(text[start:end])) is not None:
            end = start + ending.start()
        if (start, end) == before:
            dot = text[end : end + 1] == "." and start < end and _ABBREVIATED.search(text[start:end]) is not None
            return start, end + dot
