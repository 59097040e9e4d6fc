"""Makes values of OpenAI's and Anthropic's own types with a numbered canary in every string that is free to be anything.

A union gives one value for each of its alternatives, so that every leaf of every alternative occurs.
"""

from __future__ import annotations

import os
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from typing_extensions import is_typeddict

_DEPTH = 12


class Samples:
    """``leaves`` counts the strings that were made; ``fixed`` gives values for fields that have rules of their own."""

    def __init__(self, fixed: dict[str, Any] | None = None) -> None:
        self._numbers = count(1)
        self._fixed = fixed or {}

    def text(self) -> str:
        return f"canary number {next(self._numbers)} ends"

    def of(self, kind: Any, depth: int = 0) -> list[Any]:
        """At least one value of type ``kind``; several where it has alternatives."""
        origin, args = get_origin(kind), get_args(kind)
        if origin in (Union, types.UnionType):
            return [value for each in args if not _unwritable(each) for value in self.of(each, depth)]
        if origin is Literal:
            return [args[0]]
        if origin is not None and origin.__name__ in ("Required", "NotRequired", "Annotated", "ReadOnly"):
            return self.of(args[0], depth)
        if origin is dict:
            return [{f"canary key {next(self._numbers)} ends": value for value in self.of(args[1], depth + 1)}]
        if origin is not None and args:  # every other generic of these types is a kind of list
            return [self.of(args[0], depth + 1)]
        if is_typeddict(kind):
            return list(self._records(typing.get_type_hints(kind, include_extras=True), depth))
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return list(self._records({each.alias or name: each.annotation for name, each in kind.model_fields.items()}, depth))
        return [self._plain(kind)]

    def _plain(self, kind: Any) -> Any:
        if kind is str or kind is object:
            return self.text()
        if kind is datetime:
            return "2026-11-25T08:00:00Z"
        if kind is bool:
            return True
        if kind is int:
            return 1
        if kind is float:
            return 0.5
        if getattr(kind, "__name__", "").startswith("SequenceNotStr"):
            return [self.text()]
        raise AssertionError(f"no sample for {kind!r}")

    def _records(self, hints: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        if depth > _DEPTH:
            raise AssertionError("the types do not end")
        fields = {
            name: [self._fixed[name]] if name in self._fixed and depth == 0 else self.of(kind, depth + 1)
            for name, kind in hints.items()
        }
        for at in range(max(map(len, fields.values()), default=1)):
            yield {name: values[at] if at < len(values) else self._again(values[-1]) for name, values in fields.items()}

    def _again(self, value: Any) -> Any:
        """``value`` with fresh canaries, so that each stands in one place only."""
        if isinstance(value, str):
            return self.text() if value.startswith("canary") else value
        if isinstance(value, list):
            return [self._again(each) for each in value]
        if isinstance(value, dict):
            return {self._again(key): self._again(each) for key, each in value.items()}
        return value


def _unwritable(kind: Any) -> bool:
    """Whether a client takes this for its own use only, and never writes it as JSON."""
    return kind is type(None) or (get_origin(kind) or kind) in (os.PathLike, typing.IO)


def canaries(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The pointers and texts of all canaries in ``value``; a key's pointer ends in ``/~key``."""
    if isinstance(value, str):
        if value.startswith("canary"):
            yield path, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from canaries(each, f"{path}/{index}")
    elif isinstance(value, dict):
        for key, each in value.items():
            if key.startswith("canary"):
                yield f"{path}/{key}/~key", key
            yield from canaries(each, f"{path}/{key}")
