"""Templates with choices, so that one hand-written line stands for thousands of wordings.

``{a|b|}`` chooses one, nested at will; braces around a single text are kept as they are, as code is full of them.
``[[name]]`` is a list of the slot files. ``\\n`` is a line break and ``\\|`` a bar.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import model_server

HERE = Path(__file__).parent / "grammar"
HANDBOOK = Path(model_server.__file__).parent / "company" / "handbook"
_FAMILY = re.compile(r"# (\w+)(?: @(\w+))?")
_PIECE = re.compile(r"\\n|\\\||\[\[\w+\]\]|[{|}]|[^\\\[{|}]+|.", re.DOTALL)
_PLAIN = {"\\n": "\n", "\\|": "|"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that one of the texts of a named list fills."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of ``among``."""

    among: tuple[Tree, ...]


Tree = tuple["str | Slot | Choice", ...]


@dataclass(frozen=True, slots=True)
class Template:
    """``name``: file and line, like ``user_attacks:12``; the same line is never in two parts of a split."""

    name: str
    family: str
    language: str
    tree: Tree


def parse(text: str) -> Tree:
    """Raises ``ValueError`` for a brace that nothing closes, or closes nothing."""
    among, rest = _choices(_PIECE.findall(text), 0, 0)
    if rest or len(among) != 1:
        raise ValueError(f"a brace or a bar without its group: {text[:60]!r}")
    return among[0]


def _choices(pieces: list[str], at: int, depth: int) -> tuple[list[Tree], int]:
    """The alternatives from ``at`` on, and where they end (0: at the end of the text)."""
    among: list[Tree] = []
    here: list[str | Slot | Choice] = []
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if piece == "{":
            inner, at = _choices(pieces, at, depth + 1)
            here.extend([Choice(tuple(inner))] if len(inner) > 1 else ["{", *inner[0], "}"])
        elif piece == "|" and depth:
            among.append(tuple(here))
            here = []
        elif piece == "}" and depth:
            return [*among, tuple(here)], at
        elif piece == "}":
            raise ValueError("a brace closes nothing")
        elif piece.startswith("[["):
            here.append(Slot(piece[2:-2]))
        else:
            here.append(_PLAIN.get(piece, piece))
    if depth:
        raise ValueError("nothing closes a brace")
    return [*among, tuple(here)], 0


def fill(tree: Tree, slots: Mapping[str, Choice], chance: random.Random) -> str:
    """One wording."""
    said = []
    for part in tree:
        if isinstance(part, str):
            said.append(part)
        else:
            choice = slots[part.name] if isinstance(part, Slot) else part
            said.append(fill(chance.choice(choice.among), slots, chance))
    return "".join(said)


@cache
def slots() -> dict[str, Choice]:
    """The lists of all slot files by name."""
    found: dict[str, Choice] = {}
    for path in sorted(HERE.glob("slots_*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for name, line in zip(lines[::2], lines[1::2], strict=True):
            found[name.removeprefix("= ")] = Choice(tuple(_choices(_PIECE.findall(line + "}"), 0, 1)[0]))
    prose = (HERE / "prose.txt").read_text(encoding="utf-8").splitlines()
    return found | {"prose": Choice(tuple((each,) for each in prose)),
                    "handbook": Choice(tuple((each,) for each in _handbook()))}


def _handbook() -> list[str]:
    """The paragraphs of the fictional company's handbook."""
    pages = (path.read_text(encoding="utf-8") for path in sorted(HANDBOOK.glob("*.md")))
    return [each.strip() for page in pages for each in page.split("\n\n") if len(each) > 80]


@cache
def templates(file: str) -> tuple[Template, ...]:
    """All templates of ``grammar/<file>.txt``. Raises ``ValueError`` that names file and line."""
    found, family, language = [], "", "en"
    for number, line in enumerate((HERE / f"{file}.txt").read_text(encoding="utf-8").splitlines(), 1):
        heading = _FAMILY.fullmatch(line)
        if heading:
            family, language = heading[1], heading[2] or "en"
        elif line:
            try:
                found.append(Template(f"{file}:{number}", family, language, parse(line)))
            except ValueError as error:
                raise ValueError(f"{file}.txt, line {number}: {error}") from None
    return tuple(found)
