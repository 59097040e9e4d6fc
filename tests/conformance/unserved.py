"""Every other method of the clients: each must get the refusal that docs/routes.md promises, and never travel on."""

from __future__ import annotations

import asyncio
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import anthropic
import openai
from anthropic._resource import SyncAPIResource as AnthropicResource
from openai._resource import SyncAPIResource as OpenAIResource

from tests.conformance.calls import ALIASES, METHODS
from tests.conformance.house import KEY
from tests.conformance.values import Values

COMPOSED: Mapping[str, str] = {
    "beta.messages.tool_runner": "calls beta.messages.create and the caller's own functions, in turns",
    "beta.messages.thread": "calls beta.messages.create, in turns",
}
"""Methods of routes that are served, made of others that are tried."""
LOCAL: Mapping[str, str] = {
    "beta.webhooks.parse_unverified": "reads a text that the caller has",
    "beta.webhooks.unwrap": "reads a text that the caller has",
    "webhooks.unwrap": "reads a text that the caller has",
    "webhooks.verify_signature": "reads a text that the caller has",
    "beta.agents.sessions.artifacts.for_result": "only binds a result to the methods beside it",
    "beta.agents.environments.files.prepare": "reads files of the caller's own machine",
    "beta.agents.environments.files.prepare_directory": "reads files of the caller's own machine",
    "beta.realtime.connect": "opens a WebSocket", "realtime.connect": "opens a WebSocket",
    "realtime.translations.connect": "opens a WebSocket", "responses.connect": "opens a WebSocket",
    "beta.responses.connect": "opens a WebSocket", "live.connect": "opens a WebSocket",
    "live.forks.connect": "opens a WebSocket", "live.sideband.connect": "opens a WebSocket",
}
"""Methods that send no HTTP request of their own."""

_TIMES = {"name": "x", "target": "x", "type": "x", "run_at": "x"}
_ITEMS = {"requests": []}
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "admin.organization.external_keys.create": {
        "external_id": "x", "kms_arn": "x", "name": "x", "role_arn": "x", "type": "aws_kms"},
    "audio.voices.create": {"name": "x", "prompt": "x", "type": "x"},
    "beta.agents.automations.create": _TIMES,
    "beta.agents.environments.files.create": {"file_id": "x", "path": "x", "type": "file"},
    "beta.agents.environments.files.upload": {"path": "/workspace/x", "file": b"x"},
    "uploads.upload_file_chunked": {"file": b"x", "filename": "x", "bytes": 1},
    "vector_stores.file_batches.upload_and_poll": {"files": [("x", b"x")]},
    "messages.batches.create": _ITEMS, "beta.messages.batches.create": _ITEMS,
}  # fmt: skip
"""Arguments of methods that look at them before they ask; the values of the others do not matter."""


def methods(client: Any, resource: type, path: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every method of every resource of ``client``, by its full name."""
    for name in sorted(dir(type(client))):
        if name.startswith(("_", "with_")):
            continue
        found = inspect.getattr_static(type(client), name)
        if inspect.isfunction(found):
            if path:
                yield path + name, getattr(client, name)
        elif isinstance(below := getattr(client, name), resource):
            yield from methods(below, resource, f"{path}{name}.")


def _arguments(path: str, method: Callable[..., Any]) -> dict[str, Any]:
    """A value for every parameter that has no default; what it is does not matter, as the route decides."""
    given = GIVEN.get(path, {})
    try:
        kinds = typing.get_type_hints(method)
    except NameError:  # a name that only type checkers know
        kinds = {}
    needed = [each.name for each in inspect.signature(method).parameters.values()
              if each.default is inspect.Parameter.empty and each.kind is not inspect.Parameter.VAR_KEYWORD]  # fmt: skip
    return {**{name: _value(kinds.get(name, str)) for name in needed if name not in given}, **given}


def _value(kind: Any) -> Any:
    try:
        made = Values().of(kind)[0]
    except (AssertionError, IndexError):  # bytes and files
        return b"bytes"
    return "name_1" if isinstance(made, str) else made


def _ask(path: str, method: Callable[..., Any]) -> str:
    """How the call ended: ``refused``, or what else happened."""
    try:
        said = method(**_arguments(path, method))
        if isinstance(said, AbstractContextManager):
            with said as inner:
                said = inner
        return f"was answered: {type(said).__name__}"
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        wrong_method = error.status_code == 405 and "This route takes" in str(error.body)
        unserved = error.status_code == 404 and "This route is not served" in str(error.body)
        return "refused" if unserved or wrong_method else f"{error.status_code}: {str(error.body)[:200]}"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"


async def sweep(port: int) -> tuple[dict[str, int], list[str]]:
    """How many methods of each client were refused as documented, and those that were not, with what happened."""
    where = f"http://127.0.0.1:{port}"
    clients: dict[str, tuple[Any, type]] = {
        "openai": (openai.OpenAI(base_url=f"{where}/v1", api_key=KEY, admin_api_key=KEY, max_retries=0),
                   OpenAIResource),
        "anthropic": (anthropic.Anthropic(base_url=where, api_key=KEY, max_retries=0), AnthropicResource),
    }  # fmt: skip
    refused, faults = dict.fromkeys(clients, 0), []
    for name, (client, resource) in clients.items():
        served = {f"{each.resource}.{each.name}" for each in (*METHODS, *ALIASES) if each.client == name}
        for path, method in methods(client, resource):
            if path in served or path in LOCAL or path in COMPOSED:
                continue
            end = await asyncio.to_thread(_ask, path, method)
            if end == "refused":
                refused[name] += 1
            else:
                faults.append(f"{name} {path}: {end}")
        client.close()
    return refused, faults
