"""Harmless documents of real life that give orders and speak of code: the documentation inside Python's own packages.

What the generators write is tidy; people who explain say "you should", "do not use", "the error is". The standard
library is under the PSF licence, the packages under BSD, MIT, Apache or PSF; they are wherever this trains.
"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import inspect
import random
import re
import sysconfig
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("numpy", "torch", "scipy", "sklearn", "sympy", "networkx", "mpmath", "jinja2", "pydantic", "rich", "click",
            "attr", "pygments", "_pytest", "anyio", "httpx2", "fsspec", "sentence_transformers", "transformers")
DESCRIBED = ("aiohappyeyeballs", "aiohttp", "annotated-types", "anyio", "attrs", "click", "cloudpickle", "Faker",
             "filelock", "frozenlist", "fsspec", "h11", "httpcore2", "httptools", "httpx2", "huggingface_hub", "idna",
             "iniconfig", "Jinja2", "joblib", "markdown-it-py", "ml_dtypes", "mpmath", "multidict", "narwhals",
             "networkx", "numpy", "onnx", "onnxscript", "packaging", "pluggy", "propcache", "py3langid", "pydantic",
             "Pygments", "pytest", "pytest-asyncio", "pytest-timeout", "rich", "scikit-learn", "sentence-transformers",
             "setuptools", "sympy", "threadpoolctl", "tokenizers", "torch", "transformers", "typer", "uvloop", "yarl")
"""Packages whose description (their README, as a rule) is read: each of them under one of those licences."""
SHORTEST, LONGEST = 120, 1600
"""Characters of a passage."""
EACH = 24
"""Sections of one description, as changelogs are long."""
_SECTION = re.compile(r"\n(?=#+ )|\n\s*\n(?=\S[^\n]*\n[-=~^*]{4,})")


def passages(seed: int, size: int) -> list[str]:
    """``size`` passages of documentation, drawn from all files; the same for the same seed and versions.

    Up to a quarter of them are sections of packages' descriptions.
    """
    chance = random.Random(seed)
    files = sorted(path for root in _roots() for path in root.rglob("*.py") if "tests" not in path.parts)
    chance.shuffle(files)
    sections = list(dict.fromkeys(described()))
    chosen = chance.sample(sections, min(size // 4, len(sections)))
    found: list[str] = []
    for path in files:
        texts = list(_documentation(path))
        found += chance.sample(texts, min(4, len(texts)))
        if len(found) >= size:
            break
    found = [*chosen, *found][:size]
    chance.shuffle(found)
    return found


def described() -> Iterator[str]:
    """Sections of the descriptions of ``DESCRIBED``, as far as they are installed."""
    for name in DESCRIBED:
        try:
            data = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        text = str(data.json.get("description", ""))
        sections = _SECTION.split(text.replace("\r\n", "\n"))
        for section in sections[:EACH]:
            if len(section.strip()) >= SHORTEST:
                yield section.strip()[:LONGEST]


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
