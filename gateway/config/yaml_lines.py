"""Reads an operator's YAML and remembers the line of every key, so that an error can point at it.

It builds plain data straight from the parser's events: no tags, no objects, no merge keys, and `on`
and `yes` stay words (YAML 1.2), because a policy says `on:` in every rule. Duplicate keys, alias bombs,
oversized files and wrong encodings are refused with words that say what to do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from gateway.errors import ConfigError

MAX_BYTES = 1 << 20
MAX_DEPTH = 40
MAX_VALUES = 100_000
"""Values in one file after its aliases are expanded; an alias bomb stops here."""

Location = tuple[str | int, ...]
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]+\Z|0x[0-9a-fA-F]+\Z|0o[0-7]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: dict[str, Any] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}


@dataclass(frozen=True, slots=True)
class Document:
    """Plain data with the line (1-based) of each key and item, by its path from the root."""

    data: Any
    lines: dict[Location, int] = field(default_factory=dict, repr=False)
    file: str = ""

    def line(self, location: Location) -> int:
        """The line of ``location``, or of the nearest thing around it that has one."""
        for length in range(len(location), -1, -1):
            line = self.lines.get(location[:length])
            if line:
                return line
        return 1

    def error(self, message: str, location: Location, cure: str = "", kind: type[ConfigError] = ConfigError,
              ) -> ConfigError:
        """An error of ``kind`` that points at ``location``."""
        return kind(message, file=self.file, line=self.line(location), field=dotted(location), cure=cure)


def dotted(location: Location) -> str:
    """``("rules", 2, "action")`` as people write it: ``rules[2].action``."""
    out = ""
    for part in location:
        out += f"[{part}]" if isinstance(part, int) else f".{part}" if out else part
    return out


def nearest(word: str, known: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    """The cure for a misspelt word: the closest known one, or the whole (short) list."""
    choices = sorted(set(known))
    by_case = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), list(by_case), n=1, cutoff=0.6)
    if close:
        plain = ", in plain letters and nothing invisible" if not word.isascii() and close[0].isascii() else ""
        return f"did you mean '{by_case[close[0]]}'{plain}?"
    return f"valid here: {', '.join(choices)}" if 0 < len(choices) <= 24 else ""


def read(path: Path, shown: str = "") -> Document:
    """Read the YAML file at ``path``; raises ConfigError naming the file (as ``shown``), line and cure."""
    name = shown or str(path)
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # a name may hold a NUL
        why = getattr(error, "strerror", "that is no name of a file")
        raise ConfigError(f"cannot be read: {why}", file=name, cure="check its path and rights") from None
    return parse(content, name)


def parse(content: bytes, file: str = "") -> Document:
    """Read YAML from bytes; raises ConfigError naming ``file``, line and cure."""
    text = _decode(content, file)
    builder = _Builder(file)
    try:
        data = builder.document(yaml.parse(text, Loader=_PARSER))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise ConfigError("a control character is not allowed in YAML", file=file, line=line,
                          cure="remove it, or write it as an escape inside double quotes") from None
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, file, text) from None
    return Document(data, builder.lines, file)


def _decode(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise ConfigError("is larger than 1 MiB", file=file, cure="split it, or move word lists into their own files")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ConfigError("is not UTF-8 (it starts like UTF-16)", file=file, line=1, cure="save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError("is not UTF-8", file=file, line=line, cure="save it as UTF-8") from None


def _syntax(error: yaml.MarkedYAMLError, file: str, text: str) -> ConfigError:
    """The parser's words, without its excerpt of the file: that could hold a secret."""
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 0
    problem = str(error.problem or "cannot be read as YAML").replace("'\\t'", "tab")
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())] or "tab" in problem:
        return ConfigError("a tab is used for indentation", file=file, line=line, cure="indent with spaces")
    cure = "check the quotes, brackets and indentation around this line"
    if "mapping values are not allowed" in problem:
        cure = "quote a value that contains ': ', or check the indentation of this line"
    elif "cannot start any token" in problem:
        cure = "quote a value that starts with @, `, % or &"
    elif "did not find expected" in problem or "expected" in problem:
        cure = "check the indentation and the brackets and quotes above this line"
    return ConfigError(f"is not valid YAML: {problem}", file=file, line=line, cure=cure)


class _Builder:
    """Turns parser events into data; aliases are expanded by building their target's data once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Location, int] = {}
        self._anchors: dict[str, tuple[Any, int, Location]] = {}
        self._values = 0
        self._line = 0

    def document(self, events: Iterator[Any]) -> Any:
        data: Any = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self._values:
                    raise self._refuse("holds more than one YAML document", event, "remove the '---' line")
                data = self._value(next(events), events, ())
                self._values = max(self._values, 1)
        return data

    def _refuse(self, message: str, event: Any, cure: str) -> ConfigError:
        return ConfigError(message, file=self.file, line=event.start_mark.line + 1, cure=cure)

    def _count(self, event: Any, amount: int = 1) -> None:
        self._values += amount
        if self._values > MAX_VALUES:
            raise self._refuse(f"holds more than {MAX_VALUES} values once its aliases are expanded", event,
                               "use fewer aliases, or split the file")

    def _value(self, event: Any, events: Iterator[Any], here: Location) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, here)
        if event.tag is not None and event.tag not in ("!", "tag:yaml.org,2002:str"):
            raise self._refuse("uses a YAML tag", event, "write plain values; tags such as !!python are never read")
        if len(here) > MAX_DEPTH:
            raise self._refuse(f"is nested more than {MAX_DEPTH} levels deep", event, "flatten it")
        self._count(event)
        before = self._values
        if isinstance(event, yaml.ScalarEvent):
            value = event.value if event.tag or not event.implicit[0] else self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(events, here)
        else:
            value = self._mapping(events, here)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, self._values - before + 1, here)
        return value

    def _alias(self, event: Any, here: Location) -> Any:
        if event.anchor not in self._anchors:
            raise self._refuse("uses an alias whose anchor is not complete above it", event, "move the anchor up")
        value, size, origin = self._anchors[event.anchor]
        self._count(event, size)
        depth = len(origin)
        inside = [(place, line) for place, line in self.lines.items() if place[:depth] == origin and place != origin]
        for place, line in inside if size < 1000 else ():
            self.lines[here + place[depth:]] = line
        return value

    def _sequence(self, events: Iterator[Any], here: Location) -> list[Any]:
        out: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            place = (*here, len(out))
            self.lines[place] = event.start_mark.line + 1
            out.append(self._value(event, events, place))
        return out

    def _mapping(self, events: Iterator[Any], here: Location) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            if key in out:
                first = self.lines[(*here, key)]
                raise self._refuse(f"key '{dotted((*here, key))}' is written twice (first on line {first})", event,
                                   "keep one of them")
            self.lines[(*here, key)] = event.start_mark.line + 1
            out[key] = None
            out[key] = self._value(next(events), events, (*here, key))
        return out

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refuse("a key must be a word", event, "write lists and mappings as values, not as keys")
        if event.value == "<<" and event.implicit[0]:
            raise self._refuse("merge keys ('<<') are not read", event, "write the keys out, or use `extends`")
        self._count(event)
        return str(event.value)

    def _scalar(self, event: Any) -> Any:
        """YAML 1.2's core schema: null, true/false, numbers; everything else (dates, `on`, `1:30`) is text."""
        text = event.value
        if text in _WORDS:
            return _WORDS[text]
        if _INT.match(text):
            if len(text) > 40:
                raise self._refuse("is a number of more than 40 digits", event, "quote it if it is text")
            bare = text.lstrip("+-")
            return int(text, 0) if bare[:2] in ("0x", "0o") else int(text)
        if _FLOAT.match(text) and math.isfinite(float(text)):
            return float(text)
        return text
