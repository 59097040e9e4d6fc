"""Reads glossaries: which English words stand for those of another language.

``glosses/LANGUAGE.txt`` and ``glosses/LANGUAGE-*.txt`` have lines of ``english gloss = form form_of_several_words …``;
``#`` begins a comment, ``-`` is the gloss of what vanishes. Every inflected form is listed, in small letters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gateway.core.text import canonical

FOLDER = Path(__file__).parent / "glosses"
LANGUAGES = ("de", "fr", "es", "it", "pt", "nl")
MOST_WORDS = 4
"""Of one form or gloss; elided ones (``d'ora``) count as one."""
LONGEST_LINE, MOST_LINES = 400, 480
NOTHING = "-"
"""The gloss of a form that vanishes."""
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Glossary:
    """One language. ``forms``: glosses by words between single spaces; ``longest``: by first word, how many follow.

    Both are in canonical letters. ``accented``: by canonical form, then as it is written, the glosses of those that
    accents alone tell apart (Italian e, "and", and è, "is").
    """

    language: str
    forms: Mapping[str, str]
    longest: Mapping[str, int]
    accented: Mapping[str, Mapping[str, str]]

    def knows(self, words: Iterable[str]) -> int:
        """How many of ``words`` (canonical, lower case) are in the language."""
        forms = self.forms
        return sum(word in forms for word in words)


def glossary(language: str, files: Iterable[Path]) -> Glossary:
    """The glossary in ``files``. Raises ``ValueError("file:line: what is wrong | cure")``."""
    forms: dict[str, str] = {}
    where: dict[str, str] = {}
    longest: dict[str, int] = {}
    accented: dict[str, dict[str, str]] = {}
    for file in files:
        for place, gloss, written in _entries(file):
            if written in where:
                raise ValueError(f"{place}: {written!r} stands at {where[written]} already | keep one of them")
            where[written] = place
            words = WORD.findall(canonical(written).lower())
            if not words:
                raise ValueError(f"{place}: {written!r} has no letters | write words, joined by _")
            plain = " ".join(words)
            if forms.setdefault(plain, gloss) != gloss:
                accented.setdefault(plain, {})[written] = gloss
            if len(words) > 1:
                longest[words[0]] = max(longest.get(words[0], 0), len(words) - 1)
    return Glossary(language, forms, longest, accented)


def _entries(file: Path) -> Iterator[tuple[str, str, str]]:
    """Each form with its place and gloss."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{file}: is no UTF-8 ({error.reason}) | save it as UTF-8") from None
    if len(lines) > MOST_LINES:
        raise ValueError(f"{file}:{MOST_LINES + 1}: has {len(lines)} lines, {MOST_LINES} at most | "
                         f"put the others into a second file, {file.stem}-2.txt")
    for number, line in enumerate(lines, 1):
        place = f"{file}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        if len(line) > LONGEST_LINE:
            raise ValueError(f"{place}: has {len(line)} characters, {LONGEST_LINE} at most | begin a second line")
        left, equals, right = line.partition("=")
        gloss, forms = left.strip(), right.split()
        if not equals or not forms:
            raise ValueError(f"{place}: has no forms | write `english gloss = form form_of_several_words`")
        if gloss != NOTHING and not (gloss.isascii() and 1 <= len(gloss.split()) <= MOST_WORDS):
            raise ValueError(f"{place}: the gloss is not 1 to {MOST_WORDS} English words | "
                             f"write them before the `=`, or `{NOTHING}` for a word that vanishes")
        for form in forms:
            if len(form.split("_")) > MOST_WORDS or form != form.lower():
                raise ValueError(f"{place}: {form!r} is no form | small letters, {MOST_WORDS} words at most")
            yield place, gloss, form


def files(language: str, folder: Path = FOLDER) -> list[Path]:
    """The files of a language, in the order in which they are read."""
    found = [*folder.glob(f"{language}.txt"), *folder.glob(f"{language}-*.txt")]
    return sorted(found, key=lambda file: file.stem)


@cache
def glossaries() -> tuple[Glossary, ...]:
    """Those of the release, read once: before workers are forked, where an encoder is shared."""
    return tuple(glossary(language, files(language)) for language in LANGUAGES)


@cache
def version() -> str:
    """Of the glossaries."""
    digest = hashlib.sha256()
    for language in LANGUAGES:
        for file in files(language):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:8]
