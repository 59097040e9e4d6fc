"""Answers that must be JSON of a schema: judged whole, whatever the chunks; refused at load where they would leave early."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.policy_file import load_policies
from gateway.core.guard import guards
from gateway.errors import PolicyErrors
from gateway.guards.schema import SchemaParams
from tests.gateway.guards.table import guard_table

_PARAMS = SchemaParams(schema={
    "type": "object", "required": ["name", "age"], "additionalProperties": False,
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"type": "integer", "minimum": 0}}})
_INVALID = [
    ('{"name": "Ada"}', [('{"name": "Ada"}', "SCHEMA")]),
    ('{"name": "ada", "age": 3}', [('{"name": "ada", "age": 3}', "SCHEMA")]),
    ('Here: {"name": "Ada", "age": 3}', [('Here: {"name": "Ada", "age": 3}', "NOT_JSON")]),
    ('{"name": "Ada", "age": 3, "age": -1}', [('{"name": "Ada", "age": 3, "age": -1}', "NOT_JSON")]),
    ("[1, 2", [("[1, 2", "NOT_JSON")]),
]
test_misfits = guard_table("schema", _INVALID, params=_PARAMS)
test_fits = guard_table(
    "schema", [('{"name": "Ada", "age": 3}', []), (' {"age":0,"name":"\\u0041"}\n', [])], params=_PARAMS,
    known_gaps=("zero-width", "soft hyphen", "word joiner", "combining mark", "variation selector", "full width",
                "look-alike", "no-break space"))
test_fenced = guard_table(
    "schema", [("```json\n[1]\n```", []), ("```\n{}\n```", [("```\n{}\n```", "SCHEMA")])],
    params=SchemaParams(schema={"type": "array"}, fence=True),
    known_gaps=("zero-width", "soft hyphen", "word joiner", "combining mark", "variation selector", "full width"))
test_bounded = guard_table(
    "schema", [("[1, 2, 3, 4]", [("[1, 2, 3, 4]", "SCHEMA")])], params=SchemaParams(max_characters=5))

_POLICY = """policy: x
{release}
rules:
  - id: json
    guard: schema
    on: {on}
    schema: {schema}
"""


def _refusal(tmp_path: Path, **parts: str) -> str:
    filled = {"release": "release: complete", "on": "{output: all}", "schema": "{type: object}", **parts}
    text = _POLICY
    for name, value in filled.items():
        text = text.replace("{" + name + "}", value)
    (tmp_path / "x.yaml").write_text(text)
    try:
        load_policies(tmp_path / "x.yaml")
    except PolicyErrors as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("parts", "said"), [
    ({}, ""),
    ({"release": "release: stream"}, "x.yaml:5: rules[0].guard: guard 'schema' judges whole answers"),
    ({"on": "{input: [user], output: all}"}, "judges answers only"),
    ({"schema": "{typ: object}"}, "keyword 'typ' is not known"),
    ({"schema": '"{"'}, "is no JSON"),
    ({"schema": '\'{"type": "array"}\''}, ""),
])
def test_what_cannot_be_kept_is_refused_at_load(tmp_path: Path, parts: dict[str, str], said: str) -> None:
    refusal = _refusal(tmp_path, **parts)
    assert said in refusal
    assert bool(said) == bool(refusal)


def test_params_are_hashable_however_the_schema_is_written() -> None:
    assert hash(SchemaParams(schema={"type": "array"})) == hash(SchemaParams(schema='{"type": "array"}'))
    guards()["schema"].patterns(SchemaParams())
