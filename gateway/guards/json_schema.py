"""JSON Schema, compiled to functions once and run in linear time: what an answer or a tool's arguments must fit.

The libraries for it match ``pattern`` by backtracking and compare items of an array in pairs, which a model's text must
not be able to ask of a worker. Here patterns run on RE2, equality goes by hashes, and steps are counted. A keyword that
is not understood is refused when it is compiled: none is ignored silently but those that only describe.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.core.pattern import compile_re2
from gateway.core.regex import Unsupported

MOST_STEPS = 100_000
"""Values looked at in one text, each under each keyword: some 30 ms."""
DEEPEST = 64
Check = Callable[[Any, "Budget"], bool]

_DESCRIBING = frozenset((
    "$schema", "$id", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "deprecated",
    "readOnly", "writeOnly", "format", "contentMediaType", "contentEncoding", "strict",
))
_TOGETHER = frozenset(("then", "else", "minContains", "maxContains", "additionalItems"))
"""Read with another keyword."""


class Budget:
    """Counts steps, so that no text makes validation long. Raises ``TooMuch``."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MOST_STEPS

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMuch


class TooMuch(ValueError):
    """The text is too large or too deep to be judged."""


def parse(text: str) -> Any:
    """``text`` as JSON, strictly: raises ``ValueError`` for names that come twice, NaN and more than 64 levels."""
    depth = deepest = 0
    inside = escaped = False
    for char in text:
        if inside:
            inside, escaped = escaped or char != '"', char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in "{[":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "}]":
            depth -= 1
    if deepest > DEEPEST:
        raise TooMuch
    return json.loads(text, object_pairs_hook=_members, parse_constant=_refused)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


class Schema:
    """A compiled schema. Raises ``ValueError("what is wrong | cure")`` for one that cannot be kept to."""

    __slots__ = ("_check", "_named", "_root")

    def __init__(self, schema: Any) -> None:
        self._root = schema
        self._named: dict[str, Check] = {}
        self._check = self._compiled(schema, "")

    def fits(self, value: Any) -> bool:
        """Whether ``value`` (parsed JSON) is valid. Raises ``TooMuch``."""
        return self._check(value, Budget())

    def _compiled(self, schema: Any, at: str) -> Check:
        if isinstance(schema, bool):
            return lambda value, budget: schema
        if not isinstance(schema, Mapping):
            raise ValueError(f"the schema{_where(at)} is no object | write it as JSON Schema says")  # noqa: TRY004
        checks: list[Check] = []
        for keyword, given in schema.items():
            make = _KEYWORDS.get(keyword)
            if make is not None:
                checks.append(make(self, given, schema, f"{at}/{keyword}"))
            elif keyword not in _DESCRIBING and keyword not in _TOGETHER:
                known = ", ".join(_KEYWORDS)
                raise ValueError(f"the schema's keyword '{keyword}'{_where(at)} is not known | known: {known}")

        def check(value: Any, budget: Budget) -> bool:
            budget.spend()
            return all(each(value, budget) for each in checks)

        return check

    def _reference(self, name: Any, at: str) -> Check:
        if not isinstance(name, str) or not name.startswith("#"):
            raise ValueError(f"the schema refers to another document{_where(at)} | copy it in under `$defs`")
        if name not in self._named:
            self._named[name] = lambda value, budget: self._named[name](value, budget)
            self._named[name] = self._compiled(self._found(name, at), at)
        return lambda value, budget: self._named[name](value, budget)

    def _found(self, name: str, at: str) -> Any:
        place = self._root
        for step in name[1:].split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            place = place.get(key) if isinstance(place, Mapping) else place[int(key)] if key.isdigit() else None
            if place is None:
                raise ValueError(f"the schema refers to '{name}', which is not there{_where(at)} | add it to `$defs`")
        return place

    # ---- keywords: each gives the check for one -------------------------------------------------------------------

    def type_(self, given: Any, _: Any, at: str) -> Check:
        names = [given] if isinstance(given, str) else given
        if not isinstance(names, list) or not all(isinstance(each, str) and each in _TYPES for each in names):
            raise ValueError(f"unknown type in the schema{_where(at)} | known: {', '.join(_TYPES)}")
        tests = [_TYPES[each] for each in names]
        return lambda value, budget: any(test(value) for test in tests)

    def enum(self, given: Any, _: Any, at: str) -> Check:
        keys = frozenset(_key(each) for each in given)
        return lambda value, budget: _key(value) in keys

    def const(self, given: Any, _: Any, at: str) -> Check:
        return self.enum([given], _, at)

    def properties(self, given: Any, _: Any, at: str) -> Check:
        checks = {name: self._compiled(each, f"{at}/{name}") for name, each in given.items()}
        return lambda value, budget: not isinstance(value, dict) or all(
            checks[name](each, budget) for name, each in value.items() if name in checks)

    def pattern_properties(self, given: Any, _: Any, at: str) -> Check:
        checks = [(_search(name, at), self._compiled(each, f"{at}/{name}")) for name, each in given.items()]
        return lambda value, budget: not isinstance(value, dict) or all(
            check(each, budget) for name, each in value.items() for found, check in checks if found(name))

    def additional_properties(self, given: Any, schema: Any, at: str) -> Check:
        known, patterns = frozenset(schema.get("properties", ())), [
            _search(each, at) for each in schema.get("patternProperties", ())]
        check = self._compiled(given, at)
        return lambda value, budget: not isinstance(value, dict) or all(
            check(each, budget) for name, each in value.items()
            if name not in known and not any(found(name) for found in patterns))

    def property_names(self, given: Any, _: Any, at: str) -> Check:
        check = self._compiled(given, at)
        return lambda value, budget: not isinstance(value, dict) or all(check(name, budget) for name in value)

    def required(self, given: Any, _: Any, at: str) -> Check:
        names = tuple(given)
        return lambda value, budget: not isinstance(value, dict) or all(name in value for name in names)

    def dependent_required(self, given: Any, _: Any, at: str) -> Check:
        return lambda value, budget: not isinstance(value, dict) or all(
            name in value for known, names in given.items() if known in value for name in names)

    def items(self, given: Any, schema: Any, at: str) -> Check:
        if isinstance(given, list):  # as it was written before 2020
            rest = self._compiled(schema.get("additionalItems", True), at)
            return self._array(given, rest, at)
        return self._array(schema.get("prefixItems", ()), self._compiled(given, at), at)

    def prefix_items(self, given: Any, schema: Any, at: str) -> Check:
        return self._array(given, self._compiled(True, at), at)

    def _array(self, firsts: Any, rest: Check, at: str) -> Check:
        checks = [self._compiled(each, at) for each in firsts]
        return lambda value, budget: not isinstance(value, list) or all(
            (checks[index] if index < len(checks) else rest)(each, budget) for index, each in enumerate(value))

    def contains(self, given: Any, schema: Any, at: str) -> Check:
        check, least, most = self._compiled(given, at), schema.get("minContains", 1), schema.get("maxContains")
        return lambda value, budget: not isinstance(value, list) or (
            least <= sum(check(each, budget) for each in value) <= (len(value) if most is None else most))

    def unique_items(self, given: Any, _: Any, at: str) -> Check:
        return lambda value, budget: not given or not isinstance(value, list) or (
            len({_key(each) for each in value}) == len(value))

    def all_of(self, given: Any, _: Any, at: str) -> Check:
        checks = self._each(given, at)
        return lambda value, budget: all(check(value, budget) for check in checks)

    def any_of(self, given: Any, _: Any, at: str) -> Check:
        checks = self._each(given, at)
        return lambda value, budget: any(check(value, budget) for check in checks)

    def one_of(self, given: Any, _: Any, at: str) -> Check:
        checks = self._each(given, at)
        return lambda value, budget: sum(check(value, budget) for check in checks) == 1

    def not_(self, given: Any, _: Any, at: str) -> Check:
        check = self._compiled(given, at)
        return lambda value, budget: not check(value, budget)

    def if_(self, given: Any, schema: Any, at: str) -> Check:
        check = self._compiled(given, at)
        then, other = self._compiled(schema.get("then", True), at), self._compiled(schema.get("else", True), at)
        return lambda value, budget: (then if check(value, budget) else other)(value, budget)

    def reference(self, given: Any, _: Any, at: str) -> Check:
        return self._reference(given, at)

    def pattern(self, given: Any, _: Any, at: str) -> Check:
        found = _search(given, at)
        return lambda value, budget: not isinstance(value, str) or found(value)

    def _each(self, given: Any, at: str) -> list[Check]:
        if not isinstance(given, list) or not given:
            raise ValueError(f"the schema needs a list of schemas{_where(at)} | write at least one")
        return [self._compiled(each, f"{at}/{index}") for index, each in enumerate(given)]


def _where(at: str) -> str:
    return f" at {at}" if at else ""


def _search(expression: Any, at: str) -> Callable[[str], bool]:
    try:
        compiled = compile_re2(str(expression))
    except Unsupported as error:
        raise ValueError(f"the schema's pattern{_where(at)} {error} | rewrite it without that") from None
    return lambda text: compiled.search(text.encode("utf-8", "replace")) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": _is_number,
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def _key(value: Any) -> str:
    """Equal for values that JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else value


def _bound(applies: Callable[[Any], bool], measure: Callable[[Any], Any], holds: Callable[[Any, Any], bool]) -> Any:
    def make(_: Schema, given: Any, __: Any, at: str) -> Check:
        if not _is_number(given):
            raise ValueError(f"the schema needs a number{_where(at)} | write a number")
        return lambda value, budget: not applies(value) or holds(measure(value), given)

    return make


def _is_multiple(value: Any, of: Any) -> bool:
    if isinstance(value, int) and isinstance(of, int):
        return value % of == 0
    quotient = value / of
    return bool(abs(quotient - round(quotient)) < 1e-9)


_TEXT, _LIST, _OBJECT = _TYPES["string"], _TYPES["array"], _TYPES["object"]
_KEYWORDS: dict[str, Callable[[Schema, Any, Any, str], Check]] = {
    "type": Schema.type_, "enum": Schema.enum, "const": Schema.const, "properties": Schema.properties,
    "required": Schema.required, "additionalProperties": Schema.additional_properties,
    "patternProperties": Schema.pattern_properties, "propertyNames": Schema.property_names,
    "dependentRequired": Schema.dependent_required, "items": Schema.items, "prefixItems": Schema.prefix_items,
    "contains": Schema.contains, "uniqueItems": Schema.unique_items, "allOf": Schema.all_of, "anyOf": Schema.any_of,
    "oneOf": Schema.one_of, "not": Schema.not_, "if": Schema.if_, "$ref": Schema.reference, "pattern": Schema.pattern,
    "minLength": _bound(_TEXT, len, lambda size, given: size >= given),
    "maxLength": _bound(_TEXT, len, lambda size, given: size <= given),
    "minItems": _bound(_LIST, len, lambda size, given: size >= given),
    "maxItems": _bound(_LIST, len, lambda size, given: size <= given),
    "minProperties": _bound(_OBJECT, len, lambda size, given: size >= given),
    "maxProperties": _bound(_OBJECT, len, lambda size, given: size <= given),
    "minimum": _bound(_is_number, lambda value: value, lambda value, given: value >= given),
    "maximum": _bound(_is_number, lambda value: value, lambda value, given: value <= given),
    "exclusiveMinimum": _bound(_is_number, lambda value: value, lambda value, given: value > given),
    "exclusiveMaximum": _bound(_is_number, lambda value: value, lambda value, given: value < given),
    "multipleOf": _bound(_is_number, lambda value: value, _is_multiple),
}
