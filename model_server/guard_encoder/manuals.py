"""Harmless documents of real life that give orders and speak of code: the documentation inside Python's own packages.

What the generators write is tidy; people who explain say "you should", "do not use", "the error is". The standard
library is under the PSF licence, NumPy under BSD; both are wherever this trains.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("numpy", "torch")
SHORTEST, LONGEST = 120, 1600
"""Characters of a passage."""


def passages(seed: int, size: int) -> list[str]:
    """``size`` passages of documentation, drawn from all files; the same for the same seed and versions."""
    chance = random.Random(seed)
    files = sorted(path for root in _roots() for path in root.rglob("*.py") if "test" not in str(path))
    chance.shuffle(files)
    found: list[str] = []
    for path in files:
        texts = list(_documentation(path))
        found += chance.sample(texts, min(4, len(texts)))
        if len(found) >= size:
            break
    chance.shuffle(found)
    return found[:size]


def _roots() -> Iterator[Path]:
    yield Path(sysconfig.get_paths()["stdlib"])
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            yield Path(spec.origin).parent


def _documentation(path: Path) -> Iterator[str]:
    if "site-packages" in path.parts and not any(name in path.parts for name in PACKAGES):
        return
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            text = inspect.cleandoc(ast.get_docstring(node) or "")
            if len(text) >= SHORTEST:
                yield text[:LONGEST]
