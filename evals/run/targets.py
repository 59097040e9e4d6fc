"""What is evaluated: anything that speaks OpenAI's API at a base URL, named and told apart by kind.

Keys come from the environment, never from the command line, where every process of the machine can read them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from evals.loading.suite import DIRECT, GATEWAY, LOCAL
from gateway.config.validation import validate
from gateway.config.yaml_lines import read
from gateway.errors import ConfigError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """``kind`` is ``direct`` (a model), ``gateway`` (a model behind guards) or ``local`` (no model, no network)."""

    name: str
    kind: str
    base_url: str = ""
    model: str = ""
    api_key: str = field(default="", repr=False)


LOCAL_TARGET = Target(LOCAL, LOCAL, model="bm25")


class _TargetModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    name: str
    base_url: str
    kind: Literal["direct", "gateway"] = "direct"
    model: str = ""
    api_key: str = ""


class _TargetsModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    targets: list[_TargetModel]


def from_file(path: Path, environment: Mapping[str, str] = os.environ) -> tuple[Target, ...]:
    """The targets that a YAML file names; raises ConfigError with file, line, field and cure."""
    document = read(path)
    model, problems = validate(_TargetsModel, document.data)
    if problems:
        raise ConfigError("\n".join(str(document.error(each.message, each.location, each.cure)) for each in problems))
    out: list[Target] = []
    for at, each in enumerate(model.targets):
        for key, value in (("name", each.name), ("base_url", each.base_url)):
            twice = key == "name" and value in {known.name for known in out}
            wrong = "is named twice" if twice else _wrong(key, value)
            if wrong:
                raise document.error(wrong, ("targets", at, key), _CURES[key])
        missing = [name for name in _VARIABLE.findall(each.api_key) if name not in environment]
        if missing:
            raise document.error(f"the environment variable {missing[0]} is not set", ("targets", at, "api_key"),
                                 f"export {missing[0]}=…")
        key = _VARIABLE.sub(lambda match: environment[match[1]], each.api_key)
        out.append(Target(each.name, each.kind, each.base_url.rstrip("/"), each.model, key))
    if not out:
        raise document.error("names no target", ("targets",), "add `- {name: direct, base_url: \"http://…/v1\"}`")
    return tuple(out)


def from_options(pairs: Sequence[str], model: str, environment: Mapping[str, str] = os.environ) -> tuple[Target, ...]:
    """Targets from ``NAME=URL`` words. The name ``gateway`` makes its kind a gateway; every other is a model's.

    The key of NAME is in ``WARDGATE_EVAL_KEY_NAME``, or else in ``WARDGATE_EVAL_KEY``.
    """
    out: list[Target] = []
    for pair in pairs:
        name, equals, url = pair.partition("=")
        if not equals:
            raise ConfigError(f"--target {pair}: a URL is missing", cure="write --target direct=http://127.0.0.1:8000/v1")
        wrong = _wrong("name", name) or _wrong("base_url", url)
        if wrong or name in {known.name for known in out}:
            raise ConfigError(f"--target {name}: {wrong or 'is named twice'}",
                              cure=_CURES["name" if _wrong("name", name) else "base_url"])
        variable = f"WARDGATE_EVAL_KEY_{name.upper().replace('-', '_')}"
        key = environment.get(variable, environment.get("WARDGATE_EVAL_KEY", ""))
        out.append(Target(name, GATEWAY if name == GATEWAY else DIRECT, url.rstrip("/"), model, key))
    return tuple(out)


_CURES = {"name": "lower-case letters, digits, '-' and '_'; each name once, and not 'local'",
          "base_url": "write it as in http://127.0.0.1:8000/v1"}


def _wrong(key: str, value: str) -> str:
    if key == "name":
        return "" if _NAME.match(value) and value != LOCAL else "cannot be a target's name"
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if good and (parts.username or parts.password or parts.query or parts.fragment):
        return "must hold neither a password nor a query"
    return "" if good else "is not a base URL"
