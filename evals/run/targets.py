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

from evals.loading.suite import BASELINE, BASELINES, DIRECT, GATEWAY, LOCAL
from gateway.config.validation import validate
from gateway.config.yaml_lines import read
from gateway.errors import ConfigError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """``kind`` is ``direct`` (a model), ``gateway`` (a model behind guards), ``local`` or ``baseline`` (no network).

    ``litellm``: ``provider/model`` where litellm is to ask; ``base_url`` is then that provider's, or empty.
    """

    name: str
    kind: str
    base_url: str = ""
    model: str = ""
    api_key: str = field(default="", repr=False)
    litellm: str = ""


LOCAL_TARGET = Target(LOCAL, LOCAL, model="bm25")
BASELINE_TARGETS = {name: Target(name, BASELINE, model="baseline") for name in BASELINES}
LITELLM = "litellm:"
"""What an address begins with that litellm is to ask: litellm:anthropic/claude-…"""
_TAKEN = (LOCAL, *BASELINES)


class _TargetModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    name: str
    base_url: str = ""
    litellm: str = ""
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
            if key == "base_url" and each.litellm and not value:
                continue
            twice = key == "name" and value in {known.name for known in out}
            wrong = "is named twice" if twice else _wrong(key, value)
            if wrong:
                raise document.error(wrong, ("targets", at, key), _CURES[key])
        missing = [name for name in _VARIABLE.findall(each.api_key) if name not in environment]
        if missing:
            raise document.error(f"the environment variable {missing[0]} is not set", ("targets", at, "api_key"),
                                 f"export {missing[0]}=…")
        key = _VARIABLE.sub(lambda match: environment[match[1]], each.api_key)
        model_of = each.model or each.litellm
        out.append(Target(each.name, each.kind, each.base_url.rstrip("/"), model_of, key, each.litellm))
    if not out:
        raise document.error("names no target", ("targets",), "add `- {name: direct, base_url: \"http://…/v1\"}`")
    return tuple(out)


def from_options(pairs: Sequence[str], model: str, environment: Mapping[str, str] = os.environ) -> tuple[Target, ...]:
    """Targets from ``NAME=URL`` words. ``gateway`` and ``gateway-…`` are gateways; every other is a model's name.

    The key of NAME is in ``WARDGATE_EVAL_KEY_NAME``, or else in ``WARDGATE_EVAL_KEY``.
    """
    out: list[Target] = []
    for pair in pairs:
        name, equals, url = pair.partition("=")
        if not equals:
            raise ConfigError(f"--target {pair}: a URL is missing", cure="write --target direct=http://127.0.0.1:8000/v1")
        through = url.removeprefix(LITELLM) if url.startswith(LITELLM) else ""
        wrong = _wrong("name", name) or ("" if through else _wrong("base_url", url))
        if wrong or name in {known.name for known in out}:
            raise ConfigError(f"--target {name}: {wrong or 'is named twice'}",
                              cure=_CURES["name" if _wrong("name", name) else "base_url"])
        if through:
            out.append(Target(name, kind_of(name), "", through, key_of(name, environment), through))
            continue
        out.append(Target(name, kind_of(name), url.rstrip("/"), model,
                          key_of(name, environment)))
    return tuple(out)


def kind_of(name: str) -> str:
    """What a target's name says of its kind, where nothing else does."""
    return GATEWAY if name == GATEWAY or name.startswith(f"{GATEWAY}-") else DIRECT


def key_of(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The key of the target ``name`` in the environment, or that of all."""
    variable = f"WARDGATE_EVAL_KEY_{name.upper().replace('-', '_')}"
    return environment.get(variable, environment.get("WARDGATE_EVAL_KEY", ""))


_CURES = {"name": "lower-case letters, digits, '-' and '_'; each name once, and no baseline's",
          "base_url": "write it as in http://127.0.0.1:8000/v1"}


def _wrong(key: str, value: str) -> str:
    if key == "name":
        return "" if _NAME.match(value) and value not in _TAKEN else "cannot be a target's name"
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if good and (parts.username or parts.password or parts.query or parts.fragment):
        return "must hold neither a password nor a query"
    return "" if good else "is not a base URL"
