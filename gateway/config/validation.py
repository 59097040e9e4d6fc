"""Checks plain data against a pydantic model or a guard's dataclass, and says what is wrong in operators' words.

Every mistake is reported, not the first only, and each names the place and the cure: a misspelt key gets
the nearest valid one. Values are never repeated, because a settings file may hold a secret in the wrong place.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.config.yaml_lines import Location, dotted, nearest


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (path from the checked value's root), what, and what to do about it."""

    location: Location
    message: str
    cure: str = ""


def validate(kind: Any, data: Any) -> tuple[Any, tuple[Problem, ...]]:
    """``data`` as a ``kind``, or None with every problem found; ``kind`` is a model, dataclass or annotation."""
    problems = list(unknown_keys(kind, data))
    try:
        value = _adapter(kind).validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        strange = {problem.location for problem in problems}
        for item in error.errors(include_url=False, include_input=False, include_context=True):
            problem = _problem(kind, item, data)
            if problem.location not in strange:
                strange.add(problem.location)
                problems.append(problem)
        return None, tuple(problems)
    return (None if problems else value), tuple(problems)


@lru_cache(maxsize=512)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def unknown_keys(kind: Any, data: Any, here: Location = ()) -> Iterator[Problem]:
    """A problem for each key that ``kind`` does not have, at any depth."""
    members = _members(kind)
    if members is not None:
        if isinstance(data, Mapping):
            for key, value in data.items():
                if key in members:
                    yield from unknown_keys(members[key], value, (*here, key))
                else:
                    where = f" in {dotted(here)}" if here else ""
                    yield Problem((*here, key), f"unknown key '{key}'{where}", nearest(key, list(members)))
        return
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (list, tuple, frozenset) and isinstance(data, Sequence) and not isinstance(data, str) and inner:
        for index, item in enumerate(data):
            yield from unknown_keys(inner[0], item, (*here, index))
    elif origin is dict and isinstance(data, Mapping):
        for key, value in data.items():
            yield from unknown_keys(inner[1], value, (*here, key))
    elif origin in (Union, types.UnionType):
        structured = [arm for arm in inner if _members(arm) is not None]
        if len(structured) == 1:
            yield from unknown_keys(structured[0], data, here)


@lru_cache(maxsize=512)
def _members(kind: Any) -> dict[str, Any] | None:
    """Keys of a model or dataclass with their types; None for anything else."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return {field.name: hints[field.name] for field in fields(kind)}
    return None


def keys_of(kind: Any) -> tuple[str, ...]:
    """The keys that a model or dataclass has."""
    return tuple(_members(kind) or ())


_WANTED = {
    "string_type": "text", "list_type": "a list", "tuple_type": "a list", "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values", "dataclass_type": "a mapping of keys to values",
    "bool_type": "true or false", "int_type": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "frozen_set_type": "a list", "set_type": "a list", "model_attributes_type":
    "a mapping of keys to values", "date_type": "a date such as 2027-01-31", "date_parsing":
    "a date such as 2027-01-31", "date_from_datetime_parsing": "a date such as 2027-01-31",
    "date_from_datetime_inexact": "a date such as 2027-01-31",
}


def _problem(kind: Any, item: Any, data: Any) -> Problem:
    """pydantic's error in our words: its place, what was expected, and never the value itself."""
    location, found = _real_location(tuple(item["loc"]), data)
    if item["loc"] and item["loc"][-1] == "[key]":
        found = location[-1]
    context, name = item.get("ctx", {}), str(item["type"])
    if name in ("missing", "missing_argument"):
        key = str(location[-1]) if location else "a key"
        return Problem(location, f"'{key}' is missing", f"add `{key}: …`")
    if found is None and name in _WANTED:
        return Problem(location, "has no value", f"write {_WANTED[name]}, or remove the key")
    if name in ("literal_error", "enum"):
        choices = [part.strip(" '") for part in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
        cure = nearest(found, choices) if isinstance(found, str) else ""
        cure = cure if cure.startswith("did") else f"write for instance `{location[-1]}: {choices[0]}`"
        return Problem(location, f"must be one of {', '.join(choices)}", cure)
    if name in _WANTED:
        return Problem(location, f"must be {_WANTED[name]}, not {_kind_of(found)}", f"write {_WANTED[name]}")
    if name == "string_pattern_mismatch":
        return Problem(location, "must be lower-case letters, digits, '.', '_' and '-', at most 64 of them",
                       "write for instance support-bot")
    if name == "extra_forbidden":
        return Problem(location, f"unknown key '{location[-1]}'", nearest(str(location[-1]), list(keys_of(kind))))
    if name == "value_error":
        message, _, cure = str(context.get("error", item["msg"])).partition(" | ")
        return Problem(location, message, cure)
    message = str(item["msg"]).removeprefix("Input ").replace("String should", "text should")
    return Problem(location, message, "correct the value")


def _real_location(location: tuple[Any, ...], data: Any) -> tuple[Location, Any]:
    """pydantic's path without the steps that are names of union arms, and the value found there."""
    out: list[str | int] = []
    found = data
    for index, part in enumerate(location):
        inside = part in found if isinstance(found, Mapping) else (
            isinstance(found, list) and isinstance(part, int) and part < len(found))
        if inside:
            found = found[part]
        elif index == len(location) - 1 and isinstance(found, Mapping):
            return (*out, part), None
        else:
            continue
        out.append(part)
    return tuple(out), found


def _kind_of(value: Any) -> str:
    names: tuple[tuple[type, str], ...] = (
        (bool, "true/false"), (str, "text"), (int, "a number"), (float, "a number"), (list, "a list"),
        (dict, "a mapping"),
    )
    return next((name for known, name in names if isinstance(value, known)), "nothing")
