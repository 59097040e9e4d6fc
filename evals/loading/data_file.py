"""Reads a suite's data, JSON Lines or CSV, so that a bad row is reported with file, line, field and cure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config.yaml_lines import nearest
from gateway.errors import ConfigError

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_FIELD = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """One row and where it stands."""

    row: dict[str, Any]
    file: str
    number: int

    def error(self, message: str, name: str = "", cure: str = "") -> ConfigError:
        return ConfigError(message, file=self.file, line=self.number, field=name, cure=cure)

    def get(self, name: str) -> Any:
        """The field ``name``; raises ConfigError with the nearest field that exists."""
        if name not in self.row:
            raise self.error(f"the row has no field '{name}'", name, nearest(name, list(self.row)))
        return self.row[name]

    def text(self, name: str) -> str:
        """The field ``name`` as text; numbers are written out, anything else is refused."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.error(f"'{name}' must be text", name, "write a string")
        return str(value)

    def fill(self, template: str) -> str:
        """``template`` with each ``{field}`` replaced by the row's field of that name."""
        return _FIELD.sub(lambda match: self.text(match[1]), template)


def fields_of(template: str) -> tuple[str, ...]:
    """The fields that ``template`` names."""
    return tuple(_FIELD.findall(template))


def read(path: Path, shown: str = "") -> Iterator[Line]:
    """The rows of a JSON Lines, .csv or .tsv file; raises ConfigError for a file, line or row that cannot be used."""
    name = shown or str(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=name, cure="check its path and rights") from None
    if path.suffix.lower() in _DELIMITERS:
        yield from _csv(content, _DELIMITERS[path.suffix.lower()], name)
        return
    for number, raw in enumerate(content.split(b"\n"), 1):
        if not raw.strip():
            continue
        try:
            row = json.loads(raw, object_pairs_hook=_no_twice, parse_constant=_no_number)
            if b"\\u" in raw:  # half of a pair is no character, and no file could hold the answer's fingerprint
                json.dumps(row, ensure_ascii=False).encode()
        except UnicodeDecodeError:
            raise ConfigError("is not UTF-8", file=name, line=number, cure="save the file as UTF-8") from None
        except UnicodeEncodeError:
            raise ConfigError("holds half of a surrogate pair", file=name, line=number,
                              cure="write the character itself, or both escapes") from None
        except RecursionError:
            raise ConfigError("is nested too deeply", file=name, line=number, cure="flatten it") from None
        except json.JSONDecodeError as error:
            raise ConfigError(f"is not JSON: {error.msg.lower()} at column {error.colno}", file=name, line=number,
                              cure="write one JSON object on each line") from None
        except _Refused as error:
            raise ConfigError(error.args[0], file=name, line=number, cure=error.args[1]) from None
        except ValueError:
            raise ConfigError("holds a number of too many digits", file=name, line=number,
                              cure="quote it if it is text") from None
        if not isinstance(row, dict):
            raise ConfigError("is not a JSON object", file=name, line=number, cure='write {"id": …, …}')
        yield Line(row, name, number)


def _csv(content: bytes, delimiter: str, name: str) -> Iterator[Line]:
    """Rows under a line of names; every field is text. The byte order mark of spreadsheets is no part of it."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError("is not UTF-8", file=name, line=content.count(b"\n", 0, error.start) + 1,
                          cure="save the file as CSV UTF-8") from None
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # a field may be a whole document
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(table, [])
        wrong = next((each for each in names if not each.strip() or names.count(each) > 1), None)
        if not names or wrong is not None:
            what = f"column '{wrong}' is there twice" if (wrong or "").strip() else "a column has no name"
            raise ConfigError(what, file=name, line=1, cure="begin with a line of names, each once")
        for values in table:
            if len(values) == len(names):
                yield Line(dict(zip(names, values, strict=True)), name, table.line_num)
            elif values:
                raise ConfigError(f"has {len(values)} fields, not {len(names)}", file=name, line=table.line_num,
                                  cure=f"put text that holds {delimiter!r} or line breaks into double quotes")
    except csv.Error as error:
        raise ConfigError(f"is not CSV: {error}", file=name, line=table.line_num,
                          cure='write a double quote inside a field as ""') from None


class _Refused(ValueError):
    """JSON that is read elsewhere and not here: what is wrong, and the cure."""


def _no_number(name: str) -> None:
    raise _Refused(f"{name} is no JSON", "write a number, null or a text")


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise _Refused(f"key '{key}' is written twice", "keep one of them")
        out[key] = value
    return out


@dataclass(frozen=True, slots=True)
class Join:
    """Rows of another file, found by the value of one field."""

    rows: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    shown: str = ""

    def add(self, line: Line, name: str) -> Line:
        """``line`` with the fields of the row that its field ``name`` names; its own fields win."""
        key = line.text(name)
        if key not in self.rows:
            raise line.error(f"no row of {self.shown} has this id", name, nearest(key, list(self.rows)[:2000]))
        return Line({**self.rows[key], **line.row}, line.file, line.number)


def index(lines: Iterable[Line], shown: str) -> Join:
    """Rows by their ``id``; raises ConfigError for an id that is there twice."""
    rows: dict[str, dict[str, Any]] = {}
    for line in lines:
        key = line.text("id")
        if key in rows:
            raise line.error("another row has this id", "id", "give each row its own")
        rows[key] = line.row
    return Join(rows, shown)
