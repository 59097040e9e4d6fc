"""Has answers be JSON that fits a schema, for applications that read what the model writes.

The whole answer is judged, so the policy must hold it: ``release: complete``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.core.guard import guard
from gateway.core.pattern import Pattern
from gateway.core.types import Finding
from gateway.core.whole import Whole
from gateway.guards.json_schema import Schema, parse

_FENCE = "```"


@dataclass(frozen=True, slots=True)
class SchemaParams:
    """``schema``: a JSON Schema, as YAML or as a text of JSON; its patterns run in linear time.

    ``fence``: whether the JSON may stand in a Markdown fence. ``max_characters``: of an answer; a longer one is a
    finding. Raises ``ValueError`` for a text that is no JSON.
    """

    schema: str | dict[str, Any] = "true"
    fence: bool = False
    max_characters: int = 100_000

    def __post_init__(self) -> None:
        if not isinstance(self.schema, str):
            object.__setattr__(self, "schema", json.dumps(self.schema, sort_keys=True))
        if self.max_characters < 1:
            raise ValueError("max_characters must be 1 or more")


@lru_cache(maxsize=64)
def _compiled(schema: str) -> Schema:
    try:
        read = json.loads(schema)
    except ValueError:
        raise ValueError("the schema is no JSON | write it as YAML, or correct it") from None
    return Schema(read)


def _patterns(params: SchemaParams) -> tuple[Pattern, ...]:
    _compiled(str(params.schema))
    return ()


@guard("schema", patterns=_patterns, params=SchemaParams, decode=False, whole="text", entities=("NOT_JSON", "SCHEMA"))
def find_misfits(whole: Whole, params: SchemaParams) -> Iterator[Finding]:
    """One finding over the whole answer: NOT_JSON, or SCHEMA where the JSON does not fit."""
    text = whole.text
    if not text:
        return
    if len(text) > params.max_characters:
        yield whole.finding(entity="SCHEMA")
        return
    try:
        value = parse(_unfenced(text) if params.fence else text)
    except (ValueError, RecursionError):
        yield whole.finding(entity="NOT_JSON")
        return
    if not _compiled(str(params.schema)).fits(value):
        yield whole.finding(entity="SCHEMA")


def _unfenced(text: str) -> str:
    plain = text.strip()
    if plain.startswith(_FENCE) and plain.endswith(_FENCE) and "\n" in plain:
        return plain.partition("\n")[2].removesuffix(_FENCE)
    return text
