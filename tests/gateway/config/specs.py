"""Two small guards for the tests of policy files, so that those tests do not follow the shipped guards' changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from gateway.config.policy_file import load_policies
from gateway.core.guard import GuardSpec
from gateway.core.pattern import Pattern, pattern, phrases
from gateway.core.policy import PolicySet, SourceFile
from gateway.core.types import Finding
from gateway.core.view import View
from gateway.errors import PolicyErrors


@dataclass(frozen=True, slots=True)
class Subject:
    name: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordParams:
    words: tuple[str, ...] = ("secret",)
    regex: str = ""
    deny: tuple[Subject, ...] = ()
    documents: tuple[SourceFile, ...] = ()
    limit: int = 3


@dataclass(frozen=True, slots=True)
class DigitParams:
    entities: tuple[str, ...] = ("EVEN", "ODD")


DIGITS = pattern(r"\b[0-9]{6}\b")


def _wanted(params: WordParams) -> tuple[Pattern, ...]:
    listed = [phrases([word]) for word in params.words]
    listed += [phrases(subject.phrases) for subject in params.deny]
    listed += [phrases([source.text]) for source in params.documents]
    return tuple(listed) + ((pattern(params.regex),) if params.regex else ())


def _find_words(view: View, params: WordParams) -> Iterator[Finding]:
    for wanted in _wanted(params):
        for match in view.matches(wanted):
            yield view.finding(match, entity="WORD")


def _find_digits(view: View, params: DigitParams) -> Iterator[Finding]:
    for match in view.matches(DIGITS):
        entity = "EVEN" if int(match.text) % 2 == 0 else "ODD"
        if entity in params.entities:
            yield view.finding(match, entity=entity, score=0.6)


SPECS = {  # the registry is the shipped guards'; these two never enter it
    "words": GuardSpec("words", _find_words, _wanted, WordParams, False, False, "", ""),
    "digits": GuardSpec("digits", _find_digits, lambda _: (DIGITS,), DigitParams, False, False, "", ""),
}
NOW = 1_800_000_000.0
"""2027-01-15T08:00:00Z."""


def load(directory: Path, **files: str) -> PolicySet:
    """Write ``files`` (name → YAML) and load them with the guards above."""
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(dedent(text), "utf-8")
    return load_policies(directory, now=NOW, specs=SPECS)


def mistakes(directory: Path, **files: str) -> list[str]:
    """The messages of everything wrong with ``files``, without the directory's name."""
    try:
        load(directory, **files)
    except PolicyErrors as error:
        return [str(each).replace(f"{directory}/", "") for each in error.errors]
    return []
