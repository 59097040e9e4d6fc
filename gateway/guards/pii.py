"""Finds personal data by notation and check digits: addresses, cards, accounts, national numbers, telephones.

Names and places have no notation: the encoder finds them, where a policy names them (``pii_tags``). What is only a
number says little on its own, so weak notations count when a word introduces them ("passport", "NHS", "born") and not
otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import ClassVar, Literal, NamedTuple

import phonenumbers

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, pattern
from gateway.core.text import canonical
from gateway.core.types import Finding
from gateway.core.view import Match, View
from gateway.core.windows import Ask, Reading, Readings
from gateway.guards import pii_documents, pii_introduced, pii_phone, pii_recognizers, pii_tags
from gateway.guards.pii_kinds import FAINT, KINDS, Kind
from gateway.guards.pii_recognizers import Recognizer

NEAR = 40
"""Bytes before a value in which a word introduces it."""
LABEL = 14
"""Bytes before a number in which a word says that it is something else."""
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DAY, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:19|20)\d{2}"
_NUMERIC = rf"{_DAY}[-/. ]{_DAY}[-/. ]{_YEAR}|{_YEAR}[-/.]{_DAY}[-/.]{_DAY}"
_WORDED = rf"{_DAY}(?:st|nd|rd|th)? (?:of )?{_MONTH},? {_YEAR}|{_MONTH} {_DAY}(?:st|nd|rd|th)?,? {_YEAR}"
_DATE = re.compile(rf"(?:{_NUMERIC}|{_WORDED})\Z", re.IGNORECASE)
_OTHERWISE = re.compile(
    r"\b(?:orders?|invoice|ticket|isbn|serial|sku|version|tracking|po|build|release|chapter|section|pages?|firmware)"
    r"[\s:#.=]{0,3}(?:(?:no|nr|number|is)[\s:#.=]{0,3})?\Z", re.IGNORECASE,
)
"""What says, directly before a value, that it is something else."""
_INSIDE = frozenset("-./+\\")
"""Directly before a number: it is part of something longer."""
BORN = pattern(
    rf"\b(?:d\.?o\.?b|born|birth ?day|birth ?date|date of birth)\b\W{{1,4}}(?:\w{{1,8}}\W{{1,3}}){{0,3}}"
    rf"(?:{_NUMERIC}|{_WORDED})\b",
    ignore_case=True, trigger=r"\b(?:d\.?o\.?b|born|birth)",
)

ENTITIES: tuple[str, ...] = tuple(dict.fromkeys([
    *(kind.entity for kind in KINDS), *pii_introduced.ENTITIES, *pii_documents.ENTITIES, "PHONE_NUMBER",
    "DATE_OF_BIRTH", *pii_tags.TAGS,
]))
"""Everything that this guard knows."""
ON_REQUEST = frozenset({"URL", *pii_tags.TAGS})
"""What is seldom anybody's, or needs the encoder: looked for where a policy names it."""


@dataclass(frozen=True, slots=True)
class PiiParams:
    """``entities``: which to look for. ``regions``: whose national telephone numbers count (ISO 3166 alpha-2).

    ``engine``: this guard's own patterns, or Presidio's AnalyzerEngine in a process of its own. ``recognizers``: more
    to look for, as Presidio writes it in YAML: recognizers, or files of them.
    ``allow``: values that are no finding, in any case (``support@example.com``; ``@example.com`` allows a domain).
    Raises ``ValueError`` for an entity or a region that is not known.
    """

    entities: tuple[str, ...] = tuple([each for each in ENTITIES if each not in ON_REQUEST])
    regions: tuple[str, ...] = ("US", "GB")
    allow: tuple[str, ...] = ()
    engine: Literal["patterns", "presidio"] = "patterns"
    recognizers: tuple[Recognizer, ...] = ()

    ON_REQUEST: ClassVar[frozenset[str]] = ON_REQUEST

    def __post_init__(self) -> None:
        own = {each.entity for each in self.recognizers}
        for each in self.entities:
            if each not in ENTITIES and each not in own:
                raise ValueError(f"unknown entity {each!r}; known are {', '.join(sorted(ENTITIES))}")
        for region in self.regions:
            if region not in phonenumbers.SUPPORTED_REGIONS:
                raise ValueError(f"unknown region {region!r}; use a code like 'US', 'GB' or 'DE'")


class _Found(NamedTuple):
    score: float
    entity: str
    match: Match
    start: int
    end: int


class _Looks(NamedTuple):
    """What a rule looks for: ``patterns``, and by the place of each what confirms its matches."""

    patterns: tuple[Pattern, ...]
    confirm: tuple[Callable[[View, Match], _Found | None], ...]
    allowed: Callable[[str], bool]


def _looks(params: PiiParams) -> _Looks:
    """Looked up by identity, as hashing ``params`` takes longer than most looks at a text."""
    known = _LAST.get(id(params))
    if known is None or known[0] is not params:
        if len(_LAST) >= _KEPT:
            _LAST.clear()
        known = _LAST[id(params)] = params, _made(params)
    return known[1]


_KEPT = 256
_LAST: dict[int, tuple[PiiParams, _Looks]] = {}


@lru_cache(maxsize=64)
def _made(params: PiiParams) -> _Looks:
    wanted = frozenset(pii_introduced.ENTITIES) & frozenset(params.entities)
    rows: list[tuple[Pattern, Callable[[View, Match], _Found | None]]] = []
    rows += [(kind.found, partial(_confirm, kind=kind)) for kind in KINDS if kind.entity in params.entities]
    if wanted:
        rows.append((pii_introduced.NUMBERS, partial(_introduced, wanted=wanted)))
    rows += [(kind.found, partial(_document, kind=kind)) for kind in pii_documents.KINDS
             if kind.entity in params.entities]
    rows += [(each.found, partial(_recognized, recognizer=each))
             for each in pii_recognizers.expressions(params.recognizers)]
    if "PHONE_NUMBER" in params.entities:
        rows += [(shape, partial(_phone, shape=shape, regions=params.regions)) for shape in pii_phone.SHAPES]
    if "DATE_OF_BIRTH" in params.entities:
        rows.append((BORN, _birth))
    return _Looks(tuple([each for each, _ in rows]), tuple([each for _, each in rows]), _allowed(params))


def _patterns(params: PiiParams) -> tuple[Pattern, ...]:
    return () if params.engine == "presidio" else _looks(params).patterns


@lru_cache(maxsize=64)
def _allowed(params: PiiParams) -> Callable[[str], bool]:
    values = frozenset(canonical(each).casefold() for each in params.allow)
    return lambda text: text in values or f"@{text.rpartition('@')[2]}" in values


def _detector(params: PiiParams) -> str:
    return "presidio" if params.engine == "presidio" else pii_tags.detector(params.entities)


def _take(ask: Ask, readings: Readings) -> Iterator[Reading]:
    if isinstance(params := ask.params, PiiParams):
        wanted = params.entities
        if params.engine == "presidio":  # it has recognizers that this guard has not
            wanted = (*wanted, *[each.entity for each in readings if each.entity not in ENTITIES])
        yield from pii_tags.taken(ask, readings, wanted, _allowed(params))


@guard("pii", patterns=_patterns, params=PiiParams, detector=_detector, take=_take)
def find_pii(view: View, params: PiiParams) -> Iterator[Finding]:
    """Findings with Presidio's entity names; where several kinds begin, the surest one is reported."""
    best: dict[int, _Found] = {}
    looks = _looks(params)
    for place in view.occurring(looks.patterns):
        confirm = looks.confirm[place]
        for match in view.matches(looks.patterns[place]):
            found = confirm(view, match)
            if found is None or found.score < FAINT:
                continue
            at = match.start + found.start
            if at not in best or found.score > best[at].score:
                best[at] = found
    for _, found in sorted(best.items()):
        value = found.match.text.encode()[found.start : found.end].decode()
        if not looks.allowed(value.casefold()):
            yield view.finding(
                found.match, entity=found.entity, score=found.score, inner=(found.start, found.end)
            )


def _introduced(view: View, match: Match, wanted: frozenset[str]) -> _Found | None:
    """A number whose word stands before it."""
    kinds = pii_introduced.known_by(view.before(match, pii_introduced.NEAR))
    if not kinds or view.before(match, 1) in _INSIDE:
        return None
    number = pii_introduced.confirmed(kinds, match.text, wanted)
    if number is None:
        return None
    entity, size, score = number
    return _Found(score, entity, match, 0, size)


def _document(_: View, match: Match, kind: pii_documents.Kind) -> _Found | None:
    """A document that is named."""
    part = pii_documents.confirmed(kind, match.text)
    if part is None:
        return None
    start, end, score = part
    return _Found(score, kind.entity, match, len(match.text[:start].encode()), len(match.text[:end].encode()))


def _recognized(view: View, match: Match, recognizer: pii_recognizers.Found) -> _Found | None:
    """What one of the policy's own recognizers looks for."""
    score = pii_recognizers.score(recognizer, view.before(match, pii_recognizers.NEAR))
    return _Found(score, recognizer.entity, match, 0, len(match.text.encode()))


def _confirm(view: View, match: Match, kind: Kind) -> _Found | None:
    introduced = kind.introduced is not None and kind.introduced.search(view.before(match, NEAR))
    if kind.needs_word and not introduced:
        return None
    previous = view.before(match, 1)
    if (previous and previous in kind.not_after) or not kind.shape.fullmatch(match.text):
        return None
    part = kind.check(match.text)
    if part is None:
        return None
    start, end, score = part
    if score < 1.0 and _OTHERWISE.search(view.before(match, 2 * LABEL)):
        score = 0.0
    elif introduced:
        score = max(score, kind.known)
    return _Found(score, kind.entity, match, start, end)


def _labelled(view: View, match: Match) -> bool:
    return pii_phone.LABELLED.search(view.before(match, LABEL))


def _phone(view: View, match: Match, shape: Pattern, regions: tuple[str, ...]) -> _Found | None:
    previous = view.before(match, 1)
    if previous and (previous.isalnum() or previous in "-./+_\\$#"):
        return None
    introduced = pii_phone.INTRODUCED.search(view.before(match, NEAR))
    if _OTHERWISE.search(view.before(match, 2 * LABEL)):
        return None
    if (shape is pii_phone.BARE and not introduced) or (
        _labelled(view, match) and not (introduced and pii_phone.INTRODUCED.search(view.before(match, LABEL)))
    ):
        return None
    foreign = shape is pii_phone.INTERNATIONAL
    if not foreign and not introduced and not pii_phone.plausible(match.text):
        return None
    if view.turn(shape) >= pii_phone.MOST_CHECKS:
        part: pii_phone.Part | None = pii_phone.unchecked(match.text)
    else:
        part = pii_phone.international(match.text) if foreign else pii_phone.national(match.text, regions)
        if part is None and introduced and not foreign:
            part = pii_phone.introduced(match.text)
    if part is None:
        return None
    start, end, score = part
    sure = introduced and score != pii_phone.SHAPED  # a word does not make sure of what no plan knows
    return _Found(max(score, 0.9) if sure else score, "PHONE_NUMBER", match, start, end)


def _birth(_: View, match: Match) -> _Found | None:
    """The date alone: it ends where the match ends, and begins as early as a date can."""
    date = _DATE.search(match.text)
    start = len(match.text[: date.start()].encode()) if date else 0
    return _Found(0.9, "DATE_OF_BIRTH", match, start, len(match.text.encode()))
