"""What the guards say of themselves, so that a guard is explained where it stands and nowhere else.

``wardgate policy guards`` prints it, and the docs' test takes it for an explanation too.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from gateway.config.policy_rules import reads_files
from gateway.core.guard import GuardSpec, guards

_LONGEST = 60
"""Characters of a default; a longer one is a list that ``wardgate policy schema`` holds."""


@dataclass(frozen=True, slots=True)
class ParameterDoc:
    """``type`` and ``default`` as they are written in a policy file."""

    name: str
    type: str
    default: str


@dataclass(frozen=True, slots=True)
class GuardDoc:
    """``about``: its file's first sentence; ``text``: all that its file says to readers."""

    name: str
    about: str
    text: str
    parameters: tuple[ParameterDoc, ...]


def guard_docs(specs: Mapping[str, GuardSpec] | None = None) -> dict[str, GuardDoc]:
    """Every guard's own words, by name."""
    known = guards() if specs is None else specs
    return {name: GuardDoc(name, known[name].about, _text(known[name]), tuple(_parameters(known[name])))
            for name in sorted(known)}


def _text(spec: GuardSpec) -> str:
    """The docstrings of the file, of the parameters and of the guard, in this order."""
    written = (sys.modules[spec.find.__module__], spec.params if fields(spec.params) else None, spec.find)
    return "\n\n".join(doc for each in written if each is not None and (doc := inspect.getdoc(each)))


def _parameters(spec: GuardSpec) -> list[ParameterDoc]:
    out = []
    for field in fields(spec.params):
        made = field.default_factory() if field.default_factory is not MISSING else field.default
        files = reads_files(spec.params, field.name)
        default = "required" if made is MISSING else json.dumps(made, ensure_ascii=False, default=str)
        out.append(ParameterDoc(field.name, "globs" if files else _type(made),
                                default if len(default) <= _LONGEST else f"{default[:_LONGEST]} …"))
    return out


def _type(value: Any) -> str:
    """The kind of ``value`` in YAML's words."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", tuple: "a list"}
    return kinds.get(type(value), "a value")
