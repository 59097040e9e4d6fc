"""The one place that imports litellm: late, silent, offline, and only where an upstream asks for it.

litellm reads a ``.env`` file, fetches price lists, prints advice and logs requests unless it is told not to. What
it reads from the environment could send a request elsewhere or with another key: such variables stop the start.
"""

from __future__ import annotations

import functools
import importlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gateway.config.settings import redirecting_variable
from gateway.errors import ConfigError

CURE = "pip install 'wardgate[litellm]'"
_OFFLINE = {
    "LITELLM_OFFLINE_MODE": "true", "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True", "LITELLM_MODE": "PRODUCTION",
}  # fmt: skip
"""Read by litellm when it is imported, and later: no lists from the network, no ``.env`` file."""
_SETTINGS: Mapping[str, Any] = {
    "suppress_debug_info": True, "turn_off_message_logging": True, "redact_messages_in_exceptions": True,
    "set_verbose": False, "log_raw_request_response": False, "disable_streaming_logging": True, "drop_params": False,
    "modify_params": False, "num_retries": None, "num_retries_per_request": None, "model_fallbacks": None,
    "fallbacks": None, "cache": None, "max_budget": 0.0, "api_base": None, "api_key": None, "request_timeout": 86_400,
    "REPEATED_STREAMING_CHUNK_LIMIT": 1 << 62,  # it would break off an answer that repeats itself
}  # fmt: skip
_CALLBACKS = (
    "callbacks", "input_callback", "success_callback", "failure_callback", "service_callback",
    "_async_input_callback", "_async_success_callback", "_async_failure_callback",
)  # fmt: skip
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


@dataclass(frozen=True, slots=True)
class Provider:
    """A model of another API as litellm knows it."""

    library: ModuleType
    model: str
    """``provider/model``, from the settings; a caller's words never choose it."""
    name: str
    known: frozenset[str]
    """OpenAI's parameters that this model understands."""


def prepare(model: str, *, upstream: str, base_url: str, environment: Mapping[str, str] | None = None) -> Provider:
    """litellm, silenced, and what it knows of ``model``. Raises ConfigError naming the upstream and the cure.

    ``base_url`` is where the upstream shall be asked; empty: the provider's own address, which no variable of the
    environment may change.
    """
    where = f"upstreams.{upstream}.litellm"
    library = _import(where)
    try:
        _, name, _, _ = library.get_llm_provider(model=model)
        known = library.get_supported_openai_params(model=model, custom_llm_provider=name)
    except Exception as error:
        raise ConfigError("litellm knows no such provider", field=where,
                          cure="write provider/model, for instance anthropic/claude-sonnet-4-5") from error  # fmt: skip
    if not base_url:
        variable = redirecting_variable(name, os.environ if environment is None else environment)
        if variable:
            raise ConfigError(f"the environment variable {variable} may send this upstream's requests elsewhere",
                              field=where, cure=f"unset {variable}, or write base_url here")  # fmt: skip
    return Provider(library, model, name, frozenset(known or ()))


def _import(where: str) -> ModuleType:
    os.environ.update(_OFFLINE)
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True  # it logs while it is imported, too
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        library = importlib.import_module("litellm")
    except ImportError as error:
        raise ConfigError("needs the package litellm, which is not installed", field=where, cure=CURE) from error
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    _silence(library)
    _stay_at_the_address()
    return library


def _silence(library: ModuleType) -> None:
    """No callbacks, no retries, no prints, and not one log line: its lines hold prompts, answers and keys."""
    for name, value in _SETTINGS.items():
        if hasattr(library, name):
            setattr(library, name, value)
    for name in _CALLBACKS:
        if isinstance(found := getattr(library, name, None), list):
            found.clear()
    for name, logger in logging.root.manager.loggerDict.items():
        if name.lower().partition(".")[0].startswith("litellm") and isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.disabled = True


def _stay_at_the_address() -> None:
    """httpx, which litellm asks with, follows no redirect: the key and the prompt would go where it points."""
    httpx = importlib.import_module("httpx")
    for client in (httpx.AsyncClient, httpx.Client):
        if not hasattr(client.send, "__wrapped__"):
            client.send = _without_redirects(client.send)


def _without_redirects(send: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send)
    def once(self: Any, request: Any, **options: Any) -> Any:
        return send(self, request, **{**options, "follow_redirects": False})

    return once
