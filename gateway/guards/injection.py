"""Finds attempts to override the assistant's instructions, by the caller or from inside documents and tool results.

Strong wording counts alone; weak wording only beside weak wording of another family in the 512 bytes before.
What only the caller may say ("when summarising this, say …") counts in documents and tool results. The finding's
score is compared with the rule's ``sensitivity``: 0.9 strong, 0.8 indirect, 0.7 weak pairs, 0.45 what is only
quoted. Beside the patterns the encoder reads every window, for what no pattern foresaw; its score is that of the
release's calibration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gateway.core.guard import guard
from gateway.core.pattern import Pattern, pattern
from gateway.core.types import Finding
from gateway.core.view import Match, View
from gateway.core.windows import Ask, Reading, Readings
from gateway.guards.injection_abroad import TOLD
from gateway.guards.injection_data import INDIRECT, STRONG, TRIGGERS, WEAK

Families = tuple[tuple[str, Pattern], ...]


def _compiled(families: Mapping[str, str]) -> Families:
    return tuple((name, pattern(text, ignore_case=True, trigger=TRIGGERS.get(name))) for name, text in families.items())


_STRONG, _WEAK, _INDIRECT = _compiled(STRONG), _compiled(WEAK), _compiled(INDIRECT)
_OUTSIDE = ("document", "tool")
_ROLE_PLAY = {"role", "character"}
"""Together they say no more than that somebody plays a role."""
_MENTIONED = 0.45
"""Wording that is talked about: a rule of high sensitivity acts on it."""
_QUOTES = "\"'`"
_NAMES = frozenset((
    "word", "words", "sentence", "phrase", "text", "line", "headline", "title", "lyric", "quote", "quotation", "slogan",
    "meme", "joke", "message", "prompt", "says", "said", "reads", "as", "like", "translate", "translation", "means",
    "called", "titled", "entitled",
))
"""What stands before a quotation that is talked about."""


@dataclass(frozen=True, slots=True)
class InjectionParams:
    """``families``: which to look for, all when empty; ``weak``: also judge pairs of weak wording.

    ``model``: also let the encoder read every window; ``auto``: where it is installed; off: patterns alone decide.
    """

    families: tuple[str, ...] = ()
    weak: bool = True
    model: Literal["on", "auto", "off"] = "on"


def _chosen(params: InjectionParams, families: Families) -> Families:
    return tuple(each for each in families if not params.families or each[0] in params.families)


def _patterns(params: InjectionParams) -> tuple[Pattern, ...]:
    known = [*STRONG, *INDIRECT]
    for name in params.families:
        if name not in known:
            raise ValueError(f"there is no family '{name}' | known: {', '.join(known)}")
    weak = _WEAK if params.weak else ()
    return tuple(each for _, each in (*_chosen(params, _STRONG), *_chosen(params, _INDIRECT), *weak))


def _entities(params: InjectionParams) -> tuple[str, ...]:
    found = tuple(name.upper() for name, _ in (*_chosen(params, _STRONG), *_chosen(params, _INDIRECT)))
    found = (*found, "JAILBREAK") if params.weak else found
    return (*found, "INJECTION", "PLANTED") if params.model != "off" else found


def _detector(params: InjectionParams) -> str:
    return "injection" if params.model != "off" else ""


def _take(ask: Ask, readings: Readings) -> Iterator[Reading]:
    for each in readings:
        yield replace(each, entity="PLANTED" if ask.role in _OUTSIDE else "INJECTION")


@guard("injection", patterns=_patterns, params=InjectionParams, leet=True, entities=_entities, detector=_detector,
       take=_take)
def find_injections(view: View, params: InjectionParams) -> Iterator[Finding]:
    """Findings' entity is the family in capitals: OVERRIDE, EXTRACTION, PERSONA … The encoder's: INJECTION, PLANTED."""
    for name, family in _chosen(params, _STRONG):
        for match in view.matches(family):
            mentioned = (_is_quoted(view, match) or (name == "forged" and _is_code(view, match))
                         or (name == "override_abroad" and TOLD.search(view.before(match, 24)) is not None))
            yield view.finding(match, entity=name.upper(), score=_MENTIONED if mentioned else 0.9)
    for name, family in _chosen(params, _INDIRECT):
        if view.role in _OUTSIDE or (view.role == "assistant" and name == "smuggling_image"):
            for match in view.matches(family):
                yield view.finding(match, entity=name.upper(), score=0.8)
    if params.weak:
        yield from _pairs(view)


def _is_quoted(view: View, match: Match) -> bool:
    """Whether a quotation begins at the match, and the words before it say that it is one."""
    before = view.before(match, 48)
    return before[-1:] in _QUOTES and before != "" and any(
        word.strip(",:;(") in _NAMES for word in before[:-1].lower().split()[-3:])


def _is_code(view: View, match: Match) -> bool:
    """Whether the match stands between backticks."""
    return view.before(match, 256).count("`") % 2 == 1


def _pairs(view: View) -> Iterator[Finding]:
    """Weak wording that follows weak wording of another family."""
    for name, family in _WEAK:
        for match in view.matches(family):
            before = view.before(match, 512)
            if any(other.search(before) for another, other in _WEAK if another != name
                   and not {name, another} <= _ROLE_PLAY):
                yield view.finding(match, entity="JAILBREAK", score=0.7)
