"""JSON Schema as its specification has it, keyword by keyword; and what a text must not be able to make it do."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from gateway.guards.json_schema import Schema, TooMuch, parse

ROWS: tuple[tuple[Any, tuple[Any, ...], tuple[Any, ...]], ...] = (
    (True, (1, None), ()),
    (False, (), (1, None)),
    ({"type": "integer"}, (1, -2, 3.0), (1.5, "1", True, None)),
    ({"type": ["string", "null"]}, ("", None), (0, [])),
    ({"enum": [1, "a", {"x": [1]}]}, (1, 1.0, "a", {"x": [1.0]}), (True, "b", {"x": [2]}, {})),
    ({"const": False}, (False,), (0, None)),
    ({"required": ["a"]}, ({"a": 1}, [], "x"), ({}, {"b": 1})),
    ({"properties": {"a": {"type": "string"}}}, ({"a": ""}, {"b": 1}, 3), ({"a": 1},)),
    ({"properties": {"a": True}, "patternProperties": {"^x_": {"type": "number"}}, "additionalProperties": False},
     ({"a": 1}, {"x_1": 2}, {}), ({"b": 1}, {"x_1": ""})),
    ({"additionalProperties": {"type": "number"}}, ({"b": 1},), ({"b": ""},)),
    ({"propertyNames": {"maxLength": 2}}, ({"ab": 1},), ({"abc": 1},)),
    ({"dependentRequired": {"a": ["b"]}}, ({"a": 1, "b": 2}, {"c": 1}), ({"a": 1},)),
    ({"items": {"type": "number"}}, ([], [1, 2]), ([1, "a"],)),
    ({"prefixItems": [{"type": "number"}], "items": False}, ([], [1]), ([1, 2], ["a"])),
    ({"items": [{"type": "number"}], "additionalItems": False}, ([1],), ([1, 2],)),
    ({"contains": {"const": 1}, "maxContains": 2}, ([1], [1, 2, 1]), ([], [2], [1, 1, 1])),
    ({"uniqueItems": True}, ([1, True], [[1], [2]]), ([1, 1.0], [{"a": 1, "b": 2}, {"b": 2, "a": 1}])),
    ({"minItems": 1, "maxItems": 2}, ([1], "x"), ([], [1, 2, 3])),
    ({"minProperties": 1, "maxProperties": 1}, ({"a": 1},), ({}, {"a": 1, "b": 2})),
    ({"minLength": 2, "maxLength": 3, "pattern": "^a"}, ("ab", "a\u00e4\u00e4", 5), ("a", "abcd", "ba")),
    ({"minimum": 1, "exclusiveMaximum": 3}, (1, 2.9, "x"), (0.9, 3)),
    ({"multipleOf": 0.01}, (1.23, 4, "x"), (1.234,)),
    ({"multipleOf": 3}, (9, 0), (10,)),
    ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, ("", 5), (4,)),
    ({"oneOf": [{"type": "integer"}, {"minimum": 5}]}, (4, 5.5), (5, 4.5)),
    ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, (1, 2), (0, 3)),
    ({"not": {"type": "null"}}, (1,), (None,)),
    ({"if": {"minimum": 10}, "then": {"multipleOf": 5}, "else": {"multipleOf": 2}}, (15, 4), (11, 3)),
    ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "object", "properties": {"next": {"$ref": "#/$defs/n"}}}}},
     ({}, {"next": {"next": {}}}), (1, {"next": {"next": 1}})),
    ({"properties": {"a": {"$ref": "#"}}, "additionalProperties": False}, ({"a": {"a": {}}},), ({"a": {"b": 1}},)),
    ({"format": "email", "title": "x"}, ("no address",), ()),
)


@pytest.mark.parametrize(("schema", "fits", "misfits"), ROWS, ids=[json.dumps(row[0])[:60] for row in ROWS])
def test_a_keyword(schema: Any, fits: tuple[Any, ...], misfits: tuple[Any, ...]) -> None:
    compiled = Schema(schema)
    assert [each for each in fits if not compiled.fits(each)] == []
    assert [each for each in misfits if compiled.fits(each)] == []


@pytest.mark.parametrize(("schema", "said"), [
    ({"typ": "string"}, "keyword 'typ' is not known"), ({"type": "text"}, "unknown type"),
    ({"properties": {"a": {"unevaluatedItems": False}}}, "at /properties/a is not known"),
    ({"$ref": "https://example.org/schema"}, "another document"), ({"$ref": "#/$defs/x"}, "which is not there"),
    ({"pattern": "(?=a)b"}, "pattern"), ({"minLength": "2"}, "needs a number"), ({"anyOf": []}, "list of schemas"),
    ([], "is no object"),
])
def test_what_is_not_understood_is_refused_and_never_ignored(schema: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Schema(schema)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', "NaN", "[" * 65 + "]" * 65, "{", "", "1 2", "'a'", "9" * 5000])
def test_what_two_readers_could_read_in_two_ways_is_no_json(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_a_flood_of_values_is_stopped_and_patterns_are_linear() -> None:
    with pytest.raises(TooMuch):
        Schema({"items": {"type": "number"}}).fits([1] * 100_001)
    begun = time.process_time()
    assert not Schema({"pattern": "^(a|aa)+$"}).fits("a" * 20_000 + "b")
    assert Schema({"uniqueItems": True}).fits([[each] for each in range(20_000)])
    assert time.process_time() - begun < 1.0
