"""Real text for carriers: with self-made prose alone, words that no template uses would look like an attack.

Only what may train weights: the docstrings of Python's standard library (PSF licence), and those public sets that the
encoder learns from anyway. Each passage is used with an injection in it as well as without.
"""

from __future__ import annotations

import ast
import random
import re
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST, LONGEST = 10, 60
"""Words of a passage."""
_BAD = re.compile(r">>>|\.\. |^\s*[-=~^]{4,}|::|\bignore (?:all|any|previous)", re.MULTILINE | re.IGNORECASE)

_ELSEWHERE = {"site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3"}


def docstrings() -> Iterator[str]:
    """Paragraphs of the standard library's docstrings, in the order of its files."""
    home = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted(home.glob("*.py")) + sorted(home.glob("*/*.py")):
        if _ELSEWHERE & set(path.relative_to(home).parts):
            continue
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield from _paragraphs(ast.get_docstring(node) or "")


def _paragraphs(text: str) -> Iterator[str]:
    for part in text.split("\n\n"):
        words = part.split()
        if SHORTEST <= len(words) <= LONGEST and not _BAD.search(part):
            yield " ".join(words)


def joined(sentences: Iterable[str], chance: random.Random) -> Iterator[str]:
    """Passages of one to four ``sentences`` that follow each other, as a page of short contributions has them."""
    held: list[str] = []
    wanted = chance.randint(1, 4)
    for sentence in sentences:
        text = " ".join(sentence.split())
        held.append(text if text.endswith((".", "!", "?")) else f"{text}.")
        if len(held) == wanted:
            yield " ".join(held)
            held, wanted = [], chance.randint(1, 4)


def passages(seed: int, sentences: Iterable[str] = (), most: int = 12_000) -> tuple[str, ...]:
    """Up to ``most`` of both kinds, half of each where there are enough; ``sentences``: of the public sets."""
    chance = random.Random(seed)
    own = list(dict.fromkeys(docstrings()))
    others = list(dict.fromkeys(joined(sentences, chance)))
    half = most // 2
    return tuple(chance.sample(own, min(half, len(own))) + chance.sample(others, min(half, len(others))))
