"""Keeps texts to the languages that an operator names; what is too short to tell is nobody's offence.

Letters of a script that no allowed language is written in are told at once; for the rest the ``language`` detector
says how likely each language is. Words of another language inside a sentence do not make it one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.core.windows import Ask, Reading, Readings
from gateway.guards.language_data import KIN, NAMES, script, scripts_of

NO_LANGUAGE = "zxx"
"""The detector's code for what is no language: random letters, tables, ciphers."""
FEWEST_LETTERS = 10
"""Of an alphabet; below, words of many languages look alike. Other scripts say more with each letter."""
_DENSE = frozenset({"Han", "Kana", "Hangul", "Thai"})
_FOREIGN_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class LanguageParams:
    """``allow``: ISO 639 codes (``en``) or English names of the languages that may be used; any other is a finding.

    ``deny``: those that may not, when all others may. ``unknown``: whether a text may pass of which no language is
    likely (random letters, ciphers); texts of under ten letters always pass. Raises ``ValueError`` for a code that is
    none, and when both lists are given.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    unknown: bool = True

    def __post_init__(self) -> None:
        for each in (*self.allow, *self.deny):
            if not (2 <= len(code(each)) <= 3 and code(each).isalpha() and code(each).isascii()):
                raise ValueError(f"{each!r} is no language | write a code such as en, de or zh")
        if self.allow and self.deny:
            raise ValueError("names languages to allow and to deny | keep one of the lists: the other follows")


def code(name: str) -> str:
    """The ISO 639 code that ``name`` means: ``English``, ``EN`` and ``en-GB`` are ``en``."""
    plain = name.strip().lower()
    return NAMES.get(plain, plain.replace("_", "-").partition("-")[0])


def judged(text: str, readings: Readings, params: LanguageParams) -> Reading | None:
    """What counts against ``text``: its score is how much likelier another language is than an allowed one."""
    letters = Counter(name for name in map(script, text) if name)
    total = sum(letters.values())
    named = frozenset(code(each) for each in params.allow or params.deny)
    named |= {kin for each in named for kin in KIN.get(each, ())}
    best = max(readings, key=lambda each: each.score, default=None)
    if params.allow and total:
        known = {name for each in named for name in scripts_of(each)}
        foreign = sum(count for name, count in letters.items() if name not in known)
        weight = sum(count * (3 if name in _DENSE else 1) for name, count in letters.items() if name not in known)
        if weight >= 5 and foreign >= _FOREIGN_SHARE * total:
            entity = best.entity if best is not None and _fits(best.entity, letters) else ""
            return Reading(0, len(text), 0.95, entity.upper() or "LANGUAGE")
    if best is None or sum(count * (3 if name in _DENSE else 1) for name, count in letters.items()) < FEWEST_LETTERS:
        return None
    ours = sum(each.score for each in readings if (each.entity in named) == bool(params.allow))
    if best.entity != NO_LANGUAGE and (best.entity in named) != bool(params.allow):
        return Reading(0, len(text), max(0.0, min(1.0, best.score - ours)), best.entity.upper())
    if not params.unknown and ours < 0.5:
        return Reading(0, len(text), 0.6, "UNKNOWN")
    return None


def _fits(language: str, letters: Counter[str]) -> bool:
    return letters.most_common(1)[0][0] in scripts_of(language)


def _taken(ask: Ask, readings: Readings) -> tuple[Reading, ...]:
    params = ask.params if isinstance(ask.params, LanguageParams) else LanguageParams(allow=("en",))
    found = judged(ask.text, readings, params)
    return () if found is None else (found,)


def _patterns(params: LanguageParams) -> tuple[Pattern, ...]:
    if not params.allow and not params.deny:
        raise ValueError("allows every language | add `allow: [en]`")
    return ()


@guard("language", patterns=_patterns, params=LanguageParams, decode=False, detector="language", take=_taken)
def find_languages(view: View, params: LanguageParams) -> Iterator[Finding]:
    """Findings cover a sentence, at most 200 characters; their entity is the code in capitals: ``DE``, ``RU``."""
    return iter(())
