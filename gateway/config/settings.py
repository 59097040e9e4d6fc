"""``wardgate.yaml`` as an object; an empty file serves. Every mistake names file, line, field and cure.

Secrets are written as ``${NAME}`` (or ``os.environ/NAME``) and read from the environment at start.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.config.validation import validate
from gateway.config.yaml_lines import Document, Location, parse, read
from gateway.core.types import Explain
from gateway.errors import ConfigError

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|os\.environ/([A-Za-z_][A-Za-z0-9_]*)")
_ADDRESS = re.compile(r"[A-Z0-9_]*(API_BASE|BASE_URL|API_URL|ENDPOINT(_URL)?)")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Listen(_Section):
    data: str = "127.0.0.1:4000"
    admin: str = "127.0.0.1:4001"
    ops: str = "127.0.0.1:9464"

    @field_validator("data", "admin", "ops")
    @classmethod
    def _is_address(cls, value: str) -> str:
        split_address(value)
        return value


class UpstreamSettings(_Section):
    name: str
    base_url: str = ""
    """May be left out for litellm: the provider's own address."""
    litellm: str = ""
    """A model of another API, as ``provider/model``; empty: the server speaks OpenAI's API itself."""
    api_key: str = Field(default="", repr=False)
    auth: Literal["bearer", "x-api-key"] = "bearer"
    """How the key is sent: ``x-api-key`` is Anthropic's way, and says which version of its API is meant."""
    credentials: Literal["key", "environment"] = "key"
    """Where litellm finds the provider's credentials: ``environment`` for clouds that have no single key."""
    connect_timeout: Seconds = 5.0
    first_byte_timeout: Seconds = 120.0
    idle_timeout: Seconds = 60.0
    max_answer: int = Field(default=32 << 20, gt=0)
    ca_file: str = ""

    @field_validator("base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^/?#\s@]+(/[^?#\s]*)?", value):
            raise ValueError("must be http(s)://host[:port]/path | write for instance http://127.0.0.1:8000/v1")
        return value.rstrip("/")

    @field_validator("litellm")
    @classmethod
    def _is_model(cls, value: str) -> str:
        if value and not re.fullmatch(r"[a-z0-9_]+/\S+", value):
            raise ValueError("must be provider/model | write for instance anthropic/claude-sonnet-4-5")
        return value


class ModelSettings(_Section):
    name: str
    upstream: str
    model: str = ""
    """The model server's own name for it; empty: the same."""


class KeySettings(_Section):
    name: str
    key: str = Field(default="", repr=False)
    hash: str = Field(default="", repr=False)
    tenant: str = "default"
    models: tuple[str, ...] = ("*",)
    rpm: int = Field(default=0, ge=0)
    explain: Explain | None = None
    """The most that this key may ask to be told of a decision; left out: what ``explain`` says for all."""

    @field_validator("hash")
    @classmethod
    def _is_hash(cls, value: str) -> str:
        if value and not _HASH.fullmatch(value):
            raise ValueError("must be sha256: and 64 hex digits | make one with `wardgate key create`")
        return value


class AuditSettings(_Section):
    sink: str = "sqlite:///.wardgate/audit.db"
    mode: Literal["best_effort", "required"] = "best_effort"
    capacity: int = Field(default=20_000, gt=0)

    @field_validator("sink")
    @classmethod
    def _is_sink(cls, value: str) -> str:
        if value != "none" and not value.startswith("sqlite:///"):
            raise ValueError("must be sqlite:///PATH or none | write for instance sqlite:///audit.db")
        return value

    @property
    def path(self) -> Path | None:
        return None if self.sink == "none" else Path(self.sink.removeprefix("sqlite:///"))


class LimitSettings(_Section):
    max_concurrent: int = Field(default=1024, gt=0)
    max_body: int = Field(default=8 << 20, gt=0)
    head_timeout: Seconds = 15.0
    body_timeout: Seconds = 30.0
    idle_timeout: Seconds = 75.0
    write_timeout: Seconds = 60.0
    keepalive_comment: Seconds = 10.0
    drain_grace: Annotated[float, Field(ge=0, le=3600)] = 30.0


class DetectorSettings(_Section):
    """How detectors (models that read texts) are asked; of each worker."""

    threads: int = Field(default=1, ge=1, le=64)
    """Batches of one detector that are computed at once."""
    timeout_ms: int = Field(default=2000, ge=1, le=600_000)
    """What a batch may take, and what a window of a text may wait, in milliseconds."""
    batch: int = Field(default=16, ge=1, le=1024)
    """Windows, of whatever requests, that are read together at most."""
    remember: int = Field(default=20_000, ge=0)
    """Windows whose readings are remembered; 0: none. No text is kept."""
    waiting: int = Field(default=4096, ge=1)
    """Windows that may wait for one detector; those beyond count as timed out."""


class CheckSettings(_Section):
    """The routes that say what a policy finds."""

    rpm: int = Field(default=60, ge=0)
    """Requests a minute, for each key; 0: unlimited."""


class FeedbackSettings(_Section):
    rpm: int = Field(default=60, ge=0)
    """Complaints a minute, for each key; 0: unlimited."""
    suite: str = ""
    """A folder that texts sent with feedback are kept in; empty: they are not kept."""


class Settings(_Section):
    """The whole file."""

    listen: Listen = Listen()
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that serve; 1: this one does. ``limits`` are each worker's, ``rpm`` holds over all of them."""
    upstreams: tuple[UpstreamSettings, ...] = (
        UpstreamSettings(name="local", base_url="http://127.0.0.1:8000/v1"),
    )  # fmt: skip
    models: tuple[ModelSettings, ...] = ()
    """Empty: every name goes to the first upstream."""
    keys: tuple[KeySettings, ...] = ()
    key_pepper: str = Field(default="", repr=False)
    placeholder_key: str = Field(default="", repr=False)
    retired_placeholder_keys: Annotated[tuple[str, ...], Field(max_length=8)] = Field(default=(), repr=False)
    """Keys that ``placeholder_key`` was before: what they made is still undone."""
    admin_key: str = Field(default="", repr=False)
    policies: str = ""
    """A folder of policy files; empty: the shipped ones."""
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    detectors: DetectorSettings = DetectorSettings()
    checks: CheckSettings = CheckSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    explain: Explain = "states"
    """The most that a caller may ask to be told of a decision on its own request."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def served(self) -> tuple[ModelSettings, ...]:
        return self.models or (ModelSettings(name="*", upstream=self.upstreams[0].name),)


def split_address(address: str) -> tuple[str, int]:
    """``host:port`` as (host, port). Raises ValueError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError("must be host:port | write for instance 127.0.0.1:4000")
    return host.strip("[]"), int(port)


def is_loopback(address: str) -> bool:
    host, _ = split_address(address)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read settings; None gives the defaults. Raises ConfigError naming file, line, field and cure."""
    if path is None:
        return Settings()
    return _settled(read(path), os.environ if environment is None else environment)


def loads(content: bytes, file: str = "", environment: Mapping[str, str] | None = None) -> Settings:
    """The same for text in memory."""
    return _settled(parse(content, file), os.environ if environment is None else environment)


def _settled(document: Document, environment: Mapping[str, str]) -> Settings:
    data = _resolve(document, document.data or {}, (), environment)
    settings, problems = validate(Settings, data)
    if problems:
        first = problems[0]
        error = document.error(first.message, first.location, first.cure)
        if len(problems) > 1:
            others = "; ".join(str(document.error(each.message, each.location, each.cure)) for each in problems[1:])
            error = ConfigError(f"{error}; {others}")
        raise error
    _check(document, settings, environment)
    return settings  # type: ignore[no-any-return]  # validate() is typed by its first argument at run time only


def _resolve(document: Document, value: Any, here: Location, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _resolve(document, each, (*here, key), environment) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolve(document, each, (*here, index), environment) for index, each in enumerate(value)]
    if not isinstance(value, str):
        return value

    def look_up(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in environment:
            raise document.error(f"the environment variable {name} is not set", here, f"export {name}=… first")
        return environment[name]

    return _REFERENCE.sub(look_up, value)


def _check(document: Document, settings: Settings, environment: Mapping[str, str]) -> None:
    """What one field cannot know of another."""
    if not settings.upstreams:
        raise document.error("at least one model server is needed", ("upstreams",), "add {name: …, base_url: …}")
    for index, upstream in enumerate(settings.upstreams):
        _check_upstream(document, upstream, ("upstreams", index), environment)
    known = {each.name: each for each in settings.upstreams}
    for index, model in enumerate(settings.models):
        if model.upstream not in known:
            raise document.error("names an upstream that is not configured", ("models", index, "upstream"),
                                 f"known here: {', '.join(sorted(known))}")  # fmt: skip
        if model.model and known[model.upstream].litellm:
            raise document.error("a litellm upstream serves one model", ("models", index, "model"),
                                 "leave it out, and give each model an upstream of its own")  # fmt: skip
    names = [each.name for each in settings.keys]
    for index, key in enumerate(settings.keys):
        if bool(key.key) == bool(key.hash):
            raise document.error("needs either key or hash", ("keys", index), "write key: \"${NAME}\"")
        if key.name in names[:index]:
            raise document.error("two keys have the same name", ("keys", index, "name"), "give each its own name")
    if not settings.keys and not is_loopback(settings.listen.data):
        raise document.error("the data port is open to others and no keys are configured", ("listen", "data"),
                             "add keys, or listen on 127.0.0.1")  # fmt: skip


def _check_upstream(
    document: Document, upstream: UpstreamSettings, here: Location, environment: Mapping[str, str]
) -> None:
    if not upstream.litellm:
        if not upstream.base_url:
            raise document.error("'base_url' is missing", (*here, "base_url"), "add `base_url: …`")
        if upstream.credentials != "key":
            raise document.error("is for litellm only", (*here, "credentials"), "remove it")
        if upstream.ca_file:
            try:
                ssl.create_default_context(cafile=upstream.ca_file)
            except (OSError, ValueError):
                raise document.error("cannot be read, or holds no certificate", (*here, "ca_file"),
                                     "give the path of a PEM file") from None  # fmt: skip
        return
    if find_spec("litellm") is None:
        raise document.error("needs the package litellm, which is not installed", (*here, "litellm"),
                             "pip install 'wardgate[litellm]'")  # fmt: skip
    if upstream.ca_file:
        raise document.error("has no effect on a litellm upstream", (*here, "ca_file"), "set SSL_CERT_FILE instead")
    if upstream.auth != "bearer":
        raise document.error("has no effect on a litellm upstream", (*here, "auth"), "remove it: litellm knows how")
    if bool(upstream.api_key) == (upstream.credentials == "environment"):
        raise document.error("needs either api_key or credentials: environment", here, "write api_key: \"${NAME}\"")
    variable = "" if upstream.base_url else redirecting_variable(upstream.litellm.partition("/")[0], environment)
    if variable:
        raise document.error(f"the environment variable {variable} may send this upstream's requests elsewhere",
                             (*here, "litellm"), f"unset {variable}, or write base_url here")  # fmt: skip


def redirecting_variable(provider: str, environment: Iterable[str]) -> str:
    """A variable that litellm may read the address of ``provider`` from; empty if there is none."""
    names = (provider.upper().replace("_", ""), "LITELLM")
    for variable in sorted(environment):
        if _ADDRESS.fullmatch(variable) and any(name in variable.replace("_", "") for name in names):
            return variable
    return ""
