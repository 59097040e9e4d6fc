"""The lines of a file that is to be scored: read one by one, so that a file may be larger than memory.

Every mistake names file, line, field and cure, and never shows what the line says.
"""

from __future__ import annotations

import codecs
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import orjson

from gateway.errors import ConfigError

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a JSON Lines file and where it stands."""

    row: Mapping[str, object]
    file: str
    at: int

    def error(self, message: str, field: str = "", cure: str = "") -> ConfigError:
        return ConfigError(message, file=self.file, line=self.at, field=field, cure=cure)

    def has(self, name: str) -> bool:
        """Whether the row says something there; null says nothing."""
        return self.row.get(name) is not None

    def text(self, name: str) -> str:
        """A text that must be there; raises ConfigError."""
        found = self.row.get(name)
        if not isinstance(found, str):
            raise self.error("is missing" if found is None else "is not a text", name, f'write "{name}": "…"')
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """A text or a list of them, at least one; raises ConfigError."""
        found = self.row.get(name)
        each = [found] if isinstance(found, str) else found
        if not isinstance(each, list) or not each or not all(isinstance(one, str) for one in each):
            raise self.error("is missing" if found is None else "is not a list of texts with at least one", name,
                             f'write "{name}": ["…"]')
        return tuple(each)

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float | None:
        """A finite number from ``low`` to ``high``, or None where the row has none; raises ConfigError."""
        found = self.row.get(name)
        if found is None:
            return None
        if not _finite(found) or not low <= float(found) <= high:  # type: ignore[arg-type]
            least = f" of {low:g} or more" if low > -math.inf else ""
            span = f" from {low:g} to {high:g}" if high < math.inf else least
            raise self.error(f"is not a number{span}", name, "write a plain JSON number")
        return float(found)  # type: ignore[arg-type]

    def numbers(self, name: str, found: object = None) -> tuple[float, ...]:
        """A list of finite numbers; raises ConfigError. A null at its head is the token that nothing precedes."""
        listed = self.row.get(name) if found is None else found
        if not isinstance(listed, list):
            raise self.error("is missing" if listed is None else "is not a list of numbers", name,
                             f'write "{name}": [-0.5, …]')
        listed = listed[1:] if listed and listed[0] is None else listed
        for place, each in enumerate(listed):
            if not _finite(each):
                raise self.error("is not a list of finite numbers", f"{name}.{place}",
                                 "write natural logarithms; null only at the head")
        return tuple(map(float, listed))


def _finite(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def shown(path: str) -> str:
    """How an error names the file."""
    return "standard input" if path == STDIN else path


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path, cure="check the path") from None


def raw(path: str) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each line that is not blank, without a byte order mark; raises ConfigError."""
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            stripped = line.removeprefix(codecs.BOM_UTF8).strip() if number == 1 else line.strip()
            if stripped:
                yield number, stripped


def rows(path: str) -> Iterator[Line]:
    """The objects of a JSON Lines file; raises ConfigError."""
    for number, line in raw(path):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            cure = ("write one JSON object a line, in UTF-8; NaN and Infinity are no JSON"
                    if not line.startswith(b"[") else "write one JSON object a line, not an array over several")
            raise ConfigError(f"is not JSON: {_why(error)}", file=shown(path), line=number, cure=cure) from None
        if not isinstance(row, dict):
            raise ConfigError("is not a JSON object", file=shown(path), line=number,
                              cure='write one a line: {"prediction": "…", "references": ["…"]}')
        yield Line(row, shown(path), number)


def _why(error: orjson.JSONDecodeError) -> str:
    """What orjson says, with the column only: its line is always the first."""
    return f"{error.msg.split(':')[0]} at column {error.colno}"


def columns(path: str, names: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Number and columns of each line of a TREC file, which has ``names`` apart by white space; raises ConfigError."""
    for number, line in raw(path):
        try:
            found = line.decode().split()
        except UnicodeDecodeError:
            raise ConfigError("is not UTF-8 text", file=shown(path), line=number, cure="convert the file") from None
        if len(found) != len(names):
            raise ConfigError(f"has {len(found)} columns where {len(names)} are wanted", file=shown(path), line=number,
                              cure=f"write: {' '.join(names)}")
        yield number, found
